// SPDX-License-Identifier: GPL-2.0
/* The resets of a PCI device: of itself, of all of a set, and those of its own driver. */
#include <linux/mutex.h>
#include <linux/vfio.h>

#include "pci.h"

/*
 * VFIO_DEVICE_RESET works even where the PCI core has no way to: it is the driver that
 * brings a device to its power-on state.
 */
void vfio_mig_offer_reset(struct vfio_mig_pci_device *pci)
{
	pci->pci_resets = pci->core.reset_works;
	pci->core.reset_works = true;
}

/*
 * A hot reset is one of all devices of a set.  Their user has all that are open,
 * so it is he alone whom the set's lock holds up meanwhile.  The first error.
 */
static int finish_hot_reset(struct vfio_device *vdev)
{
	struct vfio_device_set *set = vdev->dev_set;
	struct vfio_mig_device *mig;
	struct vfio_device *other;
	int result, ret = 0;

	if (mutex_lock_killable(&set->lock))
		return -EINTR;
	list_for_each_entry(other, &set->device_list, dev_set_list) {
		if (other->mig_ops != vdev->mig_ops)
			continue;
		mig = vfio_mig_from_vdev(other);
		result = vfio_mig_finish_reset(mig) ?:
			 READ_ONCE(mig->priv->reset_error);
		ret = ret ?: result;
		if (result == -EINTR)
			break;
	}
	mutex_unlock(&set->lock);
	return ret;
}

/* Any call of vfio-pci's: it may be one that resets. */
long vfio_mig_reset_ioctl(struct vfio_mig_pci_device *pci, unsigned int cmd,
			  unsigned long arg)
{
	struct vfio_device *vdev = &pci->core.vdev;
	int over;
	long ret;

	if (cmd == VFIO_DEVICE_RESET && !pci->pci_resets) {
		vfio_mig_wake(pci);
		vfio_mig_note_reset(&pci->mig);
		ret = 0;
	} else {
		ret = vfio_pci_core_ioctl(vdev, cmd, arg);
	}
	/* A reset is complete when the call that asked for it returns. */
	if (cmd == VFIO_DEVICE_PCI_HOT_RESET && !ret)
		over = finish_hot_reset(vdev);
	else
		over = vfio_mig_finish_reset(&pci->mig);
	if (cmd == VFIO_DEVICE_RESET || cmd == VFIO_DEVICE_PCI_HOT_RESET)
		ret = ret ?: over ?: READ_ONCE(pci->mig.priv->reset_error);
	return ret;
}

static void reset_done(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_mig_note_reset(&vfio_mig_pci_from_vdev(&core->vdev)->mig);
}

const struct pci_error_handlers vfio_mig_err_handlers = {
	.error_detected = vfio_pci_core_aer_err_detected,
	.reset_done = reset_done,
};
