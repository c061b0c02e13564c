/* SPDX-License-Identifier: GPL-2.0 */
/* The driver's structures, and what its files share. */
#ifndef EDU_H
#define EDU_H

#include <linux/ktime.h>
#include <linux/vfio_mig_pci.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "regs.h"

/* Sections and behaviours; a number is given once. */
#define EDU_SECTION_REGISTERS	0x65640001
#define EDU_SECTION_BUFFER	0x65640002
#define EDU_SECTION_DMA		0x65640003
#define EDU_PENDING		BIT_ULL(0)

/**
 * struct edu_state - all that a guest can see of a device
 * @liveness: What register 0x04 reads; this one and the next three are current
 *	only while the device is frozen, otherwise the hardware has them.
 * @factorial: What register 0x08 reads.
 * @status: What register 0x20 reads.
 * @irq_status: What register 0x24 reads.
 * @dma_src: Register 0x80.
 * @dma_dst: Register 0x88.
 * @dma_count: Register 0x90.
 * @dma_command: Register 0x98.
 * @dma_remaining_us: What is left to a pending command's delay; current only
 *	while the timer does not run.
 * @buffer: The DMA engine's buffer.
 */
struct edu_state {
	u32 liveness;
	u32 factorial;
	u32 status;
	u32 irq_status;
	u64 dma_src;
	u64 dma_dst;
	u64 dma_count;
	u64 dma_command;
	u32 dma_remaining_us;
	u8 buffer[EDU_BUFFER_SIZE];
};

/**
 * enum edu_mode - who may do what
 * @EDU_FROZEN: The hardware is idle and silent; @state is all there is.
 * @EDU_QUIESCED: As running, but no DMA starts.
 * @EDU_RUNNING: The device works.
 */
enum edu_mode {
	EDU_FROZEN,
	EDU_QUIESCED,
	EDU_RUNNING,
};

/**
 * struct edu_transfer - a command, as it was when its time came
 * @address: In the user's memory.
 * @offset: In the buffer.
 * @count: Bytes.
 * @to_memory: From the buffer to the user's memory.
 * @bytes: On their way.
 */
struct edu_transfer {
	u64 address;
	u32 offset;
	u32 count;
	bool to_memory;
	u8 bytes[EDU_BUFFER_SIZE];
};

/**
 * struct edu_device - an edu; all of it is under the device's lock
 * @pci: vfio-pci's part and the migration core's; first.
 * @mode: See there.
 * @state: See there.
 * @argument: The last argument that the factorial engine accepted.
 * @irq_due: The engine took that argument with STATUS_IRQ set, and nobody has
 *	seen its interrupt yet.
 * @dma_due: When the pending command's delay is over, while the timer runs.
 * @dma_work: The timer, and the transfer.
 * @moving: @dma_work is at a transfer.
 * @completed: How many commands are.
 * @dma_wait: Woken when either changes.
 * @transfer: What @dma_work moves; nobody else's.
 */
struct edu_device {
	struct vfio_mig_pci_device pci;
	enum edu_mode mode;
	struct edu_state state;
	u32 argument;
	bool irq_due;
	ktime_t dma_due;
	struct delayed_work dma_work;
	bool moving;
	unsigned int completed;
	wait_queue_head_t dma_wait;
	struct edu_transfer transfer;
};

static inline struct edu_device *edu_from_mig(struct vfio_mig_device *mig)
{
	return container_of(mig, struct edu_device, pci.mig);
}

#define EDU_FIELD(label, member, ...)					\
	VFIO_MIG_FIELD(label, struct edu_state, member, ##__VA_ARGS__)

/* main.c */
extern u64 edu_dma_mask;

/* bar.c */
u64 edu_bar_read(struct vfio_mig_device *mig, u32 reg, u32 width);
int edu_bar_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width);

/* @must below: not to be given up, even if the caller is killed. */

/* dma.c */
void edu_dma_init(struct vfio_mig_device *mig);
u64 edu_dma_read_reg(struct edu_device *edu, u64 reg);
void edu_dma_write_reg(struct edu_device *edu, u64 reg, u64 value);
int edu_dma_run(struct vfio_mig_device *mig);
int edu_dma_drain(struct edu_device *edu);
int edu_dma_quiesce(struct edu_device *edu, bool must);

/* hw.c: vfio_mig_access_begin() and _end() enclose all but a guest's own use */
int edu_hw_freeze(struct vfio_mig_device *mig);
int edu_hw_thaw(struct edu_device *edu, bool must);
int edu_hw_scrub(struct vfio_mig_device *mig);
u32 edu_hw_read(struct edu_device *edu, u32 reg);
void edu_hw_write(struct edu_device *edu, u32 reg, u32 value);
int edu_hw_argument_of(u32 result);

#endif /* EDU_H */
