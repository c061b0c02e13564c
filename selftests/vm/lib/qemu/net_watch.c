// SPDX-License-Identifier: GPL-2.0
/* net_watch.h says what is here. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "net_watch.h"
#include "words.h"

#define MS		1000000ull
#define SIZE		64 /* bytes of a packet */
#define TENTH		10 /* pings */
#define LAST_MS		1000

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

uint64_t net_watch_now(const struct net_watch *watch)
{
	return now() - watch->begin;
}

static void note_answer(struct net_watch *watch, uint16_t number)
{
	uint64_t at = net_watch_now(watch);

	if (number >= watch->count || watch->pings[number].answered)
		return;
	watch->pings[number].answered = at;
	watch->came++;
	if (at - watch->last > watch->gap)
		watch->gap = at - watch->last;
	watch->last = at;
}

/* What comes until @until. */
static void listen_until(struct net_watch *watch, uint64_t until)
{
	struct pollfd pollfd = { .fd = watch->echo.fd, .events = POLLIN };
	struct timespec timeout = {};
	uint64_t at;
	uint16_t number;

	for (;;) {
		while (!echo_take(&watch->echo, &number))
			note_answer(watch, number);
		at = net_watch_now(watch);
		if (at >= until)
			return;
		timeout.tv_nsec = (until - at) % 1000000000;
		timeout.tv_sec = (until - at) / 1000000000;
		ppoll(&pollfd, 1, &timeout, NULL);
	}
}

/* One that cannot be sent, as nobody has said where the guest is, is lost. */
static void send_one(struct net_watch *watch)
{
	struct net_ping *ping = &watch->pings[watch->count];

	ping->sent = net_watch_now(watch);
	ping->bytes = atomic_load(&watch->peer->bytes);
	echo_send(&watch->echo, watch->count++, SIZE);
}

static void *look(void *arg)
{
	struct net_watch *watch = arg;
	uint64_t next = 0;

	while (!atomic_load(&watch->stop) && watch->count < NET_WATCH_MOST) {
		listen_until(watch, next);
		send_one(watch);
		if (watch->each_tenth && watch->count % TENTH == 0)
			watch->each_tenth(watch);
		next += NET_WATCH_MS * MS;
		/* Who was held up does not send all of them at once. */
		if (next < net_watch_now(watch))
			next = net_watch_now(watch);
	}
	listen_until(watch, net_watch_now(watch) + LAST_MS * MS);
	return NULL;
}

int net_watch_begin(struct net_watch *watch)
{
	int ret = echo_open(&watch->echo, NET_PEER, NET_GUEST, watch->udp);

	if (ret)
		return ret;
	watch->begin = now();
	ret = pthread_create(&watch->thread, NULL, look, watch);
	if (ret)
		echo_close(&watch->echo);
	return -ret;
}

unsigned int net_watch_end(struct net_watch *watch)
{
	atomic_store(&watch->stop, true);
	pthread_join(watch->thread, NULL);
	echo_close(&watch->echo);
	return watch->count - watch->came;
}
