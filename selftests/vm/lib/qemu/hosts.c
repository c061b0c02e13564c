// SPDX-License-Identifier: GPL-2.0
/* hosts.h says what is here. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hosts.h"

#define MIGRATE_TO	"tcp:" REMOTE_ADDRESS ":4711"
/* Without a tracker of dirty pages all memory is sent again when it stops. */
#define DOWNTIME_MS	60000

struct qemu *hosts_source(struct hosts *hosts)
{
	return &hosts->qemu[hosts->at];
}

/* Adds what is known of it to @ret, unless that is 0. */
static int because(struct hosts *hosts, int ret, int host, const char *what)
{
	if (ret)
		snprintf(hosts->failure, sizeof(hosts->failure),
			 "host %d: %s: %s; %s", host + 1, what, strerror(-ret),
			 hosts->qemu[host].failure);
	return ret;
}

/* The same of its guest. */
static int guest_because(struct hosts *hosts, int ret, const char *what)
{
	char why[320];

	guest_why(&hosts->guest, ret, why, sizeof(why));
	if (ret)
		snprintf(hosts->failure, sizeof(hosts->failure),
			 "the guest at host %d (move %u%s): %s", hosts->at + 1,
			 hosts->moves, what, why);
	return ret;
}

static int start_here(struct hosts *hosts, const char *incoming)
{
	struct qemu_setup setup = { .incoming = incoming };
	int ret;

	ret = remote_devices(&setup, hosts->kind, hosts->devices);
	if (!ret)
		ret = qemu_make_key(hosts->keys[0]);
	return ret ?: qemu_start(&hosts->qemu[0], &setup);
}

static int start(struct hosts *hosts, int host, const char *incoming)
{
	int ret;

	ret = host ? remote_start(&hosts->qemu[1], hosts->kind, hosts->devices, incoming,
				  hosts->keys[1]) :
		     start_here(hosts, incoming);
	hosts->runs[host] = true;
	return because(hosts, ret, host, "no QEMU");
}

static void stop(struct hosts *hosts, int host)
{
	if (!hosts->runs[host])
		return;
	if (host)
		remote_close(&hosts->qemu[1]);
	else
		qemu_stop(&hosts->qemu[0]);
	hosts->runs[host] = false;
}

void hosts_stop_other(struct hosts *hosts)
{
	stop(hosts, !hosts->at);
}

int hosts_begin(struct hosts *hosts)
{
	hosts->guest.round = -1;
	return start(hosts, 0, NULL) ?: hosts_guest_goes_on(hosts, 1);
}

void hosts_end(struct hosts *hosts)
{
	stop(hosts, 0);
	stop(hosts, 1);
}

int hosts_guest_goes_on(struct hosts *hosts, int rounds)
{
	return guest_because(hosts, guest_listen(&hosts->guest, hosts_source(hosts), rounds),
			     "");
}

static int listen_at(struct hosts *hosts, int host)
{
	struct qemu *qemu = &hosts->qemu[host];
	char address[64];
	int ret = start(hosts, host, "defer");

	snprintf(address, sizeof(address), MIGRATE_TO, host + 1);
	if (!ret && hosts->server_tls)
		ret = because(hosts, qemu_tls(qemu, "server"), host, "TLS");
	if (!ret)
		ret = because(hosts, qemu_incoming(qemu, address), host,
			      "migrate-incoming");
	return ret;
}

int hosts_migrate(struct hosts *hosts)
{
	struct qemu *qemu = hosts_source(hosts);
	char address[64];
	int ret = listen_at(hosts, !hosts->at);

	if (ret)
		return ret;
	snprintf(address, sizeof(address), MIGRATE_TO, !hosts->at + 1);
	if (hosts->client_tls)
		ret = qemu_tls(qemu, "client");
	if (!ret)
		ret = qemu_downtime_limit(qemu, DOWNTIME_MS);
	if (!ret)
		ret = qemu_migrate(qemu, address);
	if (!ret)
		ret = qemu_wait_migration(qemu);
	return because(hosts, ret, hosts->at, "migrate");
}

/* Over a network its last words can come later than those of its QEMU. */
static int hear_last_words(struct hosts *hosts)
{
	struct qemu *qemu = hosts_source(hosts);
	int ret;

	if (hosts->at)
		remote_stop(qemu);
	else
		kill(qemu->pid, SIGKILL);
	ret = guest_listen(&hosts->guest, qemu, INT_MAX);
	return guest_because(hosts, ret == -EPIPE ? 0 : ret, ", its last words");
}

int hosts_move(struct hosts *hosts)
{
	struct qemu *source = hosts_source(hosts);
	int ret = hosts_migrate(hosts);

	if (ret)
		return ret;
	if (strcmp(source->event, "completed"))
		return because(hosts, -EPROTO, hosts->at, source->events);
	ret = because(hosts, qemu_figures(source, &hosts->figures), hosts->at,
		      "query-migrate");
	if (!ret)
		ret = because(hosts, qemu_wait_migration(&hosts->qemu[!hosts->at]),
			      !hosts->at, "arrival");
	if (!ret)
		ret = hear_last_words(hosts);
	if (ret)
		return ret;
	hosts->guest.pause_ms = hosts->figures.downtime_ms;
	hosts->at = !hosts->at;
	hosts->moves++;
	hosts_stop_other(hosts);
	return 0;
}
