/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs share that measure: how often, what it comes to, how they end. */
#ifndef SELFTESTS_BENCH_FIGURES_H
#define SELFTESTS_BENCH_FIGURES_H

#define MIB	1048576.0

/* Ends the program, which says why. */
void __attribute__((noreturn)) die(const char *what);

/* From the least to the most. */
void sort_figures(double *values, unsigned int count);

/* The one in the middle; sorts them. */
double median(double *values, unsigned int count);

/* What VFIO_MIG_ROUNDS says, 1 to @most, or @usual. */
unsigned int rounds_wanted(unsigned int usual, unsigned int most);

#endif /* SELFTESTS_BENCH_FIGURES_H */
