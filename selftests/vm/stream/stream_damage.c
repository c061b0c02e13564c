// SPDX-License-Identifier: GPL-2.0
/*
 * A stream that was damaged on its way: cut, lengthened, or with one bit
 * changed.  The device is one on the root bus, whose reset is the driver's
 * alone and quick: there are two thousand.
 */
#include "kselftest_harness.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "refusal.h"

#define MAX_FRAMES	8

FIXTURE(damage)
{
	struct edu edu;
	struct stream good;
	struct stream bad;
	/* Where the good one's frames begin; the last is END. */
	size_t frames[MAX_FRAMES];
	unsigned int count;
};

static struct vfio_mig_frame frame_at(const struct stream *stream, size_t at)
{
	struct vfio_mig_frame frame;

	memcpy(&frame, stream->bytes + at, sizeof(frame));
	return frame;
}

static unsigned int find_frames(const struct stream *stream,
				size_t frames[MAX_FRAMES])
{
	size_t at = sizeof(struct vfio_mig_stream_header);
	unsigned int count = 0;
	struct vfio_mig_frame frame;

	while (at < stream->size && count < MAX_FRAMES) {
		frames[count++] = at;
		frame = frame_at(stream, at);
		at += sizeof(frame) + le32toh(frame.length);
	}
	return count;
}

/* Every section there is: marks, and a command whose time stands still. */
FIXTURE_SETUP(damage)
{
	struct edu *edu = &self->edu;
	char bdf[64];

	ASSERT_EQ(0, edu_find(0, true, bdf, sizeof(bdf)));
	ASSERT_EDU(edu, edu_open(edu, bdf));
	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
	edu_start_dma(edu, true, 0, 0, 64, 0);
	ASSERT_EQ(0, save_and_stop(edu, &self->good));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	self->bad = self->good;
	self->count = find_frames(&self->good, self->frames);
	ASSERT_EQ(4, self->count);
}

/* After all that was done to it. */
FIXTURE_TEARDOWN(damage)
{
	struct edu *edu = &self->edu;

	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_EQ(0, device_works(edu));
	edu_close(edu);
}

TEST_F_TIMEOUT(damage, stream_cut_at_any_byte_can_be_continued, 300)
{
	const struct stream *good = &self->good;
	struct refusal refusal = { "cut at", 0, ENODATA, 0 };
	int data_fd;

	edu_set(&self->edu, EDU_LIVENESS, ~BEFORE);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	for (; refusal.at < good->size; refusal.at++) {
		ASSERT_EQ(-ENODATA, set_state(&self->edu, VFIO_MIG_STOP, NULL));
		ASSERT_EQ(VFIO_MIG_RESUMING, state_of(&self->edu));
		reason_is(_metadata, &self->edu, &refusal);
		ASSERT_EQ(BEFORE, edu_get(&self->edu, EDU_LIVENESS));
		ASSERT_EQ(1, write(data_fd, good->bytes + refusal.at, 1));
	}
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, edu_wait_dma(&self->edu));
	EXPECT_TRUE(is_buffer_marked(&self->edu));
	close(data_fd);
}

/* Each in a session of its own, so that nothing comes afterwards. */
TEST_F_TIMEOUT(damage, stream_cut_between_its_parts_is_refused, 300)
{
	struct refusal refusal = { "cut at", 0, ENODATA, 0 };
	unsigned int i;

	for (i = 0; i < self->count; i++) {
		refusal.at = self->frames[i];
		self->bad.size = self->frames[i];
		is_refused(_metadata, &self->edu, &self->bad, &refusal);
		refusal.at = self->frames[i] + sizeof(struct vfio_mig_frame);
		self->bad.size = refusal.at;
		is_refused(_metadata, &self->edu, &self->bad, &refusal);
	}
	refusal.at = self->good.size - 1;
	self->bad.size = self->good.size - 1;
	is_refused(_metadata, &self->edu, &self->bad, &refusal);
}

TEST_F(damage, bytes_after_the_end_are_refused)
{
	const struct refusal refusal = { "longer by", 1, E2BIG, 0 };
	uint8_t byte = 0;
	int data_fd;

	self->bad.bytes[self->bad.size++] = 0;
	is_refused(_metadata, &self->edu, &self->bad, &refusal);

	/* The same in a write of its own. */
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	ASSERT_EQ(0, write_all(data_fd, self->good.bytes, self->good.size,
			       STREAM_MAX));
	EXPECT_EQ(-1, write(data_fd, &byte, 1));
	EXPECT_EQ(E2BIG, errno);
	EXPECT_EQ(-E2BIG, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	close(data_fd);
	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev, &self->edu.error));
}

/* With bit @refusal->at changed; the stream is good again afterwards. */
static void bit_is_missed(struct __test_metadata *_metadata, struct edu *edu,
			  struct stream *stream, const struct refusal *refusal)
{
	uint8_t *byte = stream->bytes + refusal->at / 8;

	*byte ^= 1 << refusal->at % 8;
	is_refused(_metadata, edu, stream, refusal);
	*byte ^= 1 << refusal->at % 8;
}

TEST_F_TIMEOUT(damage, any_bit_of_the_header_is_missed, 600)
{
	struct refusal refusal = { "header, bit" };
	unsigned int bits = 8 * sizeof(struct vfio_mig_stream_header);

	for (; refusal.at < bits; refusal.at++) {
		/* Magic and framing count even before the checksum. */
		refusal.error = refusal.at < 64 ? EINVAL :
				refusal.at < 80 ? EOPNOTSUPP : EBADMSG;
		bit_is_missed(_metadata, &self->edu, &self->bad, &refusal);
	}
}

/* A frame that cannot be trusted does not say of which section it is. */
TEST_F_TIMEOUT(damage, any_bit_of_a_frame_is_missed, 600)
{
	struct refusal refusal = { "frame, bit", 0, EBADMSG, 0 };
	unsigned int i, bit;

	for (i = 0; i < self->count; i++) {
		for (bit = 0; bit < 8 * sizeof(struct vfio_mig_frame); bit++) {
			refusal.at = 8 * self->frames[i] + bit;
			bit_is_missed(_metadata, &self->edu, &self->bad,
				      &refusal);
		}
	}
}

TEST_F_TIMEOUT(damage, bits_of_a_payload_are_missed, 600)
{
	struct refusal refusal = { "payload, bit", 0, EBADMSG, 0 };
	struct vfio_mig_frame frame;
	unsigned int i, bit, bits;

	for (i = 0; i < self->count; i++) {
		frame = frame_at(&self->good, self->frames[i]);
		refusal.section = le32toh(frame.id);
		bits = 8 * le32toh(frame.length);
		/* All of a short one; the first, the last and some between. */
		for (bit = 0; bit < bits; bit += bits > 512 ? 1489 : 1) {
			refusal.at = 8 * (self->frames[i] + sizeof(frame)) +
				     bit;
			bit_is_missed(_metadata, &self->edu, &self->bad,
				      &refusal);
		}
		refusal.at = 8 * (self->frames[i] + sizeof(frame)) + bits - 1;
		bit_is_missed(_metadata, &self->edu, &self->bad, &refusal);
	}
}

TEST_HARNESS_MAIN
