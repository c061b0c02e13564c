/* SPDX-License-Identifier: GPL-2.0 */
/* What an edu's stream is made of, whoever has the device. */
#ifndef EDU_STATE_H
#define EDU_STATE_H

#include <linux/vfio_mig.h>

#include "model.h"

/* Sections and behaviours; a number is given once. */
#define EDU_SECTION_REGISTERS	0x65640001
#define EDU_SECTION_BUFFER	0x65640002
#define EDU_SECTION_DMA		0x65640003
#define EDU_PENDING		BIT_ULL(0)

#define EDU_FEATURES							\
	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |			\
	 VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG)

extern const struct vfio_mig_section edu_sections[3];
extern const struct vfio_mig_behaviour edu_behaviours[1];
extern const struct vfio_mig_geometry edu_geometry[];

int edu_check(struct vfio_mig_device *mig, const void *state,
	      struct vfio_mig_refusal *why);

/* Of struct vfio_mig_ops, whole; the state is in @member of the driver's @type. */
#define EDU_STREAM(type, member)					\
	.features = EDU_FEATURES,					\
	VFIO_MIG_STATE(type, member),					\
	VFIO_MIG_SECTIONS(edu_sections),				\
	VFIO_MIG_BEHAVIOURS(edu_behaviours),				\
	.geometry = edu_geometry,					\
	.check = edu_check

/* In main.c of each driver: the devices' dma_mask property. */
extern u64 edu_dma_mask;

#endif /* EDU_STATE_H */
