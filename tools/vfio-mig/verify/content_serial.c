// SPDX-License-Identifier: GPL-2.0
/* QEMU's pci-serial, a 16550: its registers, and a byte that it has received. */
#include <linux/serial_reg.h>

#include "content.h"

#define UART	VFIO_PCI_BAR0_REGION_INDEX

/* No interrupt comes of it: no error is made. */
#define ENABLED		UART_IER_RLSI
#define LINE		(UART_LCR_WLEN7 | UART_LCR_PARITY)
#define DIVISOR		0x1234
#define SCRATCH		0xa5
#define RECEIVED	0x55

static bool fits(struct verify *v)
{
	__u32 ids = 0;

	return v->has & NEEDS_PCI &&
	       !vfiomig_read32(v->self.dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
			       &ids, NULL) && ids == 0x00021b36;
}

/* In loopback what is sent is received at once. */
static bool prepare(struct verify *v, struct side *side)
{
	static const struct {
		__u8 at;
		__u8 value;
	} writes[] = {
		{ UART_LCR, UART_LCR_DLAB },
		{ UART_DLL, DIVISOR & 0xff },
		{ UART_DLM, DIVISOR >> 8 },
		{ UART_LCR, LINE },
		{ UART_IER, ENABLED },
		{ UART_FCR, UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_8 },
		{ UART_MCR, UART_MCR_LOOP | UART_MCR_RTS | UART_MCR_DTR },
		{ UART_TX, RECEIVED },
		{ UART_SCR, SCRATCH },
	};
	unsigned int i;

	for (i = 0; i < sizeof(writes) / sizeof(*writes); i++)
		if (!put(v, side, UART, writes[i].at, 1, writes[i].value))
			return false;
	return true;
}

/*
 * To read the byte would take it out: that one is there says LSR.  Of MSR a part is gone
 * once it was read.
 */
static bool look(struct verify *v, struct side *side, struct view *view)
{
	static const __u8 registers[] = {
		UART_IER, UART_IIR, UART_MCR, UART_LSR, UART_SCR,
	};
	unsigned int i;
	__u64 line;

	if (!see_register(v, side, view, UART, UART_LCR, 1))
		return false;
	line = view->list[view->count - 1].value;
	if (!put(v, side, UART, UART_LCR, 1, line | UART_LCR_DLAB) ||
	    !see_register(v, side, view, UART, UART_DLL, 1) ||
	    !see_register(v, side, view, UART, UART_DLM, 1) ||
	    !put(v, side, UART, UART_LCR, 1, line & ~UART_LCR_DLAB))
		return false;
	for (i = 0; i < sizeof(registers); i++)
		if (!see_register(v, side, view, UART, registers[i], 1))
			return false;
	return put(v, side, UART, UART_LCR, 1, line);
}

const struct content serial_content = {
	.name = "pci-serial",
	.fits = fits,
	.prepare = prepare,
	.look = look,
};
