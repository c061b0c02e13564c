// SPDX-License-Identifier: GPL-2.0
/*
 * Two devices hand a guest's state to one another, again and again, while its
 * work changes: nothing is lost on the way and nothing happens twice.
 */
#include "kselftest_harness.h"

#include <stdlib.h>
#include <string.h>

#include "edu_view.h"
#include "setting.h"

/* Each kind of work comes in twelve; or as $VFIO_MIG_ROUNDS says. */
#define ROUNDS		36
#define FULL_ROUNDS	100
#define SEED	1969u

FIXTURE(shuttle)
{
	struct edu edus[2];
};

FIXTURE_SETUP(shuttle)
{
	struct edu *a = &self->edus[0], *b = &self->edus[1];

	ASSERT_EDU(a, open_pair(a, b));
	ASSERT_EDU(a, edu_enable_irq(a, EDU_MSI));
	ASSERT_EDU(b, edu_enable_irq(b, EDU_MSI));
	srand(SEED);
	TH_LOG("seed %u", SEED);
}

FIXTURE_TEARDOWN(shuttle)
{
	edu_close(&self->edus[0]);
	edu_close(&self->edus[1]);
}

/**
 * struct work - what a guest does in one round
 * @round: Which; patterns depend on it.
 * @argument: Of the factorial.
 * @dma: A command is pending, and its end is what interrupts; otherwise the
 *	factorial's is.
 * @to_memory: The command's direction.
 */
struct work {
	unsigned int round;
	uint32_t argument;
	bool dma;
	bool to_memory;
};

static struct work choose_work(unsigned int round)
{
	struct work work = {
		.round = round,
		.argument = round % 3 ? rand() % 34 : rand() % 20000000,
		.dma = round % 2,
		.to_memory = round % 4 == 1,
	};

	return work;
}

static void start_work(struct __test_metadata *_metadata, struct edu *edu,
		       const struct work *work)
{
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), work->round);
	ASSERT_EQ(0, edu_fill_buffer(edu, bytes));
	edu_set(edu, EDU_LIVENESS, work->round);
	if (work->dma)
		edu_start_dma(edu, work->to_memory, 0, 0, EDU_BUFFER_SIZE,
			      EDU_DMA_IRQ);
	start_factorial(edu, work->argument, !work->dma);
}

/* A VMM moves the guest's memory too; both sides' is made to be the same. */
static void make_memory(struct edu *edu, const struct work *work)
{
	make_pattern(edu->memory, EDU_BUFFER_SIZE, work->round + 1000);
}

/*
 * It may have come at the source, just before the stop, or at the destination,
 * but it came once.
 */
static void expect_one_irq(struct __test_metadata *_metadata, struct edu *src,
			   struct edu *dst, const struct work *work)
{
	uint64_t count = edu_count_irq(src);

	if (!count)
		count = edu_wait_irq(dst, EDU_TIMEOUT_MS);
	EXPECT_EQ(1, count);
	EXPECT_EQ(work->dma ? EDU_IRQ_DMA : EDU_IRQ_FACTORIAL,
		  edu_get(dst, EDU_IRQ_STATUS));
	edu_set(dst, EDU_IRQ_ACK, UINT32_MAX);
}

static void expect_done(struct __test_metadata *_metadata, struct edu *src,
			struct edu *dst, const struct work *work)
{
	unsigned int in_buffer = work->round, in_memory = work->round + 1000;
	uint8_t bytes[EDU_BUFFER_SIZE];
	bool at_dst;

	EXPECT_EQ(0, edu_wait_factorial(dst));
	EXPECT_EQ(0, edu_wait_dma(dst));
	EXPECT_EQ(edu_factorial(work->argument), edu_get(dst, EDU_FACTORIAL));
	EXPECT_EQ(~work->round, edu_get(dst, EDU_LIVENESS));
	EXPECT_EQ(work->dma ? 0 : EDU_STATUS_IRQ, edu_get(dst, EDU_STATUS));
	if (work->dma && work->to_memory) {
		at_dst = has_pattern(dst->memory, EDU_BUFFER_SIZE, in_buffer);
		EXPECT_NE(at_dst, has_pattern(src->memory, EDU_BUFFER_SIZE,
					      in_buffer));
	} else {
		EXPECT_TRUE(has_pattern(dst->memory, EDU_BUFFER_SIZE,
					in_memory));
	}
	if (work->dma && !work->to_memory)
		in_buffer = in_memory;
	EXPECT_EQ(0, edu_dump_buffer(dst, bytes));
	EXPECT_TRUE(has_pattern(bytes, sizeof(bytes), in_buffer));
}

static void run_round(struct __test_metadata *_metadata, struct edu *src,
		      struct edu *dst, unsigned int round)
{
	struct work work = choose_work(round);

	make_memory(src, &work);
	make_memory(dst, &work);
	start_work(_metadata, src, &work);
	ASSERT_EQ(0, move_state(src, dst));
	expect_one_irq(_metadata, src, dst, &work);
	expect_done(_metadata, src, dst, &work);
	ASSERT_EDU(src, vfiomig_reset(src->dev, &src->error));
	/* All this took more than any message needs. */
	EXPECT_EQ(0, edu_count_irq(src));
	EXPECT_EQ(0, edu_count_irq(dst));
	if (!__test_passed(_metadata))
		TH_LOG("failed in round %u", round);
}

TEST_F_TIMEOUT(shuttle, nothing_is_lost_or_doubled, 280)
{
	unsigned long all = setting("VFIO_MIG_FULL", 0) ? FULL_ROUNDS : ROUNDS;
	unsigned int round;

	all = setting("VFIO_MIG_ROUNDS", all);
	for (round = 0; round < all && __test_passed(_metadata); round++)
		run_round(_metadata, &self->edus[round % 2],
			  &self->edus[1 - round % 2], round);
}

/* One long factorial, at work all the time, is one result and one interrupt. */
TEST_F_TIMEOUT(shuttle, factorial_survives_many_moves, 280)
{
	const uint32_t n = 8 * LONG_FACTORIAL;
	struct edu *src, *dst = &self->edus[0];
	int i;

	/* No resets: they would wait for the engine. */
	start_factorial(dst, n, true);
	for (i = 1; i <= 6; i++) {
		src = dst;
		dst = &self->edus[i % 2];
		ASSERT_EQ(0, move_state(src, dst));
		EXPECT_EQ(n, edu_get(dst, EDU_FACTORIAL));
		EXPECT_EQ(0, edu_count_irq(src));
	}
	EXPECT_EQ(0, edu_wait_factorial(dst));
	ASSERT_EDU(src, vfiomig_reset(src->dev, &src->error));
	EXPECT_EQ(1, count_irqs(dst, src, 1));
	EXPECT_EQ(0, edu_get(dst, EDU_FACTORIAL));
	EXPECT_EQ(0, edu_count_irq(src));
}

TEST_HARNESS_MAIN
