// SPDX-License-Identifier: GPL-2.0
/* vfio-mig restore */
#include <unistd.h>

#include "print.h"
#include "progress.h"
#include "tool.h"

static int run(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int status, err;
	__u64 bytes;

	(void)argc;
	if (isatty(STDIN_FILENO))
		return fail_usage("restore: stdin is a terminal; try: vfio-mig restore %s < FILE",
				  argv[0]);
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	err = vfiomig_load(dev, STDIN_FILENO, progress_show, NULL, &bytes,
			   &error);
	progress_end();
	if (err) {
		status = fail(&error);
	} else {
		print_start_object(NULL);
		print_string("device", "%s: ", vfiomig_name(dev));
		print_number("bytes", "took %llu bytes and is RUNNING\n",
			     bytes);
		print_end_object();
	}
	vfiomig_close(dev);
	return status;
}

const struct command restore_command = {
	.name = "restore",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "load a state from stdin",
	.text =
"Opens a device, loads what stdin holds up to its end, and lets the device run:\n"
"    vfio-mig restore DEVICE < FILE\n"
"The state ends when the command does, since closing the device resets it: this\n"
"shows whether the device takes the stream.  One that it refuses changes\n"
"nothing: the device is reset.",
	.run = run,
};
