// SPDX-License-Identifier: GPL-2.0
/* VFIO's calls for a device that is open: the core's, those of a BAR, or vfio-pci's. */
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "pci.h"

/* What the driver says of the BAR at @pos; NULL if it is none that it knows. */
static const struct vfio_mig_pci_bar *
declared(struct vfio_mig_pci_device *pci, unsigned int index)
{
	const struct vfio_mig_pci_bar *bars = vfio_mig_pci_driver(pci)->bars;

	return index < PCI_STD_NUM_BARS && bars[index].most ? &bars[index] :
							      NULL;
}

/* vfio-pci would write to a BAR behind the driver's back. */
static bool has_trapped(struct vfio_mig_pci_device *pci)
{
	const struct vfio_mig_pci_bar *bars = vfio_mig_pci_driver(pci)->bars;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (vfio_mig_is_trapped(&bars[i]))
			return true;
	return false;
}

static long ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	long ret;

	if (cmd == VFIO_DEVICE_IOEVENTFD && has_trapped(pci))
		return -EINVAL;
	ret = vfio_mig_own_ioctl(&pci->mig, cmd, (void __user *)arg);
	return ret != -ENOIOCTLCMD ? ret : vfio_mig_reset_ioctl(pci, cmd, arg);
}

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

static int feature(struct vfio_device *vdev, u32 flags, void __user *arg,
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

static ssize_t read(struct vfio_device *vdev, char __user *buf, size_t count,
		    loff_t *ppos)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	unsigned int index = VFIO_PCI_OFFSET_TO_INDEX(*ppos);
	const struct vfio_mig_pci_bar *bar = declared(pci, index);

	if (bar && bar->read)
		return vfio_mig_bar_read(pci, index, buf, count, ppos);
	return vfio_pci_core_read(vdev, buf, count, ppos);
}

/* Config space can ask for a reset too. */
static ssize_t write(struct vfio_device *vdev, const char __user *buf,
		     size_t count, loff_t *ppos)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	unsigned int index = VFIO_PCI_OFFSET_TO_INDEX(*ppos);
	const struct vfio_mig_pci_bar *bar = declared(pci, index);
	ssize_t ret;

	if (bar && vfio_mig_is_trapped(bar))
		return vfio_mig_bar_write(pci, index, buf, count, ppos);
	ret = vfio_pci_core_write(vdev, buf, count, ppos);
	vfio_mig_finish_reset(&pci->mig);
	return ret;
}

static int mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	const struct vfio_mig_pci_bar *bar =
		declared(pci, vma->vm_pgoff >>
			      (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT));
	int ret = vfio_pci_core_mmap(vdev, vma);

	if (!ret && bar && bar->memory)
		vfio_mig_memory_mmap(vma);
	return ret;
}

#define COMMON_OPS							\
	.ioctl = ioctl,							\
	.device_feature = feature,					\
	.read = read,							\
	.write = write,							\
	.mmap = mmap,							\
	.request = vfio_pci_core_request,				\
	.match = vfio_pci_core_match

static const struct vfio_device_ops plain_ops = {
	COMMON_OPS,
	VFIO_MIG_PCI_NEW_OPS
};

static const struct vfio_device_ops memory_ops = {
	COMMON_OPS,
	VFIO_MIG_PCI_MEMORY_OPS
};

void vfio_mig_pci_fill_ops(struct vfio_mig_pci_driver *driver)
{
	driver->vfio = driver->moves_bytes ? memory_ops : plain_ops;
}
