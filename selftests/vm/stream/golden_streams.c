// SPDX-License-Identifier: GPL-2.0
/*
 * The golden streams, selftests/golden: each is loaded into the exact state,
 * comes out again byte for byte, and is made anew by the scenario that its
 * README gives, on a device with the same properties.
 *
 * With GOLDEN=dir in the environment, what the scenarios make is left there.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "edu_stream.h"

#define PLACE		0x8000	/* in the memory that the device sees */
#define COUNT		0x200

static void pattern(uint8_t *bytes, unsigned int step)
{
	unsigned int i;

	for (i = 0; i < EDU_BUFFER_SIZE; i++)
		bytes[i] = i * step + i / 256;
}

/* ---- the scenarios, and what they leave ---- */

/* DMA into the buffer from PLACE; leaves the DMA registers like that. */
static int fill(struct edu *edu, unsigned int step)
{
	pattern(edu->memory + PLACE, step);
	edu_start_dma(edu, false, 0, PLACE, EDU_BUFFER_SIZE, 0);
	return edu_wait_dma(edu);
}

static int make_idle(struct edu *edu)
{
	return 0;
}

static int make_no_dma(struct edu *edu)
{
	int ret = fill(edu, 7);

	edu_set(edu, EDU_LIVENESS, ~0x600dcafe);
	edu_set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	edu_set(edu, EDU_FACTORIAL, 12);
	/* The interrupt comes after COMPUTING is clear. */
	while (!ret && !(edu_get(edu, EDU_IRQ_STATUS) & EDU_IRQ_FACTORIAL))
		usleep(1000);
	edu_set(edu, EDU_IRQ_RAISE, 0x1230);
	return ret;
}

/* In RUNNING_P2P no command starts: it keeps all of its delay. */
static int make_dma_pending(struct edu *edu)
{
	int ret = fill(edu, 11);

	edu_set(edu, EDU_LIVENESS, ~0x5eed5eed);
	edu_set(edu, EDU_FACTORIAL, 5);
	if (!ret)
		ret = edu_wait_factorial(edu);
	if (!ret)
		ret = set_state(edu, VFIO_MIG_RUNNING_P2P, NULL);
	edu_start_dma(edu, true, 0x100, PLACE, COUNT, EDU_DMA_IRQ);
	return ret;
}

/* Long enough to be stopped half way. */
static int make_computing(struct edu *edu)
{
	edu_set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	edu_set(edu, EDU_FACTORIAL, 0x30000000);
	return 0;
}

static void show_idle(struct picture *picture)
{
}

static void show_no_dma(struct picture *picture)
{
	picture->liveness = 0x600dcafe;
	picture->factorial = 479001600;
	picture->status = 0x80;
	picture->interrupt = 0x1231;
	picture->dma_src = 0x108000;
	picture->dma_dst = 0x40000;
	picture->dma_count = 4096;
	pattern(picture->buffer, 7);
}

static void show_dma_pending(struct picture *picture)
{
	picture->liveness = 0x5eed5eed;
	picture->factorial = 120;
	picture->dma_src = 0x40100;
	picture->dma_dst = 0x108000;
	picture->dma_count = 0x200;
	picture->dma_command = 7;
	picture->remaining_us = 100000;
	pattern(picture->buffer, 11);
}

static void show_computing(struct picture *picture)
{
	picture->status = 0x81;
	picture->factorial = 0x30000000;
}

/*
 * The stream of a device that runs: the buffer goes in pieces, the rest when it
 * has stopped.  Nothing changes while it does, so it is always the same.
 */
static int save_running(struct edu *edu, struct stream *stream)
{
	struct stream rest;
	int data_fd, ret;

	ret = set_state(edu, VFIO_MIG_RUNNING, NULL);
	if (!ret)
		ret = set_state(edu, VFIO_MIG_PRE_COPY, &data_fd);
	if (ret)
		return ret;
	ret = read_all(data_fd, stream, STREAM_MAX);
	if (ret == -ENOMSG)
		ret = set_state(edu, VFIO_MIG_STOP_COPY, NULL);
	if (!ret)
		ret = read_all(data_fd, &rest, STREAM_MAX);
	close(data_fd);
	if (ret || stream->size + rest.size > STREAM_MAX)
		return ret ? ret : -E2BIG;
	memcpy(stream->bytes + stream->size, rest.bytes, rest.size);
	stream->size += rest.size;
	return set_state(edu, VFIO_MIG_STOP, NULL);
}

/* ---- */

FIXTURE(golden)
{
	char bdf[64];
	struct edu edu;
	struct picture picture;
	struct bytes file;
	struct stream stream;
};

FIXTURE_VARIANT(golden)
{
	const char *name;
	bool dma_pending;
	int (*make)(struct edu *edu);
	void (*show)(struct picture *picture);
	int (*save)(struct edu *edu, struct stream *stream);
};

FIXTURE_VARIANT_ADD(golden, edu_1_no_dma)
{
	.name = "edu-1-no-dma",
	.dma_pending = false,
	.make = make_no_dma,
	.show = show_no_dma,
	.save = save_and_stop,
};

FIXTURE_VARIANT_ADD(golden, edu_1_idle)
{
	.name = "edu-1-idle",
	.dma_pending = false,
	.make = make_idle,
	.show = show_idle,
	.save = save_and_stop,
};

FIXTURE_VARIANT_ADD(golden, edu_2_dma_pending)
{
	.name = "edu-2-dma-pending",
	.dma_pending = true,
	.make = make_dma_pending,
	.show = show_dma_pending,
	.save = save_and_stop,
};

FIXTURE_VARIANT_ADD(golden, edu_2_computing)
{
	.name = "edu-2-computing",
	.dma_pending = true,
	.make = make_computing,
	.show = show_computing,
	.save = save_and_stop,
};

FIXTURE_VARIANT_ADD(golden, edu_2_pre_copy)
{
	.name = "edu-2-pre-copy",
	.dma_pending = true,
	.make = make_no_dma,
	.show = show_no_dma,
	.save = save_running,
};

FIXTURE_SETUP(golden)
{
	char path[128];
	ssize_t length;
	int fd;

	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, set_property(self->bdf, "dma-pending",
				  variant->dma_pending));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	variant->show(&self->picture);

	bytes_init(&self->file, STREAM_MAX);
	snprintf(path, sizeof(path), "golden/%s", variant->name);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	length = read(fd, self->file.at, self->file.room);
	close(fd);
	ASSERT_LT(0, length);
	self->file.length = length;
}

FIXTURE_TEARDOWN(golden)
{
	edu_close(&self->edu);
	EXPECT_EQ(0, set_property(self->bdf, "dma-pending", true));
	bytes_free(&self->file);
}

static bool same(const struct stream *stream, const struct bytes *file)
{
	return stream->size == file->length &&
	       !memcmp(stream->bytes, file->at, file->length);
}

TEST_F(golden, file_is_what_the_description_says)
{
	struct picture picture;

	ASSERT_TRUE(find_picture(&self->file, self->file.at,
				 variant->dma_pending ? DMA_PENDING : 0,
				 &picture));
	EXPECT_EQ(0, memcmp(&self->picture, &picture, sizeof(picture)));
	EXPECT_EQ(variant->dma_pending,
		  get_field(self->file.at + HEADER_OPTIONAL, 8));
}

TEST_F(golden, file_is_loaded_into_the_exact_state)
{
	uint8_t buffer[EDU_BUFFER_SIZE];

	ASSERT_EQ(0, load_and_stop(&self->edu, self->file.at,
				   self->file.length, 100)) {
		vfiomig_set_state(self->edu.dev, VFIO_MIG_STOP, NULL,
				  &self->edu.error);
		LOG_EDU(&self->edu);
	}
	EXPECT_TRUE(shows_picture(&self->edu, &self->picture));
	memset(self->edu.memory, 0, EDU_MEMORY_SIZE);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING_P2P, NULL));
	EXPECT_TRUE(shows_picture(&self->edu, &self->picture));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));

	/* What was under way comes to its end. */
	if (self->picture.dma_command & EDU_DMA_RUN) {
		ASSERT_EQ(0, edu_wait_dma(&self->edu));
		self->picture.dma_command &= ~(uint64_t)EDU_DMA_RUN;
		self->picture.interrupt |= EDU_IRQ_DMA;
		EXPECT_EQ(0, memcmp(self->edu.memory + PLACE,
				    self->picture.buffer + 0x100, COUNT));
		EXPECT_EQ(0, self->edu.memory[PLACE + COUNT]);
	}
	if (self->picture.status & EDU_STATUS_COMPUTING) {
		while (!edu_get(&self->edu, EDU_IRQ_STATUS))
			usleep(10000);
		self->picture.status &= ~EDU_STATUS_COMPUTING;
		self->picture.interrupt |= EDU_IRQ_FACTORIAL;
		self->picture.factorial = 0;
	}
	EXPECT_TRUE(shows_picture(&self->edu, &self->picture));
	ASSERT_EQ(0, edu_dump_buffer(&self->edu, buffer));
	EXPECT_EQ(0, memcmp(self->picture.buffer, buffer, sizeof(buffer)));
}

TEST_F(golden, file_comes_out_byte_for_byte)
{
	ASSERT_EQ(0, load_and_stop(&self->edu, self->file.at,
				   self->file.length, STREAM_MAX));
	ASSERT_EQ(0, variant->save(&self->edu, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
	/* And again, from the same device. */
	ASSERT_EQ(0, variant->save(&self->edu, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

/* Also through the hardware: the device has run, then was stopped again. */
TEST_F(golden, file_comes_out_byte_for_byte_after_running_p2p)
{
	ASSERT_EQ(0, load_and_stop(&self->edu, self->file.at,
				   self->file.length, STREAM_MAX));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING_P2P, NULL));
	ASSERT_EQ(0, variant->save(&self->edu, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_F(golden, scenario_makes_the_file)
{
	ASSERT_EQ(0, variant->make(&self->edu));
	ASSERT_EQ(0, variant->save(&self->edu, &self->stream));
	ASSERT_EQ(0, leave_golden(variant->name, self->stream.bytes,
				  self->stream.size));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_HARNESS_MAIN
