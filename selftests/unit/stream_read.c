// SPDX-License-Identifier: GPL-2.0
/* Good streams, whole, in pieces, and with an end that is yet to come. */
#include <endian.h>

#include "stream_listener.h"

#include "kselftest_harness.h"

FIXTURE(read)
{
	struct sample sample;
	struct listener listener;
};

FIXTURE_SETUP(read)
{
	sample_init(&self->sample);
	listener_init(&self->listener, 4 * FRAME_LONGEST);
}

FIXTURE_TEARDOWN(read)
{
	listener_free(&self->listener);
	sample_free(&self->sample);
}

#define EXPECT_SAMPLE(heard) do { \
	const struct listener *heard_ = (heard); \
	EXPECT_STREQ(SAMPLE_EVENTS, heard_->events); \
	EXPECT_EQ(NULL, heard_->disorder) \
		TH_LOG("%s", heard_->disorder); \
	ASSERT_EQ(strlen(SAMPLE_DATA), heard_->length); \
	EXPECT_EQ(0, memcmp(SAMPLE_DATA, heard_->data, heard_->length)); \
} while (0)

TEST_F(read, is_the_same_in_pieces_of_any_size)
{
	size_t chunk;

	for (chunk = 1; chunk <= self->sample.bytes.length; chunk++) {
		listener_restart(&self->listener);
		ASSERT_EQ(0, hear_all(&self->listener, &self->sample.bytes,
				      chunk))
			TH_LOG("in pieces of %zu: %s", chunk,
			       self->listener.reader.why.text);
		EXPECT_SAMPLE(&self->listener);
	}
}

TEST_F(read, is_the_same_cut_in_two_anywhere)
{
	struct bytes first, second;
	size_t cut;

	for (cut = 0; cut <= self->sample.bytes.length; cut++) {
		first = self->sample.bytes;
		second = self->sample.bytes;
		first.length = cut;
		second.at += cut;
		second.length -= cut;
		listener_restart(&self->listener);
		EXPECT_EQ(0, hear(&self->listener, &first, cut));
		EXPECT_EQ(0, hear_all(&self->listener, &second, ~0UL))
			TH_LOG("cut at %zu", cut);
		EXPECT_SAMPLE(&self->listener);
	}
}

TEST_F(read, cut_off_anywhere_is_not_complete)
{
	struct bytes part = self->sample.bytes;

	for (part.length = 0; part.length < self->sample.bytes.length;
	     part.length++) {
		size_t told;

		listener_restart(&self->listener);
		EXPECT_EQ(0, hear(&self->listener, &part, 7));
		EXPECT_EQ(-ENODATA,
			  vfio_mig_reader_finish(&self->listener.reader))
			TH_LOG("cut off at %zu", part.length);
		EXPECT_NE('\0', self->listener.reader.why.text[0]);
		EXPECT_FALSE(self->listener.ended);
		told = strlen(self->listener.events);
		EXPECT_EQ(0, strncmp(SAMPLE_EVENTS, self->listener.events,
				     told));
	}
}

TEST_F(read, asking_too_early_whether_it_is_whole_does_no_harm)
{
	struct bytes byte = self->sample.bytes;

	for (byte.length = 1;
	     byte.at < self->sample.bytes.at + self->sample.bytes.length;
	     byte.at++) {
		EXPECT_EQ(-ENODATA,
			  vfio_mig_reader_finish(&self->listener.reader));
		EXPECT_EQ(0, hear(&self->listener, &byte, 1));
	}
	EXPECT_EQ(0, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_EQ(0, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_SAMPLE(&self->listener);
}

TEST_F(read, no_bytes_at_all_are_no_stream)
{
	EXPECT_EQ(0, vfio_mig_reader_feed(&self->listener.reader, "", 0));
	EXPECT_EQ(-ENODATA, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_STREQ("", self->listener.events);
}

TEST_F(read, stream_without_sections_is_whole)
{
	struct bytes bytes;

	bytes_init(&bytes, 256);
	put_header(&bytes, HEADER_SIZE);
	put_end(&bytes);
	EXPECT_EQ(0, hear_all(&self->listener, &bytes, ~0UL));
	EXPECT_STREQ("H E ", self->listener.events);
	bytes_free(&bytes);
}

TEST_F(read, header_is_handed_over_as_it_came)
{
	EXPECT_EQ(0, hear_all(&self->listener, &self->sample.bytes, 1));
	EXPECT_EQ(HEADER_SIZE, sizeof(self->listener.header));
	EXPECT_EQ(0, memcmp(self->sample.bytes.at, &self->listener.header,
			    HEADER_SIZE));
}

TEST_F(read, what_a_longer_header_has_more_is_skipped)
{
	static const size_t lengths[] = {
		HEADER_SIZE + 1, HEADER_SIZE + 31, HEADER_LONGEST - 1,
		HEADER_LONGEST,
	};
	static const size_t chunks[] = { 1, 79, 80, 81, ~0UL };
	struct bytes bytes;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		bytes_init(&bytes, 8192);
		put_header(&bytes, lengths[i]);
		put_frame(&bytes, ALPHA, 0, 0, "x", 1);
		put_end(&bytes);
		for (j = 0; j < ARRAY_SIZE(chunks); j++) {
			listener_restart(&self->listener);
			EXPECT_EQ(0, hear_all(&self->listener, &bytes,
					      chunks[j]))
				TH_LOG("header of %zu", lengths[i]);
			EXPECT_STREQ("H F11+1 D11 E ", self->listener.events);
		}
		bytes_free(&bytes);
	}
}

TEST_F(read, reserved_fields_are_ignored)
{
	struct bytes *bytes = &self->sample.bytes;
	size_t end = self->sample.end + FRAME_SIZE;

	set_field(bytes->at + HEADER_RESERVED, 4, 0xdeadbeef);
	reseal_header(bytes);
	set_field(bytes->at + self->sample.alpha + FRAME_ZEROS, 4,
		  0xdeadbeef);
	reseal_frame(bytes, self->sample.alpha);
	set_field(bytes->at + end + END_RESERVED, 4, 0xdeadbeef);
	set_field(bytes->at + self->sample.end + FRAME_ZEROS, 4, 1);
	reseal_frame(bytes, self->sample.end);
	EXPECT_EQ(0, hear_all(&self->listener, bytes, ~0UL));
	EXPECT_SAMPLE(&self->listener);
}

TEST_F(read, section_that_is_not_wanted_gives_no_payload)
{
	self->listener.skip = BETA;
	EXPECT_EQ(0, hear_all(&self->listener, &self->sample.bytes, 1));
	EXPECT_STREQ(SAMPLE_EVENTS, self->listener.events);
	EXPECT_EQ(NULL, self->listener.disorder);
	ASSERT_EQ(9, self->listener.length);
	EXPECT_EQ(0, memcmp("123456789", self->listener.data, 9));
}

/* Over one another, out of order, and with another section in between. */
TEST_F(read, pieces_come_at_any_offset_and_as_often_as_it_takes)
{
	struct bytes bytes;
	size_t chunk;

	bytes_init(&bytes, 512);
	put_header(&bytes, HEADER_SIZE);
	put_frame(&bytes, BETA, PIECE | REQUIRED, 4, "4567", 4);
	put_frame(&bytes, BETA, PIECE | REQUIRED, 0, "0123", 4);
	put_frame(&bytes, ALPHA, 0, 0, "a", 1);
	put_frame(&bytes, BETA, PIECE | REQUIRED, 3, "34", 2);
	put_frame(&bytes, GAMMA, PIECE, ~0ULL - 1, "g", 1);
	put_end(&bytes);
	ASSERT_EQ(0, judge(&bytes));
	for (chunk = 1; chunk <= bytes.length; chunk++) {
		listener_restart(&self->listener);
		EXPECT_EQ(0, hear_all(&self->listener, &bytes, chunk))
			TH_LOG("%s", self->listener.reader.why.text);
		EXPECT_STREQ("H F22+4 D22 F22+4 D22 F11+1 D11 F22+2 D22 F33+1 D33 E ",
			     self->listener.events);
		EXPECT_EQ(NULL, self->listener.disorder)
			TH_LOG("%s", self->listener.disorder);
		ASSERT_EQ(12, self->listener.length);
		EXPECT_EQ(0, memcmp("45670123a34g", self->listener.data, 12));
	}
	bytes_free(&bytes);
}

/* They take a frame and no payload, as many as they are. */
TEST_F(read, zeros_come_without_a_payload)
{
	struct bytes bytes;
	size_t chunk;

	bytes_init(&bytes, 512);
	put_header(&bytes, HEADER_SIZE);
	put_zeros(&bytes, BETA, REQUIRED, 0, 0xffffffff);
	put_frame(&bytes, BETA, PIECE | REQUIRED, 3, "34", 2);
	put_zeros(&bytes, BETA, REQUIRED, ~0ULL - 0xffffffff, 0xffffffff);
	put_end(&bytes);
	ASSERT_EQ(0, judge(&bytes));
	for (chunk = 1; chunk <= bytes.length; chunk++) {
		listener_restart(&self->listener);
		EXPECT_EQ(0, hear_all(&self->listener, &bytes, chunk))
			TH_LOG("%s", self->listener.reader.why.text);
		EXPECT_STREQ("H F22+0 D22 F22+2 D22 F22+0 D22 E ",
			     self->listener.events);
		EXPECT_EQ(NULL, self->listener.disorder)
			TH_LOG("%s", self->listener.disorder);
		EXPECT_EQ(2, self->listener.length);
	}
	bytes_free(&bytes);
}

static int take_any_frame(void *ctx, const struct vfio_mig_frame *frame,
			  struct vfio_mig_refusal *why)
{
	return 1;
}

TEST_F(read, every_callback_but_frame_may_be_missing)
{
	static const struct vfio_mig_reader_ops ops = {
		.frame = take_any_frame,
	};
	struct vfio_mig_reader reader;

	vfio_mig_reader_init(&reader, &ops, NULL);
	EXPECT_EQ(0, vfio_mig_reader_feed(&reader, self->sample.bytes.at,
					  self->sample.bytes.length));
	EXPECT_EQ(0, vfio_mig_reader_finish(&reader));
}

TEST_F(read, frame_may_be_as_long_as_allowed)
{
	struct bytes bytes;
	__u8 *payload;

	payload = calloc(1, FRAME_LONGEST);
	ASSERT_NE(NULL, payload);
	bytes_init(&bytes, FRAME_LONGEST + 1024);
	put_header(&bytes, HEADER_SIZE);
	put_frame(&bytes, ALPHA, 0, 0, payload, FRAME_LONGEST);
	put_end(&bytes);
	EXPECT_EQ(0, hear_all(&self->listener, &bytes, 65536));
	EXPECT_STREQ("H F11+1048576 D11 E ", self->listener.events);
	bytes_free(&bytes);
	free(payload);
}

/* 2.5 MiB, so that its frames have the largest size and a remainder. */
TEST_F(read, large_section_comes_back_from_the_writer)
{
	static const size_t chunks[] = { 4095, 1 << 20, ~0UL };
	const size_t size = 5 * FRAME_LONGEST / 2;
	struct vfio_mig_stream_header header = { 0 };
	struct vfio_mig_writer writer = { .size = size + 1024 };
	struct bytes bytes;
	__u8 *payload;
	size_t i;

	payload = malloc(size);
	writer.buf = malloc(writer.size);
	ASSERT_TRUE(payload && writer.buf);
	for (i = 0; i < size; i++)
		payload[i] = i * 2654435761U >> 24;
	vfio_mig_write_header(&writer, &header);
	vfio_mig_write_section(&writer, BETA, 0, payload, size);
	ASSERT_EQ(0, vfio_mig_write_end(&writer));

	bytes.at = writer.buf;
	bytes.length = writer.used;
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		listener_restart(&self->listener);
		ASSERT_EQ(0, hear_all(&self->listener, &bytes, chunks[i]));
		EXPECT_STREQ("H F22+1048576 D22 F22+1048576 D22 F22+524288 D22 E ",
			     self->listener.events);
		ASSERT_EQ(size, self->listener.length);
		EXPECT_EQ(0, memcmp(payload, self->listener.data, size));
		EXPECT_EQ(NULL, self->listener.disorder);
	}
	free(writer.buf);
	free(payload);
}

TEST_F(read, what_the_writer_wrote_is_what_is_read)
{
	struct vfio_mig_stream_header header = { .vendor = htole16(0x1234) };
	__u8 buf[512];
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };
	struct bytes bytes = { .at = buf };

	vfio_mig_write_header(&writer, &header);
	vfio_mig_write_section(&writer, ALPHA, VFIO_MIG_FRAME_REQUIRED,
			       "123456789", 9);
	vfio_mig_write_section(&writer, BETA, 0, "abcdefgh", 8);
	vfio_mig_write_section(&writer, GAMMA, 0, "", 0);
	ASSERT_EQ(0, vfio_mig_write_end(&writer));
	bytes.length = writer.used;
	EXPECT_EQ(0, judge(&bytes));
	EXPECT_EQ(0, hear_all(&self->listener, &bytes, 1));
	EXPECT_STREQ("H F11+9 D11 F22+8 D22 F33+0 D33 E ",
		     self->listener.events);
	EXPECT_EQ(0x1234, le16toh(self->listener.header.vendor));
	ASSERT_EQ(strlen(SAMPLE_DATA), self->listener.length);
	EXPECT_EQ(0, memcmp(SAMPLE_DATA, self->listener.data,
			    self->listener.length));
}

TEST_HARNESS_MAIN
