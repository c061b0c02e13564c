// SPDX-License-Identifier: GPL-2.0
/*
 * A display's memory by a mapping that its user reads before it writes, protects,
 * moves or splits: nothing that is written that way is lost, and nothing is written
 * while the device stands still.  What was written is told by the faults alone.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "displays.h"

#define DMA_IOVA	0x800000
#define ROUNDS		100
#define TIMEOUT		300

/*
 * No read or write but those that are meant, and each of its own: what a sanitizer
 * looks at makes faults too.
 */
#define BARE		__attribute__((no_sanitize("address")))

FIXTURE(mapping)
{
	struct display_pair pair;
	size_t size;
	uint8_t *own;
	uint8_t *room;
};

FIXTURE_SETUP(mapping)
{
	struct display_pair *pair = &self->pair;

	self->own = MAP_FAILED;
	ASSERT_BOCHS(&pair->src, pair_open(pair));
	display_compare_dma(false);
	self->size = pair->src.size;
	/* Where a mapping is moved to. */
	self->room = mmap(NULL, self->size, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->room);
	display_fill(&pair->src, 1);
}

FIXTURE_TEARDOWN(mapping)
{
	if (self->own != MAP_FAILED)
		munmap(self->own, self->size);
	munmap(self->room, self->size);
	pair_close(&self->pair);
}

/* ---- */

static uint8_t *map_own(struct bochs *bochs, int prot)
{
	struct vfio_region_info info;

	if (vfiomig_region_info(bochs->dev, BOCHS_MEMORY, &info, NULL))
		return MAP_FAILED;
	return mmap(NULL, info.size, prot, MAP_SHARED, vfiomig_fd(bochs->dev),
		    info.offset);
}

BARE static uint8_t get(const uint8_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static __thread sigjmp_buf refused;

static void on_sigbus(int number)
{
	siglongjmp(refused, 1);
}

/* By this process, which has what is mapped; a child would have to map it anew. */
BARE static bool put(uint8_t *at, uint8_t value)
{
	struct sigaction action = { .sa_handler = on_sigbus };

	sigaction(SIGBUS, &action, NULL);
	if (sigsetjmp(refused, 1))
		return false;
	__atomic_store_n(at, value, __ATOMIC_RELAXED);
	return true;
}

static bool put_other(uint8_t *at)
{
	return put(at, ~get(at));
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt;
}

static uint64_t dirty_bytes(const struct display_pair *pair)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };

	if (ioctl(pair->from, VFIO_MIG_GET_PRECOPY_INFO, &info))
		return ~0ull;
	return info.initial_bytes + info.dirty_bytes;
}

/* All that waits; returns how much that was, or ~0. */
static uint64_t send_all(struct display_pair *pair)
{
	uint64_t bytes;

	return display_pump(pair->from, pair->to, ANY_AMOUNT, &bytes) ==
	       -ENOMSG ? bytes : ~0ull;
}

static void begin(struct __test_metadata *_metadata, struct display_pair *pair)
{
	ASSERT_EQ(0, pair_begin(pair));
	ASSERT_LT(pair->src.size, send_all(pair));
	ASSERT_EQ(0, dirty_bytes(pair));
}

static void nothing_is_lost(struct __test_metadata *_metadata,
			    struct display_pair *pair)
{
	uint64_t bytes;

	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	EXPECT_TRUE(pair_same(pair));
}

/* ---- while it is tracked ---- */

/* The first page is to have all that is run here in memory. */
TEST_F(mapping, page_that_was_read_is_written_without_a_fault)
{
	struct display_pair *pair = &self->pair;
	long before, after;
	unsigned int i;

	begin(_metadata, pair);
	for (i = 0; i < 2; i++) {
		uint8_t *at = pair->src.memory + i * PAGE;
		uint8_t other = ~get(at);

		before = faults();
		EXPECT_TRUE(put(at, other));
		after = faults();
	}
	EXPECT_EQ(before, after);
	EXPECT_EQ(2 * PAGE, send_all(pair) / PAGE * PAGE);
	nothing_is_lost(_metadata, pair);
}

TEST_F(mapping, page_that_is_read_is_not_sent_until_it_is_written)
{
	struct display_pair *pair = &self->pair;
	size_t i;

	begin(_metadata, pair);
	for (i = 0; i < self->size; i += PAGE)
		get(pair->src.memory + i);
	EXPECT_LE(self->size, dirty_bytes(pair));
	EXPECT_EQ(0, send_all(pair));
	EXPECT_EQ(0, dirty_bytes(pair));
	get(pair->src.memory);
	EXPECT_TRUE(put_other(pair->src.memory));
	EXPECT_EQ(PAGE + FRAME, send_all(pair));
	nothing_is_lost(_metadata, pair);
}

/*
 * What KVM finds in the page tables can be seen so as well: VFIO takes a page that
 * it finds mapped to be read for one that cannot be written.
 */
TEST_F(mapping, memory_that_was_read_can_be_mapped_for_dma)
{
	struct bochs *src = &self->pair.src;
	int ret;

	begin(_metadata, &self->pair);
	get(src->memory + 5 * PAGE);
	ret = vfiomig_dma_map(src->dev, src->memory, DMA_IOVA, src->size,
			      VFIOMIG_DMA_READ | VFIOMIG_DMA_WRITE,
			      &src->error);
	if (ret == -EFAULT &&
	    vfiomig_iommu(src->dev) == VFIOMIG_IOMMU_IOMMUFD)
		SKIP(return, "this kernel's iommufd takes no device's memory");
	EXPECT_EQ(0, ret);
	EXPECT_EQ(0, vfiomig_dma_unmap(src->dev, DMA_IOVA, src->size,
				       &src->error));
}

/* What can only be read tells nothing; when it can be written, it is mapped anew. */
TEST_F(mapping, mapping_that_becomes_writable_is_tracked)
{
	struct display_pair *pair = &self->pair;
	long before, after;
	uint8_t other, *at;
	unsigned int i;

	self->own = map_own(&pair->src, PROT_READ);
	ASSERT_NE(MAP_FAILED, self->own);
	begin(_metadata, pair);
	for (i = 0; i < 2; i++) {
		at = self->own + i * PAGE;
		get(at);
		EXPECT_EQ(i * (PAGE + FRAME), dirty_bytes(pair));
		ASSERT_EQ(0, mprotect(at, PAGE, PROT_READ | PROT_WRITE));
		other = ~get(at);
		before = faults();
		EXPECT_TRUE(put(at, other));
		after = faults();
	}
	EXPECT_EQ(before, after);
	EXPECT_EQ(2 * PAGE, send_all(pair) / PAGE * PAGE);
	nothing_is_lost(_metadata, pair);
}

/* A page that was not written is mapped as before, if it is not next to one that was. */
TEST_F(mapping, round_leaves_other_pages_mapped)
{
	struct display_pair *pair = &self->pair;
	size_t far = self->size - PAGE;
	long before, after;
	unsigned int i;

	self->own = map_own(&pair->src, PROT_READ);
	ASSERT_NE(MAP_FAILED, self->own);
	begin(_metadata, pair);
	for (i = 0; i < 2; i++) {
		get(self->own);
		get(self->own + far);
		EXPECT_TRUE(put_other(pair->src.memory));
		EXPECT_EQ(PAGE + FRAME, send_all(pair));
		before = faults();
		get(self->own + far);
		after = faults();
	}
	EXPECT_EQ(before, after);
	before = faults();
	get(self->own);
	EXPECT_LT(before, faults());
}

/* ---- a mapping that is moved or split, with pages that are mapped ---- */

/* All of it, or the second half; the page at @at is where it was in the memory. */
static uint8_t *move(struct _test_data_mapping *self, bool all, size_t at)
{
	size_t first = all ? 0 : self->size / 2;
	uint8_t *moved;

	moved = mremap(self->own + first, self->size - first,
		       self->size - first, MREMAP_MAYMOVE | MREMAP_FIXED,
		       self->room + first);
	if (moved == MAP_FAILED)
		return NULL;
	if (all)
		self->own = MAP_FAILED;
	return self->room + at;
}

static void is_still(struct __test_metadata *_metadata, uint8_t *at)
{
	uint8_t before = get(at);

	EXPECT_FALSE(put(at, ~before));
	EXPECT_EQ(before, get(at));
	EXPECT_FALSE(put(at, ~before));
}

TEST_F(mapping, memory_that_was_moved_stands_still_too)
{
	struct bochs *src = &self->pair.src;
	size_t at = self->size - 3 * PAGE;
	unsigned int i;
	uint8_t *moved;

	for (i = 0; i < 4; i++) {
		bool all = i & 1, stopped = i & 2;

		self->own = map_own(src, PROT_READ | PROT_WRITE);
		ASSERT_NE(MAP_FAILED, self->own);
		EXPECT_TRUE(put(self->own + at, i));
		if (stopped) {
			ASSERT_EQ(0, display_set(src, VFIO_MIG_STOP, NULL));
			get(self->own + at);
		}
		moved = move(self, all, at);
		ASSERT_NE(NULL, moved);
		if (!stopped)
			ASSERT_EQ(0, display_set(src, VFIO_MIG_STOP, NULL));
		is_still(_metadata, moved);
		ASSERT_EQ(0, display_set(src, VFIO_MIG_RUNNING, NULL));
		EXPECT_TRUE(put(moved, 0x77));
		EXPECT_EQ(0x77, src->memory[at]);
		ASSERT_EQ(0, display_set(src, VFIO_MIG_STOP, NULL));
		is_still(_metadata, moved);
		ASSERT_EQ(0, display_set(src, VFIO_MIG_RUNNING, NULL));
		if (!all)
			munmap(self->own, self->size / 2);
		self->own = MAP_FAILED;
	}
}

/* However far apart they are, and in whichever round they were written. */
TEST_F(mapping, pages_of_all_rounds_stand_still)
{
	struct display_pair *pair = &self->pair;
	size_t at[] = { 0, 2 * PAGE, self->size - PAGE };
	unsigned int i;

	begin(_metadata, pair);
	EXPECT_TRUE(put_other(pair->src.memory + at[0]));
	EXPECT_EQ(PAGE + FRAME, send_all(pair));
	for (i = 1; i < 3; i++)
		EXPECT_TRUE(put_other(pair->src.memory + at[i]));
	nothing_is_lost(_metadata, pair);
	for (i = 0; i < 3; i++)
		is_still(_metadata, pair->src.memory + at[i]);
}

TEST_F(mapping, memory_that_was_moved_is_tracked)
{
	struct display_pair *pair = &self->pair;
	size_t at = self->size - 5 * PAGE;
	uint8_t *moved;

	self->own = map_own(&pair->src, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, self->own);
	begin(_metadata, pair);
	EXPECT_TRUE(put_other(self->own + at));
	moved = move(self, false, at);
	ASSERT_NE(NULL, moved);
	EXPECT_EQ(PAGE + FRAME, send_all(pair));
	EXPECT_TRUE(put_other(moved));
	EXPECT_EQ(PAGE + FRAME, send_all(pair));
	EXPECT_TRUE(put_other(moved));
	nothing_is_lost(_metadata, pair);
	is_still(_metadata, moved);
}

TEST_F(mapping, memory_that_was_split_stands_still_too)
{
	struct bochs *src = &self->pair.src;
	unsigned int i;

	self->own = map_own(src, PROT_READ | PROT_WRITE);
	ASSERT_NE(MAP_FAILED, self->own);
	for (i = 0; i < 9; i++)
		EXPECT_TRUE(put(self->own + i * PAGE, i));
	ASSERT_EQ(0, munmap(self->own + 2 * PAGE, PAGE));
	ASSERT_EQ(0, mprotect(self->own + 5 * PAGE, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(self->own + 5 * PAGE, PAGE,
			      PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, display_set(src, VFIO_MIG_STOP, NULL));
	for (i = 0; i < 9; i++)
		if (i != 2)
			is_still(_metadata, self->own + i * PAGE);
	ASSERT_EQ(0, display_set(src, VFIO_MIG_RUNNING, NULL));
}

/* ---- writes in the middle of a round ---- */

#define WRITERS	3
#define PAGES	16	/* of each, next to those of the others */
#define SOME	(4 * PAGE)

struct writer {
	pthread_t thread;
	uint8_t *memory;
	unsigned int nth;
	atomic_ulong writes;
};

/* Reads each page, and then writes it; until the device refuses that. */
static void *write_on(void *ctx)
{
	struct writer *writer = ctx;
	unsigned int i;
	uint8_t *at;

	for (i = 0;; i++) {
		at = writer->memory +
		     (i % PAGES * WRITERS + writer->nth) * PAGE;
		if (!put(at, get(at) + 1))
			return NULL;
		atomic_fetch_add(&writer->writes, 1);
	}
}

struct toucher {
	pthread_t thread;
	uint8_t *memory;
	unsigned int pages;
	atomic_bool quit;
	atomic_ulong touches;
};

/* Reads each of them. */
static void *touch_on(void *ctx)
{
	struct toucher *toucher = ctx;
	unsigned int i;

	for (i = 0; !atomic_load(&toucher->quit); i++) {
		get(toucher->memory + i % toucher->pages * PAGE);
		atomic_fetch_add(&toucher->touches, 1);
	}
	return NULL;
}

static int toucher_start(struct toucher *toucher)
{
	int ret = pthread_create(&toucher->thread, NULL, touch_on, toucher);

	while (!ret && !atomic_load(&toucher->touches))
		usleep(100);
	return -ret;
}

static void toucher_end(struct toucher *toucher)
{
	atomic_store(&toucher->quit, true);
	pthread_join(toucher->thread, NULL);
}

/*
 * All of it would never end: there is always something new.  That others read the same
 * pages has them mapped again, at once, when they were taken away.
 */
TEST_F_TIMEOUT(mapping, write_in_the_middle_of_a_round_is_not_lost, TIMEOUT)
{
	struct display_pair *pair = &self->pair;
	struct toucher toucher = {
		.memory = pair->src.memory,
		.pages = WRITERS * PAGES,
	};
	struct writer writers[WRITERS] = {};
	uint64_t bytes, all = 0;
	unsigned long before;
	unsigned int i;
	int ret;

	begin(_metadata, pair);
	ASSERT_EQ(0, toucher_start(&toucher));
	for (i = 0; i < WRITERS; i++) {
		writers[i].memory = pair->src.memory;
		writers[i].nth = i;
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL, write_on,
					    &writers[i]));
	}
	for (i = 0; i < ROUNDS; i++) {
		before = atomic_load(&writers[i % WRITERS].writes);
		while (atomic_load(&writers[i % WRITERS].writes) == before)
			usleep(100);
		ret = display_pump(pair->from, pair->to, SOME, &bytes);
		ASSERT_TRUE(!ret || ret == -ENOMSG);
		all += bytes;
	}
	EXPECT_LE(ROUNDS / 2 * PAGE, all);
	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	for (i = 0; i < WRITERS; i++)
		ASSERT_EQ(0, pthread_join(writers[i].thread, NULL));
	toucher_end(&toucher);
	EXPECT_TRUE(pair_same(pair));
}

/* There is always a page to be looked at, and never one to be sent. */
TEST_F_TIMEOUT(mapping, reader_comes_back_from_memory_that_is_read, TIMEOUT)
{
	struct toucher toucher = { .memory = self->pair.src.memory, .pages = 2 };
	unsigned int i;

	begin(_metadata, &self->pair);
	ASSERT_EQ(0, toucher_start(&toucher));
	for (i = 0; i < ROUNDS; i++)
		EXPECT_EQ(0, send_all(&self->pair));
	toucher_end(&toucher);
}

TEST_HARNESS_MAIN
