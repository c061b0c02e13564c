// SPDX-License-Identifier: GPL-2.0
/* vfio-mig save */
#include <stdio.h>
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
	if (isatty(STDOUT_FILENO))
		return fail_usage("save: stdout is a terminal; try: vfio-mig save %s > FILE",
				  argv[0]);
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	err = vfiomig_save(dev, STDOUT_FILENO, progress_show, NULL, &bytes,
			   &error);
	progress_end();
	if (err)
		status = fail(&error);
	else if (tool.verbose)
		fprintf(stderr, "%s: saved %llu bytes\n", vfiomig_name(dev),
			bytes);
	close_device(dev);
	return status;
}

const struct command save_command = {
	.name = "save",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "write a device's state to stdout",
	.text =
"Opens a device, stops it, writes its state to stdout as the driver gives it,\n"
"and lets the device run again:\n"
"    vfio-mig save DEVICE > FILE\n"
"If this fails, what was written is not to be used.  With -v the size is told\n"
"on stderr.  It writes no JSON, as stdout is the stream's.",
	.raw = true,
	.run = run,
};
