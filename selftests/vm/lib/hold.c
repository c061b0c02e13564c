// SPDX-License-Identifier: GPL-2.0
/* hold.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"
#include "hold.h"
#include "vfiomig.h"

static int open_group(const char *bdf)
{
	struct vfiomig_info info;
	char path[64];
	int ret, fd;

	ret = vfiomig_lookup(bdf, &info, NULL);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/vfio/%d", info.group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int get_device(int container, int group, const char *bdf)
{
	int fd;

	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	return fd < 0 ? -errno : fd;
}

int hold_device_alone(const char *bdf)
{
	int container, group, fd;

	group = open_group(bdf);
	if (group < 0)
		return group;
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	fd = container < 0 ? -errno : get_device(container, group, bdf);
	if (container >= 0)
		close(container);
	close(group);
	return fd;
}

int hold_character_device(const char *bdf)
{
	struct vfiomig_info info;
	int ret, fd;

	ret = vfiomig_lookup(bdf, &info, NULL);
	if (ret)
		return ret;
	if (!info.cdev[0])
		return -ENOENT;
	fd = open(info.cdev, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int is_in_use(const char *bdf)
{
	char path[128], text[8] = "";
	ssize_t got;
	int fd;

	device_file(path, sizeof(path), bdf, "vfio_mig_in_use");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got != 2 || text[1] != '\n')
		return -EBADMSG;
	return text[0] - '0';
}
