// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev set */
#include <string.h>

#include "print.h"
#include "tool.h"

static int run(int argc, char **argv)
{
	bool on = !strcmp(argv[2], "on");
	struct vfiomig_error error;
	struct vfiomig_info info;

	(void)argc;
	if (!on && strcmp(argv[2], "off"))
		return fail_usage("%s: it must be on or off", argv[2]);
	if (vfiomig_set_property(argv[0], argv[1], on, &error) ||
	    vfiomig_lookup(argv[0], &info, &error))
		return fail(&error);
	print_start_object(NULL);
	print_string("device", "%s: ", info.name);
	print_string("property", "%s is ", argv[1]);
	print_bool("on", on);
	print_text("%s\n", on ? "on" : "off");
	print_end_object();
	return EXIT_OK;
}

const struct command dev_set_command = {
	.name = "set",
	.args = "DEVICE PROPERTY on|off",
	.min_args = 3,
	.max_args = 3,
	.brief = "switch one of its properties",
	.text =
"Switches a named property of a device whose driver is on vfio_mig, while nobody\n"
"has the device open.  p2p and pre-copy hide optional states, dma-logging hides\n"
"DMA logging.  The others are behaviours: switched off, the driver is as one\n"
"that has never heard of it, so that the device can be moved to and from an\n"
"older one.  Which there are:\n"
"    vfio-mig dev show DEVICE\n"
"All are on again when the device is bound anew.",
	.run = run,
};
