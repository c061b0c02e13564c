// SPDX-License-Identifier: GPL-2.0
/* From a device's name to what sysfs says about it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib.h"

static bool parse_address(const char *name, char *canonical, size_t size)
{
	unsigned int domain = 0, bus, slot, function;
	int end = 0;

	if (sscanf(name, "%8x:%2x:%2x.%1o%n", &domain, &bus, &slot, &function,
		   &end) != 4 || name[end]) {
		domain = 0;
		end = 0;
		if (sscanf(name, "%2x:%2x.%1o%n", &bus, &slot, &function,
			   &end) != 3 || name[end])
			return false;
	}
	if (slot > 0x1f)
		return false;
	snprintf(canonical, size, "%04x:%02x:%02x.%o", domain, bus, slot,
		 function);
	return true;
}

static bool parse_uuid(const char *name, char *canonical, size_t size)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	if (strlen(name) != strlen(form) || strlen(form) >= size)
		return false;
	for (i = 0; form[i]; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)name[i]) :
				     name[i] != form[i])
			return false;
		canonical[i] = tolower((unsigned char)name[i]);
	}
	canonical[i] = '\0';
	return true;
}

/* The folder of the device that a VFIO character device stands for. */
static int find_cdev(const char *path, char *folder)
{
	char link[64];
	char *part;
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISCHR(st.st_mode))
		return -ENODEV;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	if (!realpath(link, folder))
		return -errno;
	part = strstr(folder, "/vfio-dev/");
	if (!part)
		return -ENODEV;
	*part = '\0';
	return 0;
}

static void find_vfio_dev(struct vfiomig_info *info)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/vfio-dev", info->sysfs);
	dir = opendir(folder);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		info->vfio = true;
		snprintf(info->cdev, sizeof(info->cdev),
			 "/dev/vfio/devices/%.40s", entry->d_name);
		if (access(info->cdev, F_OK))
			info->cdev[0] = '\0';
	}
	closedir(dir);
}

static __u16 read_id(const struct vfiomig_info *info, const char *file)
{
	char text[32];

	if (lib_sysfs_read(info->sysfs, file, text, sizeof(text)))
		return 0;
	return strtoul(text, NULL, 16);
}

/*
 * The kernel lists a device with its bus a little before the device names that, and asks
 * nobody to wait: what was plugged in just now may be seen in between.
 */
static void find_bus(struct vfiomig_info *info)
{
	static const char * const buses[] = { "pci", "mdev", NULL };
	const char * const *bus;
	char path[128];

	if (!lib_sysfs_link(info->sysfs, "subsystem", info->bus, sizeof(info->bus)))
		return;
	for (bus = buses; *bus; bus++) {
		snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s", *bus, info->name);
		if (!access(path, F_OK))
			break;
	}
	snprintf(info->bus, sizeof(info->bus), "%s", *bus ?: "");
}

/* Fill all but @sysfs, which is set. */
void lib_fill_info(struct vfiomig_info *info)
{
	const char *last = strrchr(info->sysfs, '/');
	char group[16];

	snprintf(info->name, sizeof(info->name), "%.63s",
		 last ? last + 1 : info->sysfs);
	find_bus(info);
	if (lib_sysfs_link(info->sysfs, "driver", info->driver,
			   sizeof(info->driver)))
		info->driver[0] = '\0';
	info->group = -1;
	if (!lib_sysfs_link(info->sysfs, "iommu_group", group, sizeof(group)))
		info->group = atoi(group);
	find_vfio_dev(info);
	/* A mediated device that is a PCI device to its user may say which. */
	if (strcmp(info->bus, "pci") && strcmp(info->bus, "mdev"))
		return;
	info->vendor = read_id(info, "vendor");
	info->device = read_id(info, "device");
	info->subsystem_vendor = read_id(info, "subsystem_vendor");
	info->subsystem_device = read_id(info, "subsystem_device");
}

int vfiomig_lookup(const char *name, struct vfiomig_info *info,
		   struct vfiomig_error *error)
{
	char canonical[64], link[128], folder[PATH_MAX];
	int err = 0;

	memset(info, 0, sizeof(*info));
	if (name[0] == '/') {
		err = find_cdev(name, folder);
		if (err) {
			lib_fail(error, err, "%s: not a VFIO character device",
				 name);
			lib_path_hint(name, error);
			return err;
		}
	} else {
		if (parse_address(name, canonical, sizeof(canonical)))
			snprintf(link, sizeof(link),
				 "/sys/bus/pci/devices/%s", canonical);
		else if (parse_uuid(name, canonical, sizeof(canonical)))
			snprintf(link, sizeof(link),
				 "/sys/bus/mdev/devices/%s", canonical);
		else
			err = -EINVAL;
		if (err) {
			lib_fail(error, err, "%s: not a device's name", name);
			lib_hint(error, "give a PCI address, an mdev UUID, or a /dev/vfio path");
			return err;
		}
		if (!realpath(link, folder)) {
			lib_fail(error, -ENODEV, "%s: no such device",
				 canonical);
			lib_hint(error, "list what there is with: vfio-mig dev show");
			return -ENODEV;
		}
	}
	if (strlen(folder) >= sizeof(info->sysfs))
		return lib_fail_errno(error, -ENAMETOOLONG, "%s", name);
	memcpy(info->sysfs, folder, strlen(folder) + 1);
	lib_fill_info(info);
	return 0;
}
