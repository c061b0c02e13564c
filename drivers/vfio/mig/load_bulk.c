// SPDX-License-Identifier: GPL-2.0
/*
 * Bulk memory of a stream: put in place a frame at a time, as soon as that is known
 * to be right.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "load.h"

/* Pages that a device clears at a time: as many as a frame of data has at most. */
#define CLEAR_AT_ONCE	(VFIO_MIG_FRAME_MAX / VFIO_MIG_BULK_PAGE)

int vfio_mig_load_check_bulk(const struct vfio_mig_section *section, bool piece,
			     u64 offset, u32 length, struct vfio_mig_refusal *why)
{
	if (piece && IS_ALIGNED(offset | length, VFIO_MIG_BULK_PAGE))
		return 1;
	return vfio_mig_refuse(why, -EINVAL, section->id,
			       "section %s: not in pieces of whole pages",
			       section->name);
}

/*
 * A few bytes can ask for all of the memory to be cleared, so what has been is
 * not cleared again until something else was placed there: a stream of n bytes
 * costs no more than n bytes and the memory once.
 */
static int place_zeros(struct vfio_mig_load *load,
		       const struct vfio_mig_section *section,
		       struct vfio_mig_load_part *part, u32 first, u32 end)
{
	u32 next;
	int ret;

	for (;; first = next) {
		first = find_next_zero_bit(part->zeros, end, first);
		if (first >= end)
			return 0;
		next = find_next_bit(part->zeros,
				     min(end, first + (u32)CLEAR_AT_ONCE),
				     first);
		ret = section->place(load->mig,
				     (u64)first * VFIO_MIG_BULK_PAGE, NULL,
				     (next - first) * VFIO_MIG_BULK_PAGE);
		if (ret)
			return ret;
		bitmap_set(part->zeros, first, next - first);
		cond_resched();
	}
}

static int place_data(struct vfio_mig_load *load,
		      const struct vfio_mig_section *section,
		      struct vfio_mig_load_part *part, u32 first, u32 end)
{
	bitmap_clear(part->zeros, first, end - first);
	return section->place(load->mig, (u64)first * VFIO_MIG_BULK_PAGE,
			      load->frame, (end - first) * VFIO_MIG_BULK_PAGE);
}

int vfio_mig_load_place(struct vfio_mig_load *load,
			const struct vfio_mig_section *section,
			struct vfio_mig_load_part *part,
			const struct vfio_mig_frame *frame,
			struct vfio_mig_refusal *why)
{
	u32 first = (u32)le64_to_cpu(frame->offset) / VFIO_MIG_BULK_PAGE;
	u32 end = first + vfio_mig_frame_bytes(frame) / VFIO_MIG_BULK_PAGE;
	int ret;

	load->placed = true;
	if (le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_ZEROS)
		ret = place_zeros(load, section, part, first, end);
	else
		ret = place_data(load, section, part, first, end);
	if (ret)
		return vfio_mig_refuse(why, ret, section->id,
				       "section %s: the device did not take it",
				       section->name);
	for (; first < end; first++)
		part->missing -= !__test_and_set_bit(first, part->pages);
	part->complete = !part->missing;
	return 0;
}
