// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that goes on writing while its device is stopped: in RUNNING_P2P no
 * DMA starts and none is under way, in STOP nothing changes at all.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edu_view.h"

#define SEED	20250607u

/**
 * struct pair - both devices
 * @edu: The one that is stopped.
 * @clock: The one that tells the time meanwhile.
 */
struct pair {
	struct edu edu;
	struct edu clock;
};

FIXTURE(quiesce)
{
	struct pair pair;
};

FIXTURE_SETUP(quiesce)
{
	struct edu *edu = &self->pair.edu;

	ASSERT_EDU(edu, open_pair(edu, &self->pair.clock));
	ASSERT_EDU(edu, edu_enable_irq(edu, EDU_MSI));
}

FIXTURE_TEARDOWN(quiesce)
{
	edu_close(&self->pair.edu);
	edu_close(&self->pair.clock);
}

/* ---- the guest that goes on ---- */

/**
 * struct guest - a thread that writes to a device, over and over
 * @edu: The device; a copy, so that the thread has an error of its own.
 * @round: What it does.
 * @rounds: How often it has done so.
 * @stop: It is to end.
 */
struct guest {
	struct edu edu;
	void (*round)(struct edu *edu);
	unsigned int rounds;
	bool stop;
	pthread_t thread;
};

static void *guest_main(void *arg)
{
	struct guest *guest = arg;

	while (!__atomic_load_n(&guest->stop, __ATOMIC_ACQUIRE)) {
		guest->round(&guest->edu);
		__atomic_add_fetch(&guest->rounds, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Until it has done @more rounds. */
static void guest_let(struct guest *guest, unsigned int more)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	unsigned int from = __atomic_load_n(&guest->rounds, __ATOMIC_ACQUIRE);

	while (__atomic_load_n(&guest->rounds, __ATOMIC_ACQUIRE) - from < more)
		nanosleep(&pause, NULL);
}

static int guest_start(struct guest *guest, const struct edu *edu,
		       void (*round)(struct edu *edu))
{
	memset(guest, 0, sizeof(*guest));
	guest->edu = *edu;
	guest->round = round;
	if (pthread_create(&guest->thread, NULL, guest_main, guest))
		return -1;
	guest_let(guest, 3);
	return 0;
}

static void guest_end(struct guest *guest)
{
	__atomic_store_n(&guest->stop, true, __ATOMIC_RELEASE);
	pthread_join(guest->thread, NULL);
}

static void write_commands(struct edu *edu)
{
	edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, EDU_DMA_IRQ);
}

static void write_everything(struct edu *edu)
{
	static uint32_t value;

	value++;
	edu_set(edu, EDU_LIVENESS, value);
	edu_set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	edu_set(edu, EDU_FACTORIAL, value % 50);
	edu_set(edu, EDU_IRQ_RAISE, value);
	edu_set(edu, EDU_IRQ_ACK, value / 2);
	edu_start_dma(edu, value % 2, value % 100, value % 1000, value % 3000,
		      EDU_DMA_IRQ);
}

/* ---- RUNNING_P2P ---- */

static int fill(struct edu *edu, unsigned int seed)
{
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), seed);
	return edu_fill_buffer(edu, bytes);
}

TEST_F_TIMEOUT(quiesce, command_written_in_p2p_starts_in_running, 120)
{
	struct edu *edu = &self->pair.edu;
	struct guest guest;

	ASSERT_EQ(0, fill(edu, 1));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
	ASSERT_EQ(0, guest_start(&guest, edu, write_commands));
	let_dma_pass(&self->pair.clock);
	guest_let(&guest, 3);
	EXPECT_TRUE(edu_get(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN);
	EXPECT_TRUE(all_zero(edu->memory, EDU_BUFFER_SIZE));
	EXPECT_EQ(0, edu_count_irq(edu));
	guest_end(&guest);

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(1, count_irqs(edu, &self->pair.clock, 1));
	EXPECT_TRUE(has_pattern(edu->memory, EDU_BUFFER_SIZE, 1));
	EXPECT_EQ(EDU_IRQ_DMA, edu_get(edu, EDU_IRQ_STATUS));
}

/* At the arc's return the bytes are all there, or none is and none comes. */
static void expect_all_or_none(struct __test_metadata *_metadata,
			       struct pair *pair, unsigned int *all)
{
	struct edu *edu = &pair->edu;
	uint8_t then[EDU_BUFFER_SIZE];

	memcpy(then, edu->memory, sizeof(then));
	if (edu_get(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN) {
		EXPECT_TRUE(all_zero(then, sizeof(then)));
	} else {
		EXPECT_TRUE(has_pattern(then, sizeof(then), 2));
		++*all;
	}
	let_dma_pass(&pair->clock);
	EXPECT_EQ(0, memcmp(then, edu->memory, sizeof(then)));
}

/* About 100 ms from now, give or take what it needs to be before or after. */
static void wait_for_the_command(void)
{
	struct timespec pause = {
		.tv_nsec = 98000000 + rand() % 12 * 1000000,
	};

	nanosleep(&pause, NULL);
}

TEST_F_TIMEOUT(quiesce, command_under_way_is_finished_before_p2p, 180)
{
	struct edu *edu = &self->pair.edu;
	unsigned int all = 0;
	int round;

	srand(SEED);
	ASSERT_EQ(0, fill(edu, 2));
	for (round = 0; round < 40; round++) {
		memset(edu->memory, 0, EDU_BUFFER_SIZE);
		write_commands(edu);
		wait_for_the_command();
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
		expect_all_or_none(_metadata, &self->pair, &all);
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
		EXPECT_EQ(0, edu_wait_dma(edu));
		EXPECT_TRUE(has_pattern(edu->memory, EDU_BUFFER_SIZE, 2));
		EXPECT_EQ(1, edu_wait_irq(edu, EDU_TIMEOUT_MS));
	}
	TH_LOG("seed %u: %u of %d had started", SEED, all, round);
}

TEST_F(quiesce, factorial_goes_on_in_p2p)
{
	struct edu *edu = &self->pair.edu;

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
	start_factorial(edu, 9, true);
	EXPECT_EQ(1, count_irqs(edu, &self->pair.clock, 1));
	EXPECT_EQ(edu_factorial(9), edu_get(edu, EDU_FACTORIAL));
}

/* ---- STOP ---- */

/* Nothing that can be seen changes, however long one looks. */
static void expect_frozen(struct __test_metadata *_metadata,
			  struct pair *pair)
{
	struct edu *edu = &pair->edu;
	uint8_t then[EDU_MEMORY_SIZE];
	struct edu_view before, after;

	/* A message that was sent before the stop may still be on its way. */
	let_dma_pass(&pair->clock);
	edu_count_irq(edu);
	edu_look(edu, &before);
	memcpy(then, edu->memory, sizeof(then));
	let_dma_pass(&pair->clock);
	let_factorial_pass(&pair->clock);
	edu_look(edu, &after);
	EXPECT_SAME_VIEW(&after, &before);
	EXPECT_EQ(0, memcmp(then, edu->memory, sizeof(then)));
	EXPECT_EQ(0, edu_count_irq(edu));
}

TEST_F_TIMEOUT(quiesce, writes_change_nothing_in_stop, 120)
{
	struct edu *edu = &self->pair.edu;
	struct guest guest;
	int i;

	ASSERT_EQ(0, guest_start(&guest, edu, write_everything));
	for (i = 0; i < 5; i++) {
		guest_let(&guest, 20);
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
		guest_let(&guest, 3);
		expect_frozen(_metadata, &self->pair);
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	}
	guest_end(&guest);
	EXPECT_EQ(0, edu_wait_factorial(edu));
	EXPECT_EQ(0, edu_wait_dma(edu));
	/* And it works. */
	EXPECT_EQ(0, fill(edu, 3));
	edu_set(edu, EDU_LIVENESS, 3);
	EXPECT_EQ(~3u, edu_get(edu, EDU_LIVENESS));
}

TEST_F_TIMEOUT(quiesce, what_is_under_way_waits_in_stop, 120)
{
	struct edu *edu = &self->pair.edu;
	uint32_t done = EDU_IRQ_FACTORIAL | EDU_IRQ_DMA;

	ASSERT_EQ(0, fill(edu, 4));
	start_factorial(edu, LONG_FACTORIAL, true);
	write_commands(edu);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(EDU_STATUS_IRQ | EDU_STATUS_COMPUTING,
		  edu_get(edu, EDU_STATUS));
	expect_frozen(_metadata, &self->pair);
	EXPECT_EQ(LONG_FACTORIAL, edu_get(edu, EDU_FACTORIAL));

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, edu_wait_factorial(edu));
	EXPECT_EQ(0, edu_wait_dma(edu));
	EXPECT_EQ(2, count_irqs(edu, &self->pair.clock, 2));
	EXPECT_EQ(done, edu_get(edu, EDU_IRQ_STATUS));
	EXPECT_TRUE(has_pattern(edu->memory, EDU_BUFFER_SIZE, 4));
}

TEST_HARNESS_MAIN
