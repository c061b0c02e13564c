// SPDX-License-Identifier: GPL-2.0
/*
 * DMA logging, against an oracle that knows every byte that edu wrote: no page
 * is missed, and none is reported that was not touched.
 *
 * Kernels whose vfio cannot make a report must not offer it.  On those, that is
 * what is tested, and the rest is skipped.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dma_log.h"
#include "edu_stream.h"
#include "edu_view.h"
#include "slow.h"

#define SEED	20261121
#define PAGE	4096ull
#define PAGES	(EDU_MEMORY_SIZE / PAGE)
#define MEMORY	((__u64)EDU_MEMORY_IOVA)
#define UNIT	512				/* ranges are of these */

#define RANGE	struct vfio_device_feature_dma_logging_range

/* All of the memory, and what comes behind it. */
static int start_all(struct edu *edu)
{
	const RANGE range = { MEMORY, 2 * EDU_MEMORY_SIZE };
	__u64 page_size = PAGE;

	return dma_log_start(edu, &range, 1, &page_size);
}

/* Of the memory and what comes behind it, a bit a page; ~0 if it fails. */
static __u64 report_all(struct edu *edu)
{
	__u64 bitmap = 0;

	return dma_log_report(edu, MEMORY, 2 * EDU_MEMORY_SIZE, PAGE, &bitmap) ?
	       ~0ull : bitmap;
}

static int write_pages(struct edu *edu, uint32_t place, uint32_t count)
{
	edu_start_dma(edu, true, 0, place, count, 0);
	return edu_wait_dma(edu);
}

/* ---- is it there? ---- */

/* Has it the function that a report is made with? */
static bool kernel_can_report(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	bool found = false;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, " iova_bitmap_set\t") ||
			strstr(line, " iova_bitmap_set\n");
	if (file)
		fclose(file);
	return found;
}

FIXTURE(offer)
{
	struct edu edu;
};

FIXTURE_SETUP(offer)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
}

FIXTURE_TEARDOWN(offer)
{
	edu_close(&self->edu);
	/* Where there is any. */
	set_property(self->edu.bdf, "dma-logging", true);
}

static const __u32 features[] = {
	VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
	VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
	VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
};

TEST_F(offer, is_made_where_the_kernel_can_report_and_nowhere_else)
{
	int expected = kernel_can_report() ? 0 : -ENOTTY;
	struct edu *edu = &self->edu;
	unsigned int i;
	char path[128];

	for (i = 0; i < sizeof(features) / sizeof(*features); i++)
		EXPECT_EQ(expected, dma_log_probe(edu, features[i]));
	EXPECT_EQ(expected, start_all(edu));
	EXPECT_EQ(expected, dma_log_stop(edu));
	device_file(path, sizeof(path), edu->bdf, "vfio_mig/dma-logging");
	EXPECT_EQ(expected ? -1 : 0, access(path, F_OK));
}

TEST_F(offer, can_be_hidden)
{
	struct edu *edu = &self->edu;
	unsigned int i;

	if (!kernel_can_report())
		SKIP(return, "this kernel cannot report");
	edu_close(edu);
	ASSERT_EQ(0, set_property(edu->bdf, "dma-logging", false));
	ASSERT_EDU(edu, open_pair(edu, NULL));
	for (i = 0; i < sizeof(features) / sizeof(*features); i++)
		EXPECT_EQ(-ENOTTY, dma_log_probe(edu, features[i]));
	edu_close(edu);
	ASSERT_EQ(0, set_property(edu->bdf, "dma-logging", true));
	ASSERT_EDU(edu, open_pair(edu, NULL));
	for (i = 0; i < sizeof(features) / sizeof(*features); i++)
		EXPECT_EQ(0, dma_log_probe(edu, features[i]));
}

FIXTURE(log)
{
	struct edu edu;
	__u8 pattern[EDU_BUFFER_SIZE];
};

FIXTURE_SETUP(log)
{
	if (!kernel_can_report())
		SKIP(return, "this kernel cannot report");
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	make_pattern(self->pattern, sizeof(self->pattern), SEED);
	ASSERT_EQ(0, edu_fill_buffer(&self->edu, self->pattern));
}

FIXTURE_TEARDOWN(log)
{
	if (self->edu.dev)
		edu_close(&self->edu);
}

/* ---- the rules ---- */

TEST_F(log, bad_starts_are_refused_and_start_nothing)
{
	static const RANGE bad[] = {
		{ MEMORY, 0 }, { 0, 0 }, { MEMORY + 1, PAGE },
	};
	const RANGE good = { MEMORY, PAGE };
	struct edu *edu = &self->edu;
	__u64 sizes[] = { 0, 3, 3000, 4097, 12288, ~0ull };
	__u64 size;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		size = PAGE;
		EXPECT_EQ(-EINVAL, dma_log_start(edu, &bad[i], 1, &size));
	}
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		EXPECT_EQ(-EINVAL, dma_log_start(edu, &good, 1, &sizes[i]));
	size = PAGE;
	EXPECT_EQ(-EINVAL, dma_log_start(edu, &good, 0, &size));
	EXPECT_EQ(-EINVAL, dma_log_stop(edu));
	EXPECT_EQ(0, start_all(edu));
	EXPECT_EQ(-EBUSY, start_all(edu));
	EXPECT_EQ(0, dma_log_stop(edu));
}

TEST_F(log, page_size_is_a_wish)
{
	const RANGE range = { 0, 1ull << 30 };
	__u64 sizes[] = { 1, UNIT, PAGE, 2 << 20, 1 << 30 };
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		EXPECT_EQ(0, dma_log_start(&self->edu, &range, 1, &sizes[i]));
		EXPECT_EQ(PAGE, sizes[i]);
		EXPECT_EQ(0, dma_log_stop(&self->edu));
	}
}

TEST_F(log, report_needs_a_start_and_is_empty_after_another)
{
	struct edu *edu = &self->edu;
	__u64 bitmap = 0;

	EXPECT_EQ(-EINVAL, dma_log_report(edu, MEMORY, PAGE, PAGE, &bitmap));
	ASSERT_EQ(0, start_all(edu));
	ASSERT_EQ(0, write_pages(edu, 0, 1));
	EXPECT_EQ(0, dma_log_stop(edu));
	EXPECT_EQ(-EINVAL, dma_log_stop(edu));
	EXPECT_EQ(-EINVAL, dma_log_report(edu, MEMORY, PAGE, PAGE, &bitmap));
	ASSERT_EQ(0, start_all(edu));
	EXPECT_EQ(0, report_all(edu));
	EXPECT_EQ(0, bitmap);
	EXPECT_EQ(-EINVAL, dma_log_report(edu, MEMORY, PAGE, 3000, &bitmap));
	EXPECT_EQ(-EINVAL, dma_log_report(edu, MEMORY, PAGE, UNIT, &bitmap));
}

TEST_F(log, what_was_reported_is_cleared_and_only_that)
{
	struct edu *edu = &self->edu;
	__u64 bitmap = 0;

	ASSERT_EQ(0, start_all(edu));
	ASSERT_EQ(0, write_pages(edu, PAGE - 1, 2));
	ASSERT_EQ(0, dma_log_report(edu, MEMORY + PAGE, PAGE, PAGE, &bitmap));
	EXPECT_EQ(1, bitmap);
	EXPECT_EQ(1, report_all(edu));
	EXPECT_EQ(0, report_all(edu));

	/* Half a page is in the report, and all of it stays in the log. */
	ASSERT_EQ(0, write_pages(edu, 0, 1));
	bitmap = 1ull << 63;
	ASSERT_EQ(0, dma_log_report(edu, MEMORY + PAGE / 2, PAGE / 2, PAGE,
				    &bitmap));
	EXPECT_EQ(1ull << 63 | 1, bitmap);
	EXPECT_EQ(1, report_all(edu));
	EXPECT_EQ(0, report_all(edu));
}

TEST_F(log, what_is_not_written_is_not_reported)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, start_all(edu));
	edu_start_dma(edu, false, 0, 0, PAGE, 0);
	ASSERT_EQ(0, edu_wait_dma(edu));
	ASSERT_EQ(0, write_pages(edu, 0, 0));
	ASSERT_EQ(0, write_pages(edu, EDU_MEMORY_SIZE, PAGE));
	vfiomig_pci_command(edu->dev, 0, PCI_COMMAND_MASTER, &edu->error);
	ASSERT_EQ(0, write_pages(edu, 0, PAGE));
	vfiomig_pci_command(edu->dev, PCI_COMMAND_MASTER, 0, &edu->error);
	EXPECT_EQ(0, report_all(edu));
	ASSERT_EQ(0, write_pages(edu, EDU_MEMORY_SIZE - 1, 2));
	EXPECT_EQ(1ull << (PAGES - 1), report_all(edu));
}

TEST_F(log, one_page_is_found_in_a_gigabyte)
{
	const RANGE range = { 0, 1ull << 30 };
	static __u64 bitmap[(1ull << 30) / PAGE / 64];
	__u64 page_size = PAGE;
	unsigned int i;

	ASSERT_EQ(0, dma_log_start(&self->edu, &range, 1, &page_size));
	ASSERT_EQ(0, write_pages(&self->edu, 5 * PAGE, 1));
	ASSERT_EQ(0, dma_log_report(&self->edu, 0, 1ull << 30, PAGE, bitmap));
	for (i = 0; i < sizeof(bitmap) / sizeof(*bitmap); i++)
		EXPECT_EQ(i == (MEMORY / PAGE + 5) / 64 ?
			  1ull << (MEMORY / PAGE + 5) % 64 : 0, bitmap[i]);
}

TEST_F(log, states_and_resets_leave_it_alone)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, start_all(edu));
	ASSERT_EQ(0, write_pages(edu, 0, 1));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(1, report_all(edu));
	EXPECT_EQ(-EBUSY, start_all(edu));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, write_pages(edu, PAGE, 1));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(2, report_all(edu));
	vfiomig_pci_command(edu->dev, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY,
			    0, &edu->error);
	ASSERT_EQ(0, write_pages(edu, 2 * PAGE, 1));
	EXPECT_EQ(4, report_all(edu));
}

/**
 * struct slow_reporter - who makes a report
 * @edu: Of which device.
 * @bitmap: What it said.
 */
struct slow_reporter {
	struct edu edu;
	__u64 bitmap;
};

/* With a bitmap that does not answer at first. */
static ssize_t slow_report(struct slow *slow)
{
	struct slow_reporter *reporter = slow->ctx;

	errno = -dma_log_report(&reporter->edu, MEMORY, EDU_MEMORY_SIZE, PAGE,
				slow->page);
	memcpy(&reporter->bitmap, slow->page, sizeof(reporter->bitmap));
	return errno ? -1 : 0;
}

/*
 * The device writes on meanwhile, and can be stopped; what it writes is in that
 * report or in the next.  It is the driver that could be in the way where the kernel
 * pins the bitmap as bits of it are set, as 6.12's does, of which the debug kernel is;
 * 6.1's does so before it asks the driver.
 */
TEST_F(log, report_that_waits_for_its_bitmap_holds_up_nobody)
{
	struct slow_reporter reporter = { .edu = self->edu };
	struct slow slow = { .use = slow_report, .ctx = &reporter };
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, start_all(edu));
	ASSERT_EQ(0, write_pages(edu, 0, PAGE));
	ASSERT_EQ(0, slow_begin(&slow));
	EXPECT_EQ(0, write_pages(edu, 2 * PAGE, PAGE));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, slow_end(&slow));
	EXPECT_EQ(0, slow.result);
	EXPECT_EQ(1 << 0 | 1 << 2, reporter.bitmap | report_all(edu));
}

TEST_F(log, close_ends_it)
{
	struct edu *edu = &self->edu;
	__u64 bitmap = 0;

	ASSERT_EQ(0, start_all(edu));
	ASSERT_EQ(0, write_pages(edu, 0, 1));
	edu_close(edu);
	ASSERT_EDU(edu, open_pair(edu, NULL));
	EXPECT_EQ(-EINVAL, dma_log_report(edu, MEMORY, PAGE, PAGE, &bitmap));
	ASSERT_EQ(0, start_all(edu));
	EXPECT_EQ(0, report_all(edu));
}

/* What is pending when the device stops is done there, or not at all. */
TEST_F(log, device_that_stands_still_has_reported_all)
{
	struct edu *edu = &self->edu;
	int i;

	ASSERT_EQ(0, start_all(edu));
	for (i = 0; i < 5; i++) {
		memset(edu->memory, 0, PAGE);
		edu_start_dma(edu, true, 0, 0, PAGE, 0);
		usleep(20000 * i);
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
		EXPECT_EQ(!all_zero(edu->memory, PAGE), report_all(edu));
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
		ASSERT_EQ(0, edu_wait_dma(edu));
		report_all(edu);
	}
}

/* ---- the oracle ---- */

/**
 * struct oracle - what edu did, and what of that has not been reported
 * @watched: A byte is within a range.
 * @memory: What there must be in the memory.
 * @buffer: And in the buffer.
 * @dirty: A page has been written where it is watched.
 */
struct oracle {
	bool watched[2 * EDU_MEMORY_SIZE];
	__u8 memory[EDU_MEMORY_SIZE];
	__u8 buffer[EDU_BUFFER_SIZE];
	bool dirty[2 * PAGES];
};

/* Up to @max of them, in any order, next to each other or not. */
static unsigned int make_ranges(struct oracle *oracle, RANGE *ranges,
				unsigned int max)
{
	unsigned int count = 0, unit = 0, length, i;
	RANGE swap;

	memset(oracle->watched, 0, sizeof(oracle->watched));
	while (count < max) {
		unit += random() % 3 ? random() % 40 : 0;
		length = 1 + random() % (random() % 2 ? 4 : 40);
		if ((unit + length) * UNIT > sizeof(oracle->watched))
			break;
		memset(oracle->watched + unit * UNIT, 1, length * UNIT);
		ranges[count].iova = MEMORY + unit * UNIT;
		ranges[count++].length = length * UNIT;
		unit += length;
	}
	for (i = 1; i < count; i++) {
		unsigned int other = random() % (i + 1);

		swap = ranges[i];
		ranges[i] = ranges[other];
		ranges[other] = swap;
	}
	return count;
}

static int one_command(struct edu *edu, struct oracle *oracle)
{
	uint32_t count = random() % (random() % 2 ? 16 : EDU_BUFFER_SIZE + 1);
	uint32_t offset = random() % (EDU_BUFFER_SIZE - count + 1);
	uint32_t place = random() % EDU_MEMORY_SIZE;
	bool to_memory = random() % 4;
	uint32_t i;

	edu_start_dma(edu, to_memory, offset, place, count, 0);
	for (i = 0; i < count; i++) {
		bool mapped = place + i < EDU_MEMORY_SIZE;

		if (!to_memory)
			oracle->buffer[offset + i] =
				mapped ? oracle->memory[place + i] : 0;
		if (!to_memory || !mapped)
			continue;
		oracle->memory[place + i] = oracle->buffer[offset + i];
		if (oracle->watched[place + i])
			oracle->dirty[(place + i) / PAGE] = true;
	}
	return edu_wait_dma(edu);
}

/* Some part of it all, in some unit. */
static void check_report(struct __test_metadata *_metadata, struct edu *edu,
			 struct oracle *oracle)
{
	__u64 page_size = PAGE << random() % 4;
	unsigned int first = random() % (2 * PAGES);
	unsigned int count = 1 + random() % (2 * PAGES - first);
	__u64 bitmap = 0, expected = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (oracle->dirty[first + i])
			expected |= 1ull << i / (page_size / PAGE);
		oracle->dirty[first + i] = false;
	}
	ASSERT_EQ(0, dma_log_report(edu, MEMORY + first * PAGE, count * PAGE,
				    page_size, &bitmap));
	ASSERT_EQ(expected, bitmap) {
		TH_LOG("%u pages from page %u, in units of %llu", count, first,
		       page_size);
	}
}

TEST_F_TIMEOUT(log, oracle_and_report_agree, 240)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));
	struct edu *edu = &self->edu;
	RANGE ranges[64];
	int round, i;

	ASSERT_NE(NULL, oracle);
	TH_LOG("seed %d", SEED);
	srandom(SEED);
	make_pattern(edu->memory, EDU_MEMORY_SIZE, 1);
	memcpy(oracle->memory, edu->memory, EDU_MEMORY_SIZE);
	memcpy(oracle->buffer, self->pattern, EDU_BUFFER_SIZE);
	for (round = 0; round < 8; round++) {
		unsigned int count = make_ranges(oracle, ranges, 64);
		__u64 page_size = UNIT;

		ASSERT_EQ(0, dma_log_start(edu, ranges, count, &page_size));
		for (i = 0; i < 12; i++) {
			ASSERT_EQ(0, one_command(edu, oracle));
			if (random() % 2)
				check_report(_metadata, edu, oracle);
		}
		check_report(_metadata, edu, oracle);
		ASSERT_EQ(0, dma_log_stop(edu));
		memset(oracle->dirty, 0, sizeof(oracle->dirty));
	}
	EXPECT_EQ(0, memcmp(oracle->memory, edu->memory, EDU_MEMORY_SIZE));
	free(oracle);
}

/* ---- reports while it writes ---- */

struct reporter {
	struct edu *edu;
	bool stop;
	__u64 seen;
	unsigned int reports;
};

static void *report_on(void *arg)
{
	struct reporter *reporter = arg;

	while (!__atomic_load_n(&reporter->stop, __ATOMIC_ACQUIRE)) {
		reporter->seen |= report_all(reporter->edu);
		reporter->reports++;
	}
	return NULL;
}

TEST_F_TIMEOUT(log, nothing_is_lost_while_reports_are_made, 120)
{
	struct reporter reporter = { .edu = &self->edu };
	struct edu *edu = &self->edu;
	__u64 expected = 0;
	pthread_t thread;
	int i;

	ASSERT_EQ(0, start_all(edu));
	ASSERT_EQ(0, pthread_create(&thread, NULL, report_on, &reporter));
	for (i = 0; i < (int)PAGES; i += 2) {
		EXPECT_EQ(0, write_pages(edu, i * PAGE + i, 1 + i));
		expected |= 1ull << i;
	}
	__atomic_store_n(&reporter.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	reporter.seen |= report_all(edu);
	EXPECT_EQ(expected, reporter.seen);
	EXPECT_LT(0, reporter.reports);
	EXPECT_EQ(0, report_all(edu));
}

TEST_HARNESS_MAIN
