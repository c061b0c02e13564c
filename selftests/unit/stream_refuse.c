// SPDX-License-Identifier: GPL-2.0
/*
 * Streams that a reader has to refuse.  Those whose checksums are right were
 * written so: by a newer version, by a bug, or by somebody who means harm.
 */
#include "stream_listener.h"

#include "kselftest_harness.h"

FIXTURE(refuse)
{
	struct sample sample;
	struct listener listener;
};

FIXTURE_SETUP(refuse)
{
	sample_init(&self->sample);
	listener_init(&self->listener, 8192);
}

FIXTURE_TEARDOWN(refuse)
{
	listener_free(&self->listener);
	sample_free(&self->sample);
}

/*
 * The stream is refused, with this errno, for this section, and with a
 * sentence; after what was told before, and nothing is told afterwards.
 */
#define EXPECT_REFUSED(heard, bytes, with, section_at_fault, after) do { \
	struct listener *heard_ = (heard); \
	const struct vfio_mig_refusal *why_ = &heard_->reader.why; \
	const char *after_ = (after); \
	int with_ = (with); \
	EXPECT_EQ(with_, hear(heard_, bytes, ~0UL)) \
		TH_LOG("%s", why_->text); \
	EXPECT_EQ(with_, why_->error); \
	EXPECT_EQ(section_at_fault, why_->section); \
	EXPECT_NE('\0', why_->text[0]); \
	EXPECT_STREQ(after_, heard_->events); \
	EXPECT_EQ(NULL, heard_->disorder) \
		TH_LOG("%s", heard_->disorder); \
	EXPECT_EQ(with_, vfio_mig_reader_finish(&heard_->reader)); \
	EXPECT_EQ(with_, vfio_mig_reader_feed(&heard_->reader, "", 1)); \
	EXPECT_STREQ(after_, heard_->events); \
} while (0)

#define BEFORE_BETA	"H F11+9 D11 "
#define BEFORE_BETA_2	BEFORE_BETA "F22+4 D22 "
#define BEFORE_BETA_3	BEFORE_BETA_2 "F22+3 D22 "
#define BEFORE_GAMMA	BEFORE_BETA_3 "F22+1 D22 "
#define BEFORE_END	BEFORE_GAMMA "F33+0 D33 "

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

/* ---- frames ---- */

/* Set a field of a frame of the sample, and make its checksums right. */
static void forge(struct sample *sample, size_t frame, size_t field,
		  size_t size, __u64 value)
{
	set_field(sample->bytes.at + frame + field, size, value);
	reseal_frame(&sample->bytes, frame);
}

TEST_F(refuse, frame_flags_that_are_not_known)
{
	unsigned int bit;

	for (bit = 4; bit < 32; bit++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.alpha, FRAME_FLAGS, 4,
		      REQUIRED | 1U << bit);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes,
			       -EOPNOTSUPP, ALPHA, "H ");
	}
}

TEST_F(refuse, frame_too_long_before_any_of_it_comes)
{
	static const __u32 lengths[] = {
		FRAME_LONGEST + 1, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.beta[0], FRAME_LENGTH, 4,
		      lengths[i]);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       BETA, BEFORE_BETA);
	}
}

TEST_F(refuse, section_that_does_not_begin_at_its_beginning)
{
	forge(&self->sample, self->sample.beta[0], FRAME_OFFSET, 8, 1);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA);
}

TEST_F(refuse, section_with_a_gap_or_an_overlap)
{
	static const __u64 offsets[] = {
		0, 3, 5, 4 + (1ULL << 32), ~0ULL,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.beta[1], FRAME_OFFSET, 8,
		      offsets[i]);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       BETA, BEFORE_BETA_2);
	}
}

TEST_F(refuse, section_within_another)
{
	forge(&self->sample, self->sample.beta[1], FRAME_ID, 4, GAMMA);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_BETA_2);
}

TEST_F(refuse, section_that_begins_anew_within_itself)
{
	forge(&self->sample, self->sample.beta[1], FRAME_OFFSET, 8, 0);
	forge(&self->sample, self->sample.beta[1], FRAME_FLAGS, 4, 0);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA_2);
}

TEST_F(refuse, section_whose_rest_is_missing)
{
	forge(&self->sample, self->sample.beta[2], FRAME_FLAGS, 4, MORE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
}

TEST_F(refuse, end_within_a_section)
{
	struct bytes bytes;

	bytes_init(&bytes, 256);
	put_header(&bytes, HEADER_SIZE);
	put_frame(&bytes, BETA, MORE, 0, "abcd", 4);
	put_end(&bytes);
	EXPECT_REFUSED(&self->listener, &bytes, -EBADMSG, END,
		       "H F22+4 D22 ");
	bytes_free(&bytes);
}

TEST_F(refuse, section_required_in_part)
{
	forge(&self->sample, self->sample.beta[1], FRAME_FLAGS, 4,
	      MORE | REQUIRED);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA_2);
}

TEST_F(refuse, empty_frame_that_says_more_will_come)
{
	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4, MORE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
}

/* A piece stands by itself, so there is nothing to go on with. */
TEST_F(refuse, piece_that_says_more_will_come)
{
	forge(&self->sample, self->sample.beta[0], FRAME_FLAGS, 4,
	      PIECE | MORE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA);
}

TEST_F(refuse, empty_piece)
{
	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4, PIECE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
}

TEST_F(refuse, piece_that_would_end_beyond_the_last_offset)
{
	static const __u64 offsets[] = { ~0ULL - 3, ~0ULL - 2, ~0ULL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.beta[0], FRAME_FLAGS, 4,
		      PIECE);
		forge(&self->sample, self->sample.beta[0], FRAME_OFFSET, 8,
		      offsets[i]);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       BETA, BEFORE_BETA);
	}
}

TEST_F(refuse, zeros_that_would_end_beyond_the_last_offset)
{
	static const __u32 zeros[] = { 0x80000000, 0xffffffff };
	size_t i;

	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4,
	      PIECE | ZEROS);
	forge(&self->sample, self->sample.gamma, FRAME_OFFSET, 8,
	      0xffffffff80000000);
	for (i = 0; i < ARRAY_SIZE(zeros); i++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.gamma, FRAME_ZEROS, 4,
		      zeros[i]);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       GAMMA, BEFORE_GAMMA);
	}
}

TEST_F(refuse, zeros_that_are_no_piece)
{
	forge(&self->sample, self->sample.gamma, FRAME_ZEROS, 4, 1);
	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4, ZEROS);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
}

TEST_F(refuse, no_zeros)
{
	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4,
	      PIECE | ZEROS);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
}

TEST_F(refuse, zeros_that_say_more_will_come)
{
	forge(&self->sample, self->sample.gamma, FRAME_ZEROS, 4, 1);
	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4,
	      PIECE | ZEROS | MORE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
}

TEST_F(refuse, zeros_with_a_payload)
{
	forge(&self->sample, self->sample.beta[0], FRAME_ZEROS, 4, 4);
	forge(&self->sample, self->sample.beta[0], FRAME_FLAGS, 4,
	      PIECE | ZEROS);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA);
}

TEST_F(refuse, piece_within_its_own_section)
{
	forge(&self->sample, self->sample.beta[1], FRAME_FLAGS, 4, PIECE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, BETA,
		       BEFORE_BETA_2);
}

TEST_F(refuse, piece_within_another_section)
{
	forge(&self->sample, self->sample.beta[1], FRAME_FLAGS, 4, PIECE);
	forge(&self->sample, self->sample.beta[1], FRAME_ID, 4, GAMMA);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_BETA_2);
}

TEST_F(refuse, end_in_pieces)
{
	forge(&self->sample, self->sample.end, FRAME_FLAGS, 4,
	      REQUIRED | PIECE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, END,
		       BEFORE_END);
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

/* ---- by the caller ---- */

FIXTURE(caller)
{
	struct sample sample;
	struct listener listener;
};

FIXTURE_VARIANT(caller)
{
	char at;
	__u32 section;
	const char *events;
};

FIXTURE_VARIANT_ADD(caller, at_the_header)
{
	.at = 'H',
	.section = 0,
	.events = "H ",
};

FIXTURE_VARIANT_ADD(caller, at_a_frame)
{
	.at = 'F',
	.section = ALPHA,
	.events = "H F11+9 ",
};

FIXTURE_VARIANT_ADD(caller, at_a_payload)
{
	.at = 'P',
	.section = ALPHA,
	.events = "H F11+9 ",
};

FIXTURE_VARIANT_ADD(caller, at_a_frame_done)
{
	.at = 'D',
	.section = ALPHA,
	.events = "H F11+9 D11 ",
};

FIXTURE_VARIANT_ADD(caller, at_the_end)
{
	.at = 'E',
	.section = END,
	.events = SAMPLE_EVENTS,
};

FIXTURE_SETUP(caller)
{
	sample_init(&self->sample);
	listener_init(&self->listener, 8192);
	self->listener.fail_at = variant->at;
	self->listener.error = -ENOMEM;
}

FIXTURE_TEARDOWN(caller)
{
	listener_free(&self->listener);
	sample_free(&self->sample);
}

TEST_F(caller, is_believed_without_a_sentence)
{
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -ENOMEM,
		       variant->section, variant->events);
}

TEST_F(caller, has_its_sentence_kept)
{
	self->listener.sentence = "there is no room";
	EXPECT_EQ(-ENOMEM, hear(&self->listener, &self->sample.bytes, 1));
	EXPECT_STREQ("there is no room", self->listener.reader.why.text);
	EXPECT_EQ(-ENOMEM, self->listener.reader.why.error);
	EXPECT_EQ(-ENOMEM, hear(&self->listener, &self->sample.bytes, 1));
	EXPECT_EQ(-ENOMEM, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_STREQ(variant->events, self->listener.events);
	EXPECT_EQ(NULL, self->listener.disorder)
		TH_LOG("%s", self->listener.disorder);
}

TEST_HARNESS_MAIN
