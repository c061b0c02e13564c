#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A netlink socket that overflowed loses more without being told, until it is empty.
#
# libnl 3.7.0 (Debian 3.7.0-2), Linux 6.18.  When a listener's buffer is full, its next
# call of nl_recvmsgs() says -NLE_NOMEM, once; the messages that were queued before
# follow.  From then on the kernel drops each new message, whatever room there is, and
# says nothing more, until the listener has found its queue empty.  So who asks anew for
# the state of things as soon as it is told, and then reads what waits, misses what
# happens in between; if nothing happens afterwards it believes the old state for ever.
# Right is to read until nothing waits, and then to ask.
#
# A network of its own has a loopback whose MTU is set 2,000 times while nobody reads,
# and once more, to 60000, when the listener has been told and has read one message.
#
# Seen:
#   told of a loss: 1 time; last heard: less than 60000; it is 60000
#
# Needs root and mmdebstrap.

set -euo pipefail
export LC_ALL=C
packages=base-files,dash,gcc=4:14.2.0-1,libc6-dev,libnl-3-dev=3.7.0-2,linux-libc-dev

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' |
	grep -m 1 '/debian/*$')
mmdebstrap --quiet --variant=extract --include="$packages" trixie "$root" "$mirror"

cat >"$root/listen.c" <<'C'
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static int control;
static unsigned int heard;

static void set_mtu(int mtu)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_mtu = mtu };

	if (ioctl(control, SIOCSIFMTU, &request))
		perror("SIOCSIFMTU");
}

static int hear(struct nl_msg *message, void *arg)
{
	struct nlattr *mtu = nlmsg_find_attr(nlmsg_hdr(message),
					     sizeof(struct ifinfomsg), IFLA_MTU);

	if (mtu)
		heard = *(unsigned int *)nla_data(mtu);
	return NL_OK;
}

int main(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	struct nl_sock *socket_nl = nl_socket_alloc();
	unsigned int told = 0, step = 0;
	int i, ret;

	control = socket(AF_INET, SOCK_DGRAM, 0);
	nl_socket_disable_seq_check(socket_nl);
	nl_socket_modify_cb(socket_nl, NL_CB_VALID, NL_CB_CUSTOM, hear, NULL);
	if (nl_connect(socket_nl, NETLINK_ROUTE) ||
	    nl_socket_add_membership(socket_nl, RTNLGRP_LINK) ||
	    nl_socket_set_nonblocking(socket_nl))
		return 2;
	for (i = 0; i < 2000; i++)
		set_mtu(1000 + i);
	while ((ret = nl_recvmsgs_default(socket_nl)) != -NLE_AGAIN) {
		if (ret == -NLE_NOMEM)
			told++;
		else if (ret < 0)
			return 2;
		else if (!step++)
			set_mtu(60000);
	}
	ioctl(control, SIOCGIFMTU, &request);
	printf("told of a loss: %u time%s; last heard: %s; it is %d\n", told,
	       told == 1 ? "" : "s", heard < 60000 ? "less than 60000" : "60000",
	       request.ifr_mtu);
	return 0;
}
C
chroot "$root" x86_64-linux-gnu-gcc-14 -I/usr/include/libnl3 -o /listen /listen.c -lnl-3
seen=$(unshare -n chroot "$root" /listen)
echo "$seen"
diff <(sed -n '/^# Seen:/,/^#$/s/^#   //p' "$0") <(echo "$seen") ||
	{ echo "it has changed"; exit 1; }
