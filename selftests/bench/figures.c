// SPDX-License-Identifier: GPL-2.0
/* figures.h says what is here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "figures.h"
#include "setting.h"

void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void sort_figures(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
}

double median(double *values, unsigned int count)
{
	sort_figures(values, count);
	return values[count / 2];
}

unsigned int rounds_wanted(unsigned int usual, unsigned int most)
{
	unsigned long wanted = setting("VFIO_MIG_ROUNDS", usual);
	char text[64];

	if (wanted && wanted <= most)
		return wanted;
	snprintf(text, sizeof(text), "VFIO_MIG_ROUNDS: 1 to %u", most);
	die(text);
}
