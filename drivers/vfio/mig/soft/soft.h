/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about devices in software share with one another and with nobody else. */
#ifndef VFIO_MIG_SOFT_SOFT_H
#define VFIO_MIG_SOFT_SOFT_H

#include <linux/vfio_mig_soft.h>

#include "../mig.h"

static inline struct vfio_mig_soft_device *
vfio_mig_soft_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct vfio_mig_soft_device, vdev);
}

/* The driver of a device, by VFIO's calls for it. */
static inline const struct vfio_mig_soft_driver *
vfio_mig_soft_driver(struct vfio_mig_soft_device *soft)
{
	return container_of(soft->vdev.ops, struct vfio_mig_soft_driver, vfio);
}

/* config.c; under the device's lock */
void vfio_mig_soft_config_init(struct vfio_mig_soft_device *soft);
u32 vfio_mig_soft_config_read(struct vfio_mig_soft_device *soft, u32 at,
			      u32 width);
void vfio_mig_soft_config_write(struct vfio_mig_soft_device *soft, u32 at,
				u32 value, u32 width);

/* irq.c */
void vfio_mig_soft_irq_init(struct vfio_mig_soft_device *soft);
void vfio_mig_soft_irq_destroy(struct vfio_mig_soft_device *soft);
void vfio_mig_soft_irq_close(struct vfio_mig_soft_device *soft);
void vfio_mig_soft_irq_disable(struct vfio_mig_soft_device *soft, bool disabled);
bool vfio_mig_soft_line_is_up(struct vfio_mig_soft_device *soft);
bool vfio_mig_soft_sends_messages(struct vfio_mig_soft_device *soft);
void vfio_mig_soft_request(struct vfio_device *vdev, unsigned int count);
long vfio_mig_soft_irq_info(struct vfio_irq_info __user *user);
long vfio_mig_soft_set_irqs(struct vfio_mig_soft_device *soft,
			    struct vfio_irq_set __user *user);

/* region.c: VFIO's calls, but for those about a device's life */
void vfio_mig_soft_fill_ops(struct vfio_mig_soft_driver *driver);

#endif /* VFIO_MIG_SOFT_SOFT_H */
