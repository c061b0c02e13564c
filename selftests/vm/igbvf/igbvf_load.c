// SPDX-License-Identifier: GPL-2.0
/*
 * A guest is moved again and again while somebody sends to it all the time, whatever state it
 * is in, and it answers: frames may be lost as on a wire, but what comes is in order, and
 * none twice.  With $VFIO_MIG_FULL a hundred times, or as $VFIO_MIG_ROUNDS says.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdatomic.h>

#include "igbvf_pair.h"
#include "igbvf_speak.h"
#include "setting.h"

#define MOVES	10
#define MANY	100 /* if $VFIO_MIG_FULL */
#define BETWEEN	24 /* frames that the guest answers before it moves again: more than a ring */

/**
 * struct load - who sends and hears the answers; its VF is the thread's while that runs
 * @other: By which.
 * @thread: Who.
 * @ends: It shall.
 * @sent: The last number.
 * @heard: The last one that was answered.
 * @wrong: Answers that came twice, or late.
 */
struct load {
	struct vf *other;
	pthread_t thread;
	atomic_bool ends;
	uint32_t sent;
	uint32_t heard;
	uint32_t wrong;
};

static void *send_and_hear(void *arg)
{
	struct load *load = arg;
	uint32_t number;

	while (!atomic_load(&load->ends)) {
		vf_send(load->other, GUEST, ++load->sent);
		while (!vf_receive(load->other, &number)) {
			load->wrong += number <= load->heard;
			load->heard = number;
		}
	}
	return NULL;
}

FIXTURE(load)
{
	struct trio trio;
	struct load load;
	bool runs;
	uint32_t last;
};

FIXTURE_SETUP(load)
{
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
	self->load.other = &self->trio.other;
	ASSERT_EQ(0, pthread_create(&self->load.thread, NULL, send_and_hear, &self->load));
	self->runs = true;
}

static void end_load(struct _test_data_load *self)
{
	atomic_store(&self->load.ends, true);
	if (self->runs)
		pthread_join(self->load.thread, NULL);
	self->runs = false;
}

FIXTURE_TEARDOWN(load)
{
	end_load(self);
	trio_close(&self->trio);
}

static void answer(struct __test_metadata *_metadata, struct _test_data_load *self)
{
	uint32_t number;
	int i;

	for (i = 0; i < BETWEEN; i++) {
		ASSERT_EQ(0, vf_wait(&self->trio.src, &number));
		EXPECT_LT(self->last, number);
		self->last = number;
		vf_send(&self->trio.src, OTHER, number);
	}
}

/* What was sent to it and not taken yet. */
static void take_all(struct __test_metadata *_metadata, struct _test_data_load *self)
{
	uint32_t number;

	while (!vf_receive(&self->trio.src, &number)) {
		EXPECT_LT(self->last, number);
		self->last = number;
	}
	while (!vf_receive(&self->trio.other, &number)) {
		EXPECT_LT(self->load.heard, number);
		self->load.heard = number;
	}
}

TEST_F_TIMEOUT(load, nothing_comes_twice_whenever_it_moves, 1800)
{
	unsigned long usual = setting("VFIO_MIG_FULL", 0) ? MANY : MOVES;
	unsigned long move, end = setting("VFIO_MIG_ROUNDS", usual) ?: usual;

	for (move = 0; move < end; move++) {
		answer(_metadata, self);
		ASSERT_VF(&self->trio.src, trio_move(&self->trio)) TH_LOG("move %lu", move);
		ASSERT_VF(&self->trio.dst, trio_turn(&self->trio));
	}
	answer(_metadata, self);
	end_load(self);
	take_all(_metadata, self);
	EXPECT_EQ(0, self->load.wrong);
	EXPECT_LT(0, self->load.heard);
	TH_LOG("%lu moves: %u sent, the last answered is %u", end, self->load.sent,
	       self->load.heard);
	speak(_metadata, &self->trio.src, &self->trio.other, self->load.sent + 1, 1);
}

TEST_HARNESS_MAIN
