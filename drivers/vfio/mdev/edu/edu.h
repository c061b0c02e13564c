/* SPDX-License-Identifier: GPL-2.0 */
/* An edu in software: its structure, and what the files share. */
#ifndef EDU_MDEV_H
#define EDU_MDEV_H

#include <linux/vfio_mig_soft.h>

#include "names.h"
#include "../../pci/edu/dma.h"

/**
 * struct edu_mdev - an edu; all of it is under the device's lock
 * @soft: A PCI device in software; first.
 * @dma: The DMA engine, and the state, which is always current here.
 * @compute: Its time is when the factorial is done.
 * @compute_due: When that is, while it runs.
 * @compute_left: ns that are left, while it stands still.
 */
struct edu_mdev {
	struct vfio_mig_soft_device soft;
	struct edu_dma dma;
	struct delayed_work compute;
	ktime_t compute_due;
	u64 compute_left;
};

extern struct vfio_mig_soft_driver edu_soft_driver;

#endif /* EDU_MDEV_H */
