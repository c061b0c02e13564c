// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual function is nothing without its physical one: what that lacks, before a VF can
 * be of use or be there at all.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib.h"

#define IFF_UP	1

/* Has it a network interface, and all of them are down? */
static bool is_down(const char *pf_folder, char *name, size_t size)
{
	char folder[PATH_MAX], flags[32];
	struct dirent *entry;
	bool down = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/net", pf_folder);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(folder, sizeof(folder), "%s/net/%s", pf_folder, entry->d_name);
		if (lib_sysfs_read(folder, "flags", flags, sizeof(flags)))
			continue;
		down = !(strtoul(flags, NULL, 16) & IFF_UP);
		snprintf(name, size, "%s", entry->d_name);
		if (!down)
			break;
	}
	if (dir)
		closedir(dir);
	return down;
}

bool vfiomig_pf_lacks(const struct vfiomig_info *info, char *text, size_t size)
{
	char folder[PATH_MAX], pf[64], driver[64], name[64];

	if (lib_sysfs_link(info->sysfs, "physfn", pf, sizeof(pf)))
		return false;
	snprintf(folder, sizeof(folder), "%s/physfn", info->sysfs);
	if (lib_sysfs_link(folder, "driver", driver, sizeof(driver)))
		snprintf(text, size, "its physical function %s has no driver", pf);
	else if (is_down(folder, name, sizeof(name)))
		snprintf(text, size,
			 "its physical function is down: ip link set %s up", name);
	else
		return false;
	return true;
}

/* Is it one that could have virtual functions, and has none? */
bool lib_has_no_vfs(const struct vfiomig_info *info)
{
	char most[32], now[32];

	return !lib_sysfs_read(info->sysfs, "sriov_totalvfs", most, sizeof(most)) &&
	       !lib_sysfs_read(info->sysfs, "sriov_numvfs", now, sizeof(now)) &&
	       atoi(most) && !atoi(now);
}
