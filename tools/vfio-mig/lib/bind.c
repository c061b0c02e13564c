// SPDX-License-Identifier: GPL-2.0
/*
 * Binds PCI devices to VFIO drivers, and gives them back.
 *
 * What a device had before is kept in a file, so that a later process can restore
 * it: "driver NAME", "override NAME", and "device VENDOR:DEVICE", as its PCI address
 * may belong to another device by then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib.h"

#define MEMORY_FOLDER	"/run/vfio-mig"

struct memory {
	char driver[64];
	char override[64];
};

static void memory_path(const struct vfiomig_info *info, char *path,
			size_t size)
{
	snprintf(path, size, MEMORY_FOLDER "/%s", info->name);
}

static void read_override(const struct vfiomig_info *info, char *override,
			  size_t size)
{
	if (lib_sysfs_read(info->sysfs, "driver_override", override, size) ||
	    !strcmp(override, "(null)"))
		override[0] = '\0';
}

/* What another device that was in its place had is not for this one. */
static bool is_of(const struct vfiomig_info *info, const char *ids)
{
	unsigned int vendor, device;

	return sscanf(ids, "%x:%x", &vendor, &device) != 2 ||
	       (vendor == info->vendor && device == info->device);
}

static bool recall(const struct vfiomig_info *info, struct memory *memory)
{
	char path[PATH_MAX], line[128];
	bool known = true;
	FILE *file;

	memset(memory, 0, sizeof(*memory));
	memory_path(info, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "driver ", 7))
			snprintf(memory->driver, sizeof(memory->driver),
				 "%.63s", line + 7);
		else if (!strncmp(line, "override ", 9))
			snprintf(memory->override, sizeof(memory->override),
				 "%.63s", line + 9);
		else if (!strncmp(line, "device ", 7))
			known = is_of(info, line + 7);
	}
	fclose(file);
	if (!known)
		memset(memory, 0, sizeof(*memory));
	return known;
}

static void forget(const struct vfiomig_info *info)
{
	char path[PATH_MAX];

	memory_path(info, path, sizeof(path));
	unlink(path);
}

/* The first bind is the one to remember. */
static int remember(const struct vfiomig_info *info)
{
	char path[PATH_MAX], override[64], text[192];
	struct memory memory;
	int fd, length, err = 0;

	memory_path(info, path, sizeof(path));
	if (mkdir(MEMORY_FOLDER, 0755) && errno != EEXIST)
		return -errno;
	if (!recall(info, &memory))
		forget(info);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	read_override(info, override, sizeof(override));
	length = snprintf(text, sizeof(text),
			  "driver %s\noverride %s\ndevice %04x:%04x\n",
			  info->driver, override, info->vendor, info->device);
	if (write(fd, text, length) != length)
		err = -EIO;
	close(fd);
	if (err)
		unlink(path);
	return err;
}

static bool driver_is_loaded(const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s", driver);
	return !access(path, F_OK);
}

static int load_driver(const char *driver)
{
	if (driver_is_loaded(driver))
		return 0;
	lib_modprobe(driver);
	return driver_is_loaded(driver) ? 0 : -ENOENT;
}

static int write_override(const struct vfiomig_info *info, const char *driver)
{
	char path[PATH_MAX], text[72];

	snprintf(path, sizeof(path), "%s/driver_override", info->sysfs);
	snprintf(text, sizeof(text), "%s\n", driver);
	return lib_sysfs_write(path, text);
}

static int detach(const struct vfiomig_info *info)
{
	char path[PATH_MAX];

	if (!info->driver[0])
		return 0;
	snprintf(path, sizeof(path), "%s/driver/unbind", info->sysfs);
	return lib_sysfs_write(path, info->name);
}

static bool is_bound_to(const struct vfiomig_info *info, const char *driver)
{
	struct vfiomig_info now;

	return !vfiomig_lookup(info->name, &now, NULL) &&
	       !strcmp(now.driver, driver);
}

/*
 * With an empty @driver, to whatever driver wants it.  The kernel may be first, to which
 * a device is news that was plugged in just now, or somebody else who wants the same.
 */
static int attach(const struct vfiomig_info *info, const char *driver)
{
	char path[PATH_MAX];
	int err;

	if (!driver[0])
		return lib_sysfs_write("/sys/bus/pci/drivers_probe",
				       info->name);
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", driver);
	err = lib_sysfs_write(path, info->name);
	return err == -EBUSY && is_bound_to(info, driver) ? 0 : err;
}

/* By whom: /proc may say it. */
static int fail_used(const struct vfiomig_info *info,
		     const struct vfiomig_holder *holder,
		     struct vfiomig_error *error)
{
	if (holder->pid) {
		lib_fail(error, -EBUSY, "%s: in use by %s (pid %d)",
			 info->name, holder->name, holder->pid);
		lib_hint(error, "end that process first");
	} else if (lib_space_has_group(info->group)) {
		lib_fail(error, -EBUSY, "%s: in use by this process",
			 info->name);
		lib_hint(error, "close it first");
	} else {
		lib_fail(error, -EBUSY,
			 "%s: in use by a process that cannot be seen here",
			 info->name);
		lib_unseen_hint(error);
	}
	return -EBUSY;
}

/*
 * A VFIO driver's unbind waits, for ever, until the device is closed.  Whether it is
 * the kernel knows; only where nobody can be asked /proc has to do.
 */
int lib_check_unused(const struct vfiomig_info *info,
		     struct vfiomig_error *error)
{
	struct vfiomig_holder holder;
	int used = vfiomig_in_use(info);

	if (!used)
		return 0;
	if (vfiomig_find_holder(info, &holder) && used < 0)
		return 0;
	return fail_used(info, &holder, error);
}

static int find_pci(const char *name, struct vfiomig_info *info,
		    struct vfiomig_error *error)
{
	int err = vfiomig_lookup(name, info, error);

	if (err)
		return err;
	if (strcmp(info->bus, "pci"))
		return lib_fail(error, -EOPNOTSUPP,
				"%s: only PCI devices can be bound", name);
	return 0;
}

static int choose_driver(const struct vfiomig_info *info, const char *driver,
			 char *choice, size_t size,
			 struct vfiomig_error *error)
{
	if (driver) {
		if (!driver[0] || driver[0] == '-' || strchr(driver, '/') ||
		    strlen(driver) >= size)
			return lib_fail(error, -EINVAL,
					"%s: not a driver's name", driver);
		snprintf(choice, size, "%s", driver);
	} else if (vfiomig_variant_driver(info, choice, size)) {
		snprintf(choice, size, "vfio-pci");
	}
	return 0;
}

static int need_driver(const struct vfiomig_info *info, const char *choice,
		       struct vfiomig_error *error)
{
	int err = load_driver(choice);

	if (err) {
		lib_fail(error, err, "%s: there is no driver %s", info->name,
			 choice);
		lib_hint(error, "load its module and try again");
	}
	return err;
}

static int fail_write(const struct vfiomig_info *info, int err,
		      const char *what, const char *driver,
		      struct vfiomig_error *error)
{
	lib_fail_errno(error, err, "%s: cannot %s %s", info->name, what,
		       driver);
	lib_hint_root(error, err);
	return err;
}

/* The error stands already; this only brings back what was there. */
static void undo_bind(const struct vfiomig_info *info,
		      const char *old_override)
{
	write_override(info, old_override);
	if (info->driver[0])
		attach(info, info->driver);
}

/*
 * Another driver may take the device after it was found free and before it was told to
 * take none but @driver: that of a device that was plugged in just now does.  That one
 * leaves again; none can come any more.
 */
static int attach_first(const struct vfiomig_info *info, const char *driver)
{
	struct vfiomig_info now;
	int err = attach(info, driver);

	/* If it has none, it is the driver itself that is busy. */
	if (err != -EBUSY || vfiomig_lookup(info->name, &now, NULL) ||
	    !now.driver[0])
		return err;
	err = detach(&now);
	/* Who came has left by itself meanwhile. */
	if (err && err != -ENODEV && err != -ENOENT)
		return err;
	return attach(info, driver);
}

static int fail_attach(const struct vfiomig_info *info, int err,
		       const char *driver, struct vfiomig_error *error)
{
	lib_fail_errno(error, err, "%s: %s does not take it", info->name, driver);
	lib_bind_hint(info, error);
	return err;
}

/* It may have been taken by @driver just before somebody took back that it may be. */
static int attach_again(const struct vfiomig_info *info, const char *driver)
{
	char old_override[64];
	int err;

	read_override(info, old_override, sizeof(old_override));
	err = write_override(info, driver);
	if (err)
		return err;
	err = attach(info, driver);
	if (err)
		write_override(info, old_override);
	return err;
}

/*
 * The link to a driver is there before its probe has ended, and stays if that is well.
 * Who asks the driver once more waits for that.
 */
static int wait_for_probe(const struct vfiomig_info *info, const char *driver,
			  struct vfiomig_error *error)
{
	int err = attach(info, driver);

	if (err == -ENODEV)
		err = attach_again(info, driver);
	if (!err || err == -EACCES || err == -EPERM)
		return 0;
	return fail_attach(info, err, driver, error);
}

/* To leave comes first: until it is done, all is as it was. */
static int replace_driver(const struct vfiomig_info *info, const char *driver,
			  struct vfiomig_error *error)
{
	char old_override[64];
	int err;

	read_override(info, old_override, sizeof(old_override));
	err = detach(info);
	if (err)
		return fail_write(info, err, "leave", info->driver, error);
	err = write_override(info, driver);
	if (err) {
		undo_bind(info, old_override);
		return fail_write(info, err, "choose", driver, error);
	}
	err = attach_first(info, driver);
	if (err) {
		undo_bind(info, old_override);
		fail_attach(info, err, driver, error);
	}
	return err;
}

int vfiomig_bind(const char *name, const char *driver,
		 struct vfiomig_error *error)
{
	struct vfiomig_info info;
	char choice[64];
	int err;

	err = find_pci(name, &info, error);
	if (err)
		return err;
	err = choose_driver(&info, driver, choice, sizeof(choice), error);
	if (err)
		return err;
	if (!strcmp(choice, info.driver))
		return wait_for_probe(&info, choice, error);
	err = lib_check_unused(&info, error);
	if (!err)
		err = need_driver(&info, choice, error);
	if (err)
		return err;
	err = remember(&info);
	if (err) {
		lib_fail_errno(error, err, "%s: cannot write to "
			       MEMORY_FOLDER, info.name);
		lib_hint(error, "run as root");
		return err;
	}
	err = replace_driver(&info, choice, error);
	if (err && !info.vfio)
		forget(&info);
	return err;
}

/* Is there something to be undone, and what was there before? */
static int find_bound(const char *name, struct vfiomig_info *info,
		      struct memory *memory, bool *known,
		      struct vfiomig_error *error)
{
	int err = find_pci(name, info, error);

	if (err)
		return err;
	*known = recall(info, memory);
	if (*known || info->vfio)
		return lib_check_unused(info, error);
	lib_fail(error, -ENODEV, "%s: not bound to a VFIO driver", info->name);
	lib_hint(error, "there is nothing to do");
	return -ENODEV;
}

int vfiomig_unbind(const char *name, struct vfiomig_error *error)
{
	struct vfiomig_info info;
	struct memory memory;
	char override[64];
	bool known;
	int err;

	err = find_bound(name, &info, &memory, &known, error);
	if (err)
		return err;
	read_override(&info, override, sizeof(override));
	err = detach(&info);
	if (err)
		return fail_write(&info, err, "leave", info.driver, error);
	err = write_override(&info, memory.override);
	if (err) {
		undo_bind(&info, override);
		return fail_write(&info, err, "be free of", info.driver,
				  error);
	}
	/* Without a memory, whoever wants it; unbound stays unbound. */
	if (!known || memory.driver[0])
		err = attach(&info, memory.driver);
	forget(&info);
	if (err && known)
		return lib_fail_errno(error, err, "%s: %s does not take it",
				      info.name, memory.driver);
	return 0;
}

/* ---- what would be done ---- */

static void start_plan(struct vfiomig_binding *plan,
		       const struct vfiomig_info *info)
{
	memset(plan, 0, sizeof(*plan));
	snprintf(plan->device, sizeof(plan->device), "%s", info->name);
	snprintf(plan->from, sizeof(plan->from), "%s", info->driver);
}

int vfiomig_plan_bind(const char *name, const char *driver,
		      struct vfiomig_binding *plan,
		      struct vfiomig_error *error)
{
	struct vfiomig_info info;
	int err;

	err = find_pci(name, &info, error);
	if (err)
		return err;
	start_plan(plan, &info);
	err = choose_driver(&info, driver, plan->to, sizeof(plan->to), error);
	if (!err && strcmp(plan->to, info.driver))
		err = lib_check_unused(&info, error);
	plan->load = !err && !driver_is_loaded(plan->to);
	return err;
}

int vfiomig_plan_unbind(const char *name, struct vfiomig_binding *plan,
			struct vfiomig_error *error)
{
	struct vfiomig_info info;
	struct memory memory;
	bool known;
	int err;

	err = find_bound(name, &info, &memory, &known, error);
	if (err)
		return err;
	start_plan(plan, &info);
	snprintf(plan->to, sizeof(plan->to), "%s", memory.driver);
	plan->claimed = !known;
	return 0;
}
