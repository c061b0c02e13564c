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
"Makes the calls of a VMM, qemu (10.0), qemu-11.1 or cloud-hypervisor, in their\n"
"order: a whole migration, to PEER or to the same device; one that is given up\n"
"after each of its calls; and one in which each of them fails, with what the VMM\n"
"does about it.  If verify knows how to fill the device, that is what arrives,\n"
"and what is still in a source that goes on.  Nobody else may use the devices,\n"
"and what is in them is lost.\n"
"\n"
"It is what \"verify --profile VMM --peer PEER --destructive\" does, and is\n"
"reported in the same way.\n"
"\n"
"Exit status: 0 the VMM can migrate the device, 1 something failed or was\n"
"blocked, 4 the device cannot be migrated.",
	.run = run,
};
