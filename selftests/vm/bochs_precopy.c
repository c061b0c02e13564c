// SPDX-License-Identifier: GPL-2.0
/*
 * Pre-copy of a display that is written all the time: through a mapping, by
 * write(), by another process and by another device's DMA.  The destination is
 * what the source was when it stopped, to the byte.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "displays.h"
#include "edu.h"

#define SEED		20261121
#define ROUNDS		15	/* or as $VFIO_MIG_ROUNDS says */
#define TIMEOUT		3600	/* it is the list of tests that says how long */
#define DMA_IOVA	0x800000
#define LONG_MS		60000

FIXTURE(precopy)
{
	struct bochs src;
	struct bochs dst;
	int from;
	int to;
};

static void set_dma_compare(bool on)
{
	int fd = open("/sys/module/bochs_vfio_pci/parameters/dma_compare",
		      O_WRONLY | O_CLOEXEC);

	if (write(fd, on ? "1" : "0", 1) != 1)
		abort();
	close(fd);
}

FIXTURE_SETUP(precopy)
{
	srandom(SEED);
	self->from = -1;
	self->to = -1;
	set_dma_compare(true);
	ASSERT_BOCHS(&self->src, displays_open(&self->src, &self->dst));
}

static void close_files(struct _test_data_precopy *self)
{
	if (self->from >= 0)
		close(self->from);
	if (self->to >= 0)
		close(self->to);
	self->from = -1;
	self->to = -1;
}

FIXTURE_TEARDOWN(precopy)
{
	close_files(self);
	bochs_close(&self->dst);
	bochs_close(&self->src);
	set_dma_compare(true);
}

static int begin(struct _test_data_precopy *self)
{
	int ret = display_set(&self->dst, VFIO_MIG_RESUMING, &self->to);

	return ret ? ret : display_set(&self->src, VFIO_MIG_PRE_COPY,
				       &self->from);
}

/* Stop the source, and move the rest: the destination is in STOP then. */
static int cut_over(struct _test_data_precopy *self, uint64_t *bytes)
{
	int ret = display_set(&self->src, VFIO_MIG_STOP_COPY, NULL);

	if (!ret)
		ret = display_pump(self->from, self->to, ANY_AMOUNT, bytes);
	return ret ? ret : display_set(&self->dst, VFIO_MIG_STOP, NULL);
}

static bool same(struct _test_data_precopy *self)
{
	return !memcmp(self->src.memory, self->dst.memory, self->src.size);
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
	struct vfio_precopy_info info;
	uint64_t bytes;

	display_fill(&self->src, 1);
	memset(self->src.memory + self->src.size / 2, 0, self->src.size / 2);
	ASSERT_EQ(0, begin(self));
	info = info_of(self->from);
	EXPECT_LT(self->src.size / 2, info.initial_bytes);
	EXPECT_GT(self->src.size / 2 * 1.01, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	EXPECT_FALSE(readable(self->from));
	info = info_of(self->from);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	/* Reading is no change, and makes none. */
	EXPECT_NE(0, memcmp(self->src.memory, self->dst.memory + PAGE,
			    self->src.size - PAGE));
	EXPECT_EQ(0, info_of(self->from).dirty_bytes);

	self->src.memory[7 * PAGE + 5]++;
	self->src.memory[9 * PAGE] ^= 0xff;
	info = info_of(self->from);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(2 * (PAGE + FRAME), info.dirty_bytes);
	EXPECT_TRUE(readable(self->from));
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	EXPECT_EQ(2 * (PAGE + FRAME), bytes);
	EXPECT_EQ(0, info_of(self->from).dirty_bytes);
	EXPECT_TRUE(same(self));
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

static bool is_asleep(struct waiter *waiter)
{
	char path[64], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat",
		 atomic_load(&waiter->tid));
	stat = fopen(path, "re");
	if (!stat)
		return false;
	if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(stat);
	return state == 'S';
}

TEST_F_TIMEOUT(precopy, write_wakes_who_waits_for_something_to_read, TIMEOUT)
{
	struct waiter waiter;
	uint8_t byte = 1;
	pthread_t thread;
	unsigned int i;
	uint64_t bytes;

	ASSERT_EQ(0, begin(self));
	waiter.data_fd = self->from;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(-ENOMSG, display_pump(self->from, self->to,
						ANY_AMOUNT, &bytes));
		atomic_store(&waiter.tid, -1);
		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_data,
					    &waiter));
		while (!is_asleep(&waiter))
			sched_yield();
		if (i)
			self->src.memory[i * PAGE] = 1;
		else
			ASSERT_EQ(0, vfiomig_write(self->src.dev, BOCHS_MEMORY,
						   i * PAGE, &byte, 1, NULL));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		EXPECT_TRUE(waiter.readable);
	}
}

TEST_F(precopy, page_that_is_written_as_it_was_is_not_sent_again)
{
	uint64_t bytes;

	display_fill(&self->src, 2);
	ASSERT_EQ(0, begin(self));
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	__atomic_fetch_add(&self->src.memory[PAGE], 0, __ATOMIC_SEQ_CST);
	EXPECT_LT(0, info_of(self->from).dirty_bytes);
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	EXPECT_EQ(0, bytes);
	EXPECT_EQ(0, info_of(self->from).dirty_bytes);
}

TEST_F(precopy, pages_that_become_empty_are_sent_as_zeros)
{
	uint64_t bytes;

	display_fill(&self->src, 3);
	ASSERT_EQ(0, begin(self));
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	memset(self->src.memory, 0, self->src.size / 2);
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	EXPECT_GT(1024, bytes);
	EXPECT_TRUE(same(self));
	ASSERT_EQ(0, cut_over(self, &bytes));
	EXPECT_TRUE(same(self));
}

/* ---- given up ---- */

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
	long pages = self->src.size / PAGE;
	unsigned int i;
	uint64_t bytes;

	EXPECT_GT(pages / 100, faults_of_a_pass(&self->src));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, begin(self));
		EXPECT_LE(pages, faults_of_a_pass(&self->src));
		EXPECT_GT(pages / 100, faults_of_a_pass(&self->src));
		EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to,
						ANY_AMOUNT, &bytes));
		EXPECT_LE(pages, faults_of_a_pass(&self->src));
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
		EXPECT_GT(pages / 100, faults_of_a_pass(&self->src));
		vfiomig_reset(self->dst.dev, NULL);
		close_files(self);
	}
}

TEST_F(precopy, pre_copy_given_up_and_begun_anew_loses_nothing)
{
	uint64_t bytes;
	unsigned int i;

	display_fill(&self->src, 4);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, begin(self));
		display_pump(self->from, self->to, random() % self->src.size,
			     &bytes);
		self->src.memory[random() % self->src.size]++;
		ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
		self->src.memory[random() % self->src.size]++;
		vfiomig_reset(self->dst.dev, NULL);
		close_files(self);
	}
	ASSERT_EQ(0, begin(self));
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	self->src.memory[random() % self->src.size]++;
	ASSERT_EQ(0, cut_over(self, &bytes));
	EXPECT_TRUE(same(self));
}

/* ---- DMA that nobody is told of ---- */

static int open_bare_edu(struct edu *edu)
{
	char bdf[64];
	int ret = edu_find(0, false, bdf, sizeof(bdf));

	return ret ? ret : edu_open_driver(edu, bdf, "vfio-pci");
}

/* The edu's own engine, through the IOMMU, into the display's memory. */
static int dma_into(struct edu *edu, struct bochs *bochs, size_t offset)
{
	uint32_t mark = 0x5eed0000 + offset / PAGE;

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
	return memcmp(bochs->memory + offset, &mark, sizeof(mark)) ? -EIO : 0;
}

static void move_with_dma(struct __test_metadata *_metadata,
			  struct _test_data_precopy *self, bool compare)
{
	struct bochs *src = &self->src;
	struct edu edu;
	uint64_t bytes;

	ASSERT_EQ(0, open_bare_edu(&edu));
	set_dma_compare(compare);
	display_fill(src, 5);
	ASSERT_EQ(0, vfiomig_dma_map(edu.dev, src->memory, DMA_IOVA, src->size,
				     VFIOMIG_DMA_READ | VFIOMIG_DMA_WRITE,
				     &edu.error));
	ASSERT_EQ(0, begin(self));
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	ASSERT_EQ(0, dma_into(&edu, src, 11 * PAGE + 8));
	/* Nobody has noticed. */
	EXPECT_EQ(0, info_of(self->from).dirty_bytes);
	ASSERT_EQ(0, cut_over(self, &bytes));
	EXPECT_EQ(compare, same(self));
	edu_close(&edu);
}

TEST_F(precopy, dma_is_found_by_comparing)
{
	move_with_dma(_metadata, self, true);
}

/* So the comparison is what finds it. */
TEST_F(precopy, dma_is_missed_without_comparing)
{
	move_with_dma(_metadata, self, false);
}

/* ---- written at random, and stopped at random ---- */

enum writer {
	BY_MAPPING,
	BY_WRITE,
	BY_PROCESS,
	WRITERS,
};

/**
 * struct race - what the writers and the test share
 * @start: A writer may begin another round.
 * @refused: Writers that the device has refused.
 * @quit: There are no more rounds.
 * @wrote: Writes of each that went through.
 */
struct race {
	sem_t start[WRITERS];
	sem_t refused;
	atomic_bool quit;
	atomic_ulong wrote[WRITERS];
};

struct task {
	struct race *race;
	enum writer writer;
	int fd;
	uint8_t *memory;
	size_t size;
};

static __thread sigjmp_buf refused;

static void on_sigbus(int number)
{
	siglongjmp(refused, 1);
}

/* A word somewhere, or a stretch over some pages; false if that is refused. */
static bool write_some(const struct task *task, unsigned int *seed)
{
	uint8_t bytes[3 * PAGE];
	size_t length = rand_r(seed) % 8 ? 8 : rand_r(seed) % sizeof(bytes) + 1;
	size_t offset = (rand_r(seed) * 0x8000ull + rand_r(seed)) %
			(task->size - length);

	memset(bytes, rand_r(seed) % 4 ? rand_r(seed) : 0, length);
	if (task->writer == BY_WRITE)
		return pwrite(task->fd, bytes, length, offset) > 0;
	memcpy(task->memory + offset, bytes, length);
	return true;
}

static void *write_rounds(void *arg)
{
	struct task *task = arg;
	struct race *race = task->race;
	unsigned int seed = SEED + task->writer;

	for (;;) {
		while (sem_wait(&race->start[task->writer]))
			;
		if (atomic_load(&race->quit))
			return NULL;
		if (!sigsetjmp(refused, 1)) {
			while (write_some(task, &seed)) {
				atomic_fetch_add(&race->wrote[task->writer], 1);
				/* The one processor is for the other side too. */
				usleep(50);
			}
		}
		sem_post(&race->refused);
	}
}

/* A process of its own, with a mapping of its own. */
static pid_t start_process(struct task *task)
{
	pid_t child = fork();
	void *memory;

	if (child)
		return child;
	/* If a round fails, it must not keep the device open for good. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memory = mmap(NULL, task->size, PROT_READ | PROT_WRITE, MAP_SHARED,
		      task->fd, 0);
	if (memory == MAP_FAILED)
		_exit(1);
	task->memory = memory;
	write_rounds(task);
	_exit(0);
}

static struct race *new_race(void)
{
	struct race *race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int i;

	if (race == MAP_FAILED)
		abort();
	for (i = 0; i < WRITERS; i++)
		sem_init(&race->start[i], 1, 0);
	sem_init(&race->refused, 1, 0);
	return race;
}

/*
 * The writers never stop by themselves: it is the device that refuses what
 * comes too late.
 */
static void run_round(struct __test_metadata *_metadata,
		      struct _test_data_precopy *self, struct race *race)
{
	uint64_t most = random() % (4 * self->src.size);
	uint64_t bytes;
	int i, ret;

	for (i = 0; i < WRITERS; i++)
		sem_post(&race->start[i]);
	ASSERT_EQ(0, begin(self));
	ret = display_pump(self->from, self->to, most, &bytes);
	ASSERT_TRUE(!ret || ret == -ENOMSG);
	ASSERT_EQ(0, cut_over(self, &bytes));
	for (i = 0; i < WRITERS; i++)
		while (sem_wait(&race->refused))
			;
	ASSERT_TRUE(same(self));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RUNNING, NULL));
	close_files(self);
}

static void *read_to_the_end(void *arg)
{
	struct _test_data_precopy *self = arg;
	struct pollfd pollfd = { .fd = self->from, .events = POLLIN };
	uint64_t bytes;
	intptr_t ret;

	do {
		poll(&pollfd, 1, -1);
		ret = display_pump(self->from, self->to, ANY_AMOUNT, &bytes);
	} while (ret == -ENOMSG);
	return (void *)ret;
}

/* The device is stopped while another thread reads, wherever that is. */
static void run_round_with_reader(struct __test_metadata *_metadata,
				  struct _test_data_precopy *self,
				  struct race *race)
{
	pthread_t reader;
	void *result;
	int i;

	for (i = 0; i < WRITERS; i++)
		sem_post(&race->start[i]);
	ASSERT_EQ(0, begin(self));
	ASSERT_EQ(0, pthread_create(&reader, NULL, read_to_the_end, self));
	usleep(random() % 30000);
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP_COPY, NULL));
	ASSERT_EQ(0, pthread_join(reader, &result));
	ASSERT_EQ(NULL, result);
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_STOP, NULL));
	for (i = 0; i < WRITERS; i++)
		while (sem_wait(&race->refused))
			;
	ASSERT_TRUE(same(self));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RUNNING, NULL));
	close_files(self);
}

static unsigned int rounds(void)
{
	const char *text = getenv("VFIO_MIG_ROUNDS");

	return text ? atoi(text) : ROUNDS;
}

typedef void (*round_fn)(struct __test_metadata *_metadata,
			 struct _test_data_precopy *self, struct race *race);

static void run_race(struct __test_metadata *_metadata,
		     struct _test_data_precopy *self, round_fn round)
{
	struct race *race = new_race();
	struct sigaction action = { .sa_handler = on_sigbus };
	struct task tasks[WRITERS];
	pthread_t threads[BY_PROCESS];
	unsigned int i;
	pid_t child;
	int status;

	sigaction(SIGBUS, &action, NULL);
	for (i = 0; i < WRITERS; i++)
		tasks[i] = (struct task) {
			.race = race,
			.writer = i,
			.fd = vfiomig_fd(self->src.dev),
			.memory = self->src.memory,
			.size = self->src.size,
		};
	child = start_process(&tasks[BY_PROCESS]);
	ASSERT_LT(0, child);
	for (i = 0; i < BY_PROCESS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, write_rounds,
					    &tasks[i]));
	for (i = 0; i < rounds(); i++)
		round(_metadata, self, race);
	atomic_store(&race->quit, true);
	for (i = 0; i < WRITERS; i++)
		sem_post(&race->start[i]);
	for (i = 0; i < BY_PROCESS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	for (i = 0; i < WRITERS; i++)
		EXPECT_LT(0, atomic_load(&race->wrote[i]));
	TH_LOG("%u rounds, %lu writes through the mapping, %lu by write(), %lu by another process",
	       rounds(), race->wrote[BY_MAPPING], race->wrote[BY_WRITE],
	       race->wrote[BY_PROCESS]);
}

TEST_F_TIMEOUT(precopy, destination_is_what_the_source_was_at_stop, TIMEOUT)
{
	run_race(_metadata, self, run_round);
}

/* Then it is the faults alone that tell what was written. */
TEST_F_TIMEOUT(precopy, faults_tell_all_that_is_written, TIMEOUT)
{
	set_dma_compare(false);
	run_race(_metadata, self, run_round);
}

TEST_F_TIMEOUT(precopy, reader_may_be_at_work_when_the_device_stops, TIMEOUT)
{
	run_race(_metadata, self, run_round_with_reader);
}

TEST_HARNESS_MAIN
