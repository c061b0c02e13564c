// SPDX-License-Identifier: GPL-2.0
/*
 * Streams that a reader has to refuse.  Those whose checksums are right were
 * written so: by a newer version, by a bug, or by somebody who means harm.
 */
#include "kselftest_harness.h"

#include "stream_refusal.h"

/* ---- damage ---- */

static bool flip_is_noticed(struct listener *listener, struct bytes *bytes,
			    size_t bit, size_t chunk)
{
	int ret;

	listener_restart(listener);
	bytes->at[bit / 8] ^= 1 << bit % 8;
	ret = hear_all(listener, bytes, chunk);
	bytes->at[bit / 8] ^= 1 << bit % 8;
	return ret < 0 && !listener->ended && !listener->disorder &&
	       !strncmp(listener->events, SAMPLE_EVENTS,
			strlen(listener->events));
}

TEST_F(refuse, one_bit_flipped_anywhere)
{
	struct bytes *bytes = &self->sample.bytes;
	size_t bit;

	for (bit = 0; bit < bytes->length * 8; bit++) {
		ASSERT_TRUE(flip_is_noticed(&self->listener, bytes, bit, ~0UL))
			TH_LOG("bit %zu of byte %zu", bit % 8, bit / 8);
		ASSERT_TRUE(flip_is_noticed(&self->listener, bytes, bit, 1))
			TH_LOG("bit %zu of byte %zu", bit % 8, bit / 8);
	}
}

TEST_F(refuse, one_bit_flipped_in_what_a_longer_header_has_more)
{
	struct bytes bytes;
	size_t bit;

	bytes_init(&bytes, 256);
	put_header(&bytes, HEADER_SIZE + 24);
	put_end(&bytes);
	for (bit = HEADER_SIZE * 8; bit < (HEADER_SIZE + 24) * 8; bit++) {
		listener_restart(&self->listener);
		bytes.at[bit / 8] ^= 1 << bit % 8;
		EXPECT_REFUSED(&self->listener, &bytes, -EBADMSG, 0, "");
		bytes.at[bit / 8] ^= 1 << bit % 8;
	}
	bytes_free(&bytes);
}

TEST_F(refuse, damaged_payload_is_never_told_as_done)
{
	self->sample.bytes.at[self->sample.beta[1] + FRAME_SIZE] ^= 1;
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA_2 "F22+3 ");
}

TEST_F(refuse, damage_in_a_section_that_is_not_wanted)
{
	self->listener.skip = BETA;
	self->sample.bytes.at[self->sample.beta[1] + FRAME_SIZE] ^= 1;
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA_2 "F22+3 ");
}

TEST_F(refuse, wrong_checksum_of_an_empty_payload)
{
	__u8 *gamma = self->sample.bytes.at + self->sample.gamma;

	set_field(gamma + FRAME_PAYLOAD_CRC, 4, 1);
	set_field(gamma + FRAME_CRC, 4, checksum(gamma, FRAME_CRC));
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA "F33+0 ");
}

/* ---- the header ---- */

TEST_F(refuse, another_magic)
{
	self->sample.bytes.at[7] = '\r';
	reseal_header(&self->sample.bytes);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EINVAL, 0, "");
}

TEST_F(refuse, framing_that_is_not_known)
{
	static const __u16 framings[] = { 0, 2, 257, 0xffff };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(framings); i++) {
		listener_restart(&self->listener);
		set_field(self->sample.bytes.at + HEADER_FRAMING, 2,
			  framings[i]);
		reseal_header(&self->sample.bytes);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes,
			       -EOPNOTSUPP, 0, "");
	}
}

TEST_F(refuse, header_shorter_than_itself_or_too_long)
{
	static const __u16 lengths[] = {
		0, 1, HEADER_SIZE - 1, HEADER_LONGEST + 1, 0xffff,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		listener_restart(&self->listener);
		set_field(self->sample.bytes.at + HEADER_LENGTH, 2,
			  lengths[i]);
		reseal_header(&self->sample.bytes);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       0, "");
	}
}

TEST_F(refuse, header_with_a_byte_set_that_must_be_zero)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		listener_restart(&self->listener);
		set_field(self->sample.bytes.at + HEADER_ZERO, 3,
			  0x80ULL << 8 * i);
		reseal_header(&self->sample.bytes);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EINVAL,
			       0, "");
	}
}

/* ---- the end ---- */

TEST_F(refuse, end_with_other_totals)
{
	const size_t totals = self->sample.end + FRAME_SIZE;
	const __u32 frames = self->sample.bytes.frames - 1;
	const size_t bytes = self->sample.end;
	const struct {
		size_t field;
		size_t size;
		__u64 value;
		__u64 right;
	} wrong[] = {
		{ END_BYTES, 8, bytes - 1, bytes },
		{ END_BYTES, 8, bytes + 1, bytes },
		{ END_BYTES, 8, bytes + FRAME_SIZE + END_SIZE, bytes },
		{ END_BYTES, 8, bytes + (1ULL << 32), bytes },
		{ END_FRAMES, 4, frames - 1, frames },
		{ END_FRAMES, 4, frames + 1, frames },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		__u8 *field = self->sample.bytes.at + totals + wrong[i].field;

		listener_restart(&self->listener);
		set_field(field, wrong[i].size, wrong[i].value);
		reseal_frame(&self->sample.bytes, self->sample.end);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       END, BEFORE_END);
		set_field(field, wrong[i].size, wrong[i].right);
	}
}

/* Its totals are those of a reader that would take any size for right. */
TEST_F(refuse, end_of_another_size)
{
	static const __u32 lengths[] = {
		0, END_FRAMES + 4, END_SIZE - 1, END_SIZE + 1,
	};
	__u8 *totals = self->sample.bytes.at + self->sample.end + FRAME_SIZE;
	size_t i;

	put_bytes(&self->sample.bytes, "", 1);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		listener_restart(&self->listener);
		set_field(totals + END_BYTES, 8,
			  self->sample.end + lengths[i] - END_SIZE);
		forge(&self->sample, self->sample.end, FRAME_LENGTH, 4,
		      lengths[i]);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       END, BEFORE_END);
	}
}

TEST_F(refuse, end_that_is_not_the_end)
{
	forge(&self->sample, self->sample.end, FRAME_FLAGS, 4,
	      REQUIRED | MORE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, END,
		       BEFORE_END);
}

TEST_F(refuse, end_at_an_offset)
{
	forge(&self->sample, self->sample.end, FRAME_OFFSET, 8, 1);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, END,
		       BEFORE_END);
}

TEST_F(refuse, one_byte_after_the_end)
{
	put_bytes(&self->sample.bytes, "", 1);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -E2BIG, 0,
		       SAMPLE_EVENTS);
}

TEST_F(refuse, one_byte_after_the_end_that_comes_later)
{
	EXPECT_EQ(0, hear_all(&self->listener, &self->sample.bytes, ~0UL));
	EXPECT_EQ(-E2BIG, vfio_mig_reader_feed(&self->listener.reader, "", 1));
	EXPECT_EQ(-E2BIG, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_STREQ(SAMPLE_EVENTS, self->listener.events);
}

TEST_F(refuse, a_second_end)
{
	put_end(&self->sample.bytes);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -E2BIG, 0,
		       SAMPLE_EVENTS);
}

TEST_F(refuse, a_section_after_the_end)
{
	put_frame(&self->sample.bytes, ALPHA, 0, 0, "x", 1);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -E2BIG, 0,
		       SAMPLE_EVENTS);
}

/* ---- what is said of it ---- */

TEST_F(refuse, sentence_names_the_section)
{
	forge(&self->sample, self->sample.beta[0], FRAME_ID, 4, 0x65640002);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA "F65640002+4 D65640002 ");
	EXPECT_NE(NULL, strstr(self->listener.reader.why.text, "0x22"));

	listener_restart(&self->listener);
	self->sample.bytes.at[self->sample.beta[0] + FRAME_SIZE] ^= 1;
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
		       0x65640002, BEFORE_BETA "F65640002+4 ");
	EXPECT_NE(NULL, strstr(self->listener.reader.why.text, "0x65640002"));
}

/* A damaged frame cannot be believed to be of the section that it names. */
TEST_F(refuse, damaged_frame_is_told_by_its_number)
{
	self->sample.bytes.at[self->sample.beta[1]] ^= 1;
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, 0,
		       BEFORE_BETA_2);
	EXPECT_NE(NULL, strstr(self->listener.reader.why.text, "frame 2"));
}

TEST_F(refuse, first_refusal_stays)
{
	struct vfio_mig_refusal first;

	forge(&self->sample, self->sample.beta[1], FRAME_OFFSET, 8, 0);
	EXPECT_EQ(-EBADMSG, hear(&self->listener, &self->sample.bytes, 1));
	first = self->listener.reader.why;
	EXPECT_EQ(-EBADMSG, hear(&self->listener, &self->sample.bytes, 1));
	EXPECT_EQ(-EBADMSG, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_EQ(0, memcmp(&first, &self->listener.reader.why,
			    sizeof(first)));
	EXPECT_EQ(NULL, self->listener.disorder);
}

TEST(note_of_a_refusal_is_kept_from_later_ones)
{
	struct vfio_mig_refusal why = { 0 };

	EXPECT_EQ(-EINVAL, vfio_mig_refuse(&why, -EINVAL, 7, "%s %d", "no", 1));
	EXPECT_EQ(-EINVAL, vfio_mig_refuse(&why, -EBADMSG, 8, "yes"));
	EXPECT_EQ(-EINVAL, why.error);
	EXPECT_EQ(7, why.section);
	EXPECT_STREQ("no 1", why.text);
}

TEST(sentence_that_is_too_long_is_cut)
{
	struct vfio_mig_refusal why = { 0 };

	vfio_mig_refuse(&why, -EINVAL, 0, "%0200d", 0);
	EXPECT_EQ(sizeof(why.text) - 1, strlen(why.text));
}

TEST_HARNESS_MAIN
