/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A user-space driver for QEMU's edu, on libvfiomig: what a guest's driver
 * would do, for the demo and the tests.
 *
 * Functions return 0 or a negative errno; the reason is in edu->error.
 */
#ifndef TOOLS_EDU_H
#define TOOLS_EDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "edu_regs.h"
#include "vfiomig.h"

/* Memory that the device sees, in bytes, and where. */
#define EDU_MEMORY_SIZE		(64 * 1024)
#define EDU_MEMORY_IOVA		0x100000

/* Generous: machines without KVM are slow, and none of this is a benchmark. */
#define EDU_TIMEOUT_MS		60000

enum edu_irq {
	EDU_NO_IRQ,
	EDU_INTX,
	EDU_MSI,
};

/**
 * struct edu - an open device
 * @dev: The library's.
 * @bdf: Its PCI address.
 * @memory: EDU_MEMORY_SIZE bytes, seen by the device at EDU_MEMORY_IOVA.
 * @irq: How it interrupts.
 * @irq_fd: The eventfd that counts interrupts, or -1.
 * @error: Why the last function failed.
 */
struct edu {
	struct vfiomig_dev *dev;
	char bdf[64];
	uint8_t *memory;
	enum edu_irq irq;
	int irq_fd;
	struct vfiomig_error error;
};

/*
 * The PCI address of the @nth edu that the environment names: in VFIO_MIG_EDU those
 * behind a port of their own, in VFIO_MIG_EDU_ROOT those on the root bus, which
 * cannot be reset.  -ENODEV if there is none.
 */
int edu_find(unsigned int nth, bool on_root_bus, char *bdf, size_t size);

/* One in software has the one driver that it can have, whatever @driver is. */
int edu_bind(const char *bdf, const char *driver, struct vfiomig_error *error);

/* Bind to edu_vfio_pci, open, map memory, enable memory decode and mastering. */
int edu_open(struct edu *edu, const char *bdf);

/* As edu_open(), with another driver ("vfio-pci": the bare hardware). */
int edu_open_driver(struct edu *edu, const char *bdf, const char *driver);
void edu_close(struct edu *edu);

uint32_t edu_get(struct edu *edu, uint32_t reg);
void edu_set(struct edu *edu, uint32_t reg, uint32_t value);
uint64_t edu_get64(struct edu *edu, uint32_t reg);
void edu_set64(struct edu *edu, uint32_t reg, uint64_t value);

int edu_enable_irq(struct edu *edu, enum edu_irq irq);
int edu_disable_irq(struct edu *edu);
int edu_unmask_intx(struct edu *edu);

/* Interrupts since the last call; waits up to @timeout_ms for the first. */
uint64_t edu_wait_irq(struct edu *edu, int timeout_ms);

/* Interrupts since the last call, without waiting. */
uint64_t edu_count_irq(struct edu *edu);

uint32_t edu_factorial(uint32_t n);
int edu_wait_factorial(struct edu *edu);

/* Write a command; @offset is in the buffer and @place in the memory. */
void edu_start_dma(struct edu *edu, bool to_memory, uint32_t offset,
		   uint32_t place, uint32_t count, uint32_t flags);
int edu_wait_dma(struct edu *edu);

/* The whole buffer, by DMA; -ETIMEDOUT if the device does not complete. */
int edu_fill_buffer(struct edu *edu, const void *bytes);
int edu_dump_buffer(struct edu *edu, void *bytes);

#endif /* TOOLS_EDU_H */
