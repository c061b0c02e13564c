/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of QEMU's edu, for user space and for guests without one. */
#ifndef TOOLS_EDU_REGS_H
#define TOOLS_EDU_REGS_H

#define EDU_VENDOR_DEVICE	0x11e81234	/* of config space, as one word */
#define EDU_BAR_SIZE		0x100000

#define EDU_ID			0x00
#define EDU_LIVENESS		0x04
#define EDU_FACTORIAL		0x08
#define EDU_STATUS		0x20
#define  EDU_STATUS_COMPUTING	0x01
#define  EDU_STATUS_IRQ		0x80
#define EDU_IRQ_STATUS		0x24
#define  EDU_IRQ_FACTORIAL	0x001
#define  EDU_IRQ_DMA		0x100
#define EDU_IRQ_RAISE		0x60
#define EDU_IRQ_ACK		0x64
#define EDU_DMA_SRC		0x80
#define EDU_DMA_DST		0x88
#define EDU_DMA_COUNT		0x90
#define EDU_DMA_COMMAND		0x98
#define  EDU_DMA_RUN		0x1
#define  EDU_DMA_TO_MEMORY	0x2
#define  EDU_DMA_IRQ		0x4
#define EDU_BUFFER		0x40000
#define EDU_BUFFER_SIZE		4096

#endif /* TOOLS_EDU_REGS_H */
