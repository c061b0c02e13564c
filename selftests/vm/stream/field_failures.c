// SPDX-License-Identifier: GPL-2.0
/*
 * What has gone wrong in the field with other devices' streams, over and over.
 * Each test is named after it, and shows that it cannot happen with this one.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edu_stream.h"
#include "stream.h"

#define FUTURE		0x65640004	/* a section that nobody has yet */

FIXTURE(field)
{
	char bdf[64], other_bdf[64];
	struct edu edu, other;
	uint8_t header[HEADER_SIZE];
	struct picture picture;
	struct bytes bytes;
	struct stream stream;
};

/* A stream like those that a device of today would write. */
FIXTURE_SETUP(field)
{
	unsigned int i;

	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, edu_find(0, false, self->other_bdf,
			      sizeof(self->other_bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	ASSERT_EQ(0, own_header(&self->edu, self->header));
	self->picture.liveness = 0x01020304;
	self->picture.factorial = 40320;
	self->picture.status = 0x80;
	self->picture.interrupt = 0x00010203;
	self->picture.dma_src = 0x40100;
	self->picture.dma_dst = 0x101000;
	self->picture.dma_count = 16;
	self->picture.dma_command = 7;
	self->picture.remaining_us = 54321;
	for (i = 0; i < EDU_BUFFER_SIZE; i++)
		self->picture.buffer[i] = i * 3 + 1;
	bytes_init(&self->bytes, 2 * STREAM_MAX);
}

FIXTURE_TEARDOWN(field)
{
	edu_close(&self->edu);
	edu_close(&self->other);
	EXPECT_EQ(0, set_property(self->bdf, "dma-pending", true));
	EXPECT_EQ(0, set_property(self->other_bdf, "dma-pending", true));
	bytes_free(&self->bytes);
}

static int load(struct edu *edu, const struct bytes *bytes)
{
	int ret = vfiomig_reset(edu->dev, &edu->error);

	return ret ? ret : load_and_stop(edu, bytes->at, bytes->length, 1000);
}

/* The device is in STOP; is its whole state that of @picture? */
static bool holds(struct edu *edu, const struct picture *picture,
		  const uint8_t *header)
{
	struct bytes expected;
	struct stream stream;
	bool same;

	bytes_init(&expected, STREAM_MAX);
	put_picture(&expected, header, picture);
	same = shows_picture(edu, picture) && !save_and_stop(edu, &stream) &&
	       stream.size == expected.length &&
	       !memcmp(stream.bytes, expected.at, stream.size);
	bytes_free(&expected);
	return same;
}

static struct vfio_device_mig_error why(struct edu *edu)
{
	struct vfio_device_mig_error last;

	vfiomig_last_error(edu->dev, &last);
	return last;
}

/* ---- a nested struct has gained fields ---- */

TEST_F(field, section_that_gained_fields_is_refused_and_not_misread)
{
	uint8_t grown[REGISTERS_SIZE + 8] = { 0 };
	size_t length;

	for (length = REGISTERS_SIZE - 8; length <= sizeof(grown);
	     length += 8) {
		if (length == REGISTERS_SIZE)
			continue;
		self->bytes.length = 0;
		self->bytes.frames = 0;
		put_bytes(&self->bytes, self->header, HEADER_SIZE);
		put_registers(grown, &self->picture);
		put_frame(&self->bytes, REGISTERS, REQUIRED, 0, grown, length);
		put_end(&self->bytes);
		EXPECT_EQ(-EINVAL, load(&self->edu, &self->bytes));
		EXPECT_EQ(REGISTERS, why(&self->edu).section);
		EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->edu));
		EXPECT_TRUE(is_blank(&self->edu));
	}
}

TEST_F(field, header_that_gained_fields_is_skipped_over)
{
	static const size_t lengths[] = { 81, 88, 112, 4095, 4096 };
	unsigned int i;
	size_t at;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct bytes longer;

		bytes_init(&longer, STREAM_MAX);
		put_header(&longer, lengths[i]);
		memcpy(longer.at + HEADER_VENDOR, self->header + HEADER_VENDOR,
		       HEADER_CRC - HEADER_VENDOR);
		reseal_header(&longer);
		self->bytes.length = 0;
		self->bytes.frames = 0;
		put_picture(&self->bytes, self->header, &self->picture);
		put_bytes(&longer, self->bytes.at + HEADER_SIZE,
			  self->bytes.length - HEADER_SIZE);
		/* The totals count it. */
		at = longer.length - END_SIZE;
		set_field(longer.at + at, 8, at - FRAME_SIZE);
		reseal_frame(&longer, at - FRAME_SIZE);
		EXPECT_EQ(0, load(&self->edu, &longer));
		EXPECT_TRUE(holds(&self->edu, &self->picture, self->header));
		bytes_free(&longer);
	}
}

/* @flags: of a section that nobody here knows, between two that all know. */
static void put_with_future(struct bytes *bytes, const uint8_t *header,
			    const struct picture *picture, uint32_t flags)
{
	struct bytes today;
	size_t first = HEADER_SIZE + FRAME_SIZE + REGISTERS_SIZE;
	size_t rest;

	bytes_init(&today, STREAM_MAX);
	put_picture(&today, header, picture);
	rest = today.length - first - FRAME_SIZE - END_SIZE;
	put_bytes(bytes, today.at, first);
	put_frame(bytes, FUTURE, flags, 0, "new state", 9);
	put_bytes(bytes, today.at + first, rest);
	bytes->frames = today.frames;
	put_end(bytes);
	bytes_free(&today);
}

TEST_F(field, new_state_is_a_section_that_old_readers_skip_if_they_may)
{
	put_with_future(&self->bytes, self->header, &self->picture, 0);
	EXPECT_EQ(0, load(&self->edu, &self->bytes));
	EXPECT_TRUE(holds(&self->edu, &self->picture, self->header));
}

/* ---- a host-local index is in the stream ---- */

/* All that is of this host differs: addresses, descriptors, other mappings. */
static void save_elsewhere(const char *bdf, unsigned int salt, int out)
{
	struct vfiomig_error error;
	struct stream stream;
	struct edu edu;
	void *memory;
	unsigned int i;
	int ret;

	for (i = 0; i < salt; i++)
		dup(0);
	mmap(NULL, (salt + 1) << 21, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
	     -1, 0);
	usleep(salt * 1237);
	ret = edu_open(&edu, bdf);
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!ret)
		ret = vfiomig_dma_map(edu.dev, memory, 0x800000 + salt * 4096,
				      4096, VFIOMIG_DMA_READ, &error);
	if (!ret && salt % 2)
		ret = edu_enable_irq(&edu, salt % 4 == 1 ? EDU_MSI : EDU_INTX);
	if (!ret)
		ret = mark_device(&edu);
	if (!ret)
		ret = save_and_stop(&edu, &stream);
	if (ret)
		_exit(1);
	if (write(out, stream.bytes, stream.size) != (ssize_t)stream.size)
		_exit(1);
	_exit(0);
}

static int save_in_child(const char *bdf, unsigned int salt,
			 struct stream *stream)
{
	int ends[2], status;
	pid_t child;

	if (pipe(ends))
		return -errno;
	child = fork();
	if (!child) {
		close(ends[0]);
		save_elsewhere(bdf, salt, ends[1]);
	}
	close(ends[1]);
	read_all(ends[0], stream, STREAM_MAX);
	close(ends[0]);
	waitpid(child, &status, 0);
	return status;
}

TEST_F(field, host_local_index_is_in_no_stream)
{
	struct stream *other = malloc(sizeof(*other));
	unsigned int salt;

	edu_close(&self->edu);
	ASSERT_EQ(0, save_in_child(self->bdf, 0, &self->stream));
	ASSERT_LT(EDU_BUFFER_SIZE, self->stream.size);
	for (salt = 1; salt < 8; salt++) {
		ASSERT_EQ(0, save_in_child(salt & 2 ? self->bdf :
					   self->other_bdf, salt, other));
		ASSERT_EQ(self->stream.size, other->size);
		EXPECT_EQ(0, memcmp(self->stream.bytes, other->bytes,
				    other->size));
	}
	free(other);
}

/* ---- a version was bumped, and the way back was lost ---- */

static int reopen(struct edu *edu, const char *bdf, bool new)
{
	int ret;

	edu_close(edu);
	ret = set_property(bdf, "dma-pending", new);
	return ret ? ret : edu_open(edu, bdf);
}

TEST_F(field, version_bumped_and_there_is_a_way_back)
{
	unsigned int round;

	ASSERT_EDU(&self->edu, reopen(&self->edu, self->bdf, false));
	ASSERT_EQ(0, mark_device(&self->edu));
	for (round = 0; round < 3; round++) {
		/* To the new one, where the guest uses what is new. */
		ASSERT_EDU(&self->other,
			   reopen(&self->other, self->other_bdf, true));
		ASSERT_EQ(0, move_state(&self->edu, &self->other));
		EXPECT_TRUE(is_marked(&self->other));
		EXPECT_TRUE(is_buffer_marked(&self->other));
		ASSERT_EQ(0, mark_device(&self->other));
		/* And, once nothing is pending, back to the old one. */
		ASSERT_EDU(&self->edu, reopen(&self->edu, self->bdf, false));
		ASSERT_EQ(0, move_state(&self->other, &self->edu));
		EXPECT_TRUE(is_marked(&self->edu));
		EXPECT_TRUE(is_buffer_marked(&self->edu));
		ASSERT_EQ(0, mark_device(&self->edu));
	}
}

/* ---- a version was not bumped, and guests were corrupted ---- */

/* What an old reader cannot know must not be lost in silence. */
TEST_F(field, version_not_bumped_and_nothing_is_corrupted)
{
	put_with_future(&self->bytes, self->header, &self->picture, REQUIRED);
	EXPECT_EQ(-EOPNOTSUPP, load(&self->edu, &self->bytes));
	EXPECT_EQ(FUTURE, why(&self->edu).section);
	EXPECT_TRUE(is_blank(&self->edu));

	self->bytes.length = 0;
	self->bytes.frames = 0;
	put_picture(&self->bytes, self->header, &self->picture);
	ASSERT_EDU(&self->edu, reopen(&self->edu, self->bdf, false));
	EXPECT_EQ(-EOPNOTSUPP, load(&self->edu, &self->bytes));
	EXPECT_EQ(DMA, why(&self->edu).section);
	EXPECT_TRUE(is_blank(&self->edu));
}

/* ---- data was checked against a field that had not arrived ---- */

/* The frames of @from in another order; @order has their numbers. */
static void permute(struct bytes *to, const struct bytes *from,
		    const unsigned int *order, unsigned int count)
{
	size_t at[4], length[4], next = HEADER_SIZE;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		at[i] = next;
		length[i] = FRAME_SIZE +
			    get_field(from->at + next + FRAME_LENGTH, 4);
		next += length[i];
	}
	to->length = 0;
	to->frames = count;
	put_bytes(to, from->at, HEADER_SIZE);
	for (i = 0; i < count; i++)
		put_bytes(to, from->at + at[order[i]], length[order[i]]);
	put_end(to);
}

static const unsigned int orders[6][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
	{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

TEST_F(field, data_is_checked_when_all_of_it_has_arrived)
{
	struct bytes permuted;
	unsigned int i;

	bytes_init(&permuted, STREAM_MAX);
	put_picture(&self->bytes, self->header, &self->picture);
	for (i = 0; i < 6; i++) {
		permute(&permuted, &self->bytes, orders[i], 3);
		EXPECT_EQ(0, load(&self->edu, &permuted));
		EXPECT_TRUE(holds(&self->edu, &self->picture, self->header));
	}
	/* Without the command's section: refused, wherever the command is. */
	for (i = 0; i < 6; i++) {
		if (orders[i][2] != 2)
			continue;
		permute(&permuted, &self->bytes, orders[i], 2);
		EXPECT_EQ(-EINVAL, load(&self->edu, &permuted));
		EXPECT_EQ(DMA, why(&self->edu).section);
	}
	/* Without the command: refused, wherever its section is. */
	self->picture.dma_command = 6;
	put_registers(self->bytes.at + HEADER_SIZE + FRAME_SIZE,
		      &self->picture);
	reseal_frame(&self->bytes, HEADER_SIZE);
	for (i = 0; i < 6; i++) {
		permute(&permuted, &self->bytes, orders[i], 3);
		EXPECT_EQ(-EINVAL, load(&self->edu, &permuted));
		EXPECT_EQ(DMA, why(&self->edu).section);
		EXPECT_TRUE(is_blank(&self->edu));
	}
	bytes_free(&permuted);
}

/* ---- the other byte order ---- */

static void swap(uint8_t *at, size_t size)
{
	size_t i;

	for (i = 0; i < size / 2; i++) {
		uint8_t byte = at[i];

		at[i] = at[size - 1 - i];
		at[size - 1 - i] = byte;
	}
}

static void swap_header(uint8_t *header)
{
	static const uint8_t sizes[] = {
		2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 8, 8, 8, 8, 8, 8, 4,
	};
	uint8_t *at = header + HEADER_FRAMING;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); at += sizes[i++])
		swap(at, sizes[i]);
}

TEST_F(field, header_of_the_other_byte_order_is_refused)
{
	put_picture(&self->bytes, self->header, &self->picture);
	swap_header(self->bytes.at);
	set_field(self->bytes.at + HEADER_CRC, 4,
		  checksum(self->bytes.at, HEADER_CRC));
	swap(self->bytes.at + HEADER_CRC, 4);
	EXPECT_EQ(-EOPNOTSUPP, load(&self->edu, &self->bytes));
	EXPECT_TRUE(is_blank(&self->edu));

	/* Even if it passes for one, it is of no device that there is. */
	memcpy(self->bytes.at + HEADER_FRAMING, self->header + HEADER_FRAMING,
	       4);
	reseal_header(&self->bytes);
	EXPECT_EQ(-EINVAL, load(&self->edu, &self->bytes));
	EXPECT_TRUE(is_blank(&self->edu));
}

TEST_F(field, frame_of_the_other_byte_order_is_refused)
{
	uint8_t *frame = self->bytes.at + HEADER_SIZE;

	put_picture(&self->bytes, self->header, &self->picture);
	swap(frame + FRAME_ID, 4);
	swap(frame + FRAME_FLAGS, 4);
	swap(frame + FRAME_LENGTH, 4);
	swap(frame + FRAME_PAYLOAD_CRC, 4);
	swap(frame + FRAME_OFFSET, 8);
	set_field(frame + FRAME_CRC, 4, checksum(frame, FRAME_CRC));
	EXPECT_EQ(-EOPNOTSUPP, load(&self->edu, &self->bytes));
	swap(frame + FRAME_CRC, 4);
	EXPECT_EQ(-EBADMSG, load(&self->edu, &self->bytes));
	EXPECT_TRUE(is_blank(&self->edu));
}

TEST_F(field, section_of_the_other_byte_order_is_refused)
{
	uint8_t *registers = self->bytes.at + HEADER_SIZE + FRAME_SIZE;
	unsigned int i;

	put_picture(&self->bytes, self->header, &self->picture);
	for (i = 0; i < 16; i += 4)
		swap(registers + i, 4);
	for (i = 16; i < REGISTERS_SIZE; i += 8)
		swap(registers + i, 8);
	reseal_frame(&self->bytes, HEADER_SIZE);
	EXPECT_EQ(-EINVAL, load(&self->edu, &self->bytes));
	EXPECT_EQ(REGISTERS, why(&self->edu).section);
	EXPECT_TRUE(is_blank(&self->edu));
}

/* ---- the refusal came after gigabytes had been sent ---- */

TEST_F(field, refusal_comes_with_the_first_write_and_not_after_gigabytes)
{
	struct vfio_device_mig_compatible ask = { .argsz = sizeof(ask) };
	int data_fd;

	/* It was there to be asked for before any of it was sent. */
	memcpy(&ask.header, self->header, HEADER_SIZE);
	ask.header.geometry[0] ^= 1;
	vfio_mig_seal_header(&ask.header);
	ASSERT_EQ(0, ioctl(vfiomig_fd(self->edu.dev),
			   VFIO_DEVICE_MIG_COMPATIBLE, &ask));
	EXPECT_EQ(VFIO_MIG_MISMATCH_REFUSED, ask.verdict);

	/* And the header is enough to refuse, all of it and no byte more. */
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	EXPECT_EQ(-EINVAL, write_all(data_fd, &ask.header, HEADER_SIZE,
				     HEADER_SIZE));
	close(data_fd);
	ASSERT_EQ(0, vfiomig_reset(self->edu.dev, &self->edu.error));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	EXPECT_EQ(0, write_all(data_fd, &ask.header, HEADER_SIZE - 1, 7));
	EXPECT_EQ(-EINVAL, write_all(data_fd, (uint8_t *)&ask.header +
				     HEADER_SIZE - 1, 1, 1));
	close(data_fd);
	EXPECT_TRUE(is_blank(&self->edu));
}

TEST_HARNESS_MAIN
