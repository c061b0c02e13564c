// SPDX-License-Identifier: GPL-2.0
/*
 * A SET is a transaction: every arc of every accepted transition is made to
 * fail on a real device, and then its way back too.  Which arcs a transition
 * takes comes from the independent search.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "arc_oracle.h"
#include "common.h"
#include "uapi/linux/vfio_mig.h"

#define MAX_ATTEMPTS	256

/**
 * struct attempt - a SET, and the arc on its way that is to fail
 * @from, @to: The SET.
 * @a, @b: The arc.
 * @error: What it fails with; each attempt has its own.
 */
struct attempt {
	unsigned int from, to;
	unsigned int a, b;
	int error;
};

FIXTURE(rollback)
{
	struct edu edu;
	struct stream stream;
	struct attempt attempts[MAX_ATTEMPTS];
	unsigned int count;
	/* The file of the session that the start has, or -1. */
	int data_fd;
};

FIXTURE_VARIANT(rollback)
{
	bool p2p;
	bool pre_copy;
	unsigned int arcs;
};

/* What a device hides it passes through, and may fail in. */
FIXTURE_VARIANT_ADD(rollback, all)
{
	.p2p = true, .pre_copy = true, .arcs = 77,
};

FIXTURE_VARIANT_ADD(rollback, no_pre_copy) { .p2p = true, .arcs = 36 };
FIXTURE_VARIANT_ADD(rollback, no_p2p) { .pre_copy = true, .arcs = 42 };
FIXTURE_VARIANT_ADD(rollback, none) { .arcs = 24 };

static unsigned int attempts_of(struct attempt *out, unsigned int from,
				unsigned int to)
{
	struct oracle_way way = oracle_search(from, to);
	unsigned int i, state = from;

	for (i = 0; i < way.length; i++) {
		out[i] = (struct attempt){
			.from = from, .to = to, .a = state, .b = way.state[i],
			.error = 1000 + 100 * from + 10 * to + i,
		};
		state = way.state[i];
	}
	return way.length;
}

static unsigned int all_attempts(struct attempt *out, __u64 features)
{
	unsigned int from, to, count = 0;

	for (from = 1; from < ORACLE_STATES; from++)
		for (to = 1; to < ORACLE_STATES; to++)
			if (oracle_offers(features, from) &&
			    oracle_accepts(features, from, to))
				count += attempts_of(out + count, from, to);
	return count;
}

FIXTURE_SETUP(rollback)
{
	__u64 features;

	self->data_fd = -1;
	ASSERT_EDU(&self->edu, open_with_states(&self->edu, variant->p2p,
						variant->pre_copy));
	ASSERT_EDU(&self->edu, vfiomig_features(self->edu.dev, &features,
						&self->edu.error));
	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
	self->count = all_attempts(self->attempts, features);
	ASSERT_EQ(variant->arcs, self->count);
}

FIXTURE_TEARDOWN(rollback)
{
	clear_faults(&self->edu);
	close(self->data_fd);
	close_and_show(&self->edu);
}

/* Does @state have another session than @from, or none where that has one? */
static bool left_session(unsigned int from, unsigned int state)
{
	return oracle_session(from) != ORACLE_NO_SESSION &&
	       oracle_session(from) != oracle_session(state);
}

/* In the start; a stream to be loaded lacks @missing bytes. */
static int prepare(struct edu *edu, const struct stream *stream,
		   const struct attempt *attempt, size_t missing, int *data_fd)
{
	int ret;

	close(*data_fd);
	*data_fd = -1;
	ret = clear_faults(edu);
	if (!ret)
		ret = vfiomig_reset(edu->dev, &edu->error);
	if (!ret)
		ret = go_to(edu, attempt->from, data_fd);
	if (!ret && attempt->from == VFIO_MIG_RESUMING)
		ret = write_all(*data_fd, stream->bytes,
				stream->size - missing, 4096);
	return ret;
}

#define PREPARE(attempt, missing) \
	ASSERT_EDU(&self->edu, prepare(&self->edu, &self->stream, attempt, \
				       missing, &self->data_fd))

static int arm(struct edu *edu, const struct attempt *attempt)
{
	return fail_arc(edu, attempt->a, attempt->b, attempt->error, 1);
}

#define LOG_ATTEMPT(attempt) \
	TH_LOG("%s -> %s, and %s -> %s fails", \
	       vfio_mig_state_name((attempt)->from), \
	       vfio_mig_state_name((attempt)->to), \
	       vfio_mig_state_name((attempt)->a), \
	       vfio_mig_state_name((attempt)->b))

/* The SET fails as the arc was told to, and gives no file. */
static void set_fails(struct __test_metadata *_metadata, struct edu *edu,
		      const struct attempt *attempt, unsigned int state)
{
	int data_fd;

	EXPECT_EQ(-attempt->error, set_state(edu, attempt->to, &data_fd)) {
		LOG_ATTEMPT(attempt);
	}
	EXPECT_EQ(-1, data_fd) { LOG_ATTEMPT(attempt); }
	EXPECT_EQ(state, state_of(edu)) { LOG_ATTEMPT(attempt); }
}

TEST_F_TIMEOUT(rollback, state_is_the_start_or_error_if_a_session_ended, 300)
{
	const struct attempt *attempt = self->attempts;
	int fds;

	for (; attempt < self->attempts + self->count; attempt++) {
		PREPARE(attempt, 0);
		ASSERT_EQ(0, arm(&self->edu, attempt));
		fds = count_fds();
		set_fails(_metadata, &self->edu, attempt,
			  left_session(attempt->from, attempt->a) ?
			  VFIO_MIG_ERROR : attempt->from);
		EXPECT_EQ(fds, count_fds());
	}
}

TEST_F_TIMEOUT(rollback, set_succeeds_when_tried_again, 300)
{
	const struct attempt *attempt = self->attempts;
	unsigned int missing;
	int data_fd;

	for (; attempt < self->attempts + self->count; attempt++) {
		if (left_session(attempt->from, attempt->a))
			continue;
		/* The file of a load that goes on can still be written. */
		missing = attempt->from == VFIO_MIG_RESUMING ? 1 : 0;
		PREPARE(attempt, missing);
		ASSERT_EQ(0, arm(&self->edu, attempt));
		set_fails(_metadata, &self->edu, attempt, attempt->from);
		if (missing)
			ASSERT_EQ(1, write(self->data_fd, self->stream.bytes +
					   self->stream.size - 1, 1));
		EXPECT_EQ(0, set_state(&self->edu, attempt->to, &data_fd)) {
			LOG_ATTEMPT(attempt);
		}
		EXPECT_EQ(left_session(attempt->to, attempt->from),
			  data_fd >= 0);
		EXPECT_EQ(attempt->to, state_of(&self->edu));
		close(data_fd);
	}
}

TEST_F(rollback, saving_session_goes_on_where_it_was)
{
	struct attempt attempt = {
		.from = VFIO_MIG_STOP_COPY, .to = VFIO_MIG_RUNNING,
		.a = VFIO_MIG_STOP_COPY, .b = VFIO_MIG_STOP, .error = 77,
	};
	struct stream all;

	PREPARE(&attempt, 0);
	ASSERT_EQ(0, arm(&self->edu, &attempt));
	ASSERT_EQ(100, read(self->data_fd, all.bytes, 100));
	set_fails(_metadata, &self->edu, &attempt, VFIO_MIG_STOP_COPY);
	ASSERT_EQ(0, read_all(self->data_fd, &all, 1000));
	EXPECT_EQ(self->stream.size - 100, all.size);
}

TEST_F_TIMEOUT(rollback, state_is_error_if_the_way_back_fails, 300)
{
	const struct attempt *attempt = self->attempts;
	struct oracle_way back;
	unsigned int i, state;

	for (; attempt < self->attempts + self->count; attempt++) {
		if (left_session(attempt->from, attempt->a))
			continue;
		back = oracle_search(attempt->a, attempt->from);
		for (i = 0; i < back.length; i++) {
			state = i ? back.state[i - 1] : attempt->a;
			PREPARE(attempt, 0);
			ASSERT_EQ(0, arm(&self->edu, attempt));
			ASSERT_EQ(0, fail_arc(&self->edu, state, back.state[i],
					      EXDEV, 1));
			set_fails(_metadata, &self->edu, attempt,
				  VFIO_MIG_ERROR);
		}
	}
}

/* The last error is the first failure; what failed later is not told. */
TEST_F_TIMEOUT(rollback, last_error_names_the_arc_that_failed, 300)
{
	const struct attempt *attempt = self->attempts;
	struct vfio_device_mig_error last;

	for (; attempt < self->attempts + self->count; attempt++) {
		PREPARE(attempt, 0);
		ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
		EXPECT_EQ(0, last.error);
		EXPECT_EQ(0, last.text[0]);
		ASSERT_EQ(0, arm(&self->edu, attempt));
		EXPECT_EQ(-attempt->error,
			  set_state(&self->edu, attempt->to, NULL));
		ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
		EXPECT_EQ(attempt->error, last.error);
		EXPECT_EQ(attempt->a, last.from);
		EXPECT_EQ(attempt->b, last.to);
		EXPECT_EQ(0, last.section);
		EXPECT_NE(NULL, strstr((char *)last.text, "injected fault"));
	}
}

TEST_F_TIMEOUT(rollback, only_a_reset_leaves_error, 120)
{
	static const struct attempt attempts[] = {
		{ VFIO_MIG_STOP_COPY, VFIO_MIG_RUNNING,
		  VFIO_MIG_STOP, VFIO_MIG_RUNNING_P2P, 61 },
		{ VFIO_MIG_RESUMING, VFIO_MIG_RUNNING,
		  VFIO_MIG_STOP, VFIO_MIG_RUNNING_P2P, 62 },
	};
	uint8_t byte = 0;
	unsigned int i, to;

	for (i = 0; i < 2; i++) {
		PREPARE(&attempts[i], 0);
		ASSERT_EQ(0, arm(&self->edu, &attempts[i]));
		set_fails(_metadata, &self->edu, &attempts[i], VFIO_MIG_ERROR);

		EXPECT_EQ(-1, i ? write(self->data_fd, &byte, 1) :
				  read(self->data_fd, &byte, 1));
		EXPECT_EQ(ENODEV, errno);
		for (to = 0; to < ORACLE_STATES; to++) {
			EXPECT_EQ(-EIO, set_state(&self->edu, to, NULL));
			EXPECT_EQ(VFIO_MIG_ERROR, state_of(&self->edu));
		}
		ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev,
						     &self->edu.error));
		EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
		if (!has_edu())
			continue;
		EXPECT_TRUE(is_blank(&self->edu));
		EXPECT_EQ(0, device_works(&self->edu));
	}
}

TEST_F_TIMEOUT(rollback, device_goes_on_with_what_it_had, 120)
{
	struct edu *edu = &self->edu;

	if (!has_edu())
		SKIP(return, "it is edu's registers that are looked at");
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, fail_arc(edu, VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, 55, 1));
	EXPECT_EQ(-55, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_TRUE(is_marked(edu));
	EXPECT_TRUE(is_buffer_marked(edu));
	EXPECT_EQ(0, device_works(edu));
}

/* In RUNNING_P2P its time stands still, so that it is surely pending. */
TEST_F_TIMEOUT(rollback, pending_dma_stays_pending_and_completes, 120)
{
	struct edu *edu = &self->edu;

	if (!has_edu())
		SKIP(return, "a display does no DMA");
	if (!variant->p2p)
		SKIP(return, "nothing is sure to be pending without P2P");
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
	edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, 0);
	ASSERT_EQ(0, fail_arc(edu, VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, 55, 1));
	EXPECT_EQ(-55, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(VFIO_MIG_RUNNING_P2P, state_of(edu));
	EXPECT_EQ(EDU_DMA_RUN | EDU_DMA_TO_MEMORY,
		  edu_get64(edu, EDU_DMA_COMMAND));
	EXPECT_EQ(0, edu->memory[1]);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, edu_wait_dma(edu));
	EXPECT_NE(0, edu->memory[1]);
}

TEST_F(rollback, nth_time_of_a_fault_counts)
{
	struct edu *edu = &self->edu;

	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	ASSERT_EQ(0, fail_arc(edu, VFIO_MIG_RUNNING, VFIO_MIG_RUNNING_P2P, 5,
			      2));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(-5, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
}

TEST_HARNESS_MAIN
