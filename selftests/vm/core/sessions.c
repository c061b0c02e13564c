// SPDX-License-Identifier: GPL-2.0
/*
 * Data sessions: when a data_fd comes, what it can do, when it is over, and
 * what is left when the kernel cannot hand it out.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common.h"

#define PAGE	4096

static const unsigned int states[] = {
	VFIO_MIG_STOP, VFIO_MIG_RUNNING, VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
	VFIO_MIG_RUNNING_P2P,
};

FIXTURE(sessions)
{
	struct edu edu;
	struct stream stream;
	/* A page, and behind it one that cannot be touched. */
	uint8_t *page;
};

FIXTURE_SETUP(sessions)
{
	struct edu *edu = &self->edu;

	ASSERT_EDU(edu, open_pair(edu, NULL));
	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, save_and_stop(edu, &self->stream));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	self->page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->page);
	ASSERT_EQ(0, mprotect(self->page + PAGE, PAGE, PROT_NONE));
}

FIXTURE_TEARDOWN(sessions)
{
	munmap(self->page, 2 * PAGE);
	edu_close(&self->edu);
}

static short poll_now(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT };

	return poll(&pollfd, 1, 0) < 0 ? -1 : pollfd.revents;
}

/* ---- when there is one ---- */

TEST_F(sessions, data_fd_comes_where_a_session_opens_and_nowhere_else)
{
	static const struct {
		unsigned int state;
		bool opens;
	} walk[] = {
		{ VFIO_MIG_RUNNING_P2P, false }, { VFIO_MIG_STOP, false },
		{ VFIO_MIG_STOP_COPY, true }, { VFIO_MIG_STOP, false },
		{ VFIO_MIG_STOP_COPY, true }, { VFIO_MIG_RUNNING, false },
		{ VFIO_MIG_STOP_COPY, true }, { VFIO_MIG_RUNNING_P2P, false },
		{ VFIO_MIG_RESUMING, true },
	};
	unsigned int i;
	int data_fd;

	for (i = 0; i < ARRAY_SIZE(walk); i++) {
		ASSERT_EQ(0, set_state(&self->edu, walk[i].state, &data_fd));
		if (!walk[i].opens) {
			EXPECT_EQ(-1, data_fd);
			continue;
		}
		EXPECT_LE(0, data_fd);
		EXPECT_EQ(FD_CLOEXEC, fcntl(data_fd, F_GETFD));
		close(data_fd);
	}
}

TEST_F_TIMEOUT(sessions, set_to_the_current_state_opens_and_ends_nothing, 120)
{
	int data_fd, again, fds;
	unsigned int i;
	uint8_t byte;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev,
						     &self->edu.error));
		ASSERT_EQ(0, go_to(&self->edu, states[i], &data_fd));
		if (states[i] == VFIO_MIG_STOP_COPY)
			ASSERT_EQ(1, read(data_fd, &byte, 1));
		fds = count_fds();
		EXPECT_EQ(0, set_state(&self->edu, states[i], &again));
		EXPECT_EQ(-1, again);
		EXPECT_EQ(fds, count_fds());
		EXPECT_EQ(states[i], state_of(&self->edu));
		if (states[i] == VFIO_MIG_STOP_COPY) {
			ASSERT_EQ(1, read(data_fd, &byte, 1));
			EXPECT_EQ(self->stream.bytes[1], byte);
		}
		close(data_fd);
	}
}

TEST_F_TIMEOUT(sessions, set_to_what_is_no_state_changes_nothing, 120)
{
	static const uint32_t wrong[] = {
		VFIO_MIG_ERROR, 8, 9, 32, 0x80000000, 0xffffffff,
	};
	int data_fd, opened;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev,
						     &self->edu.error));
		ASSERT_EQ(0, go_to(&self->edu, states[i], &data_fd));
		for (j = 0; j < ARRAY_SIZE(wrong); j++) {
			EXPECT_EQ(-EINVAL, set_state(&self->edu, wrong[j],
						     &opened));
			EXPECT_EQ(-1, opened);
			EXPECT_EQ(states[i], state_of(&self->edu));
		}
		close(data_fd);
	}
}

TEST_F(sessions, two_savings_in_a_row_give_the_same_bytes)
{
	struct stream again;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, save_and_stop(&self->edu, &again));
	ASSERT_EQ(self->stream.size, again.size);
	EXPECT_EQ(0, memcmp(self->stream.bytes, again.bytes, again.size));
}

/* ---- what it can do ---- */

TEST_F(sessions, end_of_a_stream_is_zero_every_time)
{
	unsigned int i;
	int data_fd;
	uint8_t byte;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &data_fd));
	ASSERT_EQ(0, read_all(data_fd, &self->stream, STREAM_MAX));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, read(data_fd, &byte, 1));
	EXPECT_EQ(POLLIN, poll_now(data_fd));
	close(data_fd);
}

static void has_one_direction(struct __test_metadata *_metadata, int fd,
			      int access)
{
	uint8_t byte = 0;

	EXPECT_EQ(access, fcntl(fd, F_GETFL) & O_ACCMODE);
	EXPECT_EQ(-1, access == O_RDONLY ? write(fd, &byte, 1) :
					   read(fd, &byte, 1));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(access == O_RDONLY ? POLLIN : POLLOUT, poll_now(fd));
	EXPECT_EQ(-1, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pread(fd, &byte, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pwrite(fd, &byte, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
}

TEST_F(sessions, file_has_one_direction_and_no_position)
{
	int data_fd;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &data_fd));
	has_one_direction(_metadata, data_fd, O_RDONLY);
	close(data_fd);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	has_one_direction(_metadata, data_fd, O_WRONLY);
	close(data_fd);
}

TEST_F(sessions, read_into_missing_memory_loses_no_byte)
{
	struct stream again;
	int data_fd;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &data_fd));
	EXPECT_EQ(-1, read(data_fd, self->page + PAGE, 1));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(data_fd, self->page + PAGE - 1, 2));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, read_all(data_fd, &again, STREAM_MAX));
	ASSERT_EQ(self->stream.size, again.size);
	EXPECT_EQ(0, memcmp(self->stream.bytes, again.bytes, again.size));
	close(data_fd);
}

/* The stream lies across two pages; it is taken up to where memory ends. */
TEST_F(sessions, write_from_missing_memory_says_how_far_it_came)
{
	const struct stream *stream = &self->stream;
	uint8_t *start = self->page + PAGE - 100;
	ssize_t done;
	int data_fd;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	EXPECT_EQ(-1, write(data_fd, self->page + PAGE, 1));
	EXPECT_EQ(EFAULT, errno);
	memcpy(start, stream->bytes, 100);
	done = write(data_fd, start, 200);
	if (done < 0) {
		EXPECT_EQ(EFAULT, errno);
		done = 0;
	}
	EXPECT_GE(100, done);
	ASSERT_EQ(0, write_all(data_fd, stream->bytes + done,
			       stream->size - done, STREAM_MAX));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(&self->edu));
	close(data_fd);
}

/* ---- when it is over ---- */

static void is_over(struct __test_metadata *_metadata, int fd, bool saving)
{
	uint8_t byte = 0;
	int i;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(-1, saving ? read(fd, &byte, 1) :
				       write(fd, &byte, 1));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(POLLERR | POLLHUP, poll_now(fd));
	}
}

TEST_F(sessions, file_of_a_left_session_gives_no_data)
{
	const struct stream *stream = &self->stream;
	int saving, loading, next;
	uint8_t byte;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &saving));
	ASSERT_EQ(1, read(saving, &byte, 1));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	is_over(_metadata, saving, true);

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &loading));
	ASSERT_EQ(0, write_all(loading, stream->bytes, stream->size, 4096));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	is_over(_metadata, loading, false);

	/* Another session does not bring an old file back. */
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &next));
	is_over(_metadata, saving, true);
	is_over(_metadata, loading, false);
	EXPECT_EQ(1, read(next, &byte, 1));
	close(saving);
	close(loading);
	close(next);
}

TEST_F(sessions, closing_the_file_ends_nothing)
{
	int data_fd;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &data_fd));
	close(data_fd);
	EXPECT_EQ(VFIO_MIG_STOP_COPY, state_of(&self->edu));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	ASSERT_EQ(0, write_all(data_fd, self->stream.bytes, self->stream.size,
			       4096));
	close(data_fd);
	EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->edu));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(&self->edu));
}

/* ---- when it cannot be handed out ---- */

struct set_argument {
	struct vfio_device_feature feature;
	struct vfio_device_feature_mig_state mig;
};

/* A SET whose result cannot be written. */
static int set_from_read_only_memory(struct edu *edu, void *page,
				     uint32_t state)
{
	struct set_argument arg = {
		.feature = {
			.argsz = sizeof(arg),
			.flags = VFIO_DEVICE_FEATURE_SET |
				 VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		},
		.mig = { .device_state = state },
	};
	int ret;

	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
	memcpy(page, &arg, sizeof(arg));
	mprotect(page, PAGE, PROT_READ);
	ret = ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_FEATURE, page);
	return ret ? -errno : 0;
}

static void can_be_left(struct __test_metadata *_metadata, struct edu *edu,
			unsigned int state)
{
	int data_fd;

	EXPECT_EQ(state, state_of(edu));
	if (state == VFIO_MIG_RESUMING) {
		/* What nobody has written cannot be applied. */
		EXPECT_EQ(-ENODATA, set_state(edu, VFIO_MIG_STOP, NULL));
		ASSERT_EQ(0, vfiomig_reset(edu->dev, &edu->error));
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	} else {
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	}
	ASSERT_EQ(0, set_state(edu, state, &data_fd));
	EXPECT_LE(0, data_fd);
	close(data_fd);
	ASSERT_EQ(0, vfiomig_reset(edu->dev, &edu->error));
}

TEST_F_TIMEOUT(sessions, result_that_cannot_be_written_leaves_no_fd, 120)
{
	static const unsigned int opening[] = {
		VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
	};
	unsigned int i;
	int fds;

	for (i = 0; i < 2; i++) {
		fds = count_fds();
		EXPECT_EQ(-EFAULT, set_from_read_only_memory(&self->edu,
							     self->page,
							     opening[i]));
		EXPECT_EQ(fds, count_fds());
		can_be_left(_metadata, &self->edu, opening[i]);
	}
}

TEST_F_TIMEOUT(sessions, no_free_fd_is_emfile_and_leaves_none, 120)
{
	static const unsigned int opening[] = {
		VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
	};
	struct rlimit old, none;
	unsigned int i;
	int data_fd, fds, ret;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	none = old;
	none.rlim_cur = 0;
	for (i = 0; i < 2; i++) {
		fds = count_fds();
		ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
		ret = set_state(&self->edu, opening[i], &data_fd);
		ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
		EXPECT_EQ(-EMFILE, ret);
		EXPECT_GT(0, data_fd);
		EXPECT_EQ(fds, count_fds());
		can_be_left(_metadata, &self->edu, opening[i]);
	}
}

TEST_HARNESS_MAIN
