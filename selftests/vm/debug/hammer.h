/* SPDX-License-Identifier: GPL-2.0 */
/* What the threads that hammer a device share with who looks after them. */
#ifndef SELFTESTS_VM_HAMMER_H
#define SELFTESTS_VM_HAMMER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common.h"

#define HAMMER_FILES	8

/* An edu if the VM has one; or else a display, or a VF of igb, whose PF nobody uses. */
enum hammer_kind {
	HAMMER_EDU,
	HAMMER_DISPLAY,
	HAMMER_VF,
};

/**
 * struct hammer_file - a data file that a SET gave
 * @fd: It, or -1.
 * @saves: It is for reading.
 * @over: Once it was seen to be over, so it has to stay.
 */
struct hammer_file {
	int fd;
	bool saves;
	bool over;
};

/**
 * struct hammer_counts - what was done since the device was bound
 * @failed_sets: SETs that failed.
 * @good_sets: Those that did not.
 * @bytes_read: That came out of data files.
 * @bytes_written: That went into them.
 */
struct hammer_counts {
	atomic_ulong failed_sets;
	atomic_ulong good_sets;
	atomic_ulong bytes_read;
	atomic_ulong bytes_written;
};

/**
 * struct hammer - a device, and what is done to it
 * @bdf: Its address.
 * @kind: What it is.
 * @registers: Where its registers begin, as an offset of the device's file.
 * @quiet: Held for read while a thread does something, for write by who wants
 *	to see the device at rest.
 * @lock: Protects @fd and @files.
 * @fd: The open device, or -1.
 * @files: The last data files, some of which are over.
 * @features: What the device has; constant while it is open.
 * @bound: Odd from before the device is unbound until it is bound, and another
 *	even number each time that it is.
 * @whole: A stream that the device takes.
 * @quit: All is over.
 * @complaints: How many things were found that cannot be.
 */
struct hammer {
	char bdf[64];
	enum hammer_kind kind;
	uint64_t registers;
	pthread_rwlock_t quiet;
	pthread_mutex_t lock;
	int fd;
	struct hammer_file files[HAMMER_FILES];
	atomic_ulong features;
	atomic_uint bound;
	struct stream whole;
	struct hammer_counts counts;
	atomic_bool quit;
	atomic_uint complaints;
};

/**
 * struct hammer_tool - one way to hit
 * @name: What it is called in the log.
 * @hit: Hits once; @seed is the thread's own.
 * @threads: How many do so.
 * @hits: How often that was.
 */
struct hammer_tool {
	const char *name;
	void (*hit)(struct hammer *hammer, unsigned int *seed);
	unsigned int threads;
	atomic_ulong hits;
};

extern struct hammer_tool hammer_tools[];
extern const unsigned int hammer_nr_tools;

/* hammer_watch.c: those that only look. */
void hammer_ask(struct hammer *hammer, unsigned int *seed);
void hammer_listen(struct hammer *hammer, unsigned int *seed);
void hammer_get(struct hammer *hammer, unsigned int *seed);
void hammer_probe(struct hammer *hammer, unsigned int *seed);

/* hammer_look.c: with the device at rest; after a reset; when it is closed. */
void hammer_look_at_device(struct hammer *hammer, struct edu *edu);
void hammer_look_at_reset(struct hammer *hammer, struct edu *edu);
void hammer_look_at_closed(struct hammer *hammer);

/* What cannot be, in the log; there is no end of it, but it is not repeated. */
void hammer_complain(struct hammer *hammer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A descriptor of the device or of some data file, the caller's own, or -1. */
int hammer_take_device(struct hammer *hammer);
int hammer_take_file(struct hammer *hammer, unsigned int *seed, bool *saves);

/* One more data file, in place of the oldest. */
void hammer_keep_file(struct hammer *hammer, int fd);

#endif /* SELFTESTS_VM_HAMMER_H */
