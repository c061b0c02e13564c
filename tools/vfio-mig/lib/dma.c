// SPDX-License-Identifier: GPL-2.0
/* The memory that a device sees. */
#include "lib.h"

int vfiomig_dma_map(struct vfiomig_dev *dev, void *memory, __u64 iova,
		    __u64 size, __u32 access, struct vfiomig_error *error)
{
	int err = dev->space->ops->map(dev->space, memory, iova, size, access);

	if (err) {
		lib_fail_errno(error, err, "%s: cannot map 0x%llx bytes at 0x%llx",
			       dev->info.name, size, iova);
		lib_map_hint(err, error);
	}
	return err;
}

int vfiomig_dma_unmap(struct vfiomig_dev *dev, __u64 iova, __u64 size,
		      struct vfiomig_error *error)
{
	int err = dev->space->ops->unmap(dev->space, iova, size);

	if (err)
		lib_fail_errno(error, err, "%s: cannot unmap 0x%llx bytes at 0x%llx",
			       dev->info.name, size, iova);
	return err;
}
