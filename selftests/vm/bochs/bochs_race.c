// SPDX-License-Identifier: GPL-2.0
/*
 * Pre-copy of a display that is written all the time: through a mapping, by
 * write() and by another process.  The destination is what the source was when
 * it stopped, to the byte, wherever that was.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "displays.h"
#include "setting.h"

#define SEED		20261121
#define ROUNDS		15	/* or as $VFIO_MIG_ROUNDS says */
#define TIMEOUT		3600	/* it is the list of tests that says how long */

FIXTURE(race)
{
	struct display_pair pair;
};

FIXTURE_SETUP(race)
{
	srandom(SEED);
	ASSERT_BOCHS(&self->pair.src, pair_open(&self->pair));
}

FIXTURE_TEARDOWN(race)
{
	pair_close(&self->pair);
}

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

static void let_writers_begin(struct race *race)
{
	int i;

	for (i = 0; i < WRITERS; i++)
		sem_post(&race->start[i]);
}

/* Both are in STOP, and no writer can write any more. */
static void end_round(struct __test_metadata *_metadata,
		      struct display_pair *pair, struct race *race)
{
	int i;

	for (i = 0; i < WRITERS; i++)
		while (sem_wait(&race->refused))
			;
	ASSERT_TRUE(pair_same(pair));
	ASSERT_EQ(0, display_set(&pair->src, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, display_set(&pair->dst, VFIO_MIG_RUNNING, NULL));
	pair_close_files(pair);
}

/*
 * The writers never stop by themselves: it is the device that refuses what
 * comes too late.
 */
static void run_round(struct __test_metadata *_metadata,
		      struct display_pair *pair, struct race *race)
{
	uint64_t most = random() % (4 * pair->src.size);
	uint64_t bytes;
	int ret;

	let_writers_begin(race);
	ASSERT_EQ(0, pair_begin(pair));
	ret = display_pump(pair->from, pair->to, most, &bytes);
	ASSERT_TRUE(!ret || ret == -ENOMSG);
	ASSERT_EQ(0, pair_cut_over(pair, &bytes));
	end_round(_metadata, pair, race);
}

static void *read_to_the_end(void *arg)
{
	struct display_pair *pair = arg;
	struct pollfd pollfd = { .fd = pair->from, .events = POLLIN };
	uint64_t bytes;
	intptr_t ret;

	do {
		poll(&pollfd, 1, -1);
		ret = display_pump(pair->from, pair->to, ANY_AMOUNT, &bytes);
	} while (ret == -ENOMSG);
	return (void *)ret;
}

/* The device is stopped while another thread reads, wherever that is. */
static void run_round_with_reader(struct __test_metadata *_metadata,
				  struct display_pair *pair,
				  struct race *race)
{
	pthread_t reader;
	void *result;

	let_writers_begin(race);
	ASSERT_EQ(0, pair_begin(pair));
	ASSERT_EQ(0, pthread_create(&reader, NULL, read_to_the_end, pair));
	usleep(random() % 30000);
	ASSERT_EQ(0, display_set(&pair->src, VFIO_MIG_STOP_COPY, NULL));
	ASSERT_EQ(0, pthread_join(reader, &result));
	ASSERT_EQ(NULL, result);
	ASSERT_EQ(0, display_set(&pair->dst, VFIO_MIG_STOP, NULL));
	end_round(_metadata, pair, race);
}

static unsigned long rounds(void)
{
	return setting("VFIO_MIG_ROUNDS", ROUNDS);
}

typedef void (*round_fn)(struct __test_metadata *_metadata,
			 struct display_pair *pair, struct race *race);

static void run_race(struct __test_metadata *_metadata,
		     struct display_pair *pair, round_fn round)
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
			.fd = vfiomig_fd(pair->src.dev),
			.memory = pair->src.memory,
			.size = pair->src.size,
		};
	child = start_process(&tasks[BY_PROCESS]);
	ASSERT_LT(0, child);
	for (i = 0; i < BY_PROCESS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, write_rounds,
					    &tasks[i]));
	for (i = 0; i < rounds(); i++)
		round(_metadata, pair, race);
	atomic_store(&race->quit, true);
	let_writers_begin(race);
	for (i = 0; i < BY_PROCESS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	for (i = 0; i < WRITERS; i++)
		EXPECT_LT(0, atomic_load(&race->wrote[i]));
	TH_LOG("%lu rounds, %lu writes through the mapping, %lu by write(), %lu by another process",
	       rounds(), race->wrote[BY_MAPPING], race->wrote[BY_WRITE],
	       race->wrote[BY_PROCESS]);
}

TEST_F_TIMEOUT(race, destination_is_what_the_source_was_at_stop, TIMEOUT)
{
	run_race(_metadata, &self->pair, run_round);
}

/* Then it is the faults alone that tell what was written. */
TEST_F_TIMEOUT(race, faults_tell_all_that_is_written, TIMEOUT)
{
	display_compare_dma(false);
	run_race(_metadata, &self->pair, run_round);
}

TEST_F_TIMEOUT(race, reader_may_be_at_work_when_the_device_stops, TIMEOUT)
{
	run_race(_metadata, &self->pair, run_round_with_reader);
}

TEST_HARNESS_MAIN
