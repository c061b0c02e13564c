// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev descriptor */
#include <unistd.h>

#include "print.h"
#include "stream_print.h"
#include "tool.h"

static void show(const struct vfiomig_dev *dev,
		 const struct vfio_device_mig_descriptor *descriptor)
{
	print_start_object(NULL);
	print_string("device", NULL, vfiomig_name(dev));
	print_header(&descriptor->header);
	print_behaviours("known", NULL, &descriptor->header,
			 descriptor->known);
	print_end_object();
}

static int run(int argc, char **argv)
{
	struct vfio_device_mig_descriptor descriptor;
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int status;

	(void)argc;
	if (!tool.json && isatty(STDOUT_FILENO))
		return fail_usage("dev descriptor: stdout is a terminal; try: vfio-mig dev descriptor %s > FILE",
				  argv[0]);
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	if (vfiomig_descriptor(dev, &descriptor, &error))
		status = fail(&error);
	else if (tool.json)
		show(dev, &descriptor);
	else if (vfiomig_write_descriptor(&descriptor.header, STDOUT_FILENO,
					  &error))
		status = fail(&error);
	close_device(dev);
	return status;
}

const struct command dev_descriptor_command = {
	.name = "descriptor",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "write what its stream would begin with",
	.text =
"Writes the header that a stream of the device would have, and no sections:\n"
"    vfio-mig dev descriptor DEVICE > FILE\n"
"Carried to another host, the file tells whether the device could move there:\n"
"    vfio-mig compat --descriptor FILE DEVICE\n"
"With -j what is in it is written as JSON.",
	.run = run,
};
