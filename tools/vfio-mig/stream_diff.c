// SPDX-License-Identifier: GPL-2.0
/* vfio-mig stream diff */
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "stream_print.h"
#include "tool.h"

/* Of each section: more would be told to nobody's good. */
#define TEXT_RANGES	8
#define JSON_RANGES	1024

/**
 * struct report - what was found so far
 * @a, @b: What the streams are called.
 * @any: Whether anything was.
 * @section: The section that @ranges and @bytes are about.
 * @ranges, @bytes: How much of it differs.
 */
struct report {
	const char *a;
	const char *b;
	bool any;
	__u32 section;
	__u64 ranges;
	__u64 bytes;
};

static __u64 ranges_max(void)
{
	return tool.json ? JSON_RANGES : TEXT_RANGES;
}

/* What was not told one by one. */
static void end_ranges(struct report *report)
{
	char name[32];

	format_section(name, sizeof(name), report->section);
	if (report->ranges > ranges_max()) {
		print_start_object(NULL);
		print_string("section", "section %s: ", name);
		print_number("more_ranges", "%llu more ranges, ",
			     report->ranges - ranges_max());
		print_number("bytes_in_all", "%llu bytes in all\n",
			     report->bytes);
		print_end_object();
	}
	report->ranges = 0;
	report->bytes = 0;
}

static void print_place(__u32 section)
{
	char name[32];

	if (section == VFIO_MIG_SECTION_END) {
		print_string("section", "%s: ", "header");
		return;
	}
	format_section(name, sizeof(name), section);
	print_string("section", "section %s: ", name);
	print_number("id", NULL, section);
}

static void print_values(const struct vfiomig_difference *found)
{
	char text[32];

	print_string("field", "%s", found->field->name);
	print_number("a", NULL, found->a);
	print_number("b", NULL, found->b);
	format_value(text, sizeof(text), found->field, found->a);
	print_text(" %s", text);
	format_value(text, sizeof(text), found->field, found->b);
	print_text(" -> %s\n", text);
}

static void print_range(const struct vfiomig_difference *found)
{
	print_number("offset", "bytes %#llx", found->offset);
	print_number("bytes", NULL, found->length);
	print_text("-%#llx (%llu)\n", found->offset + found->length - 1,
		   found->length);
}

static void on_difference(const struct vfiomig_difference *found, void *ctx)
{
	struct report *report = ctx;

	report->any = true;
	if (report->section != found->section)
		end_ranges(report);
	report->section = found->section;
	if (!found->in && !found->field) {
		report->bytes += found->length;
		if (++report->ranges > ranges_max())
			return;
	}
	print_start_object(NULL);
	print_place(found->section);
	if (found->in) {
		print_string("only_in", "only in %s",
			     found->in == 1 ? report->a : report->b);
		print_number("bytes", " (%llu bytes)\n", found->length);
	} else if (found->field) {
		print_values(found);
	} else {
		print_range(found);
	}
	print_end_object();
}

static int diff(const struct vfiomig_stream *a, const struct vfiomig_stream *b)
{
	struct report report = { .a = a->name, .b = b->name };
	struct vfiomig_error error;
	int err;

	print_start_object(NULL);
	print_string("a", NULL, a->name);
	print_string("b", NULL, b->name);
	print_start_array("differences");
	err = vfiomig_stream_diff(a, b, on_difference, &report, &error);
	end_ranges(&report);
	print_end_array();
	print_bool("equal", !report.any && !err);
	print_end_object();
	if (err)
		return fail(&error);
	return report.any ? EXIT_FAILED : EXIT_OK;
}

static int open_stream(const char *path, struct vfiomig_stream **stream)
{
	struct vfiomig_error error;

	return vfiomig_stream_open(path, VFIOMIG_STREAM_KEEP, stream, NULL,
				   &error) ? fail_file(&error) : EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct vfiomig_stream *a, *b = NULL;
	int status;

	(void)argc;
	if (!strcmp(argv[0], "-") && !strcmp(argv[1], "-"))
		return fail_usage("stream diff: only one of them can be stdin");
	status = open_stream(argv[0], &a);
	if (!status)
		status = open_stream(argv[1], &b);
	if (!status)
		status = diff(a, b);
	vfiomig_stream_close(b);
	vfiomig_stream_close(a);
	return status;
}

const struct command stream_diff_command = {
	.name = "diff",
	.args = "A B",
	.min_args = 2,
	.max_args = 2,
	.brief = "show what two streams differ in",
	.text =
"Shows the fields of the headers that differ, the sections that only one stream\n"
"has, and of the others the fields that differ, or the bytes where a section is\n"
"not known or has no fields.  One of A and B may be - for stdin.\n"
"\n"
"How sections are cut into frames, and which comes first, is no difference.\n"
"Exit status: 0 equal, 1 not equal, or one of them is damaged.",
	.run = run,
};
