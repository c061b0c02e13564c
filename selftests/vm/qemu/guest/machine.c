// SPDX-License-Identifier: GPL-2.0
/* machine.h says what is here; it begins at the end of this file. */
#include "machine.h"

void guest_main(void);

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

void write_port8(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

u8 read_port8(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

void say(const char *text)
{
	while (*text)
		write_port8(0xe9, *text++);
}

void say_number(u32 number)
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

void bad(const char *what, u32 round, u32 seen)
{
	say("BAD ");
	say(what);
	say(" in round ");
	say_number(round);
	say(": ");
	say_number(seen);
	say("\n");
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* ---- the slots of the root bus ---- */

static void select_config(u32 slot, u32 reg)
{
	write_port32(0xcf8, 0x80000000 | slot << 11 | reg);
}

u32 config(u32 slot, u32 reg)
{
	select_config(slot, reg);
	return read_port32(0xcfc);
}

static void set_config(u32 slot, u32 reg, u32 value)
{
	select_config(slot, reg);
	write_port32(0xcfc, value);
}

u32 find_slot(u32 ids, u32 from)
{
	while (from < SLOTS && config(from, 0) != ids)
		from++;
	return from;
}

void enable_slot(u32 slot, u32 command)
{
	set_config(slot, 4, command);
}

/* ---- interrupts ---- */

/*
 * By the I/O APIC: it is where q35 has the lines of its slots, with no routing to be
 * set up, and what operating systems use.
 */
#define IO_APIC		0xfec00000
#define  ENTRY(pin)	(0x10 + 2 * (pin))
#define  LEVEL		0x8000
#define LOCAL_APIC	0xfee00000
#define  TASK_PRIORITY	0x80
#define  END		0xb0
#define  SPURIOUS	0xf0
#define  ENABLED	0x100
#define  TIMER		0x320
#define  PERIODIC	0x20000
#define  TIMER_COUNT	0x380
#define  TIMER_DIVIDE	0x3e0
#define  BY_16		0x3
#define NOTHING		0xff

/*
 * Two, for whether the end of an interrupt is told to the I/O APIC hangs on how its
 * vector came in last: a message that comes just after a line of the same vector would
 * leave that line waiting for its end for ever.
 */
#define LINE_VECTOR	0x40
#define MESSAGE_VECTOR	0x41
#define TICK_VECTOR	0x42

/* 50 of them in a second: the timer of KVM and of QEMU counts nanoseconds. */
#define TICK		(20000000 / 16)

/* INTA of slot n, on QEMU's q35. */
#define PIN(slot)	(20 + (slot) % 4)

/* Where q35 says to which pin of the old controllers these lines lead too. */
#define BRIDGE		31
#define  ROUTES_A_TO_D	0x60
#define  ROUTES_E_TO_H	0x68
#define  NOWHERE	0x80808080

#define CAPABILITIES	0x34
#define MSI		0x05
#define  MSI_ENABLE	0x10000

struct frame;

#define HANDLERS	2

static void (*irq_handlers[HANDLERS])(void);
static u32 irq_handler_count;

static struct {
	u16 low, selector, flags, high;
} idt[256];

static void write_memory(u32 address, u32 value)
{
	__atomic_store_n((u32 *)address, value, __ATOMIC_RELEASE);
}

__attribute__((interrupt)) static void on_irq(struct frame *frame)
{
	u32 i;

	(void)frame;
	for (i = 0; i < irq_handler_count; i++)
		irq_handlers[i]();
	write_memory(LOCAL_APIC + END, 0);
}

__attribute__((interrupt)) static void on_tick(struct frame *frame)
{
	(void)frame;
	write_memory(LOCAL_APIC + END, 0);
}

__attribute__((interrupt)) static void on_nothing(struct frame *frame)
{
	(void)frame;
}

static void set_gate(u32 vector, void *entry)
{
	u16 selector;

	__asm__ volatile("mov %%cs, %0" : "=r"(selector));
	idt[vector].low = (u32)entry;
	idt[vector].high = (u32)entry >> 16;
	idt[vector].selector = selector;
	idt[vector].flags = 0x8e00;
}

static void write_io_apic(u32 reg, u32 value)
{
	write_memory(IO_APIC, reg);
	write_memory(IO_APIC + 0x10, value);
}

/* The firmware has them lead there, and KVM is told one of both places. */
static void free_lines(void)
{
	write_port8(0x21, 0xff);
	write_port8(0xa1, 0xff);
	set_config(BRIDGE, ROUTES_A_TO_D, NOWHERE);
	set_config(BRIDGE, ROUTES_E_TO_H, NOWHERE);
}

/* Of 64 bits, as all of QEMU's are.  Is it there? */
static u32 msi_on(u32 slot)
{
	u32 at = config(slot, CAPABILITIES) & 0xfc;

	while (at && (config(slot, at) & 0xff) != MSI)
		at = config(slot, at) >> 8 & 0xfc;
	if (!at)
		return 0;
	set_config(slot, at + 4, LOCAL_APIC);
	set_config(slot, at + 8, 0);
	set_config(slot, at + 12, MESSAGE_VECTOR);
	set_config(slot, at, config(slot, at) | MSI_ENABLE);
	return 1;
}

void interrupts_on(void (*handler)(void), const u32 *slots, u32 count)
{
	const struct {
		u16 limit;
		u32 base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (u32)idt };
	u32 i;

	hold_interrupts();
	irq_handlers[irq_handler_count++] = handler;
	set_gate(LINE_VECTOR, on_irq);
	set_gate(MESSAGE_VECTOR, on_irq);
	set_gate(TICK_VECTOR, on_tick);
	set_gate(NOTHING, on_nothing);
	__asm__ volatile("lidt %0" : : "m"(idtr));
	free_lines();
	write_memory(LOCAL_APIC + TASK_PRIORITY, 0);
	write_memory(LOCAL_APIC + SPURIOUS, ENABLED | NOTHING);
	for (i = 0; i < count; i++) {
		if (slots[i] % 2 && msi_on(slots[i]))
			continue;
		write_io_apic(ENTRY(PIN(slots[i])) + 1, 0);
		write_io_apic(ENTRY(PIN(slots[i])), LEVEL | LINE_VECTOR);
	}
	write_memory(LOCAL_APIC + TIMER_DIVIDE, BY_16);
	write_memory(LOCAL_APIC + TIMER, PERIODIC | TICK_VECTOR);
	write_memory(LOCAL_APIC + TIMER_COUNT, TICK);
	let_interrupts();
}

void hold_interrupts(void)
{
	__asm__ volatile("cli" : : : "memory");
}

void let_interrupts(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* An interrupt that comes just before is slept through, until the next tick. */
void rest(void)
{
	__asm__ volatile("hlt" : : : "memory");
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
