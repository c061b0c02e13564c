// SPDX-License-Identifier: GPL-2.0
/* Which VFIO driver is made for a PCI device? */
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib.h"

/* Drivers that may be loaded from outside of the kernel's module folder. */
static const struct {
	__u16 vendor;
	__u16 device;
	unsigned long class;
	const char *driver;
} loaded_drivers[] = {
	{ 0x1234, 0x11e8, 0x00ff00, "edu_vfio_pci" },
	{ 0x1234, 0x1111, 0x038000, "bochs_vfio_pci" },
};

/* Of base class, subclass and interface: 24 bits. */
static unsigned long class_of(const struct vfiomig_info *info)
{
	char text[32];

	if (lib_sysfs_read(info->sysfs, "class", text, sizeof(text)))
		return ~0ul;
	return strtoul(text, NULL, 0);
}

static int find_loaded(const struct vfiomig_info *info, char *driver,
		       size_t size)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(loaded_drivers) / sizeof(*loaded_drivers); i++) {
		if (loaded_drivers[i].vendor != info->vendor ||
		    loaded_drivers[i].device != info->device ||
		    loaded_drivers[i].class != class_of(info))
			continue;
		snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s",
			 loaded_drivers[i].driver);
		if (access(path, F_OK))
			continue;
		snprintf(driver, size, "%s", loaded_drivers[i].driver);
		return 0;
	}
	return -ENOENT;
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
