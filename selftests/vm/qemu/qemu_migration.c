// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a guest that works with its edus all the time,
 * to others and back, in each of the ways that QEMU has.  The guest counts its
 * rounds and checks each result, each byte and each interrupt: it must not see
 * the move.  What QEMU says of each is in the log.
 *
 * Under KVM where there is one, as real guests are, and once without.
 */
#include "kselftest_harness.h"

#include <sched.h>

#include "scene.h"
#include "setting.h"

FIXTURE(migration)
{
	struct scene scene;
};

/*
 * @twice: All that it has is in other variants too.  With the newest QEMU, which is a
 * second run of the same, there is time for that only with $VFIO_MIG_FULL.
 */
FIXTURE_VARIANT(migration)
{
	struct way way;
	unsigned int devices;
	const char *hidden;
	bool twice;
};

#define UNIX	"unix:/tmp/vfio-mig-qemu"
#define TCP	"tcp:127.0.0.1:4711"

FIXTURE_VARIANT_ADD(migration, unix_socket) {
	.way = { .address = UNIX },
	.devices = 1,
};

FIXTURE_VARIANT_ADD(migration, without_kvm) {
	.way = { .address = UNIX, .tcg = true },
	.devices = 2,
};

FIXTURE_VARIANT_ADD(migration, no_p2p) {
	.way = { .address = UNIX },
	.devices = 1,
	.hidden = "p2p",
};

FIXTURE_VARIANT_ADD(migration, no_pre_copy) {
	.way = { .address = UNIX },
	.devices = 1,
	.hidden = "pre-copy",
};

FIXTURE_VARIANT_ADD(migration, tcp_and_deferred) {
	.way = { .address = TCP, .defer = true },
	.devices = 1,
	.twice = true,
};

FIXTURE_VARIANT_ADD(migration, two_devices) {
	.way = { .address = TCP, .defer = true },
	.devices = 2,
	.twice = true,
};

FIXTURE_VARIANT_ADD(migration, file) {
	.way = { .address = "file:/tmp/vfio-mig-file", .file = true },
	.devices = 1,
};

FIXTURE_VARIANT_ADD(migration, switchover_ack) {
	.way = {
		.address = UNIX,
		.defer = true,
		.capabilities = { "return-path", "switchover-ack" },
	},
	.devices = 2,
	.twice = true,
};

FIXTURE_VARIANT_ADD(migration, multifd) {
	.way = {
		.address = TCP,
		.defer = true,
		.capabilities = { "multifd" },
		.options = ",x-migration-multifd-transfer=on",
	},
	.devices = 2,
};

FIXTURE_VARIANT_ADD(migration, multifd_and_switchover_ack) {
	.way = {
		.address = UNIX,
		.defer = true,
		.capabilities = { "multifd", "return-path", "switchover-ack" },
		.options = ",x-migration-multifd-transfer=on",
	},
	.devices = 1,
};

FIXTURE_VARIANT_ADD(migration, tls) {
	.way = { .address = TCP, .defer = true, .tls = true },
	.devices = 1,
};

/*
 * Who is woken does not run at once instead of who wakes it.  Otherwise, with kernel
 * 6.1, QEMU 10.0 aborts on most ways back: its threads that send the devices' state
 * end too soon for it (Documentation/ci.md).
 */
static int run_in_batches(void)
{
	struct sched_param param = { .sched_priority = 0 };

	return sched_setscheduler(0, SCHED_BATCH, &param);
}

FIXTURE_SETUP(migration)
{
	if (variant->way.tcg && !qemu_has_kvm())
		SKIP(return, "here all of them are without");
	if (variant->twice && setting("VFIO_MIG_NEWEST_QEMU", 0) &&
	    !setting("VFIO_MIG_FULL", 0))
		SKIP(return, "all of it is in others: vm test --full");
	TH_LOG("%s KVM", variant->way.tcg || !qemu_has_kvm() ? "without" : "by");
	ASSERT_EQ(0, run_in_batches());
	ASSERT_EQ(0, scene_begin(&self->scene, &variant->way, variant->devices,
				 variant->hidden)) {
		TH_LOG("%s", self->scene.failure);
	}
}

FIXTURE_TEARDOWN(migration)
{
	scene_end(&self->scene);
}

TEST_F_TIMEOUT(migration, guest_does_not_see_the_move, 600)
{
	const struct figures *figures = &self->scene.figures;
	int move;

	for (move = 0; move < 2; move++) {
		ASSERT_EQ(0, scene_move(&self->scene)) {
			TH_LOG("%s", self->scene.failure);
		}
		EXPECT_LT(0, figures->device_bytes);
		LOG_FIGURES(figures, "");
	}
}

TEST_HARNESS_MAIN
