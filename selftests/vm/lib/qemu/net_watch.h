/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a person sees of a guest's network while it is moved: a ping each hundredth of a
 * second, and whether and when it was answered; and what came over its connection.
 */
#ifndef SELFTESTS_QEMU_NET_WATCH_H
#define SELFTESTS_QEMU_NET_WATCH_H

#include "echo.h"
#include "net_peer.h"

#define NET_WATCH_MS	10
#define NET_WATCH_MOST	12000 /* pings */

/**
 * struct net_ping - one
 * @sent, @answered: When, in ns from the begin; @answered is 0 if it is not.
 * @bytes: What had come over the connection when it was sent.
 */
struct net_ping {
	uint64_t sent;
	uint64_t answered;
	uint64_t bytes;
};

/**
 * struct net_watch - who looks
 * @peer: Whose connection it is.
 * @udp: By datagrams that the guest sends back, and not by pings.
 * @each_tenth: Called ten times a second by who looks, or NULL.
 * @echo: How it is pinged.
 * @thread: Who looks.
 * @stop: No more.
 * @begin: On the monotonic clock, in ns.
 * @pings, @count: The pings.
 * @came: How many answers have come.
 * @last: When the last of them did.
 * @gap: The longest time without one, since somebody made it 0; in ns.
 */
struct net_watch {
	struct net_peer *peer;
	bool udp;
	void (*each_tenth)(struct net_watch *watch);
	struct echo echo;
	pthread_t thread;
	atomic_bool stop;
	uint64_t begin;
	struct net_ping pings[NET_WATCH_MOST];
	unsigned int count;
	unsigned int came;
	uint64_t last;
	uint64_t gap;
};

/* The first three are set: 0 or -errno. */
int net_watch_begin(struct net_watch *watch);

/* What was sent last has a second to be answered.  How many pings were lost. */
unsigned int net_watch_end(struct net_watch *watch);

/* ns since it began */
uint64_t net_watch_now(const struct net_watch *watch);

#endif /* SELFTESTS_QEMU_NET_WATCH_H */
