// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces with the other checksum: what the writer puts out, what a reader takes,
 * and that it finds any damage.
 */
#include <endian.h>

#include "stream_listener.h"

#include "kselftest_harness.h"

#define PAGE	4096

FIXTURE(xxh64)
{
	struct bytes bytes;
	struct listener listener;
	__u8 page[PAGE];
};

FIXTURE_SETUP(xxh64)
{
	size_t i;

	for (i = 0; i < PAGE; i++)
		self->page[i] = i * 2654435761U >> 24;
	bytes_init(&self->bytes, 4 * PAGE);
	put_header(&self->bytes, HEADER_SIZE);
	announce_xxh64(&self->bytes);
	listener_init(&self->listener, 4 * PAGE);
}

FIXTURE_TEARDOWN(xxh64)
{
	listener_free(&self->listener);
	bytes_free(&self->bytes);
}

/* As others compute it. */
TEST(checksums_of_known_texts)
{
	EXPECT_EQ(0xef46db3751d8e999, long_checksum("", 0));
	EXPECT_EQ(0xd24ec4f1a98c6e5b, long_checksum("a", 1));
	EXPECT_EQ(0x8cb841db40e6ae83, long_checksum("123456789", 9));
}

/* Any number of bytes, of which some are no whole block. */
TEST_F(xxh64, writer_puts_what_was_worked_out_by_hand)
{
	__u8 buf[FRAME_SIZE + 200];
	size_t length;

	for (length = 1; length <= 200; length++) {
		struct vfio_mig_writer writer = {
			.buf = buf, .size = sizeof(buf),
		};

		self->bytes.length = 0;
		put_frame(&self->bytes, BETA, PIECE | REQUIRED | XXH64,
			  1ULL << 33, self->page, length);
		vfio_mig_write_piece(&writer, BETA, VFIO_MIG_FRAME_REQUIRED |
				     VFIO_MIG_FRAME_XXH64, 1ULL << 33,
				     self->page, length);
		ASSERT_EQ(self->bytes.length, writer.used);
		EXPECT_EQ(0, memcmp(self->bytes.at, buf, writer.used))
			TH_LOG("%zu bytes", length);
	}
}

/* Both checksums, and zeros, side by side in one stream. */
static void put_mixture(struct bytes *bytes, const __u8 *page)
{
	put_frame(bytes, BETA, PIECE | REQUIRED | XXH64, 0, page, PAGE);
	put_frame(bytes, ALPHA, 0, 0, "a", 1);
	put_frame(bytes, BETA, PIECE | REQUIRED, PAGE, "4567", 4);
	put_zeros(bytes, BETA, REQUIRED, 2 * PAGE, PAGE);
	put_frame(bytes, BETA, PIECE | REQUIRED | XXH64, 3, "34", 2);
	put_end(bytes);
}

#define MIXTURE "H F22+4096 D22 F11+1 D11 F22+4 D22 F22+0 D22 F22+2 D22 E "

TEST_F(xxh64, is_the_same_in_pieces_of_any_size)
{
	size_t chunk;

	put_mixture(&self->bytes, self->page);
	ASSERT_EQ(0, judge(&self->bytes));
	for (chunk = 1; chunk <= 200; chunk++) {
		listener_restart(&self->listener);
		ASSERT_EQ(0, hear_all(&self->listener, &self->bytes, chunk))
			TH_LOG("in pieces of %zu: %s", chunk,
			       self->listener.reader.why.text);
		EXPECT_STREQ(MIXTURE, self->listener.events);
		EXPECT_EQ(NULL, self->listener.disorder);
		ASSERT_EQ(PAGE + 1 + 4 + 2, self->listener.length);
		EXPECT_EQ(0, memcmp(self->page, self->listener.data, PAGE));
	}
}

TEST_F(xxh64, one_bit_flipped_anywhere)
{
	__u8 *at = self->bytes.at;
	size_t bit;
	int ret;

	put_mixture(&self->bytes, self->page);
	for (bit = 0; bit < self->bytes.length * 8; bit++) {
		listener_restart(&self->listener);
		at[bit / 8] ^= 1 << bit % 8;
		ret = hear_all(&self->listener, &self->bytes, ~0UL);
		at[bit / 8] ^= 1 << bit % 8;
		ASSERT_GT(0, ret)
			TH_LOG("bit %zu of byte %zu", bit % 8, bit / 8);
		ASSERT_FALSE(self->listener.ended);
		ASSERT_EQ(NULL, self->listener.disorder);
	}
}

TEST_F(xxh64, damage_is_told_before_the_piece_is_done)
{
	size_t frame = self->bytes.length;

	put_mixture(&self->bytes, self->page);
	self->bytes.at[frame + FRAME_SIZE + 2000] ^= 1;
	EXPECT_REFUSED(&self->listener, &self->bytes, -EBADMSG, BETA,
		       "H F22+4096 ");
}

TEST_F(xxh64, damage_in_a_section_that_is_not_wanted)
{
	size_t frame = self->bytes.length;

	put_mixture(&self->bytes, self->page);
	self->bytes.at[frame + FRAME_SIZE + 2000] ^= 1;
	self->listener.skip = BETA;
	EXPECT_REFUSED(&self->listener, &self->bytes, -EBADMSG, BETA,
		       "H F22+4096 ");
}

/* Either half of it counts. */
TEST_F(xxh64, checksum_with_another_half)
{
	static const size_t halves[] = { FRAME_PAYLOAD_CRC, FRAME_ZEROS };
	size_t frame = self->bytes.length, i;
	__u8 *at = self->bytes.at + frame;

	put_mixture(&self->bytes, self->page);
	for (i = 0; i < ARRAY_SIZE(halves); i++) {
		at[halves[i]] ^= 0x80;
		set_field(at + FRAME_CRC, 4, checksum(at, FRAME_CRC));
		listener_restart(&self->listener);
		EXPECT_REFUSED(&self->listener, &self->bytes, -EBADMSG, BETA,
			       "H F22+4096 ");
		at[halves[i]] ^= 0x80;
	}
}

/* Nor is one taken for the other. */
TEST_F(xxh64, crc32c_where_an_xxh64_belongs)
{
	size_t frame = self->bytes.length;
	__u8 *at = self->bytes.at + frame;

	put_mixture(&self->bytes, self->page);
	set_field(at + FRAME_PAYLOAD_CRC, 4, checksum(self->page, PAGE));
	set_field(at + FRAME_ZEROS, 4, 0);
	set_field(at + FRAME_CRC, 4, checksum(at, FRAME_CRC));
	EXPECT_REFUSED(&self->listener, &self->bytes, -EBADMSG, BETA,
		       "H F22+4096 ");
}

TEST_HARNESS_MAIN
