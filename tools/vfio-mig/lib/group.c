// SPDX-License-Identifier: GPL-2.0
/* Devices through their IOMMU group and a container of their own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib.h"

#define CONTAINER	"/dev/vfio/vfio"

/* Sets @noiommu if the group is one without an IOMMU. */
static int open_group(struct lib_space *space, const struct vfiomig_info *info,
		      bool *noiommu, struct vfiomig_error *error)
{
	char path[64];
	int err;

	*noiommu = false;
	snprintf(path, sizeof(path), "/dev/vfio/%d", info->group);
	space->group_fd = open(path, O_RDWR | O_CLOEXEC);
	if (space->group_fd < 0 && errno == ENOENT) {
		snprintf(path, sizeof(path), "/dev/vfio/noiommu-%d",
			 info->group);
		space->group_fd = open(path, O_RDWR | O_CLOEXEC);
		*noiommu = space->group_fd >= 0;
		if (!*noiommu && errno == ENOENT)
			snprintf(path, sizeof(path), "/dev/vfio/%d",
				 info->group);
	}
	if (space->group_fd >= 0)
		return 0;
	err = -errno;
	lib_fail_errno(error, err, "%s: cannot open %s", info->name, path);
	lib_open_hint(info, path, err, error);
	return err;
}

static int check_viable(struct lib_space *space,
			const struct vfiomig_info *info,
			struct vfiomig_error *error)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(space->group_fd, VFIO_GROUP_GET_STATUS, &status))
		return lib_fail_errno(error, -errno,
				      "%s: cannot read the group's status",
				      info->name);
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	return lib_fail_not_viable(info, error);
}

static int open_container(struct lib_space *space,
			  const struct vfiomig_info *info,
			  struct vfiomig_error *error)
{
	int err, version;

	space->iommu_fd = open(CONTAINER, O_RDWR | O_CLOEXEC);
	if (space->iommu_fd < 0) {
		err = -errno;
		lib_fail_errno(error, err, "%s: cannot open " CONTAINER,
			       info->name);
		lib_open_hint(info, CONTAINER, err, error);
		return err;
	}
	version = ioctl(space->iommu_fd, VFIO_GET_API_VERSION);
	if (version != VFIO_API_VERSION)
		return lib_fail(error, -EOPNOTSUPP,
				"%s: VFIO's version is %d, not %d",
				info->name, version, VFIO_API_VERSION);
	return 0;
}

static int pick_iommu(int container, bool noiommu)
{
	static const int types[] = { VFIO_TYPE1v2_IOMMU, VFIO_TYPE1_IOMMU };
	size_t i;

	if (noiommu)
		return VFIO_NOIOMMU_IOMMU;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (ioctl(container, VFIO_CHECK_EXTENSION, types[i]) > 0)
			return types[i];
	return -EOPNOTSUPP;
}

static int set_iommu(struct lib_space *space, const struct vfiomig_info *info,
		     bool noiommu, struct vfiomig_error *error)
{
	int type = pick_iommu(space->iommu_fd, noiommu);
	int err;

	if (type < 0) {
		lib_fail(error, type, "%s: there is no type1 IOMMU",
			 info->name);
		lib_hint(error, "modprobe vfio_iommu_type1");
		return type;
	}
	if (ioctl(space->group_fd, VFIO_GROUP_SET_CONTAINER,
		  &space->iommu_fd)) {
		err = -errno;
		lib_fail_errno(error, err, "%s: cannot give group %d a container",
			       info->name, info->group);
		lib_open_hint(info, CONTAINER, err, error);
		return err;
	}
	if (ioctl(space->iommu_fd, VFIO_SET_IOMMU, type)) {
		err = -errno;
		lib_fail_errno(error, err, "%s: cannot attach group %d to the IOMMU",
			       info->name, info->group);
		if (err == -EPERM)
			lib_hint(error, "see dmesg; is there interrupt remapping?");
		return err;
	}
	return 0;
}

static int group_open(struct lib_space *space, const struct vfiomig_info *info,
		      struct vfiomig_error *error)
{
	bool noiommu;
	int err;

	if (info->group < 0) {
		lib_fail(error, -EOPNOTSUPP, "%s: it has no IOMMU group",
			 info->name);
		lib_group_hint(error);
		return -EOPNOTSUPP;
	}
	err = open_group(space, info, &noiommu, error);
	if (!err)
		err = check_viable(space, info, error);
	if (!err)
		err = open_container(space, info, error);
	if (!err)
		err = set_iommu(space, info, noiommu, error);
	return err;
}

static int group_get_device(struct lib_space *space,
			    const struct vfiomig_info *info,
			    struct vfiomig_error *error)
{
	int err, fd;

	fd = ioctl(space->group_fd, VFIO_GROUP_GET_DEVICE_FD, info->name);
	if (fd >= 0)
		return fd;
	err = -errno;
	lib_fail_errno(error, err, "%s: cannot open the device", info->name);
	lib_hint(error, "dmesg may say why");
	return err;
}

static int group_map(struct lib_space *space, void *memory, __u64 iova,
		     __u64 size, __u32 access)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.vaddr = (unsigned long)memory,
		.iova = iova,
		.size = size,
	};

	if (access & VFIOMIG_DMA_READ)
		map.flags |= VFIO_DMA_MAP_FLAG_READ;
	if (access & VFIOMIG_DMA_WRITE)
		map.flags |= VFIO_DMA_MAP_FLAG_WRITE;
	return ioctl(space->iommu_fd, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
}

static int group_unmap(struct lib_space *space, __u64 iova, __u64 size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	if (ioctl(space->iommu_fd, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -errno;
	return unmap.size == size ? 0 : -ENOENT;
}

const struct lib_space_ops lib_group_ops = {
	.open = group_open,
	.get_device = group_get_device,
	.map = group_map,
	.unmap = group_unmap,
};
