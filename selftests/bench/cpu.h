/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPU time of the whole system, and not only of the program that asks, as some of a
 * device's work is done by the kernel's threads.
 */
#ifndef SELFTESTS_BENCH_CPU_H
#define SELFTESTS_BENCH_CPU_H

/* Seconds that the processors have run anything, which is in ns and not in ticks. */
double cpu_seconds(void);

/* What runs anyway, in seconds of a second; takes two. */
double idle_share(void);

#endif /* SELFTESTS_BENCH_CPU_H */
