// SPDX-License-Identifier: GPL-2.0
/* How commands fail: one line that says what to do. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "arcs.h"
#include "tool.h"

int fail(const struct vfiomig_error *error)
{
	fflush(stdout);
	fprintf(stderr, "vfio-mig: %s%s%s\n", error->text,
		error->hint[0] ? "; " : "", error->hint);
	return error->err == -EOPNOTSUPP || error->err == -ENOTTY ?
	       EXIT_UNSUPPORTED : EXIT_FAILED;
}

/* A file at fault is no lack of the device's. */
int fail_file(const struct vfiomig_error *error)
{
	fail(error);
	return EXIT_FAILED;
}

int fail_usage(const char *format, ...)
{
	va_list args;

	fputs("vfio-mig: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

int open_device(const char *name, struct vfiomig_dev **dev)
{
	struct vfiomig_error error;

	return vfiomig_open(name, tool.iommu, dev, &error) ? fail(&error) :
							     EXIT_OK;
}

int parse_state(const char *name)
{
	int state = vfiomig_state_number(name);
	int i;

	if (state >= 0)
		return state;
	fprintf(stderr, "vfio-mig: %s: not a state; the states are", name);
	for (i = 0; i < VFIO_MIG_NR_STATES; i++)
		fprintf(stderr, "%s %s", i ? "," : "",
			vfio_mig_state_name(i));
	fputc('\n', stderr);
	return -1;
}
