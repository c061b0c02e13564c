// SPDX-License-Identifier: GPL-2.0
/*
 * What a migration's downtime would be over a link of some speed, by the medians
 * of what was measured, if one thing comes after the other.
 */
#include <string.h>

#include "bench.h"

/* The hops from @from to @to. */
static __u64 way(const struct subject *subject, __u32 from, __u32 to)
{
	struct summary sum;
	__u64 ns = 0;
	__u32 next;

	while (from != to) {
		next = subject->routes.hop[from][to];
		series_sum(&subject->arcs[from][next], &sum);
		ns += sum.p50;
		from = next;
	}
	return ns;
}

static __u64 median(const struct series *series)
{
	struct summary sum;

	series_sum(series, &sum);
	return sum.p50;
}

/* Without what PRE_COPY could have sent before: the stream as it was measured. */
void model_downtime(struct bench *bench, unsigned int gigabits,
		    struct downtime *downtime)
{
	struct subject *src = &bench->subjects[ROLE_SELF];
	struct subject *dst = bench_loader(bench, src);

	downtime->stop = way(src, VFIO_MIG_RUNNING, VFIO_MIG_STOP_COPY);
	downtime->save = median(&src->save[BUFFERS - 1]);
	downtime->link = src->bytes * 8 / gigabits;
	downtime->load = median(&dst->load[BUFFERS - 1]);
	downtime->start = way(src, VFIO_MIG_STOP_COPY, VFIO_MIG_STOP) +
			  way(dst, VFIO_MIG_RESUMING, VFIO_MIG_RUNNING);
}

__u64 model_sum(const struct downtime *downtime)
{
	return downtime->stop + downtime->save + downtime->link +
	       downtime->load + downtime->start;
}
