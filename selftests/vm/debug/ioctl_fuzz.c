// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzzer of the calls that a device takes, led by what the kernel says it has been
 * through (KCOV): programs of a few calls, of which those are kept, and changed
 * again, that went a way where none had gone in that state of the device.  What they
 * find the kernel has to say: that is looked for after each of them, and what was run
 * last is in the log.
 *
 * For SECONDS, or as $VFIO_MIG_SECONDS says, and from $VFIO_MIG_SEED on; or just the
 * program $VFIO_MIG_PROGRAM, again and again.  Of an edu, or of a display in a VM that
 * has no edu.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ioctl_fuzz.h"
#include "kcov.h"
#include "setting.h"

#define SECONDS		20
#define TIMEOUT		3600	/* it is the list of tests that says how long */
#define CORPUS		4096
#define LAST		4

/* Without a program in that time something is stuck, and the kernel has said so. */
#define STUCK_MS	300000

/* Of the kernel's levels that of an error, and where a line says it. */
#define LEVEL_MASK	7
#define LEVEL_ERROR	3

/* Of which a run has to see more, or nothing was fuzzed. */
#define FEW_STEPS	500

/**
 * struct record - what is left of a fuzzer that does not end as it should
 * @programs: How many it has begun.
 * @kept: How many of them it has kept.
 * @steps: In how many steps they have gone through the code.
 * @last: The last that it has begun, in turn.
 * @calls: How many it has made, by kind.
 * @worked: How many of those have worked.
 * @end: What made it end before its time, or NULL.
 */
struct record {
	atomic_uint programs;
	unsigned int kept;
	unsigned int steps;
	struct fuzz_program last[LAST];
	unsigned int calls[FUZZ_KINDS];
	unsigned int worked[FUZZ_KINDS];
	const char *end;
};

/**
 * struct kept - a program that went a way where none had gone
 * @program: As much of it as it took.
 * @ns: How long all of it took.
 */
struct kept {
	struct fuzz_program program;
	uint64_t ns;
};

/**
 * struct fuzzer - what makes programs, and runs them
 * @kmsg: What the kernel says from now on.
 * @corpus: Programs that were kept.
 * @only: The one to run, or NULL.
 */
struct fuzzer {
	struct fuzz_device device;
	struct record *record;
	struct kcov kcov;
	int kmsg;
	unsigned int seed;
	struct kept corpus[CORPUS];
	const struct fuzz_program *only;
};

/* ---- the fuzzer, in a process of its own ---- */

/* Of two that which takes less time: some wait for a DMA, and others never do. */
static const struct fuzz_program *any_kept(struct fuzzer *fuzzer)
{
	unsigned int kept = fuzzer->record->kept;
	const struct kept *one = &fuzzer->corpus[rand_r(&fuzzer->seed) % kept];
	const struct kept *two = &fuzzer->corpus[rand_r(&fuzzer->seed) % kept];

	return one->ns < two->ns ? &one->program : &two->program;
}

static void next_program(struct fuzzer *fuzzer, struct fuzz_program *program)
{
	if (fuzzer->only) {
		*program = *fuzzer->only;
	} else if (fuzzer->record->kept && rand_r(&fuzzer->seed) % 2) {
		*program = *any_kept(fuzzer);
		fuzz_change(program, any_kept(fuzzer), &fuzzer->seed);
	} else {
		fuzz_make(program, &fuzzer->seed);
	}
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* How many of its calls it takes to what no other has come to; 0: it came nowhere. */
static unsigned int run(struct fuzzer *fuzzer, const struct fuzz_program *program)
{
	struct record *record = fuzzer->record;
	unsigned int i, situation, useful = 0;

	kcov_forget(&fuzzer->kcov);
	for (i = 0; i < program->count; i++) {
		const struct fuzz_call *call = &program->call[i];

		situation = fuzzer->device.state * 2 + fuzzer->device.logs;
		record->calls[call->kind]++;
		record->worked[call->kind] +=
			fuzz_kinds[call->kind].call(&fuzzer->device, call->arg);
		if (kcov_new_steps(&fuzzer->kcov, situation))
			useful = i + 1;
	}
	record->steps = fuzzer->kcov.steps;
	return useful;
}

static void run_and_keep(struct fuzzer *fuzzer, const struct fuzz_program *program)
{
	struct kept *kept = &fuzzer->corpus[fuzzer->record->kept];
	uint64_t begin = now();
	unsigned int useful = run(fuzzer, program);

	if (!useful || fuzzer->record->kept == CORPUS)
		return;
	kept->program = *program;
	kept->program.count = useful;
	kept->ns = now() - begin;
	fuzzer->record->kept++;
}

/* An error, or what is worse, or one of those that are printed as a warning. */
static bool is_complaint(const char *line)
{
	return (atoi(line) & LEVEL_MASK) <= LEVEL_ERROR ||
	       strstr(line, "WARNING: ");
}

/* Since the last time; with EPIPE that was more than there is room for. */
static bool kernel_complains(struct fuzzer *fuzzer)
{
	bool complains = false;
	char line[8192];
	ssize_t done;

	while ((done = read(fuzzer->kmsg, line, sizeof(line) - 1)) > 0) {
		line[done] = '\0';
		complains |= is_complaint(line);
	}
	return complains || (done < 0 && errno == EPIPE);
}

static const char *run_until(struct fuzzer *fuzzer, time_t end)
{
	struct record *record = fuzzer->record;

	while (time(NULL) < end) {
		unsigned int nth = atomic_fetch_add(&record->programs, 1);
		struct fuzz_program *program = &record->last[nth % LAST];

		next_program(fuzzer, program);
		run_and_keep(fuzzer, program);
		if (fuzz_renew(&fuzzer->device))
			return "the device does not come back by a reset";
		if (kernel_complains(fuzzer))
			return "the kernel complains";
	}
	return NULL;
}

static void fuzz(struct fuzzer *fuzzer)
{
	time_t end = time(NULL) + setting("VFIO_MIG_SECONDS", SECONDS);
	struct record *record = fuzzer->record;
	int fds;

	if (kcov_open(&fuzzer->kcov)) {
		record->end = "KCOV cannot be switched on";
		return;
	}
	fds = count_fds();
	record->end = run_until(fuzzer, end);
	if (!record->end && count_fds() != fds)
		record->end = "file descriptors were left open";
}

/* ---- who watches it ---- */

FIXTURE(fuzz)
{
	struct fuzzer *fuzzer;
	struct fuzz_program only;
	bool lost;
};

FIXTURE_SETUP(fuzz)
{
	struct fuzzer *fuzzer = calloc(1, sizeof(*fuzzer));
	const char *program = getenv("VFIO_MIG_PROGRAM");

	self->fuzzer = fuzzer;
	fuzzer->seed = setting("VFIO_MIG_SEED", getpid());
	fuzzer->record = mmap(NULL, sizeof(*fuzzer->record),
			      PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, fuzzer->record);
	ASSERT_GE(FUZZ_KINDS, fuzz_nr_kinds);
	if (program) {
		ASSERT_EQ(0, fuzz_read(&self->only, program)) {
			TH_LOG("no program: %s", program);
		}
		fuzzer->only = &self->only;
	}
	ASSERT_EDU(&fuzzer->device.edu, fuzz_open(&fuzzer->device));
	fuzzer->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, fuzzer->kmsg);
	lseek(fuzzer->kmsg, 0, SEEK_END);
}

/* Who closes a device last that has been lost would be lost with it. */
static void keep_open(void)
{
	if (fork())
		return;
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (;;)
		pause();
}

FIXTURE_TEARDOWN(fuzz)
{
	if (self->lost)
		keep_open();
	else
		fuzz_close(&self->fuzzer->device);
}

/* Has it ended, or at least gone on? */
static bool goes_on(struct record *record, int pidfd, bool *ended)
{
	struct pollfd pollfd = { .fd = pidfd, .events = POLLIN };
	unsigned int before = atomic_load(&record->programs);

	*ended = poll(&pollfd, 1, STUCK_MS) > 0;
	return *ended || atomic_load(&record->programs) != before;
}

static void report(struct __test_metadata *_metadata, const struct fuzzer *fuzzer)
{
	const struct record *record = fuzzer->record;
	unsigned int i;

	for (i = 0; i < fuzz_nr_kinds; i++)
		TH_LOG("%-12s %7u, of which %7u worked", fuzz_kinds[i].name,
		       record->calls[i], record->worked[i]);
	TH_LOG("%u programs, %u of them with something new, %u steps",
	       record->programs, record->kept, record->steps);
}

/* The last is the first to suspect, unless something else did the work. */
static void show_last(struct __test_metadata *_metadata,
		      const struct record *record)
{
	unsigned int first = record->programs < LAST ? 0 : record->programs - LAST;
	char text[FUZZ_TEXT];
	unsigned int i;

	TH_LOG("program %u was the last; it, and those before:",
	       record->programs);
	for (i = record->programs; i > first; i--) {
		fuzz_write(&record->last[(i - 1) % LAST], text);
		TH_LOG("VFIO_MIG_PROGRAM='%s'", text);
	}
}

TEST_F_TIMEOUT(fuzz, kernel_has_nothing_to_say, TIMEOUT)
{
	struct record *record = self->fuzzer->record;
	bool ended = false;
	int status = 0;
	pid_t pid;
	int pidfd;

	TH_LOG("VFIO_MIG_SEED=%u", self->fuzzer->seed);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fuzz(self->fuzzer);
		_exit(0);
	}
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	ASSERT_LE(0, pidfd);
	while (!ended && !self->lost)
		self->lost = !goes_on(record, pidfd, &ended);
	EXPECT_FALSE(self->lost);
	if (ended)
		waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	self->lost |= status;
	EXPECT_EQ(NULL, record->end) { TH_LOG("%s", record->end); }
	report(_metadata, self->fuzzer);
	EXPECT_TRUE(self->fuzzer->only || record->steps > FEW_STEPS);
	if (self->lost || record->end)
		show_last(_metadata, record);
	else if (!self->fuzzer->device.display)
		EXPECT_EQ(0, device_works(&self->fuzzer->device.edu));
	close(pidfd);
}

int main(int argc, char **argv)
{
	if (kcov_is_there())
		return test_harness_run(argc, argv);
	printf("# this kernel has no KCOV\n");
	return KSFT_SKIP;
}
