// SPDX-License-Identifier: GPL-2.0
/* Numbers that were measured, and what they come to. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void series_add(struct series *series, __u64 value)
{
	unsigned int room = series->room ? 2 * series->room : 1024;
	__u64 *values;

	if (series->count == series->room) {
		values = realloc(series->values, room * sizeof(*values));
		if (!values)
			return;
		series->values = values;
		series->room = room;
	}
	series->values[series->count++] = value;
}

static int compare(const void *left, const void *right)
{
	const __u64 *l = left, *r = right;

	return (*l > *r) - (*l < *r);
}

/* The smallest value that is not less than @percent of them. */
static __u64 percentile(const struct series *sorted, unsigned int percent)
{
	unsigned long rank = ((unsigned long)sorted->count * percent + 99) /
			     100;

	return sorted->values[rank ? rank - 1 : 0];
}

void series_sum(const struct series *series, struct summary *sum)
{
	memset(sum, 0, sizeof(*sum));
	if (!series->count)
		return;
	qsort(series->values, series->count, sizeof(*series->values), compare);
	sum->count = series->count;
	sum->p50 = percentile(series, 50);
	sum->p90 = percentile(series, 90);
	sum->p99 = percentile(series, 99);
	sum->max = series->values[series->count - 1];
}

void series_free(struct series *series)
{
	free(series->values);
	memset(series, 0, sizeof(*series));
}
