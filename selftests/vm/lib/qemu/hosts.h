/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest with edus, or a Linux guest with a VF of igb, that moves between the QEMUs of two
 * hosts.  All of it is driven from host 1, where it begins.
 *
 * Functions return 0 or -errno; the reason is in hosts->failure.
 */
#ifndef SELFTESTS_QEMU_HOSTS_H
#define SELFTESTS_QEMU_HOSTS_H

#include "remote.h"

/**
 * struct hosts - the hosts and their guest
 * @kind, @devices: What the guest has, and how many of them.
 * @client_tls: The source uses TLS,
 * @server_tls: and so does the destination,
 * @keys: with these keys, of host 1 and host 2.
 * @qemu: The QEMU of each, where one runs.
 * @runs: Does it?
 * @at: At which the guest is, 0 or 1.
 * @moves: How often it was moved.
 * @guest: What it has said.
 * @figures: Of the last move.
 * @failure: Why the last function failed.
 */
struct hosts {
	enum remote_kind kind;
	unsigned int devices;
	bool client_tls;
	bool server_tls;
	unsigned int keys[2];
	struct qemu qemu[2];
	bool runs[2];
	int at;
	unsigned int moves;
	struct guest guest;
	struct figures figures;
	char failure[768];
};

/* The first fields are set: boot the guest at host 1. */
int hosts_begin(struct hosts *hosts);
void hosts_end(struct hosts *hosts);

/* The QEMU that has the guest. */
struct qemu *hosts_source(struct hosts *hosts);

/* A QEMU at the other host, and on the way to it until that is over. */
int hosts_migrate(struct hosts *hosts);

/* The same, and it must be well over: the guest is there, and the QEMU that it
 * left has ended.
 */
int hosts_move(struct hosts *hosts);

/* The guest goes on for @rounds more where it is. */
int hosts_guest_goes_on(struct hosts *hosts, int rounds);

/* There is no QEMU any more at the host where the guest is not. */
void hosts_stop_other(struct hosts *hosts);

#endif /* SELFTESTS_QEMU_HOSTS_H */
