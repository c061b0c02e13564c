/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the calling task has been in the kernel, of what is built to say so: on the
 * debug kernel this project's modules.  Work that the kernel does for it at another
 * time, in a task of its own, is not seen.
 *
 * What counts is a step: from one place in the code to the next, in a situation that
 * the caller has a number for.
 */
#ifndef SELFTESTS_VM_KCOV_H
#define SELFTESTS_VM_KCOV_H

#include <stdbool.h>

#define KCOV_STEPS	(64 * 1024)	/* a power of two, more than there are */

/**
 * struct kcov - where it has been
 * @fd: The kernel's file.
 * @trace: A number, and so many addresses, which the kernel adds to.
 * @step: Those that were seen, each where its hash says or behind that.
 * @steps: How many.
 */
struct kcov {
	int fd;
	unsigned long *trace;
	unsigned long step[KCOV_STEPS];
	unsigned int steps;
};

/* Has this kernel such a thing? */
bool kcov_is_there(void);

/* Of the calling task, from here on: 0 or -errno. */
int kcov_open(struct kcov *kcov);

/* What it has been through until now does not count. */
void kcov_forget(struct kcov *kcov);

/* Steps since then, or since the last call, that were never seen in @situation. */
unsigned int kcov_new_steps(struct kcov *kcov, unsigned int situation);

#endif /* SELFTESTS_VM_KCOV_H */
