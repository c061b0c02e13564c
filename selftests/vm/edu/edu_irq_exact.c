// SPDX-License-Identifier: GPL-2.0
/*
 * A factorial's interrupt across a stop, at every moment that it can come: one
 * factorial is one interrupt, never none and never two.
 *
 * The moments are random, from a seed that is the same each time.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "edu_view.h"
#include "setting.h"

#define SEED		4711u

/* Or as $VFIO_MIG_ROUNDS says. */
#define ROUNDS		60
#define FULL_ROUNDS	200

FIXTURE(exact)
{
	struct edu edu;
	struct edu clock;
};

/* @hogs: Threads that keep the processors busy, so that others wait. */
FIXTURE_VARIANT(exact)
{
	enum edu_irq irq;
	int hogs;
};

FIXTURE_VARIANT_ADD(exact, msi)
{
	.irq = EDU_MSI,
};

FIXTURE_VARIANT_ADD(exact, intx)
{
	.irq = EDU_INTX,
};

FIXTURE_VARIANT_ADD(exact, msi_busy)
{
	.irq = EDU_MSI, .hogs = 4,
};

static void *hog(void *unused)
{
	for (;;)
		__asm__ volatile("");
	return unused;
}

FIXTURE_SETUP(exact)
{
	pthread_t thread;
	int i;

	ASSERT_EDU(&self->edu, open_pair(&self->edu, &self->clock));
	ASSERT_EDU(&self->edu, edu_enable_irq(&self->edu, variant->irq));
	/* They end with the test's process. */
	for (i = 0; i < variant->hogs; i++)
		ASSERT_EQ(0, pthread_create(&thread, NULL, hog, NULL));
	srand(SEED);
	TH_LOG("seed %u", SEED);
}

FIXTURE_TEARDOWN(exact)
{
	edu_close(&self->edu);
	edu_close(&self->clock);
}

/* ---- moments ---- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* Without giving the processor away, so that the moment is met. */
static void spin_ns(uint64_t ns)
{
	uint64_t until = now_ns() + ns;

	while (now_ns() < until)
		;
}

static uint64_t random_below(uint64_t limit)
{
	return limit ? (((uint64_t)rand() << 31) ^ rand()) % limit : 0;
}

/* A third small, with a result; a third short; a third of milliseconds. */
static uint32_t random_argument(int round)
{
	switch (round % 3) {
	case 0:
		return 1 + random_below(33);
	case 1:
		return 1000 + random_below(200000);
	default:
		return 1000000 + random_below(9000000);
	}
}

/* How long that takes, and some more. */
static uint64_t duration_ns(uint32_t n)
{
	return 300000 + n * 2ull;
}

/* ---- rounds ---- */

static int rounds(void)
{
	return setting("VFIO_MIG_ROUNDS", setting("VFIO_MIG_FULL", 0) ?
		       FULL_ROUNDS : ROUNDS);
}

static void ack(struct edu *edu)
{
	edu_set(edu, EDU_IRQ_ACK, UINT32_MAX);
	if (edu->irq == EDU_INTX)
		edu_unmask_intx(edu);
}

static void stop_and_go(struct __test_metadata *_metadata, struct edu *edu)
{
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
}

/* One interrupt, with the right result behind it. */
static void expect_one(struct __test_metadata *_metadata, struct edu *edu,
		       uint32_t n)
{
	EXPECT_EQ(1, edu_wait_irq(edu, EDU_TIMEOUT_MS)) {
		TH_LOG("of %u!", n);
	}
	EXPECT_EQ(0, edu_wait_factorial(edu));
	EXPECT_EQ(EDU_IRQ_FACTORIAL, edu_get(edu, EDU_IRQ_STATUS));
	EXPECT_EQ(edu_factorial(n), edu_get(edu, EDU_FACTORIAL));
}

/* What comes twice is seen in the next round, or after the last. */
TEST_F_TIMEOUT(exact, one_stop_one_interrupt, 240)
{
	struct edu *edu = &self->edu;
	uint32_t n;
	int round;

	for (round = 0; round < rounds(); round++) {
		n = random_argument(round);
		start_factorial(edu, n, true);
		spin_ns(random_below(duration_ns(n)));
		stop_and_go(_metadata, edu);
		expect_one(_metadata, edu, n);
		ack(edu);
	}
	EXPECT_EQ(0, count_irqs(edu, &self->clock, 0));
}

TEST_F_TIMEOUT(exact, many_stops_one_interrupt, 240)
{
	struct edu *edu = &self->edu;
	int round, stops;
	uint32_t n;

	for (round = 0; round < rounds() / 4; round++) {
		n = random_argument(round);
		start_factorial(edu, n, true);
		for (stops = 0; stops < 5; stops++) {
			spin_ns(random_below(duration_ns(n) / 5));
			stop_and_go(_metadata, edu);
			/* A level that is up again is told again. */
			if (edu->irq == EDU_INTX && edu_count_irq(edu))
				edu_unmask_intx(edu);
		}
		expect_one(_metadata, edu, n);
		ack(edu);
	}
	EXPECT_EQ(0, count_irqs(edu, &self->clock, 0));
}

/* The engine has nothing to do; that it may interrupt is no reason to. */
TEST_F_TIMEOUT(exact, stops_of_an_idle_engine_are_silent, 240)
{
	struct edu *edu = &self->edu;
	int round;

	start_factorial(edu, 6, true);
	expect_one(_metadata, edu, 6);
	ack(edu);
	for (round = 0; round < rounds(); round++)
		stop_and_go(_metadata, edu);
	EXPECT_EQ(0, count_irqs(edu, &self->clock, 0));
	EXPECT_EQ(0, edu_get(edu, EDU_IRQ_STATUS));
}

/*
 * The first has just ended, so its interrupt may be on its way, and the second
 * computes already when the stop comes; for so long that the messages cannot
 * become one.  On a machine that is busy elsewhere the second may have ended too
 * before anybody looks: that round says nothing.  If the first's is lost, it is
 * the second's that is waited for, and no round says anything.
 */
TEST_F_TIMEOUT(exact, interrupt_of_the_one_before_is_kept, 240)
{
	struct edu *edu = &self->edu;
	int round, irqs, late = 0;
	uint32_t status;

	for (round = 0; round < rounds() / 4; round++) {
		start_factorial(edu, random_argument(1 + round % 2), true);
		while (edu_get(edu, EDU_STATUS) & EDU_STATUS_COMPUTING)
			;
		edu_set(edu, EDU_FACTORIAL, LONG_FACTORIAL);
		stop_and_go(_metadata, edu);
		irqs = edu_wait_irq(edu, EDU_TIMEOUT_MS);
		status = edu_get(edu, EDU_STATUS);
		if (!(status & EDU_STATUS_COMPUTING)) {
			late++;
			let_factorial_pass(&self->clock);
			ack(edu);
			edu_count_irq(edu);
			continue;
		}
		EXPECT_EQ(1, irqs);
		EXPECT_EQ(EDU_STATUS_IRQ | EDU_STATUS_COMPUTING, status);
		if (!__test_passed(_metadata))
			break;
		ack(edu);
		expect_one(_metadata, edu, LONG_FACTORIAL);
		ack(edu);
	}
	EXPECT_GT(rounds() / 8, late);
	EXPECT_EQ(0, count_irqs(edu, &self->clock, 0));
}

TEST_HARNESS_MAIN
