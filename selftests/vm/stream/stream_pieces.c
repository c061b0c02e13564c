// SPDX-License-Identifier: GPL-2.0
/*
 * Sections in pieces, as a device sends them while it runs: over one another,
 * at any offset, and never outside.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "crafted.h"

/* The last one counts, and what none has brought is 0. */
TEST_F(crafted, pieces_lie_over_one_another)
{
	uint8_t bytes[EDU_BUFFER_SIZE], expected[EDU_BUFFER_SIZE] = {};
	struct craft *craft = &self->craft;

	craft_frame(craft, BUFFER, REQUIRED | PIECE, 100, 3000);
	memcpy(expected + 100, craft->buffer + 100, 3000);
	craft_registers(craft);
	memset(craft->buffer, 0xee, sizeof(craft->buffer));
	craft_frame(craft, BUFFER, REQUIRED | PIECE, 4095, 1);
	craft_frame(craft, BUFFER, REQUIRED | PIECE, 200, 10);
	craft_frame(craft, BUFFER, REQUIRED | PIECE, 200, 5);
	memset(expected + 200, 0xee, 10);
	expected[4095] = 0xee;
	craft_end(craft);
	ASSERT_EQ(0, load_and_stop(&self->edu, craft->stream.bytes,
				   craft->stream.size, 33));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, edu_dump_buffer(&self->edu, bytes));
	EXPECT_EQ(0, memcmp(expected, bytes, sizeof(bytes)));
}

TEST_F(crafted, zeros_lie_over_what_came_before)
{
	uint8_t bytes[EDU_BUFFER_SIZE], expected[EDU_BUFFER_SIZE] = {};
	struct craft *craft = &self->craft;

	craft_frame(craft, BUFFER, REQUIRED | PIECE, 0, 4096);
	memcpy(expected, craft->buffer, sizeof(expected));
	craft_registers(craft);
	vfio_mig_write_zeros(&craft->writer, BUFFER, REQUIRED, 1000, 3096);
	memset(expected + 1000, 0, 3096);
	craft_end(craft);
	ASSERT_EQ(0, load_and_stop(&self->edu, craft->stream.bytes,
				   craft->stream.size, 33));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, edu_dump_buffer(&self->edu, bytes));
	EXPECT_EQ(0, memcmp(expected, bytes, sizeof(bytes)));
}

TEST_F(crafted, zeros_outside_of_their_section_are_refused)
{
	static const __u32 zeros[] = { 97, 4096, 0x7fffffff, 0xffffffff };
	struct craft *craft = &self->craft;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(zeros); i++) {
		vfio_mig_write_zeros(&craft->writer, BUFFER, REQUIRED, 4000,
				     zeros[i]);
		craft->stream.size = craft->writer.used;
		REFUSED("zeros", zeros[i], EINVAL, BUFFER);
	}
	vfio_mig_write_zeros(&craft->writer, REGISTERS, REQUIRED, 0, 48);
	craft->stream.size = craft->writer.used;
	REFUSED("zeros of a section that has no pieces", 0, EINVAL, REGISTERS);
}

TEST_F(crafted, unknown_pieces_are_skipped_unless_required)
{
	struct craft *craft = &self->craft;
	struct placed_frame *frame;

	craft_frame(craft, UNKNOWN, PIECE, 10, 10);
	frame = craft_section(craft, UNKNOWN, 0, craft->buffer, 10);
	frame->at.flags = htole32(PIECE);
	frame->at.offset = htole64(~0ull - 10);
	craft_seal(frame, 10);
	craft_registers(craft);
	craft_end(craft);
	TAKEN();
	craft_frame(craft, UNKNOWN, REQUIRED | PIECE, 10, 10);
	REFUSED("unknown", 0, EOPNOTSUPP, UNKNOWN);
}

/* 10 bytes of the buffer. */
static void piece_at(struct craft *craft, __u64 offset)
{
	struct placed_frame *frame;

	frame = craft_section(craft, BUFFER, REQUIRED, craft->buffer, 10);
	frame->at.flags = htole32(REQUIRED | PIECE);
	frame->at.offset = htole64(offset);
	craft_seal(frame, 10);
}

TEST_F(crafted, piece_outside_of_its_section_is_refused)
{
	static const __u64 offsets[] = {
		4087, 4096, 4097, 1ull << 32, 1ull << 63, ~0ull - 10,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		piece_at(&self->craft, offsets[i]);
		REFUSED("offset", offsets[i], EINVAL, BUFFER);
	}
}

/* Of whatever section: nobody could say where it ends. */
TEST_F(crafted, piece_beyond_any_end_is_refused)
{
	static const __u64 offsets[] = { ~0ull - 9, ~0ull - 1, ~0ull };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		piece_at(&self->craft, offsets[i]);
		REFUSED("offset", offsets[i], EBADMSG, BUFFER);
	}
}

TEST_F(crafted, malformed_pieces_are_refused)
{
	struct craft *craft = &self->craft;

	craft_frame(craft, BUFFER, REQUIRED | PIECE, 0, 0);
	REFUSED("empty", 0, EBADMSG, BUFFER);
	craft_frame(craft, BUFFER, REQUIRED | PIECE | MORE, 0, 10);
	REFUSED("a piece and a part", 0, EBADMSG, BUFFER);
	craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 10);
	craft_frame(craft, BUFFER, REQUIRED | PIECE, 10, 4086);
	REFUSED("a piece among parts", 0, EBADMSG, BUFFER);
	craft_frame(craft, REGISTERS, REQUIRED | PIECE, 0, 48);
	REFUSED("of what comes whole", 0, EINVAL, REGISTERS);
	craft_registers(craft);
	craft_frame(craft, END, REQUIRED | PIECE, 0, 16);
	REFUSED("an end", 0, EBADMSG, END);
}

TEST_F(crafted, section_comes_whole_or_in_pieces)
{
	struct craft *craft = &self->craft;

	craft_buffer(craft);
	craft_frame(craft, BUFFER, REQUIRED | PIECE, 0, 10);
	REFUSED("a piece after all", 0, EBADMSG, BUFFER);
	craft_frame(craft, BUFFER, REQUIRED | PIECE, 0, 10);
	craft_buffer(craft);
	REFUSED("all after a piece", 0, EBADMSG, BUFFER);
}

TEST_HARNESS_MAIN
