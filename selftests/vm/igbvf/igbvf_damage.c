// SPDX-License-Identifier: GPL-2.0
/*
 * Damaged streams of a VF.  Each is refused, says why and changes nothing; or it is taken,
 * and then what is saved is what was loaded.  Afterwards the VF works.
 *
 * What each stream is like follows from its number alone: VFIO_MIG_FUZZ_STREAMS says how
 * many, VFIO_MIG_FUZZ_FIRST which is the first.  Each that is refused costs an FLR, 0.1 s.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "igbvf_pair.h"
#include "igbvf_speak.h"
#include "setting.h"
#include "uapi/linux/vfio_mig.h"
#include "vfiomig_access.h"
#include "wreck.h"

#define SEED	0x6967627666757a7aULL
#define STREAMS	150	/* eight times as many if $VFIO_MIG_FULL */
#define STRIDE	19	/* bytes of the stream; each of them if $VFIO_MIG_FULL */
#define HELD	0x12345678

FIXTURE(damage)
{
	struct vf vf;
	struct stream good;
	struct stream held;
	unsigned int taken;
	unsigned int refused;
};

/* What is there before, and stays: an address of a ring. */
static int hold_something(struct vf *vf)
{
	edu_set(&vf->edu, VF_RDBAH, HELD);
	return set_state(&vf->edu, VFIO_MIG_STOP, NULL);
}

FIXTURE_SETUP(damage)
{
	ASSERT_VF(&self->vf, vf_open(&self->vf, 0, DRIVER));
	ASSERT_EQ(0, read_golden(&self->good));
	ASSERT_EQ(0, hold_something(&self->vf));
}

FIXTURE_TEARDOWN(damage)
{
	struct vf other;

	TH_LOG("%u taken, %u refused", self->taken, self->refused);
	if (!self->vf.edu.dev)
		return;
	ASSERT_VF(&self->vf, reset_and_enable(&self->vf));
	ASSERT_VF(&other, vf_open(&other, 1, DRIVER));
	EXPECT_EQ(0, vf_start(&self->vf, GUEST));
	EXPECT_EQ(0, vf_start(&other, OTHER));
	speak(_metadata, &self->vf, &other, 1, 3);
	vf_close(&other);
	vf_close(&self->vf);
}

static bool is_refusal(int ret)
{
	return ret == -EINVAL || ret == -EBADMSG || ret == -EOPNOTSUPP || ret == -ENODATA ||
	       ret == -E2BIG || ret == -EPERM || ret == -EBUSY;
}

static void is_refused(struct __test_metadata *_metadata, struct _test_data_damage *self,
		       const char *what, unsigned long number, int ret)
{
	struct vfio_device_mig_error last;

	self->refused++;
	ASSERT_EQ(0, vfiomig_last_error(self->vf.edu.dev, &last));
	ASSERT_TRUE(is_refusal(ret)) {
		TH_LOG("%s %lu: %d: %s", what, number, ret, last.text);
	}
	EXPECT_EQ(-ret, last.error);
	EXPECT_NE(0, last.text[0]);
	EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->vf.edu));
	EXPECT_EQ(HELD, edu_get(&self->vf.edu, VF_RDBAH)) {
		TH_LOG("%s %lu", what, number);
	}
	ASSERT_VF(&self->vf, reset_and_enable(&self->vf));
	ASSERT_EQ(0, hold_something(&self->vf));
}

/* Saved, loaded and saved again it is the same: nothing is kept that is not in there. */
static void is_taken(struct __test_metadata *_metadata, struct _test_data_damage *self,
		     const char *what, unsigned long number)
{
	static struct stream first, second;

	self->taken++;
	ASSERT_EQ(0, save_and_stop(&self->vf.edu, &first));
	ASSERT_VF(&self->vf, reset_and_enable(&self->vf));
	ASSERT_VF(&self->vf, load_and_stop(&self->vf.edu, first.bytes, first.size,
					   STREAM_MAX));
	ASSERT_EQ(0, save_and_stop(&self->vf.edu, &second));
	EXPECT_EQ(first.size, second.size);
	EXPECT_EQ(0, memcmp(first.bytes, second.bytes, first.size)) {
		TH_LOG("%s %lu", what, number);
	}
	ASSERT_VF(&self->vf, reset_and_enable(&self->vf));
	ASSERT_EQ(0, hold_something(&self->vf));
}

/* Each byte in turn, or some of them, without anything to hide it. */
TEST_F_TIMEOUT(damage, bit_that_was_changed_is_seen, 600)
{
	unsigned int i, bit, stride = setting("VFIO_MIG_FULL", 0) ? 1 : STRIDE;
	int ret;

	for (i = 0; i < self->good.size; i += stride) {
		bit = 1 << i % 8;
		self->good.bytes[i] ^= bit;
		ret = load_and_stop(&self->vf.edu, self->good.bytes, self->good.size,
				    STREAM_MAX);
		ASSERT_NE(0, ret);
		is_refused(_metadata, self, "byte", i, ret);
		self->good.bytes[i] ^= bit;
	}
}

/* Another value somewhere in a section, with checksums that are right. */
static void change_value(struct dice *dice, struct bytes *stream)
{
	size_t at = get_field(stream->at + HEADER_LENGTH, 2), length;
	unsigned int section = dice_below(dice, 3), i;

	for (i = 0; i < section; i++)
		at += FRAME_SIZE + get_field(stream->at + at + FRAME_LENGTH, 4);
	length = get_field(stream->at + at + FRAME_LENGTH, 4);
	for (i = 1 + dice_below(dice, 4); i; i--)
		stream->at[at + FRAME_SIZE + dice_below(dice, length)] =
			dice_below(dice, 256);
	reseal_frame(stream, at);
}

TEST_F_TIMEOUT(damage, what_is_not_refused_is_what_it_says, 3600)
{
	unsigned long first = setting("VFIO_MIG_FUZZ_FIRST", 0), i;
	unsigned long all = setting("VFIO_MIG_FULL", 0) ? 8 * STREAMS : STREAMS;
	unsigned long count = setting("VFIO_MIG_FUZZ_STREAMS", all);
	struct bytes stream;
	struct dice dice;
	int ret;

	bytes_init(&stream, STREAM_MAX);
	for (i = first; i < first + count; i++) {
		dice_init(&dice, SEED + i);
		stream.length = 0;
		put_bytes(&stream, self->good.bytes, self->good.size);
		if (i % 3)
			change_value(&dice, &stream);
		else
			wreck(&dice, &stream);
		ret = load_and_stop(&self->vf.edu, stream.at, stream.length, STREAM_MAX);
		if (ret)
			is_refused(_metadata, self, "stream", i, ret);
		else
			is_taken(_metadata, self, "stream", i);
	}
	bytes_free(&stream);
	EXPECT_EQ(count, self->taken + self->refused);
	if (count >= STREAMS) {
		EXPECT_LT(count / 10, self->taken);
		EXPECT_LT(count / 10, self->refused);
	}
}

TEST_HARNESS_MAIN
