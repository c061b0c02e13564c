// SPDX-License-Identifier: GPL-2.0
/* Who waits for data of a device, and what a driver says that they are woken by. */
#include <linux/export.h>
#include <linux/slab.h>

#include "ready.h"

int vfio_mig_ready_alloc(struct vfio_mig_device *mig)
{
	mig->priv->ready = kmalloc(sizeof(*mig->priv->ready), GFP_KERNEL);
	if (!mig->priv->ready)
		return -ENOMEM;
	kref_init(&mig->priv->ready->ref);
	init_waitqueue_head(&mig->priv->ready->queue);
	return 0;
}

/* Nobody is on the queue any more: who waits has the file. */
static void ready_free(struct kref *ref)
{
	kfree(container_of(ref, struct vfio_mig_ready, ref));
}

void vfio_mig_ready_put(struct vfio_mig_ready *ready)
{
	if (ready)
		kref_put(&ready->ref, ready_free);
}

void vfio_mig_data_ready(struct vfio_mig_device *mig)
{
	wake_up_interruptible(&mig->priv->ready->queue);
}
EXPORT_SYMBOL_GPL(vfio_mig_data_ready);

/*
 * For drivers: the device has been made another by its user, in a way that
 * makes what was sent so far worth little.  In pre-copy a VMM that asked for
 * MIG_PRECOPY_INFOv2 is told.  Takes no lock.
 */
void vfio_mig_reinit(struct vfio_mig_device *mig)
{
	set_bit(0, &mig->priv->reinit_pending);
}
EXPORT_SYMBOL_GPL(vfio_mig_reinit);
