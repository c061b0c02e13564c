// SPDX-License-Identifier: GPL-2.0
/* Devices through their own character device, and an iommufd. */
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib.h"

#define IOMMUFD	"/dev/iommu"

static int cdev_open(struct lib_space *space, const struct vfiomig_info *info,
		     struct vfiomig_error *error)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	int err;

	if (!info->cdev[0]) {
		lib_fail(error, -EOPNOTSUPP,
			 "%s: it has no VFIO character device", info->name);
		lib_cdev_hint(error);
		return -EOPNOTSUPP;
	}
	space->iommu_fd = open(IOMMUFD, O_RDWR | O_CLOEXEC);
	if (space->iommu_fd < 0) {
		err = errno == ENOENT || errno == ENODEV ? -EOPNOTSUPP : -errno;
		lib_fail_errno(error, err, "%s: cannot open " IOMMUFD,
			       info->name);
		lib_open_hint(info, IOMMUFD, err, error);
		return err;
	}
	if (ioctl(space->iommu_fd, IOMMU_IOAS_ALLOC, &alloc))
		return lib_fail_errno(error, -errno,
				      "%s: cannot get an address space",
				      info->name);
	space->ioas = alloc.out_ioas_id;
	return 0;
}

static int bind_and_attach(struct lib_space *space,
			   const struct vfiomig_info *info, int fd,
			   struct vfiomig_error *error)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = space->iommu_fd,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = space->ioas,
	};
	struct vfiomig_info sibling;
	int err;

	if (ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind)) {
		err = -errno;
		if (err == -EPERM && lib_find_sibling(info, &sibling))
			return lib_fail_not_viable(info, error);
		lib_fail_errno(error, err, "%s: cannot bind it to an iommufd",
			       info->name);
		lib_open_hint(info, info->cdev, err, error);
		return err;
	}
	if (ioctl(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return lib_fail_errno(error, -errno,
				      "%s: cannot attach it to the IOMMU",
				      info->name);
	return 0;
}

static int cdev_get_device(struct lib_space *space,
			   const struct vfiomig_info *info,
			   struct vfiomig_error *error)
{
	int fd, err;

	fd = open(info->cdev, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		lib_fail_errno(error, err, "%s: cannot open %s", info->name,
			       info->cdev);
		lib_open_hint(info, info->cdev, err, error);
		return err;
	}
	err = bind_and_attach(space, info, fd, error);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int cdev_map(struct lib_space *space, void *memory, __u64 iova,
		    __u64 size, __u32 access)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA,
		.ioas_id = space->ioas,
		.user_va = (unsigned long)memory,
		.length = size,
		.iova = iova,
	};

	if (access & VFIOMIG_DMA_READ)
		map.flags |= IOMMU_IOAS_MAP_READABLE;
	if (access & VFIOMIG_DMA_WRITE)
		map.flags |= IOMMU_IOAS_MAP_WRITEABLE;
	return ioctl(space->iommu_fd, IOMMU_IOAS_MAP, &map) ? -errno : 0;
}

static int cdev_unmap(struct lib_space *space, __u64 iova, __u64 size)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = space->ioas,
		.iova = iova,
		.length = size,
	};

	return ioctl(space->iommu_fd, IOMMU_IOAS_UNMAP, &unmap) ? -errno : 0;
}

const struct lib_space_ops lib_cdev_ops = {
	.open = cdev_open,
	.get_device = cdev_get_device,
	.map = cdev_map,
	.unmap = cdev_unmap,
};
