// SPDX-License-Identifier: GPL-2.0
/*
 * The demo of a network card: QEMU moves a Linux guest with a virtual function of an igb
 * from one to another, while the guest downloads numbered data over one TCP connection and
 * is pinged a hundred times a second.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs.h"
#include "net_picture.h"
#include "scene.h"
#include "words.h"

#define FOLDER		"/scratch/demo"
#define BEFORE_US	1000000
#define AFTER_US	1500000

static const struct way way = {
	.address = "unix:/tmp/vfio-mig-qemu",
	.linux_guest = true,
	.kinds = { SCENE_IGBVF },
};

static struct scene scene;
static struct net_peer peer;
static struct net_watch watch;

/* What is said of a tenth of a second; when it is. */
static const char * const stages[] = { "", "the move", "there" };
static atomic_int stage;

static void must(int ret, const char *what)
{
	if (!ret)
		return;
	fprintf(stderr, "demo: %s: %s; %s; %s\n", what, strerror(-ret), scene.failure,
		net_peer_says(&peer));
	scene_end(&scene);
	exit(1);
}

/* The gap is the longest time without an answer that ended here, or goes on. */
static void show_tenth(struct net_watch *watch)
{
	static unsigned int came;
	static uint64_t bytes;
	uint64_t gap = net_watch_now(watch) - watch->last, all = watch->peer->bytes;

	if (watch->gap > gap)
		gap = watch->gap;
	watch->gap = 0;
	printf("  %4.1f s   %5llu KiB   %2u pings answered   gap %4llu ms   %s\n",
	       net_watch_now(watch) / 1e9, (unsigned long long)(all - bytes) >> 10,
	       watch->came - came, (unsigned long long)gap / 1000000, stages[stage]);
	fflush(stdout);
	came = watch->came;
	bytes = all;
}

static void boot(void)
{
	char interface[32];

	must(net_interface_of_vf(interface, sizeof(interface)), "no VF");
	if (!make_initramfs("linux_net.cpio", "-a igbvf 8021q"))
		must(-ENOENT, "no igbvf for the guest");
	must(net_peer_begin(&peer, interface), "connection");
	must(scene_begin(&scene, &way, 1, NULL), "guest");
	must(scene_start_other(&scene), "destination");
	printf("  It has one connection, and so far %llu KiB over it.\n",
	       (unsigned long long)peer.bytes >> 10);
	fflush(stdout);
}

static void watch_move(uint64_t *from, uint64_t *to)
{
	usleep(BEFORE_US);
	stage = 1;
	*from = net_watch_now(&watch);
	must(scene_go(&scene), "QEMU");
	*to = net_watch_now(&watch);
	stage = 2;
	usleep(AFTER_US);
}

int main(void)
{
	const char *host = getenv("VFIO_MIG_SCRATCH_ON_HOST");
	uint64_t from, to;
	unsigned int lost;

	puts("\nA Linux guest with its own igbvf and a virtual function of an igb network card\n"
	     "downloads numbered data, and is moved by unmodified QEMU to another function");
	boot();
	watch.peer = &peer;
	watch.each_tenth = show_tenth;
	must(net_watch_begin(&watch), "pings");
	watch_move(&from, &to);
	lost = net_watch_end(&watch);
	must(scene_guest_goes_on(&scene), "guest");
	printf("\nThe connection is %s, %llu bytes, none wrong, %u packets lost of %u.\n",
	       peer.over ? "GONE" : "the same", (unsigned long long)peer.bytes, lost,
	       watch.count);
	printf("QEMU says: the guest stood still for %lld ms; the device's state is %lld bytes.\n",
	       (long long)scene.figures.downtime_ms, (long long)scene.figures.device_bytes);
	mkdir(FOLDER, 0755);
	must(net_picture(&watch, from, to, FOLDER), "picture");
	printf("\nThe picture: %s/demo\n  packets.svg  packets.png\n", host ? host : "/scratch");
	scene_end(&scene);
	net_peer_end(&peer);
	return peer.over ? 1 : 0;
}
