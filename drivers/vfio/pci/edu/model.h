/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an edu is: all that a guest can see of it, and what each access does.  Needs no
 * kernel, so that it can be compared with QEMU's.
 */
#ifndef EDU_MODEL_H
#define EDU_MODEL_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

#include "regs.h"

/**
 * struct edu_state - all that a guest can see of a device
 * @liveness: What register 0x04 reads; where there is hardware, this one and the next
 *	three are current only while it is frozen, otherwise the hardware has them.
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
	__u32 liveness;
	__u32 factorial;
	__u32 status;
	__u32 irq_status;
	__u64 dma_src;
	__u64 dma_dst;
	__u64 dma_count;
	__u64 dma_command;
	__u32 dma_remaining_us;
	__u8 buffer[EDU_BUFFER_SIZE];
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
	__u64 address;
	__u32 offset;
	__u32 count;
	bool to_memory;
	__u8 bytes[EDU_BUFFER_SIZE];
};

/* What an access wants to be done besides; bits. */
enum edu_effect {
	EDU_SETS_LINE = 1,	/* the line is up if the interrupt status is not 0 */
	EDU_SENDS_MESSAGE = 2,	/* if it has messages, in place of the line */
	EDU_STARTS_FACTORIAL = 4,
	EDU_STARTS_DMA = 8,
};

/* One access of @width bytes; 1 and 2 reach no register. */
__u64 edu_model_read(const struct edu_state *state, __u32 reg, __u32 width);
unsigned int edu_model_write(struct edu_state *state, __u32 reg, __u64 value,
			     __u32 width);

/* The factorial engine has come to the end. */
unsigned int edu_model_computed(struct edu_state *state);

/*
 * What the command would move now, the bytes included if they are the device's; false if
 * it reaches outside of the buffer: then it moves nothing, and completes.
 */
bool edu_model_decode(const struct edu_state *state, __u64 dma_mask,
		      struct edu_transfer *transfer);

/* The command is done; @transfer: what it has moved, or NULL. */
unsigned int edu_model_transferred(struct edu_state *state,
				   const struct edu_transfer *transfer);

__u32 edu_model_factorial(__u32 argument);

/* The smallest argument whose factorial modulo 2^32 is @result, or -1. */
int edu_model_argument_of(__u32 result);

#endif /* EDU_MODEL_H */
