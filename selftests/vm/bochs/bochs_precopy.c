// SPDX-License-Identifier: GPL-2.0
/*
 * Pre-copy of a display step by step: what is told of its progress, what is sent
 * of what was written, and what another device's DMA changes meanwhile.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <pthread.h>
#include <unistd.h>

#include "displays.h"
#include "edu.h"
#include "threads.h"

#define SEED		20261121
#define TIMEOUT		300
#define DMA_IOVA	0x800000
#define LONG_MS		60000

FIXTURE(precopy)
{
	struct display_pair pair;
};

FIXTURE_SETUP(precopy)
{
	srandom(SEED);
	ASSERT_BOCHS(&self->pair.src, pair_open(&self->pair));
}

FIXTURE_TEARDOWN(precopy)
{
	pair_close(&self->pair);
}

static struct vfio_precopy_info info_of(int data_fd)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };

	if (ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info))
		info.initial_bytes = ~0ull;
	return info;
}

static bool readable(int data_fd)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1 && pollfd.revents & POLLIN;
}

TEST_F(precopy, info_follows_what_is_written)
{
	struct display_pair *pair = &self->pair;
	struct vfio_precopy_info info;
	uint64_t bytes;

	display_fill(&pair->src, 1);
	memset(pair->src.memory + pair->src.size / 2, 0, pair->src.size / 2);
	ASSERT_EQ(0, pair_begin(pair));
	info = info_of(pair->from);
	EXPECT_LT(pair->src.size / 2, info.initial_bytes);
	EXPECT_GT(pair->src.size / 2 * 1.01, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_FALSE(readable(pair->from));
	info = info_of(pair->from);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	/* What is read may be written next, and waits; as it was not, none is sent. */
	EXPECT_NE(0, memcmp(pair->src.memory, pair->dst.memory + PAGE,
			    pair->src.size - PAGE));
	EXPECT_LT(0, info_of(pair->from).dirty_bytes);
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_EQ(0, bytes);
	EXPECT_EQ(0, info_of(pair->from).dirty_bytes);
	EXPECT_FALSE(readable(pair->from));

	pair->src.memory[7 * PAGE + 5]++;
	pair->src.memory[9 * PAGE] ^= 0xff;
	info = info_of(pair->from);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(2 * (PAGE + FRAME), info.dirty_bytes);
	EXPECT_TRUE(readable(pair->from));
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_EQ(2 * (PAGE + FRAME), bytes);
	EXPECT_EQ(0, info_of(pair->from).dirty_bytes);
	EXPECT_TRUE(pair_same(pair));
}

/* ---- waiting for something to read ---- */

struct waiter {
	int data_fd;
	atomic_int tid;
	bool readable;
};

static void *wait_for_data(void *arg)
{
	struct waiter *waiter = arg;
	struct pollfd pollfd = { .fd = waiter->data_fd, .events = POLLIN };

	atomic_store(&waiter->tid, gettid());
	waiter->readable = poll(&pollfd, 1, LONG_MS) == 1 &&
			   pollfd.revents & POLLIN;
	return NULL;
}

TEST_F_TIMEOUT(precopy, write_wakes_who_waits_for_something_to_read, TIMEOUT)
{
	struct display_pair *pair = &self->pair;
	struct waiter waiter;
	uint8_t byte = 1;
	pthread_t thread;
	unsigned int i;
	uint64_t bytes;

	ASSERT_EQ(0, pair_begin(pair));
	waiter.data_fd = pair->from;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(-ENOMSG, display_pump(pair->from, pair->to,
						ANY_AMOUNT, &bytes));
		atomic_store(&waiter.tid, -1);
		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_data,
					    &waiter));
		wait_for_thread(&waiter.tid, ASLEEP);
		if (i)
			pair->src.memory[i * PAGE] = 1;
		else
			ASSERT_EQ(0, vfiomig_write(pair->src.dev, BOCHS_MEMORY,
						   i * PAGE, &byte, 1, NULL));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_TRUE(waiter.readable);
	}
}

TEST_F(precopy, page_that_is_written_as_it_was_is_not_sent_again)
{
	struct display_pair *pair = &self->pair;
	uint64_t bytes;

	display_fill(&pair->src, 2);
	ASSERT_EQ(0, pair_begin(pair));
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	__atomic_fetch_add(&pair->src.memory[PAGE], 0, __ATOMIC_SEQ_CST);
	EXPECT_LT(0, info_of(pair->from).dirty_bytes);
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_EQ(0, bytes);
	EXPECT_EQ(0, info_of(pair->from).dirty_bytes);
}

TEST_F(precopy, pages_that_become_empty_are_sent_as_zeros)
{
	struct display_pair *pair = &self->pair;
	uint64_t bytes;

	display_fill(&pair->src, 3);
	ASSERT_EQ(0, pair_begin(pair));
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	memset(pair->src.memory, 0, pair->src.size / 2);
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_GT(1024, bytes);
	EXPECT_TRUE(pair_same(pair));
	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	EXPECT_TRUE(pair_same(pair));
}

/* ---- given up ---- */

/* But for those of a sanitizer, which looks into memory of its own each time. */
__attribute__((no_sanitize("address")))
static long faults_of_a_pass(struct bochs *bochs)
{
	struct rusage before, after;
	size_t i;

	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < bochs->size; i += PAGE)
		bochs->memory[i]++;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

TEST_F(precopy, mapping_is_at_full_speed_before_and_after)
{
	struct display_pair *pair = &self->pair;
	long pages = pair->src.size / PAGE;
	unsigned int i;
	uint64_t bytes;

	EXPECT_GT(pages / 100, faults_of_a_pass(&pair->src));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, pair_begin(pair));
		EXPECT_LE(pages, faults_of_a_pass(&pair->src));
		EXPECT_GT(pages / 100, faults_of_a_pass(&pair->src));
		EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to,
						ANY_AMOUNT, &bytes));
		EXPECT_LE(pages, faults_of_a_pass(&pair->src));
		ASSERT_EQ(0, display_set(&pair->src, VFIO_MIG_RUNNING, NULL));
		EXPECT_GT(pages / 100, faults_of_a_pass(&pair->src));
		vfiomig_reset(pair->dst.dev, NULL);
		pair_close_files(pair);
	}
}

TEST_F(precopy, pre_copy_given_up_and_begun_anew_loses_nothing)
{
	struct display_pair *pair = &self->pair;
	uint64_t bytes;
	unsigned int i;

	display_fill(&pair->src, 4);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, pair_begin(pair));
		display_pump(pair->from, pair->to, random() % pair->src.size,
			     &bytes);
		pair->src.memory[random() % pair->src.size]++;
		ASSERT_EQ(0, display_set(&pair->src, VFIO_MIG_RUNNING, NULL));
		pair->src.memory[random() % pair->src.size]++;
		vfiomig_reset(pair->dst.dev, NULL);
		pair_close_files(pair);
	}
	ASSERT_EQ(0, pair_begin(pair));
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	pair->src.memory[random() % pair->src.size]++;
	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	EXPECT_TRUE(pair_same(pair));
}

/* ---- DMA that nobody is told of ---- */

static int open_bare_edu(struct edu *edu)
{
	char bdf[64];
	int ret = edu_find(0, false, bdf, sizeof(bdf));

	return ret ? ret : edu_open_driver(edu, bdf, "vfio-pci");
}

/*
 * The edu's own engine, through the IOMMU, into the display's memory.  That it came
 * is seen by read(), of which no page is mapped.
 */
static int dma_into(struct edu *edu, struct bochs *bochs, size_t offset)
{
	uint32_t mark = 0x5eed0000 + offset / PAGE, seen = 0;

	memcpy(edu->memory, &mark, sizeof(mark));
	edu_start_dma(edu, false, 0, 0, sizeof(mark), 0);
	if (edu_wait_dma(edu))
		return -ETIMEDOUT;
	edu_set64(edu, EDU_DMA_SRC, EDU_BUFFER);
	edu_set64(edu, EDU_DMA_DST, DMA_IOVA + offset);
	edu_set64(edu, EDU_DMA_COUNT, sizeof(mark));
	edu_set64(edu, EDU_DMA_COMMAND, EDU_DMA_RUN | EDU_DMA_TO_MEMORY);
	if (edu_wait_dma(edu))
		return -ETIMEDOUT;
	vfiomig_read(bochs->dev, BOCHS_MEMORY, offset, &seen, sizeof(seen),
		     &bochs->error);
	return seen == mark ? 0 : -EIO;
}

static void move_with_dma(struct __test_metadata *_metadata,
			  struct display_pair *pair, bool compare)
{
	struct bochs *src = &pair->src;
	struct edu edu;
	uint64_t bytes;
	bool iommufd;
	int ret;

	ASSERT_EQ(0, open_bare_edu(&edu));
	iommufd = vfiomig_iommu(edu.dev) == VFIOMIG_IOMMU_IOMMUFD;
	ret = vfiomig_dma_map(edu.dev, src->memory, DMA_IOVA, src->size,
			      VFIOMIG_DMA_READ | VFIOMIG_DMA_WRITE, &edu.error);
	if (iommufd && ret == -EFAULT) {
		edu_close(&edu);
		SKIP(return, "this kernel's iommufd takes no device's memory");
	}
	ASSERT_EQ(0, ret);
	display_compare_dma(compare);
	display_fill(src, 5);
	ASSERT_EQ(0, pair_begin(pair));
	EXPECT_EQ(-ENOMSG, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	ASSERT_EQ(0, dma_into(&edu, src, 11 * PAGE + 8));
	/* Nobody has noticed. */
	EXPECT_EQ(0, info_of(pair->from).dirty_bytes);
	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	EXPECT_EQ(compare, pair_same(pair));
	edu_close(&edu);
}

TEST_F(precopy, dma_is_found_by_comparing)
{
	move_with_dma(_metadata, &self->pair, true);
}

/* So the comparison is what finds it. */
TEST_F(precopy, dma_is_missed_without_comparing)
{
	move_with_dma(_metadata, &self->pair, false);
}

TEST_HARNESS_MAIN
