// SPDX-License-Identifier: GPL-2.0
/* vfio-mig migrate */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "draw.h"
#include "picture.h"
#include "print.h"
#include "progress.h"
#include "tool.h"

#define SAMPLES_MAX	4096

static bool no_precopy, dry_run;
static const char *timeline_path;

/* How far it had come and when, thinned out as they get too many. */
static struct timeline_sample samples[SAMPLES_MAX];
static size_t sample_count;

static void keep_sample(__u64 bytes)
{
	struct timespec now;
	size_t i;

	if (sample_count == SAMPLES_MAX) {
		sample_count /= 2;
		for (i = 0; i < sample_count; i++)
			samples[i] = samples[2 * i + 1];
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	samples[sample_count].at = now.tv_sec * 1000000000ull + now.tv_nsec;
	samples[sample_count++].bytes = bytes;
}

static void on_progress(const struct vfiomig_progress *progress, void *ctx)
{
	if (timeline_path)
		keep_sample(progress->bytes);
	progress_show(progress, ctx);
}

static int write_timeline(struct picture *timeline,
			  const struct vfiomig_migration *result,
			  struct vfiomig_dev *src, struct vfiomig_dev *dst)
{
	picture_begin(timeline);
	draw_timeline(timeline->file, result, vfiomig_name(src),
		      vfiomig_name(dst), samples, sample_count);
	return picture_end(timeline);
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

/* What would be done. */
static void report_plan(const struct vfiomig_migration *result)
{
	unsigned int i;

	print_start_object(NULL);
	print_bool("dry_run", true);
	print_start_array("steps");
	for (i = 0; i < result->count; i++)
		print_step(&result->steps[i], true);
	print_end_array();
	print_number("bytes", NULL, 0);
	print_text("\nThis is what would be done; nothing was moved.\n");
	print_end_object();
}

static int migrate(struct vfiomig_dev *src, struct vfiomig_dev *dst)
{
	struct vfiomig_migrate_opts opts = {
		.no_precopy = no_precopy,
		.dry_run = dry_run,
	};
	struct vfiomig_migration result;
	struct vfiomig_error error;
	struct picture timeline;
	int err;

	/* Before anything moves: it is too late to find out afterwards. */
	if (timeline_path && dry_run)
		return fail_usage("--timeline: a dry run has none");
	if (picture_open(&timeline, timeline_path))
		return fail_plain("%s: %s; nothing was moved", timeline_path,
				  strerror(errno));
	sample_count = 0;
	err = vfiomig_migrate(src, dst, &opts, on_progress, NULL, &result,
			      &error);
	progress_end();
	if (!err && dry_run)
		report_plan(&result);
	else if (!err || result.count)
		report(&result, !err);
	if (timeline.file && !err)
		return write_timeline(&timeline, &result, src, dst);
	picture_drop(&timeline);
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
	if (is_device(src, argv[1]))
		status = fail_plain("%s: it cannot migrate to itself; give another one like it",
				    vfiomig_name(src));
	else
		status = open_device(argv[1], &dst);
	if (!status) {
		status = migrate(src, dst);
		close_device(dst);
	}
	close_device(src);
	return status;
}

static const struct command_option options[] = {
	{ "no-precopy", "do not use PRE_COPY, even if the source has it",
	  &no_precopy },
	{ "dry-run", "ask both devices, and only say what would be done",
	  &dry_run },
	{}
};

static const struct command_value values[] = {
	{ "timeline", "FILE", "draw it over time, as an SVG picture",
	  &timeline_path },
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
	.values = values,
	.run = run,
};
