/* SPDX-License-Identifier: GPL-2.0 */
/* A picture of some lines against two axes, as SVG. */
#ifndef SELFTESTS_BENCH_CHART_H
#define SELFTESTS_BENCH_CHART_H

#include <stdio.h>

/**
 * struct chart - a picture
 * @out: Where it goes.
 * @title: What it shows.
 * @below: What the axis at the bottom says.
 * @right, @top: The values there; at the left and at the bottom they are 0.
 */
struct chart {
	FILE *out;
	const char *title;
	const char *below;
	double right;
	double top;
};

/**
 * struct chart_point - a point of a line
 * @x, @y: Where it is.
 * @text: What is said of it to who points there, or empty.
 */
struct chart_point {
	double x;
	double y;
	char text[64];
};

/**
 * struct chart_line - a line
 * @points, @count: From left to right.
 * @colour: Of the line and of its name.
 * @name: What stands at its right end.
 * @lower: By how much lower than the end; 0 is beside it.
 */
struct chart_line {
	const struct chart_point *points;
	unsigned int count;
	const char *colour;
	const char *name;
	int lower;
};

void chart_begin(const struct chart *chart);

/* A value at the left, with a line across; or at the bottom. */
void chart_mark_y(const struct chart *chart, double y, const char *text);
void chart_mark_x(const struct chart *chart, double x, const char *text);

/* Title, and what is below the axis; after the marks. */
void chart_titles(const struct chart *chart);

/* How high a value is above the bottom, as @lower is counted. */
double chart_height(const struct chart *chart, double y);

void chart_draw(const struct chart *chart, const struct chart_line *line);
void chart_end(const struct chart *chart);

#endif /* SELFTESTS_BENCH_CHART_H */
