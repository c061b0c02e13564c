// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk memory while it is loaded: what a few bytes can have a device do, and what
 * is left when the writer is killed.  The device is a driver of the tests' own,
 * which counts what it is asked to place.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "slow.h"
#include "stream.h"
#include "stub.h"
#include "vfiomig_stream.h"

#define PAGE		4096
#define HEADER		sizeof(struct vfio_mig_stream_header)
#define FRAME		sizeof(struct vfio_mig_frame)

/* As many as are taken over from user memory at once, and more. */
#define MANY		256

FIXTURE(bulk)
{
	struct edu edu;
	struct stream stream;
	struct vfio_mig_writer writer;
	int data_fd;
	long placed;
};

FIXTURE_SETUP(bulk)
{
	struct vfio_device_mig_descriptor descriptor;
	int ret = stub_open(&self->edu);

	self->data_fd = -1;
	if (ret == -ENOPKG)
		SKIP(return, "there are no modules for tests");
	ASSERT_EDU(&self->edu, ret);
	ASSERT_EDU(&self->edu, vfiomig_descriptor(self->edu.dev, &descriptor,
						  &self->edu.error));
	self->writer.buf = self->stream.bytes;
	self->writer.size = sizeof(self->stream.bytes);
	vfio_mig_write_header(&self->writer, &descriptor.header);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &self->data_fd));
	ASSERT_EQ(0, stub_set("longest", "0"));
	self->placed = stub_count("placed");
}

FIXTURE_TEARDOWN(bulk)
{
	close(self->data_fd);
	stub_close(&self->edu);
}

static void put_zeros(struct vfio_mig_writer *writer, uint64_t offset,
		      uint32_t zeros)
{
	vfio_mig_write_zeros(writer, STUB_SECTION_MEMORY,
			     VFIO_MIG_FRAME_REQUIRED, offset, zeros);
}

static void put_bytes(struct vfio_mig_writer *writer, uint64_t offset,
		      uint32_t length)
{
	static uint8_t bytes[4 * PAGE];

	memset(bytes, 0xa5, sizeof(bytes));
	vfio_mig_write_piece(writer, STUB_SECTION_MEMORY,
			     VFIO_MIG_FRAME_REQUIRED, offset, bytes, length);
}

/* What the driver has besides, and the end. */
static void put_rest(struct vfio_mig_writer *writer)
{
	static uint8_t data[STUB_DATA];

	vfio_mig_write_section(writer, STUB_SECTION_DATA,
			       VFIO_MIG_FRAME_REQUIRED, data, sizeof(data));
	vfio_mig_write_end(writer);
}

static ssize_t write_from(struct _test_data_bulk *self, size_t offset)
{
	ssize_t ret = write(self->data_fd, self->stream.bytes + offset,
			    self->writer.used - offset);

	return ret < 0 ? -errno : ret;
}

static long placed(const struct _test_data_bulk *self)
{
	return stub_count("placed") - self->placed;
}

static ssize_t write_page(struct slow *slow)
{
	return write(slow->fd, slow->page, PAGE);
}

/*
 * What is written goes straight to where the frame is put together, and that is gone
 * when the session is, but for who fills it.
 */
TEST_F(bulk, writer_in_a_frame_holds_nobody_up)
{
	struct slow slow = { .use = write_page, .fd = self->data_fd };
	size_t frame = self->writer.used;
	int second;

	put_bytes(&self->writer, 0, 2 * PAGE);
	self->writer.used = frame + FRAME;
	ASSERT_EQ(self->writer.used, write_from(self, 0));
	ASSERT_EQ(0, slow_begin(&slow));
	EXPECT_EQ(0, vfiomig_reset(self->edu.dev, &self->edu.error));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &second));
	EXPECT_EQ(0, slow_end(&slow));
	EXPECT_EQ(-ENODEV, slow.result);
	EXPECT_EQ(0, placed(self));
	close(second);
}

/* Its arc was done, and is taken back: it is told that no more comes once. */
TEST_F(bulk, device_waits_on_when_a_stream_is_not_complete)
{
	EXPECT_EQ(1, stub_count("resuming"));
	EXPECT_EQ(-ENODATA, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->edu));
	EXPECT_EQ(1, stub_count("resuming"));
	put_zeros(&self->writer, 0, STUB_MEMORY);
	put_rest(&self->writer);
	EXPECT_EQ(self->writer.used, write_from(self, 0));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, stub_count("resuming"));
}

TEST_F(bulk, memory_is_cleared_once_and_in_steps)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		put_zeros(&self->writer, 0, STUB_MEMORY);
	put_rest(&self->writer);
	EXPECT_EQ(self->writer.used, write_from(self, 0));
	EXPECT_EQ(STUB_MEMORY, placed(self));
	EXPECT_GE(VFIO_MIG_FRAME_MAX, stub_count("longest"));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
}

TEST_F(bulk, what_was_placed_since_is_cleared_again)
{
	put_zeros(&self->writer, 0, STUB_MEMORY);
	put_bytes(&self->writer, 10 * PAGE, 2 * PAGE);
	put_bytes(&self->writer, STUB_MEMORY - PAGE, PAGE);
	put_zeros(&self->writer, 0, STUB_MEMORY);
	put_zeros(&self->writer, 0, STUB_MEMORY);
	put_rest(&self->writer);
	EXPECT_EQ(self->writer.used, write_from(self, 0));
	EXPECT_EQ(STUB_MEMORY + 2 * 3 * PAGE, placed(self));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
}

TEST_F(bulk, memory_that_was_not_cleared_is_still_missing)
{
	put_zeros(&self->writer, PAGE, STUB_MEMORY - PAGE);
	put_zeros(&self->writer, 2 * PAGE, STUB_MEMORY - 2 * PAGE);
	put_rest(&self->writer);
	EXPECT_EQ(self->writer.used, write_from(self, 0));
	EXPECT_EQ(-EINVAL, set_state(&self->edu, VFIO_MIG_STOP, NULL));
}

/* More than any frame has: it must not go to where the refused one was. */
TEST_F(bulk, what_comes_after_a_damaged_frame_goes_nowhere)
{
	const size_t more = 2 * VFIO_MIG_FRAME_MAX;
	uint8_t *bytes = malloc(more);
	unsigned int i;

	ASSERT_NE(NULL, bytes);
	memset(bytes, 0x5a, more);
	put_bytes(&self->writer, 0, 2 * PAGE);
	self->stream.bytes[self->writer.used - 1] ^= 1;
	EXPECT_EQ(-EBADMSG, write_from(self, 0));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-1, write(self->data_fd, bytes, more));
		EXPECT_EQ(EBADMSG, errno);
	}
	EXPECT_EQ(0, placed(self));
	free(bytes);
}

/* What was placed of it is gone, whatever the device thinks of the rest now. */
TEST_F(bulk, refused_stream_stays_refused)
{
	struct edu *edu = &self->edu;
	struct vfio_device_mig_error last;
	unsigned int i;

	put_zeros(&self->writer, 0, STUB_MEMORY);
	put_rest(&self->writer);
	EXPECT_EQ(self->writer.used, write_from(self, 0));
	ASSERT_EQ(0, stub_set("fault", "no_data_is_good"));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-EINVAL, set_state(edu, VFIO_MIG_STOP, NULL));
		EXPECT_EQ(VFIO_MIG_RESUMING, state_of(edu));
		ASSERT_EQ(0, vfiomig_last_error(edu->dev, &last));
		EXPECT_NE(NULL, strstr((char *)last.text, "no data is good"));
		EXPECT_EQ(STUB_SECTION_DATA, last.section);
		ASSERT_EQ(0, stub_set("fault", "none"));
	}
	EXPECT_EQ(-EINVAL, write_from(self, 0));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
}

/* Nobody else has to begin anew: what was taken was taken. */
TEST_F(bulk, killed_writer_stops_between_two_frames)
{
	long before = stub_count("held");
	unsigned int i;
	pid_t child;

	for (i = 0; i < 10; i++)
		put_zeros(&self->writer, i * PAGE, PAGE);
	put_zeros(&self->writer, 10 * PAGE, STUB_MEMORY - 10 * PAGE);
	put_rest(&self->writer);
	ASSERT_EQ(0, stub_set("hold", "place"));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		write_from(self, 0);
		_exit(0);
	}
	stub_wait_for_holder(before);
	kill(child, SIGKILL);
	stub_set("hold", "none");
	waitpid(child, NULL, 0);
	EXPECT_EQ(PAGE, placed(self));
	EXPECT_EQ(self->writer.used - HEADER - FRAME,
		  write_from(self, HEADER + FRAME));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
}

TEST_HARNESS_MAIN
