// SPDX-License-Identifier: GPL-2.0
/*
 * What a device holds and what it is doing arrives at another device exactly:
 * every register, every byte, every interrupt, and each of them once.
 */
#include "kselftest_harness.h"

#include <string.h>
#include <unistd.h>

#include "edu_view.h"

/**
 * struct pair - from where to where
 * @src: The source.
 * @dst: The destination.
 * @irq: How both interrupt.
 * @late: The destination's interrupts are enabled when the state is there.
 */
struct pair {
	struct edu src;
	struct edu dst;
	enum edu_irq irq;
	bool late;
};

FIXTURE(moves)
{
	struct pair pair;
};

/* @late: The destination's interrupts are enabled when the state is there. */
FIXTURE_VARIANT(moves)
{
	enum edu_irq irq;
	bool late;
};

FIXTURE_VARIANT_ADD(moves, no_irq)
{
	.irq = EDU_NO_IRQ,
};

FIXTURE_VARIANT_ADD(moves, intx)
{
	.irq = EDU_INTX,
};

FIXTURE_VARIANT_ADD(moves, intx_late)
{
	.irq = EDU_INTX, .late = true,
};

FIXTURE_VARIANT_ADD(moves, msi)
{
	.irq = EDU_MSI,
};

FIXTURE_VARIANT_ADD(moves, msi_late)
{
	.irq = EDU_MSI, .late = true,
};

FIXTURE_SETUP(moves)
{
	struct edu *src = &self->pair.src, *dst = &self->pair.dst;

	self->pair.irq = variant->irq;
	self->pair.late = variant->late;
	ASSERT_EDU(src, open_pair(src, dst));
	if (variant->irq)
		ASSERT_EDU(src, edu_enable_irq(src, variant->irq));
	/* What each has, the other has not. */
	make_pattern(src->memory, EDU_MEMORY_SIZE, 100);
	make_pattern(dst->memory, EDU_MEMORY_SIZE, 200);
}

FIXTURE_TEARDOWN(moves)
{
	edu_close(&self->pair.src);
	edu_close(&self->pair.dst);
}

/* ---- the move ---- */

static void load(struct __test_metadata *_metadata, struct pair *pair,
		 const struct stream *stream)
{
	struct edu *dst = &pair->dst;

	if (pair->irq && !pair->late)
		ASSERT_EDU(dst, edu_enable_irq(dst, pair->irq));
	ASSERT_EQ(0, load_and_stop(dst, stream->bytes, stream->size, 100));
	if (pair->irq && pair->late)
		ASSERT_EDU(dst, edu_enable_irq(dst, pair->irq));
	ASSERT_EQ(0, set_state(dst, VFIO_MIG_RUNNING, NULL));
}

/* The source shows what it had until it is reset. */
static void move(struct __test_metadata *_metadata, struct pair *pair)
{
	struct stream stream;

	ASSERT_EQ(0, save_and_stop(&pair->src, &stream));
	load(_metadata, pair, &stream);
}

/* From here on the source is a clock; it must have been silent. */
static void retire(struct __test_metadata *_metadata, struct edu *src)
{
	if (src->irq_fd >= 0)
		EXPECT_EQ(0, edu_count_irq(src));
	ASSERT_EDU(src, vfiomig_reset(src->dev, &src->error));
}

/* ---- what is at rest ---- */

TEST_F(moves, registers_and_buffer_arrive)
{
	struct edu *src = &self->pair.src, *dst = &self->pair.dst;
	struct edu_view before, stopped, after;
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), 1);
	ASSERT_EQ(0, edu_fill_buffer(src, bytes));
	edu_set(src, EDU_LIVENESS, 0x13579bdf);
	start_factorial(src, 13, false);
	ASSERT_EQ(0, edu_wait_factorial(src));
	edu_set(src, EDU_STATUS, EDU_STATUS_IRQ);
	edu_set64(src, EDU_DMA_SRC, 0x1122334455667788);
	edu_set64(src, EDU_DMA_DST, 0x99aabbccddeeff00);
	edu_set64(src, EDU_DMA_COUNT, 0x0123456789abcdef);
	edu_look(src, &before);

	move(_metadata, &self->pair);
	edu_look(src, &stopped);
	EXPECT_SAME_VIEW(&stopped, &before);
	edu_look(dst, &after);
	EXPECT_SAME_VIEW(&after, &before);
	EXPECT_EQ(0, edu_dump_buffer(dst, bytes));
	EXPECT_TRUE(has_pattern(bytes, sizeof(bytes), 1));
	retire(_metadata, src);
	EXPECT_EQ(0, count_irqs(dst, src, 0));
}

TEST_F(moves, power_on_state_arrives)
{
	struct edu_view before, after;
	uint8_t bytes[EDU_BUFFER_SIZE];

	edu_look(&self->pair.src, &before);
	/* All of it has to go. */
	start_factorial(&self->pair.dst, 5, false);
	edu_set(&self->pair.dst, EDU_LIVENESS, 5);
	edu_set(&self->pair.dst, EDU_IRQ_RAISE, 5);
	make_pattern(bytes, sizeof(bytes), 5);
	ASSERT_EQ(0, edu_fill_buffer(&self->pair.dst, bytes));

	move(_metadata, &self->pair);
	edu_look(&self->pair.dst, &after);
	EXPECT_SAME_VIEW(&after, &before);
	EXPECT_EQ(0, edu_dump_buffer(&self->pair.dst, bytes));
	EXPECT_TRUE(all_zero(bytes, sizeof(bytes)));
}

TEST_F_TIMEOUT(moves, every_result_arrives, 120)
{
	struct edu *src = &self->pair.src, *dst = &self->pair.dst;
	uint32_t n;

	for (n = 0; n <= 35; n++) {
		start_factorial(src, n, false);
		ASSERT_EQ(0, edu_wait_factorial(src));
		ASSERT_EQ(0, move_state(src, dst));
		EXPECT_EQ(edu_factorial(n), edu_get(dst, EDU_FACTORIAL));
		EXPECT_EQ(0, edu_get(dst, EDU_STATUS));
		ASSERT_EDU(src, vfiomig_reset(src->dev, &src->error));
		ASSERT_EDU(dst, vfiomig_reset(dst->dev, &dst->error));
	}
}

/* ---- what is under way ---- */

static void move_computing(struct __test_metadata *_metadata,
			   struct pair *pair, bool irq)
{
	struct edu *src = &pair->src, *dst = &pair->dst;
	const uint32_t n = 4 * LONG_FACTORIAL;
	uint32_t status = irq ? EDU_STATUS_IRQ : 0;

	start_factorial(src, n, irq);
	move(_metadata, pair);
	EXPECT_EQ(n, edu_get(src, EDU_FACTORIAL));
	EXPECT_EQ(n, edu_get(dst, EDU_FACTORIAL));
	EXPECT_EQ(status | EDU_STATUS_COMPUTING, edu_get(dst, EDU_STATUS));
	EXPECT_EQ(0, edu_get(dst, EDU_IRQ_STATUS));
	EXPECT_EQ(0, edu_wait_factorial(dst));
	EXPECT_EQ(0, edu_get(dst, EDU_FACTORIAL));
	/* It has the same to compute, and started earlier. */
	retire(_metadata, src);
	irq = irq && pair->irq;
	EXPECT_EQ(irq, count_irqs(dst, src, irq));
	EXPECT_EQ(status, edu_get(dst, EDU_STATUS));
	EXPECT_EQ(status ? EDU_IRQ_FACTORIAL : 0,
		  edu_get(dst, EDU_IRQ_STATUS));
}

TEST_F_TIMEOUT(moves, factorial_goes_on_and_interrupts_once, 120)
{
	move_computing(_metadata, &self->pair, true);
}

TEST_F_TIMEOUT(moves, factorial_goes_on_silently, 120)
{
	move_computing(_metadata, &self->pair, false);
}

/* Stop it before the command starts; a slow machine may need several tries. */
static void stop_pending(struct __test_metadata *_metadata, struct edu *edu,
			 bool to_memory, struct stream *stream)
{
	uint8_t bytes[EDU_BUFFER_SIZE];
	int tries;

	make_pattern(bytes, sizeof(bytes), 3);
	for (tries = 0; tries < 100; tries++) {
		ASSERT_EQ(0, edu_fill_buffer(edu, bytes));
		memset(edu->memory, 0x77, EDU_BUFFER_SIZE);
		edu_start_dma(edu, to_memory, 96, 5000, 4000, EDU_DMA_IRQ);
		ASSERT_EQ(0, save_and_stop(edu, stream));
		if (edu_get(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN)
			return;
		ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
		edu_count_irq(edu);
		make_pattern(edu->memory, EDU_MEMORY_SIZE, 100);
	}
	ASSERT_LT(tries, 100);
}

/* Moved 4000 bytes from 96 in the buffer to 5000 in the memory, or back? */
static void expect_moved(struct __test_metadata *_metadata,
			 const uint8_t *memory, const uint8_t *buffer,
			 bool to_memory)
{
	uint8_t expected[EDU_MEMORY_SIZE], inside[EDU_BUFFER_SIZE];

	make_pattern(expected, sizeof(expected), 200);
	make_pattern(inside, sizeof(inside), 3);
	if (to_memory)
		memcpy(expected + 5000, inside + 96, 4000);
	else
		memcpy(inside + 96, expected + 5000, 4000);
	EXPECT_EQ(0, memcmp(expected, memory,
			    sizeof(expected) - EDU_BUFFER_SIZE));
	EXPECT_EQ(0, memcmp(inside, buffer, sizeof(inside)));
}

static void move_pending(struct __test_metadata *_metadata,
			 struct pair *pair, bool to_memory)
{
	struct edu *src = &pair->src, *dst = &pair->dst;
	uint8_t before[EDU_MEMORY_SIZE], bytes[EDU_BUFFER_SIZE];
	struct stream stream;

	stop_pending(_metadata, src, to_memory, &stream);
	memcpy(before, src->memory, sizeof(before));
	load(_metadata, pair, &stream);
	EXPECT_EQ(0, edu_wait_dma(dst));
	EXPECT_EQ(EDU_IRQ_DMA, edu_get(dst, EDU_IRQ_STATUS));
	EXPECT_EQ(EDU_DMA_RUN, edu_get(src, EDU_DMA_COMMAND) & EDU_DMA_RUN);
	retire(_metadata, src);
	EXPECT_EQ(!!pair->irq, count_irqs(dst, src, !!pair->irq));
	EXPECT_EQ(0, memcmp(before, src->memory, sizeof(before)));

	edu_dump_buffer(dst, bytes);
	expect_moved(_metadata, dst->memory, bytes, to_memory);
	/* Not a second time. */
	make_pattern(dst->memory, EDU_MEMORY_SIZE, 7);
	EXPECT_EQ(0, count_irqs(dst, src, 0));
	EXPECT_TRUE(has_pattern(dst->memory, EDU_MEMORY_SIZE, 7));
}

TEST_F_TIMEOUT(moves, pending_write_to_memory_completes_there_once, 120)
{
	move_pending(_metadata, &self->pair, true);
}

TEST_F_TIMEOUT(moves, pending_read_from_memory_completes_there_once, 120)
{
	move_pending(_metadata, &self->pair, false);
}

/* ---- interrupts ---- */

/* At the destination a level interrupts again, a message does not. */
TEST_F_TIMEOUT(moves, raised_interrupt_arrives, 120)
{
	struct edu *src = &self->pair.src, *dst = &self->pair.dst;
	bool level = self->pair.irq == EDU_INTX;

	edu_set(src, EDU_IRQ_RAISE, 0x80000005);
	EXPECT_EQ(!!self->pair.irq, count_irqs(src, dst, !!self->pair.irq));
	ASSERT_EDU(dst, vfiomig_reset(dst->dev, &dst->error));
	move(_metadata, &self->pair);
	EXPECT_EQ(0x80000005, edu_get(src, EDU_IRQ_STATUS));
	EXPECT_EQ(0x80000005, edu_get(dst, EDU_IRQ_STATUS));
	retire(_metadata, src);
	EXPECT_EQ(level, count_irqs(dst, src, level));

	edu_set(dst, EDU_IRQ_ACK, 0x80000001);
	EXPECT_EQ(4, edu_get(dst, EDU_IRQ_STATUS));
	if (level)
		EXPECT_EDU(dst, edu_unmask_intx(dst));
	EXPECT_EQ(level, count_irqs(dst, src, level));
	edu_set(dst, EDU_IRQ_ACK, 4);
	if (level)
		EXPECT_EDU(dst, edu_unmask_intx(dst));
	EXPECT_EQ(0, count_irqs(dst, src, 0));
	edu_set(dst, EDU_IRQ_RAISE, 2);
	EXPECT_EQ(!!self->pair.irq, count_irqs(dst, src, !!self->pair.irq));
}

/* VFIO masks a level once it has told of it, so at the source it is masked. */
TEST_F(moves, masked_interrupt_waits_for_its_unmasking)
{
	struct edu *src = &self->pair.src, *dst = &self->pair.dst;

	if (self->pair.irq != EDU_INTX || self->pair.late)
		SKIP(return, "for INTx that is enabled early");
	edu_set(src, EDU_IRQ_RAISE, 1);
	EXPECT_EQ(1, count_irqs(src, dst, 1));
	ASSERT_EDU(dst, edu_enable_irq(dst, EDU_INTX));
	ASSERT_EDU(dst, vfiomig_irq_mask(dst->dev, VFIO_PCI_INTX_IRQ_INDEX, 0,
					 &dst->error));
	ASSERT_EQ(0, move_state(src, dst));
	retire(_metadata, src);
	EXPECT_EQ(0, count_irqs(dst, src, 0));
	EXPECT_EDU(dst, edu_unmask_intx(dst));
	EXPECT_EQ(1, count_irqs(dst, src, 1));
}

/* ---- the stream ---- */

TEST_F(moves, saving_what_was_loaded_gives_the_same_bytes)
{
	struct edu *src = &self->pair.src, *dst = &self->pair.dst;
	struct stream stream, again;
	int data_fd;

	start_factorial(src, LONG_FACTORIAL, true);
	edu_set(src, EDU_LIVENESS, 0x2468);
	edu_set(src, EDU_IRQ_RAISE, 0x30);
	stop_pending(_metadata, src, true, &stream);
	ASSERT_EQ(0, load_and_stop(dst, stream.bytes, stream.size, 7));
	ASSERT_EQ(0, set_state(dst, VFIO_MIG_STOP_COPY, &data_fd));
	ASSERT_EQ(0, read_all(data_fd, &again, 13));
	close(data_fd);
	EXPECT_EQ(stream.size, again.size);
	EXPECT_EQ(0, memcmp(stream.bytes, again.bytes, stream.size));
}

/* An engine that is at just that already need not begin again; the rest is the stream's. */
TEST_F_TIMEOUT(moves, device_that_computes_the_same_takes_the_rest, 120)
{
	struct edu *edu = &self->pair.src;
	struct stream stream;

	edu_set(edu, EDU_LIVENESS, 1);
	start_factorial(edu, 4 * LONG_FACTORIAL, false);
	ASSERT_EQ(0, save_and_stop(edu, &stream));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	edu_set(edu, EDU_LIVENESS, 2);
	ASSERT_EQ(0, load_and_stop(edu, stream.bytes, stream.size, STREAM_MAX));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(~1u, edu_get(edu, EDU_LIVENESS));
}

TEST_HARNESS_MAIN
