// SPDX-License-Identifier: GPL-2.0
/* slot.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "slot.h"

#define DEVICES	"/sys/bus/pci/devices"

/* ---- config space of the port ---- */

static int read_config(const char *path, unsigned int at, void *data,
		       size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = pread(fd, data, size, at);
	close(fd);
	return done == (ssize_t)size ? 0 : -EIO;
}

static int write_control(const struct slot *slot, uint16_t value)
{
	int fd = open(slot->port, O_WRONLY | O_CLOEXEC);
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = pwrite(fd, &value, sizeof(value), slot->control);
	close(fd);
	return done == sizeof(value) ? 0 : -EIO;
}

/* Of a port with a slot: where its control register is. */
static int find_control(struct slot *slot)
{
	uint8_t at = 0, entry[4];

	if (read_config(slot->port, PCI_CAPABILITY_LIST, &at, sizeof(at)))
		return -EIO;
	while (at) {
		if (read_config(slot->port, at, entry, sizeof(entry)))
			return -EIO;
		if (entry[0] == PCI_CAP_ID_EXP) {
			slot->control = at + PCI_EXP_SLTCTL;
			return read_config(slot->port, slot->control, &slot->on,
					   sizeof(slot->on));
		}
		at = entry[1];
	}
	return -ENODEV;
}

static int find_port(struct slot *slot)
{
	char path[PATH_MAX], *last;

	snprintf(path, sizeof(path), DEVICES "/%s", slot->bdf);
	if (!realpath(path, slot->port))
		return -errno;
	last = strrchr(slot->port, '/');
	if (last - slot->port + sizeof("/config") > sizeof(slot->port))
		return -ENAMETOOLONG;
	snprintf(last, sizeof("/config"), "/config");
	return access(slot->port, F_OK) ? -ENODEV : find_control(slot);
}

/* ---- QEMU's side ---- */

static unsigned int bus_of(const struct slot *slot)
{
	return strtoul(slot->bdf + strlen("0000:"), NULL, 16);
}

/* In what `info pci` says, the id is the last line of a device. */
static int find_id(struct slot *slot)
{
	char begin[64], *at;

	if (vm_monitor_ask(&slot->monitor, "info pci"))
		return -EREMOTEIO;
	snprintf(begin, sizeof(begin), "Bus %2u, device   0, function 0:",
		 bus_of(slot));
	at = strstr(slot->monitor.answer, begin);
	at = at ? strstr(at, "id \"") : NULL;
	if (!at || sscanf(at, "id \"%63[^\"]", slot->id) != 1)
		return -ENODEV;
	return 0;
}

static bool monitor_says(const struct slot *slot, const char *what)
{
	return strstr(slot->monitor.answer, what);
}

/* ---- */

static bool is_there(const struct slot *slot)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s", slot->bdf);
	return !access(path, F_OK);
}

static void wait_until_gone(const struct slot *slot)
{
	while (is_there(slot))
		usleep(1000);
}

/*
 * Its folder comes before its BARs have a place, and a driver can have it last: a
 * rescan waits until whoever adds it is done.
 */
static int wait_until_added(const struct slot *slot)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), DEVICES "/%s/rescan", slot->bdf);
	return write_file(path, "1");
}

int slot_open(struct slot *slot, const char *bdf)
{
	int ret;

	memset(slot, 0, sizeof(*slot));
	snprintf(slot->bdf, sizeof(slot->bdf), "%s", bdf);
	ret = vm_monitor_open(&slot->monitor);
	if (ret)
		return ret;
	ret = find_port(slot);
	if (!ret)
		ret = find_id(slot);
	if (ret)
		slot_close(slot);
	return ret;
}

void slot_close(struct slot *slot)
{
	vm_monitor_close(&slot->monitor);
}

int slot_take_out(struct slot *slot)
{
	return vm_monitor_unplug(&slot->monitor, slot->id, slot->bdf);
}

int slot_put_in(struct slot *slot, const char *device)
{
	char what[192];
	int ret;

	snprintf(what, sizeof(what), "%s,bus=rp%u,id=%s", device, bus_of(slot),
		 slot->id);
	ret = vm_monitor_plug(&slot->monitor, what, slot->bdf);
	return ret ? ret : wait_until_added(slot);
}

/* The name of memory begins with the path of its device: port, and function. */
bool slot_has_memory(struct slot *slot)
{
	const char *port = strrchr(slot->port, '/') - strlen("0000:00:00.0");
	char name[96];

	snprintf(name, sizeof(name), "%.*s:00.0/", (int)strcspn(port, "/"), port);
	return !vm_monitor_ask(&slot->monitor, "info ramblock") &&
	       monitor_says(slot, name);
}

int slot_pull(struct slot *slot)
{
	char path[PATH_MAX];
	uint16_t vendor = 0;
	int ret;

	ret = write_control(slot, slot->on | PCI_EXP_SLTCTL_PIC |
			    PCI_EXP_SLTCTL_PCC);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), DEVICES "/%s/config", slot->bdf);
	ret = read_config(path, PCI_VENDOR_ID, &vendor, sizeof(vendor));
	return ret || vendor == 0xffff ? ret : -EBUSY;
}

int slot_restore(struct slot *slot)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), DEVICES "/%s/remove", slot->bdf);
	if (is_there(slot))
		write_file(path, "1");
	wait_until_gone(slot);
	ret = write_control(slot, slot->on);
	if (!ret)
		ret = write_file("/sys/bus/pci/rescan", "1");
	return ret || is_there(slot) ? ret : -ENODEV;
}
