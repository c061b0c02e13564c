/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink family vfio_mig as the tests see it: on libnl and nothing of this
 * project's but the generated header.
 */
#ifndef SELFTESTS_VM_MIG_NETLINK_H
#define SELFTESTS_VM_MIG_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi/linux/vfio_mig_netlink.h"

struct nl_sock;

/* A failure as it comes; all 0 if none came. */
struct told_failure {
	uint32_t error;
	uint32_t from;
	uint32_t to;
	uint32_t section;
	char text[128];
};

/* A device as it comes; -1 for a group that does not. */
struct told_device {
	char name[64];
	char driver[64];
	int group;
	uint32_t index;
	bool open;
	uint32_t state;
	uint64_t state_ns;
	uint64_t features;
	uint64_t bytes_read;
	uint64_t bytes_written;
	uint64_t session_bytes;
	uint64_t sessions;
	uint64_t transitions;
	uint64_t failures;
	uint64_t resets;
	uint32_t state_seq;
	uint32_t progress_seq;
	uint32_t error_seq;
	struct told_failure last_error;
};

#define TOLD_ARCS	32
#define TOLD_DEVICES	16

/* An event as it comes; what it lacks is 0. */
struct told_event {
	unsigned int command;
	char name[64];
	uint32_t seq;
	uint64_t time;
	uint32_t cause;
	uint32_t from;
	uint32_t to;
	uint32_t state;
	uint64_t ns;
	uint32_t error;
	uint64_t session_bytes;
	bool has_remaining;
	uint64_t remaining;
	bool has_initial;
	uint64_t initial;
	uint64_t dirty;
	struct told_failure failure;
	unsigned int arcs;
	struct told_arc {
		uint32_t from;
		uint32_t to;
		uint32_t error;
		uint64_t time;
		uint64_t ns;
	} arc[TOLD_ARCS];
};

/* 0 or -errno. */
int ask_device(const char *name, struct told_device *device);

/* With an attribute that the kernel does not know, or with none. */
int ask_nonsense(bool unknown);

/* How many, or -errno; TOLD_DEVICES at most. */
int ask_all(struct told_device devices[TOLD_DEVICES]);

/**
 * struct listener - a socket that gets events
 * @sock: It.
 * @groups: How many groups could be joined.
 */
struct listener {
	struct nl_sock *sock;
	unsigned int groups;
};

/* Listen to these groups, in a string; 0 or the first -errno. */
int listen_to(struct listener *listener, const char *groups);
void listen_end(struct listener *listener);

/* Room for little: what the kernel grants for @bytes. */
void listen_narrowly(struct listener *listener, int bytes);

/* 1 and the next event; 0 if there is none now; -ENOBUFS if some were lost. */
int listen_next(struct listener *listener, struct told_event *event);

/* Until there is one, or that time is over: 0 or -errno. */
int listen_wait(struct listener *listener, int timeout_ms);

/* Forget all that has come. */
void listen_drain(struct listener *listener);

#endif /* SELFTESTS_VM_MIG_NETLINK_H */
