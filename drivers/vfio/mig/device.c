// SPDX-License-Identifier: GPL-2.0
/* A device's life, whatever bus it is on. */
#include <linux/slab.h>
#include <linux/vfio.h>
#include <linux/workqueue.h>

#include "mig.h"
#include "netlink.h"

static struct vfio_mig_private *private_alloc(struct vfio_mig_device *mig)
{
	struct vfio_mig_private *priv = kzalloc(sizeof(*priv), GFP_KERNEL);

	if (!priv)
		return NULL;
	priv->mig = mig;
	mutex_init(&priv->state_lock);
	spin_lock_init(&priv->failure_lock);
	INIT_WORK(&priv->reset_work, vfio_mig_reset_work);
	priv->state = VFIO_MIG_RUNNING;
	return priv;
}

static void private_free(struct vfio_mig_device *mig)
{
	vfio_mig_ready_put(mig->priv->ready);
	vfio_mig_fault_free(mig);
	mutex_destroy(&mig->priv->state_lock);
	kfree(mig->priv);
	mig->priv = NULL;
}

int vfio_mig_device_init(struct vfio_mig_device *mig, struct vfio_device *vdev,
			 const struct vfio_mig_bus *bus,
			 const struct vfio_mig_ops *ops)
{
	int ret;

	mig->vdev = vdev;
	mig->ops = ops;
	mig->behaviours = vfio_mig_known_behaviours(ops);
	mig->priv = private_alloc(mig);
	if (!mig->priv)
		return -ENOMEM;
	ret = vfio_mig_fault_alloc(mig);
	if (!ret)
		ret = vfio_mig_ready_alloc(mig);
	if (ret) {
		private_free(mig);
		return ret;
	}
	vfio_mig_status_init(mig);
	vfio_mig_dma_log_init(mig);
	vdev->mig_ops = &bus->migration;
	vfio_mig_apply_features(mig);
	mutex_init(&mig->lock);
	if (ops->init)
		ops->init(mig);
	return 0;
}

void vfio_mig_device_release(struct vfio_mig_device *mig)
{
	cancel_work_sync(&mig->priv->reset_work);
	if (mig->ops->release)
		mig->ops->release(mig);
	mutex_destroy(&mig->lock);
	vfio_mig_status_destroy(mig);
	vfio_mig_dma_log_destroy(mig);
	private_free(mig);
}

int vfio_mig_device_add(struct vfio_mig_device *mig)
{
	const struct vfio_mig_bus *bus = vfio_mig_bus(mig->vdev);
	int ret;

	ret = vfio_mig_properties_create(mig);
	if (ret)
		return ret;
	ret = vfio_mig_in_use_create(mig);
	if (ret)
		goto remove_properties;
	ret = vfio_mig_names_create(mig);
	if (ret)
		goto remove_in_use;
	vfio_mig_fault_create(mig);
	ret = bus->add(mig);
	if (ret)
		goto remove_files;
	ret = vfio_mig_netlink_add(mig);
	if (ret)
		goto remove_device;
	return 0;

remove_device:
	bus->remove(mig);
remove_files:
	vfio_mig_fault_remove(mig);
	vfio_mig_names_remove(mig);
remove_in_use:
	vfio_mig_in_use_remove(mig);
remove_properties:
	vfio_mig_properties_remove(mig);
	return ret;
}

void vfio_mig_device_remove(struct vfio_mig_device *mig)
{
	vfio_mig_in_use_leave(mig);
	/* Waits for whoever has it open; until then it can be asked about. */
	vfio_mig_bus(mig->vdev)->remove(mig);
	vfio_mig_netlink_remove(mig);
	vfio_mig_fault_remove(mig);
	vfio_mig_names_remove(mig);
	vfio_mig_in_use_remove(mig);
	vfio_mig_properties_remove(mig);
}

void vfio_mig_device_enabled(struct vfio_mig_device *mig)
{
	mig->priv->resets_enabled = atomic_read(&mig->priv->resets_seen);
}

void vfio_mig_device_open(struct vfio_mig_device *mig)
{
	static const struct vfio_mig_refusal none;
	struct vfio_mig_private *priv = mig->priv;

	mutex_lock(&priv->state_lock);
	vfio_mig_trail_begin(mig);
	vfio_mig_forget_resets(mig, priv->resets_enabled);
	priv->state = VFIO_MIG_RUNNING;
	WRITE_ONCE(priv->opened, true);
	vfio_mig_note_failure(mig, 0, 0, &none);
	vfio_mig_status_state(mig, VFIO_MIG_CAUSE_OPEN, VFIO_MIG_RUNNING,
			      VFIO_MIG_RUNNING, 0);
	mutex_unlock(&priv->state_lock);
	/* What came meanwhile: the work item has taken no notice of it. */
	vfio_mig_pursue_reset(mig);
}

void vfio_mig_device_close(struct vfio_mig_device *mig)
{
	struct vfio_mig_private *priv = mig->priv;
	u8 from;

	mutex_lock(&priv->state_lock);
	vfio_mig_trail_begin(mig);
	from = priv->state;
	WRITE_ONCE(priv->opened, false);
	vfio_mig_session_end(mig);
	priv->state = VFIO_MIG_RUNNING;
	vfio_mig_status_state(mig, VFIO_MIG_CAUSE_CLOSE, from,
			      VFIO_MIG_RUNNING, 0);
	mutex_unlock(&priv->state_lock);
	vfio_mig_dma_log_close(mig);
}

/* It can be reached: after its power-on state it is to run. */
int vfio_mig_device_begin(struct vfio_mig_device *mig)
{
	int ret = mig->ops->open ? mig->ops->open(mig) : 0;

	if (!ret)
		ret = vfio_mig_start_over(mig);
	/* As an arc may say it. */
	return ret == VFIO_MIG_IN_NEITHER_STATE ? -EIO : ret;
}
