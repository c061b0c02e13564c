// SPDX-License-Identifier: GPL-2.0
/* VFIO's calls for a device in software: what it has, config space, BAR0. */
#include <linux/minmax.h>
#include <linux/pci_regs.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "soft.h"

static u64 region_size(struct vfio_mig_soft_device *soft, u32 index)
{
	switch (index) {
	case VFIO_PCI_BAR0_REGION_INDEX:
		return vfio_mig_soft_driver(soft)->bar.most;
	case VFIO_PCI_CONFIG_REGION_INDEX:
		return VFIO_MIG_SOFT_CONFIG;
	default:
		return 0;
	}
}

/* ---- read and write ---- */

/**
 * struct access - what is done at once
 * @index: The region.
 * @pos: And at which byte of it.
 * @width: How many bytes.
 * @write: Written, and not read.
 * @number: They, as on the bus.
 */
struct access {
	u32 index;
	u32 pos;
	u32 width;
	bool write;
	__le64 number;
};

static int access_bar(struct vfio_mig_soft_device *soft, struct access *access)
{
	const struct vfio_mig_pci_bar *bar = &vfio_mig_soft_driver(soft)->bar;
	u64 value;

	if (!(soft->config[PCI_COMMAND] & PCI_COMMAND_MEMORY))
		return -EIO;
	if (access->write)
		return bar->write(&soft->mig, access->pos,
				  le64_to_cpu(access->number), access->width);
	value = bar->read(&soft->mig, access->pos, access->width);
	access->number = cpu_to_le64(value);
	return 0;
}

static int access_config(struct vfio_mig_soft_device *soft,
			 struct access *access)
{
	u32 value;

	if (access->write) {
		value = le64_to_cpu(access->number);
		vfio_mig_soft_config_write(soft, access->pos, value,
					   access->width);
		return 0;
	}
	value = vfio_mig_soft_config_read(soft, access->pos, access->width);
	access->number = cpu_to_le64(value);
	return 0;
}

/* User memory is touched with no lock held. */
static int access_user(struct vfio_mig_soft_device *soft, struct access *access,
		       char __user *buf)
{
	int ret;

	access->number = 0;
	if (access->write && copy_from_user(&access->number, buf, access->width))
		return -EFAULT;
	mutex_lock(&soft->mig.lock);
	ret = access->index == VFIO_PCI_CONFIG_REGION_INDEX ?
	      access_config(soft, access) : access_bar(soft, access);
	mutex_unlock(&soft->mig.lock);
	if (ret || access->write)
		return ret;
	return copy_to_user(buf, &access->number, access->width) ? -EFAULT : 0;
}

/* The largest naturally aligned access at @pos, of at most @count bytes. */
static u32 access_width(struct vfio_mig_soft_device *soft, u32 index, u32 pos,
			size_t count)
{
	u32 width = 4;

	if (index == VFIO_PCI_BAR0_REGION_INDEX)
		width = vfio_mig_soft_driver(soft)->bar.widest ?: width;
	while (width > count || pos % width)
		width /= 2;
	return width;
}

/* What was done before something failed has been done. */
static ssize_t rw(struct vfio_device *vdev, char __user *buf, size_t count,
		  loff_t *ppos, bool write)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);
	struct access access = {
		.index = VFIO_PCI_OFFSET_TO_INDEX(*ppos),
		.write = write,
	};
	u64 size = region_size(soft, access.index);
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	size_t done;
	int ret;

	if (pos >= size)
		return count ? -EINVAL : 0;
	count = min_t(u64, count, size - pos);
	ret = vfio_mig_finish_reset(&soft->mig);
	for (done = 0; !ret && done < count; done += access.width) {
		access.pos = pos + done;
		access.width = access_width(soft, access.index, access.pos,
					    count - done);
		ret = access_user(soft, &access, buf + done);
		if (ret)
			break;
		cond_resched();
	}
	*ppos += done;
	return done ?: ret;
}

static ssize_t read(struct vfio_device *vdev, char __user *buf, size_t count,
		    loff_t *ppos)
{
	return rw(vdev, buf, count, ppos, false);
}

static ssize_t write(struct vfio_device *vdev, const char __user *buf,
		     size_t count, loff_t *ppos)
{
	return rw(vdev, (char __user *)buf, count, ppos, true);
}

/* ---- what there is ---- */

static long device_info(struct vfio_device_info __user *user)
{
	size_t size = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, user, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = VFIO_PCI_NUM_REGIONS;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return copy_to_user(user, &info, size) ? -EFAULT : 0;
}

/* None can be mapped. */
static int region_info_caps(struct vfio_device *vdev,
			    struct vfio_region_info *info,
			    struct vfio_info_cap *caps)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);

	if (info->index >= VFIO_PCI_VGA_REGION_INDEX)
		return -EINVAL;
	info->offset = VFIO_PCI_INDEX_TO_OFFSET(info->index);
	info->size = region_size(soft, info->index);
	info->flags = info->size ? VFIO_REGION_INFO_FLAG_READ |
				   VFIO_REGION_INFO_FLAG_WRITE : 0;
	return 0;
}

/* On kernels whose VFIO does not ask for it by itself. */
static long region_info(struct vfio_device *vdev,
			struct vfio_region_info __user *user)
{
	size_t size = offsetofend(struct vfio_region_info, offset);
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, user, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	ret = region_info_caps(vdev, &info, NULL);
	if (ret)
		return ret;
	return copy_to_user(user, &info, size) ? -EFAULT : 0;
}

/* A reset is complete when the call that asked for it returns. */
static long reset(struct vfio_mig_device *mig)
{
	int ret;

	vfio_mig_note_reset(mig);
	ret = vfio_mig_finish_reset(mig);
	return ret ?: READ_ONCE(mig->priv->reset_error);
}

static long ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);
	void __user *user = (void __user *)arg;
	long ret;

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return device_info(user);
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(vdev, user);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return vfio_mig_soft_irq_info(user);
	case VFIO_DEVICE_SET_IRQS:
		return vfio_mig_soft_set_irqs(soft, user);
	case VFIO_DEVICE_RESET:
		return reset(&soft->mig);
	default:
		ret = vfio_mig_own_ioctl(&soft->mig, cmd, user);
		return ret != -ENOIOCTLCMD ? ret : -ENOTTY;
	}
}

static int feature(struct vfio_device *vdev, u32 flags, void __user *arg,
		   size_t argsz)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);
	int ret = vfio_mig_own_feature(&soft->mig, flags, arg, argsz);

	return ret != -ENOIOCTLCMD ? ret : -ENOTTY;
}

/* What newer kernels want a device with an emulated IOMMU to fill in. */
#ifndef VFIO_MIG_SOFT_NEW_OPS
#define VFIO_MIG_SOFT_NEW_OPS(info)					\
	.bind_iommufd = vfio_iommufd_emulated_bind,			\
	.unbind_iommufd = vfio_iommufd_emulated_unbind,			\
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,		\
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,		\
	.get_region_info_caps = (info),
#endif

void vfio_mig_soft_fill_ops(struct vfio_mig_soft_driver *driver)
{
	driver->vfio = (struct vfio_device_ops) {
		.ioctl = ioctl,
		.device_feature = feature,
		.read = read,
		.write = write,
		.request = vfio_mig_soft_request,
		VFIO_MIG_SOFT_NEW_OPS(region_info_caps)
	};
}
