// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU moves a Linux guest with its own igbvf from one VF to another, of one PF
 * or of two, there and back: a TCP connection with numbered words both ways lives on, and
 * after each move the guest is found and answers, whatever it had its VF let through.  With
 * $VFIO_MIG_FULL ten times, and of two PFs too: two hosts, in qemu_hosts, have those anyhow.
 * And then its host takes its MAC.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "echo.h"
#include "igbvf_pair.h"
#include "initramfs.h"
#include "named.h"
#include "net_peer.h"
#include "scene.h"
#include "setting.h"
#include "words.h"

#define MOVES	2	/* or as $VFIO_MIG_ROUNDS says */
#define MANY	20	/* if $VFIO_MIG_FULL */
#define BOOT_MS	120000	/* nothing comes from a guest that boots */
#define SMALL	64	/* bytes of a packet */

static const struct way way = {
	.address = "tcp:127.0.0.1:4713",
	.defer = true,
	.linux_guest = true,
	.kinds = { SCENE_IGBVF },
};

FIXTURE(igbvf_guest)
{
	struct scene scene;
	struct net_peer peer;
};

FIXTURE_VARIANT(igbvf_guest)
{
	bool two_pfs;
};

FIXTURE_VARIANT_ADD(igbvf_guest, of_one_pf) { .two_pfs = false };
FIXTURE_VARIANT_ADD(igbvf_guest, of_two_pfs) { .two_pfs = true };

/* The environment has the VFs in the order of their PFs, two of each. */
static int choose_second(unsigned int nth)
{
	char first[64], second[64], names[129];
	int ret = device_named("VFIO_MIG_IGBVF", 0, first, sizeof(first)) ?:
		  device_named("VFIO_MIG_IGBVF", nth, second, sizeof(second));

	snprintf(names, sizeof(names), "%s %s", first, second);
	return ret ?: setenv("VFIO_MIG_IGBVF", names, 1);
}

#define ASSERT_CONNECTED(expression)					\
	ASSERT_EQ(0, (expression)) {					\
		TH_LOG("%s; %s", self->scene.failure, net_peer_says(&self->peer)); \
	}

FIXTURE_SETUP(igbvf_guest)
{
	char interface[32];

	if (variant->two_pfs && !setting("VFIO_MIG_FULL", 0))
		SKIP(return, "takes long: vm test --full");
	if (patience() > 1)
		SKIP(return, "on this kernel a Linux guest takes too long to boot");
	if (!qemu_has_kvm())
		SKIP(return, "without KVM too");
	ASSERT_EQ(0, choose_second(variant->two_pfs ? 2 : 1));
	ASSERT_EQ(0, net_interface_of_vf(interface, sizeof(interface)));
	ASSERT_TRUE(make_initramfs("linux_net.cpio", "-a igbvf 8021q"));
	ASSERT_EQ(0, net_peer_begin(&self->peer, interface));
	qemu_set_timeout_ms(BOOT_MS);
	ASSERT_CONNECTED(scene_begin(&self->scene, &way, 1, NULL));
}

FIXTURE_TEARDOWN(igbvf_guest)
{
	scene_end(&self->scene);
	EXPECT_EQ(0, net_peer_end(&self->peer));
}

#define EXPECT_ANSWER(from, to, size)						\
	EXPECT_TRUE(echo_answers(from, to, size)) {				\
		TH_LOG("%s does not answer %d bytes: %s", to, size, strerror(errno)); \
	}

/* ARP has to find it anew. */
static void guest_is_found(struct __test_metadata *_metadata,
			   struct _test_data_igbvf_guest *self)
{
	EXPECT_EQ(0, net_peer_forget(&self->peer));
	EXPECT_ANSWER(NET_PEER, NET_GUEST, SMALL);
	EXPECT_ANSWER(NET_PEER, NET_GUEST, NET_MTU);
	EXPECT_ANSWER(NET_PEER, NET_GROUP, SMALL);
	EXPECT_ANSWER(NET_VLAN_PEER, NET_VLAN_GUEST, SMALL);
}

/* Nobody tells it: it is not found until it moves, and has its own again there. */
static void host_takes_its_mac(struct __test_metadata *_metadata,
			       struct _test_data_igbvf_guest *self)
{
	struct vf vf = { .edu = *scene_source(&self->scene) };
	int moved;

	ASSERT_EQ(0, ask_host("ip link set %s vf %d mac 02:00:00:00:00:99", &vf));
	EXPECT_EQ(0, net_peer_forget(&self->peer));
	EXPECT_FALSE(echo_answers(NET_PEER, NET_GUEST, SMALL));
	moved = scene_move(&self->scene);
	EXPECT_EQ(0, ask_host("ip link set %s vf %d mac 00:00:00:00:00:00", &vf));
	ASSERT_CONNECTED(moved);
	guest_is_found(_metadata, self);
	EXPECT_FALSE(self->peer.over);
}

TEST_F_TIMEOUT(igbvf_guest, keeps_its_connection_there_and_back, 3600)
{
	const struct figures *figures = &self->scene.figures;
	unsigned long usual = setting("VFIO_MIG_FULL", 0) ? MANY : MOVES;
	unsigned long move, end = setting("VFIO_MIG_ROUNDS", usual) ?: usual;

	guest_is_found(_metadata, self);
	for (move = 0; move < end; move++) {
		ASSERT_CONNECTED(scene_move(&self->scene));
		LOG_FIGURES(figures, "round %ld: ", self->scene.guest.round);
		guest_is_found(_metadata, self);
		ASSERT_FALSE(self->peer.over);
	}
	if (setting("VFIO_MIG_FULL", 0))
		host_takes_its_mac(_metadata, self);
}

TEST_HARNESS_MAIN
