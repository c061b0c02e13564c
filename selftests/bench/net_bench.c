// SPDX-License-Identifier: GPL-2.0
/*
 * What a person loses of a guest's network when QEMU moves the guest: one with a VF of igb,
 * beside one with a plain virtio-net card, which QEMU moves by itself; what of the time that
 * the guest stands still is the VF's own; and how many frames a VF sends, with this driver
 * and with vfio-pci, which maps all of it, and with vfio-pci once more, to see how much of a
 * ratio is chance.
 *
 *	net_bench [-j]
 *
 * as often as VFIO_MIG_ROUNDS says.  Wants two VFs of a PF, tun and bridge.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "figures.h"
#include "igbvf_pair.h"
#include "initramfs.h"
#include "net_watch.h"
#include "scene.h"

#define MOVES		10
#define MOST		200
#define BEFORE_US	300000
#define AFTER_US	500000
#define BRIDGE		"wire-bridge"
#define THROTTLE	488 /* VTEITR of Linux's igbvf */
#define FRAMES		20000
#define FRAME		1500 /* bytes */

enum { VF, VIRTIO, CARDS };
enum { DOWNTIME, GAP, PINGS, DATAGRAMS, FIGURES };
enum { STOP, READ, WRITTEN, START, PARTS };
enum { OURS, PLAIN, AGAIN, DRIVERS };

static const struct way ways[CARDS] = {
	[VF] = {
		.address = "unix:/tmp/vfio-mig-qemu", .linux_guest = true,
		.kinds = { SCENE_IGBVF },
	},
	[VIRTIO] = {
		.address = "unix:/tmp/vfio-mig-qemu", .linux_guest = true, .tap = true,
	},
};

static const char * const card_names[] = { "igb_vf", "virtio_net" };
static const char * const card_texts[] = { "a VF of igb", "a virtio-net" };
static const char * const modules[] = { "-a igbvf 8021q", "-a virtio_net virtio_pci 8021q" };
static const char * const figure_names[] = {
	"downtime_ms", "gap_ms", "pings_lost", "datagrams_lost"
};

static const char * const part_names[] = { "stop_ms", "read_ms", "write_ms", "start_ms" };
static const char * const part_texts[] = {
	"RUNNING to STOP_COPY", "read", "written", "RESUMING to RUNNING"
};

static const char * const driver_texts[DRIVERS] = {
	"this driver", "vfio-pci", "vfio-pci once more"
};

static double measured[CARDS][FIGURES][MOST];
static double parts[PARTS][MOST];
static double speeds[DRIVERS][MOST];
static double ratios[DRIVERS][MOST]; /* to PLAIN of the same turn */

/* ---- moves by QEMU ---- */

#define MAKE_BRIDGE							\
	"modprobe -a tun bridge && ip link add " BRIDGE " type bridge && "	\
	"for tap in " SCENE_TAP "0 " SCENE_TAP "1; do"			\
	"	ip tuntap add $tap mode tap &&"				\
	"	ip link set $tap mtu 2000 master " BRIDGE " up || exit;"	\
	"done; ip link set " BRIDGE " mtu 2000 up"

#define REMOVE_BRIDGE							\
	"ip link delete " BRIDGE "; "					\
	"ip link delete " SCENE_TAP "0; ip link delete " SCENE_TAP "1"

static double longest_gap(const struct net_watch *watch)
{
	uint64_t last = 0, longest = 0;
	unsigned int i;

	for (i = 0; i < watch->count; i++) {
		if (!watch->pings[i].answered)
			continue;
		if (last && watch->pings[i].answered > last &&
		    watch->pings[i].answered - last > longest)
			longest = watch->pings[i].answered - last;
		last = watch->pings[i].answered;
	}
	return longest / 1e6;
}

static void die_of_guest(const struct scene *scene, struct net_peer *peer)
{
	fprintf(stderr, "%s\n", net_peer_says(peer));
	die(scene->failure);
}

static void move_once(struct scene *scene, struct net_peer *peer, int card,
		      unsigned int move)
{
	static struct net_watch pings, datagrams;
	double (*at)[MOST] = measured[card];

	pings = (struct net_watch) { .peer = peer };
	datagrams = (struct net_watch) { .peer = peer, .udp = true };
	if (net_watch_begin(&pings) || net_watch_begin(&datagrams))
		die("there is no way to the guest");
	usleep(BEFORE_US);
	if (scene_move(scene))
		die_of_guest(scene, peer);
	usleep(AFTER_US);
	at[PINGS][move] = net_watch_end(&pings);
	at[DATAGRAMS][move] = net_watch_end(&datagrams);
	at[GAP][move] = longest_gap(&pings);
	at[DOWNTIME][move] = scene->figures.downtime_ms;
	if (peer->over)
		die("the connection is gone");
}

static void measure(int card, unsigned int moves)
{
	static struct scene scene;
	struct net_peer peer;
	char interface[32] = BRIDGE;
	unsigned int move;

	if (card == VF ? net_interface_of_vf(interface, sizeof(interface)) :
			 system(MAKE_BRIDGE))
		die("there is no network");
	if (!make_initramfs("linux_net.cpio", modules[card]))
		die("there is no guest");
	if (net_peer_begin(&peer, interface))
		die("there is no peer");
	if (scene_begin(&scene, &ways[card], card == VF, NULL))
		die_of_guest(&scene, &peer);
	for (move = 0; move < moves; move++)
		move_once(&scene, &peer, card, move);
	scene_end(&scene);
	net_peer_end(&peer);
	if (card == VIRTIO && system(REMOVE_BRIDGE))
		die("the bridge stays");
}

/* ---- the VF's own part ---- */

static double lap(double *since)
{
	double last = *since;

	*since = seconds();
	return (*since - last) * 1e3;
}

static int time_parts(struct trio *trio, unsigned int move)
{
	struct stream stream = {};
	int from = -1, to = -1, ret;
	double at;

	ret = set_state(&trio->dst.edu, VFIO_MIG_RESUMING, &to);
	at = seconds();
	ret = ret ?: set_state(&trio->src.edu, VFIO_MIG_STOP_COPY, &from);
	parts[STOP][move] = lap(&at);
	ret = ret ?: read_all(from, &stream, STREAM_MAX);
	parts[READ][move] = lap(&at);
	ret = ret ?: write_all(to, stream.bytes, stream.size, STREAM_MAX);
	parts[WRITTEN][move] = lap(&at);
	ret = ret ?: set_state(&trio->dst.edu, VFIO_MIG_RUNNING, NULL);
	parts[START][move] = lap(&at);
	close(from);
	close(to);
	return ret;
}

static void measure_parts(unsigned int moves)
{
	static struct trio trio;
	unsigned int move, vector;
	struct vf swap;

	if (vf_open(&trio.src, 0, DRIVER) || vf_open(&trio.dst, 1, DRIVER) ||
	    vf_start(&trio.src, GUEST) || vf_enable_vectors(&trio.src))
		die("there is no VF");
	edu_set(&trio.src.edu, VF_VTIVAR, 0x8081);
	for (vector = 0; vector < VF_VECTORS; vector++)
		edu_set(&trio.src.edu, VF_VTEITR0 + 4 * vector, THROTTLE);
	edu_set(&trio.src.edu, VF_VTEIMS, 7);
	for (move = 0; move < moves; move++) {
		if (time_parts(&trio, move))
			die("a VF does not move");
		if (set_state(&trio.src.edu, VFIO_MIG_STOP, NULL) ||
		    reset_and_enable(&trio.src))
			die("a VF is not reset");
		swap = trio.src;
		trio.src = trio.dst;
		trio.dst = swap;
	}
	vf_close(&trio.src);
	vf_close(&trio.dst);
}

/* ---- how fast it is ---- */

/* Frames in a second; each has been received before the next is sent. */
static double speed_of(const char *driver)
{
	static struct vf vf, other;
	uint32_t i, number;
	double at;

	if (vf_open(&vf, 0, driver) || vf_open(&other, 1, driver) || vf_start(&vf, GUEST) ||
	    vf_start(&other, OTHER) || vf_map_rings(&vf) || vf_map_rings(&other))
		die("there is no VF");
	at = seconds();
	for (i = 0; i < FRAMES; i++) {
		vf_send_long(&vf, OTHER, i, FRAME);
		if (vf_wait(&other, &number) || number != i)
			die("a frame is lost");
	}
	at = FRAMES / (seconds() - at);
	vf_close(&vf);
	vf_close(&other);
	return at;
}

/* By turns: who is first in one is last in the next. */
static void measure_speed(unsigned int turns)
{
	static const char * const drivers[DRIVERS] = {
		[OURS] = DRIVER, [PLAIN] = "vfio-pci", [AGAIN] = "vfio-pci",
	};
	unsigned int turn, i, who;

	for (turn = 0; turn < turns; turn++) {
		for (i = 0; i < DRIVERS; i++) {
			who = (i + turn) % DRIVERS;
			speeds[who][turn] = speed_of(drivers[who]);
		}
		for (i = 0; i < DRIVERS; i++)
			ratios[i][turn] = speeds[i][turn] / speeds[PLAIN][turn];
	}
}

/* ---- what comes of it ---- */

static void print_table(unsigned int moves)
{
	double all = 0;
	int card, part;

	printf("A Linux guest moved by QEMU %u times, medians, and the most\n\n", moves);
	printf("%-22s %14s %14s %16s %16s\n", "", "downtime, ms", "gap, ms",
	       "pings lost", "datagrams lost");
	for (card = 0; card < CARDS; card++)
		printf("%-22s %7.0f %6.0f %7.0f %6.0f %9.0f %6.0f %9.0f %6.0f\n",
		       card_texts[card], measured[card][DOWNTIME][moves / 2],
		       measured[card][DOWNTIME][moves - 1], measured[card][GAP][moves / 2],
		       measured[card][GAP][moves - 1], measured[card][PINGS][moves / 2],
		       measured[card][PINGS][moves - 1],
		       measured[card][DATAGRAMS][moves / 2],
		       measured[card][DATAGRAMS][moves - 1]);
	printf("\nOne of each is sent in %d ms.\n\nA VF's own part, ms\n\n", NET_WATCH_MS);
	for (part = 0; part < PARTS; part++) {
		printf("%-22s %7.3f %6.3f\n", part_texts[part], parts[part][moves / 2],
		       parts[part][moves - 1]);
		all += parts[part][moves / 2];
	}
	printf("%-22s %7.3f\n", "all of it", all);
	printf("\nFrames of %d bytes in a second, by mapped registers, and / vfio-pci\n\n",
	       FRAME);
	for (part = 0; part < DRIVERS; part++)
		printf("%-22s %7.0f %6.2f (%.2f to %.2f)\n", driver_texts[part],
		       speeds[part][moves / 2], ratios[part][moves / 2], ratios[part][0],
		       ratios[part][moves - 1]);
}

static void print_one(const char *name, const double *values, unsigned int moves)
{
	printf("\"%s\": {\"median\": %.3f, \"most\": %.3f}", name, values[moves / 2],
	       values[moves - 1]);
}

static void print_json(unsigned int moves)
{
	int card, figure, part;

	printf("{\"moves\": %u", moves);
	for (card = 0; card < CARDS; card++) {
		printf(", \"%s\": {", card_names[card]);
		for (figure = 0; figure < FIGURES; figure++) {
			printf(figure ? ", " : "");
			print_one(figure_names[figure], measured[card][figure], moves);
		}
		printf("}");
	}
	printf(", \"own\": {");
	for (part = 0; part < PARTS; part++) {
		printf(part ? ", " : "");
		print_one(part_names[part], parts[part], moves);
	}
	printf("}, \"frames_per_s\": {");
	print_one("igbvf_vfio_pci", speeds[OURS], moves);
	printf(", ");
	print_one("vfio_pci", speeds[PLAIN], moves);
	printf("}, \"frames_ratio\": {");
	print_one("igbvf_vfio_pci", ratios[OURS], moves);
	printf(", ");
	print_one("vfio_pci_again", ratios[AGAIN], moves);
	printf("}}\n");
}

int main(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	unsigned int moves = rounds_wanted(MOVES, MOST);
	int card, figure, part;

	for (card = 0; card < CARDS; card++)
		measure(card, moves);
	measure_parts(moves);
	measure_speed(moves);
	for (card = 0; card < CARDS; card++)
		for (figure = 0; figure < FIGURES; figure++)
			sort_figures(measured[card][figure], moves);
	for (part = 0; part < PARTS; part++)
		sort_figures(parts[part], moves);
	for (part = 0; part < DRIVERS; part++) {
		sort_figures(speeds[part], moves);
		sort_figures(ratios[part], moves);
	}
	if (json)
		print_json(moves);
	else
		print_table(moves);
	return 0;
}
