// SPDX-License-Identifier: GPL-2.0
/* What to do about a failure, where the errno alone does not say it. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib.h"

/* ---- features ---- */

/* What they are, and the first kernel that has them. */
static const struct {
	__u32 feature;
	const char *name;
	unsigned int major;
	unsigned int minor;
} known_features[] = {
	{ VFIO_DEVICE_FEATURE_MIGRATION, "migration", 5, 18 },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, "the migration state", 5, 18 },
	{ VFIO_DEVICE_FEATURE_DMA_LOGGING_START, "DMA logging", 6, 1 },
	{ VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, "DMA logging", 6, 1 },
	{ VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, "DMA logging", 6, 1 },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, "the size of its state", 6, 2 },
};

bool lib_kernel_has(unsigned int major, unsigned int minor)
{
	unsigned int running_major, running_minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &running_major,
				   &running_minor) != 2)
		return true;
	return running_major > major ||
	       (running_major == major && running_minor >= minor);
}

int lib_fail_feature(struct vfiomig_dev *dev, __u32 feature, int err,
		     struct vfiomig_error *error)
{
	size_t i;

	lib_fail_errno(error, err, "%s: VFIO feature %u", dev->info.name,
		       feature);
	if (err != -ENOTTY)
		return err;
	for (i = 0; i < LIB_COUNT(known_features); i++) {
		if (known_features[i].feature != feature)
			continue;
		lib_fail(error, err, "%s: %s has no VFIO feature %u (%s)",
			 dev->info.name, dev->info.driver, feature,
			 known_features[i].name);
		if (!lib_kernel_has(known_features[i].major,
				    known_features[i].minor))
			lib_hint(error, "kernels have it since Linux %u.%u",
				 known_features[i].major,
				 known_features[i].minor);
	}
	return err;
}

int lib_fail_no_migration(const struct vfiomig_info *info,
			  struct vfiomig_error *error)
{
	char driver[64];

	lib_fail(error, -EOPNOTSUPP, "%s: its driver %s cannot migrate it",
		 info->name, info->driver);
	if (!vfiomig_variant_driver(info, driver, sizeof(driver)) &&
	    strcmp(driver, info->driver))
		lib_hint(error, "bind it to %s with: vfio-mig dev bind %s %s",
			 driver, info->name, driver);
	else
		lib_hint(error, "it needs a driver that is made for it");
	return -EOPNOTSUPP;
}

/* ---- opening and binding ---- */

int lib_fail_not_bound(const struct vfiomig_info *info,
		       struct vfiomig_error *error)
{
	lib_fail(error, -ENODEV, "%s: not bound to a VFIO driver", info->name);
	lib_hint(error, "bind it with: vfio-mig dev bind %s", info->name);
	return -ENODEV;
}

/* Drivers that leave DMA alone, so that VFIO does not mind them in its group. */
static bool leaves_dma_alone(const char *driver)
{
	return !driver[0] || !strcmp(driver, "pcieport") ||
	       !strcmp(driver, "pci-stub");
}

bool lib_find_sibling(const struct vfiomig_info *info,
		      struct vfiomig_info *sibling)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/iommu_group/devices",
		 info->sysfs);
	dir = opendir(folder);
	while (dir && !found && (entry = readdir(dir)))
		found = !vfiomig_lookup(entry->d_name, sibling, NULL) &&
			!sibling->vfio && !leaves_dma_alone(sibling->driver);
	if (dir)
		closedir(dir);
	return found;
}

int lib_fail_not_viable(const struct vfiomig_info *info,
			struct vfiomig_error *error)
{
	struct vfiomig_info sibling;

	lib_fail(error, -EPERM, "%s: its group %d is not for VFIO alone",
		 info->name, info->group);
	if (lib_find_sibling(info, &sibling))
		lib_hint(error, "%s, in it too, has the driver %s: vfio-mig dev bind %s",
			 sibling.name, sibling.driver, sibling.name);
	else
		lib_hint(error, "bind all devices of group %d to VFIO drivers",
			 info->group);
	return -EPERM;
}

/* Is there any group, and so an IOMMU that is switched on? */
static bool iommu_is_on(void)
{
	DIR *dir = opendir("/sys/kernel/iommu_groups");
	struct dirent *entry;
	bool any = false;

	while (dir && !any && (entry = readdir(dir)))
		any = entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return any;
}

static const char no_iommu[] =
	"there is no IOMMU that is on: see the firmware's settings, and boot with intel_iommu=on";

/* It is in use, and /proc does not show by whom. */
void lib_unseen_hint(struct vfiomig_error *error)
{
	lib_hint(error, "%s", geteuid() ? "root can see by whom" :
		 "it is in another PID namespace, or was given the device by another process");
}

/* What to do if @path could not be opened. */
void lib_open_hint(const struct vfiomig_info *info, const char *path, int err,
		   struct vfiomig_error *error)
{
	struct vfiomig_holder holder;

	switch (err) {
	case -EACCES:
	case -EPERM:
		lib_hint(error, "run as root, or get access to %s", path);
		break;
	case -EBUSY:
		if (vfiomig_find_holder(info, &holder))
			lib_unseen_hint(error);
		else
			lib_hint(error, "it is open in %s (pid %d)",
				 holder.name, holder.pid);
		break;
	case -ENOENT:
		lib_hint(error, "%s", iommu_is_on() ?
			 "load the vfio modules: modprobe vfio-pci" :
			 no_iommu);
		break;
	}
}

/*
 * A VFIO driver takes no device that has no group.  And who binds a physical function may
 * mean one of its virtual ones.
 */
void lib_bind_hint(const struct vfiomig_info *info, struct vfiomig_error *error)
{
	if (lib_has_no_vfs(info)) {
		lib_hint(error, "its virtual functions are off: echo 2 >/sys/bus/pci/devices/%s/sriov_numvfs",
			 info->name);
		return;
	}
	lib_hint(error, "%s", info->group < 0 && !iommu_is_on() ?
		 no_iommu : "dmesg may say why");
}

void lib_group_hint(struct vfiomig_error *error)
{
	lib_hint(error, "%s", iommu_is_on() ?
		 "it is behind no IOMMU" :
		 no_iommu);
}

void lib_cdev_hint(struct vfiomig_error *error)
{
	lib_hint(error, lib_kernel_has(6, 6) ?
		 "this kernel lacks CONFIG_VFIO_DEVICE_CDEV; use --iommu group" :
		 "kernels have them since Linux 6.6; use --iommu group");
}

/* A path that is no device's. */
void lib_path_hint(const char *path, struct vfiomig_error *error)
{
	const char *last = strrchr(path, '/') + 1;

	if (!strncmp(path, "/dev/vfio/", 10) && last == path + 10)
		lib_hint(error, "%s",
			 "it is a group or a container; give the device's address");
	else if (access("/dev/vfio/devices", F_OK))
		lib_hint(error, "this kernel has none (CONFIG_VFIO_DEVICE_CDEV, since Linux 6.6); give the device's address");
	else
		lib_hint(error, "list what there is with: vfio-mig -v dev show");
}

/* ---- memory ---- */

void lib_map_hint(int err, struct vfiomig_error *error)
{
	if (err == -ENOMEM)
		lib_hint(error, "more memory may have to be locked: raise ulimit -l");
}
