// SPDX-License-Identifier: GPL-2.0
/* Sets down why something failed, in what can be printed whatever it quotes. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib.h"

static void set_text(struct vfiomig_error *error, int err, const char *format,
		     va_list args)
{
	memset(error, 0, sizeof(*error));
	error->err = err;
	vsnprintf(error->text, sizeof(error->text), format, args);
	vfiomig_printable(error->text);
}

int lib_fail(struct vfiomig_error *error, int err, const char *format, ...)
{
	va_list args;

	if (!error)
		return err;
	va_start(args, format);
	set_text(error, err, format, args);
	va_end(args);
	return err;
}

int lib_fail_errno(struct vfiomig_error *error, int err, const char *format,
		   ...)
{
	va_list args;

	if (!error)
		return err;
	va_start(args, format);
	set_text(error, err, format, args);
	va_end(args);
	lib_append(error, ": %s", strerror(-err));
	return err;
}

void lib_append(struct vfiomig_error *error, const char *format, ...)
{
	size_t used;
	va_list args;

	if (!error)
		return;
	used = strlen(error->text);
	va_start(args, format);
	vsnprintf(error->text + used, sizeof(error->text) - used, format,
		  args);
	va_end(args);
	vfiomig_printable(error->text + used);
}

void lib_hint(struct vfiomig_error *error, const char *format, ...)
{
	va_list args;

	if (!error)
		return;
	va_start(args, format);
	vsnprintf(error->hint, sizeof(error->hint), format, args);
	va_end(args);
	vfiomig_printable(error->hint);
}

bool lib_hint_root(struct vfiomig_error *error, int err)
{
	if (err != -EACCES && err != -EPERM)
		return false;
	lib_hint(error, "run as root");
	return true;
}
