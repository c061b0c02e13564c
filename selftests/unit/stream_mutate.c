// SPDX-License-Identifier: GPL-2.0
/*
 * Streams made at random, some good, most broken in one place or several.  The
 * reader has to come to the judgement of a checker that has the whole stream
 * before it, whatever pieces it is fed in.
 *
 * The seed is fixed, and printed with the number of the stream that fails.
 */
#include "stream_listener.h"

#include "kselftest_harness.h"

#define SEED	0x766d6967
#define STREAMS	200000

static __u32 state;

/* xorshift: the same numbers everywhere. */
static __u32 any(__u32 below)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state % below;
}

/* One frame, that mostly goes on where the last one has left off. */
static void make_frame(struct bytes *bytes, __u32 *id, __u64 *offset)
{
	static const __u32 ids[] = { ALPHA, BETA, GAMMA, 0xffffffff, END };
	__u32 flags = any(4) ? 0 : REQUIRED;
	size_t length = any(40);
	__u8 payload[40];
	size_t start, i;

	if (!*offset || !any(16))
		*id = ids[any(any(8) ? 4 : 5)];
	if (!any(3))
		flags |= MORE;
	if (!any(8))
		flags |= PIECE;
	if (!any((flags & PIECE) ? 4 : 64))
		flags |= ZEROS;
	if (!any((flags & PIECE) ? 2 : 64))
		flags |= XXH64;
	if ((flags & ZEROS) && any(16))
		flags &= ~XXH64;
	if ((flags & ZEROS) && any(8))
		length = 0;
	if ((flags & MORE) && (flags & (PIECE | ZEROS)) && any(16))
		flags &= ~MORE;
	if (!any(64))
		flags |= 1U << any(32);
	if (!any(32))
		*offset += any(3) - 1;
	for (i = 0; i < length; i++)
		payload[i] = any(256);
	if ((flags & PIECE) && !*offset)
		*offset = any(4) ? any(4096) : ~0ULL - any(64);
	start = put_frame(bytes, *id, flags, *offset, payload, length);
	if (any(8) && (flags & (XXH64 | ZEROS)) != XXH64) {
		set_field(bytes->at + start + FRAME_ZEROS, 4, any(3));
		reseal_frame(bytes, start);
	}
	*offset = flags & MORE ? *offset + length : 0;
}

/* Something that the format's checksums are not for. */
static void forge(struct bytes *bytes)
{
	static const struct {
		size_t at;
		size_t size;
	} fields[] = {
		{ 0, 8 }, { HEADER_FRAMING, 2 }, { HEADER_LENGTH, 2 },
		{ HEADER_VENDOR, 2 }, { HEADER_ZERO, 3 },
		{ HEADER_REQUIRED, 8 }, { HEADER_RESERVED, 4 },
	};
	size_t i = any(ARRAY_SIZE(fields));

	set_field(bytes->at + fields[i].at, fields[i].size,
		  any(4) ? any(256) : ((__u64)any(~0U) << 32 | any(~0U)));
	reseal_header(bytes);
}

static void swap_ranges(struct bytes *bytes, size_t length)
{
	__u8 *one = bytes->at + any(bytes->length - length + 1);
	__u8 *other = bytes->at + any(bytes->length - length + 1);

	for (; length; length--) {
		__u8 byte = *one;

		*one++ = *other;
		*other++ = byte;
	}
}

static void cut_out(struct bytes *bytes, size_t length)
{
	size_t at = any(bytes->length - length + 1);

	memmove(bytes->at + at, bytes->at + at + length,
		bytes->length - at - length);
	bytes->length -= length;
}

static void repeat(struct bytes *bytes, size_t length)
{
	size_t at = any(bytes->length - length + 1);

	memmove(bytes->at + at + length, bytes->at + at, bytes->length - at);
	bytes->length += length;
}

/* Something that can happen to bytes. */
static void damage(struct bytes *bytes)
{
	size_t length = any(64) + 1;

	if (length > bytes->length)
		return;
	switch (any(6)) {
	case 0:
		bytes->at[any(bytes->length)] ^= 1 << any(8);
		break;
	case 1:
		bytes->at[any(bytes->length)] = any(256);
		break;
	case 2:
		swap_ranges(bytes, length);
		break;
	case 3:
		cut_out(bytes, length);
		break;
	case 4:
		repeat(bytes, length);
		break;
	case 5:
		bytes->length = any(bytes->length);
		break;
	}
}

static void make_stream(struct bytes *bytes)
{
	__u64 offset = 0;
	__u32 id = ALPHA;
	int frames;

	bytes->length = 0;
	bytes->frames = 0;
	put_header(bytes, HEADER_SIZE + (any(4) ? 0 : any(40)));
	if (any(4))
		announce_xxh64(bytes);
	for (frames = any(6); frames > 0 || (offset && any(8)); frames--)
		make_frame(bytes, &id, &offset);
	if (!any(16))
		bytes->frames += any(3) - 1;
	put_end(bytes);
	if (!any(16))
		forge(bytes);
	if (!any(16))
		put_bytes(bytes, "end", any(3));
	while (!any(4))
		damage(bytes);
}

/* In pieces of any size, up to a refusal, and then to the last byte. */
static int hear_in_pieces(struct listener *listener, const struct bytes *bytes)
{
	size_t at, piece;
	int ret = 0;

	for (at = 0; at < bytes->length; at += piece) {
		piece = any(any(2) ? 8 : 200);
		if (piece > bytes->length - at)
			piece = bytes->length - at;
		ret = vfio_mig_reader_feed(&listener->reader, bytes->at + at,
					   piece);
	}
	return ret ? ret : vfio_mig_reader_finish(&listener->reader);
}

FIXTURE(mutate)
{
	struct bytes bytes;
	struct listener one;
	struct listener other;
	unsigned int good;
	unsigned int unfinished;
	unsigned int bad;
};

FIXTURE_SETUP(mutate)
{
	bytes_init(&self->bytes, 1 << 16);
	listener_init(&self->one, 1 << 16);
	listener_init(&self->other, 1 << 16);
	state = SEED;
	TH_LOG("seed %#x, %d streams", SEED, STREAMS);
}

FIXTURE_TEARDOWN(mutate)
{
	listener_free(&self->other);
	listener_free(&self->one);
	bytes_free(&self->bytes);
}

TEST_F_TIMEOUT(mutate, reader_judges_as_the_checker_does, 600)
{
	int expected, i;

	for (i = 0; i < STREAMS; i++) {
		make_stream(&self->bytes);
		expected = judge(&self->bytes);
		listener_restart(&self->one);
		ASSERT_EQ(expected, hear_all(&self->one, &self->bytes, ~0UL))
			TH_LOG("stream %d: %s", i, self->one.reader.why.text);
		ASSERT_EQ(expected == 0 || expected == -E2BIG,
			  self->one.ended);
		ASSERT_EQ(NULL, self->one.disorder)
			TH_LOG("stream %d: %s", i, self->one.disorder);
		self->good += expected == 0;
		self->unfinished += expected == -ENODATA;
		self->bad += expected != 0 && expected != -ENODATA;
	}
	TH_LOG("%u good, %u unfinished, %u bad", self->good, self->unfinished,
	       self->bad);
	EXPECT_LT(STREAMS / 10, self->good);
	EXPECT_LT(STREAMS / 100, self->unfinished);
	EXPECT_LT(STREAMS / 10, self->bad);
}

TEST_F_TIMEOUT(mutate, pieces_make_no_difference, 600)
{
	int expected, i;

	for (i = 0; i < STREAMS / 2; i++) {
		make_stream(&self->bytes);
		listener_restart(&self->one);
		listener_restart(&self->other);
		self->one.skip = any(2) ? BETA : 0;
		self->other.skip = self->one.skip;
		expected = hear_all(&self->one, &self->bytes, ~0UL);
		ASSERT_EQ(expected, hear_in_pieces(&self->other, &self->bytes))
			TH_LOG("stream %d: %s", i, self->other.reader.why.text);
		ASSERT_STREQ(self->one.events, self->other.events);
		ASSERT_EQ(NULL, self->other.disorder)
			TH_LOG("stream %d: %s", i, self->other.disorder);
		ASSERT_EQ(0, memcmp(&self->one.reader.why,
				    &self->other.reader.why,
				    sizeof(self->one.reader.why)));
	}
}

/* A caller that refuses at random hears nothing more either. */
TEST_F_TIMEOUT(mutate, nothing_is_told_after_a_refusal_by_the_caller, 600)
{
	static const char events[] = "HFPDE";
	int ret, i;

	for (i = 0; i < STREAMS / 4; i++) {
		make_stream(&self->bytes);
		listener_restart(&self->one);
		self->one.fail_at = events[any(5)];
		self->one.error = -EIO;
		ret = hear_in_pieces(&self->one, &self->bytes);
		ASSERT_EQ(NULL, self->one.disorder)
			TH_LOG("stream %d: %s", i, self->one.disorder);
		ASSERT_EQ(self->one.failed, ret == -EIO);
	}
}

TEST_HARNESS_MAIN
