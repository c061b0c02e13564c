/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that does not answer before it is told to, and a thread that waits for it
 * in the kernel.
 */
#ifndef SELFTESTS_VM_SLOW_H
#define SELFTESTS_VM_SLOW_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#define SLOW_BYTES	8192

/**
 * struct slow - a use of memory that is not there at first
 * @use: What is done with it; -1 and errno if it fails.  The caller's, as are
 * @fd, @ctx: what that needs to know.
 * @page: SLOW_BYTES, of which the first page is missing.
 * @result: What @use gave, or -errno.
 */
struct slow {
	ssize_t (*use)(struct slow *slow);
	int fd;
	void *ctx;
	uint8_t *page;
	ssize_t result;
	int uffd;
	pthread_t thread;
};

/* Begins the use, and is back when that waits for its memory; 0 or -errno. */
int slow_begin(struct slow *slow);

/* There it is, zeros: the use goes on, and has ended; 0 or -errno. */
int slow_end(struct slow *slow);

#endif /* SELFTESTS_VM_SLOW_H */
