// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family's events: each transition is told as it was, in order, and
 * whoever does not read them in time loses them and sees that.
 *
 * An event is there when the call that made it returns, so nothing waits here.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arc_oracle.h"
#include "common.h"
#include "mig_netlink.h"
#include "uapi/linux/vfio_mig.h"

#define ALL_GROUPS	"state progress error"

FIXTURE(events)
{
	struct edu edu;
	struct listener listener;
	struct stream stream;
	int data_fd;
};

FIXTURE_SETUP(events)
{
	self->data_fd = -1;
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	ASSERT_EQ(0, listen_to(&self->listener, "state error"));
}

FIXTURE_TEARDOWN(events)
{
	clear_faults(&self->edu);
	close(self->data_fd);
	listen_end(&self->listener);
	edu_close(&self->edu);
}

#define NEXT(event, kind) do { \
	ASSERT_EQ(1, listen_next(&self->listener, event)); \
	ASSERT_EQ(VFIO_MIG_CMD_##kind, (event)->command); \
	EXPECT_STREQ(self->edu.bdf, (event)->name); \
} while (0)

#define NO_MORE() do { \
	struct told_event more; \
	EXPECT_EQ(0, listen_next(&self->listener, &more)); \
} while (0)

/* The ways of the search, with times that are in order. */
static void is_way(struct __test_metadata *_metadata,
		   const struct told_event *event)
{
	struct oracle_way way = oracle_search(event->from, event->to);
	uint64_t time = event->time - event->ns;
	unsigned int i, state = event->from;

	ASSERT_EQ(way.length, event->arcs);
	for (i = 0; i < way.length; i++) {
		EXPECT_EQ(state, event->arc[i].from);
		EXPECT_EQ(way.state[i], event->arc[i].to);
		EXPECT_EQ(0, event->arc[i].error);
		EXPECT_LE(time, event->arc[i].time - event->arc[i].ns);
		state = way.state[i];
		time = event->arc[i].time;
	}
	EXPECT_LE(time, event->time);
}

/* A reset device is brought to @from; what it has to load is a whole stream. */
static int prepare(struct edu *edu, const struct stream *stream,
		   unsigned int from, int *data_fd)
{
	int ret;

	close(*data_fd);
	*data_fd = -1;
	ret = vfiomig_reset(edu->dev, &edu->error);
	if (!ret)
		ret = go_to(edu, from, data_fd);
	if (!ret && from == VFIO_MIG_RESUMING)
		ret = write_all(*data_fd, stream->bytes, stream->size, 4096);
	return ret;
}

TEST_F_TIMEOUT(events, each_transition_is_told_with_its_arcs, 240)
{
	struct told_event event;
	unsigned int from, to, count = 0;
	__u64 features;
	uint32_t seq;
	int data_fd;

	ASSERT_EDU(&self->edu, vfiomig_features(self->edu.dev, &features,
						&self->edu.error));
	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
	for (from = 1; from < ORACLE_STATES; from++) {
		for (to = 1; to < ORACLE_STATES; to++) {
			if (from == to || !oracle_accepts(features, from, to))
				continue;
			ASSERT_EQ(0, prepare(&self->edu, &self->stream, from,
					     &self->data_fd));
			listen_drain(&self->listener);
			ASSERT_EQ(0, set_state(&self->edu, to, &data_fd));
			NEXT(&event, STATE);
			EXPECT_EQ(VFIO_MIG_CAUSE_SET, event.cause);
			EXPECT_EQ(from, event.from);
			EXPECT_EQ(to, event.to);
			EXPECT_EQ(to, event.state);
			EXPECT_EQ(0, event.error);
			is_way(_metadata, &event);
			seq = event.seq;
			close(data_fd);

			/* To where it is: nothing has happened. */
			ASSERT_EQ(0, set_state(&self->edu, to, NULL));
			NO_MORE();
			ASSERT_EQ(-EINVAL, set_state(&self->edu,
						     VFIO_MIG_ERROR, NULL));
			NEXT(&event, ERROR);
			EXPECT_EQ(EINVAL, event.failure.error);
			NEXT(&event, STATE);
			EXPECT_EQ(seq + 1, event.seq);
			EXPECT_EQ(EINVAL, event.error);
			EXPECT_EQ(0, event.arcs);
			count++;
		}
	}
	EXPECT_LE(20, count);
}

TEST_F_TIMEOUT(events, way_back_is_told, 120)
{
	static const unsigned int states[] = {
		VFIO_MIG_RUNNING, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
	};
	struct vfio_device_mig_error last;
	struct told_event error, event;

	listen_drain(&self->listener);
	ASSERT_EQ(0, fail_arc(&self->edu, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
			      ENOSPC, 1));
	ASSERT_EQ(-ENOSPC, set_state(&self->edu, VFIO_MIG_STOP_COPY, NULL));

	ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
	NEXT(&error, ERROR);
	EXPECT_EQ(ENOSPC, error.failure.error);
	EXPECT_EQ(last.from, error.failure.from);
	EXPECT_EQ(last.to, error.failure.to);
	EXPECT_STREQ((char *)last.text, error.failure.text);

	NEXT(&event, STATE);
	EXPECT_EQ(ENOSPC, event.error);
	EXPECT_EQ(VFIO_MIG_RUNNING, event.from);
	EXPECT_EQ(VFIO_MIG_STOP_COPY, event.to);
	EXPECT_EQ(VFIO_MIG_RUNNING, event.state);
	ASSERT_EQ(3, event.arcs);
	EXPECT_EQ(states[0], event.arc[0].from);
	EXPECT_EQ(states[1], event.arc[0].to);
	EXPECT_EQ(0, event.arc[0].error);
	EXPECT_EQ(states[1], event.arc[1].from);
	EXPECT_EQ(states[2], event.arc[1].to);
	EXPECT_EQ(ENOSPC, event.arc[1].error);
	EXPECT_EQ(states[1], event.arc[2].from);
	EXPECT_EQ(states[0], event.arc[2].to);
	EXPECT_EQ(0, event.arc[2].error);
	EXPECT_LE(error.time, event.time);
	NO_MORE();
}

TEST_F_TIMEOUT(events, lost_device_is_told, 120)
{
	struct told_event event;

	ASSERT_EQ(0, fail_arc(&self->edu, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
			      ENOSPC, 1));
	ASSERT_EQ(0, fail_arc(&self->edu, VFIO_MIG_RUNNING_P2P,
			      VFIO_MIG_RUNNING, ENOMEM, 1));
	ASSERT_EQ(-ENOSPC, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	NEXT(&event, ERROR);
	NEXT(&event, STATE);
	EXPECT_EQ(VFIO_MIG_ERROR, event.state);
	EXPECT_EQ(ENOSPC, event.error);
	ASSERT_EQ(3, event.arcs);
	EXPECT_EQ(ENOMEM, event.arc[2].error);

	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev, &self->edu.error));
	NEXT(&event, STATE);
	EXPECT_EQ(VFIO_MIG_CAUSE_RESET, event.cause);
	EXPECT_EQ(VFIO_MIG_ERROR, event.from);
	EXPECT_EQ(VFIO_MIG_RUNNING, event.state);
	EXPECT_EQ(0, event.error);
	NO_MORE();
}

TEST_F_TIMEOUT(events, open_and_close_are_told, 120)
{
	struct told_event event;
	char bdf[64];

	snprintf(bdf, sizeof(bdf), "%s", self->edu.bdf);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	NEXT(&event, STATE);
	edu_close(&self->edu);
	NEXT(&event, STATE);
	EXPECT_EQ(VFIO_MIG_CAUSE_CLOSE, event.cause);
	EXPECT_EQ(VFIO_MIG_STOP, event.from);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, bdf));
	NEXT(&event, STATE);
	EXPECT_EQ(VFIO_MIG_CAUSE_OPEN, event.cause);
	EXPECT_EQ(VFIO_MIG_RUNNING, event.state);
	NO_MORE();
}

TEST_F_TIMEOUT(events, refused_stream_is_told_with_its_section, 120)
{
	struct vfio_device_mig_error last;
	struct told_event event;
	int data_fd, ret;

	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
	/* The first byte of the first section's payload. */
	self->stream.bytes[sizeof(struct vfio_mig_stream_header) +
			   sizeof(struct vfio_mig_frame)] ^= 1;
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	listen_drain(&self->listener);
	ret = write_all(data_fd, self->stream.bytes, self->stream.size,
			STREAM_MAX);
	ASSERT_GT(0, ret);
	ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
	NEXT(&event, ERROR);
	EXPECT_EQ(-ret, event.failure.error);
	EXPECT_EQ(VFIO_MIG_SECTION_EDU_REGISTERS, event.failure.section);
	EXPECT_EQ(last.section, event.failure.section);
	EXPECT_EQ(VFIO_MIG_RESUMING, event.failure.from);
	EXPECT_EQ(VFIO_MIG_STOP, event.failure.to);
	EXPECT_STREQ((char *)last.text, event.failure.text);
	NO_MORE();
	close(data_fd);
}

/* ---- progress ---- */

/*
 * A byte at a time, to its end, with a question after each; all that is told
 * meanwhile is looked at.
 */
static unsigned int read_slowly(struct __test_metadata *_metadata,
				struct edu *edu, struct listener *listener,
				int data_fd, uint64_t *size)
{
	struct told_event event, before = {};
	struct told_device told;
	unsigned int count = 0;
	char byte;

	for (*size = 0; read(data_fd, &byte, 1) == 1; ++*size) {
		ASSERT_EQ(0, ask_device(edu->bdf, &told));
		EXPECT_EQ(*size + 1, told.session_bytes);
		if (!listen_next(listener, &event))
			continue;
		EXPECT_EQ(VFIO_MIG_CMD_PROGRESS, event.command);
		EXPECT_EQ(VFIO_MIG_STOP_COPY, event.state);
		EXPECT_EQ(*size + 1, event.session_bytes);
		EXPECT_TRUE(event.has_remaining);
		EXPECT_FALSE(event.has_initial);
		if (count) {
			EXPECT_EQ(before.seq + 1, event.seq);
			EXPECT_LE(100000000, event.time - before.time);
			EXPECT_EQ(before.session_bytes + before.remaining,
				  event.session_bytes + event.remaining);
		}
		before = event;
		count++;
	}
	/* What was left was right. */
	EXPECT_EQ(count ? *size : 0, before.session_bytes + before.remaining);
	return count;
}

TEST_F_TIMEOUT(events, progress_comes_ten_times_a_second_at_most, 120)
{
	struct told_device told;
	unsigned int count = 0;
	uint64_t size;
	int data_fd;

	listen_end(&self->listener);
	ASSERT_EQ(0, listen_to(&self->listener, "progress"));
	ASSERT_EQ(0, mark_device(&self->edu));
	/* Until two come of one stream; how many that takes is no matter. */
	while (count < 2) {
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY,
				       &data_fd));
		count = read_slowly(_metadata, &self->edu, &self->listener,
				    data_fd, &size);
		close(data_fd);
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
		ASSERT_EQ(0, ask_device(self->edu.bdf, &told));
		EXPECT_EQ(size, told.session_bytes);
	}
}

TEST_F_TIMEOUT(events, progress_in_pre_copy_is_precopy_info, 120)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };
	struct told_event event;
	char byte;

	listen_end(&self->listener);
	ASSERT_EQ(0, listen_to(&self->listener, "progress"));
	ASSERT_EQ(0, mark_device(&self->edu));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_PRE_COPY, &self->data_fd));
	do {
		ASSERT_EQ(1, read(self->data_fd, &byte, 1));
	} while (!listen_next(&self->listener, &event));
	ASSERT_EQ(0, ioctl(self->data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
	EXPECT_EQ(VFIO_MIG_PRE_COPY, event.state);
	EXPECT_TRUE(event.has_initial);
	EXPECT_EQ(info.initial_bytes, event.initial);
	EXPECT_EQ(info.dirty_bytes, event.dirty);
	EXPECT_LT(event.initial + event.dirty, event.remaining);
}

TEST_F_TIMEOUT(events, loading_does_not_know_what_remains, 120)
{
	struct told_event event;
	uint64_t written = 0;
	int ret;

	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
	listen_end(&self->listener);
	ASSERT_EQ(0, listen_to(&self->listener, "progress"));
	/* As often as it takes: the last was perhaps told just now. */
	do {
		if (!written)
			ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING,
					       &self->data_fd));
		ASSERT_EQ(1, write(self->data_fd,
				   self->stream.bytes + written++, 1));
		ret = listen_next(&self->listener, &event);
		if (ret || written < self->stream.size)
			continue;
		written = 0;
		close(self->data_fd);
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	} while (!ret);
	EXPECT_EQ(VFIO_MIG_RESUMING, event.state);
	EXPECT_EQ(written, event.session_bytes);
	EXPECT_FALSE(event.has_remaining);
}

TEST_F_TIMEOUT(events, progress_is_not_made_for_nobody, 120)
{
	struct told_device before, after;

	ASSERT_EQ(0, ask_device(self->edu.bdf, &before));
	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
	ASSERT_EQ(0, ask_device(self->edu.bdf, &after));
	EXPECT_EQ(before.bytes_read + self->stream.size, after.bytes_read);
	EXPECT_EQ(before.progress_seq, after.progress_seq);
}

/* ---- those who are slow ---- */

#define ROUNDS	200

/*
 * Nothing is read meanwhile: that the transitions end at all shows that they
 * do not wait for a reader.
 */
TEST_F_TIMEOUT(events, slow_reader_loses_events_and_sees_it, 120)
{
	struct told_device before, after;
	struct told_event event;
	uint32_t last = 0;
	unsigned int i, lost = 0, gaps = 0;
	int got;

	listen_drain(&self->listener);
	listen_narrowly(&self->listener, 1);
	ASSERT_EQ(0, ask_device(self->edu.bdf, &before));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	}
	ASSERT_EQ(0, ask_device(self->edu.bdf, &after));
	EXPECT_EQ(before.state_seq + 2 * ROUNDS, after.state_seq);
	EXPECT_EQ(before.transitions + 2 * ROUNDS, after.transitions);

	while ((got = listen_next(&self->listener, &event))) {
		if (got == -ENOBUFS) {
			lost++;
			continue;
		}
		ASSERT_EQ(1, got);
		last = event.seq;
	}
	EXPECT_LE(1, lost);
	EXPECT_LT(last, after.state_seq);

	/* The next one shows by its number how many were lost. */
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	NEXT(&event, STATE);
	gaps = event.seq - last - 1;
	EXPECT_LT(0, gaps);
	EXPECT_EQ(after.state_seq + 1, event.seq);
	NO_MORE();
}

TEST_HARNESS_MAIN
