// SPDX-License-Identifier: GPL-2.0
/*
 * Mediated devices: which types can be created here, one that begins, one that ends.
 * It is all in sysfs: /sys/class/mdev_bus/PARENT/mdev_supported_types/TYPE.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib.h"

#define PARENTS		"/sys/class/mdev_bus"
#define TYPES		"mdev_supported_types"
#define BUS		"/sys/bus/mdev"

/* ---- types ---- */

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void fill_type(struct vfiomig_mdev_type *type, const char *parent,
		      const char *id)
{
	char text[32] = "";

	memset(type, 0, sizeof(*type));
	snprintf(type->parent, sizeof(type->parent), "%.63s", parent);
	snprintf(type->id, sizeof(type->id), "%.63s", id);
	snprintf(type->sysfs, sizeof(type->sysfs), PARENTS "/%.63s/" TYPES "/%.63s",
		 parent, id);
	lib_sysfs_read(type->sysfs, "name", type->name, sizeof(type->name));
	lib_sysfs_read(type->sysfs, "description", type->description,
		       sizeof(type->description));
	lib_sysfs_read(type->sysfs, "device_api", type->api, sizeof(type->api));
	if (!lib_sysfs_read(type->sysfs, "available_instances", text,
			    sizeof(text)))
		type->available = strtoul(text, NULL, 10);
}

static int visit_parent(const char *parent, vfiomig_visit_type visit, void *ctx)
{
	struct vfiomig_mdev_type type;
	struct dirent **entries;
	char folder[PATH_MAX];
	int count, i, ret = 0;

	snprintf(folder, sizeof(folder), PARENTS "/%s/" TYPES, parent);
	count = scandir(folder, &entries, not_hidden, alphasort);
	if (count < 0)
		return 0;
	for (i = 0; i < count; i++) {
		if (!ret) {
			fill_type(&type, parent, entries[i]->d_name);
			ret = visit(&type, ctx);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}

int vfiomig_mdev_types(vfiomig_visit_type visit, void *ctx)
{
	struct dirent **entries;
	int count, i, ret = 0;

	count = scandir(PARENTS, &entries, not_hidden, alphasort);
	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	for (i = 0; i < count; i++) {
		if (!ret)
			ret = visit_parent(entries[i]->d_name, visit, ctx);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

/**
 * struct search - for a type
 * @name: Its id, or what of that comes behind the parent's driver and a hyphen.
 * @found: It.
 * @any: Others that there are, in words.
 */
struct search {
	const char *name;
	struct vfiomig_mdev_type *found;
	char any[128];
};

static int is_it(const struct vfiomig_mdev_type *type, void *ctx)
{
	const char *part = strchr(type->id, '-');
	struct search *search = ctx;
	size_t used = strlen(search->any);

	if (!strcmp(type->id, search->name) ||
	    (part && !strcmp(part + 1, search->name))) {
		*search->found = *type;
		return 1;
	}
	snprintf(search->any + used, sizeof(search->any) - used, "%s%s",
		 used ? ", " : "", type->id);
	return 0;
}

/* ---- one that begins ---- */

/* A type of this project's own has a module of that name. */
static const struct {
	const char *type;
	const char *module;
} modules[] = {
	{ "edu", "edu_mdev" },
	{ "edu_mdev-edu", "edu_mdev" },
};

static const char *module_of(const char *type)
{
	size_t i;

	for (i = 0; i < LIB_COUNT(modules); i++)
		if (!strcmp(modules[i].type, type))
			return modules[i].module;
	return NULL;
}

static int fail_no_type(const struct search *search, const char *module,
			struct vfiomig_error *error)
{
	lib_fail(error, -ENOENT, "%s: no such type of devices can be created here",
		 search->name);
	if (!module)
		lib_hint(error, search->any[0] ? "there are: %s" :
			 "there is none%s; vfio-mig dev types lists them",
			 search->any);
	else if (geteuid())
		lib_hint(error, "run as root, or have it load %s", module);
	else if (access(BUS, F_OK))
		lib_hint(error, "mdev cannot be loaded: does this kernel have CONFIG_VFIO and CONFIG_VFIO_MDEV?");
	else
		lib_hint(error, "its module %s, which vfio-mig-dkms has, cannot be loaded",
			 module);
	return -ENOENT;
}

static int find_type(const char *name, struct vfiomig_mdev_type *type,
		     struct vfiomig_error *error)
{
	struct search search = { .name = name, .found = type };
	const char *module = module_of(name);

	if (vfiomig_mdev_types(is_it, &search) == 1)
		return 0;
	if (module) {
		/* That mdev is there tells the reasons apart. */
		lib_modprobe("mdev");
		lib_modprobe(module);
		search.any[0] = '\0';
		if (vfiomig_mdev_types(is_it, &search) == 1)
			return 0;
	}
	return fail_no_type(&search, module, error);
}

static int new_uuid(char *uuid, size_t size)
{
	return lib_sysfs_read("/proc/sys/kernel/random", "uuid", uuid, size);
}

static int fail_create(const struct vfiomig_mdev_type *type, int err,
		       struct vfiomig_error *error)
{
	if (err == -EUSERS || (err && !type->available)) {
		lib_fail(error, -EUSERS, "%s: there are as many as can be",
			 type->id);
		lib_hint(error, "delete some, or load %s with a larger limit=",
			 type->parent);
		return -EUSERS;
	}
	lib_fail_errno(error, err, "%s: cannot create one", type->id);
	if (!lib_hint_root(error, err))
		lib_hint(error, "dmesg may say why");
	return err;
}

int vfiomig_mdev_create(const char *type, char *uuid, size_t size,
			struct vfiomig_error *error)
{
	struct vfiomig_mdev_type found;
	char path[PATH_MAX];
	int err;

	err = find_type(type, &found, error);
	if (err)
		return err;
	err = new_uuid(uuid, size);
	if (err)
		return lib_fail_errno(error, err, "cannot get a UUID");
	snprintf(path, sizeof(path), "%s/create", found.sysfs);
	err = lib_sysfs_write(path, uuid);
	return err ? fail_create(&found, err, error) : 0;
}

/* ---- one that ends ---- */

int vfiomig_mdev_delete(const char *name, struct vfiomig_error *error)
{
	struct vfiomig_info info;
	char path[PATH_MAX];
	int err;

	err = vfiomig_lookup(name, &info, error);
	if (err)
		return err;
	if (strcmp(info.bus, "mdev")) {
		lib_fail(error, -EOPNOTSUPP, "%s: only mediated devices can be deleted",
			 info.name);
		lib_hint(error, "of a PCI device: vfio-mig dev unbind %s", info.name);
		return -EOPNOTSUPP;
	}
	/* The kernel would wait until it is closed. */
	err = lib_check_unused(&info, error);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/remove", info.sysfs);
	err = lib_sysfs_write(path, "1");
	if (!err)
		return 0;
	lib_fail_errno(error, err, "%s: cannot delete it", info.name);
	lib_hint_root(error, err);
	return err;
}
