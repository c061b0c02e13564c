// SPDX-License-Identifier: GPL-2.0
/* Finds the process that has a device open, in /proc. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib.h"

/* A device that was opened through its group keeps the group open. */
static bool is_device(const char *target, const struct vfiomig_info *info)
{
	char group[64];

	if (info->cdev[0] && !strcmp(target, info->cdev))
		return true;
	if (info->group < 0)
		return false;
	snprintf(group, sizeof(group), "/dev/vfio/%d", info->group);
	if (!strcmp(target, group))
		return true;
	snprintf(group, sizeof(group), "/dev/vfio/noiommu-%d", info->group);
	return !strcmp(target, group);
}

static bool holds(const char *pid, const struct vfiomig_info *info)
{
	char folder[64], path[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	ssize_t length;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%.16s/fd", pid);
	dir = opendir(folder);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		found = is_device(target, info);
	}
	closedir(dir);
	return found;
}

int vfiomig_find_holder(const struct vfiomig_info *info,
			struct vfiomig_holder *holder)
{
	char folder[64];
	struct dirent *entry;
	int pid, ret = -ENOENT;
	DIR *dir;

	memset(holder, 0, sizeof(*holder));
	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while (ret && (entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		if (pid <= 0 || pid == getpid() || !holds(entry->d_name, info))
			continue;
		holder->pid = pid;
		snprintf(folder, sizeof(folder), "/proc/%d", pid);
		lib_sysfs_read(folder, "comm", holder->name,
			       sizeof(holder->name));
		/* Whoever runs a process can call it what he likes. */
		vfiomig_printable(holder->name);
		ret = 0;
	}
	closedir(dir);
	return ret;
}
