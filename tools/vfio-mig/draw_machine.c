// SPDX-License-Identifier: GPL-2.0
/*
 * Draws the states and the arcs between them, from the arc table or from what a
 * device supports: so that the picture cannot say anything that is not so.
 *
 * tools/diagram makes Documentation/machine.svg of this too.
 */
#include <math.h>

#include "draw.h"

#define WIDTH	700
#define HEIGHT	490
#define BOX_W	150
#define BOX_H	44
/* Between an arc and its reverse. */
#define LANE	7

/* Where the states stand; the rest follows from the table. */
static const struct {
	int x, y;
} place[VFIO_MIG_NR_STATES] = {
	[VFIO_MIG_RUNNING] = { 140, 90 },
	[VFIO_MIG_PRE_COPY] = { 560, 90 },
	[VFIO_MIG_RUNNING_P2P] = { 140, 210 },
	[VFIO_MIG_PRE_COPY_P2P] = { 560, 210 },
	[VFIO_MIG_STOP] = { 140, 330 },
	[VFIO_MIG_STOP_COPY] = { 560, 330 },
	[VFIO_MIG_RESUMING] = { 140, 450 },
	[VFIO_MIG_ERROR] = { 560, 450 },
};

/* ---- what is in the picture ---- */

static bool has_state(const struct vfio_mig_routes *routes, unsigned int state)
{
	return !routes || state == VFIO_MIG_ERROR ||
	       vfio_mig_state_offered(routes->features, state);
}

static bool has_arc(const struct vfio_mig_routes *routes, unsigned int from,
		    unsigned int to)
{
	if (!routes)
		return vfio_mig_find_arc(from, to);
	return from != to && routes->direct & VFIO_MIG_PAIR(from, to);
}

static bool is_optional(unsigned int state)
{
	return state != VFIO_MIG_ERROR &&
	       !vfio_mig_state_offered(VFIO_MIG_HAS_STOP_COPY, state);
}

/* ---- as SVG ---- */

static const char *fill(unsigned int state)
{
	if (state == VFIO_MIG_ERROR)
		return "#f8d7da";
	if (vfio_mig_is_saving(state))
		return "#d6e9f8";
	return state == VFIO_MIG_RESUMING ? "#e4d9f3" : "#dff0d8";
}

static void draw_state(FILE *out, unsigned int state, bool dashed)
{
	fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\" stroke=\"#333\"%s/>\n",
		place[state].x - BOX_W / 2, place[state].y - BOX_H / 2,
		BOX_W, BOX_H, fill(state),
		dashed ? " stroke-dasharray=\"5 3\"" : "");
	fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", place[state].x,
		place[state].y + 5, vfio_mig_state_name(state));
}

/* How far along (dx, dy) from a box's centre its edge is, plus a gap. */
static double edge(double dx, double dy)
{
	double x = fabs(dx) > 0.001 ? (BOX_W / 2 + 4) / fabs(dx) : 1e9;
	double y = fabs(dy) > 0.001 ? (BOX_H / 2 + 4) / fabs(dy) : 1e9;

	return x < y ? x : y;
}

static void draw_arc(FILE *out, unsigned int from, unsigned int to, bool both)
{
	double dx = place[to].x - place[from].x;
	double dy = place[to].y - place[from].y;
	double length = sqrt(dx * dx + dy * dy);
	double lane = both ? LANE : 0;
	double x, y, cut;

	dx /= length;
	dy /= length;
	cut = edge(dx, dy);
	x = place[from].x - dy * lane;
	y = place[from].y + dx * lane;
	fprintf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\" marker-end=\"url(#tip)\"/>\n",
		x + dx * cut, y + dy * cut, x + dx * (length - cut),
		y + dy * (length - cut),
		vfio_mig_opens_session(from, to) ? "opens" : "arc");
}

static void draw_arcs(FILE *out, const struct vfio_mig_routes *routes)
{
	unsigned int i, from, to;

	for (i = 0; !routes && i < VFIO_MIG_NR_ACTIONS; i++) {
		from = vfio_mig_arcs[i].from;
		to = vfio_mig_arcs[i].to;
		draw_arc(out, from, to, has_arc(NULL, to, from));
	}
	for (i = 0; routes && i < VFIO_MIG_NR_STATES * VFIO_MIG_NR_STATES;
	     i++) {
		from = i / VFIO_MIG_NR_STATES;
		to = i % VFIO_MIG_NR_STATES;
		if (has_arc(routes, from, to))
			draw_arc(out, from, to, has_arc(routes, to, from));
	}
}

static void draw_head(FILE *out, const char *by)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fprintf(out, "<!-- drawn from %s -->\n", by);
	fputs("<style>\n"
	      "text{font:14px sans-serif;text-anchor:middle;fill:#222}\n"
	      ".small{font-size:12px;text-anchor:start}\n"
	      "line{stroke:#333;stroke-width:1.6}\n"
	      ".opens{stroke:#0b62a8;stroke-width:2.6}\n"
	      "</style>\n"
	      "<defs><marker id=\"tip\" markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" refX=\"9\" refY=\"5\" orient=\"auto\">\n"
	      "<path d=\"M0 0L10 5L0 10z\" fill=\"#333\"/></marker></defs>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
}

static void draw_legend(FILE *out, const char *title)
{
	fprintf(out, "<text class=\"small\" x=\"20\" y=\"22\">%s</text>\n",
		title);
	fputs("<line class=\"opens\" x1=\"20\" y1=\"40\" x2=\"50\" y2=\"40\"/>\n"
	      "<text class=\"small\" x=\"58\" y=\"44\">opens a data session</text>\n"
	      "<text class=\"small\" x=\"478\" y=\"418\">left by a reset, to RUNNING</text>\n",
	      out);
}

void draw_machine_svg(FILE *out, const struct vfio_mig_routes *routes,
		      const char *title)
{
	unsigned int i;

	draw_head(out, routes ? "what a device supports by vfio-mig" :
				"the arc table by tools/diagram");
	draw_arcs(out, routes);
	for (i = 0; i < VFIO_MIG_NR_STATES; i++)
		if (has_state(routes, i))
			draw_state(out, i, !routes && is_optional(i));
	draw_legend(out, title);
	fputs("</svg>\n", out);
}

/* ---- for graphviz ---- */

void draw_machine_dot(FILE *out, const struct vfio_mig_routes *routes,
		      const char *title)
{
	unsigned int from, to;

	fprintf(out, "digraph \"%s\" {\n"
		"\tnode [shape=box style=\"rounded,filled\"];\n", title);
	for (from = 0; from < VFIO_MIG_NR_STATES; from++)
		if (has_state(routes, from))
			fprintf(out, "\t%s [fillcolor=\"%s\"];\n",
				vfio_mig_state_name(from), fill(from));
	for (from = 0; from < VFIO_MIG_NR_STATES; from++)
		for (to = 0; to < VFIO_MIG_NR_STATES; to++)
			if (has_arc(routes, from, to))
				fprintf(out, "\t%s -> %s%s;\n",
					vfio_mig_state_name(from),
					vfio_mig_state_name(to),
					vfio_mig_opens_session(from, to) ?
					" [color=\"#0b62a8\" penwidth=2]" : "");
	fputs("}\n", out);
}
