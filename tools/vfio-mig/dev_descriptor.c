// SPDX-License-Identifier: GPL-2.0
/* vfio-mig dev descriptor */
#include <unistd.h>

#include "print.h"
#include "stream_print.h"
#include "tool.h"

static bool with_names;

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

/* What the parts of its stream are called, if that is asked for and known. */
static const char *text_for(const struct vfio_mig_stream_header *header)
{
	const struct vfiomig_device_type *type = vfiomig_device_type(header);

	return with_names && type ? vfiomig_device_text(type) : NULL;
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
	else if (vfiomig_write_described(&descriptor.header,
					 text_for(&descriptor.header),
					 STDOUT_FILENO, &error))
		status = fail(&error);
	close_device(dev);
	return status;
}

static const struct command_option options[] = {
	{ "names", "say in the file what the parts of a stream are called",
	  &with_names },
	{}
};

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
"With --names it also says what the sections of such a stream are called and\n"
"made of, for a host whose drivers know nothing of the device.\n"
"With -j what is in it is written as JSON.",
	.options = options,
	.run = run,
};
