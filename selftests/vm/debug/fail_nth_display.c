// SPDX-License-Identifier: GPL-2.0
/*
 * As fail_nth does with an edu, here with a display, for what only that has: memory
 * that is mapped, and that is watched and sent while the display runs.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "displays.h"
#include "inject.h"

FIXTURE(sweep)
{
	struct bochs src;
	struct bochs dst;
	int from;
	int to;
};

FIXTURE_VARIANT(sweep)
{
	bool all_after;
};

FIXTURE_VARIANT_ADD(sweep, just_one) { .all_after = false };
FIXTURE_VARIANT_ADD(sweep, all_after) { .all_after = true };

FIXTURE_SETUP(sweep)
{
	ASSERT_EQ(0, inject_all_after(variant->all_after));
	self->from = -1;
	self->to = -1;
	ASSERT_BOCHS(&self->src, displays_open(&self->src, &self->dst));
}

static void close_files(struct _test_data_sweep *self)
{
	if (self->from >= 0)
		close(self->from);
	if (self->to >= 0)
		close(self->to);
	self->from = -1;
	self->to = -1;
}

FIXTURE_TEARDOWN(sweep)
{
	close_files(self);
	bochs_close(&self->dst);
	bochs_close(&self->src);
}

/* What is not begun is not there, and it can be begun again. */
static void sweep_session(struct __test_metadata *_metadata,
			  struct bochs *bochs, unsigned int state)
{
	bool failed = true;
	unsigned int nth;
	int ret, data_fd;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		inject_begin(nth);
		ret = display_set(bochs, state, &data_fd);
		failed = inject_end();
		EXPECT_TRUE(!ret || (failed && inject_excuses(ret))) {
			TH_LOG("to %s, failure %u: %d",
			       vfio_mig_state_name(state), nth, ret);
		}
		if (!ret)
			close(data_fd);
		ASSERT_BOCHS(bochs, vfiomig_reset(bochs->dev, &bochs->error));
		bochs->memory[0] = nth;
		EXPECT_EQ((uint8_t)nth, bochs->memory[0]);
	}
	EXPECT_LT(5, nth);
	EXPECT_GT(INJECT_MOST, nth);
}

TEST_F_TIMEOUT(sweep, session_begins_after_one_that_fails, 300)
{
	sweep_session(_metadata, &self->src, VFIO_MIG_PRE_COPY);
	sweep_session(_metadata, &self->src, VFIO_MIG_STOP_COPY);
	sweep_session(_metadata, &self->src, VFIO_MIG_RESUMING);
}

/* RUNNING to STOP_COPY with pages that were written after they were sent. */
static int stop_while_written(struct _test_data_sweep *self, unsigned int nth,
			      bool *failed)
{
	uint64_t bytes;
	int ret;

	*failed = false;
	ret = display_set(&self->src, VFIO_MIG_PRE_COPY, &self->from);
	if (!ret)
		ret = display_set(&self->dst, VFIO_MIG_RESUMING, &self->to);
	if (!ret)
		ret = display_pump(self->from, self->to, ANY_AMOUNT, &bytes);
	if (ret != -ENOMSG)
		return ret ? ret : -EPIPE;
	self->src.memory[0]++;
	inject_begin(nth);
	ret = display_set(&self->src, VFIO_MIG_STOP_COPY, NULL);
	*failed = inject_end();
	return ret;
}

/* Whether a SET or a copy of it failed: memory arrives, or nothing does. */
TEST_F_TIMEOUT(sweep, memory_arrives_after_a_stop_that_fails, 300)
{
	bool failed = true;
	unsigned int nth;
	uint64_t bytes;
	int ret;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		display_fill(&self->src, nth);
		ret = stop_while_written(self, nth, &failed);
		ASSERT_TRUE(!ret || (failed && inject_excuses(ret)));
		if (ret)
			ASSERT_EQ(0, display_set(&self->src,
						 VFIO_MIG_STOP_COPY, NULL));
		ASSERT_EQ(0, display_pump(self->from, self->to, ANY_AMOUNT,
					  &bytes));
		ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RUNNING, NULL));
		EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
				    self->src.size));
		close_files(self);
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP, NULL));
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	}
	EXPECT_GT(INJECT_MOST, nth);
}

/* Enough for a few pieces, and for a block of what is known of them. */
#define SOME	(1 << 20)

/* All that is there in pre-copy, of which the first read() goes wrong. */
static ssize_t read_all(int data_fd, uint8_t *bytes, size_t room,
			unsigned int nth, bool *failed)
{
	size_t used = 0;
	ssize_t some;

	inject_begin(nth);
	some = read(data_fd, bytes, SOME);
	*failed = inject_end();
	do {
		used += some > 0 ? some : 0;
		some = read(data_fd, bytes + used, room - used);
	} while (some > 0);
	return errno == ENOMSG ? (ssize_t)used : -errno;
}

/*
 * Without memory to know what has been sent, it is sent again if it is written; a
 * read() that fails has lost nothing.
 */
TEST_F_TIMEOUT(sweep, memory_arrives_after_a_read_that_fails, 600)
{
	size_t room = self->src.size + self->src.size / 16;
	uint8_t *bytes = malloc(room);
	bool failed = true;
	unsigned int nth;
	uint64_t rest;
	ssize_t used;

	ASSERT_NE(NULL, bytes);
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		display_fill(&self->src, nth);
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_PRE_COPY,
					 &self->from));
		ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RESUMING,
					 &self->to));
		used = read_all(self->from, bytes, room, nth, &failed);
		ASSERT_LT(self->src.size, used);
		ASSERT_EQ(used, write(self->to, bytes, used));
		self->src.memory[nth * PAGE % self->src.size]++;
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP_COPY, NULL));
		ASSERT_EQ(0, display_pump(self->from, self->to, ANY_AMOUNT,
					  &rest));
		ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RUNNING, NULL));
		EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
				    self->src.size));
		close_files(self);
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	}
	EXPECT_LT(3, nth);
	EXPECT_GT(INJECT_MOST, nth);
	free(bytes);
}

/* A page that is not there yet: the kernel asks for it once more. */
TEST_F_TIMEOUT(sweep, page_comes_after_a_fault_that_fails, 300)
{
	bool failed = true;
	unsigned int nth;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		bochs_close(&self->src);
		ASSERT_BOCHS(&self->src, bochs_open(&self->src, 0));
		inject_begin(nth);
		__atomic_store_n(self->src.memory, nth, __ATOMIC_SEQ_CST);
		failed = inject_end();
		EXPECT_EQ((uint8_t)nth, self->src.memory[0]);
	}
	EXPECT_GT(INJECT_MOST, nth);
}

int main(int argc, char **argv)
{
	return inject_main(argc, argv, test_harness_run);
}
