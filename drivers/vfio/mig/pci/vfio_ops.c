// SPDX-License-Identifier: GPL-2.0
/* VFIO's calls for a device that is open: the core's, those of a BAR, or vfio-pci's. */
#include <linux/mm.h>
#include <linux/vfio.h>

#include "new_ops.h"
#include "pci.h"

/* What the driver says of a region; NULL if that is no BAR that it knows. */
const struct vfio_mig_pci_bar *
vfio_mig_declared(struct vfio_mig_pci_device *pci, unsigned int index)
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
	if (ret == -ENOIOCTLCMD && cmd == VFIO_DEVICE_GET_REGION_INFO)
		ret = vfio_mig_region_ioctl(pci, (void __user *)arg);
	return ret != -ENOIOCTLCMD ? ret : vfio_mig_reset_ioctl(pci, cmd, arg);
}

static int feature(struct vfio_device *vdev, u32 flags, void __user *arg,
		   size_t argsz)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	int ret;

	ret = vfio_mig_own_feature(&pci->mig, flags, arg, argsz);
	if (ret != -ENOIOCTLCMD)
		return ret;
	return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
}

/* Of a BAR that is @trapped: is it at @pos too?  *@count ends where that changes. */
static bool is_trapped_at(const struct vfio_mig_pci_bar *bar, bool trapped,
			  u64 pos, size_t *count)
{
	bool mapped;
	u64 end;

	if (!trapped)
		return false;
	pos &= VFIO_PCI_OFFSET_MASK;
	if (bar->held)
		return true;
	mapped = vfio_mig_in_part(bar, pos, &end);
	*count = min_t(u64, *count, end - pos);
	return !mapped;
}

static ssize_t read(struct vfio_device *vdev, char __user *buf, size_t count,
		    loff_t *ppos)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	unsigned int index = VFIO_PCI_OFFSET_TO_INDEX(*ppos);
	const struct vfio_mig_pci_bar *bar = vfio_mig_declared(pci, index);

	if (is_trapped_at(bar, bar && bar->read, *ppos, &count))
		return vfio_mig_bar_read(pci, index, buf, count, ppos);
	return vfio_pci_core_read(vdev, buf, count, ppos);
}

/* Config space can ask for a reset too. */
static ssize_t write(struct vfio_device *vdev, const char __user *buf,
		     size_t count, loff_t *ppos)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	unsigned int index = VFIO_PCI_OFFSET_TO_INDEX(*ppos);
	const struct vfio_mig_pci_bar *bar = vfio_mig_declared(pci, index);
	ssize_t ret;

	if (is_trapped_at(bar, bar && vfio_mig_is_trapped(bar), *ppos, &count))
		return vfio_mig_bar_write(pci, index, buf, count, ppos);
	ret = vfio_mig_plain_write(pci, buf, count, ppos);
	vfio_mig_finish_reset(&pci->mig);
	return ret;
}

static int mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	const struct vfio_mig_pci_bar *bar =
		vfio_mig_declared(pci, vma->vm_pgoff >>
				       (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT));
	int ret;

	if (bar && bar->nr_mapped && !vfio_mig_may_map(bar, vma))
		return -EINVAL;
	ret = vfio_pci_core_mmap(vdev, vma);
	if (!ret && bar && (bar->memory || bar->held))
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
	vfio_mig_region_op(&driver->vfio);
}
