// SPDX-License-Identifier: GPL-2.0
/* VFIO_DEVICE_GET_REGION_INFO, where it is an operation of its own. */
#include <linux/vfio.h>

#include "pci.h"

static int region_info(struct vfio_device *vdev, struct vfio_region_info *info,
		       struct vfio_info_cap *caps)
{
	int ret = vfio_mig_parts_info(vfio_mig_pci_from_vdev(vdev), info, caps);

	return ret != -ENOIOCTLCMD ? ret :
	       vfio_pci_ioctl_get_region_info(vdev, info, caps);
}

void vfio_mig_region_op(struct vfio_device_ops *ops)
{
	ops->get_region_info_caps = region_info;
}

long vfio_mig_region_ioctl(struct vfio_mig_pci_device *pci,
			   struct vfio_region_info __user *arg)
{
	return -ENOIOCTLCMD;
}
