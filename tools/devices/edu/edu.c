// SPDX-License-Identifier: GPL-2.0
/* Drive an edu from user space; edu.h says what there is. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edu.h"
#include "named.h"

#define BAR	VFIO_PCI_BAR0_REGION_INDEX

int edu_find(unsigned int nth, bool on_root_bus, char *bdf, size_t size)
{
	return device_named(on_root_bus ? "VFIO_MIG_EDU_ROOT" : "VFIO_MIG_EDU",
			    nth, bdf, size);
}

static int map_memory(struct edu *edu)
{
	void *memory = mmap(NULL, EDU_MEMORY_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	edu->memory = memory;
	return vfiomig_dma_map(edu->dev, memory, EDU_MEMORY_IOVA,
			       EDU_MEMORY_SIZE,
			       VFIOMIG_DMA_READ | VFIOMIG_DMA_WRITE,
			       &edu->error);
}

int edu_bind(const char *bdf, const char *driver, struct vfiomig_error *error)
{
	struct vfiomig_info info;

	if (!vfiomig_lookup(bdf, &info, NULL) && !strcmp(info.bus, "mdev"))
		return 0;
	return vfiomig_bind(bdf, driver, error);
}

int edu_open_driver(struct edu *edu, const char *bdf, const char *driver)
{
	int ret;

	memset(edu, 0, sizeof(*edu));
	edu->irq_fd = -1;
	snprintf(edu->bdf, sizeof(edu->bdf), "%s", bdf);
	ret = edu_bind(bdf, driver, &edu->error);
	if (!ret)
		ret = vfiomig_open(bdf, VFIOMIG_IOMMU_AUTO, &edu->dev,
				   &edu->error);
	if (!ret)
		ret = map_memory(edu);
	if (!ret)
		ret = vfiomig_pci_command(edu->dev, PCI_COMMAND_MEMORY |
					  PCI_COMMAND_MASTER, 0, &edu->error);
	if (ret)
		edu_close(edu);
	return ret;
}

int edu_open(struct edu *edu, const char *bdf)
{
	return edu_open_driver(edu, bdf, "edu_vfio_pci");
}

void edu_close(struct edu *edu)
{
	vfiomig_close(edu->dev);
	edu->dev = NULL;
	if (edu->irq_fd >= 0)
		close(edu->irq_fd);
	edu->irq_fd = -1;
	if (edu->memory)
		munmap(edu->memory, EDU_MEMORY_SIZE);
	edu->memory = NULL;
}

uint32_t edu_get(struct edu *edu, uint32_t reg)
{
	uint32_t value = 0;

	vfiomig_read32(edu->dev, BAR, reg, &value, &edu->error);
	return value;
}

void edu_set(struct edu *edu, uint32_t reg, uint32_t value)
{
	vfiomig_write32(edu->dev, BAR, reg, value, &edu->error);
}

uint64_t edu_get64(struct edu *edu, uint32_t reg)
{
	__u64 value = 0;

	vfiomig_read64(edu->dev, BAR, reg, &value, &edu->error);
	return value;
}

void edu_set64(struct edu *edu, uint32_t reg, uint64_t value)
{
	vfiomig_write64(edu->dev, BAR, reg, value, &edu->error);
}

static uint32_t irq_index(const struct edu *edu)
{
	return edu->irq == EDU_MSI ? VFIO_PCI_MSI_IRQ_INDEX :
				     VFIO_PCI_INTX_IRQ_INDEX;
}

int edu_enable_irq(struct edu *edu, enum edu_irq irq)
{
	edu->irq_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (edu->irq_fd < 0)
		return -errno;
	edu->irq = irq;
	return vfiomig_irq_enable(edu->dev, irq_index(edu), &edu->irq_fd, 1,
				  &edu->error);
}

int edu_disable_irq(struct edu *edu)
{
	int ret = vfiomig_irq_disable(edu->dev, irq_index(edu), &edu->error);

	close(edu->irq_fd);
	edu->irq_fd = -1;
	edu->irq = EDU_NO_IRQ;
	return ret;
}

int edu_unmask_intx(struct edu *edu)
{
	return vfiomig_irq_unmask(edu->dev, VFIO_PCI_INTX_IRQ_INDEX, 0,
				  &edu->error);
}

uint64_t edu_count_irq(struct edu *edu)
{
	uint64_t count = 0;

	if (read(edu->irq_fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count;
}

uint64_t edu_wait_irq(struct edu *edu, int timeout_ms)
{
	struct pollfd pollfd = { .fd = edu->irq_fd, .events = POLLIN };

	if (poll(&pollfd, 1, timeout_ms) <= 0)
		return 0;
	return edu_count_irq(edu);
}

uint32_t edu_factorial(uint32_t n)
{
	uint32_t result = 1;

	/* From here on it is 0 modulo 2^32. */
	if (n >= 34)
		return 0;
	while (n)
		result *= n--;
	return result;
}

/* Poll a register that has no event of its own until @mask is clear. */
static int wait_clear(struct edu *edu, uint32_t reg, uint32_t mask)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < EDU_TIMEOUT_MS; i++) {
		if (!(edu_get(edu, reg) & mask))
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

int edu_wait_factorial(struct edu *edu)
{
	return wait_clear(edu, EDU_STATUS, EDU_STATUS_COMPUTING);
}

void edu_start_dma(struct edu *edu, bool to_memory, uint32_t offset,
		   uint32_t place, uint32_t count, uint32_t flags)
{
	uint64_t inside = EDU_BUFFER + offset;
	uint64_t outside = EDU_MEMORY_IOVA + place;

	edu_set64(edu, EDU_DMA_SRC, to_memory ? inside : outside);
	edu_set64(edu, EDU_DMA_DST, to_memory ? outside : inside);
	edu_set64(edu, EDU_DMA_COUNT, count);
	edu_set64(edu, EDU_DMA_COMMAND, EDU_DMA_RUN | flags |
		  (to_memory ? EDU_DMA_TO_MEMORY : 0));
}

int edu_wait_dma(struct edu *edu)
{
	return wait_clear(edu, EDU_DMA_COMMAND, EDU_DMA_RUN);
}

/* The last page of the memory is kept for these two. */
#define PLACE	(EDU_MEMORY_SIZE - EDU_BUFFER_SIZE)

int edu_fill_buffer(struct edu *edu, const void *bytes)
{
	memcpy(edu->memory + PLACE, bytes, EDU_BUFFER_SIZE);
	edu_start_dma(edu, false, 0, PLACE, EDU_BUFFER_SIZE, 0);
	return edu_wait_dma(edu);
}

int edu_dump_buffer(struct edu *edu, void *bytes)
{
	int ret;

	edu_start_dma(edu, true, 0, PLACE, EDU_BUFFER_SIZE, 0);
	ret = edu_wait_dma(edu);
	memcpy(bytes, edu->memory + PLACE, EDU_BUFFER_SIZE);
	return ret;
}
