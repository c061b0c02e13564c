// SPDX-License-Identifier: GPL-2.0
/*
 * PRE_COPY on a real device: what a running device says of itself, and that
 * nothing of it is lost when it is stopped at any moment.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "stream.h"
#include "uapi/linux/vfio_mig.h"

#define HEADER	sizeof(struct vfio_mig_stream_header)
#define FRAME	sizeof(struct vfio_mig_frame)
#define SEED	20261121

FIXTURE(precopy)
{
	struct edu src;
	struct edu dst;
	struct stream stream;
	__u8 pattern[EDU_BUFFER_SIZE];
};

static void new_pattern(__u8 *pattern)
{
	int i;

	for (i = 0; i < EDU_BUFFER_SIZE; i++)
		pattern[i] = random();
}

FIXTURE_SETUP(precopy)
{
	srandom(SEED);
	new_pattern(self->pattern);
	ASSERT_EDU(&self->src, open_pair(&self->src, &self->dst));
}

FIXTURE_TEARDOWN(precopy)
{
	edu_close(&self->dst);
	edu_close(&self->src);
}

/* 0 or -errno. */
static int get_info(int data_fd, struct vfio_precopy_info *info)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	return ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, info) ? -errno : 0;
}

/* The stream of a device that was stopped, into the other one, RUNNING. */
static int load_and_run(struct edu *dst, const struct stream *stream)
{
	int ret = load_and_stop(dst, stream->bytes, stream->size, 1000);

	return ret ? ret : set_state(dst, VFIO_MIG_RUNNING, NULL);
}

static short poll_now(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	poll(&pollfd, 1, 0);
	return pollfd.revents;
}

TEST_F(precopy, info_counts_down_to_nothing)
{
	struct vfio_precopy_info info;
	int data_fd;

	ASSERT_EQ(0, edu_fill_buffer(&self->src, self->pattern));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	ASSERT_EQ(0, get_info(data_fd, &info));
	EXPECT_EQ(HEADER + FRAME + EDU_BUFFER_SIZE, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);

	EXPECT_EQ(50, read(data_fd, self->stream.bytes, 50));
	ASSERT_EQ(0, get_info(data_fd, &info));
	EXPECT_EQ(HEADER + FRAME + EDU_BUFFER_SIZE - 50, info.initial_bytes);

	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	ASSERT_EQ(0, get_info(data_fd, &info));
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	close(data_fd);
}

TEST_F(precopy, dma_into_the_buffer_is_dirty_until_it_is_read)
{
	struct vfio_precopy_info info;
	int data_fd;

	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	EXPECT_EQ(HEADER, self->stream.size);
	EXPECT_EQ(0, poll_now(data_fd));

	ASSERT_EQ(0, edu_fill_buffer(&self->src, self->pattern));
	ASSERT_EQ(0, get_info(data_fd, &info));
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(FRAME + EDU_BUFFER_SIZE, info.dirty_bytes);
	EXPECT_EQ(POLLIN, poll_now(data_fd));

	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	ASSERT_EQ(0, get_info(data_fd, &info));
	EXPECT_EQ(0, info.dirty_bytes);
	close(data_fd);
}

TEST_F(precopy, poll_wakes_up_when_there_is_something_new)
{
	struct pollfd pollfd = { .events = POLLIN };

	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &pollfd.fd));
	EXPECT_EQ(-ENOMSG, read_more(pollfd.fd, &self->stream));
	edu_start_dma(&self->src, false, 0, 0, 16, 0);
	EXPECT_EQ(1, poll(&pollfd, 1, EDU_TIMEOUT_MS));
	EXPECT_EQ(POLLIN, pollfd.revents);
	close(pollfd.fd);
}

TEST_F(precopy, info_is_refused_once_stopped)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) - 1 };
	int data_fd;

	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-1, ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, NULL));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY_P2P, NULL));
	EXPECT_EQ(0, get_info(data_fd, &info));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(-EINVAL, get_info(data_fd, &info));
	EXPECT_EQ(0, read_more(data_fd, &self->stream));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(-ENODEV, get_info(data_fd, &info));
	close(data_fd);
}

TEST_F(precopy, session_lasts_into_stop_copy)
{
	__u8 bytes[EDU_BUFFER_SIZE];
	int data_fd, second;

	ASSERT_EQ(0, edu_fill_buffer(&self->src, self->pattern));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP_COPY, &second));
	EXPECT_EQ(-1, second);
	EXPECT_EQ(0, read_more(data_fd, &self->stream));
	close(data_fd);

	ASSERT_EQ(0, load_and_run(&self->dst, &self->stream));
	ASSERT_EQ(0, edu_dump_buffer(&self->dst, bytes));
	EXPECT_EQ(0, memcmp(bytes, self->pattern, sizeof(bytes)));
}

TEST_F(precopy, given_up_and_begun_again_sends_all_again)
{
	size_t first;
	int data_fd;

	ASSERT_EQ(0, edu_fill_buffer(&self->src, self->pattern));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	first = self->stream.size;
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(-ENODEV, read_more(data_fd, &self->stream));
	close(data_fd);

	self->stream.size = 0;
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	EXPECT_EQ(first, self->stream.size);
	close(data_fd);
}

TEST_F(precopy, data_size_is_what_is_left_to_send)
{
	__u64 bytes;
	int data_fd;

	ASSERT_EQ(0, edu_fill_buffer(&self->src, self->pattern));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	self->stream.size = 0;
	ASSERT_EDU(&self->src, vfiomig_data_size(self->src.dev, &bytes,
						 &self->src.error));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(0, read_more(data_fd, &self->stream));
	EXPECT_EQ(bytes, self->stream.size);
	ASSERT_EDU(&self->src, vfiomig_data_size(self->src.dev, &bytes,
						 &self->src.error));
	EXPECT_NE(0, bytes);
	close(data_fd);
}

/* DMA into the buffer goes on until the very stop, which comes at any time. */
TEST_F_TIMEOUT(precopy, nothing_is_lost_at_whatever_moment_it_stops, 300)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	__u8 bytes[EDU_BUFFER_SIZE];
	int round, data_fd, wait;

	TH_LOG("seed %d", SEED);
	for (round = 0; round < 30; round++) {
		self->stream.size = 0;
		ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY,
				       &data_fd));
		EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
		new_pattern(self->src.memory);
		new_pattern(self->dst.memory);
		edu_start_dma(&self->src, false, 0, 0, EDU_BUFFER_SIZE, 0);
		for (wait = random() % 200; wait; wait--)
			nanosleep(&pause, NULL);
		read_more(data_fd, &self->stream);
		ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP_COPY, NULL));
		EXPECT_EQ(0, read_more(data_fd, &self->stream));
		close(data_fd);

		/* What was pending is done there, in the memory of there. */
		memcpy(self->dst.memory, self->src.memory, EDU_BUFFER_SIZE);
		ASSERT_EQ(0, load_and_run(&self->dst, &self->stream));
		ASSERT_EQ(0, edu_wait_dma(&self->dst));
		ASSERT_EQ(0, edu_dump_buffer(&self->dst, bytes));
		ASSERT_EQ(0, memcmp(bytes, self->src.memory, sizeof(bytes)));
		ASSERT_EDU(&self->src, vfiomig_reset(self->src.dev,
						     &self->src.error));
	}
}

TEST_F(precopy, pieces_beyond_a_section_are_refused)
{
	struct vfio_mig_writer writer = {
		.buf = self->stream.bytes,
		.size = STREAM_MAX,
		.used = HEADER,
	};
	struct vfio_mig_frame frame;
	int data_fd;

	ASSERT_EQ(0, edu_fill_buffer(&self->src, self->pattern));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	close(data_fd);

	memcpy(&frame, self->stream.bytes + HEADER, sizeof(frame));
	EXPECT_EQ(VFIO_MIG_SECTION_EDU_BUFFER, frame.id);
	EXPECT_TRUE(frame.flags & VFIO_MIG_FRAME_PIECE);

	vfio_mig_write_piece(&writer, VFIO_MIG_SECTION_EDU_BUFFER,
			     VFIO_MIG_FRAME_REQUIRED, 1, self->pattern,
			     EDU_BUFFER_SIZE);
	self->stream.size = writer.used;
	EXPECT_EQ(-EINVAL, load_and_stop(&self->dst, self->stream.bytes,
					 self->stream.size, STREAM_MAX));
	EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->dst));
}

TEST_HARNESS_MAIN
