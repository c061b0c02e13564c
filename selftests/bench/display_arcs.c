// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to begin pre-copy and to give it up again, beside one memcmp() of the
 * memory; and an arc on which the device has nothing to do, beside a GET.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "clock.h"
#include "display_bench.h"
#include "feature.h"

/* Calls that take microseconds are made so often in each round. */
#define CALLS	1000

static const struct {
	const char *name;
	const char *text;
} contents_names[CONTENTS] = {
	[CONTENTS_BLANK] = { "blank", "zeros" },
	[CONTENTS_FULL] = { "full", "no page of zeros" },
};

/**
 * struct arc_rounds - what was measured, a value each round
 * @begin, @end, @compare: As in struct pre_copy.
 * @get, @hold, @go_on: As in struct arcs.
 */
struct arc_rounds {
	double begin[CONTENTS][ROUNDS_MAX];
	double end[CONTENTS][ROUNDS_MAX];
	double compare[CONTENTS][ROUNDS_MAX];
	double get[ROUNDS_MAX];
	double hold[ROUNDS_MAX];
	double go_on[ROUNDS_MAX];
};

/* ---- pre-copy ---- */

static void measure_contents(struct arc_rounds *all, enum contents contents,
			     unsigned int round, struct bochs *bochs,
			     uint8_t *into, size_t room)
{
	double start;
	int data_fd;

	if (contents == CONTENTS_BLANK)
		memset(bochs->memory, 0, bochs->size);
	else
		fill(bochs);
	all->compare[contents][round] = compare_all(bochs, into);

	start = seconds();
	set_state(bochs, VFIO_MIG_PRE_COPY, &data_fd);
	all->begin[contents][round] = seconds() - start;
	drain(data_fd, into, room);
	start = seconds();
	set_state(bochs, VFIO_MIG_RUNNING, NULL);
	all->end[contents][round] = seconds() - start;
	close(data_fd);
}

/* ---- nothing to do ---- */

static double get_state(int device)
{
	struct vfio_device_feature_mig_state state = {};
	double start = seconds();

	if (feature_call(device, VFIO_DEVICE_FEATURE_GET |
			 VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &state,
			 sizeof(state)))
		die("GET fails");
	return seconds() - start;
}

static double take_arc(int device, uint32_t to)
{
	double start = seconds();

	if (feature_set_state(device, to, NULL))
		die("SET fails");
	return seconds() - start;
}

static void measure_calls(struct arc_rounds *all, unsigned int round,
			  struct bochs *bochs)
{
	static double get[CALLS], hold[CALLS], go_on[CALLS];
	int device = vfiomig_fd(bochs->dev);
	int i;

	for (i = 0; i < CALLS; i++) {
		get[i] = get_state(device);
		hold[i] = take_arc(device, VFIO_MIG_RUNNING_P2P);
		go_on[i] = take_arc(device, VFIO_MIG_RUNNING);
	}
	all->get[round] = median(get, CALLS);
	all->hold[round] = median(hold, CALLS);
	all->go_on[round] = median(go_on, CALLS);
}

/* ---- */

static void sum_up(struct arcs *arcs, struct arc_rounds *all)
{
	enum contents i;

	for (i = 0; i < CONTENTS; i++) {
		arcs->pre_copy[i].begin = median(all->begin[i], rounds);
		arcs->pre_copy[i].end = median(all->end[i], rounds);
		arcs->pre_copy[i].compare = median(all->compare[i], rounds);
	}
	arcs->get = median(all->get, rounds);
	arcs->hold = median(all->hold, rounds);
	arcs->go_on = median(all->go_on, rounds);
}

void measure_arcs(struct arcs *arcs)
{
	static struct arc_rounds all;
	struct bochs bochs;
	enum contents contents;
	unsigned int round;
	uint8_t *into;
	size_t room;

	if (bochs_open(&bochs, 0))
		die(bochs.error.text);
	arcs->size = bochs.size;
	room = 2 * bochs.size;
	into = buffer_alloc(room);
	for (round = 0; round < rounds; round++) {
		for (contents = 0; contents < CONTENTS; contents++)
			measure_contents(&all, contents, round, &bochs, into,
					 room);
		measure_calls(&all, round, &bochs);
	}
	sum_up(arcs, &all);
	free(into);
	bochs_close(&bochs);
}

static void print_table(const struct arcs *arcs)
{
	const struct pre_copy *row;
	enum contents i;

	printf("\n%-36s %9s %9s %6s %9s\n", "Pre-copy, ms", "begun", "memcmp",
	       "ratio", "given up");
	for (i = 0; i < CONTENTS; i++) {
		row = &arcs->pre_copy[i];
		printf("%3zu MiB, %-27s %9.3f %9.3f %6.2f %9.3f\n",
		       arcs->size >> 20, contents_names[i].text,
		       1e3 * row->begin, 1e3 * row->compare,
		       row->begin / row->compare, 1e3 * row->end);
	}
	printf("\n%-36s %9s %6s\n", "Nothing to do, us", "", "/ GET");
	printf("%-36s %9.2f\n", "GET the state", 1e6 * arcs->get);
	printf("%-36s %9.2f %6.2f\n", "RUNNING to RUNNING_P2P",
	       1e6 * arcs->hold, arcs->hold / arcs->get);
	printf("%-36s %9.2f %6.2f\n", "RUNNING_P2P to RUNNING",
	       1e6 * arcs->go_on, arcs->go_on / arcs->get);
}

static void print_objects(const struct arcs *arcs)
{
	const struct pre_copy *row;
	enum contents i;

	printf("\"pre_copy\": [");
	for (i = 0; i < CONTENTS; i++) {
		row = &arcs->pre_copy[i];
		printf("%s{\"memory\": \"%s\", \"begin_ms\": %.4f, \"compare_ms\": %.4f, \"begin_of_compare\": %.4f, \"end_ms\": %.4f}",
		       i ? ", " : "", contents_names[i].name, 1e3 * row->begin,
		       1e3 * row->compare, row->begin / row->compare,
		       1e3 * row->end);
	}
	printf("], \"nothing_to_do\": {\"get_us\": %.3f, \"hold_us\": %.3f, \"hold_of_get\": %.4f, \"go_on_us\": %.3f, \"go_on_of_get\": %.4f}, ",
	       1e6 * arcs->get, 1e6 * arcs->hold, arcs->hold / arcs->get,
	       1e6 * arcs->go_on, arcs->go_on / arcs->get);
}

void print_arcs(const struct arcs *arcs, bool json)
{
	if (json)
		print_objects(arcs);
	else
		print_table(arcs);
}
