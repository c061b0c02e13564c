/* SPDX-License-Identifier: GPL-2.0 */
/* Commands from a file, a line each. */
#ifndef VFIO_MIG_BATCH_H
#define VFIO_MIG_BATCH_H

#include <stdbool.h>
#include <stddef.h>

/* All of @path, or of stdin if that is "-"; after a failure too if @force. */
int batch_run(const char *path, bool force);

/*
 * The words of each line, with the program's name before them; what it returns is an
 * exit status.  A line of a batch may have such a file of its own.
 */
typedef int (*batch_run_line)(int count, char **words);

int batch_each(const char *path, bool force, batch_run_line run);

/* Is a line of a batch being carried out? */
bool in_batch(void);

/* Which line that is, as "FILE:LINE: "; nothing without a batch. */
void batch_place(char *text, size_t size);

/* Its number; 0 without a batch. */
unsigned int batch_line(void);

/* main.c: carry out one command line; returns the exit status. */
int run_line(int argc, char **argv);

#endif /* VFIO_MIG_BATCH_H */
