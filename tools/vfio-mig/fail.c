// SPDX-License-Identifier: GPL-2.0
/* How commands fail: one line that says what to do, and an object of JSON. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arcs.h"
#include "batch.h"
#include "print.h"
#include "tool.h"

/**
 * struct failure - what went wrong first in the command line that is carried out
 * @text: In a sentence; NULL: nothing did.
 * @hint: What to do about it, or NULL.
 * @err: The negative errno, or 0.
 */
static struct failure {
	char *text;
	char *hint;
	int err;
} failure;

static void note(const char *text, const char *hint, int err)
{
	if (failure.text)
		return;
	failure.text = strdup(text);
	failure.hint = hint && *hint ? strdup(hint) : NULL;
	failure.err = err;
}

void fail_forget(void)
{
	free(failure.text);
	free(failure.hint);
	memset(&failure, 0, sizeof(failure));
}

/* Of a command that has nothing else to tell, the object that it writes. */
void fail_print(const char *command, int status)
{
	static const char * const name[] = { "error" };

	if (!failure.text)
		return;
	print_set_schema(name, ARRAY_SIZE(name), 1);
	print_start_object(NULL);
	if (*command)
		print_string("command", NULL, command);
	if (batch_line())
		print_number("line", NULL, batch_line());
	print_string("error", NULL, failure.text);
	if (failure.hint)
		print_string("hint", NULL, failure.hint);
	if (failure.err)
		print_number("errno", NULL, -failure.err);
	print_number("status", NULL, status);
	print_end_object();
	print_finish();
}

/* The only way to stderr; but for what progress.c draws there. */
static void say(const char *part)
{
	char *text = printable_here(part);

	fputs(text ? text : "there is no memory", stderr);
	free(text);
}

/* "vfio-mig: ", in a batch which line of it, and what is wrong. */
static void say_line(const char *what)
{
	char place[PATH_MAX + 16];

	fflush(stdout);
	batch_place(place, sizeof(place));
	fputs("vfio-mig: ", stderr);
	say(place);
	say(what);
	fputc('\n', stderr);
}

int fail(const struct vfiomig_error *error)
{
	char text[sizeof(error->text) + sizeof(error->hint) + 2];

	snprintf(text, sizeof(text), "%s%s%s", error->text,
		 error->hint[0] ? "; " : "", error->hint);
	say_line(text);
	note(error->text, error->hint, error->err);
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
	char *text;

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	say_line(text ? text : "there is no memory");
	note(text ? text : "there is no memory", NULL, 0);
	free(text);
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
	char names[128] = "";
	size_t used = 0;
	int i;

	if (state >= 0)
		return state;
	for (i = 0; i < VFIO_MIG_NR_STATES && used < sizeof(names); i++)
		used += snprintf(names + used, sizeof(names) - used, "%s %s",
				 i ? "," : "", vfio_mig_state_name(i));
	fail_usage("%s: not a state; the states are%s", name, names);
	return -1;
}
