// SPDX-License-Identifier: GPL-2.0
/*
 * The module, the life of a device, and the callbacks that a variant driver
 * hands on to here.
 */
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "mig.h"
#include "netlink.h"

int vfio_mig_init_dev(struct vfio_device *vdev, const struct vfio_mig_ops *ops)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	int ret;

	ret = vfio_mig_check_ops(vdev->dev, ops);
	if (ret)
		return ret;
	ret = vfio_mig_fault_alloc(mig);
	if (ret)
		return ret;
	ret = vfio_mig_ready_alloc(mig);
	if (ret)
		goto free_faults;
	ret = vfio_pci_core_init_dev(vdev);
	if (ret)
		goto free_ready;

	mig->ops = ops;
	mutex_init(&mig->state_lock);
	spin_lock_init(&mig->failure_lock);
	INIT_WORK(&mig->reset_work, vfio_mig_reset_work);
	mig->state = VFIO_MIG_RUNNING;
	vfio_mig_status_init(mig);
	mig->behaviours = ops->behaviours;
	mig->pci_resets = true;
	vfio_mig_dma_log_init(mig);
	vdev->mig_ops = &vfio_mig_migration_ops;
	vfio_mig_apply_features(mig);
	return 0;

free_ready:
	vfio_mig_ready_put(mig->ready);
free_faults:
	vfio_mig_fault_free(mig);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_init_dev);

void vfio_mig_release_dev(struct vfio_device *vdev)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);

	cancel_work_sync(&mig->reset_work);
	mutex_destroy(&mig->state_lock);
	vfio_mig_status_destroy(mig);
	vfio_mig_dma_log_destroy(mig);
	vfio_mig_ready_put(mig->ready);
	vfio_mig_fault_free(mig);
	vfio_pci_core_release_dev(vdev);
}
EXPORT_SYMBOL_GPL(vfio_mig_release_dev);

int vfio_mig_register(struct vfio_mig_device *mig)
{
	int ret;

	ret = vfio_mig_check_hardware(mig);
	if (ret)
		return ret;
	ret = vfio_mig_properties_create(mig);
	if (ret)
		return ret;
	ret = vfio_mig_in_use_create(mig);
	if (ret)
		goto remove_properties;
	vfio_mig_fault_create(mig);
	ret = vfio_pci_core_register_device(&mig->core);
	if (ret)
		goto remove_files;
	ret = vfio_mig_netlink_add(mig);
	if (ret)
		goto unregister;
	return 0;

unregister:
	vfio_pci_core_unregister_device(&mig->core);
remove_files:
	vfio_mig_fault_remove(mig);
	vfio_mig_in_use_remove(mig);
remove_properties:
	vfio_mig_properties_remove(mig);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_register);

void vfio_mig_unregister(struct vfio_mig_device *mig)
{
	vfio_mig_in_use_leave(mig);
	/* Waits for whoever has it open; until then it can be asked about. */
	vfio_pci_core_unregister_device(&mig->core);
	vfio_mig_netlink_remove(mig);
	vfio_mig_fault_remove(mig);
	vfio_mig_in_use_remove(mig);
	vfio_mig_properties_remove(mig);
}
EXPORT_SYMBOL_GPL(vfio_mig_unregister);

int vfio_mig_enable(struct vfio_mig_device *mig)
{
	int ret = vfio_pci_core_enable(&mig->core);

	/* vfio-pci resets a device that it enables; that is no news. */
	mig->resets_enabled = atomic_read(&mig->resets_seen);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_enable);

void vfio_mig_open(struct vfio_mig_device *mig)
{
	static const struct vfio_mig_refusal none;

	mutex_lock(&mig->state_lock);
	vfio_mig_trail_begin(mig);
	vfio_mig_forget_resets(mig, mig->resets_enabled);
	mig->state = VFIO_MIG_RUNNING;
	WRITE_ONCE(mig->opened, true);
	vfio_mig_note_failure(mig, 0, 0, &none);
	vfio_mig_status_state(mig, VFIO_MIG_CAUSE_OPEN, VFIO_MIG_RUNNING,
			      VFIO_MIG_RUNNING, 0);
	mutex_unlock(&mig->state_lock);
	/* What came meanwhile: the work item has taken no notice of it. */
	vfio_mig_pursue_reset(mig);
}
EXPORT_SYMBOL_GPL(vfio_mig_open);

void vfio_mig_close(struct vfio_mig_device *mig)
{
	u8 from;

	mutex_lock(&mig->state_lock);
	vfio_mig_trail_begin(mig);
	from = mig->state;
	WRITE_ONCE(mig->opened, false);
	vfio_mig_session_end(mig);
	mig->state = VFIO_MIG_RUNNING;
	vfio_mig_status_state(mig, VFIO_MIG_CAUSE_CLOSE, from,
			      VFIO_MIG_RUNNING, 0);
	mutex_unlock(&mig->state_lock);
	vfio_mig_dma_log_close(mig);
	if (!mig->pci_resets)
		mig->core.reset_works = false;
	mig->pci_resets = true;
}
EXPORT_SYMBOL_GPL(vfio_mig_close);

void vfio_mig_offer_reset(struct vfio_mig_device *mig)
{
	mig->pci_resets = mig->core.reset_works;
	mig->core.reset_works = true;
}
EXPORT_SYMBOL_GPL(vfio_mig_offer_reset);

long vfio_mig_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	int over;
	long ret;

	ret = vfio_mig_own_ioctl(mig, cmd, (void __user *)arg);
	if (ret != -ENOIOCTLCMD)
		return ret;
	if (cmd == VFIO_DEVICE_RESET && !mig->pci_resets) {
		vfio_mig_note_reset(mig);
		ret = 0;
	} else {
		ret = vfio_pci_core_ioctl(vdev, cmd, arg);
	}
	/* A reset is complete when the call that asked for it returns. */
	if (cmd == VFIO_DEVICE_PCI_HOT_RESET && !ret)
		over = vfio_mig_finish_hot_reset(mig);
	else
		over = vfio_mig_finish_reset(mig);
	if (cmd == VFIO_DEVICE_RESET || cmd == VFIO_DEVICE_PCI_HOT_RESET)
		ret = ret ?: over ?: READ_ONCE(mig->reset_error);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_ioctl);

/* Only kernels whose vfio core does not know this feature hand it on. */
static int feature_data_size(struct vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz)
{
	struct vfio_device_feature_mig_data_size size = {};
	unsigned long length = 0;
	int ret;

	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				 sizeof(size));
	if (ret != 1)
		return ret;
	ret = vfio_mig_get_data_size(vdev, &length);
	if (ret)
		return ret;
	size.stop_copy_length = length;
	return copy_to_user(arg, &size, sizeof(size)) ? -EFAULT : 0;
}

int vfio_mig_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
		     size_t argsz)
{
	int ret;

	if ((flags & VFIO_DEVICE_FEATURE_MASK) ==
	    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE)
		return feature_data_size(vdev, flags, arg, argsz);
	ret = vfio_mig_own_feature(vfio_mig_from_vdev(vdev), flags, arg, argsz);
	if (ret != -ENOIOCTLCMD)
		return ret;
	return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
}
EXPORT_SYMBOL_GPL(vfio_mig_feature);

/* Config space can ask for a reset too. */
ssize_t vfio_mig_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *ppos)
{
	ssize_t ret = vfio_pci_core_write(vdev, buf, count, ppos);

	vfio_mig_finish_reset(vfio_mig_from_vdev(vdev));
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_write);

static void reset_done(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_mig_note_reset(vfio_mig_from_vdev(&core->vdev));
}

const struct pci_error_handlers vfio_mig_err_handlers = {
	.error_detected = vfio_pci_core_aer_err_detected,
	.reset_done = reset_done,
};
EXPORT_SYMBOL_GPL(vfio_mig_err_handlers);

static int __init vfio_mig_module_init(void)
{
	int ret;

	ret = vfio_mig_machine_init();
	if (ret)
		return ret;
	ret = vfio_mig_netlink_init();
	if (ret) {
		vfio_mig_machine_exit();
		return ret;
	}
	vfio_mig_fault_init();
	return 0;
}

static void __exit vfio_mig_module_exit(void)
{
	vfio_mig_fault_exit();
	vfio_mig_netlink_exit();
	vfio_mig_machine_exit();
}

module_init(vfio_mig_module_init);
module_exit(vfio_mig_module_exit);

MODULE_DESCRIPTION("VFIO migration state machine for variant drivers");
MODULE_LICENSE("GPL");
