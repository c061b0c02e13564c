/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Unmodified QEMU as a test's subject: started with devices passed through,
 * driven by QMP (qmp.c), its guest's words read from a pipe (guest_log.c); here
 * or on another host (remote.c).
 * Waiting is by event.
 *
 * Functions return 0 or -errno; the reason is in qemu->failure.
 */
#ifndef SELFTESTS_QEMU_H
#define SELFTESTS_QEMU_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define QEMU_DEVICES	4

/* A Linux guest's; the test makes it. */
#define QEMU_INITRAMFS	"/tmp/vfio-mig-initramfs"

/**
 * struct qemu_setup - what a QEMU is started with
 * @name: The devices that are passed through, in the guest's order of slots: PCI
 *	addresses, or UUIDs of mediated devices.
 * @count: How many.
 * @options: More options of each of them, with a comma before, or "".
 * @linux_guest: The guest is the VM's own kernel with what initramfs.h made,
 *	instead of guest.c.
 * @tcg: By TCG, where there is KVM too.
 * @tap: Of a virtio-net card, or NULL if it has none.
 * @incoming: Where to take a guest from ("defer": qemu_incoming() says it
 *	later), or NULL to boot one.
 */
struct qemu_setup {
	const char *name[QEMU_DEVICES];
	unsigned int count;
	const char *options;
	bool linux_guest;
	bool tcg;
	const char *tap;
	const char *incoming;
};

/**
 * struct qemu - a running QEMU
 * @pid: The process, 0 if there is none.
 * @qmp: Its QMP socket.
 * @log: What its guest says.
 * @errors: A file with what it complains of.
 * @input: Bytes of QMP that are not yet a line.
 * @used: How many.
 * @events: The status of all events of type MIGRATION since the last
 *	qemu_migrate() or qemu_incoming(), a blank after each.
 * @event: The last of them.
 * @passes: How often it went through the guest's memory since then.
 * @stopped: The guest stands still.
 * @failure: Why the last call failed, in one line.
 */
struct qemu {
	pid_t pid;
	int qmp;
	int log;
	int errors;
	char input[65536];
	size_t used;
	char events[256];
	char event[32];
	int64_t passes;
	bool stopped;
	char failure[512];
};

/**
 * struct figures - what QEMU says of a migration that is over
 * @total_ms: From its beginning to its end.
 * @downtime_ms: How long the guest stood still.
 * @ram_bytes: What was sent of the guest's memory.
 * @pages: Of how many pages that told, one as often as it was sent.
 * @guest_pages: How many the guest has.
 * @device_bytes: What was sent of the devices' state.
 */
struct figures {
	int64_t total_ms;
	int64_t downtime_ms;
	int64_t ram_bytes;
	int64_t pages;
	int64_t guest_pages;
	int64_t device_bytes;
};

/* For the log of a test; @what is how the line begins, with its arguments. */
#define LOG_FIGURES(figures, what, ...)					\
	TH_LOG(what "total %lld ms, downtime %lld ms; %lld bytes of memory, %lld of devices", \
	       ##__VA_ARGS__, (long long)(figures)->total_ms,		\
	       (long long)(figures)->downtime_ms,			\
	       (long long)(figures)->ram_bytes,				\
	       (long long)(figures)->device_bytes)

/**
 * struct guest - the one guest, wherever it runs
 * @round: The last round that it called right, -1 before the first.
 * @line: What it has begun to say; a move may come in the middle of a word.
 * @used: How much of it.
 * @pause_ms: How long it stood still when it was moved last.
 * @complaint: What it said instead of a round, or "".
 */
struct guest {
	long round;
	char line[128];
	size_t used;
	int64_t pause_ms;
	char complaint[128];
};

/* ---- accel.c ---- */

/* Can guests have KVM here?  Loads its module if nobody has. */
bool qemu_has_kvm(void);

/* ---- qemu.c: the process ---- */

/*
 * How long to wait for anything but a guest that has booted, patience() in it: 400 s times
 * that, if the test says nothing else.
 */
int qemu_timeout_ms(void);
void qemu_set_timeout_ms(int ms);

int qemu_start(struct qemu *qemu, const struct qemu_setup *setup);

/*
 * Become a QEMU that is driven by the socket @qmp, and whose guest writes to
 * @log; what it complains of goes to @errors.  Does not return.
 */
void qemu_become(const struct qemu_setup *setup, int qmp, int log, int errors);

/* The first words to one that has just been started. */
int qemu_greet(struct qemu *qemu);

/* It does nothing at all, with its guest and its sockets; it goes on. */
void qemu_freeze(struct qemu *qemu);
void qemu_thaw(struct qemu *qemu);

/* Ends it, however it is. */
void qemu_stop(struct qemu *qemu);

/* The last line that it complained in is why it does not answer: @failure. */
void qemu_last_words(struct qemu *qemu);

/* Has it complained of something with these words in it? */
bool qemu_said(struct qemu *qemu, const char *words);

/* ---- qmp.c: what it is told, and what it answers ---- */

/* One command, in JSON; -EREMOTEIO: QEMU says no. */
int qemu_command(struct qemu *qemu, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same in two steps. */
int qemu_ask(struct qemu *qemu, const char *json);
int qemu_answered(struct qemu *qemu);

/* The same, and its answer: to be put by the caller, NULL if it says no. */
struct json_object *qemu_query(struct qemu *qemu, const char *json);

/* 10 of 10.0, or -1. */
int qemu_version(struct qemu *qemu);

int qemu_capability(struct qemu *qemu, const char *name);

/* What a key for TLS is made of where it has to be the same at both ends. */
#define QEMU_KEY	4711

/* Put a key where qemu_tls() has a QEMU of this host look for it. */
int qemu_make_key(unsigned int key);

/* That key is used for TLS, as a "client" or "server". */
int qemu_tls(struct qemu *qemu, const char *endpoint);

/* It stops its guest once it expects to need no longer than that. */
int qemu_downtime_limit(struct qemu *qemu, unsigned int ms);

/* Start to migrate to @address; to take a guest from there. */
int qemu_migrate(struct qemu *qemu, const char *address);
int qemu_incoming(struct qemu *qemu, const char *address);

/* Until the migration is "completed", "failed" or "cancelled". */
int qemu_wait_migration(struct qemu *qemu);

/* Until there is an event of it, or words of the guest, to be taken; @ms at most. */
int qemu_wait_word(struct qemu *qemu, int ms);

/* Is it over?  Takes the events that are there. */
bool qemu_migration_over(struct qemu *qemu);

/* Until the guest does not stand still; after a failure that is a bit later. */
int qemu_wait_running(struct qemu *qemu);

/*
 * The guest goes on here although its migration was "completed", which QEMU
 * says a bit before it is ready for that.
 */
int qemu_continue(struct qemu *qemu);
int qemu_figures(struct qemu *qemu, struct figures *figures);

/* ---- guest_log.c: what the guest says ---- */

/*
 * Take in what the guest has said; waits until it has ended @rounds rounds, however long
 * that takes, but not if it stands still: -ETIMEDOUT.
 */
int guest_listen(struct guest *guest, struct qemu *qemu, int rounds);

#define GUEST_SILENCE_MS	120000

/*
 * For how long a guest has to say nothing to stand still: qemu_timeout_ms() while it boots.
 * Then that, if the test says nothing else, times patience(), and @pause_ms more: whoever
 * has sent something to a guest that did not answer waits twice as long after each try
 * (RFC 6298, 5.5), so the next one comes within the time that the guest was away.
 */
int guest_silence_ms(const struct guest *guest);
void guest_set_silence_ms(int ms);

/* The step that it did not get over, and why; @error is what guest_listen() returned. */
void guest_why(const struct guest *guest, int error, char *text, size_t size);

/* Until there is something to read: 0, or -errno; -ETIMEDOUT after @ms. */
int qemu_wait_for(int fd, int ms);

#endif /* SELFTESTS_QEMU_H */
