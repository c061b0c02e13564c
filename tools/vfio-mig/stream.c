// SPDX-License-Identifier: GPL-2.0
/* vfio-mig stream: verify and describe; show and diff have files of their own. */
#include <unistd.h>

#include "print.h"
#include "stream_print.h"
#include "tool.h"

/* What cannot be known here is said, and no fault. */
static void print_verdict(const struct vfiomig_stream *stream)
{
	if (!stream->count)
		print_text("right: a descriptor, without sections\n");
	else
		print_text("right: %u section%s, %llu bytes\n",
			   stream->count, stream->count == 1 ? "" : "s",
			   stream->bytes);
}

static void print_unknown(const struct vfiomig_stream *stream)
{
	bool known = vfiomig_device_type(&stream->header);
	unsigned int i;
	__u32 id;

	if (!known && stream->count)
		print_text("only the framing: nothing is known of this device's sections\n");
	print_bool("device_known", known);
	print_start_array("unchecked");
	for (i = 0; i < stream->count; i++) {
		id = stream->sections[i].id;
		if (known && (vfiomig_section_type(id) ||
			      id == VFIO_MIG_SECTION_NAMES))
			continue;
		print_number(NULL, NULL, id);
		if (known)
			print_text("section %#x: optional, and not known here\n",
				   id);
	}
	print_end_array();
}

static int verify(int argc, char **argv)
{
	struct vfiomig_stream *stream;
	struct vfiomig_error error;
	__u32 section;
	int err;

	(void)argc;
	err = vfiomig_stream_open(argv[0], 0, &stream, &section, &error);
	if (!stream)
		return fail(&error);
	if (!err)
		err = vfiomig_stream_check(stream, &section, &error);
	print_start_object(NULL);
	print_string("file", err ? NULL : "%s: ", stream->name);
	print_bool("valid", !err);
	if (err) {
		print_fault(&error, section);
	} else {
		print_verdict(stream);
		print_number("bytes", NULL, stream->bytes);
		print_number("sections", NULL, stream->count);
		print_unknown(stream);
	}
	print_end_object();
	vfiomig_stream_close(stream);
	return err ? fail_file(&error) : EXIT_OK;
}

static const struct command stream_verify_command = {
	.name = "verify",
	.args = "FILE",
	.min_args = 1,
	.max_args = 1,
	.brief = "check a stream, without a device",
	.text =
"Checks all of a stream that can be known without the device: framing,\n"
"checksums, order and totals, and for devices that are known here what their\n"
"sections hold.  FILE may be - for stdin.\n"
"\n"
"Exit status: 0 right, 1 not; the reason names the section.  Whether a device\n"
"would take it, says: vfio-mig compat --descriptor FILE DEVICE",
	.run = verify,
};

static int copy_described(int argc, char **argv)
{
	struct vfiomig_error error;

	(void)argc;
	if (isatty(STDOUT_FILENO))
		return fail_usage("stream describe: stdout is a terminal; try: vfio-mig stream describe %s > FILE2",
				  argv[0]);
	return vfiomig_stream_describe(argv[0], STDOUT_FILENO, &error) ?
	       fail(&error) : EXIT_OK;
}

static const struct command stream_describe_command = {
	.name = "describe",
	.args = "FILE",
	.min_args = 1,
	.max_args = 1,
	.brief = "put into a stream what its parts are called",
	.text =
"Copies a stream to stdout, and puts into it what its sections are called and\n"
"made of, as the driver of such a device on this host says it:\n"
"    vfio-mig save DEVICE | vfio-mig stream describe - > FILE\n"
"With that, show, diff and verify know what is in it on any host.  A device\n"
"that loads it passes it over.  It writes no JSON, as stdout is the stream's.",
	.raw = true,
	.run = copy_described,
};

static const struct command * const commands[] = {
	&stream_show_command,
	&stream_verify_command,
	&stream_diff_command,
	&stream_describe_command,
	NULL
};

const struct command stream_object = {
	.name = "stream",
	.args = "COMMAND",
	.text = "Streams in files: what vfio-mig save writes.",
	.sub = commands,
};
