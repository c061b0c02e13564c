// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev: bind and unbind; the others have files of their own. */
#include "print.h"
#include "tool.h"

static int print_driver(const char *name)
{
	struct vfiomig_error error;
	struct vfiomig_info info;
	char note[160];

	if (vfiomig_lookup(name, &info, &error))
		return fail(&error);
	print_start_object(NULL);
	print_device("device", "%s: ", info.name);
	if (info.driver[0])
		print_string("driver", "bound to %s\n", info.driver);
	else
		print_text("bound to no driver\n");
	if (info.vfio && vfiomig_pf_lacks(&info, note, sizeof(note)))
		print_string("note", "note: %s\n", note);
	print_end_object();
	return EXIT_OK;
}

static bool dry_run;

static int print_plan(const struct vfiomig_binding *plan)
{
	print_start_object(NULL);
	print_bool("dry_run", true);
	print_device("device", "%s: ", plan->device);
	if (plan->from[0])
		print_string("from", "would leave %s and ", plan->from);
	else
		print_text("would ");
	if (plan->to[0])
		print_string("driver", "be bound to %s", plan->to);
	else
		print_text(plan->claimed ? "go to whoever claims it" :
					   "be bound to no driver");
	print_bool("load", plan->load);
	print_text(plan->load ? ", which has to be loaded first\n" : "\n");
	print_end_object();
	return EXIT_OK;
}

static int dev_bind(int argc, char **argv)
{
	const char *driver = argc > 1 ? argv[1] : NULL;
	struct vfiomig_binding plan;
	struct vfiomig_error error;

	if (device_is_held(argv[0]))
		return fail_held(argv[0]);
	if (dry_run)
		return vfiomig_plan_bind(argv[0], driver, &plan, &error) ?
		       fail(&error) : print_plan(&plan);
	if (vfiomig_bind(argv[0], driver, &error))
		return fail(&error);
	return print_driver(argv[0]);
}

static int dev_unbind(int argc, char **argv)
{
	struct vfiomig_binding plan;
	struct vfiomig_error error;

	(void)argc;
	if (device_is_held(argv[0]))
		return fail_held(argv[0]);
	if (dry_run)
		return vfiomig_plan_unbind(argv[0], &plan, &error) ?
		       fail(&error) : print_plan(&plan);
	if (vfiomig_unbind(argv[0], &error))
		return fail(&error);
	return print_driver(argv[0]);
}

static const struct command_option options[] = {
	{ "dry-run", "only say what would be done", &dry_run },
	{}
};

static const struct command bind_command = {
	.name = "bind",
	.args = "DEVICE [DRIVER]",
	.min_args = 1,
	.max_args = 2,
	.brief = "bind to a VFIO driver",
	.text =
"Binds a PCI device to DRIVER, or without one to the VFIO driver that is made\n"
"for it (the best match of the vfio_pci: aliases of the kernel's modules), or\n"
"else to vfio-pci.  Loads the module if need be.\n"
"\n"
"The driver that the device had, and its driver_override, are kept in\n"
"/run/vfio-mig until: vfio-mig dev unbind\n"
"\n"
"Of a virtual function it says if the physical one has no driver or is down.\n"
"\n"
"Refuses a device that somebody holds, or whose IOMMU group is in use.",
	.options = options,
	.run = dev_bind,
};

static const struct command unbind_command = {
	.name = "unbind",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "give back to the driver it had",
	.text =
"Takes a PCI device away from its VFIO driver and restores what it had before\n"
"vfio-mig dev bind.  A device that vfio-mig did not bind goes to the driver\n"
"that claims it.\n"
"\n"
"Refuses a device that somebody holds, or whose IOMMU group is in use: the\n"
"kernel would wait, for ever, until it is closed.",
	.options = options,
	.run = dev_unbind,
};

static const struct command * const commands[] = {
	&dev_show_command,
	&dev_set_command,
	&dev_descriptor_command,
	&dev_open_command,
	&dev_close_command,
	&bind_command,
	&unbind_command,
	&dev_create_command,
	&dev_delete_command,
	&dev_types_command,
	NULL
};

const struct command dev_object = {
	.name = "dev",
	.args = "COMMAND",
	.text = "Devices, and the drivers they are bound to.",
	.sub = commands,
};
