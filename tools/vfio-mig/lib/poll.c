// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the state of a device that somebody else has open from VFIO's debugfs,
 * which kernels have from 6.8 on if they were built with it.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib.h"
#include "vfiomig_monitor.h"

#define DEBUGFS	"/sys/kernel/debug/vfio"

/* There is no file for this device; for others there may be one. */
static int fail_no_file(const struct vfiomig_info *info,
			struct vfiomig_error *error)
{
	if (!info->vfio)
		return lib_fail_not_bound(info, error);
	if (!access(DEBUGFS, F_OK))
		return lib_fail_no_migration(info, error);
	lib_fail(error, -EOPNOTSUPP, "%s: there is no " DEBUGFS, info->name);
	lib_hint(error, "it takes Linux 6.8 with CONFIG_VFIO_DEBUGFS, and debugfs mounted");
	return -EOPNOTSUPP;
}

int vfiomig_debugfs_state(const struct vfiomig_info *info, __u32 *state,
			  struct vfiomig_error *error)
{
	char folder[128], text[32];
	int err, number;

	snprintf(folder, sizeof(folder), DEBUGFS "/%s/migration", info->name);
	err = lib_sysfs_read(folder, "state", text, sizeof(text));
	if (err == -ENOENT)
		return fail_no_file(info, error);
	if (err) {
		lib_fail_errno(error, err, "%s: %s/state", info->name, folder);
		lib_open_hint(info, folder, err, error);
		return err;
	}
	number = vfiomig_state_number(text);
	if (number < 0)
		return lib_fail(error, -EIO, "%s: its state is '%s'",
				info->name, text);
	*state = number;
	return 0;
}
