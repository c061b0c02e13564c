// SPDX-License-Identifier: GPL-2.0
/* vfio-mig fault: set, show and clear. */
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "tool.h"

#define INDENT	13

/* Lines of their own in text, an array in JSON. */
static void print_armed(const char *armed, int indent)
{
	char line[64];
	size_t length;

	print_start_array("armed");
	if (!*armed)
		print_text("off\n");
	for (; *armed; armed += length + !!armed[length]) {
		length = strcspn(armed, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)length, armed);
		print_string(NULL, "%s\n", line);
		if (armed[length])
			print_text("%*s", indent, "");
	}
	print_end_array();
}

static int show_knob(const struct vfiomig_knob *knob, void *ctx)
{
	const char **device = ctx;

	if (*device) {
		print_start_object(NULL);
		print_string("device", NULL, *device);
		print_start_array("knobs");
		*device = NULL;
	}
	print_start_object(NULL);
	print_string("knob", "%-12s ", knob->name);
	print_armed(knob->armed, INDENT);
	if (tool.verbose)
		print_text("%*s%s\n%*s%s\n", INDENT, "", knob->args, INDENT,
			   "", knob->text);
	print_string("args", NULL, knob->args);
	print_string("text", NULL, knob->text);
	print_end_object();
	return 0;
}

static int fault_show(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_info info;
	const char *device = info.name;

	(void)argc;
	if (vfiomig_lookup(argv[0], &info, &error) ||
	    vfiomig_knobs(argv[0], show_knob, &device, &error))
		return fail(&error);
	print_end_array();
	print_end_object();
	return EXIT_OK;
}

static int fault_set(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_info info;
	struct vfiomig_knob now;

	if (vfiomig_set_knob(argv[0], argv[1],
			     (const char * const *)argv + 2, argc - 2, &now,
			     &error) ||
	    vfiomig_lookup(argv[0], &info, &error))
		return fail(&error);
	print_start_object(NULL);
	print_string("device", "%s: ", info.name);
	print_string("knob", "%s: ", now.name);
	print_armed(now.armed, 4);
	print_end_object();
	return EXIT_OK;
}

static int fault_clear(int argc, char **argv)
{
	const char *knob = argc > 1 ? argv[1] : NULL;
	struct vfiomig_error error;
	struct vfiomig_info info;

	if (vfiomig_clear_knob(argv[0], knob, &error) ||
	    vfiomig_lookup(argv[0], &info, &error))
		return fail(&error);
	print_start_object(NULL);
	print_string("device", "%s: ", info.name);
	if (knob)
		print_string("knob", "%s is off\n", knob);
	else
		print_text("all knobs are off\n");
	print_end_object();
	return EXIT_OK;
}

static const struct command set_command = {
	.name = "set",
	.args = "DEVICE KNOB VALUE...",
	.min_args = 3,
	.max_args = 6,
	.brief = "let something go wrong",
	.text =
"Arms a knob of a device, so that its driver misbehaves until it is cleared or\n"
"bound anew.  Which there are, and what each takes:\n"
"    vfio-mig -v fault show DEVICE\n"
"\n"
"A state is written as elsewhere, an errno by number or name:\n"
"    vfio-mig fault set 01:00.0 fail_arc running-p2p stop EIO",
	.run = fault_set,
};

static const struct command show_command = {
	.name = "show",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "what is armed",
	.text =
"Shows the knobs of a device and what is armed, in the words that set takes.\n"
"With -v also what each takes and does.",
	.run = fault_show,
};

static const struct command clear_command = {
	.name = "clear",
	.args = "DEVICE [KNOB]",
	.min_args = 1,
	.max_args = 2,
	.brief = "let all go well again",
	.text =
"Clears a knob of a device, or all of them.  An arc that is being delayed goes\n"
"on at once.",
	.run = fault_clear,
};

static const struct command * const commands[] = {
	&set_command,
	&show_command,
	&clear_command,
	NULL
};

const struct command fault_object = {
	.name = "fault",
	.args = "COMMAND",
	.text =
"Faults on demand, to see how a VMM takes them: knobs in debugfs of a device\n"
"whose driver is on vfio_mig.  Documentation/faults.md has recipes.",
	.sub = commands,
};
