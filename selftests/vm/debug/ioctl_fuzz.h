/* SPDX-License-Identifier: GPL-2.0 */
/* The calls that a device takes, and programs made of them. */
#ifndef SELFTESTS_VM_IOCTL_FUZZ_H
#define SELFTESTS_VM_IOCTL_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "common.h"

#define FUZZ_ARGS	4
#define FUZZ_CALLS	10
#define FUZZ_KINDS	32	/* at most */
#define FUZZ_TEXT	2048	/* of a program, and more */

/* What numbers are good for an argument, most of the time. */
enum fuzz_type {
	FUZZ_NONE,	/* there is no such argument */
	FUZZ_STATE,	/* one of the eight */
	FUZZ_SIZE,	/* of an argument, or of what is read and written */
	FUZZ_SOME,	/* a bit, or a place in a struct; 0 is what a user says */
	FUZZ_SMALL,	/* an index, a number of a feature */
	FUZZ_OFFSET,	/* where something may be in a BAR */
	FUZZ_IOVA,	/* memory that the device sees */
	FUZZ_VALUE,	/* whatever 64 bits hold */
};

/**
 * struct fuzz_device - an open device, and what calls leave for later ones
 * @edu: The device; of a display, just the library's handle.
 * @display: It is one.
 * @state: The one that the last SET has brought about.
 * @logs: DMA logging was started.
 * @data_fd: The last that a SET gave, or -1.
 * @written: How much of @whole has gone into it.
 * @whole: A stream that the device takes.
 */
struct fuzz_device {
	struct edu edu;
	bool display;
	unsigned int state;
	bool logs;
	int data_fd;
	size_t written;
	struct stream whole;
};

/**
 * struct fuzz_kind - a kind of call
 * @name: In a program's text.
 * @call: Makes it; has it worked?
 * @arg: What its arguments are called, and what may be in them.
 */
struct fuzz_kind {
	const char *name;
	bool (*call)(struct fuzz_device *device, const uint64_t arg[FUZZ_ARGS]);
	struct {
		const char *name;
		enum fuzz_type type;
	} arg[FUZZ_ARGS];
};

/* ioctl_fuzz_calls.c has all of them. */
extern const struct fuzz_kind fuzz_kinds[];
extern const unsigned int fuzz_nr_kinds;

struct fuzz_call {
	unsigned int kind;
	uint64_t arg[FUZZ_ARGS];
};

struct fuzz_program {
	unsigned int count;
	struct fuzz_call call[FUZZ_CALLS];
};

/* ---- ioctl_fuzz_device.c ---- */

/*
 * The first edu, or the first display in a VM that has no edu, and a stream of it:
 * 0 or -errno.
 */
int fuzz_open(struct fuzz_device *device);
void fuzz_close(struct fuzz_device *device);

/* As it was after fuzz_open(), whatever was done to it; 0 or -errno. */
int fuzz_renew(struct fuzz_device *device);

/* The one that there was is closed. */
void fuzz_keep_file(struct fuzz_device *device, int data_fd);

/* ---- ioctl_fuzz_programs.c ---- */

/* A new one, of calls that have nothing to do with each other. */
void fuzz_make(struct fuzz_program *program, unsigned int *seed);

/* Another of its kind; some of @other may come to be in it. */
void fuzz_change(struct fuzz_program *program, const struct fuzz_program *other,
		 unsigned int *seed);

/* In words, and back: 0, or -EINVAL if that is no program. */
void fuzz_write(const struct fuzz_program *program, char text[FUZZ_TEXT]);
int fuzz_read(struct fuzz_program *program, const char *text);

#endif /* SELFTESTS_VM_IOCTL_FUZZ_H */
