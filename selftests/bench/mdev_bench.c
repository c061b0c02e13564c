// SPDX-License-Identifier: GPL-2.0
/*
 * What an edu in software costs, by how many there are.
 *
 *	mdev_bench [-j] [FILE.svg]
 *
 * They are created, opened, moved in pairs, all at the same time, closed and deleted.
 * However many there are at a time, as many have come and gone for a figure.  It is CPU time
 * of the whole system, as much of it is the kernel's threads'; less what runs while nothing
 * is done.  VFIO_MIG_ROUNDS says how often all of it is done; once, with fewer of them, only
 * shows that it can be.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "chart.h"
#include "clock.h"
#include "cpu.h"
#include "figures.h"
#include "vfiomig.h"
#include "vfiomig_admin.h"

#define ROUNDS_USUAL	10
#define ROUNDS_MAX	100

#define MOST		256
static const unsigned int at_once[] = { 2, 8, 32, 128, MOST };
#define COUNTS		(sizeof(at_once) / sizeof(*at_once))

/* Of those, the ones that are measured. */
static unsigned int counts = COUNTS;
#define COUNTS_ONCE	3

enum phase { CREATED, OPENED, MOVED, CLOSED, DELETED, PHASES };

static const char * const phase_colours[PHASES] = {
	[CREATED] = "#0b62a8",
	[OPENED] = "#3a8f3a",
	[MOVED] = "#d9822b",
	[CLOSED] = "#8a4fa8",
	[DELETED] = "#b03a2e",
};

static const char * const phase_names[PHASES] = {
	[CREATED] = "created",
	[OPENED] = "opened",
	[MOVED] = "moved",
	[CLOSED] = "closed",
	[DELETED] = "deleted",
};

/* One of them; each other one has a thread that moves it to the next. */
struct device {
	char uuid[40];
	struct vfiomig_dev *dev;
	pthread_t mover;
};

static struct device devices[MOST];

/* Seconds of each round, and what they come to. */
static double cost[COUNTS][PHASES][ROUNDS_MAX];
static double medians[COUNTS][PHASES];

/* ---- what is done ---- */

static void create(struct device *device)
{
	struct vfiomig_error error;

	if (vfiomig_mdev_create("edu", device->uuid, sizeof(device->uuid), &error))
		die(error.text);
}

static void open_one(struct device *device)
{
	struct vfiomig_error error;

	if (vfiomig_open(device->uuid, VFIOMIG_IOMMU_AUTO, &device->dev, &error))
		die(error.text);
}

static void *move(void *arg)
{
	struct device *pair = arg;
	struct vfiomig_error error;

	if (vfiomig_migrate(pair[0].dev, pair[1].dev, NULL, NULL, NULL, NULL, &error))
		die(error.text);
	return NULL;
}

static void move_all(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i += 2)
		if (pthread_create(&devices[i].mover, NULL, move, &devices[i]))
			die("no thread");
	for (i = 0; i < count; i += 2)
		pthread_join(devices[i].mover, NULL);
}

static void close_one(struct device *device)
{
	vfiomig_close(device->dev);
	device->dev = NULL;
}

static void delete(struct device *device)
{
	struct vfiomig_error error;

	if (vfiomig_mdev_delete(device->uuid, &error))
		die(error.text);
}

static void (* const each[PHASES])(struct device *device) = {
	[CREATED] = create,
	[OPENED] = open_one,
	[CLOSED] = close_one,
	[DELETED] = delete,
};

static void do_phase(enum phase phase, unsigned int count)
{
	unsigned int i;

	if (!each[phase]) {
		move_all(count);
		return;
	}
	for (i = 0; i < count; i++)
		each[phase](&devices[i]);
}

/* ---- what it takes ---- */

static unsigned int most(void)
{
	return at_once[counts - 1];
}

/* @count of them, from nothing to nothing; adds to @spent. */
static void live(unsigned int count, double idle, double spent[PHASES])
{
	double start, before;
	int phase;

	for (phase = 0; phase < PHASES; phase++) {
		start = seconds();
		before = cpu_seconds();
		do_phase(phase, count);
		spent[phase] += cpu_seconds() - before - idle * (seconds() - start);
	}
}

static void measure_round(unsigned int round)
{
	double idle = idle_share();
	unsigned int point, done;
	int phase;

	for (point = 0; point < counts; point++) {
		double spent[PHASES] = {};

		for (done = 0; done < most(); done += at_once[point])
			live(at_once[point], idle, spent);
		for (phase = 0; phase < PHASES; phase++)
			cost[point][phase][round] = spent[phase] / most();
	}
}

static void measure(unsigned int rounds)
{
	double nothing[PHASES] = {};
	unsigned int round, point;
	int phase;

	/* Once for nothing, so that all is there that is allocated once. */
	live(most(), 0, nothing);
	for (round = 0; round < rounds; round++)
		measure_round(round);
	for (point = 0; point < counts; point++)
		for (phase = 0; phase < PHASES; phase++)
			medians[point][phase] =
				median(cost[point][phase], rounds);
}

/* An open one has three files, and one that moves one more. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("no limit of files");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- what is printed ---- */

static double up_to(unsigned int point, int last)
{
	double sum = 0;
	int phase;

	for (phase = 0; phase <= last; phase++)
		sum += medians[point][phase];
	return sum;
}

static double all_of(unsigned int point)
{
	return up_to(point, PHASES - 1);
}

static void print_table(void)
{
	unsigned int point;
	int phase;

	printf("CPU time for each edu in software, ms\n%9s", "at a time");
	for (phase = 0; phase < PHASES; phase++)
		printf(" %9s", phase_names[phase]);
	printf(" %9s %9s\n", "all", "/ first");
	for (point = 0; point < counts; point++) {
		printf("%9u", at_once[point]);
		for (phase = 0; phase < PHASES; phase++)
			printf(" %9.3f", 1e3 * medians[point][phase]);
		printf(" %9.3f %9.3f\n", 1e3 * all_of(point),
		       all_of(point) / all_of(0));
	}
}

static void print_json(unsigned int rounds)
{
	unsigned int point;
	int phase;

	printf("{\"rounds\": %u, \"edu_mdev\": [", rounds);
	for (point = 0; point < counts; point++) {
		printf("%s{\"at_once\": %u", point ? ", " : "", at_once[point]);
		for (phase = 0; phase < PHASES; phase++)
			printf(", \"%s_cpu_ms\": %.4f", phase_names[phase],
			       1e3 * medians[point][phase]);
		printf(", \"cpu_ms\": %.4f, \"of_first\": %.4f}", 1e3 * all_of(point),
		       all_of(point) / all_of(0));
	}
	printf("]}\n");
}

/* ---- the picture: what one costs, each line on top of the one below ---- */

/* Marks at the left are so many ms apart, and names at the right so many pixels. */
#define MARK	2
#define NAMES	14

/* From left to right each place is twice as many. */
static unsigned int doublings(unsigned int count)
{
	unsigned int times = 0;

	while (count >>= 1)
		times++;
	return times;
}

static double highest(void)
{
	unsigned int point;
	double top = MARK;

	for (point = 0; point < counts; point++)
		while (top < 1e3 * all_of(point))
			top += MARK;
	return top;
}

static void draw_axes(const struct chart *chart)
{
	unsigned int point, mark;
	char text[32];

	for (mark = 0; mark <= chart->top; mark += MARK) {
		snprintf(text, sizeof(text), "%u", mark);
		chart_mark_y(chart, mark, text);
	}
	for (point = 0; point < counts; point++) {
		snprintf(text, sizeof(text), "%u", at_once[point]);
		chart_mark_x(chart, doublings(at_once[point]), text);
	}
	chart_titles(chart);
}

/* Where its name is, which is not lower than @above the bottom. */
static double draw_phase(const struct chart *chart, int phase, double above)
{
	struct chart_point points[COUNTS];
	struct chart_line line = {
		.points = points,
		.count = counts,
		.colour = phase_colours[phase],
		.name = phase_names[phase],
	};
	unsigned int point;
	double height;

	for (point = 0; point < counts; point++) {
		points[point].x = doublings(at_once[point]);
		points[point].y = 1e3 * up_to(point, phase);
		snprintf(points[point].text, sizeof(points[point].text),
			 "%s: %.3f ms", phase_names[phase],
			 1e3 * medians[point][phase]);
	}
	height = chart_height(chart, points[counts - 1].y);
	if (height < above) {
		line.lower = height - above;
		height = above;
	}
	chart_draw(chart, &line);
	return height;
}

static void draw(const char *name)
{
	struct chart chart = {
		.out = fopen(name, "w"),
		.title = "CPU time for each edu in software, ms, one thing upon the other",
		.below = "so many at a time",
		.right = doublings(most()),
		.top = highest(),
	};
	double above = 0;
	int phase;

	if (!chart.out)
		die(strerror(errno));
	chart_begin(&chart);
	draw_axes(&chart);
	for (phase = 0; phase < PHASES; phase++)
		above = draw_phase(&chart, phase, above) + NAMES;
	chart_end(&chart);
	if (fclose(chart.out))
		die(strerror(errno));
}

int main(int argc, char **argv)
{
	unsigned int rounds = rounds_wanted(ROUNDS_USUAL, ROUNDS_MAX);
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	const char *file = argv[1 + json];

	if (rounds == 1)
		counts = COUNTS_ONCE;
	allow_files();
	measure(rounds);
	if (json)
		print_json(rounds);
	else
		print_table();
	if (file)
		draw(file);
	return 0;
}
