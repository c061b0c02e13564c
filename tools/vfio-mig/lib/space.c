// SPDX-License-Identifier: GPL-2.0
/*
 * The address spaces of this process.  There is one for each IOMMU group in
 * use, since the devices of a group cannot be told apart by the IOMMU.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib.h"

static struct lib_space *spaces;

static void close_files(struct lib_space *space)
{
	if (space->group_fd >= 0)
		close(space->group_fd);
	if (space->iommu_fd >= 0)
		close(space->iommu_fd);
}

struct lib_space *lib_space_get(const struct lib_space_ops *ops,
				const struct vfiomig_info *info, int *err,
				struct vfiomig_error *error)
{
	struct lib_space *space;

	for (space = spaces; space; space = space->next) {
		if (space->ops == ops && info->group >= 0 &&
		    space->group == info->group) {
			space->users++;
			return space;
		}
	}
	space = calloc(1, sizeof(*space));
	if (!space) {
		*err = lib_fail_errno(error, -ENOMEM, "%s", info->name);
		return NULL;
	}
	space->ops = ops;
	space->users = 1;
	space->group = info->group;
	space->group_fd = -1;
	space->iommu_fd = -1;
	*err = ops->open(space, info, error);
	if (*err) {
		close_files(space);
		free(space);
		return NULL;
	}
	space->next = spaces;
	spaces = space;
	return space;
}

bool lib_space_has_group(int group)
{
	const struct lib_space *space;

	for (space = spaces; space; space = space->next)
		if (space->group == group)
			return true;
	return false;
}

void lib_space_put(struct lib_space *space)
{
	struct lib_space **link;

	if (--space->users)
		return;
	for (link = &spaces; *link != space; link = &(*link)->next)
		;
	*link = space->next;
	close_files(space);
	free(space);
}
