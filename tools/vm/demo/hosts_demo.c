// SPDX-License-Identifier: GPL-2.0
/*
 * The demo of two hosts: QEMU's guest, which works with an edu all the time,
 * moves to the other host and comes back.  It runs at host 1; host 2 has QEMUs
 * for it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hosts.h"

#define ROUNDS	4

static void headline(const char *text)
{
	printf("\n%s\n", text);
	fflush(stdout);
}

static void must(struct hosts *hosts, int ret)
{
	if (!ret)
		return;
	fprintf(stderr, "demo: %s\n", hosts->failure);
	hosts_end(hosts);
	exit(1);
}

static void work(struct hosts *hosts)
{
	long from = hosts->guest.round + 1;

	must(hosts, hosts_guest_goes_on(hosts, ROUNDS));
	printf("  host %d        round %ld to %ld, nothing wrong\n",
	       hosts->at + 1, from, hosts->guest.round);
	fflush(stdout);
}

static void move(struct hosts *hosts)
{
	const struct figures *figures = &hosts->figures;
	int from = hosts->at + 1;

	must(hosts, hosts_move(hosts));
	printf("  host %d to %d   %lld ms in all, %lld ms of them not running\n",
	       from, hosts->at + 1, (long long)figures->total_ms,
	       (long long)figures->downtime_ms);
	printf("               %lld bytes of memory, %lld of the device\n",
	       (long long)figures->ram_bytes, (long long)figures->device_bytes);
	work(hosts);
}

int main(void)
{
	struct hosts hosts = { .devices = 1, .keys = { QEMU_KEY, QEMU_KEY } };

	puts("vfio-mig: a guest of unmodified QEMU moves to another host");
	headline("The guest");
	puts("  A round is a factorial, 4096 bytes to the device by DMA and back, and\n"
	     "  three interrupts.  The guest checks all of it, and counts.");
	must(&hosts, hosts_begin(&hosts));
	work(&hosts);
	headline("The move, by TCP");
	move(&hosts);
	headline("The way back, by TLS");
	hosts.client_tls = true;
	hosts.server_tls = true;
	move(&hosts);
	hosts_end(&hosts);
	headline("The guest saw nothing of it.");
	return 0;
}
