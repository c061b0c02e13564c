// SPDX-License-Identifier: GPL-2.0
/* BAR0 as a guest sees it: an access is decoded as the device decodes it. */
#include "edu.h"

/* Registers of 4 bytes that the hardware has, and a frozen device remembers. */
static u32 read_narrow(struct edu_device *edu, u32 reg)
{
	const struct edu_state *state = &edu->state;

	if (edu->mode != EDU_FROZEN)
		return edu_hw_read(edu, reg);
	switch (reg) {
	case EDU_ID:
		/* The same at all times; reading it does no harm. */
		return edu_hw_read(edu, reg);
	case EDU_LIVENESS:
		return state->liveness;
	case EDU_FACTORIAL:
		return state->factorial;
	case EDU_STATUS:
		return state->status;
	case EDU_IRQ_STATUS:
		return state->irq_status;
	default:
		return U32_MAX;
	}
}

/* What does not fit the device's decoder never reaches a register. */
u64 edu_bar_read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	struct edu_device *edu = edu_from_mig(mig);

	if (width < 4)
		return 0;
	if (reg >= EDU_WIDE)
		return edu_dma_read_reg(edu, reg);
	return width == 4 ? read_narrow(edu, reg) : U64_MAX;
}

int edu_bar_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	struct edu_device *edu = edu_from_mig(mig);

	if (edu->mode == EDU_FROZEN || width < 4)
		return 0;
	if (reg >= EDU_WIDE)
		edu_dma_write_reg(edu, reg, value);
	else if (width == 4)
		edu_hw_write(edu, reg, value);
	return 0;
}
