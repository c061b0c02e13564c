// SPDX-License-Identifier: GPL-2.0
/* vfio-mig replay: is a device good for this VMM? */
#include "tool.h"
#include "verify/check.h"

static int run(int argc, char **argv)
{
	return verify_vmm(argv[0], argv[1], argc > 2 ? argv[2] : NULL);
}

const struct command replay_command = {
	.name = "replay",
	.args = "VMM DEVICE [PEER]",
	.min_args = 2,
	.max_args = 3,
	.brief = "make a VMM's calls, and have them fail",
	.text =
"Makes the calls of a VMM, qemu or cloud-hypervisor, in their order: a whole\n"
"migration, to PEER or to the same device; one that is given up after each of\n"
"its calls; and one in which each of them fails, with what the VMM does about\n"
"it.  Nobody else may use the devices, and what is in them is lost.\n"
"\n"
"It is what \"verify --profile VMM --peer PEER --destructive\" does, and is\n"
"reported in the same way.\n"
"\n"
"Exit status: 0 the VMM can migrate the device, 1 something failed or was\n"
"blocked, 4 the device cannot be migrated.",
	.run = run,
};
