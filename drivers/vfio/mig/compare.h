/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does a stream fit a device?  One answer, for the loader, for the ioctl that
 * asks before anything moves, and for a tool that has two descriptors and no
 * device.  Needs no kernel.
 */
#ifndef VFIO_MIG_COMPARE_H
#define VFIO_MIG_COMPARE_H

#include "stream.h"

/**
 * struct vfio_mig_comparison - all in which a stream and a device differ
 * @verdict: VFIO_MIG_MISMATCH_* of all of them; 0 if nothing differs.
 * @count: How many of @mismatch are filled.
 * @mismatch: What differs, the most fundamental first.
 */
struct vfio_mig_comparison {
	__u32 verdict;
	__u32 count;
	struct vfio_mig_mismatch mismatch[VFIO_MIG_MISMATCHES_MAX];
};

/*
 * @theirs: the stream's header, not trusted; @ours: the device's; @known: the
 * behaviours that the device's driver has switched on.
 */
void vfio_mig_compare(const struct vfio_mig_stream_header *theirs,
		      const struct vfio_mig_stream_header *ours, __u64 known,
		      struct vfio_mig_comparison *result);

/* The errno with which a loader refuses for this; negative. */
int vfio_mig_mismatch_errno(const struct vfio_mig_mismatch *mismatch);

#endif /* VFIO_MIG_COMPARE_H */
