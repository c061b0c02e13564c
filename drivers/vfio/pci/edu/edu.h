/* SPDX-License-Identifier: GPL-2.0 */
/* The driver's structures, and what its files share. */
#ifndef EDU_H
#define EDU_H

#include <linux/vfio_mig_pci.h>

#include "dma.h"

/**
 * struct edu_device - an edu; all of it is under the device's lock
 * @pci: vfio-pci's part and the migration core's; first.
 * @dma: The DMA engine, and the state.
 * @argument: The last argument that the factorial engine accepted.
 * @irq_due: The engine took that argument with STATUS_IRQ set, and nobody has
 *	seen its interrupt yet.
 */
struct edu_device {
	struct vfio_mig_pci_device pci;
	struct edu_dma dma;
	u32 argument;
	bool irq_due;
};

static inline struct edu_device *edu_from_mig(struct vfio_mig_device *mig)
{
	return container_of(mig, struct edu_device, pci.mig);
}

/* bar.c */
u64 edu_bar_read(struct vfio_mig_device *mig, u32 reg, u32 width);
int edu_bar_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width);

/* hw.c: vfio_mig_access_begin() and _end() enclose all but a guest's own use */
int edu_hw_freeze(struct vfio_mig_device *mig);
int edu_hw_thaw(struct edu_device *edu, bool must); /* @must: not to be given up */
int edu_hw_scrub(struct vfio_mig_device *mig);
u32 edu_hw_read(struct edu_device *edu, u32 reg);
void edu_hw_write(struct edu_device *edu, u32 reg, u32 value);

#endif /* EDU_H */
