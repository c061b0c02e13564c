// SPDX-License-Identifier: GPL-2.0
/*
 * Draws what each arc costs as SVG, on a logarithmic scale: a bar up to the
 * median, a line from there to the 99th percentile.
 */
#include <math.h>
#include <stdio.h>

#include "bench.h"

#define WIDTH	760
#define LEFT	240
#define RIGHT	60
#define TOP	60
#define BAR_H	12
#define ROW_GAP	8
#define ARCS_MAX (VFIO_MIG_NR_STATES * VFIO_MIG_NR_STATES)

static const char * const colours[ROLES] = { "#0b62a8", "#7fb2d9", "#d9822b" };

/**
 * struct plot - what is drawn
 * @rows: Arcs, as 8 * from + to.
 * @low, @high: Powers of ten of nanoseconds that the axis is from and to.
 * @bars: Devices.
 */
struct plot {
	int rows[ARCS_MAX];
	int count;
	int low;
	int high;
	int bars;
};

static const struct series *arc_of(const struct subject *subject, int row)
{
	return &subject->arcs[row / VFIO_MIG_NR_STATES]
			     [row % VFIO_MIG_NR_STATES];
}

static int row_height(const struct plot *plot)
{
	return plot->bars * BAR_H + ROW_GAP;
}

static void widen(struct plot *plot, const struct series *series)
{
	struct summary sum;

	series_sum(series, &sum);
	if (!sum.p50)
		return;
	if (floor(log10(sum.p50)) < plot->low)
		plot->low = floor(log10(sum.p50));
	if (ceil(log10(sum.p99)) > plot->high)
		plot->high = ceil(log10(sum.p99));
}

static void plan(struct bench *bench, struct plot *plot)
{
	bool any;
	int row, i;

	plot->low = 9;
	plot->high = 0;
	for (i = 0; i < ROLES; i++) {
		if (!bench->subjects[i].dev)
			continue;
		plot->bars++;
		widen(plot, &bench->subjects[i].calls[CALL_GET]);
	}
	for (row = 0; row < ARCS_MAX; row++) {
		any = false;
		for (i = 0; i < ROLES; i++) {
			if (!arc_of(&bench->subjects[i], row)->count)
				continue;
			any = true;
			widen(plot, arc_of(&bench->subjects[i], row));
		}
		if (any)
			plot->rows[plot->count++] = row;
	}
	if (plot->high <= plot->low)
		plot->high = plot->low + 1;
}

static double place(const struct plot *plot, __u64 ns)
{
	double share = (log10(ns ? ns : 1) - plot->low) /
		       (plot->high - plot->low);

	return LEFT + (share > 0 ? share : 0) * (WIDTH - LEFT - RIGHT);
}

static void draw_axis(FILE *out, const struct plot *plot, int bottom)
{
	static const char * const units[] = { "ns", "us", "ms", "s" };
	double x;
	int power;

	for (power = plot->low; power <= plot->high; power++) {
		x = LEFT + (double)(power - plot->low) /
		    (plot->high - plot->low) * (WIDTH - LEFT - RIGHT);
		fprintf(out, "<line class=\"axis\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n",
			x, TOP - 6, x, bottom);
		fprintf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">%.0f %s</text>\n",
			x, bottom + 16, pow(10, power % 3),
			units[power / 3 < 3 ? power / 3 : 3]);
	}
}

static void draw_bar(FILE *out, const struct plot *plot,
		     const struct series *series, const char *colour, int y)
{
	struct summary sum;

	series_sum(series, &sum);
	if (!sum.count)
		return;
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>p50 %llu ns, p99 %llu ns</title></rect>\n",
		LEFT, y, place(plot, sum.p50) - LEFT, BAR_H - 2, colour,
		sum.p50, sum.p99);
	fprintf(out, "<line stroke=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n",
		colour, place(plot, sum.p50), y + BAR_H / 2 - 1,
		place(plot, sum.p99), y + BAR_H / 2 - 1);
}

static void draw_row(FILE *out, struct bench *bench, const struct plot *plot,
		     const char *label, int row, int y)
{
	int i;

	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>\n",
		LEFT - 8, y + row_height(plot) / 2, label);
	for (i = 0; i < ROLES; i++) {
		if (!bench->subjects[i].dev)
			continue;
		draw_bar(out, plot, row < 0 ?
			 &bench->subjects[i].calls[CALL_GET] :
			 arc_of(&bench->subjects[i], row), colours[i], y);
		y += BAR_H;
	}
}

static void draw_legend(FILE *out, struct bench *bench)
{
	int i, x = 20;

	for (i = 0; i < ROLES; i++) {
		if (!bench->subjects[i].dev)
			continue;
		fprintf(out, "<rect x=\"%d\" y=\"20\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
			x, colours[i]);
		fprintf(out, "<text x=\"%d\" y=\"30\">%s (%s)</text>\n", x + 18,
			bench->subjects[i].name,
			vfiomig_info(bench->subjects[i].dev)->driver);
		x += 240;
	}
}

void draw_bench(FILE *out, struct bench *bench)
{
	struct plot plot = {};
	int bottom, i, row, y = TOP;
	char label[64];

	plan(bench, &plot);
	bottom = TOP + (plot.count + 1) * row_height(&plot);
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, bottom + 30, WIDTH, bottom + 30);
	fputs("<style>text{font:12px sans-serif;fill:#222}.mid{text-anchor:middle}.end{text-anchor:end}.axis{stroke:#ccc}</style>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
	draw_legend(out, bench);
	draw_axis(out, &plot, bottom);
	draw_row(out, bench, &plot, "GET", -1, y);
	for (i = 0; i < plot.count; i++) {
		row = plot.rows[i];
		y += row_height(&plot);
		snprintf(label, sizeof(label), "%s \342\206\222 %s",
			 vfio_mig_state_name(row / VFIO_MIG_NR_STATES),
			 vfio_mig_state_name(row % VFIO_MIG_NR_STATES));
		draw_row(out, bench, &plot, label, row, y);
	}
	fputs("</svg>\n", out);
}
