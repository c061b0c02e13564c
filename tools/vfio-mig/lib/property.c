// SPDX-License-Identifier: GPL-2.0
/* A device's named properties: the files in its folder vfio_mig of sysfs. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib.h"

#define FOLDER	"vfio_mig"

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int list(const struct vfiomig_info *info, struct dirent ***entries)
{
	char folder[PATH_MAX];
	int count;

	snprintf(folder, sizeof(folder), "%s/" FOLDER, info->sysfs);
	count = scandir(folder, entries, not_hidden, alphasort);
	return count < 0 ? -errno : count;
}

static int read_property(const struct vfiomig_info *info, const char *name,
			 bool *on)
{
	char file[300], text[8];
	int err;

	snprintf(file, sizeof(file), FOLDER "/%s", name);
	err = lib_sysfs_read(info->sysfs, file, text, sizeof(text));
	*on = !err && text[0] == '1';
	return err;
}

int vfiomig_properties(const struct vfiomig_info *info,
		       vfiomig_on_property on_property, void *ctx)
{
	struct dirent **entries;
	int count, i;
	bool on;

	count = list(info, &entries);
	for (i = 0; i < count; i++) {
		if (on_property &&
		    !read_property(info, entries[i]->d_name, &on))
			on_property(entries[i]->d_name, on, ctx);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count == -ENOENT ? 0 : count;
}

/* ENOENT if it is none of the device's, whose names go into @names. */
static int find_property(const struct vfiomig_info *info, const char *name,
			 char *names, size_t size)
{
	struct dirent **entries;
	int count, i, ret = -ENOENT;
	size_t used = 0;

	count = list(info, &entries);
	if (count < 0)
		return count == -ENOENT ? -EOPNOTSUPP : count;
	for (i = 0; i < count; i++) {
		if (!strcmp(entries[i]->d_name, name))
			ret = 0;
		if (used < size)
			used += snprintf(names + used, size - used, "%s%s",
					 used ? ", " : "",
					 entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static int fail_find(const struct vfiomig_info *info, const char *property,
		     int err, const char *names, struct vfiomig_error *error)
{
	if (err == -EOPNOTSUPP) {
		lib_fail(error, err, "%s: its driver %s has no properties",
			 info->name, info->driver[0] ? info->driver : "(none)");
		lib_hint(error, "only drivers on vfio_mig have");
		return err;
	}
	if (err != -ENOENT)
		return lib_fail_errno(error, err, "%s", info->name);
	lib_fail(error, err, "%s: it has no property %s", info->name,
		 property);
	lib_hint(error, "there are: %s", names);
	return err;
}

static int fail_set(const struct vfiomig_info *info, const char *property,
		    int err, struct vfiomig_error *error)
{
	struct vfiomig_holder holder;

	if (err != -EBUSY) {
		lib_fail_errno(error, err, "%s: cannot set %s", info->name,
			       property);
		if (err == -EACCES)
			lib_hint(error, "run as root");
		return err;
	}
	if (vfiomig_find_holder(info, &holder))
		lib_fail(error, err, "%s: somebody has it open", info->name);
	else
		lib_fail(error, err, "%s: %s (pid %d) has it open",
			 info->name, holder.name, holder.pid);
	lib_hint(error, "a property can only be set while nobody has");
	return err;
}

int vfiomig_set_property(const char *name, const char *property, bool on,
			 struct vfiomig_error *error)
{
	struct vfiomig_info info;
	char path[PATH_MAX], names[128] = "";
	int err;

	err = vfiomig_lookup(name, &info, error);
	if (err)
		return err;
	err = find_property(&info, property, names, sizeof(names));
	if (err)
		return fail_find(&info, property, err, names, error);
	snprintf(path, sizeof(path), "%s/" FOLDER "/%s", info.sysfs, property);
	err = lib_sysfs_write(path, on ? "1\n" : "0\n");
	return err ? fail_set(&info, property, err, error) : 0;
}
