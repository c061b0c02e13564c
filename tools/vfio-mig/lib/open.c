// SPDX-License-Identifier: GPL-2.0
/* Opens and closes devices. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib.h"

static int open_through(const struct lib_space_ops *ops,
			struct vfiomig_dev *dev, struct vfiomig_error *error)
{
	int err;

	dev->space = lib_space_get(ops, &dev->info, &err, error);
	if (!dev->space)
		return err;
	dev->fd = ops->get_device(dev->space, &dev->info, error);
	if (dev->fd >= 0)
		return 0;
	lib_space_put(dev->space);
	/* VFIO says EINVAL of a character device that is in use elsewhere. */
	if (dev->fd != -EINVAL || vfiomig_in_use(&dev->info) <= 0)
		return dev->fd;
	lib_fail_errno(error, -EBUSY, "%s: cannot open it", dev->info.name);
	lib_open_hint(&dev->info, dev->info.cdev, -EBUSY, error);
	return -EBUSY;
}

/* What the environment says, for all programs that leave it open. */
static enum vfiomig_iommu preferred(enum vfiomig_iommu iommu)
{
	const char *way = getenv("VFIO_MIG_IOMMU");

	if (iommu != VFIOMIG_IOMMU_AUTO || !way)
		return iommu;
	if (!strcmp(way, "group"))
		return VFIOMIG_IOMMU_GROUP;
	if (!strcmp(way, "iommufd"))
		return VFIOMIG_IOMMU_IOMMUFD;
	return iommu;
}

static int open_any(struct vfiomig_dev *dev, enum vfiomig_iommu iommu,
		    struct vfiomig_error *error)
{
	struct vfiomig_error first = {};

	switch (preferred(iommu)) {
	case VFIOMIG_IOMMU_GROUP:
		return open_through(&lib_group_ops, dev, error);
	case VFIOMIG_IOMMU_IOMMUFD:
		return open_through(&lib_cdev_ops, dev, error);
	case VFIOMIG_IOMMU_AUTO:
		if (!open_through(&lib_cdev_ops, dev, &first))
			return 0;
		/* Busy is busy both ways, and the group would say less. */
		if (first.err != -EBUSY)
			return open_through(&lib_group_ops, dev, error);
		if (error)
			*error = first;
		return first.err;
	}
	return lib_fail(error, -EINVAL, "%s: %d is no way to open it",
			dev->info.name, iommu);
}

int vfiomig_open(const char *name, enum vfiomig_iommu iommu,
		 struct vfiomig_dev **dev, struct vfiomig_error *error)
{
	struct vfiomig_dev *new;
	int err;

	*dev = NULL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return lib_fail_errno(error, -ENOMEM, "%s", name);
	err = vfiomig_lookup(name, &new->info, error);
	if (err)
		goto free_dev;
	if (!new->info.vfio) {
		err = lib_fail_not_bound(&new->info, error);
		goto free_dev;
	}
	err = open_any(new, iommu, error);
	if (err)
		goto free_dev;
	*dev = new;
	return 0;

free_dev:
	free(new);
	return err;
}

void vfiomig_close(struct vfiomig_dev *dev)
{
	if (!dev)
		return;
	close(dev->fd);
	lib_space_put(dev->space);
	free(dev);
}

const struct vfiomig_info *vfiomig_info(const struct vfiomig_dev *dev)
{
	return &dev->info;
}

const char *vfiomig_name(const struct vfiomig_dev *dev)
{
	return dev->info.name;
}

int vfiomig_fd(const struct vfiomig_dev *dev)
{
	return dev->fd;
}

enum vfiomig_iommu vfiomig_iommu(const struct vfiomig_dev *dev)
{
	return dev->space->ops == &lib_cdev_ops ? VFIOMIG_IOMMU_IOMMUFD :
						  VFIOMIG_IOMMU_GROUP;
}
