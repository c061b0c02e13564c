// SPDX-License-Identifier: GPL-2.0
/* vfio-mig stream show */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"
#include "stream_print.h"
#include "tool.h"

#define FIELDS_MAX	4096

static void show_fields(const struct vfiomig_field *field, const void *bytes)
{
	char text[32];

	print_start_object("fields");
	for (; field->name; field++) {
		format_value(text, sizeof(text), field,
			     vfiomig_field_value(field, bytes));
		print_number(field->name, NULL,
			     vfiomig_field_value(field, bytes));
		print_text("%30s%-14s %s\n", "", field->name, text);
	}
	print_end_object();
}

/* Text is for people, who get the numbers if they ask for more. */
static void show_content(const struct vfiomig_stream *stream,
			 const struct vfiomig_section *section)
{
	const struct vfiomig_section_type *type;
	char bytes[FIELDS_MAX];

	type = vfiomig_section_type(section->id);
	if (!type || !type->fields || section->size != type->size ||
	    type->size > sizeof(bytes) || !(tool.json || tool.verbose))
		return;
	if (!vfiomig_stream_read(stream, section, 0, bytes, type->size, NULL))
		show_fields(type->fields, bytes);
}

static void show_section(const struct vfiomig_stream *stream,
			 const struct vfiomig_section *section)
{
	const char *name = vfiomig_section_name(section->id);
	char flags[32];

	format_flags(flags, sizeof(flags), section->flags, ",");
	print_start_object(NULL);
	print_number("offset", "%10llu", section->start);
	print_number("bytes", "  %10llu", section->size);
	print_number("frames", "  %6llu", section->count);
	print_bool("required", section->flags & VFIO_MIG_FRAME_REQUIRED);
	print_string("flags", "  %-20s  ", flags);
	print_string("checksum", NULL, section->flags & VFIO_MIG_FRAME_XXH64 ?
		     "xxh64" : "crc32c");
	print_number("id", "%#llx", section->id);
	print_bool("known", name);
	if (name)
		print_string("name", " %s\n", name);
	else
		print_text(" (unknown)\n");
	show_content(stream, section);
	print_end_object();
}

static void show_sections(const struct vfiomig_stream *stream)
{
	unsigned int i;

	if (stream->count)
		print_text("\n%10s  %10s  %6s  %-20s  %s\n", "OFFSET", "BYTES",
			   "FRAMES", "FLAGS", "SECTION");
	print_start_array("sections");
	for (i = 0; i < stream->count; i++)
		show_section(stream, &stream->sections[i]);
	print_end_array();
}

static void show_totals(const struct vfiomig_stream *stream)
{
	print_bool("complete", stream->complete);
	print_number("bytes", NULL, stream->bytes);
	print_number("frames", NULL, stream->frames);
	if (!stream->complete)
		return;
	print_text("%s%llu bytes, %u frame%s before the end%s\n",
		   stream->count ? "\n" : "", stream->bytes, stream->frames,
		   stream->frames == 1 ? "" : "s", stream->count ? "" :
		   ": a descriptor, without sections");
}

static int run(int argc, char **argv)
{
	struct vfiomig_stream *stream;
	struct vfiomig_error error;
	__u32 section;
	int err;

	(void)argc;
	err = vfiomig_stream_open(argv[0], 0, &stream, &section, &error);
	if (!stream)
		return fail(&error);
	print_start_object(NULL);
	print_string("file", NULL, stream->name);
	if (stream->header.framing) {
		print_header(&stream->header);
		show_sections(stream);
	}
	show_totals(stream);
	if (err)
		print_fault(&error, section);
	print_end_object();
	vfiomig_stream_close(stream);
	return err ? fail_file(&error) : EXIT_OK;
}

const struct command stream_show_command = {
	.name = "show",
	.args = "FILE",
	.min_args = 1,
	.max_args = 1,
	.brief = "show what is in a stream",
	.text =
"Shows the header of a stream and its sections: where each begins, its bytes,\n"
"frames and flags, and what is not known here.  Those with the flag xxh64 have\n"
"that checksum, the others crc32c.  With -v also the fields of those that are\n"
"known.  FILE is what vfio-mig save or dev descriptor wrote; - is stdin.\n"
"\n"
"Of a damaged stream it shows what is right, and says what is not; the exit\n"
"status is 1 then.",
	.run = run,
};
