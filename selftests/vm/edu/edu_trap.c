// SPDX-License-Identifier: GPL-2.0
/*
 * There is no way into BAR0 but read() and write(); what a guest does to the
 * config space does not get in the way of a migration; and what a stopped
 * device still has to do, it does.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu_view.h"

FIXTURE(trap)
{
	struct edu src;
	struct edu dst;
	struct vfio_region_info bar;
};

FIXTURE_VARIANT(trap)
{
	enum edu_irq irq;
};

FIXTURE_VARIANT_ADD(trap, no_irq)
{
	.irq = EDU_NO_IRQ,
};

FIXTURE_VARIANT_ADD(trap, intx)
{
	.irq = EDU_INTX,
};

FIXTURE_VARIANT_ADD(trap, msi)
{
	.irq = EDU_MSI,
};

FIXTURE_SETUP(trap)
{
	struct edu *src = &self->src, *dst = &self->dst;

	ASSERT_EDU(src, open_pair(src, dst));
	if (variant->irq) {
		ASSERT_EDU(src, edu_enable_irq(src, variant->irq));
		ASSERT_EDU(dst, edu_enable_irq(dst, variant->irq));
	}
	ASSERT_EDU(src, vfiomig_region_info(src->dev,
					    VFIO_PCI_BAR0_REGION_INDEX,
					    &self->bar, &src->error));
}

FIXTURE_TEARDOWN(trap)
{
	edu_close(&self->src);
	edu_close(&self->dst);
}

/* ---- the ways in ---- */

TEST_F(trap, region_says_it_cannot_be_mapped)
{
	EXPECT_EQ(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
		  self->bar.flags);
}

TEST_F(trap, mmap_fails)
{
	void *memory;

	errno = 0;
	memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED,
		      vfiomig_fd(self->src.dev), self->bar.offset);
	EXPECT_EQ(MAP_FAILED, memory);
	EXPECT_EQ(EINVAL, errno);
}

static int set_ioeventfd(struct edu *edu, uint64_t offset, uint32_t size,
			 int fd)
{
	struct vfio_device_ioeventfd set = {
		.argsz = sizeof(set), .flags = size, .offset = offset,
		.data = 1, .fd = fd,
	};

	return ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_IOEVENTFD, &set) ?
	       -errno : 0;
}

TEST_F(trap, ioeventfd_is_refused)
{
	uint64_t offset = self->bar.offset + EDU_IRQ_RAISE;
	int fd = eventfd(0, EFD_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, set_ioeventfd(&self->src, offset, 4, fd));
	EXPECT_EQ(-EINVAL, set_ioeventfd(&self->src, offset, 8, fd));
	close(fd);
}

/* ---- memory decode ---- */

static uint16_t pci_command(struct edu *edu)
{
	uint16_t command = 0xffff;

	vfiomig_read(edu->dev, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND,
		     &command, sizeof(command), &edu->error);
	return command;
}

static int set_decode(struct edu *edu, bool on)
{
	return vfiomig_pci_command(edu->dev, on ? PCI_COMMAND_MEMORY : 0,
				   on ? 0 : PCI_COMMAND_MEMORY, &edu->error);
}

static void expect_deaf(struct __test_metadata *_metadata, struct edu *edu)
{
	__u32 value = 0;

	EXPECT_EQ(-EIO, vfiomig_read32(edu->dev, VFIO_PCI_BAR0_REGION_INDEX,
				       EDU_ID, &value, &edu->error));
	EXPECT_EQ(-EIO, vfiomig_write32(edu->dev, VFIO_PCI_BAR0_REGION_INDEX,
					EDU_LIVENESS, 1, &edu->error));
	EXPECT_EQ(0, pci_command(edu) & PCI_COMMAND_MEMORY);
}

TEST_F(trap, accesses_fail_with_memory_decode_off)
{
	struct edu *edu = &self->src;

	edu_set(edu, EDU_LIVENESS, 0x1234);
	ASSERT_EDU(edu, set_decode(edu, false));
	expect_deaf(_metadata, edu);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	expect_deaf(_metadata, edu);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	expect_deaf(_metadata, edu);
	ASSERT_EDU(edu, set_decode(edu, true));
	EXPECT_EQ(~0x1234u, edu_get(edu, EDU_LIVENESS));
}

/* As after a long life, with an interrupt up that the guest has had. */
static void live(struct __test_metadata *_metadata, struct edu *edu,
		 struct edu *clock, struct edu_view *view)
{
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), 9);
	ASSERT_EQ(0, edu_fill_buffer(edu, bytes));
	edu_set(edu, EDU_LIVENESS, 0xfeedface);
	start_factorial(edu, 11, false);
	ASSERT_EQ(0, edu_wait_factorial(edu));
	edu_set(edu, EDU_IRQ_RAISE, 0x50);
	if (edu->irq)
		EXPECT_EQ(1, count_irqs(edu, clock, 1));
	edu_look(edu, view);
}

/* At the destination a level interrupts again, a message does not. */
TEST_F(trap, migration_works_with_memory_decode_off_on_both_sides)
{
	struct edu *src = &self->src, *dst = &self->dst;
	struct edu_view before, after;
	uint8_t bytes[EDU_BUFFER_SIZE];
	bool level = variant->irq == EDU_INTX;

	live(_metadata, src, dst, &before);
	ASSERT_EDU(src, set_decode(src, false));
	ASSERT_EDU(dst, set_decode(dst, false));
	ASSERT_EQ(0, move_state(src, dst));
	expect_deaf(_metadata, src);
	expect_deaf(_metadata, dst);
	ASSERT_EDU(src, vfiomig_reset(src->dev, &src->error));
	ASSERT_EDU(src, set_decode(src, true));
	EXPECT_EQ(level, count_irqs(dst, src, level));

	ASSERT_EDU(dst, set_decode(dst, true));
	edu_look(dst, &after);
	EXPECT_SAME_VIEW(&after, &before);
	EXPECT_EQ(0, edu_dump_buffer(dst, bytes));
	EXPECT_TRUE(has_pattern(bytes, sizeof(bytes), 9));
	edu_set(dst, EDU_IRQ_ACK, UINT32_MAX);
	if (level)
		EXPECT_EDU(dst, edu_unmask_intx(dst));
	EXPECT_EQ(0, count_irqs(dst, src, 0));
}

TEST_F_TIMEOUT(trap, state_goes_round_with_memory_decode_off, 120)
{
	struct edu *src = &self->src, *dst = &self->dst;
	struct edu_view before, after;
	int i;

	live(_metadata, src, dst, &before);
	ASSERT_EDU(src, set_decode(src, false));
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, set_state(src, VFIO_MIG_STOP, NULL));
		ASSERT_EQ(0, set_state(src, VFIO_MIG_RUNNING, NULL));
		/* Ours to unmask, and up again at once. */
		if (src->irq == EDU_INTX) {
			EXPECT_EDU(src, edu_unmask_intx(src));
			EXPECT_EQ(1, edu_wait_irq(src, EDU_TIMEOUT_MS));
		}
	}
	ASSERT_EDU(src, set_decode(src, true));
	edu_look(src, &after);
	EXPECT_SAME_VIEW(&after, &before);
	EXPECT_EQ(0, count_irqs(src, dst, 0));
}

/* ---- stopped ---- */

TEST_F(trap, config_space_is_serviced_while_stopped)
{
	struct edu *edu = &self->src;
	uint16_t command;

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	command = pci_command(edu);
	EXPECT_EQ(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
		  command & (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER));
	EXPECT_EDU(edu, vfiomig_pci_command(edu->dev, 0, PCI_COMMAND_MASTER,
					    &edu->error));
	EXPECT_EQ(0, pci_command(edu) & PCI_COMMAND_MASTER);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, pci_command(edu) & PCI_COMMAND_MASTER);
}

TEST_F(trap, interrupts_are_serviced_while_stopped)
{
	struct edu *edu = &self->src;

	if (!variant->irq)
		SKIP(return, "there are none");
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EDU(edu, edu_disable_irq(edu));
	ASSERT_EDU(edu, edu_enable_irq(edu, variant->irq));
	EXPECT_EDU(edu, vfiomig_irq_trigger(edu->dev, variant->irq == EDU_MSI ?
					    VFIO_PCI_MSI_IRQ_INDEX :
					    VFIO_PCI_INTX_IRQ_INDEX, 0,
					    &edu->error));
	EXPECT_EQ(1, edu_wait_irq(edu, EDU_TIMEOUT_MS));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	edu_set(edu, EDU_IRQ_RAISE, 1);
	EXPECT_EQ(1, count_irqs(edu, &self->dst, 1));
}

TEST_HARNESS_MAIN
