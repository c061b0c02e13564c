// SPDX-License-Identifier: GPL-2.0
/* wreck.h says what is here. */
#include <string.h>

#include "wreck.h"

/* splitmix64: any seed will do, neighbours included. */
void dice_init(struct dice *dice, uint64_t seed)
{
	dice->state = seed;
}

static uint64_t roll(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint32_t dice_below(struct dice *dice, uint32_t below)
{
	return (roll(dice) >> 32) % below;
}

/* Numbers at which something may turn over, and others. */
static uint64_t any_value(struct dice *dice)
{
	switch (dice_below(dice, 5)) {
	case 0:
		return dice_below(dice, 10);
	case 1:
		return 1ULL << dice_below(dice, 64);
	case 2:
		return (1ULL << dice_below(dice, 64)) - 1;
	case 3:
		return 0ULL - dice_below(dice, 5000);
	default:
		return roll(dice);
	}
}

/* ---- bytes ---- */

static void cut_out(struct bytes *stream, size_t at, size_t length)
{
	memmove(stream->at + at, stream->at + at + length,
		stream->length - at - length);
	stream->length -= length;
}

/* Open a gap that holds what was there. */
static void open_gap(struct bytes *stream, size_t at, size_t length)
{
	if (stream->length + length > WRECK_ROOM)
		return;
	memmove(stream->at + at + length, stream->at + at,
		stream->length - at);
	stream->length += length;
}

static void damage_bytes(struct dice *dice, struct bytes *stream)
{
	size_t length = dice_below(dice, 64) + 1;
	size_t at;

	if (stream->length <= length)
		return;
	at = dice_below(dice, stream->length - length);
	switch (dice_below(dice, 6)) {
	case 0:
		cut_out(stream, at, length);
		break;
	case 1:
		open_gap(stream, at, length);
		break;
	case 2:
		stream->length = at;
		break;
	case 3:
		while (length--)
			stream->at[at + length] = roll(dice);
		break;
	default:
		stream->at[at] ^= 1 << dice_below(dice, 8);
	}
}

/* ---- frames ---- */

/* Where the one at @at ends, as far as that can be said. */
static size_t frame_end(const struct bytes *stream, size_t at)
{
	size_t length = get_field(stream->at + at + FRAME_LENGTH, 4);
	size_t left = stream->length - at - FRAME_SIZE;

	return at + FRAME_SIZE + (length < left ? length : left);
}

static size_t first_frame(const struct bytes *stream)
{
	if (stream->length < HEADER_SIZE)
		return stream->length;
	return get_field(stream->at + HEADER_LENGTH, 2);
}

#define FRAMES	16

static unsigned int find_frames(const struct bytes *stream, size_t *frames)
{
	size_t at = first_frame(stream);
	unsigned int count = 0;

	while (count < FRAMES && at + FRAME_SIZE <= stream->length) {
		frames[count++] = at;
		at = frame_end(stream, at);
	}
	return count;
}

/* A frame becomes two, the first of which has MORE. */
static void split(struct dice *dice, struct bytes *stream, size_t at,
		  size_t length)
{
	size_t first = dice_below(dice, length);
	uint8_t *frame = stream->at + at;
	uint8_t old[FRAME_SIZE];

	if (stream->length + FRAME_SIZE > WRECK_ROOM)
		return;
	memcpy(old, frame, FRAME_SIZE);
	set_field(frame + FRAME_LENGTH, 4, first);
	frame[FRAME_FLAGS] |= MORE;
	open_gap(stream, at + FRAME_SIZE + first, FRAME_SIZE);
	set_field(old + FRAME_LENGTH, 4, length - first);
	set_field(old + FRAME_OFFSET, 8,
		  get_field(old + FRAME_OFFSET, 8) + first);
	memcpy(frame + FRAME_SIZE + first, old, FRAME_SIZE);
}

/* A frame comes once more, sometimes as a piece or as a piece no more. */
static void repeat_frame(struct dice *dice, struct bytes *stream, size_t from,
			 size_t length, size_t to)
{
	uint8_t frame[8192];

	if (length > sizeof(frame) || stream->length + length > WRECK_ROOM)
		return;
	memcpy(frame, stream->at + from, length);
	if (!dice_below(dice, 3))
		frame[FRAME_FLAGS] ^= PIECE;
	open_gap(stream, to, length);
	memcpy(stream->at + to, frame, length);
}

static void forge(struct dice *dice, uint8_t *frame)
{
	static const uint32_t ids[] = {
		END, REGISTERS, BUFFER, DMA, 0x65640004,
	};

	switch (dice_below(dice, 4)) {
	case 0:
		set_field(frame + FRAME_ID, 4, ids[dice_below(dice, 5)]);
		break;
	case 1:
		set_field(frame + FRAME_LENGTH, 4, any_value(dice));
		break;
	case 2:
		set_field(frame + FRAME_OFFSET, 8, any_value(dice));
		break;
	default:
		frame[FRAME_FLAGS] ^= 1 << dice_below(dice, 4);
	}
}

static void damage_frames(struct dice *dice, struct bytes *stream)
{
	size_t frames[FRAMES], at, length;
	unsigned int count = find_frames(stream, frames);

	if (!count)
		return;
	at = frames[dice_below(dice, count)];
	length = frame_end(stream, at) - at;
	switch (dice_below(dice, 5)) {
	case 0:
		cut_out(stream, at, length);
		break;
	case 1:
		repeat_frame(dice, stream, at, length,
			     frames[dice_below(dice, count)]);
		break;
	case 2:
		if (length > FRAME_SIZE)
			split(dice, stream, at, length - FRAME_SIZE);
		break;
	default:
		forge(dice, stream->at + at);
	}
}

/* ---- values ---- */

static void damage_header(struct dice *dice, struct bytes *stream)
{
	static const uint8_t fields[][2] = {
		{ 0, 8 }, { 8, 2 }, { 10, 2 }, { 12, 2 }, { 14, 2 }, { 16, 2 },
		{ 18, 2 }, { 20, 1 }, { 21, 3 }, { 24, 8 }, { 32, 8 },
		{ 40, 8 }, { 48, 8 }, { 56, 8 }, { 64, 8 }, { 72, 4 },
	};
	const uint8_t *field = fields[dice_below(dice, 16)];

	if (stream->length >= HEADER_SIZE)
		set_field(stream->at + field[0], field[1], any_value(dice));
}

/* What is in a section; often another thing that a device can hold. */
static void damage_values(struct dice *dice, struct bytes *stream)
{
	static const uint8_t registers[][2] = {
		{ 0, 4 }, { 4, 4 }, { 8, 4 }, { 12, 4 }, { 16, 8 }, { 24, 8 },
		{ 32, 8 }, { 40, 8 },
	};
	const uint8_t *field = registers[dice_below(dice, 8)];
	size_t frames[FRAMES], end;
	unsigned int count = find_frames(stream, frames);
	uint64_t value = any_value(dice);
	uint8_t *payload;

	if (!count)
		return;
	count = dice_below(dice, count);
	end = frame_end(stream, frames[count]);
	payload = stream->at + frames[count] + FRAME_SIZE;
	if (end < frames[count] + FRAME_SIZE + REGISTERS_SIZE) {
		if (end >= frames[count] + FRAME_SIZE + 8)
			set_field(payload, 4, value);
		return;
	}
	if (field[0] == 4 && dice_below(dice, 4))
		value = edu_factorial(dice_below(dice, 40));
	if (field[0] == 8 && dice_below(dice, 4))
		value &= 0x81;
	set_field(payload + field[0], field[1], value);
}

/* ---- */

static void make_right(struct dice *dice, struct bytes *stream)
{
	bool offsets = dice_below(dice, 4), totals = dice_below(dice, 8);
	uint32_t number = 0;
	uint64_t offset = 0;
	size_t at, end;
	uint8_t *frame;

	if (stream->length < HEADER_SIZE)
		return;
	reseal_header(stream);
	for (at = first_frame(stream); at + FRAME_SIZE <= stream->length;
	     at = end, number++) {
		frame = stream->at + at;
		end = frame_end(stream, at);
		if (get_field(frame + FRAME_ID, 4) == END && totals &&
		    end - at == FRAME_SIZE + END_SIZE) {
			set_field(frame + FRAME_SIZE + END_BYTES, 8, at);
			set_field(frame + FRAME_SIZE + END_FRAMES, 4, number);
		}
		if (offsets && !(frame[FRAME_FLAGS] & PIECE))
			set_field(frame + FRAME_OFFSET, 8, offset);
		reseal_frame(stream, at);
		offset = frame[FRAME_FLAGS] & MORE ?
			 offset + get_field(frame + FRAME_LENGTH, 4) : 0;
	}
}

void wreck(struct dice *dice, struct bytes *stream)
{
	unsigned int times = 1 + dice_below(dice, 3);

	while (times--) {
		switch (dice_below(dice, 8)) {
		case 0:
			damage_bytes(dice, stream);
			break;
		case 1:
			damage_header(dice, stream);
			break;
		case 2:
		case 3:
			damage_frames(dice, stream);
			break;
		default:
			damage_values(dice, stream);
		}
	}
	if (dice_below(dice, 5))
		make_right(dice, stream);
}
