// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev create, delete and types: mediated devices. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "print.h"
#include "tool.h"

#define UUID_SIZE	37

/* ---- those that were created or deleted, of which there may be none ---- */

static void tell(const char *name, const char *format, bool *any)
{
	if (!*any) {
		print_start_object(NULL);
		print_start_array("devices");
	}
	*any = true;
	print_device(NULL, format, name);
}

static void tell_end(bool any)
{
	if (!any)
		return;
	print_end_array();
	print_end_object();
}

/* ---- create ---- */

static int parse_count(const char *text)
{
	char *end;
	long count;

	errno = 0;
	count = strtol(text, &end, 10);
	if (errno || end == text || *end || count < 1 || count > INT_MAX)
		return fail_usage("%s: not a number of devices", text), -1;
	return count;
}

/* Those that were created before one fails stay, and have been told. */
static int create_some(const char *type, int count)
{
	struct vfiomig_error error;
	int status = EXIT_OK;
	char uuid[UUID_SIZE];
	bool any = false;

	while (count-- && status == EXIT_OK) {
		if (vfiomig_mdev_create(type, uuid, sizeof(uuid), &error))
			status = fail(&error);
		else
			tell(uuid, "%s\n", &any);
	}
	tell_end(any);
	return status;
}

static int dev_create(int argc, char **argv)
{
	int count = argc > 1 ? parse_count(argv[1]) : 1;

	return count < 0 ? EXIT_USAGE : create_some(argv[0], count);
}

const struct command dev_create_command = {
	.name = "create",
	.args = "TYPE [N]",
	.min_args = 1,
	.max_args = 2,
	.brief = "create mediated devices",
	.text =
"Creates N mediated devices of a type (see: vfio-mig dev types), or one, and\n"
"prints their names, which are UUIDs.  The type edu is this project's own, QEMU's\n"
"edu in software: its module is loaded if need be, and it needs no IOMMU.\n"
"\n"
"They are there until: vfio-mig dev delete, or the module is unloaded.",
	.run = dev_create,
};

/* ---- delete ---- */

static int dev_delete(int argc, char **argv)
{
	struct vfiomig_error error;
	int i, status = EXIT_OK;
	bool any = false;

	for (i = 0; i < argc && status == EXIT_OK; i++) {
		if (device_is_held(argv[i]))
			status = fail_held(argv[i]);
		else if (vfiomig_mdev_delete(argv[i], &error))
			status = fail(&error);
		else
			tell(argv[i], "%s: deleted\n", &any);
	}
	tell_end(any);
	return status;
}

const struct command dev_delete_command = {
	.name = "delete",
	.args = "DEVICE...",
	.min_args = 1,
	.max_args = 256,
	.brief = "end mediated devices",
	.text =
"Deletes mediated devices, in that order, up to the first that cannot be.\n"
"\n"
"Refuses one that somebody holds: the kernel would wait, for ever, until it is\n"
"closed.",
	.run = dev_delete,
};

/* ---- types ---- */

static int show_type(const struct vfiomig_mdev_type *type, void *ctx)
{
	bool *any = ctx;

	if (!*any)
		print_text("%-20s  %-12s  %9s  %s\n", "TYPE", "API", "AVAILABLE",
			   "PARENT");
	*any = true;
	print_start_object(NULL);
	print_string("type", "%-20s  ", type->id);
	print_string("api", "%-12s  ", type->api);
	print_number("available", "%9llu  ", type->available);
	print_string("parent", "%s\n", type->parent);
	if (type->name[0])
		print_string("name", "    %s\n", type->name);
	if (type->description[0])
		print_string("description", "    %s\n", type->description);
	print_end_object();
	return 0;
}

static int dev_types(int argc, char **argv)
{
	bool any = false;

	(void)argc;
	(void)argv;
	print_start_object(NULL);
	print_start_array("types");
	vfiomig_mdev_types(show_type, &any);
	if (!any)
		print_text("Nothing can be created; modprobe edu_mdev gives a type.\n");
	print_end_array();
	print_end_object();
	return EXIT_OK;
}

const struct command dev_types_command = {
	.name = "types",
	.args = "",
	.brief = "list what can be created",
	.text =
"Lists the types of mediated devices that can be created here: what each is like\n"
"to its user, how many more there can be, and under which parent.",
	.run = dev_types,
};
