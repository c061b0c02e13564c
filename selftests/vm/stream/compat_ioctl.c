// SPDX-License-Identifier: GPL-2.0
/*
 * Asking before anything is sent: what a descriptor says, what fits, what does
 * not, and that the loader is of the same opinion.  The contract of the two
 * ioctls as such is in probe_ioctl.c.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "edu_stream.h"
#include "uapi/linux/vfio_mig.h"

#define REFUSED		1
#define MAYBE		2

/**
 * struct field - a part of the header
 * @name: What a refusal calls it.
 * @at, @size: Where it is.
 * @field: VFIO_MIG_FIELD_*.
 * @verdict: What a difference comes to.
 * @error: The errno that goes with it, 0 if it is taken.
 * @last: No other difference is looked for after this one.
 */
static const struct field {
	const char *name;
	unsigned int at;
	unsigned int size;
	uint32_t field;
	uint32_t verdict;
	int error;
	bool last;
} fields[] = {
	{ "vendor", 12, 2, 4, REFUSED, EINVAL, false },
	{ "device", 14, 2, 5, REFUSED, EINVAL, false },
	{ "subsystem vendor", 16, 2, 6, REFUSED, EINVAL, false },
	{ "subsystem device", 18, 2, 7, REFUSED, EINVAL, false },
	{ "revision", 20, 1, 8, REFUSED, EINVAL, false },
	{ "geometry 0", 24, 8, 9, REFUSED, EINVAL, false },
	{ "geometry 1", 32, 8, 10, REFUSED, EINVAL, false },
	{ "geometry 2", 40, 8, 11, REFUSED, EINVAL, false },
	{ "geometry 3", 48, 8, 12, REFUSED, EINVAL, false },
	{ "required behaviours", 56, 8, 13, REFUSED, EOPNOTSUPP, false },
	{ "optional behaviours", 64, 8, 14, MAYBE, 0, false },
	{ "framing", 8, 2, 2, REFUSED, EOPNOTSUPP, true },
	{ "zero", 21, 3, 16, REFUSED, EINVAL, true },
};

#define LISTED	11	/* those that come with others, in that order */

FIXTURE(compat)
{
	struct edu edu;
	char bdf[64];
	uint8_t ours[HEADER_SIZE];
	struct bytes header;
};

FIXTURE_SETUP(compat)
{
	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	ASSERT_EQ(0, own_header(&self->edu, self->ours));
	bytes_init(&self->header, HEADER_SIZE);
	put_bytes(&self->header, self->ours, HEADER_SIZE);
}

FIXTURE_TEARDOWN(compat)
{
	edu_close(&self->edu);
	EXPECT_EQ(0, set_property(self->bdf, "dma-pending", true));
	EXPECT_EQ(0, set_property(self->bdf, "p2p", true));
	bytes_free(&self->header);
}

static struct vfio_device_mig_compatible ask(struct edu *edu,
					     const struct bytes *header)
{
	struct vfio_device_mig_compatible answer;

	/* Nothing of this may come through. */
	memset(&answer, 0xa5, sizeof(answer));
	answer.argsz = sizeof(answer);
	answer.flags = 0;
	memcpy(&answer.header, header->at, sizeof(answer.header));
	if (ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_MIG_COMPATIBLE, &answer))
		answer.count = 0xffff;
	return answer;
}

static void change(struct bytes *header, const struct field *field,
		   uint64_t bits)
{
	uint8_t *at = header->at + field->at;

	set_field(at, field->size, get_field(at, field->size) ^ bits);
	reseal_header(header);
}

static void restore(struct bytes *header, const uint8_t *ours)
{
	memcpy(header->at, ours, HEADER_SIZE);
}

/* The answer is this one mismatch, or none if no bit of it is unknown. */
static bool is_listed(const struct vfio_device_mig_compatible *answer,
		      const struct field *field, uint64_t theirs,
		      uint64_t ours)
{
	const struct vfio_mig_mismatch *mismatch = answer->mismatch;
	static const struct vfio_mig_mismatch none;

	return answer->count == 1 && answer->verdict == field->verdict &&
	       mismatch->field == field->field &&
	       mismatch->flags == field->verdict &&
	       mismatch->theirs == theirs && mismatch->ours == ours &&
	       !memcmp(&mismatch[1], &none, sizeof(none));
}

/* ---- descriptor ---- */

static bool descriptor_is_the_streams(struct edu *edu)
{
	struct vfio_device_mig_descriptor descriptor = {
		.argsz = sizeof(descriptor),
	};
	struct stream stream;

	return !ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_MIG_DESCRIPTOR,
		      &descriptor) &&
	       descriptor.known == DMA_PENDING &&
	       !save_and_stop(edu, &stream) && stream.size > HEADER_SIZE &&
	       !memcmp(stream.bytes, &descriptor.header, HEADER_SIZE);
}

TEST_F(compat, descriptor_is_how_the_stream_begins)
{
	static const char * const names[] = { "dma-pending", "p2p" };
	unsigned int off;

	for (off = 0; off < 4; off++) {
		edu_close(&self->edu);
		ASSERT_EQ(0, set_property(self->bdf, names[0], !(off & 1)));
		ASSERT_EQ(0, set_property(self->bdf, names[1], !(off & 2)));
		ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
		EXPECT_TRUE(descriptor_is_the_streams(&self->edu));
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
		ASSERT_EQ(0, mark_device(&self->edu));
		EXPECT_TRUE(descriptor_is_the_streams(&self->edu));
	}
}

/* ---- one difference, and several ---- */

TEST_F(compat, own_descriptor_fits)
{
	struct vfio_device_mig_compatible answer;

	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(0, answer.count);
	EXPECT_EQ(0, answer.verdict);
	EXPECT_EQ(sizeof(answer), answer.argsz);
}

TEST_F(compat, any_bit_of_a_field_is_listed_with_both_values)
{
	struct vfio_device_mig_compatible answer;
	const struct field *field;
	uint64_t theirs, ours;
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		field = &fields[i];
		for (bit = 0; bit < field->size * 8; bit++) {
			restore(&self->header, self->ours);
			change(&self->header, field, 1ULL << bit);
			theirs = get_field(self->header.at + field->at,
					   field->size);
			ours = get_field(self->ours + field->at, field->size);
			if (field->at >= HEADER_REQUIRED)
				ours = DMA_PENDING;
			answer = ask(&self->edu, &self->header);
			if (field->at >= HEADER_REQUIRED && !(theirs & ~ours)) {
				EXPECT_EQ(0, answer.count);
				continue;
			}
			EXPECT_TRUE(is_listed(&answer, field, theirs, ours)) {
				TH_LOG("%s, bit %u", field->name, bit);
			}
		}
	}
}

TEST_F(compat, several_differences_are_all_listed)
{
	struct vfio_device_mig_compatible answer;
	unsigned int i;

	for (i = 0; i < LISTED; i++)
		change(&self->header, &fields[i], 2);
	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(REFUSED | MAYBE, answer.verdict);
	ASSERT_EQ(LISTED, answer.count);
	for (i = 0; i < LISTED; i++) {
		EXPECT_EQ(fields[i].field, answer.mismatch[i].field);
		EXPECT_EQ(fields[i].verdict, answer.mismatch[i].flags);
	}
}

TEST_F(compat, nothing_else_is_said_of_what_is_no_header)
{
	struct vfio_device_mig_compatible answer;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		change(&self->header, &fields[i], 2);
	self->header.at[0] = 'v';
	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(1, answer.count);
	EXPECT_EQ(VFIO_MIG_FIELD_MAGIC, answer.mismatch[0].field);

	self->header.at[0] = 'V';
	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(1, answer.count);
	EXPECT_EQ(VFIO_MIG_FIELD_FRAMING, answer.mismatch[0].field);
}

TEST_F(compat, damaged_header_is_refused_for_its_checksum)
{
	struct vfio_device_mig_compatible answer;
	unsigned int at;

	for (at = HEADER_VENDOR; at < HEADER_SIZE; at++) {
		restore(&self->header, self->ours);
		self->header.at[at] ^= 0x10;
		answer = ask(&self->edu, &self->header);
		EXPECT_EQ(1, answer.count);
		EXPECT_EQ(VFIO_MIG_FIELD_CHECKSUM, answer.mismatch[0].field);
		EXPECT_EQ(get_field(self->header.at + HEADER_CRC, 4),
			  answer.mismatch[0].theirs);
		EXPECT_EQ(checksum(self->header.at, HEADER_CRC),
			  answer.mismatch[0].ours);
	}
}

TEST_F(compat, length_that_cannot_be_is_listed)
{
	static const uint16_t lengths[] = { 0, 1, 79, 4097, 0xffff };
	struct vfio_device_mig_compatible answer;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		set_field(self->header.at + HEADER_LENGTH, 2, lengths[i]);
		answer = ask(&self->edu, &self->header);
		EXPECT_EQ(1, answer.count);
		EXPECT_EQ(VFIO_MIG_FIELD_HEADER_LEN, answer.mismatch[0].field);
		EXPECT_EQ(lengths[i], answer.mismatch[0].theirs);
	}
}

/* Its checksum covers bytes that are not here. */
TEST_F(compat, longer_header_is_compared_as_far_as_it_is_known)
{
	struct vfio_device_mig_compatible answer;

	set_field(self->header.at + HEADER_LENGTH, 2, 96);
	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(0, answer.count);
	self->header.at[HEADER_VENDOR] ^= 1;
	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(1, answer.count);
	EXPECT_EQ(VFIO_MIG_FIELD_VENDOR, answer.mismatch[0].field);
}

TEST_F(compat, what_is_reserved_makes_no_difference)
{
	struct vfio_device_mig_compatible answer;

	set_field(self->header.at + HEADER_RESERVED, 4, 0xffffffff);
	reseal_header(&self->header);
	answer = ask(&self->edu, &self->header);
	EXPECT_EQ(0, answer.count);
}

TEST_F(compat, behaviour_that_is_switched_off_here_is_not_known_here)
{
	struct vfio_device_mig_compatible answer;

	edu_close(&self->edu);
	ASSERT_EQ(0, set_property(self->bdf, "dma-pending", false));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	answer = ask(&self->edu, &self->header);
	ASSERT_EQ(1, answer.count);
	EXPECT_EQ(MAYBE, answer.verdict);
	EXPECT_EQ(VFIO_MIG_FIELD_OPTIONAL, answer.mismatch[0].field);
	EXPECT_EQ(DMA_PENDING, answer.mismatch[0].theirs);
	EXPECT_EQ(0, answer.mismatch[0].ours);
}

/* ---- the loader's opinion ---- */

/* What the loader says of a stream that has this header and nothing else. */
static int loader_says(struct edu *edu, const struct bytes *header,
		       struct vfio_device_mig_error *last)
{
	int data_fd, ret;

	ret = vfiomig_reset(edu->dev, &edu->error);
	if (!ret)
		ret = set_state(edu, VFIO_MIG_RESUMING, &data_fd);
	if (ret)
		return 1;
	ret = write_all(data_fd, header->at, header->length, header->length);
	close(data_fd);
	vfiomig_last_error(edu->dev, last);
	return ret;
}

TEST_F(compat, loader_refuses_the_same_by_the_same_name)
{
	struct vfio_device_mig_error last;
	const struct field *field;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		field = &fields[i];
		restore(&self->header, self->ours);
		change(&self->header, field, 2);
		EXPECT_EQ(-field->error,
			  loader_says(&self->edu, &self->header, &last)) {
			TH_LOG("%s: %s", field->name, last.text);
		}
		EXPECT_EQ(field->error, last.error);
		if (field->error && !field->last)
			EXPECT_NE(NULL, strstr((char *)last.text, field->name));
	}
}

/* The one that is listed first gives the errno. */
TEST_F(compat, loader_refuses_several_for_the_first)
{
	struct vfio_device_mig_error last;
	unsigned int i, k;

	for (i = 0; i < LISTED; i++) {
		restore(&self->header, self->ours);
		for (k = i; k < LISTED; k++)
			change(&self->header, &fields[k], 2);
		EXPECT_EQ(-fields[i].error,
			  loader_says(&self->edu, &self->header, &last));
	}
}

/* ---- at all times ---- */

TEST_F(compat, answer_is_the_same_in_every_state_and_changes_nothing)
{
	static const uint32_t states[] = {
		VFIO_MIG_RUNNING, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
		VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
	};
	struct vfio_device_mig_compatible expected, answer;
	uint8_t header[HEADER_SIZE];
	unsigned int i;
	int data_fd;

	change(&self->header, &fields[0], 2);
	change(&self->header, &fields[10], 4);
	expected = ask(&self->edu, &self->header);
	ASSERT_EQ(2, expected.count);
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		ASSERT_EQ(0, vfiomig_reset(self->edu.dev, &self->edu.error));
		ASSERT_EQ(0, mark_device(&self->edu));
		ASSERT_EQ(0, go_to(&self->edu, states[i], &data_fd));
		answer = ask(&self->edu, &self->header);
		EXPECT_EQ(0, memcmp(&expected, &answer, sizeof(answer)));
		ASSERT_EQ(0, own_header(&self->edu, header));
		EXPECT_EQ(0, memcmp(self->ours, header, sizeof(header)));
		EXPECT_EQ(states[i], state_of(&self->edu));
		EXPECT_TRUE(is_marked(&self->edu));
		close(data_fd);
	}
}

TEST_F(compat, question_in_the_middle_of_a_stream_does_not_disturb_it)
{
	struct stream stream;
	int data_fd;
	size_t at;

	ASSERT_EQ(0, mark_device(&self->edu));
	ASSERT_EQ(0, save_and_stop(&self->edu, &stream));
	ASSERT_EQ(0, vfiomig_reset(self->edu.dev, &self->edu.error));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	change(&self->header, &fields[0], 2);
	for (at = 0; at < stream.size; at++) {
		if (at % 61 == 0)
			ASSERT_EQ(1, ask(&self->edu, &self->header).count);
		ASSERT_EQ(1, write(data_fd, stream.bytes + at, 1));
	}
	close(data_fd);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(&self->edu));
	EXPECT_TRUE(is_buffer_marked(&self->edu));
}

TEST_HARNESS_MAIN
