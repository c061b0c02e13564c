/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of QEMU's bochs-display, in BAR2; BAR0 is its memory. */
#ifndef BOCHS_REGS_H
#define BOCHS_REGS_H

#define BOCHS_VENDOR		0x1234
#define BOCHS_DEVICE		0x1111
#define BOCHS_CLASS		0x0380	/* a display, and no VGA */

#define BOCHS_MEMORY_BAR	0
#define BOCHS_REGISTERS_BAR	2
#define BOCHS_REGISTERS_SIZE	0x1000

/*
 * QEMU's VGA has its ports here, and this one is VGA_MIS_R: bit 4 cannot be set, and
 * reading it does nothing.  A bochs-display has nothing there, and all bits read 1.
 */
#define BOCHS_VGA_PORT		0x40c
#define BOCHS_NO_VGA		0xff

/* Mode registers, 16 bits each; any value can be written and is read back. */
#define BOCHS_MODE		0x500
#define BOCHS_ID		0	/* cannot be written */
#define  BOCHS_ID_VALUE		0xb0c5
#define BOCHS_XRES		1
#define BOCHS_YRES		2
#define BOCHS_BPP		3
#define BOCHS_ENABLE		4
#define BOCHS_BANK		5
#define BOCHS_VIRT_WIDTH	6
#define BOCHS_VIRT_HEIGHT	7
#define BOCHS_X_OFFSET		8
#define BOCHS_Y_OFFSET		9
#define BOCHS_NR_MODE		10

/* How many bytes of registers there are from here on. */
#define BOCHS_EXTENDED		0x600
#define BOCHS_EXTENDED_SIZE	8

/* The byte order of pixels of 32 bits; other values are ignored. */
#define BOCHS_BYTE_ORDER	0x604
#define BOCHS_LITTLE_ENDIAN	0x1e1e1e1e
#define BOCHS_BIG_ENDIAN	0xbebebebe

#endif /* BOCHS_REGS_H */
