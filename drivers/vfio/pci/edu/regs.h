/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of QEMU's edu device, in BAR0.  Needs no kernel. */
#ifndef EDU_REGS_H
#define EDU_REGS_H

#define EDU_VENDOR		0x1234
#define EDU_DEVICE		0x11e8
#define EDU_CLASS		0x00ff	/* none of PCI's */
#define EDU_BAR			0
#define EDU_BAR_SIZE		0x100000

/* Below 0x80 the device decodes accesses of 4 bytes only. */
#define EDU_ID			0x00	/* major version, minor, 0x00ed */
#define  EDU_ID_MASK		0xff00ffff
#define  EDU_ID_VALUE		0x010000ed
#define EDU_LIVENESS		0x04	/* reads the complement of what is written */
#define EDU_FACTORIAL		0x08	/* write: argument; read: that, then the result */
#define EDU_STATUS		0x20
#define  EDU_STATUS_COMPUTING	0x01
#define  EDU_STATUS_IRQ		0x80	/* interrupt when a factorial is done */
#define EDU_IRQ_STATUS		0x24
#define  EDU_IRQ_FACTORIAL	0x01
#define  EDU_IRQ_DMA		0x100
#define EDU_IRQ_RAISE		0x60
#define EDU_IRQ_ACK		0x64

/* From here on, accesses of 4 or 8 bytes. */
#define EDU_WIDE		0x80
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98
#define  EDU_DMA_RUN		0x01
#define  EDU_DMA_TO_MEMORY	0x02	/* from the buffer; else into it */
#define  EDU_DMA_IRQ		0x04

/* Where the DMA engine sees its buffer; no CPU access reaches it. */
#define EDU_BUFFER		0x40000
#define EDU_BUFFER_SIZE		4096

/* What a command takes before its bytes move. */
#define EDU_DMA_DELAY_US	100000

/* From 34 on, a factorial is 0 modulo 2^32. */
#define EDU_FACTORIAL_ZERO	34

#endif /* EDU_REGS_H */
