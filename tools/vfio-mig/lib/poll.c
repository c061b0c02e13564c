// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the state of a device that somebody else has open from VFIO's debugfs,
 * which kernels have from 6.8 on if they were built with it.
 */
#include <errno.h>
#include <stdio.h>

#include "lib.h"
#include "vfiomig_monitor.h"

int vfiomig_debugfs_state(const struct vfiomig_info *info, __u32 *state,
			  struct vfiomig_error *error)
{
	char folder[128], text[32];
	int err, number;

	snprintf(folder, sizeof(folder), "/sys/kernel/debug/vfio/%s/migration",
		 info->name);
	err = lib_sysfs_read(folder, "state", text, sizeof(text));
	if (err == -ENOENT) {
		lib_fail(error, -EOPNOTSUPP, "%s: there is no %s/state",
			 info->name, folder);
		lib_hint(error, "it takes Linux 6.8 with CONFIG_VFIO_DEBUGFS, and debugfs mounted");
		return -EOPNOTSUPP;
	}
	if (err)
		return lib_fail_errno(error, err, "%s: %s/state", info->name,
				      folder);
	number = vfiomig_state_number(text);
	if (number < 0)
		return lib_fail(error, -EIO, "%s: its state is '%s'",
				info->name, text);
	*state = number;
	return 0;
}
