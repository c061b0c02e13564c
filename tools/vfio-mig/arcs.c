// SPDX-License-Identifier: GPL-2.0
/* vfio-mig arcs: the transitions of a device as a picture. */
#include <stdio.h>
#include <string.h>

#include "arcs.h"
#include "draw.h"
#include "print.h"
#include "tool.h"

static bool svg, dot;

/* The columns' names, in two lines so that all fit into 80 characters. */
static const struct {
	const char *top;
	const char *bottom;
	int width;
} columns[VFIO_MIG_NR_STATES] = {
	[VFIO_MIG_ERROR] = { "", "ERROR", 5 },
	[VFIO_MIG_STOP] = { "", "STOP", 4 },
	[VFIO_MIG_RUNNING] = { "", "RUNNING", 7 },
	[VFIO_MIG_STOP_COPY] = { "STOP_", "COPY", 5 },
	[VFIO_MIG_RESUMING] = { "", "RESUMING", 8 },
	[VFIO_MIG_RUNNING_P2P] = { "RUNNING", "_P2P", 7 },
	[VFIO_MIG_PRE_COPY] = { "PRE_", "COPY", 4 },
	[VFIO_MIG_PRE_COPY_P2P] = { "PRE_COPY", "_P2P", 8 },
};

static bool settable(const struct vfio_mig_routes *routes, __u32 from,
		     __u32 to)
{
	return routes->settable & VFIO_MIG_PAIR(from, to);
}

static bool direct(const struct vfio_mig_routes *routes, __u32 from, __u32 to)
{
	return routes->direct & VFIO_MIG_PAIR(from, to);
}

/* ERROR is a state of every device, though none can be set to it. */
static bool has_state(const struct vfio_mig_routes *routes, __u32 state)
{
	return state == VFIO_MIG_ERROR ||
	       vfio_mig_state_offered(routes->features, state);
}

static char symbol(const struct vfio_mig_routes *routes, __u32 from, __u32 to)
{
	unsigned int hops = routes->hops[from][to];

	if (!has_state(routes, from) || !has_state(routes, to))
		return ' ';
	if (!settable(routes, from, to))
		return '-';
	if (from == to)
		return '=';
	if (direct(routes, from, to))
		return '1';
	return hops > 1 && hops < 10 ? '0' + hops : '+';
}

/* A row, without the blanks at its end. */
static void draw_line(char *line)
{
	size_t length = strlen(line);

	while (length && line[length - 1] == ' ')
		line[--length] = '\0';
	print_text("%s\n", line);
}

static void draw_head(void)
{
	char top[96], bottom[96];
	int to, used = 12;

	snprintf(top, sizeof(top), "%-12s", "from \\ to");
	snprintf(bottom, sizeof(bottom), "%-12s", "");
	for (to = 0; to < VFIO_MIG_NR_STATES; to++) {
		snprintf(top + used, sizeof(top) - used, "  %-*s",
			 columns[to].width, columns[to].top);
		used += snprintf(bottom + used, sizeof(bottom) - used,
				 "  %-*s", columns[to].width,
				 columns[to].bottom);
	}
	draw_line(top);
	draw_line(bottom);
}

static void draw_row(const struct vfio_mig_routes *routes, __u32 from)
{
	char line[96];
	int to, left, used;

	used = snprintf(line, sizeof(line), "%-12s",
			vfio_mig_state_name(from));
	for (to = 0; to < VFIO_MIG_NR_STATES; to++) {
		left = (columns[to].width - 1) / 2;
		used += snprintf(line + used, sizeof(line) - used,
				 "  %*s%c%*s", left, "",
				 symbol(routes, from, to),
				 columns[to].width - 1 - left, "");
	}
	draw_line(line);
}

static void draw(const struct vfio_mig_routes *routes)
{
	int from;

	draw_head();
	for (from = 0; from < VFIO_MIG_NR_STATES; from++)
		draw_row(routes, from);
	print_text("\n1  one arc             2, 3, ...  a combination of so many\n"
		   "-  refused             =          nothing to do\n");
	if (routes->features != (VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
				 VFIO_MIG_HAS_PRE_COPY))
		print_text("   (blank) a state that the device does not offer\n");
}

/* The states entered on the way from @from to @to. */
static void print_route(const struct vfio_mig_routes *routes, __u32 from,
			__u32 to)
{
	__u32 state = from;

	print_start_array("route");
	while (state != to && !direct(routes, state, to) &&
	       routes->hop[state][to] != VFIO_MIG_NO_ROUTE) {
		state = routes->hop[state][to];
		print_string(NULL, " -> %s", vfio_mig_state_name(state));
		if (state == to)
			break;
	}
	if (state != to)
		print_string(NULL, " -> %s", vfio_mig_state_name(to));
	print_end_array();
}

static const char *verdict(const struct vfio_mig_routes *routes, __u32 from,
			   __u32 to)
{
	if (!settable(routes, from, to))
		return "refused";
	if (from == to)
		return "stays";
	return direct(routes, from, to) ? "direct" : "combination";
}

static void list(const struct vfio_mig_routes *routes)
{
	__u32 from, to;

	print_start_array("arcs");
	for (from = 0; from < VFIO_MIG_NR_STATES; from++) {
		for (to = 0; to < VFIO_MIG_NR_STATES; to++) {
			print_start_object(NULL);
			print_string("from", NULL, vfio_mig_state_name(from));
			print_string("to", NULL, vfio_mig_state_name(to));
			print_string("verdict", NULL,
				     verdict(routes, from, to));
			if (settable(routes, from, to))
				print_route(routes, from, to);
			print_end_object();
		}
	}
	print_end_array();
}

static void show_all(struct vfiomig_dev *dev,
		     const struct vfio_mig_routes *routes)
{
	bool asked = vfiomig_arcs_asked(dev);

	print_start_object(NULL);
	print_string("device", "%s: ", vfiomig_name(dev));
	print_features("migration", routes->features);
	print_string("source", NULL, asked ? "driver" : "features");
	print_text(asked ? " (as %s answers)\n\n" :
			   " (as follows from that; %s cannot be asked)\n\n",
		   vfiomig_info(dev)->driver);
	if (tool.json)
		list(routes);
	else
		draw(routes);
	print_end_object();
}

static void draw_picture(struct vfiomig_dev *dev,
			 const struct vfio_mig_routes *routes)
{
	char title[256];

	snprintf(title, sizeof(title), "%s, %s: %s%s%s", vfiomig_name(dev),
		 vfiomig_info(dev)->driver,
		 routes->features & VFIO_MIG_HAS_STOP_COPY ? "STOP_COPY" : "",
		 routes->features & VFIO_MIG_HAS_P2P ? " P2P" : "",
		 routes->features & VFIO_MIG_HAS_PRE_COPY ? " PRE_COPY" : "");
	vfiomig_printable(title);
	if (svg)
		draw_machine_svg(stdout, routes, title);
	else
		draw_machine_dot(stdout, routes, title);
}

static int show_pair(struct vfiomig_dev *dev,
		     const struct vfio_mig_routes *routes, char **states)
{
	struct vfiomig_error error;
	struct vfiomig_arc arc;
	int from = parse_state(states[0]);
	int to = parse_state(states[1]);

	if (from < 0 || to < 0)
		return EXIT_USAGE;
	if (vfiomig_arc(dev, from, to, &arc, &error))
		return fail(&error);
	print_start_object(NULL);
	print_string("from", NULL, vfio_mig_state_name(from));
	print_string("to", NULL, vfio_mig_state_name(to));
	print_string("verdict", "%s: ", verdict(routes, from, to));
	print_text("%s", vfio_mig_state_name(from));
	print_route(routes, from, to);
	print_text("\n");
	print_end_object();
	return EXIT_OK;
}

static int arcs_show(int argc, char **argv)
{
	struct vfio_mig_routes routes;
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int status;

	if (argc == 2)
		return fail_usage("arcs show: it takes one state to go from and one to go to");
	if ((svg || dot) && (argc == 3 || (svg && dot) || tool.json))
		return fail_usage("arcs show: a picture is of all transitions, and either SVG, dot or JSON");
	status = open_device(argv[0], &dev);
	if (status)
		return status;
	if (vfiomig_arcs(dev, &routes, &error))
		status = fail(&error);
	else if (svg || dot)
		draw_picture(dev, &routes);
	else if (argc == 3)
		status = show_pair(dev, &routes, argv + 1);
	else
		show_all(dev, &routes);
	close_device(dev);
	return status;
}

static const struct command_option show_options[] = {
	{ "svg", "draw the states and arcs as an SVG picture", &svg },
	{ "dot", "the same for graphviz", &dot },
	{}
};

static const struct command show_command = {
	.name = "show",
	.args = "DEVICE [FROM TO]",
	.min_args = 1,
	.max_args = 3,
	.brief = "show which transitions a device takes",
	.text =
"Draws all pairs of states: which transitions are one arc, which are a\n"
"combination of several, and which the device refuses.  With FROM and TO, only\n"
"that transition and the states on its way; exit status 4 if it is refused.\n"
"\n"
"A driver on the vfio_mig core is asked.  For others it is what follows from\n"
"the features that they report and from VFIO's rules.",
	.options = show_options,
	.run = arcs_show,
};

static const struct command * const commands[] = {
	&show_command,
	NULL
};

const struct command arcs_object = {
	.name = "arcs",
	.args = "COMMAND",
	.text = "Which transitions between states a device supports.",
	.sub = commands,
};
