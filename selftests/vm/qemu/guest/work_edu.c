// SPDX-License-Identifier: GPL-2.0
/*
 * All edus at once compute a factorial each and move a pattern through their buffer
 * and back; interrupts are counted.
 */
#include "edu_regs.h"
#include "work.h"

#define SIZE	EDU_BUFFER_SIZE
#define NUMBER	0x12345678u

#define EDUS_MAX	4

/* Interrupts taken, by cause; counted() reads them anew each time. */
static struct edu {
	u32 *bar;
	u32 irq_factorial, irq_dma;
	u32 before;
} edus[EDUS_MAX];
static u32 edu_count;

static u32 get(struct edu *edu, u32 reg)
{
	return __atomic_load_n(edu->bar + reg / 4, __ATOMIC_ACQUIRE);
}

static void set(struct edu *edu, u32 reg, u32 value)
{
	__atomic_store_n(edu->bar + reg / 4, value, __ATOMIC_RELEASE);
}

/* ---- interrupts ---- */

#define EMPTY_MAX	1000
#define NO_CAUSE	0x8000

/* The round that is under way. */
static u32 now;

/*
 * A line that is up when QEMU stops the guest is up at the destination too.  If
 * the device asks for nothing there, QEMU lowers it only at the device's next
 * interrupt; so here is one.
 */
static void lower_lines(void)
{
	static u32 last = -1;
	u32 i;

	if (last == now)
		bad("interrupts of nobody", now, 0);
	last = now;
	for (i = 0; i < edu_count; i++)
		set(&edus[i], EDU_IRQ_RAISE, NO_CAUSE);
}

/*
 * VFIO lowers the line at any access and raises it again if the device still
 * asks, so a call with an empty status is nothing to complain of.
 */
static void on_irq(void)
{
	static u32 empty;
	u32 status, i;

	empty++;
	for (i = 0; i < edu_count; i++) {
		status = get(&edus[i], EDU_IRQ_STATUS);
		if (status & EDU_IRQ_FACTORIAL)
			edus[i].irq_factorial++;
		if (status & EDU_IRQ_DMA)
			edus[i].irq_dma++;
		if (status) {
			set(&edus[i], EDU_IRQ_ACK, status);
			empty = 0;
		}
	}
	if (empty == EMPTY_MAX)
		lower_lines();
}

u32 find_edus(void)
{
	u32 slot = find_slot(EDU_VENDOR_DEVICE, 0);
	u32 slots[EDUS_MAX];
	struct edu *edu;

	while (slot < SLOTS && edu_count < EDUS_MAX) {
		edu = &edus[edu_count];
		edu->bar = (u32 *)(config(slot, 0x10) & ~15u);
		enable_slot(slot, COMMAND_MEMORY | COMMAND_MASTER);
		set(edu, EDU_LIVENESS, NUMBER + edu_count);
		slots[edu_count++] = slot;
		slot = find_slot(EDU_VENDOR_DEVICE, slot + 1);
	}
	if (edu_count)
		interrupts_on(on_irq, slots, edu_count);
	return edu_count;
}

/* ---- the work ---- */

static u32 counted(const u32 *irq)
{
	return __atomic_load_n(irq, __ATOMIC_ACQUIRE);
}

static u8 sent[EDUS_MAX][SIZE] __attribute__((aligned(SIZE)));

/* Of this round and of the one before. */
static u8 received[2][EDUS_MAX][SIZE] __attribute__((aligned(SIZE)));

static void start_factorial(struct edu *edu, u32 n)
{
	edu->before = counted(&edu->irq_factorial);
	set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	set(edu, EDU_FACTORIAL, n);
}

static void check_factorial(struct edu *edu, u32 n, u32 round)
{
	u32 expected = 1;
	u32 i;

	for (i = 2; i <= n; i++)
		expected *= i;
	while (get(edu, EDU_STATUS) & EDU_STATUS_COMPUTING)
		rest();
	if (get(edu, EDU_FACTORIAL) != expected)
		bad("factorial", round, get(edu, EDU_FACTORIAL));
	while (counted(&edu->irq_factorial) == edu->before)
		rest();
	if (counted(&edu->irq_factorial) != edu->before + 1)
		bad("interrupts of a factorial", round,
		    edu->irq_factorial - edu->before);
}

/* Each computes another one. */
static void check_factorials(u32 round)
{
	u32 i;

	for (i = 0; i < edu_count; i++)
		start_factorial(&edus[i], (round + 7 * i) % 33);
	for (i = 0; i < edu_count; i++)
		check_factorial(&edus[i], (round + 7 * i) % 33, round);
}

static void start_dma(struct edu *edu, u32 src, u32 dst, u32 flags)
{
	edu->before = counted(&edu->irq_dma);
	set(edu, EDU_DMA_SRC, src);
	set(edu, EDU_DMA_DST, dst);
	set(edu, EDU_DMA_COUNT, SIZE);
	set(edu, EDU_DMA_COMMAND, EDU_DMA_RUN | EDU_DMA_IRQ | flags);
}

static void wait_dma(struct edu *edu, u32 round)
{
	while (counted(&edu->irq_dma) == edu->before)
		rest();
	if (get(edu, EDU_DMA_COMMAND) & EDU_DMA_RUN)
		bad("DMA still runs", round, get(edu, EDU_DMA_COMMAND));
	if (counted(&edu->irq_dma) != edu->before + 1)
		bad("interrupts of a DMA", round, edu->irq_dma - edu->before);
}

static u8 pattern(u32 edu, u32 round, u32 i)
{
	return round * 31 + edu * 101 + i * 7 + (i >> 8);
}

static void check_pattern(const u8 *bytes, u32 edu, u32 round, const char *what)
{
	u32 i;

	for (i = 0; i < SIZE; i++)
		if (bytes[i] != pattern(edu, round, i))
			bad(what, round, i);
}

/*
 * What a device wrote two rounds ago, and nobody has touched since: it is lost in a
 * move if only the processor's writes are looked for.
 */
static void check_kept(u32 round)
{
	u32 edu;

	for (edu = 0; edu < edu_count && round >= 2; edu++)
		check_pattern(received[round % 2][edu], edu, round - 2,
			      "kept byte");
}

static void check_dma(u32 round)
{
	u32 edu, i;

	for (edu = 0; edu < edu_count; edu++) {
		for (i = 0; i < SIZE; i++) {
			sent[edu][i] = pattern(edu, round, i);
			received[round % 2][edu][i] = 0;
		}
		start_dma(&edus[edu], (u32)sent[edu], EDU_BUFFER, 0);
	}
	for (edu = 0; edu < edu_count; edu++) {
		wait_dma(&edus[edu], round);
		for (i = 0; i < SIZE; i++)
			sent[edu][i] = 0;
		start_dma(&edus[edu], EDU_BUFFER,
			  (u32)received[round % 2][edu], EDU_DMA_TO_MEMORY);
	}
	for (edu = 0; edu < edu_count; edu++) {
		wait_dma(&edus[edu], round);
		check_pattern(received[round % 2][edu], edu, round, "byte");
	}
}

void check_edus(u32 round)
{
	u32 i;

	__atomic_store_n(&now, round, __ATOMIC_RELEASE);
	check_factorials(round);
	check_kept(round);
	check_dma(round);
	for (i = 0; i < edu_count; i++)
		if (get(&edus[i], EDU_LIVENESS) != ~(NUMBER + i))
			bad("liveness", round, get(&edus[i], EDU_LIVENESS));
}
