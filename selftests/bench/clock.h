/* SPDX-License-Identifier: GPL-2.0 */
/* What the measurements are made with. */
#ifndef SELFTESTS_BENCH_CLOCK_H
#define SELFTESTS_BENCH_CLOCK_H

#include <time.h>

static inline double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

#endif /* SELFTESTS_BENCH_CLOCK_H */
