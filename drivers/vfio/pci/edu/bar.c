// SPDX-License-Identifier: GPL-2.0
/* BAR0 as a guest sees it: an access is decoded as the device decodes it. */
#include "edu.h"

/*
 * The registers of 4 bytes are the hardware's while the device is not frozen, and
 * EDU_ID always: it is the same at all times, and reading it does no harm.
 */
u64 edu_bar_read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	struct edu_device *edu = edu_from_mig(mig);

	if (reg < EDU_WIDE && width == 4 &&
	    (edu->dma.mode != EDU_FROZEN || reg == EDU_ID))
		return edu_hw_read(edu, reg);
	return edu_model_read(&edu->dma.state, reg, width);
}

int edu_bar_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	struct edu_device *edu = edu_from_mig(mig);

	if (edu->dma.mode == EDU_FROZEN)
		return 0;
	if (reg < EDU_WIDE) {
		if (width == 4)
			edu_hw_write(edu, reg, value);
	} else if (edu_model_write(&edu->dma.state, reg, value, width) &
		   EDU_STARTS_DMA) {
		edu_dma_start(&edu->dma);
	}
	return 0;
}
