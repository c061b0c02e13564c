// SPDX-License-Identifier: GPL-2.0
/*
 * The demo: a device at work is moved to another, and what it was doing goes
 * on there.  This program plays the VMM and its guest at once.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "edu.h"

/* Computes for seconds, so surely while the device is moved. */
#define ARGUMENT	3000000000u

static int failures;

/* ---- words ---- */

static void headline(const char *text)
{
	printf("\n%s\n", text);
	fflush(stdout);
}

static void line(const char *what, const char *text)
{
	printf("  %-13s%s\n", what, text);
	fflush(stdout);
}

/* A claim, and whether it held. */
static void claim(const char *what, int held, const char *text)
{
	printf("  %-13s%-54s%s\n", what, text, held ? "yes" : "NO");
	fflush(stdout);
	failures += !held;
}

static void die(const struct edu *edu, const char *what)
{
	fprintf(stderr, "demo: %s: %s: %s\n", edu->bdf, what,
		edu->error.text);
	exit(1);
}

/* ---- the parts of the work ---- */

static void make_pattern(uint8_t *bytes, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < EDU_BUFFER_SIZE; i++) {
		seed = seed * 1103515245u + 12345;
		bytes[i] = seed >> 16;
	}
}

static void find_both(char bdf[2][64])
{
	if (edu_find(0, false, bdf[0], 64) || edu_find(1, false, bdf[1], 64)) {
		fputs("demo: this machine does not have two edu devices\n",
		      stderr);
		exit(1);
	}
	line("source", bdf[0]);
	line("destination", bdf[1]);
}

static void open_one(struct edu *edu, const char *bdf)
{
	if (edu_open(edu, bdf) || edu_enable_irq(edu, EDU_MSI))
		die(edu, "cannot be opened");
}

static void show_arcs(const char *bdf)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "vfio-mig dev bind %s && vfio-mig arcs show %s", bdf, bdf);
	fflush(stdout);
	if (system(command))
		failures++;
}

static void start_work(struct edu *edu, const uint8_t *pattern)
{
	char text[64];

	edu_set(edu, EDU_LIVENESS, 0xcafef00d);
	if (edu_fill_buffer(edu, pattern))
		die(edu, "its buffer cannot be filled");
	edu_set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	edu_set(edu, EDU_FACTORIAL, ARGUMENT);
	memset(edu->memory, 0, EDU_BUFFER_SIZE);
	edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, EDU_DMA_IRQ);

	line("buffer", "4096 bytes of a pattern");
	snprintf(text, sizeof(text), "%u! modulo 2^32 is being computed",
		 ARGUMENT);
	line("factorial", text);
	line("DMA", "4096 bytes from the buffer to memory are pending");
	line("interrupts", "one is due from each of the two, by MSI");
}

/* ---- the move ---- */

static void print_step(const struct vfiomig_step *step, void *unused)
{
	(void)unused;
	printf("  %-14s%-12s -> %-12s %10.3f ms\n", step->device,
	       vfio_mig_state_name(step->from), vfio_mig_state_name(step->to),
	       step->ns / 1e6);
	fflush(stdout);
}

/* To a stand-still and back, which a guest does not notice. */
static void stop_and_go(struct edu *edu)
{
	const __u32 states[] = { VFIO_MIG_STOP, VFIO_MIG_RUNNING };

	if (vfiomig_walk(edu->dev, states, 2, 0, print_step, NULL,
			 &edu->error))
		die(edu, "cannot be stopped");
}

/* It lasts 100 ms, which a busy machine may have needed for the walk. */
static void keep_dma_pending(struct edu *edu)
{
	if (edu_get64(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN)
		return;
	edu_wait_irq(edu, EDU_TIMEOUT_MS);
	edu_set(edu, EDU_IRQ_ACK, EDU_IRQ_DMA);
	memset(edu->memory, 0, EDU_BUFFER_SIZE);
	edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, EDU_DMA_IRQ);
}

/* A VMM moves the guest's memory too; the pages here stand for all of it. */
static void migrate(struct edu *src, struct edu *dst)
{
	static struct vfiomig_migration move;
	unsigned int i;

	if (vfiomig_migrate(src->dev, dst->dev, NULL, NULL, NULL, &move,
			    &src->error))
		die(src, "cannot be moved");
	for (i = 0; i < move.count; i++)
		print_step(&move.steps[i], NULL);
	printf("  %llu bytes, %.3f ms from first to last, %.3f ms of them not running\n",
	       (unsigned long long)move.bytes, move.total_ns / 1e6,
	       move.downtime_ns / 1e6);
}

/* ---- the proof ---- */

/* Of the 100 ms a busy machine may have needed all by now: then the DMA was done here. */
static void check_at_once(struct edu *edu)
{
	bool pending = edu_get64(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN;
	bool done = edu_get(edu, EDU_IRQ_STATUS) & EDU_IRQ_DMA;

	claim("liveness", edu_get(edu, EDU_LIVENESS) == ~0xcafef00d,
	      "register 0x04 reads what was left there");
	claim("factorial", edu_get(edu, EDU_STATUS) & EDU_STATUS_COMPUTING,
	      "still computing, with the same argument");
	claim("DMA", pending || done,
	      pending ? "still pending" : "was pending, and is done since");
}

static void check_dma(struct edu *src, struct edu *dst, const uint8_t *pattern)
{
	static const uint8_t nothing[EDU_BUFFER_SIZE];
	uint64_t count;

	count = edu_wait_irq(dst, EDU_TIMEOUT_MS);
	claim("DMA", !memcmp(dst->memory, pattern, EDU_BUFFER_SIZE),
	      "the 4096 bytes are in the destination's memory");
	claim("", !memcmp(src->memory, nothing, EDU_BUFFER_SIZE),
	      "and none of them in the source's");
	claim("interrupt", count == 1 &&
	      edu_get(dst, EDU_IRQ_STATUS) == EDU_IRQ_DMA,
	      "one message, and the status says it was the DMA");
	edu_set(dst, EDU_IRQ_ACK, EDU_IRQ_DMA);
}

static void check_factorial(struct edu *edu)
{
	uint64_t count = edu_wait_irq(edu, EDU_TIMEOUT_MS);

	claim("factorial", !edu_wait_factorial(edu) &&
	      edu_get(edu, EDU_FACTORIAL) == edu_factorial(ARGUMENT),
	      "the result is right");
	claim("interrupt", count == 1 &&
	      edu_get(edu, EDU_IRQ_STATUS) == EDU_IRQ_FACTORIAL,
	      "one message, and the status says it was the factorial");
	edu_set(edu, EDU_IRQ_ACK, EDU_IRQ_FACTORIAL);
}

static void check_rest(struct edu *src, struct edu *dst,
		       const uint8_t *pattern)
{
	static uint8_t bytes[EDU_BUFFER_SIZE];

	claim("buffer", !edu_dump_buffer(dst, bytes) &&
	      !memcmp(bytes, pattern, EDU_BUFFER_SIZE),
	      "all 4096 bytes, read back by DMA");
	edu_set(dst, EDU_STATUS, 0);
	edu_set(dst, EDU_FACTORIAL, 12);
	claim("new work", !edu_wait_factorial(dst) &&
	      edu_get(dst, EDU_FACTORIAL) == 479001600,
	      "12! is 479001600 there");
	claim("source", !edu_count_irq(src), "silent since it was stopped");
}

/*
 * The DMA lasts 100 ms, and a busy machine may have needed them before the stop: then there
 * was nothing to be moved of it.  From the beginning, three times at most.
 */
static void begin_again(struct edu *src, const uint8_t *pattern, char **argv)
{
	static const char * const tries[] = { "1", "2", "3" };
	unsigned int before = argv[1] ? strtoul(argv[1], NULL, 10) : 0;

	if (memcmp(src->memory, pattern, EDU_BUFFER_SIZE) ||
	    before >= sizeof(tries) / sizeof(*tries))
		return;
	headline("The DMA was done before the device stood still. Once more.");
	execl("/proc/self/exe", argv[0], tries[before], NULL);
	die(src, "cannot begin again");
}

int main(int argc, char **argv)
{
	uint8_t pattern[EDU_BUFFER_SIZE];
	struct edu src, dst;
	char bdf[2][64];

	(void)argc;
	make_pattern(pattern, 42);
	puts("vfio-mig: two edu devices; the work of the first moves to the second");
	find_both(bdf);
	headline("What the source supports");
	show_arcs(bdf[0]);
	open_one(&src, bdf[0]);
	open_one(&dst, bdf[1]);

	headline("The work on the source");
	start_work(&src, pattern);
	headline("A walk: stop it and let it go on");
	stop_and_go(&src);
	headline("The move");
	keep_dma_pending(&src);
	migrate(&src, &dst);
	begin_again(&src, pattern, argv);
	headline("What arrived at the destination");
	check_at_once(&dst);
	check_dma(&src, &dst, pattern);
	check_factorial(&dst);
	check_rest(&src, &dst, pattern);

	edu_close(&dst);
	edu_close(&src);
	headline(failures ? "The device did NOT arrive as it was." :
		 "The device arrived as it was, and went on with its work.");
	return failures ? 1 : 0;
}
