// SPDX-License-Identifier: GPL-2.0
/* Draws the time after a stop against what was written, as SVG. */
#include "chart.h"
#include "display_bench.h"

static double higher(double a, double b)
{
	return a > b ? a : b;
}

static double highest(struct stop stops[STOP_SIZES][STOP_SHARES])
{
	double most = 0;
	int i, share;

	for (i = 0; i < STOP_SIZES; i++)
		for (share = 0; share < STOP_SHARES; share++)
			most = higher(most, higher(stops[i][share].compared,
						   stops[i][share].trusted));
	return most;
}

static void draw_axes(const struct chart *chart)
{
	char text[32];
	int i;

	for (i = 0; i <= 4; i++) {
		snprintf(text, sizeof(text), "%.0f ms",
			 1e3 * chart->top * i / 4);
		chart_mark_y(chart, chart->top * i / 4, text);
		snprintf(text, sizeof(text), "%d %%", 25 * i);
		chart_mark_x(chart, i / 4.0, text);
	}
	chart_titles(chart);
}

/* One of two that can end close to each other. */
static void draw_line(const struct chart *chart, const struct stop *stops,
		      bool compared, const char *colour)
{
	const struct stop *last = &stops[STOP_SHARES - 1];
	struct chart_point points[STOP_SHARES];
	struct chart_line line = {
		.points = points,
		.count = STOP_SHARES,
		.colour = colour,
		.lower = compared == (last->compared > last->trusted) ? -6 : 8,
	};
	char name[64];
	int i;

	for (i = 0; i < STOP_SHARES; i++) {
		points[i].x = (double)stops[i].dirty / stops[i].size;
		points[i].y = compared ? stops[i].compared : stops[i].trusted;
		snprintf(points[i].text, sizeof(points[i].text),
			 "%zu bytes, %.3f ms", stops[i].sent,
			 1e3 * points[i].y);
	}
	snprintf(name, sizeof(name), "%zu MiB, %s compared",
		 stops[0].size >> 20, compared ? "all" : "not");
	line.name = name;
	chart_draw(chart, &line);
}

void draw_stop(FILE *out, struct stop stops[STOP_SIZES][STOP_SHARES])
{
	static const char * const colours[STOP_SIZES][2] = {
		{ "#d9822b", "#a85a0b" }, { "#7fb2d9", "#0b62a8" },
	};
	struct chart chart = {
		.out = out,
		.title = "From the stop to the end of the stream, bochs_vfio_pci",
		.below = "written between pre-copy and the stop",
		.right = 1,
		.top = highest(stops),
	};
	int i;

	chart_begin(&chart);
	draw_axes(&chart);
	for (i = 0; i < STOP_SIZES; i++) {
		draw_line(&chart, stops[i], true, colours[i][0]);
		draw_line(&chart, stops[i], false, colours[i][1]);
	}
	chart_end(&chart);
}
