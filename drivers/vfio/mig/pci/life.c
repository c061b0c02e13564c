// SPDX-License-Identifier: GPL-2.0
/* The life of a PCI device, and the callbacks that its driver hands on to here. */
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "pci.h"

static int add(struct vfio_mig_device *mig)
{
	return vfio_pci_core_register_device(&vfio_mig_pci(mig)->core);
}

static void remove(struct vfio_mig_device *mig)
{
	vfio_pci_core_unregister_device(&vfio_mig_pci(mig)->core);
}

static const struct vfio_mig_bus bus = {
	.migration = VFIO_MIG_MIGRATION_OPS,
	.offset = offsetof(struct vfio_mig_pci_device, mig) -
		  offsetof(struct vfio_mig_pci_device, core.vdev),
	.add = add,
	.remove = remove,
};

int vfio_mig_init_dev(struct vfio_device *vdev, const struct vfio_mig_ops *ops)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	int ret;

	if (!ops->hardware || !ops->hardware->recognize) {
		dev_err(vdev->dev, "vfio_mig: the driver declares no hardware, or nothing that recognizes it\n");
		return -EINVAL;
	}
	ret = vfio_mig_device_init(&pci->mig, vdev, &bus, ops);
	if (ret)
		return ret;
	ret = vfio_pci_core_init_dev(vdev);
	if (ret) {
		vfio_mig_device_release(&pci->mig);
		return ret;
	}
	pci->pci_resets = true;
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_mig_init_dev);

void vfio_mig_release_dev(struct vfio_device *vdev)
{
	vfio_mig_device_release(&vfio_mig_pci_from_vdev(vdev)->mig);
	vfio_pci_core_release_dev(vdev);
}
EXPORT_SYMBOL_GPL(vfio_mig_release_dev);

int vfio_mig_register(struct vfio_mig_pci_device *pci)
{
	int ret = vfio_mig_check_hardware(pci);

	return ret ?: vfio_mig_device_add(&pci->mig);
}
EXPORT_SYMBOL_GPL(vfio_mig_register);

void vfio_mig_unregister(struct vfio_mig_pci_device *pci)
{
	vfio_mig_device_remove(&pci->mig);
}
EXPORT_SYMBOL_GPL(vfio_mig_unregister);

int vfio_mig_enable(struct vfio_mig_pci_device *pci)
{
	int ret = vfio_pci_core_enable(&pci->core);

	/* vfio-pci resets a device that it enables; that is no news. */
	vfio_mig_device_enabled(&pci->mig);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_enable);

void vfio_mig_open(struct vfio_mig_pci_device *pci)
{
	vfio_mig_device_open(&pci->mig);
}
EXPORT_SYMBOL_GPL(vfio_mig_open);

void vfio_mig_close(struct vfio_mig_pci_device *pci)
{
	vfio_mig_device_close(&pci->mig);
	if (!pci->pci_resets)
		pci->core.reset_works = false;
	pci->pci_resets = true;
}
EXPORT_SYMBOL_GPL(vfio_mig_close);

long vfio_mig_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	long ret = vfio_mig_own_ioctl(&pci->mig, cmd, (void __user *)arg);

	return ret != -ENOIOCTLCMD ? ret : vfio_mig_reset_ioctl(pci, cmd, arg);
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
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	int ret;

	if ((flags & VFIO_DEVICE_FEATURE_MASK) ==
	    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE)
		return feature_data_size(vdev, flags, arg, argsz);
	ret = vfio_mig_own_feature(&pci->mig, flags, arg, argsz);
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

	vfio_mig_finish_reset(&vfio_mig_pci_from_vdev(vdev)->mig);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_write);
