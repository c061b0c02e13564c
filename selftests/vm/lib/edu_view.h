/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of edu share: pictures of a device, patterns, and time. */
#ifndef SELFTESTS_VM_EDU_VIEW_H
#define SELFTESTS_VM_EDU_VIEW_H

#include "common.h"
#include "setting.h"

/**
 * struct edu_view - the registers of a device, as a guest reads them
 * @liveness: Register 0x04.
 * @factorial: Register 0x08.
 * @status: Register 0x20.
 * @irq_status: Register 0x24.
 * @dma_src: Register 0x80.
 * @dma_dst: Register 0x88.
 * @dma_count: Register 0x90.
 * @dma_command: Register 0x98.
 */
struct edu_view {
	uint32_t liveness;
	uint32_t factorial;
	uint32_t status;
	uint32_t irq_status;
	uint64_t dma_src;
	uint64_t dma_dst;
	uint64_t dma_count;
	uint64_t dma_command;
};

void edu_look(struct edu *edu, struct edu_view *view);

/* The first register that differs, in words; "" if none does. */
const char *edu_difference(const struct edu_view *seen,
			   const struct edu_view *expected);

#define EXPECT_SAME_VIEW(seen, expected) \
	EXPECT_STREQ("", edu_difference(seen, expected))

#define EXPECT_EDU(edu, expression) \
	EXPECT_EQ(0, (expression)) { LOG_EDU(edu); }

/* Bytes that depend on @seed, none of them constant for long. */
void make_pattern(void *bytes, size_t size, unsigned int seed);
bool has_pattern(const void *bytes, size_t size, unsigned int seed);
bool all_zero(const void *bytes, size_t size);

/* Open the @nth edu, on the root bus or behind a port. */
int open_nth(struct edu *edu, unsigned int nth, bool on_root_bus);

/* @irq: The engine is to interrupt when it is done. */
void start_factorial(struct edu *edu, uint32_t n, bool irq);

/*
 * A factorial that takes the engine longer than a test takes to look at it, a tenth of
 * a second or more.  It is one of the host's processors that computes it, so no longer
 * than that; on a kernel that makes tests slower it is not slower itself.
 */
#define LONG_FACTORIAL	(100000000u * patience())

/*
 * "Nothing happens" needs an event that must come later.  These wait until
 * @clock, a device that is not the one looked at, has done what takes longer.
 */
void let_dma_pass(struct edu *clock);		/* three commands */
void let_factorial_pass(struct edu *clock);	/* two of LONG_FACTORIAL */

/*
 * Wait for @expected interrupts, then until more would have come; how many
 * there were in all.  Without interrupts enabled it just waits, and says 0.
 */
uint64_t count_irqs(struct edu *edu, struct edu *clock, uint64_t expected);

#endif /* SELFTESTS_VM_EDU_VIEW_H */
