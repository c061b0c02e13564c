// SPDX-License-Identifier: GPL-2.0
/*
 * A process that is killed in a call, while others share the device: they find it
 * whole, in the state that GET says.
 */
#include "kselftest_harness.h"

#include <errno.h>

#include "caller.h"
#include "edu_view.h"

#define ROUNDS		30
#define OTHER_IRQ	2u		/* raised by the guest, so that no engine does */

/* Some seconds: no child that waits for it is done before it is killed. */
#define LONGEST		(10 * LONG_FACTORIAL)

FIXTURE(killed)
{
	struct edu edu;
	struct edu other;
};

FIXTURE_SETUP(killed)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, &self->other));
}

FIXTURE_TEARDOWN(killed)
{
	clear_faults(&self->edu);
	edu_close(&self->edu);
	edu_close(&self->other);
}

/* ---- what the child does ---- */

static int to_stop(struct edu *edu)
{
	return set_state(edu, VFIO_MIG_STOP, NULL);
}

static int to_stop_copy(struct edu *edu)
{
	return set_state(edu, VFIO_MIG_STOP_COPY, NULL);
}

static int to_running(struct edu *edu)
{
	return set_state(edu, VFIO_MIG_RUNNING, NULL);
}

static int reset(struct edu *edu)
{
	return vfiomig_reset(edu->dev, &edu->error);
}

/* ---- an arc that is killed ---- */

/*
 * With the device captured and the engine about to be run once more, which is over
 * so soon that it has to be tried some times.
 */
TEST_F_TIMEOUT(killed, stop_leaves_a_device_that_holds_everything, 300)
{
	struct edu *edu = &self->edu;
	int round;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, set_knob(edu, "delay_arc", "RUNNING_P2P STOP 60000"));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, kill_in_call(edu, to_stop));
		ASSERT_EQ(VFIO_MIG_STOP, state_of(edu));
		ASSERT_TRUE(is_marked(edu));
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
		ASSERT_TRUE(is_marked(edu));
	}
	EXPECT_TRUE(is_buffer_marked(edu));
	EXPECT_EQ(0, device_works(edu));
}

/* It waits for what the device computed for somebody before. */
TEST_F_TIMEOUT(killed, start_leaves_what_was_loaded_to_be_started, 300)
{
	struct edu *edu = &self->edu;
	struct stream stream;

	ASSERT_EQ(0, mark_device(&self->other));
	ASSERT_EQ(0, save_and_stop(&self->other, &stream));
	start_factorial(edu, LONGEST, false);
	ASSERT_EQ(0, load_and_stop(edu, stream.bytes, stream.size, STREAM_MAX));
	ASSERT_EQ(0, kill_in_call(edu, to_running));
	EXPECT_EQ(VFIO_MIG_STOP, state_of(edu));
	EXPECT_TRUE(is_marked(edu));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(edu));
	EXPECT_TRUE(is_buffer_marked(edu));
}

/* ---- what is not given up ---- */

/*
 * An engine that computes, with an interrupt up that has nothing to do with it, is
 * not just let go on: the way back waits for it.
 */
TEST_F_TIMEOUT(killed, way_back_is_walked_to_its_end, 300)
{
	struct edu *edu = &self->edu;
	char armed[64];

	ASSERT_EQ(0, set_knob(edu, "delay_arc", "STOP STOP_COPY 60000"));
	ASSERT_EQ(0, fail_arc(edu, VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, EIO, 1));
	edu_set(edu, EDU_LIVENESS, 5);
	edu_set(edu, EDU_IRQ_RAISE, OTHER_IRQ);
	start_factorial(edu, LONGEST, false);
	ASSERT_EQ(0, kill_in_call(edu, to_stop_copy));
	ASSERT_EQ(0, get_knob(edu, "fail_arc", armed, sizeof(armed)));
	EXPECT_STREQ("", armed);
	ASSERT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_EQ(~5u, edu_get(edu, EDU_LIVENESS));
	EXPECT_EQ(OTHER_IRQ, edu_get(edu, EDU_IRQ_STATUS));
	/* Anew, as nobody can tell how far it was. */
	EXPECT_EQ(EDU_STATUS_COMPUTING, edu_get(edu, EDU_STATUS));
	EXPECT_EQ(LONGEST, edu_get(edu, EDU_FACTORIAL));
}

TEST_F_TIMEOUT(killed, reset_is_carried_out, 300)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, mark_device(edu));
	start_factorial(edu, LONGEST, false);
	ASSERT_EQ(0, kill_in_call(edu, reset));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_TRUE(is_blank(edu));
	EXPECT_EQ(0, device_works(edu));
}

TEST_HARNESS_MAIN
