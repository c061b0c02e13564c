// SPDX-License-Identifier: GPL-2.0
/*
 * An edu, access by access, as QEMU's hw/misc/edu.c does it.  Below EDU_WIDE it decodes
 * accesses of 4 bytes, from there on also of 8, by exact address.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "model.h"

#define ONES	(~(__u64)0)

static const __u64 *wide_register(const struct edu_state *state, __u32 reg)
{
	switch (reg) {
	case EDU_DMA_SRC:
		return &state->dma_src;
	case EDU_DMA_DST:
		return &state->dma_dst;
	case EDU_DMA_COUNT:
		return &state->dma_count;
	case EDU_DMA_COMMAND:
		return &state->dma_command;
	default:
		return NULL;
	}
}

static __u64 read_narrow(const struct edu_state *state, __u32 reg)
{
	switch (reg) {
	case EDU_ID:
		return EDU_ID_VALUE;
	case EDU_LIVENESS:
		return state->liveness;
	case EDU_FACTORIAL:
		return state->factorial;
	case EDU_STATUS:
		return state->status;
	case EDU_IRQ_STATUS:
		return state->irq_status;
	default:
		return ONES;
	}
}

/* What does not fit the device's decoder never reaches a register. */
__u64 edu_model_read(const struct edu_state *state, __u32 reg, __u32 width)
{
	const __u64 *wide;

	if (width < 4)
		return 0;
	if (reg < EDU_WIDE)
		return width == 4 ? read_narrow(state, reg) : ONES;
	wide = wide_register(state, reg);
	return wide ? *wide : ONES;
}

/* Each raise sends a message, if any bit is set then, new or not. */
static unsigned int raise(struct edu_state *state, __u32 bits)
{
	state->irq_status |= bits;
	return state->irq_status ? EDU_SETS_LINE | EDU_SENDS_MESSAGE : 0;
}

static unsigned int start_factorial(struct edu_state *state, __u32 argument)
{
	if (state->status & EDU_STATUS_COMPUTING)
		return 0;
	state->factorial = argument;
	state->status |= EDU_STATUS_COMPUTING;
	return EDU_STARTS_FACTORIAL;
}

static unsigned int write_narrow(struct edu_state *state, __u32 reg,
				 __u32 value)
{
	switch (reg) {
	case EDU_LIVENESS:
		state->liveness = ~value;
		return 0;
	case EDU_FACTORIAL:
		return start_factorial(state, value);
	case EDU_STATUS:
		state->status &= ~EDU_STATUS_IRQ;
		state->status |= value & EDU_STATUS_IRQ;
		return 0;
	case EDU_IRQ_RAISE:
		return raise(state, value);
	case EDU_IRQ_ACK:
		state->irq_status &= ~value;
		return state->irq_status ? 0 : EDU_SETS_LINE;
	default:
		return 0;
	}
}

/* All four registers are locked while a command is pending. */
static unsigned int write_wide(struct edu_state *state, __u32 reg, __u64 value)
{
	__u64 *target = (__u64 *)wide_register(state, reg);

	if (!target || state->dma_command & EDU_DMA_RUN)
		return 0;
	if (reg == EDU_DMA_COMMAND && !(value & EDU_DMA_RUN))
		return 0;
	*target = value;
	if (reg != EDU_DMA_COMMAND)
		return 0;
	state->dma_remaining_us = EDU_DMA_DELAY_US;
	return EDU_STARTS_DMA;
}

unsigned int edu_model_write(struct edu_state *state, __u32 reg, __u64 value,
			     __u32 width)
{
	if (width < 4)
		return 0;
	if (width == 4)
		value = (__u32)value;
	if (reg >= EDU_WIDE)
		return write_wide(state, reg, value);
	return width == 4 ? write_narrow(state, reg, value) : 0;
}

unsigned int edu_model_computed(struct edu_state *state)
{
	state->factorial = edu_model_factorial(state->factorial);
	state->status &= ~EDU_STATUS_COMPUTING;
	return state->status & EDU_STATUS_IRQ ? raise(state, EDU_IRQ_FACTORIAL) :
						0;
}

bool edu_model_decode(const struct edu_state *state, __u64 dma_mask,
		      struct edu_transfer *transfer)
{
	bool to_memory = state->dma_command & EDU_DMA_TO_MEMORY;
	__u64 inside = to_memory ? state->dma_src : state->dma_dst;
	__u64 outside = to_memory ? state->dma_dst : state->dma_src;

	if (inside < EDU_BUFFER || inside > EDU_BUFFER + EDU_BUFFER_SIZE ||
	    state->dma_count > EDU_BUFFER + EDU_BUFFER_SIZE - inside)
		return false;
	transfer->address = outside & dma_mask;
	transfer->offset = inside - EDU_BUFFER;
	transfer->count = state->dma_count;
	transfer->to_memory = to_memory;
	if (to_memory)
		memcpy(transfer->bytes, state->buffer + transfer->offset,
		       transfer->count);
	return true;
}

unsigned int edu_model_transferred(struct edu_state *state,
				   const struct edu_transfer *transfer)
{
	if (transfer && !transfer->to_memory)
		memcpy(state->buffer + transfer->offset, transfer->bytes,
		       transfer->count);
	state->dma_command &= ~(__u64)EDU_DMA_RUN;
	return state->dma_command & EDU_DMA_IRQ ? raise(state, EDU_IRQ_DMA) : 0;
}

__u32 edu_model_factorial(__u32 argument)
{
	__u32 result = 1;

	if (argument >= EDU_FACTORIAL_ZERO)
		return 0;
	while (argument)
		result *= argument--;
	return result;
}

int edu_model_argument_of(__u32 result)
{
	int n;

	for (n = 0; n <= EDU_FACTORIAL_ZERO; n++)
		if (edu_model_factorial(n) == result)
			return n;
	return -1;
}
