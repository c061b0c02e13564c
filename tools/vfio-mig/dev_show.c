// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev show */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "arcs.h"
#include "print.h"
#include "tool.h"
#include "vfiomig_monitor.h"

/* The first column's: a PCI address. */
#define DEVICE_WIDTH 12

/* Only one was asked for. */
static bool one;

static void show_counters(const struct vfiomig_status *status)
{
	const struct {
		const char *key;
		const char *format;
		__u64 value;
	} counters[] = {
		{ "transitions", "\n    transitions %llu,",
		  status->transitions },
		{ "failures", " failed %llu,", status->failures },
		{ "resets", " resets %llu,", status->resets },
		{ "sessions", " sessions %llu", status->sessions },
		{ "bytes_read", "\n    bytes read %llu,", status->bytes_read },
		{ "bytes_written", " written %llu,", status->bytes_written },
		{ "session_bytes", " in this session %llu",
		  status->session_bytes },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		print_number(counters[i].key, counters[i].format,
			     counters[i].value);
	if (status->last_error.error)
		print_string("last_error", "\n    last error: %s",
			     status->last_error.text);
}

/* Whoever has it open can be seen in /proc, if he can be. */
static void show_holder(const struct vfiomig_info *info)
{
	struct vfiomig_holder holder;

	if (vfiomig_find_holder(info, &holder)) {
		print_text(": by a process that cannot be seen here");
		return;
	}
	print_string("holder", ": %s", holder.name);
	print_number("pid", " (pid %llu)", holder.pid);
}

/* Its driver would tell more; others never do. */
static void show_untold(const struct vfiomig_info *info, int err)
{
	const char *why;

	if (err == -ENONET)
		why = "this is another network namespace than the first";
	else if (err == -EPERM)
		why = "to ask its driver takes CAP_NET_ADMIN";
	else
		return;
	if (vfiomig_properties(info, NULL, NULL) > 0)
		print_string("untold", "\n    no more is told: %s", why);
}

/* A driver on the vfio_mig core tells what it is doing. */
static void show_busy(const struct vfiomig_info *info)
{
	struct vfiomig_status status = {};
	int err = vfiomig_status(info->name, &status, NULL);

	if (!err)
		print_features("migration", status.features);
	print_bool("busy", true);
	print_text("%sbusy", err ? "" : "\n    ");
	show_holder(info);
	if (err) {
		show_untold(info, err);
		return;
	}
	print_text(", ");
	print_state("state", "%s", status.state);
	print_ns("state_ns", " for %s", status.state_ns);
	if (one || tool.verbose)
		show_counters(&status);
}

/* Open it for a moment, to see what it can do. */
static void show_migration(const struct vfiomig_info *info)
{
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	__u64 features = 0;
	int err;

	if (!vfiomig_open(info->name, tool.iommu, &dev, &error)) {
		err = vfiomig_features(dev, &features, NULL);
		print_features("migration", features);
		if (err)
			print_text("no migration");
		vfiomig_close(dev);
		return;
	}
	if (error.err == -EBUSY) {
		show_busy(info);
		return;
	}
	print_string("error", "cannot be opened:\n    %s", error.text);
	if (error.hint[0])
		print_string("hint", ";\n    %s", error.hint);
}

static void show_driver_to_use(const struct vfiomig_info *info)
{
	char driver[64];

	if (!vfiomig_variant_driver(info, driver, sizeof(driver)))
		print_string("variant_driver", "can be bound to %s", driver);
	else
		print_text("not bound to a VFIO driver");
}

static void print_property(const char *name, bool on, void *ctx)
{
	bool *any = ctx;

	print_bool(name, on);
	print_text("%s %s %s", *any ? "," : "\n    properties:", name,
		   on ? "on" : "off");
	*any = true;
}

static void show_properties(const struct vfiomig_info *info)
{
	bool any = false;

	print_start_object("properties");
	vfiomig_properties(info, print_property, &any);
	print_end_object();
}

static void show_more(const struct vfiomig_info *info)
{
	if (one || tool.verbose)
		show_properties(info);
	if (!tool.verbose)
		return;
	if (info->cdev[0])
		print_string("cdev", "\n    character device %s", info->cdev);
	print_string("sysfs", "\n    %s", info->sysfs);
}

/* A name wider than its column, a UUID, has a line to itself. */
static void show_name(const struct vfiomig_info *info)
{
	if (strlen(info->name) <= DEVICE_WIDTH) {
		print_device("device", "%-12s  ", info->name);
		return;
	}
	print_device("device", "%s", info->name);
	print_text("\n%*s", DEVICE_WIDTH + 2, "");
}

static int show(const struct vfiomig_info *info, void *ctx)
{
	bool *any = ctx;
	char id[16] = "-";

	if (!*any)
		print_text("%-12s  %-9s  %-15s  %5s  %s\n", "DEVICE", "ID",
			   "DRIVER", "GROUP", "MIGRATION");
	*any = true;
	if (info->vendor)
		snprintf(id, sizeof(id), "%04x:%04x", info->vendor,
			 info->device);
	print_start_object(NULL);
	show_name(info);
	print_string("bus", NULL, info->bus);
	if (info->vendor || !tool.json)
		print_string("id", "%-9s  ", id);
	if (info->driver[0] || !tool.json)
		print_string("driver", "%-15s  ",
			     info->driver[0] ? info->driver : "-");
	if (info->group >= 0)
		print_number("group", "%5llu  ", info->group);
	else
		print_text("%5s  ", "-");
	print_bool("vfio", info->vfio);
	if (info->vfio)
		show_migration(info);
	else
		show_driver_to_use(info);
	show_more(info);
	print_text("\n");
	print_end_object();
	return 0;
}

/* Devices that a VFIO driver is made for, but that another one has. */
static int show_candidate(const struct vfiomig_info *info, void *ctx)
{
	char driver[64];

	if (!info->vfio &&
	    !vfiomig_variant_driver(info, driver, sizeof(driver)))
		show(info, ctx);
	return 0;
}

static int dev_show(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_info info;
	bool any = false;

	if (argc && vfiomig_lookup(argv[0], &info, &error))
		return fail(&error);
	one = argc;
	print_start_object(NULL);
	print_start_array("devices");
	if (argc) {
		show(&info, &any);
	} else {
		vfiomig_list(show, &any);
		vfiomig_list_pci(show_candidate, &any);
	}
	if (!any)
		print_text("There is no VFIO device; make one with: vfio-mig dev bind DEVICE\n"
			   "or, where there is neither device nor IOMMU: vfio-mig dev create edu\n");
	print_end_array();
	print_end_object();
	return EXIT_OK;
}

const struct command dev_show_command = {
	.name = "show",
	.args = "[DEVICE]",
	.max_args = 1,
	.brief = "list devices and what they can do",
	.text =
"Lists the devices that are bound to VFIO drivers, with their IOMMU group and\n"
"what they offer for migration: STOP_COPY, P2P, PRE_COPY.  To find that out\n"
"each is opened for a moment, and so reset, unless somebody has it open: then\n"
"it is shown as busy, with who has it; a driver on the vfio_mig core also tells\n"
"its state.  Devices follow that could be bound to a VFIO driver made for them.\n"
"\n"
"With a DEVICE also its properties, which are set by: vfio-mig dev set, and what\n"
"it has done since it was bound, if it is busy.  With -v those of all, and where\n"
"they are in sysfs and in /dev.",
	.run = dev_show,
};
