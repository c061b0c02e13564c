// SPDX-License-Identifier: GPL-2.0
/* Reads and sets a device's migration state. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib.h"

int vfiomig_get_state(struct vfiomig_dev *dev, __u32 *state,
		      struct vfiomig_error *error)
{
	struct vfio_device_feature_mig_state now = {};
	__u64 features;
	int err;

	*state = VFIO_MIG_ERROR;
	err = vfiomig_features(dev, &features, error);
	if (err)
		return err;
	err = vfiomig_feature(dev, VFIO_DEVICE_FEATURE_GET |
			      VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &now,
			      sizeof(now), error);
	*state = now.device_state;
	return err;
}

static void explain(struct vfiomig_dev *dev, __u32 state, int err,
		    struct vfiomig_error *error)
{
	__u32 now;

	if (!error)
		return;
	lib_fail_errno(error, err, "%s: cannot go to %s", dev->info.name,
		       vfio_mig_state_name(state));
	lib_add_reason(dev, error);
	if (vfiomig_get_state(dev, &now, NULL))
		return;
	if (now == VFIO_MIG_ERROR)
		lib_hint(error, "the device is in ERROR now, which only a reset ends");
	else
		lib_hint(error, "the device is in %s now",
			 vfio_mig_state_name(now));
}

int vfiomig_set_state(struct vfiomig_dev *dev, __u32 state, int *data_fd,
		      struct vfiomig_error *error)
{
	struct vfio_device_feature_mig_state set = {
		.device_state = state,
		.data_fd = -1,
	};
	int err;

	if (data_fd)
		*data_fd = -1;
	err = vfiomig_feature(dev, VFIO_DEVICE_FEATURE_SET |
			      VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &set,
			      sizeof(set), NULL);
	if (err) {
		explain(dev, state, err, error);
		return err;
	}
	if (data_fd)
		*data_fd = set.data_fd;
	else if (set.data_fd >= 0)
		close(set.data_fd);
	return 0;
}

int lib_step(struct vfiomig_dev *dev, __u32 from, __u32 to, int *data_fd,
	     struct vfiomig_step *step, struct vfiomig_error *error)
{
	__u64 start = lib_now();
	int err;

	err = vfiomig_set_state(dev, to, data_fd, error);
	snprintf(step->device, sizeof(step->device), "%s", dev->info.name);
	step->from = from;
	step->to = to;
	step->at = start;
	step->ns = lib_now() - start;
	step->err = err;
	return err;
}

static bool same_name(const char *name, const char *given)
{
	for (; *name && *given; name++, given++) {
		char letter = *given == '-' ? '_' :
			      toupper((unsigned char)*given);

		if (letter != *name)
			return false;
	}
	return !*name && !*given;
}

int vfiomig_state_number(const char *name)
{
	int state;

	for (state = 0; state < VFIO_MIG_NR_STATES; state++)
		if (same_name(vfio_mig_state_name(state), name))
			return state;
	return -1;
}
