// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest has asked its PF for, it has at the destination: addresses, VLANs.  What
 * the PF there refuses is refused by name, and the guest goes on where it is.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "igbvf_pair.h"
#include "uapi/linux/vfio_mig.h"
#include "vfiomig_access.h"

#define MORE	0x0200000000bb /* an address of the unicast list */
#define HOSTS	0x020000000099 /* what the host sets, and as it says that */
#define HOSTS_TEXT	"02:00:00:00:00:99"
#define GROUP	0x01005e010203 /* of IPv4's */
#define NO_MAC	"ip link set %s vf %d mac 00:00:00:00:00:00"
#define VLAN	77
#define LONG	1900 /* bytes of a frame that is too long for a VF at first */

FIXTURE(granted)
{
	struct trio trio;
};

FIXTURE_SETUP(granted)
{
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(granted)
{
	if (self->trio.src.edu.dev)
		ask_host(NO_MAC, &self->trio.src);
	if (self->trio.dst.edu.dev)
		ask_host(NO_MAC, &self->trio.dst);
	trio_close(&self->trio);
}

/* As igbvf has it: of the last two bytes, with a filter of type 0. */
static uint32_t hash_of(uint64_t mac)
{
	return ((mac >> 12 & 0xf) | (mac & 0xff) << 4) & 0xfff;
}

static bool comes(struct vf *vf, uint32_t number)
{
	uint32_t came;

	return !vf_wait(vf, &came) && came == number;
}

TEST_F(granted, mac_moves)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send(&trio->other, GUEST, 1);
	EXPECT_TRUE(comes(&trio->dst, 1));
}

TEST_F(granted, unicast_list_moves)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, vf_say_mac(&trio->src, 2, MORE));
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send(&trio->other, MORE, 2);
	EXPECT_TRUE(comes(&trio->dst, 2));
}

TEST_F(granted, multicast_group_moves)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, vf_say_word(&trio->src, 3 | 1 << 16, hash_of(GROUP)));
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send(&trio->other, GROUP, 3);
	EXPECT_TRUE(comes(&trio->dst, 3));
}

TEST_F(granted, vlan_moves)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, vf_say_word(&trio->src, 4 | 1 << 16, VLAN));
	ASSERT_VF(&trio->other, vf_say_word(&trio->other, 4 | 1 << 16, VLAN));
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send_tagged(&trio->other, GUEST, 4, VLAN);
	EXPECT_TRUE(comes(&trio->dst, 4));
}

/* The destination is another VF, which takes none that is so long by itself. */
TEST_F(granted, frame_size_moves)
{
	struct trio *trio = &self->trio;
	uint32_t came;

	vf_send_long(&trio->other, GUEST, 20, LONG);
	vf_send(&trio->other, GUEST, 21);
	ASSERT_EQ(0, vf_wait(&trio->src, &came));
	EXPECT_EQ(21, came);
	ASSERT_VF(&trio->src, vf_say_word(&trio->src, 5, 2000));
	vf_send_long(&trio->other, GUEST, 22, LONG);
	EXPECT_TRUE(comes(&trio->src, 22));
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send_long(&trio->other, GUEST, 23, LONG);
	EXPECT_TRUE(comes(&trio->dst, 23));
}

/* The PF answers or not before the device stops: it is answered, and once. */
TEST_F(granted, message_under_way_moves)
{
	struct trio *trio = &self->trio;
	struct edu *edu = &trio->src.edu;
	uint32_t seen = 0;

	ASSERT_VF(&trio->other, vf_say_word(&trio->other, 4 | 1 << 16, VLAN));
	edu_set(edu, VF_V2PMAILBOX, VF_VFU);
	edu_set(edu, VF_VMBMEM, 4 | 1 << 16);
	edu_set(edu, VF_VMBMEM + 4, VLAN);
	edu_set(edu, VF_V2PMAILBOX, VF_REQ);
	ASSERT_VF(&trio->src, trio_move(trio));
	edu = &trio->dst.edu;
	while ((seen & (VF_PFSTS | VF_PFACK)) != (VF_PFSTS | VF_PFACK))
		seen |= edu_get(edu, VF_V2PMAILBOX);
	EXPECT_EQ(VF_ACKED | VF_CTS | 4, edu_get(edu, VF_VMBMEM) & 0xe000ffff);
	edu_set(edu, VF_V2PMAILBOX, VF_ACK);
	EXPECT_EQ(0, edu_get(edu, VF_V2PMAILBOX) & (VF_PFSTS | VF_PFACK));
	vf_send_tagged(&trio->other, GUEST, 5, VLAN);
	EXPECT_TRUE(comes(&trio->dst, 5));
}

TEST_F(granted, guest_can_ask_on)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, trio_move(trio));
	ASSERT_VF(&trio->dst, vf_say_mac(&trio->dst, 2, MORE));
	vf_send(&trio->other, MORE, 6);
	EXPECT_TRUE(comes(&trio->dst, 6));
}

/* ---- refusals ---- */

static void refused_for_mac(struct __test_metadata *_metadata, struct vf *dst)
{
	struct vfio_device_mig_error last;

	ASSERT_EQ(0, vfiomig_last_error(dst->edu.dev, &last));
	EXPECT_EQ(EPERM, last.error);
	EXPECT_NE(NULL, strstr((char *)last.text,
			       "the PF does not let this VF have MAC 0x20000000001"))
		TH_LOG("%s", last.text);
}

TEST_F(granted, another_mac_than_the_hosts_is_refused)
{
	struct trio *trio = &self->trio;
	struct stream stream;

	ASSERT_EQ(0, ask_host("ip link set %s vf %d mac " HOSTS_TEXT, &trio->dst));
	ASSERT_VF(&trio->src, save_and_stop(&trio->src.edu, &stream));
	EXPECT_EQ(-EPERM, load_and_stop(&trio->dst.edu, stream.bytes, stream.size,
					STREAM_MAX));
	refused_for_mac(_metadata, &trio->dst);
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
	vf_send(&trio->other, GUEST, 7);
	EXPECT_TRUE(comes(&trio->src, 7));
	vf_send(&trio->src, OTHER, 8);
	EXPECT_TRUE(comes(&trio->other, 8));
}

TEST_F(granted, mac_that_the_host_has_set_is_taken)
{
	struct trio *trio = &self->trio;

	ASSERT_EQ(0, ask_host("ip link set %s vf %d mac 02:00:00:00:00:01", &trio->dst));
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send(&trio->other, GUEST, 9);
	EXPECT_TRUE(comes(&trio->dst, 9));
}

/* The write() that brings it fails, and the source has not even been stopped. */
TEST_F(granted, refused_while_the_source_runs)
{
	struct trio *trio = &self->trio;
	struct stream stream = {};
	int from, to;

	ASSERT_EQ(0, ask_host("ip link set %s vf %d mac " HOSTS_TEXT, &trio->dst));
	ASSERT_VF(&trio->dst, set_state(&trio->dst.edu, VFIO_MIG_RESUMING, &to));
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_PRE_COPY, &from));
	EXPECT_EQ(-ENOMSG, read_more(from, &stream));
	EXPECT_EQ(-EPERM, write_all(to, stream.bytes, stream.size, STREAM_MAX));
	refused_for_mac(_metadata, &trio->dst);
	EXPECT_EQ(VFIO_MIG_PRE_COPY, state_of(&trio->src.edu));
	close(to);
	close(from);
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
	vf_send(&trio->other, GUEST, 10);
	EXPECT_TRUE(comes(&trio->src, 10));
}

/* It has what was asked for early, and what came later. */
TEST_F(granted, asked_early_and_late)
{
	struct trio *trio = &self->trio;
	struct stream stream = {};
	int from, to;

	ASSERT_VF(&trio->dst, set_state(&trio->dst.edu, VFIO_MIG_RESUMING, &to));
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_PRE_COPY, &from));
	EXPECT_EQ(-ENOMSG, read_more(from, &stream));
	ASSERT_EQ(0, write_all(to, stream.bytes, stream.size, STREAM_MAX));
	stream.size = 0;
	ASSERT_VF(&trio->src, vf_say_mac(&trio->src, 2, MORE));
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(0, read_more(from, &stream));
	vf_guest_moves(&trio->src, &trio->dst);
	ASSERT_EQ(0, write_all(to, stream.bytes, stream.size, STREAM_MAX));
	close(to);
	close(from);
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_STOP, NULL));
	ASSERT_VF(&trio->dst, set_state(&trio->dst.edu, VFIO_MIG_RUNNING, NULL));
	vf_send(&trio->other, GUEST, 11);
	EXPECT_TRUE(comes(&trio->dst, 11));
	vf_send(&trio->other, MORE, 12);
	EXPECT_TRUE(comes(&trio->dst, 12));
}

/* ---- the host's doing, while a guest has the VF ---- */

/* Nobody tells it, nor the driver: it moves with what its PF had granted it. */
TEST_F(granted, mac_that_the_host_sets_under_a_guest_is_that_vfs_alone)
{
	struct trio *trio = &self->trio;

	ASSERT_EQ(0, ask_host("ip link set %s vf %d mac " HOSTS_TEXT, &trio->src));
	vf_send(&trio->other, GUEST, 13);
	vf_send(&trio->other, HOSTS, 14);
	EXPECT_TRUE(comes(&trio->src, 14));
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send(&trio->other, GUEST, 15);
	EXPECT_TRUE(comes(&trio->dst, 15));
	vf_send(&trio->dst, OTHER, 16);
	EXPECT_TRUE(comes(&trio->other, 16));
}

/* The answer to its RESET tells it: then that is the guest's, and no other is asked for. */
TEST_F(granted, mac_that_the_host_set_is_the_guests_when_it_has_begun_anew)
{
	uint32_t reset[VF_WORDS] = { 1 }, answer[VF_WORDS];
	struct trio *trio = &self->trio;
	struct vf *src = &trio->src;

	ASSERT_EQ(0, ask_host("ip link set %s vf %d mac " HOSTS_TEXT, src));
	edu_set(&src->edu, VF_VTCTRL, VF_VTCTRL_RST);
	ASSERT_VF(src, vf_say(src, reset, answer));
	EXPECT_EQ(VF_ACKED, answer[0] & (VF_ACKED | VF_NACKED));
	EXPECT_EQ(-EPERM, vf_say_mac(src, 0, GUEST));
	edu_set(&src->edu, VF_TXDCTL, VF_ENABLE);
	edu_set(&src->edu, VF_RXDCTL, VF_ENABLE);
	ASSERT_VF(src, trio_move(trio));
	vf_send(&trio->other, GUEST, 17);
	vf_send(&trio->other, HOSTS, 18);
	EXPECT_TRUE(comes(&trio->dst, 18));
}

TEST_HARNESS_MAIN
