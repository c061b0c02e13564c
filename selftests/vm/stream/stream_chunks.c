// SPDX-License-Identifier: GPL-2.0
/*
 * The stream does not depend on how it is cut: pieces of any size, read or
 * written, carry the same device.
 */
#include "kselftest_harness.h"

#include <string.h>
#include <unistd.h>

#include "common.h"

FIXTURE(chunks)
{
	struct edu src;
	struct edu dst;
	/* What the source sends, in one piece. */
	struct stream whole;
	struct stream again;
};

FIXTURE_VARIANT(chunks)
{
	size_t size;
};

FIXTURE_VARIANT_ADD(chunks, of_1) { .size = 1 };
FIXTURE_VARIANT_ADD(chunks, of_3) { .size = 3 };
FIXTURE_VARIANT_ADD(chunks, of_31) { .size = 31 };
FIXTURE_VARIANT_ADD(chunks, of_32) { .size = 32 };
FIXTURE_VARIANT_ADD(chunks, of_80) { .size = 80 };
FIXTURE_VARIANT_ADD(chunks, of_4096) { .size = 4096 };
FIXTURE_VARIANT_ADD(chunks, of_64k) { .size = 64 * 1024 };
FIXTURE_VARIANT_ADD(chunks, of_1m) { .size = 1024 * 1024 };

/* Every section there is: marks, and a command whose time stands still. */
FIXTURE_SETUP(chunks)
{
	ASSERT_EDU(&self->src, open_pair(&self->src, &self->dst));
	ASSERT_EQ(0, mark_device(&self->src));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING_P2P, NULL));
	edu_start_dma(&self->src, true, 0, 0, 64, 0);
	ASSERT_EQ(0, save_and_stop(&self->src, &self->whole));
}

FIXTURE_TEARDOWN(chunks)
{
	edu_close(&self->src);
	edu_close(&self->dst);
}

static bool equal(const struct stream *a, const struct stream *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

TEST_F(chunks, read_give_the_same_stream)
{
	int data_fd;

	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP_COPY, &data_fd));
	ASSERT_EQ(0, read_all(data_fd, &self->again, variant->size));
	EXPECT_TRUE(equal(&self->whole, &self->again));
	close(data_fd);
}

TEST_F(chunks, written_give_the_same_device)
{
	const struct stream *whole = &self->whole;
	struct edu *dst = &self->dst;

	ASSERT_EQ(0, load_and_stop(dst, whole->bytes, whole->size,
				   variant->size));
	ASSERT_EQ(0, save_and_stop(dst, &self->again));
	EXPECT_TRUE(equal(whole, &self->again));

	ASSERT_EQ(0, set_state(dst, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, edu_wait_dma(dst));
	EXPECT_EQ(edu_factorial(11), edu_get(dst, EDU_FACTORIAL));
	EXPECT_NE(0, dst->memory[1]);
	EXPECT_EQ(0, dst->memory[64]);
	EXPECT_TRUE(is_buffer_marked(dst));
}

TEST_HARNESS_MAIN
