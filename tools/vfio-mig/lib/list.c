// SPDX-License-Identifier: GPL-2.0
/* Lists devices. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib.h"

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int compare_names(const void *left, const void *right)
{
	const struct vfiomig_info *l = left, *r = right;

	return strcmp(l->name, r->name);
}

/* Fill @info from "<folder>/<entry>[/<link>]"; false if it is gone. */
static bool load_entry(const char *folder, const char *entry,
		       const char *link, struct vfiomig_info *info)
{
	char path[PATH_MAX], device[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s%s", folder, entry, link);
	if (!realpath(path, device) || strlen(device) >= sizeof(info->sysfs))
		return false;
	memset(info, 0, sizeof(*info));
	memcpy(info->sysfs, device, strlen(device) + 1);
	lib_fill_info(info);
	return true;
}

static int list_folder(const char *folder, const char *link,
		       vfiomig_visit visit, void *ctx)
{
	struct vfiomig_info *infos = NULL;
	struct dirent **entries;
	int count, found = 0, i, ret = 0;

	count = scandir(folder, &entries, not_hidden, NULL);
	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	if (count)
		infos = calloc(count, sizeof(*infos));
	if (count && !infos)
		ret = -ENOMEM;
	for (i = 0; i < count; i++) {
		if (!ret)
			found += load_entry(folder, entries[i]->d_name, link,
					    &infos[found]);
		free(entries[i]);
	}
	free(entries);
	if (found)
		qsort(infos, found, sizeof(*infos), compare_names);
	for (i = 0; i < found && !ret; i++)
		ret = visit(&infos[i], ctx);
	free(infos);
	return ret;
}

int vfiomig_list(vfiomig_visit visit, void *ctx)
{
	return list_folder("/sys/class/vfio-dev", "/device", visit, ctx);
}

int vfiomig_list_pci(vfiomig_visit visit, void *ctx)
{
	return list_folder("/sys/bus/pci/devices", "", visit, ctx);
}
