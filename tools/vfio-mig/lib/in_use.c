// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the kernel whether somebody holds a device.  /proc is no answer: a holder
 * may be in another PID namespace, or have nothing but a file that was handed to
 * it, of which /proc does not say which device it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib.h"

/* 1 or 0; ENOENT: its driver is not on vfio_mig. */
static int ask_driver(const struct vfiomig_info *info)
{
	char text[8];
	int err = lib_sysfs_read(info->sysfs, "vfio_mig_in_use", text,
				 sizeof(text));

	return err ? err : text[0] == '1';
}

static int open_and_close(const char *format, int group)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), format, group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/*
 * A group can be opened once only, and not while a device of it is open in any way.
 * What this process has open need not be asked for.
 */
static int ask_group(const struct vfiomig_info *info)
{
	int err;

	if (info->group < 0)
		return -ENOENT;
	if (lib_space_has_group(info->group))
		return 1;
	err = open_and_close("/dev/vfio/%d", info->group);
	if (err == -ENOENT)
		err = open_and_close("/dev/vfio/noiommu-%d", info->group);
	return err == -EBUSY ? 1 : err;
}

int vfiomig_in_use(const struct vfiomig_info *info)
{
	int device, group;

	if (!info->vfio)
		return 0;
	device = ask_driver(info);
	if (device > 0)
		return device;
	group = ask_group(info);
	return group < 0 && !device ? device : group;
}
