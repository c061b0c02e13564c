// SPDX-License-Identifier: GPL-2.0
/*
 * What a device that is saved costs, by how many are saved at the same time.
 *
 *	many_bench [-j] [FILE.svg]
 *
 * of all edus behind ports and all displays that there are, up to 32 of each.  It is
 * CPU time, of the whole system and not only of this program, as some of a device's work
 * is done by the kernel's threads; less what runs while nothing is done.  However many
 * there are at a time, each device is saved once for a figure, so that nothing but that
 * differs.  VFIO_MIG_ROUNDS says how often all of it is done.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "chart.h"
#include "clock.h"
#include "cpu.h"
#include "figures.h"
#include "many_device.h"

#define ROUNDS_USUAL	5
#define ROUNDS_MAX	100

#define MOST		32
static const unsigned int at_once[] = { 1, 4, 16, MOST };
#define COUNTS		(sizeof(at_once) / sizeof(*at_once))

/* What the last of them may cost, as a multiple of the first. */
#define GOAL		1.15

static const struct {
	const char *name;
	const char *text;
	const char *colour;
} kinds[MANY_KINDS] = {
	[MANY_EDU] = { "edu", "edu", "#d9822b" },
	[MANY_DISPLAY] = { "display", "display", "#0b62a8" },
};

/**
 * struct many - devices of one kind, and what they cost
 * @devices: They are open.
 * @count: How many.
 * @points: Of @at_once, those that there are enough devices for.
 * @cost: Seconds of CPU time for each device, a value each round.
 * @median: What that comes to.
 */
struct many {
	struct many_device devices[MOST];
	unsigned int count;
	unsigned int points;
	double cost[COUNTS][ROUNDS_MAX];
	double median[COUNTS];
};

static struct many many[MANY_KINDS];

/* All of them, @count at a time: of one. */
static double cost(struct many *of, unsigned int count, double idle)
{
	double start = seconds(), before = cpu_seconds();
	unsigned int first;

	for (first = 0; first + count <= of->count; first += count)
		many_save(of->devices + first, count);
	return (cpu_seconds() - before - idle * (seconds() - start)) / first;
}

static void open_all(struct many *of, enum many_kind kind)
{
	while (of->count < MOST &&
	       many_open(&of->devices[of->count], kind, of->count))
		of->count++;
	if (!of->count)
		die("there are no devices");
	while (of->points < COUNTS && at_once[of->points] <= of->count)
		of->points++;
}

static void close_all(struct many *of)
{
	while (of->count)
		many_close(&of->devices[--of->count]);
}

static void measure_round(unsigned int round)
{
	double idle = idle_share();
	unsigned int point;
	int kind;

	for (kind = 0; kind < MANY_KINDS; kind++)
		for (point = 0; point < many[kind].points; point++)
			many[kind].cost[point][round] =
				cost(&many[kind], at_once[point], idle);
}

static void measure(unsigned int rounds)
{
	unsigned int round, point;
	int kind;

	/* Once for nothing, so that all is there that is allocated once. */
	for (kind = 0; kind < MANY_KINDS; kind++)
		many_save(many[kind].devices, many[kind].count);
	for (round = 0; round < rounds; round++)
		measure_round(round);
	for (kind = 0; kind < MANY_KINDS; kind++)
		for (point = 0; point < many[kind].points; point++)
			many[kind].median[point] =
				median(many[kind].cost[point], rounds);
}

/* ---- what is printed ---- */

static double of_one(const struct many *of, unsigned int point)
{
	return of->median[point] / of->median[0];
}

static void print_table(void)
{
	const struct many *of;
	unsigned int point;
	int kind;

	printf("%-36s %9s %9s %9s\n", "CPU time for each device", "at a time",
	       "ms", "/ first");
	for (kind = 0; kind < MANY_KINDS; kind++) {
		of = &many[kind];
		for (point = 0; point < of->points; point++)
			printf("%-36s %9u %9.3f %9.3f\n",
			       point ? "" : kinds[kind].text, at_once[point],
			       1e3 * of->median[point], of_one(of, point));
	}
}

static void print_json(void)
{
	const struct many *of;
	unsigned int point;
	int kind;

	printf("{");
	for (kind = 0; kind < MANY_KINDS; kind++) {
		of = &many[kind];
		printf("%s\"%s\": [", kind ? ", " : "", kinds[kind].name);
		for (point = 0; point < of->points; point++)
			printf("%s{\"at_once\": %u, \"cpu_ms\": %.4f, \"of_one\": %.4f}",
			       point ? ", " : "", at_once[point],
			       1e3 * of->median[point], of_one(of, point));
		printf("]");
	}
	printf("}\n");
}

/* ---- the picture ---- */

/* Marks at the left are so far apart. */
#define MARK	0.25

/* The first mark that nothing is above. */
static double highest(void)
{
	unsigned int point;
	double top = 0;
	int kind;

	while (top < GOAL)
		top += MARK;
	for (kind = 0; kind < MANY_KINDS; kind++)
		for (point = 0; point < many[kind].points; point++)
			while (top < of_one(&many[kind], point))
				top += MARK;
	return top;
}

static void draw_axes(const struct chart *chart)
{
	char text[32];
	unsigned int i;
	double mark;

	for (mark = 0; mark <= chart->top; mark += MARK) {
		snprintf(text, sizeof(text), "%.2f", mark);
		chart_mark_y(chart, mark, text);
	}
	for (i = 0; i < COUNTS; i++) {
		snprintf(text, sizeof(text), "%u", at_once[i]);
		chart_mark_x(chart, at_once[i], text);
	}
	chart_titles(chart);
}

static void draw_goal(const struct chart *chart)
{
	const struct chart_point points[] = {
		{ .x = 0, .y = GOAL }, { .x = MOST, .y = GOAL },
	};
	const struct chart_line line = {
		.points = points, .count = 2, .colour = "#999",
		.name = "1.15, the goal", .lower = -10,
	};

	chart_draw(chart, &line);
}

static void draw_kind(const struct chart *chart, int kind)
{
	const struct many *of = &many[kind];
	struct chart_point points[COUNTS];
	const struct chart_line line = {
		.points = points,
		.count = of->points,
		.colour = kinds[kind].colour,
		.name = kinds[kind].text,
		.lower = kind == MANY_EDU ? 6 : 20,
	};
	unsigned int point;

	for (point = 0; point < of->points; point++) {
		points[point].x = at_once[point];
		points[point].y = of_one(of, point);
		snprintf(points[point].text, sizeof(points[point].text),
			 "%.3f ms each", 1e3 * of->median[point]);
	}
	chart_draw(chart, &line);
}

static void draw(const char *name)
{
	struct chart chart = {
		.out = fopen(name, "w"),
		.title = "CPU time to save a device, as a multiple of that of one alone",
		.below = "devices saved at the same time",
		.right = MOST,
		.top = highest(),
	};
	int kind;

	if (!chart.out)
		die(strerror(errno));
	chart_begin(&chart);
	draw_axes(&chart);
	draw_goal(&chart);
	for (kind = 0; kind < MANY_KINDS; kind++)
		draw_kind(&chart, kind);
	chart_end(&chart);
	if (fclose(chart.out))
		die(strerror(errno));
}

int main(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	unsigned int rounds = rounds_wanted(ROUNDS_USUAL, ROUNDS_MAX);
	const char *file = argv[1 + json];
	int kind;

	for (kind = 0; kind < MANY_KINDS; kind++)
		open_all(&many[kind], kind);
	measure(rounds);
	for (kind = 0; kind < MANY_KINDS; kind++)
		close_all(&many[kind]);
	if (json)
		print_json();
	else
		print_table();
	if (file)
		draw(file);
	return 0;
}
