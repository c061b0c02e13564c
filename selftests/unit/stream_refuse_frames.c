// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that a reader has to refuse: their checksums are right, and what they
 * say is not.
 */
#include "kselftest_harness.h"

#include "stream_refusal.h"

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
	announce_xxh64(&self->sample.bytes);
	for (bit = 5; bit < 32; bit++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.alpha, FRAME_FLAGS, 4,
		      REQUIRED | 1U << bit);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes,
			       -EOPNOTSUPP, ALPHA, "H ");
	}
}

/* As by a reader from before there was such a thing. */
TEST_F(refuse, xxh64_that_the_header_does_not_announce)
{
	forge(&self->sample, self->sample.alpha, FRAME_FLAGS, 4,
	      REQUIRED | PIECE | XXH64);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EOPNOTSUPP,
		       ALPHA, "H ");
	EXPECT_STREQ("section 0x11: unknown frame flags",
		     self->listener.reader.why.text);
}

TEST_F(refuse, xxh64_of_what_is_no_piece_of_bytes)
{
	static const __u32 flags[] = {
		XXH64, XXH64 | REQUIRED, XXH64 | MORE,
		XXH64 | PIECE | MORE, XXH64 | PIECE | ZEROS,
		XXH64 | ZEROS,
	};
	size_t i;

	announce_xxh64(&self->sample.bytes);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		listener_restart(&self->listener);
		forge(&self->sample, self->sample.beta[0], FRAME_FLAGS, 4,
		      flags[i]);
		EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG,
			       BETA, BEFORE_BETA);
	}
	listener_restart(&self->listener);
	forge(&self->sample, self->sample.gamma, FRAME_FLAGS, 4,
	      XXH64 | PIECE);
	forge(&self->sample, self->sample.beta[0], FRAME_FLAGS, 4, MORE);
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -EBADMSG, GAMMA,
		       BEFORE_GAMMA);
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

TEST_HARNESS_MAIN
