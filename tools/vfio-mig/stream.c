// SPDX-License-Identifier: GPL-2.0
/* vfio-mig stream: verify; show and diff have files of their own. */
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
		if (known && vfiomig_section_type(id))
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

static const struct command * const commands[] = {
	&stream_show_command,
	&stream_verify_command,
	&stream_diff_command,
	NULL
};

const struct command stream_object = {
	.name = "stream",
	.args = "COMMAND",
	.text = "Streams in files: what vfio-mig save writes.",
	.sub = commands,
};
