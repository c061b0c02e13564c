// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does nothing but use its devices, and complains.
 *
 * Booted by QEMU's -kernel (multiboot) without an operating system, so that it
 * is at work within a second even where everything is emulated twice.  Round
 * after round all of them at once compute a factorial and move a pattern through
 * their buffer and back; it counts interrupts, and checks all of it.  A display
 * gets a picture that moves on, and is read before; a serial card, which is what
 * mtty is, keeps a number that goes on.  It says so on the debug console: "round N"
 * for each round that was right, "BAD ..." and the end for one that was not.
 */
#include "edu_regs.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define DISPLAY		0x11111234
#define SERIAL		0x32534348
#define SIZE		EDU_BUFFER_SIZE

/* ---- the machine ---- */

static void write_port8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 read_port8(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void write_port32(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static u32 read_port32(u16 port)
{
	u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void say(const char *text)
{
	while (*text)
		write_port8(0xe9, *text++);
}

static void say_number(u32 number)
{
	char digits[11];
	int i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = '0' + number % 10;
		number /= 10;
	} while (number);
	say(digits + i);
}

static void stop(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void bad(const char *what, u32 round, u32 seen)
{
	say("BAD ");
	say(what);
	say(" in round ");
	say_number(round);
	say(": ");
	say_number(seen);
	say("\n");
	stop();
}

/* ---- the devices ---- */

#define EDUS_MAX	4

/* Interrupts taken, by cause; counted() reads them anew each time. */
static struct edu {
	u32 *bar;
	u8 irq_line;
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

static u32 config(u32 slot, u32 reg)
{
	write_port32(0xcf8, 0x80000000 | slot << 11 | reg);
	return read_port32(0xcfc);
}

static void find_devices(void)
{
	struct edu *edu;
	u32 slot;

	for (slot = 0; slot < 32 && edu_count < EDUS_MAX; slot++) {
		if (config(slot, 0) != EDU_VENDOR_DEVICE)
			continue;
		edu = &edus[edu_count++];
		edu->bar = (u32 *)(config(slot, 0x10) & ~15u);
		edu->irq_line = config(slot, 0x3c);
		write_port32(0xcf8, 0x80000000 | slot << 11 | 4);
		/* Memory decode, bus mastering, INTx. */
		write_port32(0xcfc, 0x6);
	}
}

#define MODE		0x500
#define  XRES		1
#define  YRES		2
#define  BPP		3
#define  ENABLE		4
#define SIDE		512
#define PIXELS		(SIDE * SIDE)

static struct {
	u32 *pixels;
	u16 *mode;
} display;

static u32 get_mode(u32 index)
{
	return __atomic_load_n(display.mode + index, __ATOMIC_ACQUIRE);
}

static void set_mode(u32 index, u32 value)
{
	__atomic_store_n(display.mode + index, value, __ATOMIC_RELEASE);
}

static void find_display(void)
{
	u32 slot = 0;

	while (slot < 32 && config(slot, 0) != DISPLAY)
		slot++;
	if (slot == 32)
		return;
	display.pixels = (u32 *)(config(slot, 0x10) & ~15u);
	display.mode = (u16 *)((config(slot, 0x18) & ~15u) + MODE);
	write_port32(0xcf8, 0x80000000 | slot << 11 | 4);
	write_port32(0xcfc, 0x2);
	set_mode(XRES, SIDE);
	set_mode(YRES, SIDE);
	set_mode(BPP, 32);
	set_mode(ENABLE, 0x41);
}

#define SCRATCH		7
#define WRITES		1000

/* Of its first port; 0 if there is none. */
static u16 serial;

static void find_serial(void)
{
	u32 slot = 0;

	while (slot < 32 && config(slot, 0) != SERIAL)
		slot++;
	if (slot == 32)
		return;
	serial = config(slot, 0x10) & ~3u;
	write_port32(0xcf8, 0x80000000 | slot << 11 | 4);
	write_port32(0xcfc, 0x1);
	write_port8(serial + SCRATCH, 0xff);
}

/* ---- interrupts, by the old controller ---- */

struct frame;

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
__attribute__((interrupt)) static void on_irq(struct frame *frame)
{
	static u32 empty;
	u32 status, i;

	(void)frame;
	empty++;
	for (i = 0; i < edu_count; i++) {
		status = get(&edus[i], EDU_IRQ_STATUS);
		if (status & 0x001)
			edus[i].irq_factorial++;
		if (status & 0x100)
			edus[i].irq_dma++;
		if (status) {
			set(&edus[i], EDU_IRQ_ACK, status);
			empty = 0;
		}
	}
	if (empty == EMPTY_MAX)
		lower_lines();
	write_port8(0xa0, 0x20);
	write_port8(0x20, 0x20);
}

static struct {
	u16 low, selector, flags, high;
} idt[48];

static void set_up_irq(void)
{
	const struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (u32)idt };
	static const u8 words[][2] = {
		{ 0x20, 0x11 }, { 0xa0, 0x11 }, { 0x21, 32 }, { 0xa1, 40 },
		{ 0x21, 4 }, { 0xa1, 2 }, { 0x21, 1 }, { 0xa1, 1 },
	};
	u32 mask = ~(1u << 2);
	u16 selector;
	u32 i;

	__asm__ volatile("mov %%cs, %0" : "=r"(selector));
	for (i = 32; i < 48; i++) {
		idt[i].low = (u32)on_irq;
		idt[i].high = (u32)on_irq >> 16;
		idt[i].selector = selector;
		idt[i].flags = 0x8e00;
	}
	__asm__ volatile("lidt %0" : : "m"(idtr));
	for (i = 0; i < sizeof(words) / 2; i++)
		write_port8(words[i][0], words[i][1]);
	for (i = 0; i < edu_count; i++)
		mask &= ~(1u << edus[i].irq_line);
	write_port8(0x21, mask);
	write_port8(0xa1, mask >> 8);
	read_port8(0x21);
	__asm__ volatile("sti");
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
		;
	if (get(edu, EDU_FACTORIAL) != expected)
		bad("factorial", round, get(edu, EDU_FACTORIAL));
	while (counted(&edu->irq_factorial) == edu->before)
		;
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
		;
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

/* Another at each place, and another each round. */
static u32 pixel(u32 round, u32 i)
{
	return (i + 3 * round) * 0x10203;
}

static void check_picture(u32 round)
{
	u32 *at = display.pixels;
	u32 i;

	for (i = 0; i < PIXELS; i++, at++) {
		if (round && __atomic_load_n(at, __ATOMIC_ACQUIRE) !=
		    pixel(round - 1, i))
			bad("pixel", round, i);
		__atomic_store_n(at, pixel(round, i), __ATOMIC_RELEASE);
	}
	if (get_mode(XRES) != SIDE || get_mode(YRES) != SIDE ||
	    get_mode(BPP) != 32)
		bad("mode", round, get_mode(XRES));
}

static void check_serial(u32 round)
{
	u8 next = round * WRITES;
	u32 i;

	for (i = 0; i < WRITES; i++, next++) {
		if (read_port8(serial + SCRATCH) != (u8)(next - 1))
			bad("scratch register", round, i);
		write_port8(serial + SCRATCH, next);
	}
}

void guest_main(void)
{
	u32 round, i;

	find_devices();
	find_display();
	find_serial();
	if (!edu_count && !display.pixels && !serial)
		bad("no device", 0, 0);
	set_up_irq();
	for (i = 0; i < edu_count; i++)
		set(&edus[i], 0x04, 0x12345678 + i);
	for (round = 0;; round++) {
		__atomic_store_n(&now, round, __ATOMIC_RELEASE);
		check_factorials(round);
		check_kept(round);
		check_dma(round);
		if (display.pixels)
			check_picture(round);
		if (serial)
			check_serial(round);
		for (i = 0; i < edu_count; i++)
			if (get(&edus[i], 0x04) != ~(0x12345678u + i))
				bad("liveness", round, get(&edus[i], 0x04));
		say("round ");
		say_number(round);
		say("\n");
	}
}

/* Where QEMU enters: protected mode, flat segments, no stack. */
__asm__(".section .multiboot, \"a\"\n"
	".align 4\n"
	".long 0x1badb002, 0, -0x1badb002\n"
	".text\n"
	".global _start\n"
	"_start:\n"
	"	mov $stack_top, %esp\n"
	"	cld\n"
	"	call guest_main\n"
	".bss\n"
	".align 16\n"
	"	.skip 16384\n"
	"stack_top:\n"
	".text\n");
