/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvfiomig: a device's registers, the memory that it sees, and its interrupts:
 * what a driver in user space needs.  The conventions are those of vfiomig.h.
 */
#ifndef VFIOMIG_ACCESS_H
#define VFIOMIG_ACCESS_H

#include "vfiomig.h"

/* ------------------------------------------------------------------------
 * Regions (region.c): BARs are VFIO_PCI_BAR0_REGION_INDEX and so on
 */
int vfiomig_region_info(struct vfiomig_dev *dev, __u32 region,
			struct vfio_region_info *info,
			struct vfiomig_error *error);

/* All of @size bytes in one read() or write(); EIO if fewer were taken. */
int vfiomig_read(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		 void *data, size_t size, struct vfiomig_error *error);
int vfiomig_write(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		  const void *data, size_t size, struct vfiomig_error *error);

/* One access of a BAR, in the byte order of the machine; 0 after an error. */
int vfiomig_read32(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		   __u32 *value, struct vfiomig_error *error);
int vfiomig_write32(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		    __u32 value, struct vfiomig_error *error);
int vfiomig_read64(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		   __u64 *value, struct vfiomig_error *error);
int vfiomig_write64(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		    __u64 value, struct vfiomig_error *error);

/* Map a whole region; munmap() it when done.  EOPNOTSUPP: it cannot be. */
int vfiomig_region_map(struct vfiomig_dev *dev, __u32 region, void **memory,
		       size_t *size, struct vfiomig_error *error);

/*
 * Set and clear bits of the PCI command register, e.g. PCI_COMMAND_MEMORY and
 * PCI_COMMAND_MASTER of <linux/pci_regs.h>.
 */
int vfiomig_pci_command(struct vfiomig_dev *dev, __u16 set, __u16 clear,
			struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * DMA (dma.c): the memory that a device sees.  Pages must be whole.
 */
#define VFIOMIG_DMA_READ	0x1	/* the device may read it */
#define VFIOMIG_DMA_WRITE	0x2	/* the device may write it */

int vfiomig_dma_map(struct vfiomig_dev *dev, void *memory, __u64 iova,
		    __u64 size, __u32 access, struct vfiomig_error *error);
int vfiomig_dma_unmap(struct vfiomig_dev *dev, __u64 iova, __u64 size,
		      struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Interrupts (irq.c): @index is VFIO_PCI_INTX_IRQ_INDEX and so on
 */
int vfiomig_irq_info(struct vfiomig_dev *dev, __u32 index,
		     struct vfio_irq_info *info, struct vfiomig_error *error);

/* Signal @count vectors through eventfds; one that is -1 is left out. */
int vfiomig_irq_enable(struct vfiomig_dev *dev, __u32 index,
		       const int *eventfds, unsigned int count,
		       struct vfiomig_error *error);

/* Take all vectors of @index away. */
int vfiomig_irq_disable(struct vfiomig_dev *dev, __u32 index,
			struct vfiomig_error *error);

int vfiomig_irq_mask(struct vfiomig_dev *dev, __u32 index, __u32 vector,
		     struct vfiomig_error *error);
int vfiomig_irq_unmask(struct vfiomig_dev *dev, __u32 index, __u32 vector,
		       struct vfiomig_error *error);

/* Signal an eventfd as if the device had done so. */
int vfiomig_irq_trigger(struct vfiomig_dev *dev, __u32 index, __u32 vector,
			struct vfiomig_error *error);

#endif /* VFIOMIG_ACCESS_H */
