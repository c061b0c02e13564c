// SPDX-License-Identifier: GPL-2.0
/* How commands fail: one line that says what to do. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "arcs.h"
#include "batch.h"
#include "tool.h"

/* "vfio-mig: ", and in a batch which line of it. */
static void start_line(void)
{
	fflush(stdout);
	fputs("vfio-mig: ", stderr);
	batch_print_place();
}

int fail(const struct vfiomig_error *error)
{
	start_line();
	fprintf(stderr, "%s%s%s\n", error->text, error->hint[0] ? "; " : "",
		error->hint);
	return error->err == -EOPNOTSUPP || error->err == -ENOTTY ?
	       EXIT_UNSUPPORTED : EXIT_FAILED;
}

/* A file at fault is no lack of the device's. */
int fail_file(const struct vfiomig_error *error)
{
	fail(error);
	return EXIT_FAILED;
}

static void print_line(const char *format, va_list args)
{
	start_line();
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int fail_plain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
	return EXIT_FAILED;
}

int fail_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
	return EXIT_USAGE;
}

int fail_held(const char *name)
{
	return fail_plain("%s: this batch keeps it open; first: dev close %s",
			  name, name);
}

int parse_state(const char *name)
{
	int state = vfiomig_state_number(name);
	int i;

	if (state >= 0)
		return state;
	start_line();
	fprintf(stderr, "%s: not a state; the states are", name);
	for (i = 0; i < VFIO_MIG_NR_STATES; i++)
		fprintf(stderr, "%s %s", i ? "," : "",
			vfio_mig_state_name(i));
	fputc('\n', stderr);
	return -1;
}
