// SPDX-License-Identifier: GPL-2.0
/*
 * A VF that stands still does so: no byte of memory changes, no head moves, no message
 * comes, whatever is sent to it; and it goes on afterwards.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>

#include "igbvf_pair.h"
#include "vfiomig_access.h"

FIXTURE(quiet)
{
	struct trio trio;
	uint8_t *before;
};

FIXTURE_SETUP(quiet)
{
	self->before = malloc(EDU_MEMORY_SIZE);
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(quiet)
{
	trio_close(&self->trio);
	free(self->before);
}

/* Frames between VFs are there when the write that sends them is over. */
static void attack(struct trio *trio)
{
	uint32_t i;

	for (i = 0; i < 10; i++)
		vf_send(&trio->other, GUEST, 100 + i);
}

FIXTURE_VARIANT(quiet)
{
	uint32_t state;
};

FIXTURE_VARIANT_ADD(quiet, running_p2p) { .state = VFIO_MIG_RUNNING_P2P };
FIXTURE_VARIANT_ADD(quiet, stop) { .state = VFIO_MIG_STOP };

TEST_F(quiet, no_byte_changes)
{
	struct trio *trio = &self->trio;
	uint32_t head, number;

	ASSERT_VF(&trio->src, set_state(&trio->src.edu, variant->state, NULL));
	memcpy(self->before, trio->src.edu.memory, EDU_MEMORY_SIZE);
	head = edu_get(&trio->src.edu, VF_RDH);
	attack(trio);
	EXPECT_EQ(0, memcmp(self->before, trio->src.edu.memory, EDU_MEMORY_SIZE));
	EXPECT_EQ(head, edu_get(&trio->src.edu, VF_RDH));
	/* And it would have: what comes when it runs is there. */
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
	vf_send(&trio->other, GUEST, 1);
	ASSERT_EQ(0, vf_wait(&trio->src, &number));
	EXPECT_EQ(1, number);
	EXPECT_NE(0, memcmp(self->before, trio->src.edu.memory, EDU_MEMORY_SIZE));
}

TEST_F(quiet, nothing_is_sent)
{
	struct trio *trio = &self->trio;
	uint32_t head, number;

	ASSERT_VF(&trio->src, set_state(&trio->src.edu, variant->state, NULL));
	head = edu_get(&trio->src.edu, VF_TDH);
	vf_send(&trio->src, OTHER, 1);
	EXPECT_EQ(-ENOMSG, vf_receive(&trio->other, &number));
	EXPECT_EQ(head, edu_get(&trio->src.edu, VF_TDH));
}

/* A queue is off, and reads as if it were on. */
TEST_F(quiet, queues_read_as_they_were)
{
	struct trio *trio = &self->trio;
	uint32_t value = edu_get(&trio->src.edu, VF_RXDCTL);

	EXPECT_EQ(VF_ENABLE, value & VF_ENABLE);
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, variant->state, NULL));
	EXPECT_EQ(value, edu_get(&trio->src.edu, VF_RXDCTL));
	ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(value, edu_get(&trio->src.edu, VF_RXDCTL));
}

static void set_timers(struct vf *vf, uint32_t interval)
{
	unsigned int i;

	for (i = 0; i < VF_VECTORS; i++)
		edu_set(&vf->edu, VF_VTEITR0 + 4 * i, interval);
}

/* All of them run, and have a message to send when they are over. */
static void start_timers(struct __test_metadata *_metadata, struct vf *vf)
{
	ASSERT_VF(vf, vf_enable_vectors(vf));
	edu_set(&vf->edu, VF_VTEIAC, 7);
	set_timers(vf, 0x7ffe);
	edu_set(&vf->edu, VF_VTEIMS, 7);
	edu_set(&vf->edu, VF_VTEICS, 7);
	EXPECT_EQ(1, vf_count(vf, 0, true));
	edu_set(&vf->edu, VF_VTEICS, 7);
}

/* One that runs goes on with the interval that it had. */
TEST_F(quiet, no_message_comes_of_a_timer_that_was_longer)
{
	struct vf *vf = &self->trio.src, *other = &self->trio.other;
	unsigned int i;

	start_timers(_metadata, vf);
	set_timers(vf, 0);
	ASSERT_VF(vf, set_state(&vf->edu, VFIO_MIG_STOP, NULL));
	for (i = 0; i < VF_VECTORS; i++)
		vf_count(vf, i, false);
	/* When one that is as long and began later is over, these are. */
	start_timers(_metadata, other);
	EXPECT_EQ(1, vf_count(other, 0, true));
	for (i = 0; i < VF_VECTORS; i++)
		EXPECT_EQ(0, vf_count(vf, i, false)) TH_LOG("vector %u", i);
}

/* Masked, a timer that runs would send one more. */
TEST_F(quiet, no_message_comes_after_stop)
{
	struct trio *trio = &self->trio;
	struct edu *edu = &trio->src.edu;
	unsigned int i;

	start_timers(_metadata, &trio->src);
	ASSERT_VF(&trio->src, set_state(edu, VFIO_MIG_STOP, NULL));
	for (i = 0; i < VF_VECTORS; i++)
		vf_count(&trio->src, i, false);
	attack(trio);
	edu_set(edu, VF_VTEICS, 7);
	for (i = 0; i < VF_VECTORS; i++)
		EXPECT_EQ(0, vf_count(&trio->src, i, false)) TH_LOG("vector %u", i);
	/* The way to the eventfd is open. */
	ASSERT_VF(&trio->src, set_state(edu, VFIO_MIG_RUNNING, NULL));
	for (i = 0; i < VF_VECTORS; i++)
		EXPECT_EQ(1, vf_count(&trio->src, i, true)) TH_LOG("vector %u", i);
}

/* ---- Bus Master ---- */

/* Otherwise the first frame that comes runs the head over the whole ring. */
TEST_F(quiet, queue_is_off_before_bus_master_is)
{
	struct trio *trio = &self->trio;
	struct edu *edu = &trio->src.edu;
	uint32_t head = edu_get(edu, VF_RDH);

	ASSERT_VF(&trio->src, vfiomig_pci_command(edu->dev, 0, PCI_COMMAND_MASTER,
						  &edu->error));
	EXPECT_EQ(0, edu_get(edu, VF_RXDCTL) & VF_ENABLE);
	EXPECT_EQ(0, edu_get(edu, VF_TXDCTL) & VF_ENABLE);
	attack(trio);
	EXPECT_EQ(head, edu_get(edu, VF_RDH));
}

TEST_F(quiet, moved_without_bus_master_it_waits_for_that)
{
	struct trio *trio = &self->trio;
	struct edu *edu = &trio->dst.edu;
	uint32_t head, number;

	ASSERT_VF(&trio->dst, vfiomig_pci_command(edu->dev, 0, PCI_COMMAND_MASTER,
						  &edu->error));
	ASSERT_VF(&trio->src, trio_move(trio));
	EXPECT_EQ(0, edu_get(edu, VF_RXDCTL) & VF_ENABLE);
	head = edu_get(edu, VF_RDH);
	attack(trio);
	EXPECT_EQ(head, edu_get(edu, VF_RDH));
	ASSERT_VF(&trio->dst, vfiomig_pci_command(edu->dev, PCI_COMMAND_MASTER, 0,
						  &edu->error));
	EXPECT_EQ(VF_ENABLE, edu_get(edu, VF_RXDCTL) & VF_ENABLE);
	vf_send(&trio->other, GUEST, 5);
	ASSERT_EQ(0, vf_wait(&trio->dst, &number));
	EXPECT_EQ(5, number);
}

TEST_HARNESS_MAIN
