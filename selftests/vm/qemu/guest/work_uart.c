// SPDX-License-Identifier: GPL-2.0
/*
 * A 16550 in loopback receives what it sends: bytes that count on, of which some are in
 * its FIFO all the time.  Each comes out once and in order, registers read what they were
 * set to, and each cause to interrupt is told once.
 */
#include <linux/serial_reg.h>

#include "work.h"

#define UART		0x00021b36

/* Bytes in the FIFO: always, at most, and from when on that is told. */
#define LEAST		2
#define FULL		16
#define TRIGGER		8

#define ENABLED_FIFO	(UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8)
#define IIR_FIFO	0xc0
#define IIR_CAUSE	0x0f

/* A byte takes seconds then, so that bytes that are left are not told of meanwhile. */
#define DIVISOR		0xe000

#define RESTS		3
#define EMPTY_MAX	1000

/*
 * @sent, @received: How many bytes, of which the lowest bits are what was sent.
 * @overrun: One more was sent than there is room for, and LSR has not been read since.
 * @data, @empty: How often it was told that there are bytes, and that the transmitter is
 *	empty; the interrupt counts them, told() reads them anew each time.
 * @nobody: Interrupts in a row for which there was no cause.
 * @asked: It is made to interrupt once, which does not count,
 * @ier: and then this is enabled again.
 * @round: Which the registers are of.
 */
static struct {
	u16 port;
	u32 sent, received;
	u32 overrun;
	u32 data, empty;
	u32 nobody;
	u32 asked;
	u8 ier;
	u32 round;
} uart;

static u8 get(u32 reg)
{
	return read_port8(uart.port + reg);
}

static void set(u32 reg, u8 value)
{
	write_port8(uart.port + reg, value);
}

static u32 told(const u32 *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/* ---- bytes ---- */

static u32 waiting(void)
{
	return uart.sent - uart.received;
}

static void send_until(u32 count)
{
	while (waiting() < count)
		set(UART_TX, uart.sent++);
}

/* An overrun is told by the first look at LSR, and by no other. */
static void take_until(u32 count)
{
	u8 lsr, byte;

	while (waiting() > count) {
		lsr = get(UART_LSR);
		if ((lsr & UART_LSR_BRK_ERROR_BITS) !=
		    (uart.overrun ? UART_LSR_OE : 0) || !(lsr & UART_LSR_DR))
			bad("line status", uart.round, lsr);
		uart.overrun = 0;
		byte = get(UART_RX);
		if (byte != (u8)uart.received++)
			bad("received byte", uart.round, byte);
	}
}

/* ---- interrupts ---- */

/*
 * As of an edu (work_edu.c): a line that is up for nothing when QEMU stops the guest
 * stays up at the destination until the device's next interrupt, so here is one.
 */
static void lower_line(void)
{
	static u32 last = -1;

	if (last == uart.round)
		bad("interrupts of nobody", uart.round, 0);
	last = uart.round;
	uart.asked = 1;
	uart.ier = get(UART_IER);
	set(UART_IER, 0);
	set(UART_IER, uart.ier | UART_IER_THRI);
}

static void on_irq(void)
{
	u8 iir = get(UART_IIR);

	switch (iir & IIR_CAUSE) {
	case UART_IIR_NO_INT:
		if (++uart.nobody == EMPTY_MAX)
			lower_line();
		return;
	case UART_IIR_THRI:
		if (uart.asked)
			set(UART_IER, uart.ier);
		else
			uart.empty++;
		break;
	case UART_IIR_RDI:
	case UART_IIR_RX_TIMEOUT:
		uart.data++;
		take_until(LEAST);
		set(UART_IER, 0);
		break;
	default:
		bad("cause", uart.round, iir);
	}
	uart.asked = 0;
	uart.nobody = 0;
}

/* Until it is told, which it is once. */
static void wait_told(const u32 *count, u32 before, const char *what)
{
	while (told(count) == before)
		rest();
	if (told(count) != before + 1)
		bad(what, uart.round, told(count) - before);
}

/* ---- registers ---- */

static u8 line_of(u32 round)
{
	return UART_LCR_WLEN8 | (round << 2 & (UART_LCR_STOP | UART_LCR_PARITY |
					       UART_LCR_EPAR | UART_LCR_SPAR));
}

static u8 modem_of(u32 round)
{
	return UART_MCR_LOOP | (round & (UART_MCR_DTR | UART_MCR_RTS));
}

static u16 divisor_of(u32 round)
{
	return DIVISOR + round % 0x1000;
}

static u8 scratch_of(u32 round)
{
	return 0x5a + 7 * round;
}

/* Where bytes are while the latch is open is the divisor. */
static void set_registers(u32 round)
{
	hold_interrupts();
	set(UART_LCR, UART_LCR_DLAB);
	set(UART_DLL, divisor_of(round));
	set(UART_DLM, divisor_of(round) >> 8);
	set(UART_LCR, line_of(round));
	set(UART_MCR, modem_of(round));
	set(UART_SCR, scratch_of(round));
	uart.round = round;
	let_interrupts();
}

static void expect(u32 reg, u8 value, const char *what)
{
	u8 seen = get(reg);

	if (seen != value)
		bad(what, uart.round, seen);
}

static void check_registers(u8 ier)
{
	u32 round = uart.round;

	hold_interrupts();
	expect(UART_LCR, line_of(round), "line control");
	expect(UART_MCR, modem_of(round), "modem control");
	expect(UART_SCR, scratch_of(round), "scratch register");
	expect(UART_IER, ier, "enabled interrupts");
	set(UART_LCR, UART_LCR_DLAB);
	expect(UART_DLL, divisor_of(round), "low divisor");
	expect(UART_DLM, divisor_of(round) >> 8, "high divisor");
	set(UART_LCR, line_of(round));
	let_interrupts();
}

/* ---- the work ---- */

u32 find_uart(void)
{
	u32 slot = find_slot(UART, 0);

	if (slot == SLOTS)
		return 0;
	uart.port = config(slot, 0x10) & ~3u;
	enable_slot(slot, COMMAND_IO);
	interrupts_on(on_irq, &slot, 1);
	set(UART_FCR, ENABLED_FIFO);
	set_registers(0);
	send_until(LEAST);
	set(UART_IER, UART_IER_THRI);
	return 1;
}

/* One byte before the trigger level it has nothing to tell, unless time has gone by. */
static void check_trigger(void)
{
	hold_interrupts();
	set(UART_IER, UART_IER_RDI);
	send_until(TRIGGER - 1);
	if (get(UART_IIR) == (IIR_FIFO | UART_IIR_RDI))
		bad("trigger level", uart.round, waiting());
	set(UART_IER, 0);
	let_interrupts();
}

static void check_data(void)
{
	u32 before = told(&uart.data);

	send_until(FULL);
	set(UART_IER, UART_IER_RDI);
	wait_told(&uart.data, before, "interrupts of bytes");
	if (waiting() != LEAST)
		bad("bytes left", uart.round, waiting());
}

/* To switch it on is to be told. */
static void check_empty(void)
{
	u32 before = told(&uart.empty);

	set(UART_IER, UART_IER_THRI);
	wait_told(&uart.empty, before, "interrupts of the transmitter");
}

/* For most of the time it is as it is left: nothing more is told of it. */
static void leave(void)
{
	u32 data = told(&uart.data), empty = told(&uart.empty), i;

	for (i = 0; i < RESTS; i++)
		rest();
	if (told(&uart.data) != data || told(&uart.empty) != empty)
		bad("told again", uart.round, told(&uart.empty) - empty);
	expect(UART_IIR, IIR_FIFO | UART_IIR_NO_INT, "cause");
	check_registers(UART_IER_THRI);
}

void check_uart(u32 round)
{
	check_registers(UART_IER_THRI);
	take_until(LEAST);
	check_trigger();
	check_data();
	set_registers(round);
	send_until(round % 2 ? FULL : LEAST + round % (FULL - LEAST));
	if (round % 2) {
		set(UART_TX, 0);
		uart.overrun = 1;
	}
	check_empty();
	leave();
}
