// SPDX-License-Identifier: GPL-2.0
/* VFIO_DEVICE_GET_REGION_INFO, where it is one of a driver's own calls. */
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "pci.h"

static int copy_out(struct vfio_region_info *info, struct vfio_info_cap *caps,
		    struct vfio_region_info __user *arg)
{
	if (!caps->size)
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_CAPS;
	info->cap_offset = 0;
	if (info->argsz < sizeof(*info) + caps->size) {
		info->argsz = sizeof(*info) + caps->size;
		return 0;
	}
	vfio_info_cap_shift(caps, sizeof(*info));
	info->cap_offset = sizeof(*info);
	return copy_to_user(arg + 1, caps->buf, caps->size) ? -EFAULT : 0;
}

/* -ENOIOCTLCMD: it is of another region. */
long vfio_mig_region_ioctl(struct vfio_mig_pci_device *pci,
			   struct vfio_region_info __user *arg)
{
	size_t minsz = offsetofend(struct vfio_region_info, offset);
	struct vfio_info_cap caps = {};
	struct vfio_region_info info;
	int ret;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	ret = vfio_mig_parts_info(pci, &info, &caps);
	if (!ret)
		ret = copy_out(&info, &caps, arg);
	kfree(caps.buf);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

void vfio_mig_region_op(struct vfio_device_ops *ops)
{
}
