// SPDX-License-Identifier: GPL-2.0
/* vfio-mig migrate */
#include "print.h"
#include "progress.h"
#include "tool.h"

static bool no_precopy;

static void print_bytes(const char *key, const char *format, __u64 bytes)
{
	char text[32];

	format_bytes(text, sizeof(text), bytes);
	if (tool.json)
		print_number(key, NULL, bytes);
	else
		print_string(key, format, text);
}

/* What was done; after a failure without the times, which mean nothing. */
static void report(const struct vfiomig_migration *result, bool done)
{
	unsigned int i;

	print_start_object(NULL);
	print_start_array("steps");
	for (i = 0; i < result->count; i++)
		print_step(&result->steps[i], true);
	print_end_array();
	print_bytes("bytes", "\nmoved     %s", result->bytes);
	if (result->rounds)
		print_bytes("precopy_bytes", ", %s of them in pre-copy",
			    result->precopy_bytes);
	if (result->rounds)
		print_number("rounds", " (rounds: %llu)", result->rounds);
	if (done) {
		print_ns("downtime_ns", "\ndowntime  %s", result->downtime_ns);
		print_ns("total_ns", "\ntotal     %s", result->total_ns);
	}
	print_text("\n");
	print_end_object();
}

static int migrate(struct vfiomig_dev *src, struct vfiomig_dev *dst)
{
	struct vfiomig_migrate_opts opts = { .no_precopy = no_precopy };
	struct vfiomig_migration result;
	struct vfiomig_error error;
	int err;

	err = vfiomig_migrate(src, dst, &opts, progress_show, NULL, &result,
			      &error);
	progress_end();
	if (!err || result.count)
		report(&result, !err);
	return err ? fail(&error) : EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct vfiomig_dev *src, *dst;
	int status;

	(void)argc;
	status = open_device(argv[0], &src);
	if (status)
		return status;
	status = open_device(argv[1], &dst);
	if (!status) {
		status = migrate(src, dst);
		vfiomig_close(dst);
	}
	vfiomig_close(src);
	return status;
}

static const struct command_option options[] = {
	{ "no-precopy", "do not use PRE_COPY, even if the source has it",
	  &no_precopy },
	{}
};

const struct command migrate_command = {
	.name = "migrate",
	.args = "SOURCE DESTINATION",
	.min_args = 2,
	.max_args = 2,
	.brief = "move the state of one device to another",
	.text =
"Opens two devices, moves the state of SOURCE to DESTINATION, and shows how\n"
"long each transition took, what was moved, and the downtime: from SOURCE being\n"
"told to stop until DESTINATION is RUNNING.  Uses PRE_COPY and P2P if offered.\n"
"\n"
"Before anything moves it is checked that both devices support every transition\n"
"that is needed.  If a step fails, DESTINATION is reset and SOURCE runs on.\n"
"Both are closed, and so reset, at the end.",
	.options = options,
	.run = run,
};
