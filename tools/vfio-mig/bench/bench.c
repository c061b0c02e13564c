// SPDX-License-Identifier: GPL-2.0
/* vfio-mig bench: the command. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "picture.h"
#include "progress.h"

#define ROUNDS		1000
#define ROUNDS_MAX	1000000
#define LINK_MAX	10000

static const char *peer_name, *vs_name, *rounds_text, *link_text, *svg_path;

static int parse_number(const char *option, const char *text, unsigned int max,
			unsigned int *number)
{
	unsigned long value;
	char *end;

	if (!text)
		return EXIT_OK;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !value || value > max)
		return fail_usage("--%s %s: it must be a number from 1 to %u",
				  option, text, max);
	*number = value;
	return EXIT_OK;
}

/* Each has a state of its own, so none of them may be another one's. */
static int open_all(struct bench *bench, struct vfiomig_error *error)
{
	struct subject *subjects = bench->subjects;
	int i, j, err = 0;

	for (i = 0; !err && i < ROLES; i++) {
		if (!subjects[i].name)
			continue;
		for (j = 0; !err && j < i; j++)
			if (subjects[j].dev &&
			    is_device(subjects[j].dev, subjects[i].name))
				err = bench_fail(error, &subjects[i], -EINVAL,
						 "be measured beside itself");
		if (!err)
			err = subject_open(&subjects[i], error);
	}
	return err;
}

static int measure(struct bench *bench, struct vfiomig_error *error)
{
	int err;

	err = open_all(bench, error);
	if (!err)
		err = measure_calls(bench, error);
	if (!err)
		err = measure_arcs(bench, error);
	if (!err)
		err = measure_streams(bench, error);
	if (!err)
		err = measure_logging(bench, error);
	progress_end();
	return err;
}

static int draw(struct bench *bench, struct picture *picture)
{
	picture_begin(picture);
	draw_bench(picture->file, bench);
	return picture_end(picture);
}

static int bench_devices(struct bench *bench)
{
	struct vfiomig_error error;
	struct picture picture;
	int i, status = EXIT_OK;

	if (picture_open(&picture, svg_path))
		return fail_plain("%s: %s", svg_path, strerror(errno));
	if (measure(bench, &error))
		status = fail(&error);
	else
		report_bench(bench);
	if (picture.file && !status)
		status = draw(bench, &picture);
	else
		picture_drop(&picture);
	for (i = 0; i < ROLES; i++)
		if (bench->subjects[i].dev)
			subject_close(&bench->subjects[i]);
	return status;
}

/* It is closed at the end, and what is in it is lost. */
static int check_alone(const struct bench *bench)
{
	const char *name;
	int i;

	for (i = 0; i < ROLES; i++) {
		name = bench->subjects[i].name;
		if (name && device_is_held(name))
			return fail_held(name);
	}
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct bench bench = {
		.subjects[ROLE_SELF].name = argv[0],
		.subjects[ROLE_PEER].name = peer_name,
		.subjects[ROLE_VS].name = vs_name,
		.rounds = ROUNDS,
	};
	int status;

	(void)argc;
	status = parse_number("rounds", rounds_text, ROUNDS_MAX,
			      &bench.rounds);
	if (!status)
		status = parse_number("link", link_text, LINK_MAX,
				      &bench.link);
	if (!status)
		status = check_alone(&bench);
	return status ? status : bench_devices(&bench);
}

static const struct command_value values[] = {
	{ "peer", "DEVICE", "load there what is saved, not back into it",
	  &peer_name },
	{ "vs", "DEVICE", "measure it too, in turn, and show ratios",
	  &vs_name },
	{ "rounds", "N", "how often, 1000 if it is not said", &rounds_text },
	{ "link", "N", "Gbit/s, for the downtime", &link_text },
	{ "svg", "FILE", "draw the arcs' times", &svg_path },
	{}
};

const struct command bench_command = {
	.name = "bench",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "measure what migration costs",
	.text =
"Opens a device and measures: calls that change nothing, every arc that it has,\n"
"saving and loading by the size of the buffer, PRECOPY_INFO and reports of dirty\n"
"pages if it has them.  Times are of the one system call, as medians and\n"
"percentiles, and as a multiple of a GET of the state, which is the least that a\n"
"call to a device costs.  From this follows a downtime for some links.\n"
"\n"
"Several devices take turns, round by round, so that what slows the machine down\n"
"slows them alike.  What is in the devices is lost.",
	.values = values,
	.run = run,
};
