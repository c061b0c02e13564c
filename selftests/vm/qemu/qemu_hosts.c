// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a guest that works with its edus all the time to
 * another host and back, by TCP and by TLS.  This runs at host 1, and qemu_remote
 * at host 2 (tools/vm, --hosts).
 */
#include "kselftest_harness.h"

#include "hosts.h"
#include "net_peer.h"
#include "setting.h"

#define ROUNDS		2
#define MOVES		4 /* of a Linux guest, or as $VFIO_MIG_ROUNDS says */
#define OTHER_KEY	(QEMU_KEY + 1)

FIXTURE(hosts)
{
	struct hosts hosts;
	struct net_peer peer;
};

#define ASSERT_HOSTS(hosts, expression) \
	ASSERT_EQ(0, (expression)) { TH_LOG("%s", (hosts)->failure); }

/* Of a guest that has a connection. */
#define ASSERT_CONNECTED(expression)					\
	ASSERT_EQ(0, (expression)) {					\
		TH_LOG("%s; %s", self->hosts.failure, net_peer_says(&self->peer)); \
	}

FIXTURE_SETUP(hosts)
{
	self->hosts = (struct hosts) {
		.devices = 1,
		.keys = { QEMU_KEY, QEMU_KEY },
	};
}

FIXTURE_TEARDOWN(hosts)
{
	hosts_end(&self->hosts);
	EXPECT_EQ(0, net_peer_end(&self->peer));
}

static void move_there_and_back(struct __test_metadata *_metadata,
				struct hosts *hosts)
{
	const struct figures *figures = &hosts->figures;
	int move;

	ASSERT_HOSTS(hosts, hosts_begin(hosts));
	for (move = 0; move < 2; move++) {
		ASSERT_HOSTS(hosts, hosts_move(hosts));
		ASSERT_HOSTS(hosts, hosts_guest_goes_on(hosts, ROUNDS));
		EXPECT_LT(0, figures->device_bytes);
		LOG_FIGURES(figures, "to host %d: ", hosts->at + 1);
	}
	EXPECT_EQ(0, hosts->at);
}

/* With $VFIO_MIG_FULL: each run moves the other two guests, one by TLS and one by both. */
TEST_F_TIMEOUT(hosts, guest_does_not_see_the_move_by_tcp, 600)
{
	if (!setting("VFIO_MIG_FULL", 0))
		SKIP(return, "with --full");
	self->hosts.devices = 2;
	move_there_and_back(_metadata, &self->hosts);
}

TEST_F_TIMEOUT(hosts, guest_does_not_see_the_move_by_tls, 600)
{
	self->hosts.devices = 2;
	self->hosts.client_tls = true;
	self->hosts.server_tls = true;
	move_there_and_back(_metadata, &self->hosts);
}

/*
 * The peer is behind the PF of host 1, wherever the guest is.  As a Linux takes long to boot,
 * one guest goes there and back in both ways.
 */
TEST_F_TIMEOUT(hosts, linux_guest_keeps_its_connection_by_tcp_and_by_tls, 3600)
{
	unsigned long move, end = setting("VFIO_MIG_ROUNDS", MOVES) ?: MOVES;
	struct hosts *hosts = &self->hosts;
	char interface[32];

	if (patience() > 1)
		SKIP(return, "on this kernel a Linux guest takes too long to boot");
	ASSERT_EQ(0, net_interface_of_vf(interface, sizeof(interface)));
	ASSERT_EQ(0, net_peer_begin(&self->peer, interface));
	hosts->kind = REMOTE_IGBVF;
	ASSERT_CONNECTED(hosts_begin(hosts));
	for (move = 0; move < end; move++) {
		hosts->client_tls = move / 2 % 2;
		hosts->server_tls = move / 2 % 2;
		ASSERT_CONNECTED(hosts_move(hosts));
		ASSERT_CONNECTED(hosts_guest_goes_on(hosts, ROUNDS));
		EXPECT_FALSE(self->peer.over);
		LOG_FIGURES(&hosts->figures, "to host %d%s: ", hosts->at + 1,
			    hosts->client_tls ? " by TLS" : "");
	}
}

/*
 * With $VFIO_MIG_FULL: what is refused is QEMU's, and that its guest goes on then is in
 * qemu_failures too.
 */
static void is_refused(struct __test_metadata *_metadata, struct hosts *hosts)
{
	ASSERT_HOSTS(hosts, hosts_begin(hosts));
	ASSERT_HOSTS(hosts, hosts_migrate(hosts));
	ASSERT_STREQ("failed", hosts_source(hosts)->event);
	hosts_stop_other(hosts);
	ASSERT_HOSTS(hosts, qemu_wait_running(hosts_source(hosts)));
	ASSERT_HOSTS(hosts, hosts_guest_goes_on(hosts, ROUNDS));
}

TEST_F_TIMEOUT(hosts, guest_goes_on_if_the_other_host_has_another_key, 600)
{
	if (!setting("VFIO_MIG_FULL", 0))
		SKIP(return, "with --full");
	self->hosts.client_tls = true;
	self->hosts.server_tls = true;
	self->hosts.keys[1] = OTHER_KEY;
	is_refused(_metadata, &self->hosts);
}

TEST_F_TIMEOUT(hosts, guest_goes_on_if_the_other_host_wants_tls, 600)
{
	struct hosts *hosts = &self->hosts;

	if (!setting("VFIO_MIG_FULL", 0))
		SKIP(return, "with --full");
	hosts->server_tls = true;
	is_refused(_metadata, hosts);
	hosts->client_tls = true;
	ASSERT_HOSTS(hosts, hosts_move(hosts));
	ASSERT_HOSTS(hosts, hosts_guest_goes_on(hosts, ROUNDS));
}

TEST_HARNESS_MAIN
