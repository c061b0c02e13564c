// SPDX-License-Identifier: GPL-2.0
/* Which VFIO driver is made for a PCI device? */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib.h"

#define DRIVERS	"/sys/bus/pci/drivers"

/* Of base class and subclass: 16 bits. */
static unsigned int class_of(const struct vfiomig_info *info)
{
	char text[32];

	if (lib_sysfs_read(info->sysfs, "class", text, sizeof(text)))
		return ~0u;
	return strtoul(text, NULL, 0) >> 8;
}

/* Does the file of a driver on vfio_mig name the device?  Class 0 is any. */
static bool names_device(const char *path, const struct vfiomig_info *info)
{
	unsigned int vendor, device, class;
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && !found &&
	       fscanf(file, "%x:%x %x", &vendor, &device, &class) == 3)
		found = vendor == info->vendor && device == info->device &&
			(!class || class == class_of(info));
	if (file)
		fclose(file);
	return found;
}

/* Drivers that may be loaded from outside of the kernel's module folder. */
static int find_loaded(const struct vfiomig_info *info, char *driver,
		       size_t size)
{
	DIR *folder = opendir(DRIVERS);
	struct dirent *entry;
	char path[PATH_MAX];
	int err = -ENOENT;

	while (folder && err && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), DRIVERS "/%s/vfio_mig_ids",
			 entry->d_name);
		if (!names_device(path, info))
			continue;
		snprintf(driver, size, "%s", entry->d_name);
		err = 0;
	}
	if (folder)
		closedir(folder);
	return err;
}

static unsigned int count_wildcards(const char *pattern)
{
	unsigned int count = 0;

	for (; *pattern; pattern++)
		count += *pattern == '*';
	return count;
}

/* The alias with the fewest wildcards; vfio-pci's own has nothing else. */
static int search_aliases(FILE *file, const char *alias, char *driver,
			  size_t size)
{
	char pattern[256], module[64], *line = NULL;
	unsigned int best = UINT_MAX, wildcards;
	size_t room = 0;

	while (getline(&line, &room, file) >= 0) {
		if (strncmp(line, "alias vfio_pci:", 15) ||
		    sscanf(line, "alias %255s %63s", pattern, module) != 2 ||
		    !strcmp(module, "vfio_pci") ||
		    fnmatch(pattern, alias, 0))
			continue;
		wildcards = count_wildcards(pattern);
		if (wildcards >= best)
			continue;
		best = wildcards;
		snprintf(driver, size, "%s", module);
	}
	free(line);
	return best == UINT_MAX ? -ENOENT : 0;
}

int vfiomig_variant_driver(const struct vfiomig_info *info, char *driver,
			   size_t size)
{
	char modalias[192], alias[256], path[PATH_MAX];
	struct utsname kernel;
	FILE *file;
	int ret;

	if (strcmp(info->bus, "pci") ||
	    lib_sysfs_read(info->sysfs, "modalias", modalias,
			   sizeof(modalias)) ||
	    uname(&kernel))
		return -ENOENT;
	snprintf(alias, sizeof(alias), "vfio_%s", modalias);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.alias",
		 kernel.release);
	file = fopen(path, "re");
	if (file) {
		ret = search_aliases(file, alias, driver, size);
		fclose(file);
		if (!ret)
			return 0;
	}
	return find_loaded(info, driver, size);
}
