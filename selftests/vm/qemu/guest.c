// SPDX-License-Identifier: GPL-2.0
/*
 * A guest that does nothing but use an edu, and complains.
 *
 * Booted by QEMU's -kernel (multiboot) without an operating system, so that it
 * is at work within a second even where everything is emulated twice.  Round
 * after round it computes a factorial and moves a pattern through the device's
 * buffer and back, counts interrupts, and checks all of it.  It says so on the
 * debug console: "round N" for each round that was right, "BAD ..." and the end
 * for one that was not.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define VENDOR_DEVICE	0x11e81234
#define BUFFER		0x40000
#define SIZE		4096

#define FACTORIAL	0x08
#define STATUS		0x20
#define  COMPUTING	0x01
#define  IRQ_WANTED	0x80
#define IRQ_STATUS	0x24
#define IRQ_ACK		0x64
#define DMA_SRC		0x80
#define DMA_DST		0x88
#define DMA_COUNT	0x90
#define DMA_COMMAND	0x98
#define  RUN		0x1
#define  TO_MEMORY	0x2
#define  IRQ		0x4

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

/* ---- the device ---- */

static u32 *bar;
static u8 irq_line;
/* Interrupts taken, by cause; counted() reads them anew each time. */
static u32 irq_factorial, irq_dma;

static u32 get(u32 reg)
{
	return __atomic_load_n(bar + reg / 4, __ATOMIC_ACQUIRE);
}

static void set(u32 reg, u32 value)
{
	__atomic_store_n(bar + reg / 4, value, __ATOMIC_RELEASE);
}

static u32 config(u32 slot, u32 reg)
{
	write_port32(0xcf8, 0x80000000 | slot << 11 | reg);
	return read_port32(0xcfc);
}

static void find_device(void)
{
	u32 slot;

	for (slot = 0; slot < 32; slot++) {
		if (config(slot, 0) != VENDOR_DEVICE)
			continue;
		bar = (u32 *)(config(slot, 0x10) & ~15u);
		irq_line = config(slot, 0x3c);
		write_port32(0xcf8, 0x80000000 | slot << 11 | 4);
		/* Memory decode, bus mastering, INTx. */
		write_port32(0xcfc, 0x6);
		return;
	}
	bad("no device", 0, 0);
}

/* ---- interrupts, by the old controller ---- */

struct frame;

/*
 * VFIO lowers the line at any access and raises it again if the device still
 * asks, so a call with an empty status is nothing to complain of.
 */
__attribute__((interrupt)) static void on_irq(struct frame *frame)
{
	u32 status = get(IRQ_STATUS);

	(void)frame;
	if (status & 0x001)
		irq_factorial++;
	if (status & 0x100)
		irq_dma++;
	set(IRQ_ACK, status);
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
	u16 mask = ~(1u << irq_line | 1u << 2);
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

static u8 sent[SIZE] __attribute__((aligned(SIZE)));
static u8 received[SIZE] __attribute__((aligned(SIZE)));

static void check_factorial(u32 round)
{
	u32 before = counted(&irq_factorial);
	u32 n = round % 33;
	u32 expected = 1;
	u32 i;

	for (i = 2; i <= n; i++)
		expected *= i;
	set(STATUS, IRQ_WANTED);
	set(FACTORIAL, n);
	while (get(STATUS) & COMPUTING)
		;
	if (get(FACTORIAL) != expected)
		bad("factorial", round, get(FACTORIAL));
	while (counted(&irq_factorial) == before)
		;
	if (counted(&irq_factorial) != before + 1)
		bad("interrupts of a factorial", round, irq_factorial - before);
}

static void dma(u32 round, u32 src, u32 dst, u32 flags)
{
	u32 before = counted(&irq_dma);

	set(DMA_SRC, src);
	set(DMA_DST, dst);
	set(DMA_COUNT, SIZE);
	set(DMA_COMMAND, RUN | IRQ | flags);
	while (counted(&irq_dma) == before)
		;
	if (get(DMA_COMMAND) & RUN)
		bad("DMA still runs", round, get(DMA_COMMAND));
	if (counted(&irq_dma) != before + 1)
		bad("interrupts of a DMA", round, irq_dma - before);
}

static void check_dma(u32 round)
{
	u32 i;

	for (i = 0; i < SIZE; i++) {
		sent[i] = round * 31 + i * 7 + (i >> 8);
		received[i] = 0;
	}
	dma(round, (u32)sent, BUFFER, 0);
	for (i = 0; i < SIZE; i++)
		sent[i] = 0;
	dma(round, BUFFER, (u32)received, TO_MEMORY);
	for (i = 0; i < SIZE; i++)
		if (received[i] != (u8)(round * 31 + i * 7 + (i >> 8)))
			bad("byte", round, i);
}

void guest_main(void)
{
	u32 round;

	find_device();
	set_up_irq();
	set(0x04, 0x12345678);
	for (round = 0;; round++) {
		check_factorial(round);
		check_dma(round);
		if (get(0x04) != ~0x12345678u)
			bad("liveness", round, get(0x04));
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
