/* SPDX-License-Identifier: GPL-2.0 */
/* A stream being made; under its session's lock. */
#ifndef VFIO_MIG_SAVE_H
#define VFIO_MIG_SAVE_H

#include "mig.h"

/**
 * struct vfio_mig_save - a stream being made
 * @mig: The device; its owner keeps it alive until vfio_mig_save_stop().
 * @tracked: The driver was told that pieces will be asked for.
 * @early: Begun while the device was running.
 * @finished: The device has stopped, @tail is filled.
 * @ended: The END has been made.
 * @chunk: What is being read, and the totals of all before it.
 * @piece_max: Room for the payload of each piece in it.
 * @read: Bytes of @chunk that have been read.
 * @first_pass: @chunk is of the first pass over the device.
 * @initial: Bytes of the first pass that have not been made yet, as far as
 *	could be told when it began.
 * @reinit: The pass is one that a VMM was told to begin again with.
 * @tail: The sections of a stopped device, with room for the END.
 * @scratch: Room for the largest of them.
 */
struct vfio_mig_save {
	struct vfio_mig_device *mig;
	bool tracked;
	bool early;
	bool finished;
	bool ended;
	struct vfio_mig_writer chunk;
	u32 piece_max;
	size_t read;
	bool first_pass;
	u64 initial;
	bool reinit;
	struct vfio_mig_writer tail;
	void *scratch;
};

/**
 * struct vfio_mig_pieces - where a driver puts the pieces of a section
 * @save: They become its chunk.
 * @section: Which one.
 */
struct vfio_mig_pieces {
	struct vfio_mig_save *save;
	const struct vfio_mig_section *section;
};

/* save.c */
bool vfio_mig_save_by_pieces(struct vfio_mig_device *mig,
			     const struct vfio_mig_section *section, bool early);
u64 vfio_mig_save_waiting(struct vfio_mig_device *mig, bool early);

#endif /* VFIO_MIG_SAVE_H */
