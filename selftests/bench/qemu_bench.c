// SPDX-License-Identifier: GPL-2.0
/*
 * How long it takes unmodified QEMU to move a guest with an edu, beside the
 * kernel's sample of a device that migrates, mtty.
 *
 *	qemu_bench [-j] [MOVES]
 *
 * or as often as VFIO_MIG_ROUNDS says, and
 * wants four edus, and mtty's module.  An edu can write to any memory of the
 * guest and an mtty to none, so that QEMU sends all of it again after the stop
 * with the one, and what the guest wrote with the other.  Therefore each is
 * measured beside an edu as well: then they differ in nothing but the device.
 * Of an edu in software it is known what it writes; it is left out where
 * edu_mdev is not loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "scene.h"
#include "setting.h"

#define MOVES_MAX	1000
/* What is compared is done in turn, so often at once. */
#define AT_ONCE		5
#define UNTRACKED	",x-device-dirty-page-tracking=off"

/**
 * struct line - what is moved
 * @name: For programs.
 * @text: For people.
 * @way: How, and which devices.
 * @each: How many devices.
 * @beside: The line that it is compared to, or -1.
 */
struct line {
	const char *name;
	const char *text;
	struct way way;
	unsigned int each;
	int beside;
};

enum { MTTY, SOFTWARE, EDU, EDU_MTTY, EDU_EDU, LINES };

#define ADDRESS	.address = "unix:/tmp/vfio-mig-qemu", .options = UNTRACKED

static const struct line lines[LINES] = {
	[MTTY] = {
		"mtty", "an mtty", { ADDRESS, .kinds = { SCENE_MTTY } }, 1, -1
	},
	[SOFTWARE] = {
		"edu_mdev", "an edu in software",
		{ ADDRESS, .kinds = { SCENE_SOFTWARE } }, 1, MTTY
	},
	[EDU] = {
		"edu", "an edu", { ADDRESS }, 1, MTTY
	},
	[EDU_MTTY] = {
		"edu_mtty", "an edu and an mtty",
		{ ADDRESS, .kinds = { SCENE_EDU, SCENE_MTTY } }, 2, -1
	},
	[EDU_EDU] = {
		"edu_edu", "two edus", { ADDRESS }, 2, EDU_MTTY
	},
};

enum { TOTAL, DOWNTIME, MEMORY, DEVICES, FIGURES };

static const char * const figure_names[FIGURES] = {
	"total_ms", "downtime_ms", "memory_bytes", "device_bytes"
};

static double measured[LINES][FIGURES][MOVES_MAX];

static bool is_there(int line)
{
	return line != SOFTWARE || scene_can_create(SCENE_SOFTWARE);
}

static void note(double at[FIGURES][MOVES_MAX], unsigned int move,
		 const struct figures *figures)
{
	at[TOTAL][move] = figures->total_ms;
	at[DOWNTIME][move] = figures->downtime_ms;
	at[MEMORY][move] = figures->ram_bytes;
	at[DEVICES][move] = figures->device_bytes;
}

static void measure(int line, unsigned int from, unsigned int to)
{
	static struct scene scene;
	unsigned int move;

	if (scene_begin(&scene, &lines[line].way, lines[line].each, NULL))
		die(scene.failure);
	for (move = from; move < to; move++) {
		if (scene_move(&scene))
			die(scene.failure);
		note(measured[line], move, &scene.figures);
	}
	scene_end(&scene);
}

static void sort(unsigned int moves)
{
	int line, figure;

	for (line = 0; line < LINES; line++)
		for (figure = 0; figure < FIGURES; figure++)
			sort_figures(measured[line][figure], moves);
}

static double middle(int line, int figure, unsigned int moves)
{
	return measured[line][figure][moves / 2];
}

static void print_row(int line, unsigned int moves)
{
	printf("%-22s %7.0f %6.0f %7.0f %6.0f %12.0f %12.0f\n",
	       lines[line].text, middle(line, TOTAL, moves),
	       measured[line][TOTAL][moves - 1], middle(line, DOWNTIME, moves),
	       measured[line][DOWNTIME][moves - 1],
	       middle(line, MEMORY, moves) / 1024,
	       middle(line, DEVICES, moves));
}

static double ratio(int line, int figure, unsigned int moves)
{
	return middle(line, figure, moves) /
	       middle(lines[line].beside, figure, moves);
}

static void print_ratios(int line, unsigned int moves)
{
	printf("%-22s %7.2f %6s %7.2f %6s %12.2f %12.2f\n", "  times that",
	       ratio(line, TOTAL, moves), "", ratio(line, DOWNTIME, moves), "",
	       ratio(line, MEMORY, moves), ratio(line, DEVICES, moves));
}

static void print_table(unsigned int moves)
{
	int line;

	printf("A guest moved by QEMU %u times: medians, and the most\n\n",
	       moves);
	printf("%-22s %14s %14s %12s %12s\n", "", "total, ms", "downtime, ms",
	       "memory, KiB", "devices, B");
	for (line = 0; line < LINES; line++) {
		if (!is_there(line))
			continue;
		print_row(line, moves);
		if (lines[line].beside >= 0)
			print_ratios(line, moves);
	}
}

static void print_json(unsigned int moves)
{
	int line, figure;

	printf("{\"moves\": %u", moves);
	for (line = 0; line < LINES; line++) {
		if (!is_there(line))
			continue;
		printf(", \"%s\": {", lines[line].name);
		for (figure = 0; figure < FIGURES; figure++)
			printf("%s\"%s\": {\"median\": %.0f, \"most\": %.0f}",
			       figure ? ", " : "", figure_names[figure],
			       middle(line, figure, moves),
			       measured[line][figure][moves - 1]);
		printf("}");
	}
	printf("}\n");
}

int main(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	unsigned int moves = setting("VFIO_MIG_ROUNDS", 20), from, to;
	int line;

	if (argc > 1 + json)
		moves = atoi(argv[1 + json]);
	if (!moves || moves > MOVES_MAX)
		die("usage: qemu_bench [-j] [MOVES, at most 1000]");
	for (from = 0; from < moves; from = to) {
		to = from + AT_ONCE < moves ? from + AT_ONCE : moves;
		for (line = 0; line < LINES; line++)
			if (is_there(line))
				measure(line, from, to);
	}
	sort(moves);
	if (json)
		print_json(moves);
	else
		print_table(moves);
	return 0;
}
