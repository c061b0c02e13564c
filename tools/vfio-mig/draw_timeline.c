// SPDX-License-Identifier: GPL-2.0
/*
 * Draws a migration over time as SVG: the states of both devices, how many bytes
 * had moved, and the downtime.
 */
#include <string.h>

#include "draw.h"
#include "print.h"

#define WIDTH		820
#define LEFT		110
#define RIGHT		20
#define LANES_TOP	70
#define LANE_H		40
#define LANE_GAP	14
#define BYTES_TOP	(LANES_TOP + 2 * LANE_H + 2 * LANE_GAP)
#define BYTES_H		90
#define BOTTOM		(BYTES_TOP + BYTES_H)
#define HEIGHT		(BOTTOM + 80)
/* The width of a letter of a state's name, about. */
#define LETTER_W	7.0

static const char * const fills[VFIO_MIG_NR_STATES] = {
	[VFIO_MIG_ERROR] = "#f1a9a0",
	[VFIO_MIG_STOP] = "#cfcfcf",
	[VFIO_MIG_RUNNING] = "#a9d8a0",
	[VFIO_MIG_STOP_COPY] = "#8fbfe8",
	[VFIO_MIG_RESUMING] = "#c6afe6",
	[VFIO_MIG_RUNNING_P2P] = "#d3ebc0",
	[VFIO_MIG_PRE_COPY] = "#bfdcf4",
	[VFIO_MIG_PRE_COPY_P2P] = "#dcebf7",
};

static double place(const struct vfiomig_migration *run, __u64 at)
{
	double share = run->total_ns ? (double)(at - run->start) /
				       run->total_ns : 0;

	return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static void format_ns(char *text, size_t size, double ns)
{
	if (ns < 1e6)
		snprintf(text, size, "%.0f us", ns / 1e3);
	else if (ns < 1e9)
		snprintf(text, size, "%.4g ms", ns / 1e6);
	else
		snprintf(text, size, "%.4g s", ns / 1e9);
}

/* ---- the parts of the picture ---- */

static void draw_head(FILE *out)
{
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	fputs("<style>\n"
	      "text{font:12px sans-serif;fill:#222}\n"
	      ".title{font-size:15px}.mid{text-anchor:middle}.end{text-anchor:end}\n"
	      ".axis{stroke:#999}.set{fill:#555}.moved{fill:none;stroke:#0b62a8;stroke-width:2}\n"
	      "</style>\n"
	      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n", out);
}

static void draw_title(FILE *out, const struct vfiomig_migration *run,
		       const char *src, const char *dst)
{
	char total[32], bytes[32];

	format_ns(total, sizeof(total), run->total_ns);
	format_bytes(bytes, sizeof(bytes), run->bytes);
	fprintf(out, "<text class=\"title\" x=\"%d\" y=\"24\">%s to %s: %s in %s</text>\n",
		20, src, dst, bytes, total);
}

static void draw_downtime(FILE *out, const struct vfiomig_migration *run)
{
	double from = place(run, run->stopped);
	double to = place(run, run->stopped + run->downtime_ns);
	char text[32];

	format_ns(text, sizeof(text), run->downtime_ns);
	fprintf(out, "<rect id=\"downtime\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#fbe3e0\"/>\n",
		from, LANES_TOP - 10, to - from, BOTTOM - LANES_TOP + 10);
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">downtime %s</text>\n",
		WIDTH - RIGHT, LANES_TOP - 16, text);
}

static void draw_box(FILE *out, double from, double to, int y, __u32 state)
{
	const char *name = vfio_mig_state_name(state);

	fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"#777\" stroke-width=\"0.5\"><title>%s</title></rect>\n",
		from, y, to - from, LANE_H, fills[state], name);
	if (to - from > strlen(name) * LETTER_W + 6)
		fprintf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			(from + to) / 2, y + LANE_H / 2 + 4, name);
}

/* What the device was in, and in dark, at the foot, that it was being set. */
static void draw_lane(FILE *out, const struct vfiomig_migration *run,
		      const char *device, const char *label, int y)
{
	__u64 since = run->start;
	__u32 state = VFIO_MIG_RUNNING;
	unsigned int i;

	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>\n",
		LEFT - 10, y + LANE_H / 2 + 4, label);
	for (i = 0; i <= run->count; i++) {
		const struct vfiomig_step *step = &run->steps[i];
		__u64 until = i < run->count ? step->at + step->ns :
					       run->start + run->total_ns;

		if (i < run->count && strcmp(step->device, device))
			continue;
		draw_box(out, place(run, since), place(run, until), y, state);
		if (i == run->count)
			break;
		fprintf(out, "<rect class=\"set\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"4\"><title>%s to %s</title></rect>\n",
			place(run, step->at), y + LANE_H - 4,
			place(run, until) - place(run, step->at),
			vfio_mig_state_name(step->from),
			vfio_mig_state_name(step->to));
		since = until;
		state = step->to;
	}
}

static void draw_bytes(FILE *out, const struct vfiomig_migration *run,
		       const struct timeline_sample *samples, size_t count)
{
	char bytes[32];
	double y = BOTTOM;
	size_t i;

	format_bytes(bytes, sizeof(bytes), run->bytes);
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>\n",
		LEFT - 10, BYTES_TOP + 10, bytes);
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">moved</text>\n",
		LEFT - 10, BYTES_TOP + 26);
	fprintf(out, "<path class=\"moved\" d=\"M%d %d", LEFT, BOTTOM);
	for (i = 0; i < count; i++) {
		fprintf(out, "L%.1f %.1f", place(run, samples[i].at), y);
		y = BOTTOM - (run->bytes ? (double)samples[i].bytes /
					   run->bytes : 0) * BYTES_H;
		fprintf(out, "L%.1f %.1f", place(run, samples[i].at), y);
	}
	fprintf(out, "L%d %.1f\"/>\n", WIDTH - RIGHT, y);
}

/* About five of them, at 1, 2 or 5 times a power of ten. */
static double tick_of(double total)
{
	static const double steps[] = { 1, 2, 5 };
	double power = 1;
	int i = 0;

	while (total / (steps[i] * power) > 6) {
		i = (i + 1) % 3;
		if (!i)
			power *= 10;
	}
	return steps[i] * power;
}

static void draw_axis(FILE *out, const struct vfiomig_migration *run)
{
	double tick = tick_of(run->total_ns), at, x;
	char text[32];

	fprintf(out, "<line class=\"axis\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
		LEFT, BOTTOM, WIDTH - RIGHT, BOTTOM);
	for (at = 0; at <= run->total_ns; at += tick) {
		x = place(run, run->start + (__u64)at);
		format_ns(text, sizeof(text), at);
		fprintf(out, "<line class=\"axis\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n",
			x, BOTTOM, x, BOTTOM + 5);
		fprintf(out, "<text class=\"mid\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			x, BOTTOM + 20, at ? text : "0");
	}
}

static bool was_in(const struct vfiomig_migration *run, __u32 state)
{
	unsigned int i;

	for (i = 0; i < run->count; i++)
		if (run->steps[i].from == state || run->steps[i].to == state)
			return true;
	return false;
}

static void draw_legend(FILE *out, const struct vfiomig_migration *run)
{
	int x = 20, y = BOTTOM + 40;
	unsigned int state;

	for (state = 0; state < VFIO_MIG_NR_STATES; state++) {
		const char *name = vfio_mig_state_name(state);

		if (!was_in(run, state))
			continue;
		fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"12\" fill=\"%s\" stroke=\"#777\" stroke-width=\"0.5\"/>\n",
			x, y, fills[state]);
		fprintf(out, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + 17,
			y + 10, name);
		x += 36 + strlen(name) * 7.6;
	}
	fprintf(out, "<rect class=\"set\" x=\"%d\" y=\"%d\" width=\"12\" height=\"4\"/>\n",
		20, y + 26);
	fprintf(out, "<text x=\"%d\" y=\"%d\">a SET of the state</text>\n",
		37, y + 32);
}

void draw_timeline(FILE *out, const struct vfiomig_migration *run,
		   const char *src, const char *dst,
		   const struct timeline_sample *samples, size_t count)
{
	draw_head(out);
	draw_title(out, run, src, dst);
	draw_downtime(out, run);
	draw_lane(out, run, src, "source", LANES_TOP);
	draw_lane(out, run, dst, "destination",
		  LANES_TOP + LANE_H + LANE_GAP);
	draw_bytes(out, run, samples, count);
	draw_axis(out, run);
	draw_legend(out, run);
	fputs("</svg>\n", out);
}
