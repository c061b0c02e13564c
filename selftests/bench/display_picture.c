// SPDX-License-Identifier: GPL-2.0
/* Draws the time after a stop against what was written, as SVG. */
#include "display_bench.h"

#define WIDTH	760
#define HEIGHT	420
#define LEFT	70
#define RIGHT	190
#define TOP	50
#define BOTTOM	60

static double highest(struct stop stops[STOP_SIZES][STOP_SHARES])
{
	double most = 0;
	int i, share;

	for (i = 0; i < STOP_SIZES; i++)
		for (share = 0; share < STOP_SHARES; share++)
			if (stops[i][share].compared > most)
				most = stops[i][share].compared;
	return most;
}

static double x_of(double share)
{
	return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double y_of(double value, double top)
{
	return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
}

static void draw_axes(FILE *out, double top)
{
	int i;

	for (i = 0; i <= 4; i++) {
		fprintf(out, "<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n",
			LEFT, y_of(top * i / 4, top), WIDTH - RIGHT,
			y_of(top * i / 4, top));
		fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%.1f\">%.0f ms</text>\n",
			LEFT - 8, y_of(top * i / 4, top) + 4, 1e3 * top * i / 4);
		fprintf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">%d %%</text>\n",
			x_of(i / 4.0), HEIGHT - BOTTOM + 20, 25 * i);
	}
	fprintf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">written between pre-copy and the stop</text>\n",
		x_of(0.5), HEIGHT - BOTTOM + 44);
	fprintf(out, "<text x=\"%d\" y=\"24\">From the stop to the end of the stream, bochs_vfio_pci</text>\n",
		LEFT);
}

static double compared(const struct stop *stop)
{
	return stop->compared;
}

static double trusted(const struct stop *stop)
{
	return stop->trusted;
}

static void draw_line(FILE *out, const struct stop *stops, double top,
		      double (*value)(const struct stop *stop),
		      const char *colour, const char *label)
{
	double x = 0, y = 0;
	int i;

	fprintf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
		colour);
	for (i = 0; i < STOP_SHARES; i++) {
		x = x_of((double)stops[i].dirty / stops[i].size);
		y = y_of(value(&stops[i]), top);
		fprintf(out, "%.1f,%.1f ", x, y);
	}
	fprintf(out, "\"/>\n");
	for (i = 0; i < STOP_SHARES; i++)
		fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>%zu bytes, %.3f ms</title></circle>\n",
			x_of((double)stops[i].dirty / stops[i].size),
			y_of(value(&stops[i]), top), colour, stops[i].sent,
			1e3 * value(&stops[i]));
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" style=\"fill:%s\">%s</text>\n",
		x + 10, y + 4 + (value == trusted ? 8 : -6), colour, label);
}

void draw_stop(FILE *out, struct stop stops[STOP_SIZES][STOP_SHARES])
{
	static const char * const colours[STOP_SIZES][2] = {
		{ "#d9822b", "#a85a0b" }, { "#7fb2d9", "#0b62a8" },
	};
	double top = highest(stops);
	char label[64];
	int i;

	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fputs("<style>text{font:12px sans-serif;fill:#222}.mid{text-anchor:middle}.end{text-anchor:end}.axis{stroke:#ccc}</style>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
	draw_axes(out, top);
	for (i = 0; i < STOP_SIZES; i++) {
		snprintf(label, sizeof(label), "%zu MiB, all compared",
			 stops[i][0].size >> 20);
		draw_line(out, stops[i], top, compared, colours[i][0], label);
		snprintf(label, sizeof(label), "%zu MiB, not compared",
			 stops[i][0].size >> 20);
		draw_line(out, stops[i], top, trusted, colours[i][1], label);
	}
	fputs("</svg>\n", out);
}
