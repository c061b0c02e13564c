// SPDX-License-Identifier: GPL-2.0
/* Resets a device alone, or its bus. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "lib.h"

static bool offers_reset(struct vfiomig_dev *dev)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	return !ioctl(dev->fd, VFIO_DEVICE_GET_INFO, &info) &&
	       info.flags & VFIO_DEVICE_FLAGS_RESET;
}

int vfiomig_reset(struct vfiomig_dev *dev, struct vfiomig_error *error)
{
	int err;

	if (!ioctl(dev->fd, VFIO_DEVICE_RESET))
		return 0;
	err = -errno;
	if (offers_reset(dev))
		return lib_fail_errno(error, err, "%s: cannot reset it",
				      dev->info.name);
	lib_fail(error, -EOPNOTSUPP, "%s: it has no reset of its own",
		 dev->info.name);
	lib_hint(error, "reset its bus with: vfio-mig reset --bus %s",
		 dev->info.name);
	return -EOPNOTSUPP;
}

int vfiomig_hot_reset(struct vfiomig_dev *dev, struct vfiomig_error *error)
{
	struct vfio_pci_hot_reset *reset;
	int err = 0;

	reset = calloc(1, sizeof(*reset) + sizeof(__s32));
	if (!reset)
		return lib_fail_errno(error, -ENOMEM, "%s", dev->info.name);
	reset->argsz = sizeof(*reset) + sizeof(__s32);
	/* With a character device it is iommufd that proves ownership. */
	if (dev->space->group_fd >= 0) {
		reset->count = 1;
		reset->group_fds[0] = dev->space->group_fd;
	}
	if (ioctl(dev->fd, VFIO_DEVICE_PCI_HOT_RESET, reset)) {
		err = -errno;
		lib_fail_errno(error, err, "%s: cannot reset its bus",
			       dev->info.name);
		if (err == -ENODEV)
			lib_hint(error, "there is no port above it to reset it with");
		else
			lib_hint(error, "all devices on the bus must be in IOMMU group %d",
				 dev->info.group);
	}
	free(reset);
	return err;
}
