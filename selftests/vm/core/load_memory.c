// SPDX-License-Identifier: GPL-2.0
/*
 * What a stream of 1 GiB costs the kernel in memory.  The stream is of sections
 * that the driver does not know and may skip, with an edu's own behind them;
 * this process is in a memory cgroup of its own, to which all that the core
 * allocates for it is accounted.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "edu_stream.h"

#define SKIPPED		(1ULL << 30)
#define SECTION		(1ULL << 28)	/* of several frames */
#define BOUND		(256 * 1024)

/* ---- the stream ---- */

/**
 * struct source - a stream that is written as it is made
 * @data_fd: Where to.
 * @bytes, @frames: Of it so far.
 * @most: The largest that the kernel's memory has been seen at.
 */
struct source {
	int data_fd;
	uint64_t bytes;
	uint32_t frames;
	long long most;
};

static int send(struct source *source, const void *bytes, size_t length)
{
	source->bytes += length;
	return write_all(source->data_fd, bytes, length, length);
}

static int send_skipped(struct source *source, const uint8_t *payload,
			uint32_t payload_crc, uint32_t id, uint64_t offset)
{
	bool more = offset + FRAME_LONGEST < SECTION;
	uint8_t frame[FRAME_SIZE] = { 0 };
	long long now;
	int ret;

	set_field(frame + FRAME_ID, 4, id);
	set_field(frame + FRAME_FLAGS, 4, more ? MORE : 0);
	set_field(frame + FRAME_LENGTH, 4, FRAME_LONGEST);
	set_field(frame + FRAME_PAYLOAD_CRC, 4, payload_crc);
	set_field(frame + FRAME_OFFSET, 8, offset);
	set_field(frame + FRAME_CRC, 4, checksum(frame, FRAME_CRC));
	ret = send(source, frame, sizeof(frame));
	if (!ret)
		ret = send(source, payload, FRAME_LONGEST);
	source->frames++;
	now = cgroup_kernel_bytes();
	if (now > source->most)
		source->most = now;
	return ret;
}

/* What comes behind a header: an edu's sections, and totals of everything. */
static int send_rest(struct source *source, const uint8_t *header,
		     const struct picture *picture)
{
	uint8_t *end, *frame;
	struct bytes bytes;
	uint64_t before;
	int ret;

	bytes_init(&bytes, STREAM_MAX);
	put_picture(&bytes, header, picture);
	end = bytes.at + bytes.length - END_SIZE;
	frame = end - FRAME_SIZE;
	before = source->bytes + (frame - bytes.at) - HEADER_SIZE;
	set_field(end + END_BYTES, 8, before);
	set_field(end + END_FRAMES, 4,
		  source->frames + get_field(end + END_FRAMES, 4));
	reseal_frame(&bytes, frame - bytes.at);
	ret = send(source, bytes.at + HEADER_SIZE, bytes.length - HEADER_SIZE);
	bytes_free(&bytes);
	return ret;
}

static void some_state(struct picture *picture)
{
	memset(picture, 0, sizeof(*picture));
	picture->liveness = 0xfeed;
	picture->factorial = 24;
	memset(picture->buffer, 0x77, sizeof(picture->buffer));
}

FIXTURE(memory)
{
	struct edu edu;
	uint8_t header[HEADER_SIZE];
	struct picture picture;
	uint8_t *payload;
};

FIXTURE_SETUP(memory)
{
	char bdf[64];

	ASSERT_EQ(0, edu_find(0, true, bdf, sizeof(bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, bdf));
	ASSERT_EQ(0, own_header(&self->edu, self->header));
	some_state(&self->picture);
	self->payload = malloc(FRAME_LONGEST);
	ASSERT_NE(NULL, self->payload);
	memset(self->payload, 0x3c, FRAME_LONGEST);
}

FIXTURE_TEARDOWN(memory)
{
	edu_close(&self->edu);
	free(self->payload);
}

TEST_F_TIMEOUT(memory, stream_of_a_gigabyte_takes_little, 300)
{
	uint32_t crc = checksum(self->payload, FRAME_LONGEST);
	struct edu *edu = &self->edu;
	struct source source = {};
	long long closed, peak;
	uint64_t done;

	if (cgroup_enter("load_memory") || cgroup_kernel_bytes() < 0)
		SKIP(return, "no memory cgroup");

	closed = cgroup_kernel_bytes();
	peak = cgroup_peak_bytes();
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RESUMING, &source.data_fd));
	ASSERT_EQ(0, send(&source, self->header, HEADER_SIZE));
	for (done = 0; done < SKIPPED; done += FRAME_LONGEST)
		ASSERT_EQ(0, send_skipped(&source, self->payload, crc,
					  0x7fff0000 + done / SECTION,
					  done % SECTION));
	ASSERT_EQ(0, send_rest(&source, self->header, &self->picture));
	peak = cgroup_peak_bytes() - peak;
	TH_LOG("while %llu bytes were written: at most %lld bytes of kernel memory more than before; %lld bytes of all memory",
	       (unsigned long long)source.bytes, source.most - closed, peak);
	EXPECT_GT(BOUND, source.most - closed);
	/*
	 * The peak is counted in batches, for each processor.  Address sanitizer
	 * has this program keep what it frees.
	 */
#ifndef __SANITIZE_ADDRESS__
	EXPECT_GT(4 * BOUND, peak);
#endif
	/* The session is in the account, or this has shown nothing. */
	EXPECT_LT(closed, source.most);

	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_TRUE(shows_picture(edu, &self->picture));
	close(source.data_fd);
}

TEST_HARNESS_MAIN
