// SPDX-License-Identifier: GPL-2.0
/*
 * A guest is moved from one VF to another: its frames go on, in both directions, none
 * twice; and interrupts come at the vectors that it wants.
 */
#include "kselftest_harness.h"

#include <errno.h>

#include "igbvf_pair.h"
#include "igbvf_speak.h"
#include "vfiomig_access.h"

#define IVAR	0x8081 /* as Linux has it: receive at vector 1, transmit at 0 */
#define ROUNDS	10

FIXTURE(moves)
{
	struct trio trio;
};

FIXTURE_SETUP(moves)
{
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(moves)
{
	trio_close(&self->trio);
}

static const uint32_t kept[] = {
	0x2900, 0x2904, 0x2908, 0x290c, 0x2910, 0x2918, 0x3900, 0x3904, 0x3908,
	0x3910, 0x3914, 0x3918, 0x3938, 0x393c, VF_VTEIAC, 0x1530, VF_VTEITR0, 0x1684,
	0x1688, VF_VTIVAR_MISC,
};

TEST_F(moves, registers)
{
	uint32_t was[ARRAY_SIZE(kept)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		edu_set(&self->trio.src.edu, kept[i], 0x11223340 + (i << 8));
		was[i] = edu_get(&self->trio.src.edu, kept[i]);
		EXPECT_NE(0, was[i]) TH_LOG("%#x", kept[i]);
	}
	ASSERT_VF(&self->trio.src, trio_move(&self->trio));
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		EXPECT_EQ(was[i], edu_get(&self->trio.dst.edu, kept[i]))
			TH_LOG("%#x", kept[i]);
}

TEST_F(moves, frames_go_on)
{
	struct trio *trio = &self->trio;

	speak(_metadata, &trio->src, &trio->other, 1, 20);
	ASSERT_VF(&trio->src, trio_move(trio));
	speak(_metadata, &trio->dst, &trio->other, 21, 20);
}

TEST_F(moves, there_and_back)
{
	struct trio *trio = &self->trio;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		speak(_metadata, &trio->src, &trio->other, i * 8, 5);
		ASSERT_VF(&trio->src, trio_move(trio)) TH_LOG("move %d", i);
		ASSERT_VF(&trio->dst, trio_turn(trio));
	}
	speak(_metadata, &trio->src, &trio->other, i * 8, 5);
}

/* Where it was put when the queues stood still already, and here it is not sent. */
TEST_F(moves, frame_that_was_not_sent_is_sent_once)
{
	struct trio *trio = &self->trio;
	uint32_t head, number;

	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING_P2P, NULL));
	head = edu_get(&trio->src.edu, VF_TDH);
	vf_send(&trio->src, OTHER, 7);
	EXPECT_EQ(head, edu_get(&trio->src.edu, VF_TDH));
	EXPECT_EQ(-ENOMSG, vf_receive(&trio->other, &number));
	ASSERT_VF(&trio->src, trio_move(trio));
	ASSERT_EQ(0, vf_wait(&trio->other, &number));
	EXPECT_EQ(7, number);
	vf_send(&trio->dst, OTHER, 8);
	ASSERT_EQ(0, vf_wait(&trio->other, &number));
	EXPECT_EQ(8, number);
}

TEST_F(moves, received_frames_that_were_not_taken_are_there)
{
	struct trio *trio = &self->trio;
	uint32_t i, number;

	for (i = 0; i < 5; i++)
		vf_send(&trio->other, GUEST, i);
	ASSERT_VF(&trio->src, trio_move(trio));
	vf_send(&trio->other, GUEST, i);
	for (i = 0; i < 6; i++) {
		ASSERT_EQ(0, vf_wait(&trio->dst, &number));
		EXPECT_EQ(i, number);
	}
}

TEST_F(moves, counters_go_on)
{
	struct trio *trio = &self->trio;
	uint32_t received, sent;

	EXPECT_EQ(0, edu_get(&trio->src.edu, 0xf10));
	speak(_metadata, &trio->src, &trio->other, 1, 4);
	received = edu_get(&trio->src.edu, 0xf10);
	sent = edu_get(&trio->src.edu, 0xf14);
	EXPECT_LE(4, received);
	EXPECT_EQ(4, sent);
	ASSERT_VF(&trio->src, trio_move(trio));
	EXPECT_EQ(received, edu_get(&trio->dst.edu, 0xf10));
	speak(_metadata, &trio->dst, &trio->other, 5, 1);
	EXPECT_EQ(sent + 1, edu_get(&trio->dst.edu, 0xf14));
}

/* ---- interrupts ---- */

static int prepare_vectors(struct vf *vf)
{
	int ret = vf_enable_vectors(vf);

	edu_set(&vf->edu, VF_VTIVAR, IVAR);
	edu_set(&vf->edu, VF_VTEIAC, 7);
	return ret;
}

TEST_F(moves, frames_interrupt_at_the_destination)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, prepare_vectors(&trio->src));
	ASSERT_VF(&trio->dst, vf_enable_vectors(&trio->dst));
	edu_set(&trio->src.edu, VF_VTEIMS, 2);
	ASSERT_VF(&trio->src, trio_move(trio));
	/* It may have waited: what is unmasked is told once. */
	EXPECT_EQ(1, vf_count(&trio->dst, 1, true));
	vf_send(&trio->other, GUEST, 1);
	EXPECT_EQ(1, vf_count(&trio->dst, 1, true));
	EXPECT_EQ(0, vf_count(&trio->dst, 0, false));
	EXPECT_EQ(0, vf_count(&trio->dst, 2, false));
}

/* VTEIMS reads what was written last, and not which vectors are masked. */
TEST_F(moves, mask_moves_and_so_does_what_vteims_reads)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, prepare_vectors(&trio->src));
	ASSERT_VF(&trio->dst, vf_enable_vectors(&trio->dst));
	edu_set(&trio->src.edu, VF_VTEIMS, 5);
	edu_set(&trio->src.edu, VF_VTEIMS, 2);
	edu_set(&trio->src.edu, VF_VTEIMC, 1);
	ASSERT_VF(&trio->src, trio_move(trio));
	EXPECT_EQ(2, edu_get(&trio->dst.edu, VF_VTEIMS));
	EXPECT_EQ(1, vf_count(&trio->dst, 1, true));
	EXPECT_EQ(1, vf_count(&trio->dst, 2, true));
	edu_set(&trio->dst.edu, VF_VTEICS, 7);
	EXPECT_EQ(1, vf_count(&trio->dst, 2, true));
	EXPECT_EQ(1, vf_count(&trio->dst, 1, true));
	EXPECT_EQ(0, vf_count(&trio->dst, 0, false));
}

/* As with the bare VF: the message is sent when the vector is unmasked. */
TEST_F(moves, frame_that_came_while_the_vector_was_masked_interrupts)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->src, prepare_vectors(&trio->src));
	ASSERT_VF(&trio->dst, vf_enable_vectors(&trio->dst));
	edu_set(&trio->src.edu, VF_VTEIMS, 2);
	edu_set(&trio->src.edu, VF_VTEIMC, 2);
	vf_send(&trio->other, GUEST, 1);
	ASSERT_VF(&trio->src, trio_move(trio));
	EXPECT_EQ(0, vf_count(&trio->dst, 1, false));
	edu_set(&trio->dst.edu, VF_VTEIMS, 2);
	EXPECT_EQ(1, vf_count(&trio->dst, 1, true));
}

TEST_F(moves, frame_that_came_while_the_vector_was_masked_interrupts_after_a_stop)
{
	struct vf *vf = &self->trio.src;

	ASSERT_VF(vf, prepare_vectors(vf));
	edu_set(&vf->edu, VF_VTEIMS, 2);
	edu_set(&vf->edu, VF_VTEIMC, 2);
	vf_send(&self->trio.other, GUEST, 1);
	ASSERT_VF(vf, set_state(&vf->edu, VFIO_MIG_STOP, NULL));
	ASSERT_VF(vf, set_state(&vf->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, vf_count(vf, 1, false));
	edu_set(&vf->edu, VF_VTEIMS, 2);
	EXPECT_EQ(1, vf_count(vf, 1, true));
}

TEST_F(moves, another_vfs_vector_is_not_assigned)
{
	struct trio *trio = &self->trio;

	ASSERT_VF(&trio->other, prepare_vectors(&trio->other));
	edu_set(&trio->other.edu, VF_VTEIMS, 7);
	edu_set(&trio->src.edu, VF_VTIVAR, 0x8484);
	EXPECT_EQ(0x8484, edu_get(&trio->src.edu, VF_VTIVAR));
	vf_send(&trio->src, trio->src.mac ^ 0xff00, 1);
	EXPECT_EQ(0, vf_count(&trio->other, 0, false));
	EXPECT_EQ(0, vf_count(&trio->other, 1, false));
	EXPECT_EQ(0, vf_count(&trio->other, 2, false));
}

TEST_HARNESS_MAIN
