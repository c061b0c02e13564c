// SPDX-License-Identifier: GPL-2.0
/* Streams put together, and judged, without the codec. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stream_bytes.h"

static const __u8 magic[8] = { 'V', 'F', 'I', 'O', 'M', 'I', 'G', '\n' };

void bytes_init(struct bytes *bytes, size_t room)
{
	memset(bytes, 0, sizeof(*bytes));
	bytes->at = calloc(1, room);
	bytes->room = room;
	if (!bytes->at) {
		perror("calloc");
		exit(1);
	}
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
	memset(bytes, 0, sizeof(*bytes));
}

static __u32 checksum_on(__u32 sum, const void *data, size_t length)
{
	const __u8 *byte = data;
	unsigned int bit;

	for (; length; length--) {
		sum ^= *byte++;
		for (bit = 0; bit < 8; bit++)
			sum = sum & 1 ? sum >> 1 ^ 0x82f63b78 : sum >> 1;
	}
	return sum;
}

__u32 checksum(const void *data, size_t length)
{
	return ~checksum_on(~0U, data, length);
}

#define PRIME_1		0x9e3779b185ebca87ULL
#define PRIME_2		0xc2b2ae3d27d4eb4fULL
#define PRIME_3		0x165667b19e3779f9ULL
#define PRIME_4		0x85ebca77c2b2ae63ULL
#define PRIME_5		0x27d4eb2f165667c5ULL

static __u64 turn(__u64 value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

static __u64 stir(__u64 sum, __u64 number)
{
	return turn(sum + number * PRIME_2, 31) * PRIME_1;
}

/* All that comes in blocks of 32 bytes, in four sums that become one. */
static __u64 blocks_of(const __u8 **at, size_t *left)
{
	__u64 sums[4] = { PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1 };
	__u64 sum;
	int i;

	for (; *left >= 32; *left -= 32)
		for (i = 0; i < 4; i++, *at += 8)
			sums[i] = stir(sums[i], get_field(*at, 8));
	sum = turn(sums[0], 1) + turn(sums[1], 7) + turn(sums[2], 12) +
	      turn(sums[3], 18);
	for (i = 0; i < 4; i++)
		sum = (sum ^ stir(0, sums[i])) * PRIME_1 + PRIME_4;
	return sum;
}

__u64 long_checksum(const void *data, size_t length)
{
	const __u8 *at = data;
	size_t left = length;
	__u64 sum = PRIME_5;

	if (length >= 32)
		sum = blocks_of(&at, &left);
	sum += length;
	for (; left >= 8; left -= 8, at += 8)
		sum = turn(sum ^ stir(0, get_field(at, 8)), 27) * PRIME_1 +
		      PRIME_4;
	for (; left >= 4; left -= 4, at += 4)
		sum = turn(sum ^ get_field(at, 4) * PRIME_1, 23) * PRIME_2 +
		      PRIME_3;
	for (; left; left--, at++)
		sum = turn(sum ^ *at * PRIME_5, 11) * PRIME_1;
	sum = (sum ^ sum >> 33) * PRIME_2;
	sum = (sum ^ sum >> 29) * PRIME_3;
	return sum ^ sum >> 32;
}

void set_field(__u8 *at, size_t size, __u64 value)
{
	for (; size; size--, value >>= 8)
		*at++ = value & 0xff;
}

__u64 get_field(const __u8 *at, size_t size)
{
	__u64 value = 0;

	while (size--)
		value = value << 8 | at[size];
	return value;
}

void put_bytes(struct bytes *bytes, const void *data, size_t length)
{
	if (bytes->room - bytes->length < length) {
		fprintf(stderr, "# a test's buffer is too small\n");
		exit(1);
	}
	if (length)
		memcpy(bytes->at + bytes->length, data, length);
	bytes->length += length;
}

static __u32 header_checksum(const __u8 *at, size_t length)
{
	__u32 sum = checksum_on(~0U, at, HEADER_CRC);

	return ~checksum_on(sum, at + HEADER_SIZE, length - HEADER_SIZE);
}

void reseal_header(struct bytes *bytes)
{
	size_t length = get_field(bytes->at + HEADER_LENGTH, 2);

	if (length < HEADER_SIZE)
		length = HEADER_SIZE;
	if (length > bytes->length)
		length = bytes->length;
	set_field(bytes->at + HEADER_CRC, 4,
		  header_checksum(bytes->at, length));
}

void announce_xxh64(struct bytes *bytes)
{
	__u64 required = get_field(bytes->at + HEADER_REQUIRED, 8);

	set_field(bytes->at + HEADER_REQUIRED, 8, required | REQUIRES_XXH64);
	reseal_header(bytes);
}

void put_header(struct bytes *bytes, size_t length)
{
	__u8 header[HEADER_LONGEST] = { 0 };
	size_t i;

	memcpy(header, magic, sizeof(magic));
	set_field(header + HEADER_FRAMING, 2, 1);
	set_field(header + HEADER_LENGTH, 2, length);
	for (i = HEADER_VENDOR; i < HEADER_ZERO; i++)
		header[i] = i;
	for (i = HEADER_ZERO + 3; i < HEADER_RESERVED; i++)
		header[i] = i;
	for (i = HEADER_SIZE; i < length; i++)
		header[i] = i % 251 + 1;
	put_bytes(bytes, header, length);
	reseal_header(bytes);
}

/* Of a payload that has @length bytes here; a frame of zeros has no xxh64. */
static void set_payload_sum(__u8 *at, size_t length)
{
	__u32 flags = get_field(at + FRAME_FLAGS, 4);
	__u64 sum = checksum(at + FRAME_SIZE, length);

	if ((flags & (XXH64 | ZEROS)) == XXH64) {
		sum = long_checksum(at + FRAME_SIZE, length);
		set_field(at + FRAME_ZEROS, 4, sum >> 32);
	}
	set_field(at + FRAME_PAYLOAD_CRC, 4, sum);
}

static bool payload_is_right(const __u8 *at, __u32 flags, size_t length)
{
	__u64 low = get_field(at + FRAME_PAYLOAD_CRC, 4);
	__u64 high = get_field(at + FRAME_ZEROS, 4);

	if (flags & XXH64)
		return long_checksum(at + FRAME_SIZE, length) ==
		       (high << 32 | low);
	return checksum(at + FRAME_SIZE, length) == low;
}

void reseal_frame(struct bytes *bytes, size_t frame)
{
	__u8 *at = bytes->at + frame;
	size_t length = get_field(at + FRAME_LENGTH, 4);

	if (length > bytes->length - frame - FRAME_SIZE)
		length = bytes->length - frame - FRAME_SIZE;
	set_payload_sum(at, length);
	set_field(at + FRAME_CRC, 4, checksum(at, FRAME_CRC));
}

size_t put_frame(struct bytes *bytes, __u32 id, __u32 flags, __u64 offset,
		 const void *payload, size_t length)
{
	size_t start = bytes->length;
	__u8 frame[FRAME_SIZE] = { 0 };

	set_field(frame + FRAME_ID, 4, id);
	set_field(frame + FRAME_FLAGS, 4, flags);
	set_field(frame + FRAME_LENGTH, 4, length);
	set_field(frame + FRAME_OFFSET, 8, offset);
	put_bytes(bytes, frame, sizeof(frame));
	put_bytes(bytes, payload, length);
	reseal_frame(bytes, start);
	bytes->frames++;
	return start;
}

size_t put_zeros(struct bytes *bytes, __u32 id, __u32 flags, __u64 offset,
		 __u32 zeros)
{
	size_t start = put_frame(bytes, id, flags | PIECE | ZEROS, offset, "",
				 0);

	set_field(bytes->at + start + FRAME_ZEROS, 4, zeros);
	reseal_frame(bytes, start);
	return start;
}

size_t put_end(struct bytes *bytes)
{
	__u8 end[END_SIZE] = { 0 };

	set_field(end + END_BYTES, 8, bytes->length);
	set_field(end + END_FRAMES, 4, bytes->frames);
	return put_frame(bytes, END, REQUIRED, 0, end, sizeof(end));
}

void sample_init(struct sample *sample)
{
	struct bytes *bytes = &sample->bytes;

	bytes_init(bytes, 8192);
	put_header(bytes, HEADER_SIZE);
	sample->alpha = put_frame(bytes, ALPHA, REQUIRED, 0, "123456789", 9);
	sample->beta[0] = put_frame(bytes, BETA, MORE, 0, "abcd", 4);
	sample->beta[1] = put_frame(bytes, BETA, MORE, 4, "efg", 3);
	sample->beta[2] = put_frame(bytes, BETA, 0, 7, "h", 1);
	sample->gamma = put_frame(bytes, GAMMA, 0, 0, "", 0);
	sample->end = put_end(bytes);
}

void sample_free(struct sample *sample)
{
	bytes_free(&sample->bytes);
}

static int judge_header(const __u8 *at, size_t length, size_t *used)
{
	if (length < HEADER_SIZE)
		return -ENODATA;
	*used = get_field(at + HEADER_LENGTH, 2);
	if (memcmp(at, magic, sizeof(magic)))
		return -EINVAL;
	if (get_field(at + HEADER_FRAMING, 2) != 1)
		return -EOPNOTSUPP;
	if (*used < HEADER_SIZE || *used > HEADER_LONGEST)
		return -EBADMSG;
	if (length < *used)
		return -ENODATA;
	if (header_checksum(at, *used) != get_field(at + HEADER_CRC, 4))
		return -EBADMSG;
	return get_field(at + HEADER_ZERO, 3) ? -EINVAL : 0;
}

/* Does a frame go on where the one @before it, if any, has left off? */
static bool in_order(const __u8 *before, const __u8 *at)
{
	__u64 offset = get_field(at + FRAME_OFFSET, 8);

	if (!before || !(before[FRAME_FLAGS] & MORE))
		return offset == 0 || (at[FRAME_FLAGS] & PIECE);
	return get_field(before + FRAME_ID, 4) == get_field(at + FRAME_ID, 4) &&
	       ((before[FRAME_FLAGS] ^ at[FRAME_FLAGS]) & ~MORE) == 0 &&
	       get_field(before + FRAME_OFFSET, 8) +
	       get_field(before + FRAME_LENGTH, 4) == offset;
}

/* Is the end of a piece of @size bytes a number that an offset can be? */
static bool has_an_end(const __u8 *at, __u32 size)
{
	return size && get_field(at + FRAME_OFFSET, 8) <= ~0ULL - size;
}

static bool shape_is_right(const __u8 *at, __u32 flags, __u32 length)
{
	switch (flags & ~REQUIRED) {
	case 0:
		return true;
	case MORE:
		return length;
	case PIECE:
	case PIECE | XXH64:
		return has_an_end(at, length);
	case PIECE | ZEROS:
		return !length &&
		       has_an_end(at, get_field(at + FRAME_ZEROS, 4));
	default:
		return false;
	}
}

/* @known: The flags that there are in this stream. */
static int judge_frame(const __u8 *before, const __u8 *at, size_t left,
		       __u32 known)
{
	__u32 flags, length;

	if (left < FRAME_SIZE)
		return -ENODATA;
	flags = get_field(at + FRAME_FLAGS, 4);
	length = get_field(at + FRAME_LENGTH, 4);
	if (checksum(at, FRAME_CRC) != get_field(at + FRAME_CRC, 4))
		return -EBADMSG;
	if (flags & ~known)
		return -EOPNOTSUPP;
	if (length > FRAME_LONGEST || !shape_is_right(at, flags, length))
		return -EBADMSG;
	if (!in_order(before, at))
		return -EBADMSG;
	if (get_field(at + FRAME_ID, 4) == END &&
	    (flags != REQUIRED || length != END_SIZE))
		return -EBADMSG;
	if (left - FRAME_SIZE < length)
		return -ENODATA;
	return payload_is_right(at, flags, length) ? 0 : -EBADMSG;
}

int judge(const struct bytes *bytes)
{
	__u32 frames = 0, known = REQUIRED | MORE | PIECE | ZEROS;
	const __u8 *before = NULL, *at, *end;
	size_t used = 0;
	int ret;

	ret = judge_header(bytes->at, bytes->length, &used);
	if (ret)
		return ret;
	if (get_field(bytes->at + HEADER_REQUIRED, 8) & REQUIRES_XXH64)
		known |= XXH64;
	for (;;) {
		at = bytes->at + used;
		ret = judge_frame(before, at, bytes->length - used, known);
		if (ret)
			return ret;
		if (get_field(at + FRAME_ID, 4) == END)
			break;
		used += FRAME_SIZE + get_field(at + FRAME_LENGTH, 4);
		before = at;
		frames++;
	}
	end = at + FRAME_SIZE;
	if (get_field(end + END_BYTES, 8) != used ||
	    get_field(end + END_FRAMES, 4) != frames)
		return -EBADMSG;
	return used + FRAME_SIZE + END_SIZE < bytes->length ? -E2BIG : 0;
}
