// SPDX-License-Identifier: GPL-2.0
/* Does a stream fit a device, and what are its numbers called? */
#include "compare.h"
#include "names.h"
#include "stream_bytes.h"

#include "kselftest_harness.h"

FIXTURE(compare)
{
	struct bytes theirs;
	struct vfio_mig_stream_header ours;
	struct vfio_mig_comparison result;
};

FIXTURE_SETUP(compare)
{
	bytes_init(&self->theirs, HEADER_LONGEST);
	put_header(&self->theirs, HEADER_SIZE);
	/* Behaviours: required 1, optional 2 and 1. */
	set_field(self->theirs.at + 56, 8, 1);
	set_field(self->theirs.at + 64, 8, 3);
	reseal_header(&self->theirs);
	memcpy(&self->ours, self->theirs.at, HEADER_SIZE);
}

FIXTURE_TEARDOWN(compare)
{
	bytes_free(&self->theirs);
}

/* Is the verdict that of all that is listed, and nothing behind that? */
static bool is_sound(const struct vfio_mig_comparison *result)
{
	static const struct vfio_mig_mismatch none;
	__u32 i, verdict = 0;

	if (result->count > VFIO_MIG_MISMATCHES_MAX)
		return false;
	for (i = 0; i < result->count; i++)
		verdict |= result->mismatch[i].flags;
	for (; i < VFIO_MIG_MISMATCHES_MAX; i++)
		if (memcmp(&result->mismatch[i], &none, sizeof(none)))
			return false;
	return verdict == result->verdict;
}

static void compare(const struct bytes *bytes,
		    const struct vfio_mig_stream_header *ours, __u64 known,
		    struct vfio_mig_comparison *result)
{
	struct vfio_mig_stream_header theirs;

	memcpy(&theirs, bytes->at, sizeof(theirs));
	memset(result, 0x5a, sizeof(*result));
	vfio_mig_compare(&theirs, ours, known, result);
}

#define COMPARE(known)							\
do {									\
	compare(&self->theirs, &self->ours, known, &self->result);	\
	ASSERT_TRUE(is_sound(&self->result));				\
} while (0)

TEST_F(compare, equal_headers_fit)
{
	COMPARE(3);
	EXPECT_EQ(0, self->result.count);
}

TEST_F(compare, our_own_behaviours_make_no_difference)
{
	self->ours.required = 0;
	self->ours.optional = ~0ULL;
	COMPARE(~0ULL);
	EXPECT_EQ(0, self->result.count);
}

TEST_F(compare, unknown_behaviour_refuses_only_if_it_is_required)
{
	COMPARE(2);
	ASSERT_EQ(2, self->result.count);
	EXPECT_EQ(VFIO_MIG_FIELD_REQUIRED, self->result.mismatch[0].field);
	EXPECT_EQ(VFIO_MIG_MISMATCH_REFUSED, self->result.mismatch[0].flags);
	EXPECT_EQ(1, self->result.mismatch[0].theirs);
	EXPECT_EQ(2, self->result.mismatch[0].ours);
	COMPARE(1);
	ASSERT_EQ(1, self->result.count);
	EXPECT_EQ(VFIO_MIG_FIELD_OPTIONAL, self->result.mismatch[0].field);
	EXPECT_EQ(VFIO_MIG_MISMATCH_MAYBE, self->result.mismatch[0].flags);
	EXPECT_EQ(3, self->result.mismatch[0].theirs);
	EXPECT_EQ(1, self->result.mismatch[0].ours);
}

TEST_F(compare, everything_at_once_is_listed)
{
	__u32 i;

	for (i = HEADER_VENDOR; i < HEADER_RESERVED; i++)
		if (i < HEADER_ZERO || i >= HEADER_ZERO + 3)
			self->theirs.at[i] ^= 0x80;
	reseal_header(&self->theirs);
	COMPARE(3);
	ASSERT_EQ(11, self->result.count);
	for (i = 0; i < 11; i++)
		EXPECT_EQ(VFIO_MIG_FIELD_VENDOR + i,
			  self->result.mismatch[i].field);
}

/* One of them is enough, and then the others are not looked at. */
TEST_F(compare, what_is_no_header_is_said_to_be_none)
{
	static const struct {
		size_t at;
		size_t size;
		__u64 value;
		__u32 field;
		int error;
		bool reseal;
	} wrong[] = {
		{ 0, 1, 'v', VFIO_MIG_FIELD_MAGIC, -EINVAL, false },
		{ 8, 2, 0x100, VFIO_MIG_FIELD_FRAMING, -EOPNOTSUPP, false },
		{ 10, 2, 79, VFIO_MIG_FIELD_HEADER_LEN, -EBADMSG, false },
		{ 10, 2, 4097, VFIO_MIG_FIELD_HEADER_LEN, -EBADMSG, false },
		{ 76, 4, 0, VFIO_MIG_FIELD_CHECKSUM, -EBADMSG, false },
		{ 21, 3, 0x10000, VFIO_MIG_FIELD_ZERO, -EINVAL, true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		memcpy(self->theirs.at, &self->ours, HEADER_SIZE);
		set_field(self->theirs.at + HEADER_VENDOR, 2, 0xffff);
		reseal_header(&self->theirs);
		set_field(self->theirs.at + wrong[i].at, wrong[i].size,
			  wrong[i].value);
		if (wrong[i].reseal)
			reseal_header(&self->theirs);
		COMPARE(0);
		ASSERT_EQ(1, self->result.count);
		EXPECT_EQ(wrong[i].field, self->result.mismatch[0].field);
		EXPECT_EQ(VFIO_MIG_MISMATCH_REFUSED, self->result.verdict);
		EXPECT_EQ(wrong[i].error,
			  vfio_mig_mismatch_errno(&self->result.mismatch[0]));
	}
}

TEST_F(compare, longer_header_has_a_checksum_that_is_not_ours_to_verify)
{
	set_field(self->theirs.at + HEADER_LENGTH, 2, HEADER_LONGEST);
	COMPARE(3);
	EXPECT_EQ(0, self->result.count);
}

/* ---- names ---- */

TEST(each_field_has_a_name_of_its_own)
{
	__u32 one, other;

	for (one = VFIO_MIG_FIELD_MAGIC; one <= VFIO_MIG_FIELD_ZERO; one++) {
		EXPECT_STRNE("unknown field", vfio_mig_field_name(one));
		for (other = VFIO_MIG_FIELD_MAGIC; other < one; other++)
			EXPECT_STRNE(vfio_mig_field_name(one),
				     vfio_mig_field_name(other));
	}
}

TEST(field_that_is_none_is_said_to_be_unknown)
{
	EXPECT_STREQ("unknown field", vfio_mig_field_name(0));
	EXPECT_STREQ("unknown field",
		     vfio_mig_field_name(VFIO_MIG_FIELD_ZERO + 1));
	EXPECT_STREQ("unknown field", vfio_mig_field_name(0xffffffff));
}

/* It is in scripts and on administrators' minds: none is ever renamed. */
TEST(name_of_the_streams_own_behaviour_is_what_it_was)
{
	unsigned int bit;

	EXPECT_STREQ("xxh64", vfio_mig_stream_behaviour_name(1ull << 63));
	for (bit = 0; bit < 63; bit++)
		EXPECT_EQ(NULL, vfio_mig_stream_behaviour_name(1ull << bit));
	EXPECT_EQ(NULL, vfio_mig_stream_behaviour_name(0));
	EXPECT_EQ(NULL, vfio_mig_stream_behaviour_name(~0ull));
}

TEST_HARNESS_MAIN
