// SPDX-License-Identifier: GPL-2.0
/* vfio-mig walk */
#include <stdlib.h>

#include "print.h"
#include "tool.h"

#define STATES_MAX	1024

static bool whole;

static void on_step(const struct vfiomig_step *step, void *ctx)
{
	(void)ctx;
	print_step(step, false);
}

static int walk(struct vfiomig_dev *dev, const __u32 *states, int count)
{
	struct vfiomig_error error;
	int err;

	print_start_object(NULL);
	print_string("device", NULL, vfiomig_name(dev));
	print_start_array("steps");
	err = vfiomig_walk(dev, states, count, whole ? VFIOMIG_WALK_WHOLE : 0,
			   on_step, NULL, &error);
	print_end_array();
	print_end_object();
	return err ? fail(&error) : EXIT_OK;
}

static int run(int argc, char **argv)
{
	__u32 states[STATES_MAX];
	struct vfiomig_dev *dev;
	int i, state, status;

	for (i = 1; i < argc; i++) {
		state = parse_state(argv[i]);
		if (state < 0)
			return EXIT_USAGE;
		states[i - 1] = state;
	}
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	status = walk(dev, states, argc - 1);
	close_device(dev);
	return status;
}

static const struct command_option options[] = {
	{ "whole", "take a combination in one transition, not hop by hop",
	  &whole },
	{}
};

const struct command walk_command = {
	.name = "walk",
	.args = "DEVICE STATE...",
	.min_args = 2,
	.max_args = STATES_MAX,
	.brief = "go through states, with the time of each",
	.text =
"Opens a device, which is RUNNING then, takes it from one STATE to the next and\n"
"shows how long each transition takes.  A combination is taken hop by hop.\n"
"\n"
"What the device saves in STOP_COPY is kept, and loaded in a later RESUMING, so\n"
"this loads a device with its own state:\n"
"    vfio-mig walk DEVICE STOP_COPY RESUMING RUNNING\n"
"A RESUMING without a STOP_COPY before it loads nothing, which a device may\n"
"refuse.  Before the first step it is checked that the device supports all.",
	.options = options,
	.run = run,
};
