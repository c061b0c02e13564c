// SPDX-License-Identifier: GPL-2.0
/*
 * What a stopped display has left to send is what was written, however much
 * memory there is: of 64 MiB nothing, a page, 1 %, 10 % and all.  And what is told of
 * that before there is a session.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "displays.h"

#define SIZE	(64u << 20)
#define PAGES	(SIZE / PAGE)

FIXTURE(dirty)
{
	struct bochs src;
	struct bochs dst;
	int from;
	int to;
};

FIXTURE_VARIANT(dirty)
{
	unsigned int pages;
};

FIXTURE_VARIANT_ADD(dirty, nothing)
{
	.pages = 0,
};

FIXTURE_VARIANT_ADD(dirty, one_page)
{
	.pages = 1,
};

FIXTURE_VARIANT_ADD(dirty, one_percent)
{
	.pages = PAGES / 100,
};

FIXTURE_VARIANT_ADD(dirty, ten_percent)
{
	.pages = PAGES / 10,
};

FIXTURE_VARIANT_ADD(dirty, all)
{
	.pages = PAGES,
};

FIXTURE_SETUP(dirty)
{
	uint64_t bytes;

	ASSERT_BOCHS(&self->src, displays_open(&self->src, &self->dst));
	ASSERT_EQ(SIZE, self->src.size);
	display_fill(&self->src, 1);
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RESUMING, &self->to));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_PRE_COPY, &self->from));
	ASSERT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	ASSERT_LT(SIZE, bytes);
}

FIXTURE_TEARDOWN(dirty)
{
	close(self->from);
	close(self->to);
	bochs_close(&self->dst);
	bochs_close(&self->src);
}

/* Not next to one another, so that each takes a frame of its own. */
static void change(struct bochs *bochs, unsigned int pages)
{
	unsigned int i;

	for (i = 0; i < pages; i++)
		bochs->memory[(uint64_t)i * 7919 % PAGES * PAGE + i % PAGE]++;
}

static void is_near(struct __test_metadata *_metadata, uint64_t estimate,
		    uint64_t bytes)
{
	EXPECT_LE(bytes * 9 / 10, estimate);
	EXPECT_GE(bytes * 11 / 10, estimate);
}

TEST_F(dirty, bytes_after_the_stop_are_what_was_written)
{
	uint64_t written = (uint64_t)variant->pages * PAGE;
	__u64 running, stopped;
	uint64_t bytes;

	change(&self->src, variant->pages);
	ASSERT_BOCHS(&self->src, vfiomig_data_size(self->src.dev, &running,
						   &self->src.error));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP_COPY, NULL));
	ASSERT_BOCHS(&self->src, vfiomig_data_size(self->src.dev, &stopped,
						   &self->src.error));
	ASSERT_EQ(0, display_pump(self->from, self->to, ANY_AMOUNT, &bytes));
	EXPECT_GE(written * 105 / 100 + 64 * 1024, bytes);
	EXPECT_LE(written, bytes);
	is_near(_metadata, running, bytes);
	is_near(_metadata, stopped, bytes);
	TH_LOG("%u pages: %llu bytes", variant->pages,
	       (unsigned long long)bytes);
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory, SIZE));
}

/* ---- without a session ---- */

/* Of so many pages one is looked at. */
#define STEP	(PAGES / 1024)

FIXTURE(estimate)
{
	struct bochs src;
};

FIXTURE_SETUP(estimate)
{
	ASSERT_BOCHS(&self->src, bochs_open(&self->src, 0));
	ASSERT_EQ(SIZE, self->src.size);
}

FIXTURE_TEARDOWN(estimate)
{
	bochs_close(&self->src);
}

static uint64_t estimate(struct bochs *bochs)
{
	__u64 bytes;

	return vfiomig_data_size(bochs->dev, &bytes, &bochs->error) ? 0 : bytes;
}

TEST_F(estimate, estimate_is_what_there_is)
{
	EXPECT_LT(0, estimate(&self->src));
	EXPECT_GT(64 * 1024, estimate(&self->src));
	memset(self->src.memory + SIZE / 4, 1, SIZE / 2);
	is_near(_metadata, estimate(&self->src), SIZE / 2);
	memset(self->src.memory, 1, SIZE);
	is_near(_metadata, estimate(&self->src), SIZE);
}

/* It does not see what is in the others. */
TEST_F(estimate, estimate_looks_at_few_pages)
{
	unsigned int page;

	for (page = 0; page < PAGES; page++)
		if (page % STEP)
			self->src.memory[page * PAGE] = 1;
	EXPECT_GT(64 * 1024, estimate(&self->src));
	EXPECT_LT(0, estimate(&self->src));
	/* As it is no more than that, all of it is sent nevertheless. */
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_PRE_COPY, NULL));
	EXPECT_LT(SIZE / STEP * (STEP - 1), estimate(&self->src));
}

TEST_HARNESS_MAIN
