// SPDX-License-Identifier: GPL-2.0
/* What the writer puts out, byte by byte. */
#include <endian.h>

#include "stream.h"
#include "stream_bytes.h"

#include "kselftest_harness.h"

#define DIGITS_SECTION	0x65640001

/* Worked out by hand, the checksums with another program. */
static const __u8 golden[169] = {
	/* header: magic; framing, length, vendor, device */
	'V', 'F', 'I', 'O', 'M', 'I', 'G', 0x0a,
	0x01, 0x00, 0x50, 0x00, 0x34, 0x12, 0xe8, 0x11,
	/* subsystem's vendor and device, revision, zero */
	0xf4, 0x1a, 0x00, 0x11, 0x10, 0x00, 0x00, 0x00,
	/* geometry */
	0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
	0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	/* required; optional; reserved, checksum */
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80,
	0x02, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x49, 0x37, 0x92, 0xf9,
	/* frame: id, flags; length, payload's checksum; offset */
	0x01, 0x00, 0x64, 0x65, 0x01, 0x00, 0x00, 0x00,
	0x09, 0x00, 0x00, 0x00, 0x83, 0x92, 0x06, 0xe3,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	/* reserved, checksum */
	0x00, 0x00, 0x00, 0x00, 0xa6, 0xa6, 0xb6, 0x4f,
	/* payload */
	'1', '2', '3', '4', '5', '6', '7', '8', '9',
	/* END: id, flags; length, payload's checksum; offset */
	0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x10, 0x00, 0x00, 0x00, 0x29, 0x1e, 0x57, 0x12,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	/* reserved, checksum */
	0x00, 0x00, 0x00, 0x00, 0x03, 0xa0, 0x0b, 0xb6,
	/* 121 bytes; 1 frame, reserved */
	0x79, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static struct vfio_mig_stream_header identity(void)
{
	return (struct vfio_mig_stream_header) {
		.vendor = htole16(0x1234),
		.device = htole16(0x11e8),
		.subsystem_vendor = htole16(0x1af4),
		.subsystem_device = htole16(0x1100),
		.revision = 0x10,
		.geometry = {
			htole64(0x1122334455667788),
			htole64(2), htole64(3), htole64(4),
		},
		.required = htole64(0x8000000000000001),
		.optional = htole64(0x0102),
	};
}

static int write_golden(struct vfio_mig_writer *writer)
{
	struct vfio_mig_stream_header header = identity();

	vfio_mig_write_header(writer, &header);
	vfio_mig_write_section(writer, DIGITS_SECTION, VFIO_MIG_FRAME_REQUIRED,
			       "123456789", 9);
	return vfio_mig_write_end(writer);
}

/* Says where, since 169 bytes in a row say nothing. */
#define EXPECT_BYTES(expected, seen, count) do { \
	size_t at_; \
	for (at_ = 0; at_ < (count); at_++) \
		ASSERT_EQ((expected)[at_], (seen)[at_]) \
			TH_LOG("at byte %zu", at_); \
} while (0)

TEST(checksum_of_123456789_is_e3069283)
{
	EXPECT_EQ(0xe3069283, checksum("123456789", 9));
	EXPECT_EQ(0, checksum("", 0));
}

TEST(small_stream_is_the_golden_one)
{
	__u8 buf[sizeof(golden)] = { 0 };
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };

	EXPECT_EQ(0, write_golden(&writer));
	EXPECT_EQ(sizeof(golden), writer.used);
	EXPECT_EQ(1, writer.frames);
	EXPECT_BYTES(golden, buf, sizeof(golden));
}

TEST(header_takes_nothing_but_identity_from_its_caller)
{
	struct vfio_mig_stream_header header = identity();
	__u8 buf[HEADER_SIZE] = { 0 };
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };

	memset(header.magic, 'x', sizeof(header.magic));
	header.framing = htole16(7);
	header.header_len = htole16(7);
	memset(header.zero, 7, sizeof(header.zero));
	header.reserved = htole32(7);
	header.crc = htole32(7);
	vfio_mig_write_header(&writer, &header);
	EXPECT_BYTES(golden, buf, sizeof(buf));

	vfio_mig_seal_header(&header);
	EXPECT_BYTES(golden, (const __u8 *)&header, sizeof(header));
	EXPECT_EQ(0xf9923749, vfio_mig_header_crc(&header));
}

TEST(without_a_buffer_bytes_are_counted)
{
	struct vfio_mig_writer writer = { 0 };

	EXPECT_EQ(0, write_golden(&writer));
	EXPECT_EQ(sizeof(golden), writer.used);
	EXPECT_EQ(1, writer.frames);
}

/* On the heap, where the sanitizer sees one byte too many. */
TEST(too_small_a_buffer_gives_enospc_and_the_size_needed)
{
	size_t size;

	for (size = 0; size < sizeof(golden); size++) {
		__u8 *buf = malloc(size + 1);
		struct vfio_mig_writer writer = { .buf = buf, .size = size };

		ASSERT_NE(NULL, buf);
		buf[size] = 0xa5;
		EXPECT_EQ(-ENOSPC, write_golden(&writer))
			TH_LOG("size %zu", size);
		EXPECT_EQ(sizeof(golden), writer.used);
		EXPECT_EQ(0xa5, buf[size])
			TH_LOG("size %zu", size);
		free(buf);
	}
}

TEST(nothing_is_written_behind_what_did_not_fit)
{
	__u8 buf[HEADER_SIZE + 8] = { 0 };
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };
	size_t i;

	EXPECT_EQ(-ENOSPC, write_golden(&writer));
	for (i = HEADER_SIZE; i < sizeof(buf); i++)
		EXPECT_EQ(0, buf[i]);
}

TEST(empty_section_is_one_empty_frame)
{
	struct bytes expected;
	__u8 buf[FRAME_SIZE] = { 0 };
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };

	bytes_init(&expected, FRAME_SIZE);
	put_frame(&expected, GAMMA, 0, 0, "", 0);
	vfio_mig_write_section(&writer, GAMMA, 0, "", 0);
	EXPECT_EQ(sizeof(buf), writer.used);
	EXPECT_EQ(1, writer.frames);
	EXPECT_BYTES(expected.at, buf, sizeof(buf));
	bytes_free(&expected);
}

TEST(piece_is_one_frame_at_its_offset)
{
	__u8 buf[FRAME_SIZE + 4] = { 0 };
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };
	struct bytes expected;

	bytes_init(&expected, sizeof(buf));
	put_frame(&expected, BETA, PIECE | REQUIRED, 1ULL << 33, "abcd", 4);
	vfio_mig_write_piece(&writer, BETA, VFIO_MIG_FRAME_REQUIRED, 1ULL << 33,
			     "abcd", 4);
	EXPECT_EQ(sizeof(buf), writer.used);
	EXPECT_EQ(1, writer.frames);
	EXPECT_BYTES(expected.at, buf, sizeof(buf));
	bytes_free(&expected);
}

TEST(zeros_are_one_frame_without_a_payload)
{
	__u8 buf[FRAME_SIZE] = { 0 };
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };
	struct bytes expected;

	bytes_init(&expected, sizeof(buf));
	put_zeros(&expected, BETA, REQUIRED, 1ULL << 33, 0x10000000);
	vfio_mig_write_zeros(&writer, BETA, VFIO_MIG_FRAME_REQUIRED, 1ULL << 33,
			     0x10000000);
	EXPECT_EQ(sizeof(buf), writer.used);
	EXPECT_EQ(1, writer.frames);
	EXPECT_BYTES(expected.at, buf, sizeof(buf));
	bytes_free(&expected);
}

TEST(payload_of_a_piece_may_be_where_it_belongs_already)
{
	__u8 buf[HEADER_SIZE + FRAME_SIZE + 4] = { 0 };
	__u8 *payload = buf + HEADER_SIZE + FRAME_SIZE;
	struct vfio_mig_stream_header header = identity();
	struct vfio_mig_writer writer = { .buf = buf, .size = sizeof(buf) };
	struct bytes expected;

	bytes_init(&expected, sizeof(buf));
	put_frame(&expected, BETA, PIECE, 8, "abcd", 4);
	memcpy(payload, "abcd", 4);
	vfio_mig_write_header(&writer, &header);
	vfio_mig_write_piece(&writer, BETA, 0, 8, payload, 4);
	EXPECT_EQ(sizeof(buf), writer.used);
	EXPECT_BYTES(expected.at, buf + HEADER_SIZE, FRAME_SIZE + 4);
	bytes_free(&expected);
}

/* A device that still runs is saved in several buffers. */
TEST(totals_count_what_went_into_buffers_before)
{
	struct vfio_mig_stream_header header = identity();
	__u8 first[HEADER_SIZE];
	__u8 second[sizeof(golden) - HEADER_SIZE] = { 0 };
	struct vfio_mig_writer writer = { .buf = first, .size = sizeof(first) };

	vfio_mig_write_header(&writer, &header);
	EXPECT_EQ(sizeof(first), writer.used);
	writer.base += writer.used;
	writer.used = 0;
	writer.buf = second;
	writer.size = sizeof(second);
	vfio_mig_write_section(&writer, DIGITS_SECTION, VFIO_MIG_FRAME_REQUIRED,
			       "123456789", 9);
	EXPECT_EQ(0, vfio_mig_write_end(&writer));
	EXPECT_BYTES(golden, first, sizeof(first));
	EXPECT_BYTES(golden + HEADER_SIZE, second, sizeof(second));
}

/* What a section of @size bytes has to become, built without the codec. */
static void build_section(struct bytes *bytes, __u32 id, __u32 flags,
			  const __u8 *payload, size_t size)
{
	size_t offset = 0;

	while (size - offset > FRAME_LONGEST) {
		put_frame(bytes, id, flags | MORE, offset, payload + offset,
			  FRAME_LONGEST);
		offset += FRAME_LONGEST;
	}
	put_frame(bytes, id, flags, offset, payload + offset, size - offset);
}

FIXTURE(section)
{
	__u8 *payload;
	struct bytes expected;
};

FIXTURE_VARIANT(section)
{
	size_t size;
	unsigned int frames;
};

FIXTURE_VARIANT_ADD(section, of_one_byte)
{
	.size = 1,
	.frames = 1,
};

FIXTURE_VARIANT_ADD(section, one_byte_below_a_frame)
{
	.size = FRAME_LONGEST - 1,
	.frames = 1,
};

FIXTURE_VARIANT_ADD(section, as_long_as_a_frame)
{
	.size = FRAME_LONGEST,
	.frames = 1,
};

FIXTURE_VARIANT_ADD(section, one_byte_above_a_frame)
{
	.size = FRAME_LONGEST + 1,
	.frames = 2,
};

FIXTURE_VARIANT_ADD(section, of_two_frames)
{
	.size = 2 * FRAME_LONGEST,
	.frames = 2,
};

FIXTURE_VARIANT_ADD(section, of_two_frames_and_a_half)
{
	.size = 2 * FRAME_LONGEST + FRAME_LONGEST / 2,
	.frames = 3,
};

FIXTURE_SETUP(section)
{
	size_t i;

	self->payload = malloc(variant->size);
	ASSERT_NE(NULL, self->payload);
	for (i = 0; i < variant->size; i++)
		self->payload[i] = i * 2654435761U >> 24;
	bytes_init(&self->expected, variant->size + 4 * FRAME_SIZE);
	build_section(&self->expected, BETA, REQUIRED, self->payload,
		      variant->size);
}

FIXTURE_TEARDOWN(section)
{
	bytes_free(&self->expected);
	free(self->payload);
}

TEST_F(section, is_split_into_as_few_frames_as_hold_it)
{
	struct vfio_mig_writer writer = { .size = self->expected.length };

	writer.buf = malloc(writer.size);
	ASSERT_NE(NULL, writer.buf);
	vfio_mig_write_section(&writer, BETA, VFIO_MIG_FRAME_REQUIRED,
			       self->payload, variant->size);
	EXPECT_EQ(variant->frames, self->expected.frames);
	EXPECT_EQ(variant->frames, writer.frames);
	ASSERT_EQ(self->expected.length, writer.used);
	EXPECT_BYTES(self->expected.at, writer.buf, writer.used);
	free(writer.buf);
}

TEST_HARNESS_MAIN
