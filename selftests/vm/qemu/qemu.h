/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unmodified QEMU as a test's subject: started with one edu passed through,
 * driven by QMP, its guest's words read from a pipe.  Waiting is by event.
 */
#ifndef SELFTESTS_QEMU_H
#define SELFTESTS_QEMU_H

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/types.h>

#define QEMU_TIMEOUT_MS	120000

/**
 * struct qemu - a running QEMU
 * @pid: The process, 0 if there is none.
 * @qmp: Its QMP socket.
 * @log: What its guest says.
 * @input: Bytes of QMP that are not yet a line.
 * @used: How many.
 * @event: The last event of type MIGRATION, its status.
 * @failure: Why the last call failed, in one line.
 */
struct qemu {
	pid_t pid;
	int qmp;
	int log;
	char input[65536];
	size_t used;
	char event[32];
	char failure[512];
};

/**
 * struct guest - the one guest, wherever it runs
 * @round: The last round that it called right, -1 before the first.
 * @line: What it has begun to say; a move may come in the middle of a word.
 * @used: How much of it.
 * @complaint: What it said instead of a round, or "".
 */
struct guest {
	long round;
	char line[128];
	size_t used;
	char complaint[128];
};

/* @incoming: an address to take a guest from, or NULL to boot one. */
int qemu_start(struct qemu *qemu, const char *bdf, const char *incoming);

/* Ends it, however it is. */
void qemu_stop(struct qemu *qemu);

/* One command: 0 or -errno (-EREMOTEIO: QEMU says no, see @failure). */
int qemu_command(struct qemu *qemu, const char *json);

/* Until the migration is "completed", "failed" or "cancelled". */
int qemu_wait_migration(struct qemu *qemu);

/* Start to migrate to @address. */
int qemu_migrate(struct qemu *qemu, const char *address);

/* Take in what the guest has said; waits until it has ended @rounds rounds. */
int guest_listen(struct guest *guest, struct qemu *qemu, int rounds);

#endif /* SELFTESTS_QEMU_H */
