// SPDX-License-Identifier: GPL-2.0
/* chart.h says what is here. */
#include "chart.h"

#define WIDTH	760
#define HEIGHT	420
#define LEFT	70
#define RIGHT	190
#define TOP	50
#define BOTTOM	60

static double x_of(const struct chart *chart, double x)
{
	return LEFT + x / chart->right * (WIDTH - LEFT - RIGHT);
}

double chart_height(const struct chart *chart, double y)
{
	return y / chart->top * (HEIGHT - TOP - BOTTOM);
}

static double y_of(const struct chart *chart, double y)
{
	return HEIGHT - BOTTOM - chart_height(chart, y);
}

void chart_begin(const struct chart *chart)
{
	fprintf(chart->out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fputs("<style>text{font:12px sans-serif;fill:#222}.mid{text-anchor:middle}.end{text-anchor:end}.axis{stroke:#ccc}</style>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
	      chart->out);
}

void chart_mark_y(const struct chart *chart, double y, const char *text)
{
	double at = y_of(chart, y);

	fprintf(chart->out, "<line class=\"axis\" x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\"/>\n",
		LEFT, at, WIDTH - RIGHT, at);
	fprintf(chart->out, "<text class=\"end\" x=\"%d\" y=\"%.1f\">%s</text>\n",
		LEFT - 8, at + 4, text);
}

void chart_mark_x(const struct chart *chart, double x, const char *text)
{
	fprintf(chart->out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">%s</text>\n",
		x_of(chart, x), HEIGHT - BOTTOM + 20, text);
}

void chart_titles(const struct chart *chart)
{
	fprintf(chart->out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">%s</text>\n",
		x_of(chart, chart->right / 2), HEIGHT - BOTTOM + 44,
		chart->below);
	fprintf(chart->out, "<text x=\"%d\" y=\"24\">%s</text>\n", LEFT,
		chart->title);
}

void chart_draw(const struct chart *chart, const struct chart_line *line)
{
	const struct chart_point *point = line->points;
	const struct chart_point *end = point + line->count;

	fprintf(chart->out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
		line->colour);
	for (; point < end; point++)
		fprintf(chart->out, "%.1f,%.1f ", x_of(chart, point->x),
			y_of(chart, point->y));
	fprintf(chart->out, "\"/>\n");
	for (point = line->points; point < end; point++)
		if (*point->text)
			fprintf(chart->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>%s</title></circle>\n",
				x_of(chart, point->x), y_of(chart, point->y),
				line->colour, point->text);
	fprintf(chart->out, "<text x=\"%.1f\" y=\"%.1f\" style=\"fill:%s\">%s</text>\n",
		x_of(chart, end[-1].x) + 10,
		y_of(chart, end[-1].y) + 4 + line->lower, line->colour,
		line->name);
}

void chart_end(const struct chart *chart)
{
	fputs("</svg>\n", chart->out);
}
