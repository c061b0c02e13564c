/* SPDX-License-Identifier: GPL-2.0 */
/* What load.c and load_bulk.c share: a stream on its way in. */
#ifndef VFIO_MIG_LOAD_H
#define VFIO_MIG_LOAD_H

#include "mig.h"

/**
 * struct vfio_mig_load - what has come of a stream
 * @mig: The device that it is for; its owner keeps it alive.
 * @reader: The codec's side of it.
 * @parts: By the device's sections: bytes so far, whether it is complete, and
 *	whether it comes in pieces.
 *	For bulk memory, instead of a payload, which pages have come, which of
 *	them hold nothing but zeros, and how many have not come.
 * @nr_parts: How many; the device may be gone when it is freed.
 * @skipped: Frames of optional sections that this driver does not know.
 * @state: What the stream makes of the device.
 * @frame: The current frame's payload, of bulk memory; NULL if there is none.
 * @placed: Some bulk memory has been placed.
 * @refused: Why the stream was refused; from then on nothing of it is used.
 */
struct vfio_mig_load {
	struct vfio_mig_device *mig;
	struct vfio_mig_reader reader;
	unsigned int nr_parts;
	u32 skipped;
	void *state;
	u8 *frame;
	bool placed;
	struct vfio_mig_refusal refused;
	struct vfio_mig_load_part {
		u8 *payload;
		unsigned long *pages;
		unsigned long *zeros;
		u32 missing;
		u32 bytes;
		bool complete;
		bool pieces;
	} parts[];
};

/* Bytes of the section that a frame is about. */
static inline u32 vfio_mig_frame_bytes(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_ZEROS ?
		le32_to_cpu(frame->zeros) : le32_to_cpu(frame->length);
}

/* load_bulk.c: a frame of bulk memory, before its payload comes: 1, or refused */
int vfio_mig_load_check_bulk(const struct vfio_mig_section *section, bool piece,
			     u64 offset, u32 length,
			     struct vfio_mig_refusal *why);

/* And when it is whole, and its checksum right. */
int vfio_mig_load_place(struct vfio_mig_load *load,
			const struct vfio_mig_section *section,
			struct vfio_mig_load_part *part,
			const struct vfio_mig_frame *frame,
			struct vfio_mig_refusal *why);

#endif /* VFIO_MIG_LOAD_H */
