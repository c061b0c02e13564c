// SPDX-License-Identifier: GPL-2.0
/* vfio-mig reset */
#include "print.h"
#include "tool.h"

static bool bus;

static int run(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int status, err;

	(void)argc;
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	err = bus ? vfiomig_hot_reset(dev, &error) :
		    vfiomig_reset(dev, &error);
	if (err) {
		status = fail(&error);
	} else {
		print_start_object(NULL);
		print_string("device", "%s: ", vfiomig_name(dev));
		print_string("reset", "the %s was reset\n",
			     bus ? "bus" : "device");
		print_end_object();
	}
	close_device(dev);
	return status;
}

static const struct command_option options[] = {
	{ "bus", "reset its bus or slot, and all that is on it", &bus },
	{}
};

const struct command reset_command = {
	.name = "reset",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "reset a device",
	.text =
"Resets a device with VFIO_DEVICE_RESET.  A device that migrates is RUNNING\n"
"afterwards, whatever state it was in.",
	.options = options,
	.run = run,
};
