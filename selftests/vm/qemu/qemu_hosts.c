// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a guest that works with its edus all the time to
 * another host and back, by TCP and by TLS.  This runs at host 1, and qemu_remote
 * at host 2 (tools/vm, --hosts).
 */
#include "kselftest_harness.h"

#include "hosts.h"
#include "setting.h"

#define ROUNDS		2
#define OTHER_KEY	(QEMU_KEY + 1)

FIXTURE(hosts)
{
	struct hosts hosts;
};

#define ASSERT_HOSTS(hosts, expression) \
	ASSERT_EQ(0, (expression)) { TH_LOG("%s", (hosts)->failure); }

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

TEST_F_TIMEOUT(hosts, guest_does_not_see_the_move_by_tcp, 600)
{
	self->hosts.devices = 2;
	move_there_and_back(_metadata, &self->hosts);
}

TEST_F_TIMEOUT(hosts, guest_does_not_see_the_move_by_tls, 600)
{
	self->hosts.client_tls = true;
	self->hosts.server_tls = true;
	move_there_and_back(_metadata, &self->hosts);
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
