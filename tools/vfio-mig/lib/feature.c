// SPDX-License-Identifier: GPL-2.0
/* VFIO_DEVICE_FEATURE: what a device can do. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib.h"

#define FEATURE_DATA_MAX	1024

static int feature_ioctl(struct vfiomig_dev *dev, __u32 flags, void *data,
			 size_t size)
{
	__u64 room[(sizeof(struct vfio_device_feature) + FEATURE_DATA_MAX) /
		   sizeof(__u64) + 1] = {};
	struct vfio_device_feature *feature = (void *)room;

	if (size > FEATURE_DATA_MAX)
		return -E2BIG;
	feature->argsz = sizeof(*feature) + size;
	feature->flags = flags;
	if (size)
		memcpy(feature->data, data, size);
	if (ioctl(dev->fd, VFIO_DEVICE_FEATURE, feature))
		return -errno;
	if (size)
		memcpy(data, feature->data, size);
	return 0;
}

int vfiomig_feature(struct vfiomig_dev *dev, __u32 flags, void *data,
		    size_t size, struct vfiomig_error *error)
{
	int err = feature_ioctl(dev, flags, data, size);

	if (err)
		lib_fail_feature(dev, flags & VFIO_DEVICE_FEATURE_MASK, err,
				 error);
	return err;
}

int vfiomig_feature_probe(struct vfiomig_dev *dev, __u32 feature,
			  struct vfiomig_error *error)
{
	return vfiomig_feature(dev, feature | VFIO_DEVICE_FEATURE_PROBE, NULL,
			       0, error);
}

int vfiomig_features(struct vfiomig_dev *dev, __u64 *features,
		     struct vfiomig_error *error)
{
	struct vfio_device_feature_migration migration = {};
	int err = 0;

	if (!dev->features) {
		err = vfiomig_feature(dev, VFIO_DEVICE_FEATURE_GET |
				      VFIO_DEVICE_FEATURE_MIGRATION,
				      &migration, sizeof(migration), error);
		dev->features = migration.flags;
	}
	*features = dev->features;
	if (err == -ENOTTY || (!err && !dev->features))
		return lib_fail_no_migration(&dev->info, error);
	return err;
}

int vfiomig_data_size(struct vfiomig_dev *dev, __u64 *bytes,
		      struct vfiomig_error *error)
{
	struct vfio_device_feature_mig_data_size size = {};
	int err;

	err = vfiomig_feature(dev, VFIO_DEVICE_FEATURE_GET |
			      VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, &size,
			      sizeof(size), error);
	*bytes = size.stop_copy_length;
	return err;
}
