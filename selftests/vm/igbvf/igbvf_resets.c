// SPDX-License-Identifier: GPL-2.0
/*
 * Resets, by the guest, the user, and the host in two ways: afterwards a guest that begins
 * anew has all that it needs, and nothing is left of what was.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "igbvf_pair.h"
#include "igbvf_speak.h"
#include "uapi/linux/vfio_mig.h"
#include "vfiomig_access.h"

#define MORE	0x0200000000bb

FIXTURE(resets)
{
	struct trio trio;
};

FIXTURE_SETUP(resets)
{
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(resets)
{
	trio_close(&self->trio);
}

static bool is_blank_vf(struct vf *vf)
{
	return !edu_get(&vf->edu, VF_RDBAL) && !edu_get(&vf->edu, VF_TDBAL) &&
	       !edu_get(&vf->edu, VF_VMBMEM) && !edu_get(&vf->edu, VF_VTEITR0) &&
	       !(edu_get(&vf->edu, VF_RXDCTL) & VF_ENABLE);
}

TEST_F(resets, guests_own_keeps_registers_and_switches_queues_off)
{
	struct trio *trio = &self->trio;
	uint32_t base = edu_get(&trio->src.edu, VF_RDBAL);

	edu_set(&trio->src.edu, VF_VTCTRL, VF_VTCTRL_RST);
	EXPECT_EQ(base, edu_get(&trio->src.edu, VF_RDBAL));
	EXPECT_EQ(0, edu_get(&trio->src.edu, VF_RXDCTL) & VF_ENABLE);
	EXPECT_EQ(0, edu_get(&trio->src.edu, VF_TXDCTL) & VF_ENABLE);
	ASSERT_VF(&trio->src, vf_start(&trio->src, GUEST));
	speak(_metadata, &trio->src, &trio->other, 1, 1);
}

/* What the guest had before its reset, but for what the PF keeps, is not asked for. */
TEST_F(resets, guests_own_moves)
{
	struct trio *trio = &self->trio;

	edu_set(&trio->src.edu, VF_VTCTRL, VF_VTCTRL_RST);
	ASSERT_VF(&trio->src, trio_move(trio));
	EXPECT_EQ(0, edu_get(&trio->dst.edu, VF_RXDCTL) & VF_ENABLE);
	ASSERT_VF(&trio->dst, vf_start(&trio->dst, GUEST));
	speak(_metadata, &trio->dst, &trio->other, 2, 1);
}

/*
 * The PF's link down, which resets it, and up.  When there is one again it pings its VFs,
 * one after the other, of which @other is the last: a frame that is sent before is lost, and
 * a ping would overwrite an answer.
 */
static int restart_pf(struct trio *trio)
{
	uint32_t seen = 0;
	int ret = ask_host("ip link set %s down", &trio->other);

	ret = ret ? ret : ask_host("ip link set %s up", &trio->other);
	return ret ? ret : vf_wait_mailbox(&trio->other, VF_PFSTS, &seen);
}

FIXTURE(reset_in)
{
	struct trio trio;
};

FIXTURE_VARIANT(reset_in)
{
	uint32_t state;
};

#define STATE(name)							\
	FIXTURE_VARIANT_ADD(reset_in, name) { .state = VFIO_MIG_##name }
STATE(RUNNING);
STATE(RUNNING_P2P);
STATE(STOP);
STATE(STOP_COPY);
STATE(RESUMING);
STATE(PRE_COPY);
STATE(PRE_COPY_P2P);

FIXTURE_SETUP(reset_in)
{
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(reset_in)
{
	trio_close(&self->trio);
}

/* The user's, by the ioctl; the host's, by sysfs. */
static int reset_by_host(struct vf *vf)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset", vf->edu.bdf);
	return write_file(path, "1");
}

static void begins_anew(struct __test_metadata *_metadata, struct trio *trio)
{
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&trio->src.edu));
	EXPECT_TRUE(is_blank_vf(&trio->src));
	ASSERT_VF(&trio->src, enable(&trio->src));
	ASSERT_VF(&trio->src, vf_start(&trio->src, GUEST));
	speak(_metadata, &trio->src, &trio->other, 3, 1);
}

TEST_F(reset_in, users_leaves_nothing)
{
	struct trio *trio = &self->trio;
	int data_fd = -1;

	if (variant->state != VFIO_MIG_RUNNING)
		ASSERT_VF(&trio->src, set_state(&trio->src.edu, variant->state, &data_fd));
	ASSERT_VF(&trio->src, vfiomig_reset(trio->src.edu.dev, &trio->src.edu.error));
	if (data_fd >= 0)
		close(data_fd);
	begins_anew(_metadata, trio);
}

TEST_F(reset_in, hosts_leaves_nothing)
{
	struct trio *trio = &self->trio;
	int data_fd = -1;

	if (variant->state != VFIO_MIG_RUNNING)
		ASSERT_VF(&trio->src, set_state(&trio->src.edu, variant->state, &data_fd));
	ASSERT_EQ(0, reset_by_host(&trio->src));
	if (data_fd >= 0)
		close(data_fd);
	begins_anew(_metadata, trio);
}

/* The PF is reset with it, and forgets its VFs: a guest is told, and begins anew. */
TEST_F(reset_in, pfs_is_told)
{
	struct trio *trio = &self->trio;
	struct vf *src = &trio->src;
	uint32_t seen = 0;
	int data_fd = -1;

	if (variant->state != VFIO_MIG_RUNNING)
		ASSERT_VF(src, set_state(&src->edu, variant->state, &data_fd));
	ASSERT_VF(&trio->other, restart_pf(trio));
	if (data_fd >= 0)
		close(data_fd);
	/* What is to be loaded is not there, and who is reset need not be told. */
	if (variant->state == VFIO_MIG_RESUMING)
		ASSERT_VF(src, reset_and_enable(src));
	ASSERT_VF(src, set_state(&src->edu, VFIO_MIG_RUNNING, NULL));
	if (variant->state != VFIO_MIG_RESUMING)
		ASSERT_VF(src, vf_wait_mailbox(src, VF_RSTD, &seen));
	ASSERT_VF(src, vf_start(src, GUEST));
	ASSERT_VF(&trio->other, vf_start(&trio->other, OTHER));
	speak(_metadata, src, &trio->other, 4, 1);
}

/* Nor is what was granted before taken for granted. */
TEST_F(resets, pf_that_was_reset_is_asked_anew)
{
	struct trio *trio = &self->trio;
	uint32_t came;

	ASSERT_VF(&trio->src, vf_say_mac(&trio->src, 2, MORE));
	ASSERT_VF(&trio->src, trio_move(trio));
	ASSERT_VF(&trio->dst, restart_pf(trio));
	ASSERT_VF(&trio->dst, vf_start(&trio->dst, GUEST));
	ASSERT_VF(&trio->other, vf_start(&trio->other, OTHER));
	ASSERT_VF(&trio->dst, vf_say_mac(&trio->dst, 2, MORE));
	ASSERT_VF(&trio->dst, trio_turn(trio));
	ASSERT_VF(&trio->src, trio_move(trio));
	speak(_metadata, &trio->dst, &trio->other, 5, 1);
	vf_send(&trio->other, MORE, 6);
	ASSERT_EQ(0, vf_wait(&trio->dst, &came));
	EXPECT_EQ(6, came);
}

/* It is VF 0 whose first queue is on after a reset of the PF, and not by a guest. */
TEST_F(resets, queue_that_the_pfs_reset_switched_on_sends_nothing_in_p2p)
{
	struct trio *trio = &self->trio;
	struct vf *vf0 = &trio->src, *from = &trio->dst;
	struct stream stream;
	uint32_t head, came;

	ASSERT_VF(vf0, reset_and_enable(vf0));
	ASSERT_VF(vf0, set_state(&vf0->edu, VFIO_MIG_STOP, NULL));
	ASSERT_VF(&trio->other, restart_pf(trio));
	ASSERT_VF(from, vf_start(from, GUEST));
	ASSERT_VF(&trio->other, vf_start(&trio->other, OTHER));
	ASSERT_VF(from, set_state(&from->edu, VFIO_MIG_RUNNING_P2P, NULL));
	head = edu_get(&from->edu, VF_TDH);
	vf_send(from, OTHER, 9);
	ASSERT_VF(from, save_and_stop(&from->edu, &stream));
	vf_guest_moves(from, vf0);
	ASSERT_VF(vf0, load_and_stop(&vf0->edu, stream.bytes, stream.size, STREAM_MAX));
	ASSERT_VF(vf0, set_state(&vf0->edu, VFIO_MIG_RUNNING_P2P, NULL));
	EXPECT_EQ(head, edu_get(&vf0->edu, VF_TDH));
	EXPECT_EQ(-ENOMSG, vf_receive(&trio->other, &came));
	ASSERT_VF(vf0, set_state(&vf0->edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, vf_wait(&trio->other, &came));
	EXPECT_EQ(9, came);
}

/* What a VF's vectors were assigned to before stays in its PF. */
TEST_F(resets, vtivar_of_another_guest_is_refused_until_the_pf_is_reset)
{
	struct trio *trio = &self->trio;
	struct vfio_device_mig_error last;
	struct stream stream;

	edu_set(&trio->dst.edu, VF_VTIVAR, 0x8082);
	ASSERT_VF(&trio->dst, reset_and_enable(&trio->dst));
	EXPECT_EQ(0, edu_get(&trio->dst.edu, VF_VTIVAR));
	edu_set(&trio->src.edu, VF_VTIVAR, 0x8081);
	ASSERT_VF(&trio->src, save_and_stop(&trio->src.edu, &stream));
	EXPECT_EQ(-EBUSY, load_and_stop(&trio->dst.edu, stream.bytes, stream.size,
					STREAM_MAX));
	ASSERT_EQ(0, vfiomig_last_error(trio->dst.edu.dev, &last));
	EXPECT_NE(NULL, strstr((char *)last.text, "vtivar 0x8081: this VF had another"))
		TH_LOG("%s", last.text);
	ASSERT_VF(&trio->dst, reset_and_enable(&trio->dst));
	ASSERT_VF(&trio->other, restart_pf(trio));
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_VF(&trio->src, vf_start(&trio->src, GUEST));
	ASSERT_VF(&trio->other, vf_start(&trio->other, OTHER));
	ASSERT_VF(&trio->src, trio_move(trio));
	EXPECT_EQ(0x8081, edu_get(&trio->dst.edu, VF_VTIVAR));
	speak(_metadata, &trio->dst, &trio->other, 7, 1);
}

/*
 * It is in the section that comes early, and the source has not even been stopped.  Of what
 * was before this the PF knows no more, and is reset for the next.
 */
TEST_F(resets, vtivar_of_another_guest_is_refused_while_the_source_runs)
{
	struct trio *trio = &self->trio;
	struct vfio_device_mig_error last;
	struct stream stream = {};
	int from, to;

	ASSERT_VF(&trio->other, restart_pf(trio));
	ASSERT_VF(&trio->src, vf_start(&trio->src, GUEST));
	ASSERT_VF(&trio->other, vf_start(&trio->other, OTHER));
	edu_set(&trio->dst.edu, VF_VTIVAR, 0x8082);
	ASSERT_EQ(0x8082, edu_get(&trio->dst.edu, VF_VTIVAR));
	ASSERT_VF(&trio->dst, reset_and_enable(&trio->dst));
	edu_set(&trio->src.edu, VF_VTIVAR, 0x8081);
	ASSERT_VF(&trio->dst, set_state(&trio->dst.edu, VFIO_MIG_RESUMING, &to));
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_PRE_COPY, &from));
	EXPECT_EQ(-ENOMSG, read_more(from, &stream));
	EXPECT_EQ(-EBUSY, write_all(to, stream.bytes, stream.size, STREAM_MAX));
	ASSERT_EQ(0, vfiomig_last_error(trio->dst.edu.dev, &last));
	EXPECT_NE(NULL, strstr((char *)last.text, "vtivar 0x8081: this VF had another"))
		TH_LOG("%s", last.text);
	EXPECT_EQ(VFIO_MIG_PRE_COPY, state_of(&trio->src.edu));
	close(to);
	close(from);
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
	speak(_metadata, &trio->src, &trio->other, 8, 1);
	ASSERT_VF(&trio->other, restart_pf(trio));
}

/* Vectors 0 and 2 are no vector of this VF: the PF ORs its own numbers of them. */
TEST_F(resets, vtivar_with_more_bits_than_before_is_refused)
{
	struct trio *trio = &self->trio;
	struct edu *edu = &trio->dst.edu;

	ASSERT_VF(&trio->other, restart_pf(trio));
	EXPECT_EQ(0, vfiomig_write32(edu->dev, VFIO_PCI_BAR0_REGION_INDEX, VF_VTIVAR, 0x8180,
				     &edu->error));
	EXPECT_EQ(-EIO, vfiomig_write32(edu->dev, VFIO_PCI_BAR0_REGION_INDEX, VF_VTIVAR, 0x8182,
					&edu->error));
	EXPECT_EQ(0x8180, edu_get(edu, VF_VTIVAR));
	EXPECT_EQ(0, vfiomig_write32(edu->dev, VFIO_PCI_BAR0_REGION_INDEX, VF_VTIVAR, 0x0080,
				     &edu->error));
	ASSERT_VF(&trio->other, restart_pf(trio));
}

TEST_HARNESS_MAIN
