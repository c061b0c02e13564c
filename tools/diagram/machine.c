// SPDX-License-Identifier: GPL-2.0
/*
 * Draws Documentation/machine.svg from the arc table, so that the picture
 * cannot say anything that the driver does not do:
 *
 *	make -C tools/diagram
 */
#include <math.h>
#include <stdio.h>

#include "arcs.h"

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

static const char *fill(unsigned int state)
{
	if (state == VFIO_MIG_ERROR)
		return "#f8d7da";
	if (vfio_mig_is_saving(state))
		return "#d6e9f8";
	return state == VFIO_MIG_RESUMING ? "#e4d9f3" : "#dff0d8";
}

static void draw_state(unsigned int state)
{
	int optional = !vfio_mig_state_offered(VFIO_MIG_HAS_STOP_COPY, state) &&
		       state != VFIO_MIG_ERROR;

	printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"%s\" stroke=\"#333\"%s/>\n",
	       place[state].x - BOX_W / 2, place[state].y - BOX_H / 2,
	       BOX_W, BOX_H, fill(state),
	       optional ? " stroke-dasharray=\"5 3\"" : "");
	printf("<text x=\"%d\" y=\"%d\">%s</text>\n", place[state].x,
	       place[state].y + 5, vfio_mig_state_name(state));
}

/* How far along (dx, dy) from a box's centre its edge is, plus a gap. */
static double edge(double dx, double dy)
{
	double x = fabs(dx) > 0.001 ? (BOX_W / 2 + 4) / fabs(dx) : 1e9;
	double y = fabs(dy) > 0.001 ? (BOX_H / 2 + 4) / fabs(dy) : 1e9;

	return x < y ? x : y;
}

static void draw_arc(const struct vfio_mig_arc *arc)
{
	double dx = place[arc->to].x - place[arc->from].x;
	double dy = place[arc->to].y - place[arc->from].y;
	double length = sqrt(dx * dx + dy * dy);
	double lane = vfio_mig_find_arc(arc->to, arc->from) ? LANE : 0;
	double x, y, cut;

	dx /= length;
	dy /= length;
	cut = edge(dx, dy);
	x = place[arc->from].x - dy * lane;
	y = place[arc->from].y + dx * lane;
	printf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\" marker-end=\"url(#tip)\"/>\n",
	       x + dx * cut, y + dy * cut, x + dx * (length - cut),
	       y + dy * (length - cut),
	       vfio_mig_opens_session(arc->from, arc->to) ? "opens" : "arc");
}

static void draw_head(void)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
	       WIDTH, HEIGHT, WIDTH, HEIGHT);
	puts("<!-- drawn from the arc table by tools/diagram -->");
	puts("<style>");
	puts("text{font:14px sans-serif;text-anchor:middle;fill:#222}");
	puts(".small{font-size:12px;text-anchor:start}");
	puts("line{stroke:#333;stroke-width:1.6}");
	puts(".opens{stroke:#0b62a8;stroke-width:2.6}");
	puts("</style>");
	puts("<defs><marker id=\"tip\" markerUnits=\"userSpaceOnUse\" markerWidth=\"10\" markerHeight=\"10\" refX=\"9\" refY=\"5\" orient=\"auto\">");
	puts("<path d=\"M0 0L10 5L0 10z\" fill=\"#333\"/></marker></defs>");
	puts("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
}

static void draw_legend(void)
{
	puts("<text class=\"small\" x=\"20\" y=\"22\">dashed: optional; a device that lacks it passes through it silently</text>");
	puts("<line class=\"opens\" x1=\"20\" y1=\"40\" x2=\"50\" y2=\"40\"/>");
	puts("<text class=\"small\" x=\"58\" y=\"44\">opens a data session</text>");
	puts("<text class=\"small\" x=\"478\" y=\"418\">left by a reset, to RUNNING</text>");
}

int main(void)
{
	unsigned int i;

	draw_head();
	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++)
		draw_arc(&vfio_mig_arcs[i]);
	for (i = 0; i < VFIO_MIG_NR_STATES; i++)
		draw_state(i);
	draw_legend();
	puts("</svg>");
	return 0;
}
