// SPDX-License-Identifier: GPL-2.0
/*
 * Displays with either checksum, side by side: one whose property xxh64 is switched
 * off is one whose driver has never heard of it.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>

#include "displays.h"
#include "edu_stream.h"
#include "vfiomig_stream.h"

#define ROOM		(4 << 20 | 256 << 10)

FIXTURE(pair)
{
	char src_bdf[64], dst_bdf[64];
	struct bochs src, dst;
	struct bytes stream;
};

FIXTURE_SETUP(pair)
{
	ASSERT_EQ(0, bochs_find(0, self->src_bdf, sizeof(self->src_bdf)));
	ASSERT_EQ(0, bochs_find(1, self->dst_bdf, sizeof(self->dst_bdf)));
	bytes_init(&self->stream, ROOM);
}

FIXTURE_TEARDOWN(pair)
{
	bochs_close(&self->src);
	bochs_close(&self->dst);
	EXPECT_EQ(0, display_set_xxh64(self->src_bdf, true));
	EXPECT_EQ(0, display_set_xxh64(self->dst_bdf, true));
	bytes_free(&self->stream);
}

/* With the property as it is to be on either side. */
static int open_as(struct _test_data_pair *self, bool src, bool dst)
{
	int ret = display_set_xxh64(self->src_bdf, src);

	if (!ret)
		ret = display_set_xxh64(self->dst_bdf, dst);
	if (!ret)
		ret = displays_open(&self->src, &self->dst);
	if (!ret)
		display_fill(&self->src, 1);
	return ret;
}

/* ---- there and back, old and new ---- */

static void moves(struct __test_metadata *_metadata,
		  struct _test_data_pair *self, bool src, bool dst)
{
	ASSERT_EQ(0, open_as(self, src, dst));
	ASSERT_EQ(0, display_move(&self->src, &self->dst));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
}

TEST_F(pair, old_to_old)
{
	moves(_metadata, self, false, false);
}

TEST_F(pair, old_to_new)
{
	moves(_metadata, self, false, true);
}

TEST_F(pair, new_to_new)
{
	moves(_metadata, self, true, true);
}

TEST_F(pair, new_to_old_is_refused_by_name_before_any_of_it_moves)
{
	struct vfio_device_mig_error last;

	ASSERT_EQ(0, open_as(self, true, false));
	display_fill(&self->dst, 2);
	ASSERT_EQ(0, display_save(&self->src, &self->stream));
	ASSERT_EQ(-EOPNOTSUPP,
		  display_load(&self->dst, &self->stream, HEADER));
	ASSERT_EQ(0, vfiomig_last_error(self->dst.dev, &last));
	EXPECT_EQ(EOPNOTSUPP, last.error);
	EXPECT_NE(NULL, strstr((char *)last.text, "xxh64"))
		TH_LOG("%s", (char *)last.text);
	EXPECT_EQ(-EOPNOTSUPP, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	ASSERT_BOCHS(&self->dst, vfiomig_reset(self->dst.dev,
					       &self->dst.error));
	/* The source has lost nothing, and goes to one that knows it. */
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	bochs_close(&self->dst);
	ASSERT_EQ(0, display_set_xxh64(self->dst_bdf, true));
	ASSERT_BOCHS(&self->dst, bochs_open(&self->dst, 1));
	ASSERT_EQ(0, display_move(&self->src, &self->dst));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
}

/* What preflight goes by. */
TEST_F(pair, compatible_says_so_before)
{
	struct vfio_device_mig_descriptor descriptor;
	struct vfio_mig_comparison comparison;

	ASSERT_EQ(0, open_as(self, true, false));
	ASSERT_EQ(0, vfiomig_descriptor(self->src.dev, &descriptor,
					&self->src.error));
	EXPECT_EQ(REQUIRES_XXH64, le64toh(descriptor.header.required));
	EXPECT_EQ(REQUIRES_XXH64, descriptor.known);
	ASSERT_EQ(0, vfiomig_compatible(self->dst.dev, &descriptor.header,
					&comparison, &self->dst.error));
	EXPECT_EQ(VFIO_MIG_MISMATCH_REFUSED, comparison.verdict);
	ASSERT_EQ(1, comparison.count);
	EXPECT_EQ(VFIO_MIG_FIELD_REQUIRED, comparison.mismatch[0].field);
	EXPECT_EQ(REQUIRES_XXH64, comparison.mismatch[0].theirs);

	ASSERT_EQ(0, vfiomig_descriptor(self->dst.dev, &descriptor,
					&self->dst.error));
	EXPECT_EQ(0, le64toh(descriptor.header.required));
	ASSERT_EQ(0, vfiomig_compatible(self->src.dev, &descriptor.header,
					&comparison, &self->src.error));
	EXPECT_EQ(0, comparison.verdict);
}

/* ---- what is in them ---- */

/* Frames of memory with a payload, and how many of them have an xxh64. */
static unsigned int count_pieces(const struct bytes *stream,
				 unsigned int *xxh64)
{
	unsigned int pieces = 0;
	size_t at = HEADER;
	__u32 flags, length;

	*xxh64 = 0;
	for (; at + FRAME <= stream->length; at += FRAME + length) {
		flags = get_field(stream->at + at + FRAME_FLAGS, 4);
		length = get_field(stream->at + at + FRAME_LENGTH, 4);
		pieces += flags & PIECE && length;
		*xxh64 += !!(flags & XXH64);
	}
	return pieces;
}

TEST_F(pair, stream_of_the_old_has_no_trace_of_it)
{
	unsigned int xxh64;

	ASSERT_EQ(0, open_as(self, false, true));
	ASSERT_EQ(0, display_save(&self->src, &self->stream));
	EXPECT_EQ(0, judge(&self->stream));
	EXPECT_EQ(0, get_field(self->stream.at + HEADER_REQUIRED, 8));
	EXPECT_LT(0, count_pieces(&self->stream, &xxh64));
	EXPECT_EQ(0, xxh64);
}

TEST_F(pair, each_piece_of_the_new_has_it)
{
	unsigned int xxh64;

	ASSERT_EQ(0, open_as(self, true, true));
	memset(self->src.memory + 7 * PAGE, 0, 9 * PAGE);
	ASSERT_EQ(0, display_save(&self->src, &self->stream));
	EXPECT_EQ(0, judge(&self->stream));
	EXPECT_EQ(REQUIRES_XXH64,
		  get_field(self->stream.at + HEADER_REQUIRED, 8));
	EXPECT_LT(0, count_pieces(&self->stream, &xxh64));
	EXPECT_EQ(count_pieces(&self->stream, &xxh64), xxh64);
}

/* ---- damage ---- */

/* Every so many bytes of the stream, and every bit of a byte in turn. */
#define STEP	65521

static void damage_is_found(struct __test_metadata *_metadata,
			    struct _test_data_pair *self, bool xxh64)
{
	unsigned int tries = 0;
	size_t at;

	ASSERT_EQ(0, open_as(self, xxh64, true));
	ASSERT_EQ(0, display_save(&self->src, &self->stream));
	for (at = HEADER; at < self->stream.length; at += STEP, tries++) {
		self->stream.at[at] ^= 1 << tries % 8;
		EXPECT_EQ(-EBADMSG, display_load(&self->dst, &self->stream,
						 self->stream.length))
			TH_LOG("bit %u of byte %zu", tries % 8, at);
		self->stream.at[at] ^= 1 << tries % 8;
		ASSERT_BOCHS(&self->dst, vfiomig_reset(self->dst.dev,
						       &self->dst.error));
	}
	EXPECT_LT(60, tries);
	EXPECT_EQ(0, display_load(&self->dst, &self->stream,
				  self->stream.length));
	EXPECT_EQ(0, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
}

TEST_F_TIMEOUT(pair, damage_is_found_by_crc32c, 300)
{
	damage_is_found(_metadata, self, false);
}

TEST_F_TIMEOUT(pair, damage_is_found_by_xxh64, 300)
{
	damage_is_found(_metadata, self, true);
}

TEST_HARNESS_MAIN
