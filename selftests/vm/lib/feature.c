// SPDX-License-Identifier: GPL-2.0
/* feature.h says what is here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/vfio.h>

#include "feature.h"

int feature_call(int device, __u32 flags, void *data, size_t size)
{
	struct {
		struct vfio_device_feature feature;
		__u8 bytes[64];
	} arg = {
		.feature = {
			.argsz = sizeof(arg.feature) + size,
			.flags = flags,
		},
	};
	int ret;

	if (size > sizeof(arg.bytes))
		abort();
	if (size)
		memcpy(arg.bytes, data, size);
	ret = ioctl(device, VFIO_DEVICE_FEATURE, &arg) ? -errno : 0;
	if (size)
		memcpy(data, arg.bytes, size);
	return ret;
}

int feature_set_state(int device, __u32 state, int *data_fd)
{
	struct vfio_device_feature_mig_state mig = {
		.device_state = state,
		.data_fd = -2,
	};
	int ret = feature_call(device, VFIO_DEVICE_FEATURE_SET |
			       VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &mig,
			       sizeof(mig));

	if (data_fd)
		*data_fd = mig.data_fd;
	return ret;
}
