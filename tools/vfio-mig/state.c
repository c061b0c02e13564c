// SPDX-License-Identifier: GPL-2.0
/* vfio-mig state: get and set. */
#include "arcs.h"
#include "print.h"
#include "tool.h"

static int state_get(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	__u32 state;
	int status;

	(void)argc;
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	if (vfiomig_get_state(dev, &state, &error)) {
		status = fail(&error);
	} else {
		print_start_object(NULL);
		print_string("device", NULL, vfiomig_name(dev));
		print_state("state", "%s\n", state);
		print_end_object();
	}
	close_device(dev);
	return status;
}

static void on_step(const struct vfiomig_step *step, void *ctx)
{
	(void)ctx;
	print_step(step, true);
}

static int state_set(int argc, char **argv)
{
	int state = parse_state(argv[1]);
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	__u32 target = state;
	int status;

	(void)argc;
	if (state < 0)
		return EXIT_USAGE;
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	if (vfiomig_walk(dev, &target, 1, VFIOMIG_WALK_WHOLE, on_step, NULL,
			 &error))
		status = fail(&error);
	close_device(dev);
	return status;
}

static const struct command get_command = {
	.name = "get",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "show the state of a device",
	.text =
"Opens a device and shows its state, which is RUNNING if all is well: opening\n"
"resets it, and a device that somebody has open cannot be opened again.",
	.run = state_get,
};

static const struct command set_command = {
	.name = "set",
	.args = "DEVICE STATE",
	.min_args = 2,
	.max_args = 2,
	.brief = "set the state once",
	.text =
"Opens a device, which is RUNNING then, and sets it to STATE in one go.  The\n"
"state ends when the command does, since closing the device resets it: this\n"
"only shows that the transition works, and how long it takes.  To stay and go\n"
"on from there use: vfio-mig walk",
	.run = state_set,
};

static const struct command * const commands[] = {
	&get_command,
	&set_command,
	NULL
};

const struct command state_object = {
	.name = "state",
	.args = "COMMAND",
	.text = "The migration state of a device.",
	.sub = commands,
};
