// SPDX-License-Identifier: GPL-2.0
/* The calls of <linux/vfio_mig.h>, of which there are two ways and an old one. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib.h"
#include "uapi/linux/vfio_mig.h"

static const struct {
	unsigned int cmd;
	unsigned int old_cmd;
	__u32 feature;
} calls[] = {
	[VFIOMIG_ARC_SUPPORTED] = {
		VFIO_DEVICE_MIG_ARC_SUPPORTED,
		VFIO_DEVICE_MIG_ARC_SUPPORTED_OLD,
		VFIO_DEVICE_FEATURE_MIG_ARC_SUPPORTED,
	},
	[VFIOMIG_LAST_ERROR] = {
		VFIO_DEVICE_MIG_LAST_ERROR,
		VFIO_DEVICE_MIG_LAST_ERROR_OLD,
		VFIO_DEVICE_FEATURE_MIG_LAST_ERROR,
	},
	[VFIOMIG_DESCRIPTOR] = {
		VFIO_DEVICE_MIG_DESCRIPTOR,
		VFIO_DEVICE_MIG_DESCRIPTOR_OLD,
		VFIO_DEVICE_FEATURE_MIG_DESCRIPTOR,
	},
	[VFIOMIG_COMPATIBLE] = {
		VFIO_DEVICE_MIG_COMPATIBLE,
		VFIO_DEVICE_MIG_COMPATIBLE_OLD,
		VFIO_DEVICE_FEATURE_MIG_COMPATIBLE,
	},
	[VFIOMIG_NAMES] = {
		VFIO_DEVICE_MIG_NAMES,
		VFIO_DEVICE_MIG_NAMES,
		VFIO_DEVICE_FEATURE_MIG_NAMES,
	},
};

static int by_ioctl(struct vfiomig_dev *dev, unsigned int cmd, void *arg)
{
	return ioctl(dev->fd, cmd, arg) ? -errno : 0;
}

/* What a driver says of a number that it does not know is not always ENOTTY. */
static int by_feature(struct vfiomig_dev *dev, __u32 feature, void *arg)
{
	__u32 argsz;

	if (vfiomig_feature_probe(dev, feature, NULL))
		return -ENOTTY;
	memcpy(&argsz, arg, sizeof(argsz));
	return vfiomig_feature(dev, VFIO_DEVICE_FEATURE_GET | feature, arg,
			       argsz, NULL);
}

int vfiomig_call(struct vfiomig_dev *dev, enum vfiomig_call call, void *arg)
{
	int err = by_ioctl(dev, calls[call].cmd, arg);

	if (err == -ENOTTY)
		err = by_feature(dev, calls[call].feature, arg);
	if (err == -ENOTTY)
		err = by_ioctl(dev, calls[call].old_cmd, arg);
	return err;
}
