// SPDX-License-Identifier: GPL-2.0
/*
 * The device's user decides when his memory answers, and it may be never.  Nobody
 * waits for that: not who closes, resets, unmaps or stops, and who waits for the
 * device's command can be killed.  When it answers after all, the command is done.
 *
 * Of each command the first half is in memory like any other.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "caller.h"
#include "edu_stream.h"
#include "edu_view.h"
#include "setting.h"
#include "slow_memory.h"

#define PAGE		4096
#define SLOW		(4 * PAGE)
#define PLACE		(SLOW - PAGE / 2)

/* So long nothing here takes; then the memory answers, and the test has failed. */
#define SECONDS		60

#define BUFFER_SEED	1
#define MEMORY_SEED	2
#define ANSWER_SEED	3

/**
 * struct scene - a device whose command waits for memory
 * @edu: The device.
 * @other: Another, with memory like any other.
 * @slow: The memory.
 * @to_memory: The command writes there.
 * @answer: What is in it when it answers.
 */
struct scene {
	struct edu edu;
	struct edu other;
	struct slow_memory slow;
	bool to_memory;
	uint8_t answer[PAGE];
};

/* Until the device waits for its memory. */
static int begin_command(struct edu *edu, struct slow_memory *slow,
			 bool to_memory)
{
	uint8_t bytes[EDU_BUFFER_SIZE];
	int ret;

	make_pattern(bytes, sizeof(bytes), BUFFER_SEED);
	ret = edu_fill_buffer(edu, bytes);
	make_pattern(edu->memory, EDU_MEMORY_SIZE, MEMORY_SEED);
	if (!ret)
		ret = slow_memory_begin(slow, edu->memory + SLOW, PAGE);
	if (ret)
		return ret;
	edu_start_dma(edu, to_memory, 0, PLACE, EDU_BUFFER_SIZE, EDU_DMA_IRQ);
	return slow_memory_asked(slow);
}

static int begin(struct scene *scene)
{
	return begin_command(&scene->edu, &scene->slow, scene->to_memory);
}

FIXTURE(slow)
{
	struct scene scene;
};

FIXTURE_VARIANT(slow)
{
	bool to_memory;
};

FIXTURE_VARIANT_ADD(slow, to_memory) { .to_memory = true };
FIXTURE_VARIANT_ADD(slow, from_memory) { .to_memory = false };

FIXTURE_SETUP(slow)
{
	struct scene *scene = &self->scene;

	scene->to_memory = variant->to_memory;
	scene->slow.uffd = -1;
	make_pattern(scene->answer, PAGE, ANSWER_SEED);
	ASSERT_EDU(&scene->edu, open_pair(&scene->edu, &scene->other));
}

FIXTURE_TEARDOWN(slow)
{
	struct edu *edu = &self->scene.edu;

	slow_memory_end(&self->scene.slow);
	edu_close(&self->scene.other);
	edu_close(edu);
	set_property(edu->bdf, "dma-pending", true);
}

static bool is_pending(struct edu *edu)
{
	return edu_get64(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN;
}

/* Has @edu done the command, and does its memory say so? */
static void expect_done(struct __test_metadata *_metadata, struct edu *edu,
			bool to_memory)
{
	uint8_t memory[EDU_BUFFER_SIZE], buffer[EDU_BUFFER_SIZE];

	ASSERT_EQ(0, edu_wait_dma(edu));
	memcpy(memory, edu->memory + PLACE, sizeof(memory));
	EXPECT_EQ(to_memory, has_pattern(memory, sizeof(memory), BUFFER_SEED));
	ASSERT_EQ(0, edu_dump_buffer(edu, buffer));
	EXPECT_EQ(0, memcmp(memory, buffer, sizeof(buffer)));
}

/* ---- what does not wait ---- */

struct call {
	struct scene *scene;
	int (*run)(struct scene *scene);
	int ret;
};

static void *call_main(void *arg)
{
	struct call *call = arg;

	call->ret = call->run(call->scene);
	return NULL;
}

/* What @run returns; -ETIMEDOUT if it waited for the memory. */
static int in_time(struct scene *scene, int (*run)(struct scene *scene))
{
	struct call call = { .scene = scene, .run = run };
	struct timespec until;
	pthread_t thread;

	if (pthread_create(&thread, NULL, call_main, &call))
		return -EAGAIN;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += SECONDS * patience();
	if (!pthread_timedjoin_np(thread, NULL, &until))
		return call.ret;
	slow_memory_answer(&scene->slow, NULL);
	pthread_join(thread, NULL);
	return -ETIMEDOUT;
}

static int close_edu(struct scene *scene)
{
	edu_close(&scene->edu);
	return 0;
}

TEST_F_TIMEOUT(slow, device_is_closed_and_opened_meanwhile, 300)
{
	struct scene *scene = &self->scene;
	char bdf[64];

	ASSERT_EQ(0, begin(scene));
	ASSERT_EQ(0, in_time(scene, close_edu));
	snprintf(bdf, sizeof(bdf), "%s", scene->edu.bdf);
	ASSERT_EDU(&scene->edu, edu_open(&scene->edu, bdf));
	EXPECT_TRUE(is_blank(&scene->edu));
	EXPECT_EQ(0, device_works(&scene->edu));
}

static int reset(struct scene *scene)
{
	return vfiomig_reset(scene->edu.dev, &scene->edu.error);
}

TEST_F_TIMEOUT(slow, reset_ends_the_command, 300)
{
	struct scene *scene = &self->scene;
	struct edu *edu = &scene->edu;

	ASSERT_EQ(0, begin(scene));
	ASSERT_EQ(0, in_time(scene, reset));
	EXPECT_TRUE(is_blank(edu));
	ASSERT_EQ(0, slow_memory_answer(&scene->slow, scene->answer));
	let_dma_pass(&scene->other);
	EXPECT_EQ(0, memcmp(edu->memory + SLOW, scene->answer, PAGE));
	EXPECT_TRUE(is_blank(edu));
	EXPECT_EQ(0, device_works(edu));
}

static int unmap(struct scene *scene)
{
	return vfiomig_dma_unmap(scene->edu.dev, EDU_MEMORY_IOVA,
				 EDU_MEMORY_SIZE, &scene->edu.error);
}

TEST_F_TIMEOUT(slow, memory_is_unmapped_and_the_command_completes, 300)
{
	ASSERT_EQ(0, begin(&self->scene));
	ASSERT_EQ(0, in_time(&self->scene, unmap));
	EXPECT_EQ(0, edu_wait_dma(&self->scene.edu));
}

TEST_F_TIMEOUT(slow, command_completes_without_bus_mastering, 300)
{
	struct edu *edu = &self->scene.edu;

	ASSERT_EQ(0, begin(&self->scene));
	ASSERT_EDU(edu, vfiomig_pci_command(edu->dev, 0, PCI_COMMAND_MASTER,
					    &edu->error));
	EXPECT_EQ(0, edu_wait_dma(edu));
}

static int stop(struct scene *scene)
{
	return set_state(&scene->edu, VFIO_MIG_STOP, NULL);
}

/* In STOP the memory does answer, and nothing comes of it. */
TEST_F_TIMEOUT(slow, stopped_device_has_its_command_to_do, 300)
{
	struct scene *scene = &self->scene;
	struct edu *edu = &scene->edu;

	ASSERT_EDU(edu, edu_enable_irq(edu, EDU_MSI));
	ASSERT_EQ(0, begin(scene));
	ASSERT_EQ(0, in_time(scene, stop));
	EXPECT_TRUE(is_pending(edu));
	ASSERT_EQ(0, slow_memory_answer(&scene->slow, scene->answer));
	let_dma_pass(&scene->other);
	EXPECT_TRUE(is_pending(edu));
	EXPECT_EQ(0, memcmp(edu->memory + SLOW, scene->answer, PAGE));
	EXPECT_EQ(0, edu_count_irq(edu));

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(1, count_irqs(edu, &scene->other, 1));
	expect_done(_metadata, edu, scene->to_memory);
}

static int move_away(struct scene *scene)
{
	return move_state(&scene->edu, &scene->other);
}

TEST_F_TIMEOUT(slow, command_is_done_where_the_device_was_moved, 300)
{
	struct scene *scene = &self->scene;

	make_pattern(scene->other.memory, EDU_MEMORY_SIZE, ANSWER_SEED);
	ASSERT_EQ(0, begin(scene));
	ASSERT_EQ(0, in_time(scene, move_away));
	expect_done(_metadata, &scene->other, scene->to_memory);
}

/* ---- what waits ---- */

TEST_F_TIMEOUT(slow, command_is_done_when_its_memory_answers, 300)
{
	struct scene *scene = &self->scene;
	struct edu *edu = &scene->edu;
	int i;

	ASSERT_EDU(edu, edu_enable_irq(edu, EDU_MSI));
	ASSERT_EQ(0, begin(scene));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, slow_memory_asked(&scene->slow));
	EXPECT_TRUE(is_pending(edu));
	EXPECT_EQ(0, edu_count_irq(edu));
	ASSERT_EQ(0, slow_memory_answer(&scene->slow, scene->answer));
	EXPECT_EQ(1, count_irqs(edu, &scene->other, 1));
	expect_done(_metadata, edu, scene->to_memory);
}

static int to_p2p(struct edu *edu)
{
	return set_state(edu, VFIO_MIG_RUNNING_P2P, NULL);
}

static int open_without_pending(struct edu *edu)
{
	edu_close(edu);
	return set_property(edu->bdf, "dma-pending", false) ?:
	       open_pair(edu, NULL);
}

static int look_at_property(struct scene *scene)
{
	char path[128], text[8] = "";
	int fd;

	device_file(path, sizeof(path), scene->edu.bdf, "vfio_mig/dma-pending");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strcmp(text, "0\n");
}

/*
 * A device that cannot be saved with a command to do ends that first.  Who is killed
 * while it waits has asked for nothing.
 */
TEST_F_TIMEOUT(slow, set_that_waits_for_it_can_be_killed, 300)
{
	struct scene *scene = &self->scene;
	struct edu *edu = &scene->edu;
	pid_t setter;

	ASSERT_EDU(edu, open_without_pending(edu));
	ASSERT_EQ(0, begin(scene));
	setter = caller_start(edu, to_p2p);
	ASSERT_LT(0, setter);
	EXPECT_EQ(0, in_time(scene, look_at_property));
	EXPECT_EQ(0, caller_kill(setter));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_TRUE(is_pending(edu));
	EXPECT_EQ(0, slow_memory_answer(&scene->slow, scene->answer));
	expect_done(_metadata, edu, scene->to_memory);
}

/* ---- a user who is gone ---- */

static void wait_as_user(const char *bdf, bool to_memory, bool memory_first,
			 int say)
{
	struct slow_memory slow = { .uffd = -1 };
	struct edu edu;

	if (memory_first)
		slow.uffd = slow_memory_open();
	if (!edu_open(&edu, bdf) && !begin_command(&edu, &slow, to_memory) &&
	    write(say, "", 1) == 1)
		pause();
	_exit(1);
}

/* Its files are closed in the one order or the other. */
static int kill_user(const char *bdf, bool to_memory, bool memory_first)
{
	int said[2], heard, status;
	pid_t pid;
	char byte;

	if (pipe(said))
		return -errno;
	pid = fork();
	if (!pid)
		wait_as_user(bdf, to_memory, memory_first, said[1]);
	close(said[1]);
	heard = pid < 0 ? -1 : read(said[0], &byte, 1);
	close(said[0]);
	if (heard != 1)
		return -ECHILD;
	kill(pid, SIGKILL);
	return waitpid(pid, &status, 0) == pid ? 0 : -errno;
}

TEST_F_TIMEOUT(slow, user_can_be_killed_and_the_next_one_opens, 300)
{
	struct scene *scene = &self->scene;
	struct edu *edu = &scene->edu;
	char bdf[64];
	int i;

	snprintf(bdf, sizeof(bdf), "%s", edu->bdf);
	for (i = 0; i < 4; i++) {
		edu_close(edu);
		ASSERT_EQ(0, kill_user(bdf, scene->to_memory, i % 2));
		ASSERT_EDU(edu, edu_open(edu, bdf));
		EXPECT_TRUE(is_blank(edu));
		EXPECT_EQ(0, device_works(edu));
	}
}

TEST_HARNESS_MAIN
