// SPDX-License-Identifier: GPL-2.0
/* The sections of an edu's stream; Documentation/edu.md has their rules. */
#include "state.h"

#define EDU_FIELD(label, member, ...)					\
	VFIO_MIG_FIELD(label, struct edu_state, member, ##__VA_ARGS__)

static const struct vfio_mig_field registers[] = {
	EDU_FIELD("liveness", liveness, .hex = true),
	EDU_FIELD("factorial", factorial),
	EDU_FIELD("status", status, .hex = true,
		  .mask = EDU_STATUS_COMPUTING | EDU_STATUS_IRQ),
	EDU_FIELD("interrupt", irq_status, .hex = true),
	EDU_FIELD("dma_src", dma_src, .hex = true),
	EDU_FIELD("dma_dst", dma_dst, .hex = true),
	EDU_FIELD("dma_count", dma_count),
	EDU_FIELD("dma_command", dma_command, .hex = true),
};

static const struct vfio_mig_field buffer[] = {
	EDU_FIELD("buffer", buffer),
};

static const struct vfio_mig_field dma[] = {
	EDU_FIELD("remaining_us", dma_remaining_us, .most = EDU_DMA_DELAY_US),
	VFIO_MIG_PAD(4),
};

const struct vfio_mig_section edu_sections[] = {
	{ "registers", EDU_SECTION_REGISTERS, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(registers), .always = true },
	{ "buffer", EDU_SECTION_BUFFER, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(buffer), .live = true },
	{ "dma", EDU_SECTION_DMA, VFIO_MIG_FRAME_REQUIRED, EDU_PENDING,
	  VFIO_MIG_FIELDS(dma), .if_field = "dma_command", .if_bits = EDU_DMA_RUN },
};

const struct vfio_mig_behaviour edu_behaviours[] = {
	{ EDU_PENDING, "dma-pending", "a DMA command is pending" },
};

static const u64 buffer_bytes = EDU_BUFFER_SIZE;

const struct vfio_mig_geometry edu_geometry[] = {
	{ "dma mask", NULL, &edu_dma_mask,
	  "load " KBUILD_MODNAME " with dma_mask=%#llx" },
	{ "buffer bytes", NULL, &buffer_bytes },
	{}
};

int edu_check(struct vfio_mig_device *mig, const void *state,
	      struct vfio_mig_refusal *why)
{
	const struct edu_state *edu = state;

	if (edu->status & EDU_STATUS_COMPUTING ||
	    edu_model_argument_of(edu->factorial) >= 0)
		return 0;
	return vfio_mig_refuse(why, -EINVAL, EDU_SECTION_REGISTERS,
			       "section registers: %u is no factorial modulo 2^32",
			       edu->factorial);
}
