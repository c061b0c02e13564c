// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of frames: order, gaps, flags, lengths and totals.  Every checksum
 * in these streams is right.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "crafted.h"

TEST_F(crafted, section_in_parts_is_put_together)
{
	struct craft *craft = &self->craft;
	int data_fd;

	craft_registers(craft);
	craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 1);
	craft_frame(craft, BUFFER, REQUIRED | MORE, 1, 4000);
	craft_frame(craft, BUFFER, REQUIRED, 4001, 95);
	craft_end(craft);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	ASSERT_EQ(0, write_all(data_fd, craft->stream.bytes,
			       craft->stream.size, 7));
	close(data_fd);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(&self->edu));
	EXPECT_TRUE(is_buffer_marked(&self->edu));
}

/* A reader also skips in parts; and an empty last part is one. */
TEST_F(crafted, unknown_section_in_parts_is_skipped)
{
	struct craft *craft = &self->craft;

	craft_frame(craft, UNKNOWN, MORE, 0, 10);
	craft_frame(craft, UNKNOWN, MORE, 10, 10);
	craft_frame(craft, UNKNOWN, 0, 20, 0);
	craft_registers(craft);
	craft_end(craft);
	TAKEN();
}

TEST_F(crafted, known_section_need_not_be_required)
{
	struct craft *craft = &self->craft;

	craft_section(craft, REGISTERS, 0, &craft->registers,
		      sizeof(craft->registers));
	craft_end(craft);
	TAKEN();
}

TEST_F(crafted, reserved_bits_are_ignored)
{
	struct craft *craft = &self->craft;
	struct placed_frame *frame;

	frame = craft_section(craft, REGISTERS, REQUIRED, &craft->registers,
			      sizeof(craft->registers));
	frame->at.zeros = htole32(0xffffffff);
	craft_seal(frame, sizeof(craft->registers));
	frame = craft_end(craft);
	frame->at.zeros = htole32(0xffffffff);
	((struct vfio_mig_end *)(frame + 1))->reserved = htole32(1);
	craft_seal(frame, sizeof(struct vfio_mig_end));
	TAKEN();
}

TEST_F(crafted, unknown_flags_are_refused)
{
	struct craft *craft = &self->craft;
	unsigned int bit;

	for (bit = 4; bit < 32; bit++) {
		craft_registers(craft);
		craft_frame(craft, BUFFER, 1u << bit | REQUIRED, 0, 4096);
		REFUSED("flag", bit, EOPNOTSUPP, BUFFER);
	}
}

TEST_F(crafted, parts_with_a_gap_or_an_overlap_are_refused)
{
	static const __u64 offsets[] = { 0, 9, 11, 4096, 1ull << 32 | 10 };
	struct craft *craft = &self->craft;
	struct placed_frame *frame;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 10);
		frame = craft_section(craft, BUFFER, REQUIRED, craft->buffer,
				      4086);
		frame->at.offset = htole64(offsets[i]);
		craft_seal(frame, 4086);
		REFUSED("offset", offsets[i], EBADMSG, BUFFER);
	}
	frame = craft_section(craft, UNKNOWN, 0, craft->buffer, 10);
	frame->at.offset = htole64(1);
	craft_seal(frame, 10);
	REFUSED("first offset", 1, EBADMSG, UNKNOWN);
}

TEST_F(crafted, section_inside_of_another_is_refused)
{
	struct craft *craft = &self->craft;

	craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 10);
	craft_registers(craft);
	REFUSED("registers", 0, EBADMSG, REGISTERS);
	craft_frame(craft, UNKNOWN, MORE, 0, 10);
	craft_registers(craft);
	REFUSED("registers", 1, EBADMSG, REGISTERS);
	craft_registers(craft);
	craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 10);
	craft_end(craft);
	REFUSED("end", 0, EBADMSG, END);
}

TEST_F(crafted, flags_that_change_half_way_are_refused)
{
	struct craft *craft = &self->craft;

	craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 10);
	craft_frame(craft, BUFFER, 0, 10, 4086);
	REFUSED("not required any more", 0, EBADMSG, BUFFER);
	craft_frame(craft, UNKNOWN, MORE, 0, 10);
	craft_frame(craft, UNKNOWN, REQUIRED, 10, 10);
	REFUSED("required half way", 0, EBADMSG, UNKNOWN);
}

/* They would let a stream go on for ever. */
TEST_F(crafted, empty_part_in_between_is_refused)
{
	struct craft *craft = &self->craft;

	craft_frame(craft, UNKNOWN, MORE, 0, 0);
	REFUSED("empty", 0, EBADMSG, UNKNOWN);
}

TEST_F(crafted, too_long_a_section_is_refused_before_its_bytes)
{
	static const __u32 lengths[] = { 4097, 1u << 20 };
	struct craft *craft = &self->craft;
	struct placed_frame *frame;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		frame = craft_section(craft, BUFFER, REQUIRED, NULL, 0);
		frame->at.length = htole32(lengths[i]);
		craft_seal(frame, 0);
		REFUSED("length", lengths[i], EINVAL, BUFFER);
	}
	/* In parts, each of which would do. */
	craft_frame(craft, BUFFER, REQUIRED | MORE, 0, 4096);
	frame = craft_section(craft, BUFFER, REQUIRED, NULL, 0);
	frame->at.offset = htole64(4096);
	frame->at.length = htole32(1);
	craft_seal(frame, 0);
	REFUSED("length of the second part", 1, EINVAL, BUFFER);
}

TEST_F(crafted, frame_longer_than_any_is_refused)
{
	static const __u32 lengths[] = {
		(1u << 20) + 1, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	struct craft *craft = &self->craft;
	struct placed_frame *frame;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		frame = craft_section(craft, UNKNOWN, 0, NULL, 0);
		frame->at.length = htole32(lengths[i]);
		craft_seal(frame, 0);
		REFUSED("length", lengths[i], EBADMSG, UNKNOWN);
	}
}

/* ---- END ---- */

/* A stream of the registers and an END whose totals are off by these. */
static void add_totals(struct craft *craft, __s64 bytes, __s32 frames)
{
	struct placed_frame *frame;
	struct vfio_mig_end *end;

	craft_registers(craft);
	frame = craft_end(craft);
	end = (void *)(frame + 1);
	end->bytes = htole64(le64toh(end->bytes) + bytes);
	end->frames = htole32(le32toh(end->frames) + frames);
	craft_seal(frame, sizeof(*end));
}

TEST_F(crafted, totals_that_are_wrong_are_refused)
{
	struct craft *craft = &self->craft;

	add_totals(craft, 1, 0);
	REFUSED("one byte more", 0, EBADMSG, END);
	add_totals(craft, -1, 0);
	REFUSED("one byte less", 0, EBADMSG, END);
	add_totals(craft, 1ll << 32, 0);
	REFUSED("4 GiB more", 0, EBADMSG, END);
	add_totals(craft, 0, 1);
	REFUSED("one frame more", 0, EBADMSG, END);
	add_totals(craft, 0, -1);
	REFUSED("one frame less", 0, EBADMSG, END);
	add_totals(craft, 0, 0);
	TAKEN();
}

TEST_F(crafted, end_of_another_shape_is_refused)
{
	static const __u32 flags[] = { 0, MORE, REQUIRED | MORE };
	struct craft *craft = &self->craft;
	struct placed_frame *frame;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		craft_registers(craft);
		frame = craft_end(craft);
		frame->at.flags = htole32(flags[i]);
		craft_seal(frame, sizeof(struct vfio_mig_end));
		REFUSED("flags", flags[i], EBADMSG, END);
	}
	for (i = 0; i <= 32; i++) {
		if (i == sizeof(struct vfio_mig_end))
			continue;
		craft_registers(craft);
		craft_section(craft, END, REQUIRED, craft->buffer, i);
		REFUSED("length", i, EBADMSG, END);
	}
}

TEST_HARNESS_MAIN
