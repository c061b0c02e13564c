// SPDX-License-Identifier: GPL-2.0
/*
 * A stream being made, from its beginning to its end: what waits to be sent, the
 * memory for it, and the sections of a device that stands still.  save_read.c makes
 * what is read of it.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "save.h"

/* The payload of a piece, at most: it is summed while it is in the cache. */
#define PIECE_MAX	SZ_64K

/*
 * As many of those are made at a time, or more that are smaller: what a device has to
 * do before and after it is read is done once for all of them.
 */
#define AT_ONCE		4

static bool switched_off(struct vfio_mig_device *mig,
			 const struct vfio_mig_section *section)
{
	return section->behaviour & ~mig->behaviours;
}

static bool section_present(struct vfio_mig_device *mig,
			    const struct vfio_mig_section *section)
{
	bool present;

	mutex_lock(&mig->lock);
	present = vfio_mig_fields_present(mig->ops, section,
					  vfio_mig_state(mig));
	mutex_unlock(&mig->lock);
	return present;
}

/*
 * Does this section go by pieces, or as a whole once the device has stopped?  One that is
 * switched off does neither; when the device has stopped it is seen whether that will do.
 */
bool vfio_mig_save_by_pieces(struct vfio_mig_device *mig,
			     const struct vfio_mig_section *section, bool early)
{
	return !switched_off(mig, section) &&
	       (section->extent || (early && section->live));
}

static size_t framed(u32 size)
{
	return sizeof(struct vfio_mig_frame) *
	       max(1U, DIV_ROUND_UP(size, VFIO_MIG_FRAME_MAX)) + size;
}

static void section_waiting(struct vfio_mig_device *mig,
			    const struct vfio_mig_section *section,
			    struct vfio_mig_waiting *sum)
{
	if (section->live)
		vfio_mig_live_waiting(mig, section, sum);
	else
		section->waiting(mig, sum);
}

/* Bytes, framed, of all pieces that wait. */
u64 vfio_mig_save_waiting(struct vfio_mig_device *mig, bool early)
{
	struct vfio_mig_waiting sum = {};
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++)
		if (vfio_mig_save_by_pieces(mig, &mig->ops->sections[i], early))
			section_waiting(mig, &mig->ops->sections[i], &sum);
	return sum.bytes + sum.pieces * sizeof(struct vfio_mig_frame);
}

/* Bytes of what is sent as a whole, the END included. */
static size_t rest(struct vfio_mig_device *mig, bool early, bool all)
{
	size_t size = framed(sizeof(struct vfio_mig_end));
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++) {
		const struct vfio_mig_section *section =
			&mig->ops->sections[i];

		if (!vfio_mig_save_by_pieces(mig, section, early) &&
		    (all || section_present(mig, section)))
			size += framed(vfio_mig_fields_size(section));
	}
	return size;
}

/* Room for the header, and for some pieces: allocating it takes its time. */
static size_t chunk_size(struct vfio_mig_device *mig, bool early,
			 u32 *piece_max)
{
	size_t size, piece = 0;
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++) {
		const struct vfio_mig_section *section =
			&mig->ops->sections[i];

		if (vfio_mig_save_by_pieces(mig, section, early))
			piece = max_t(u64, piece,
				      vfio_mig_section_size(mig, section));
	}
	*piece_max = min_t(size_t, piece, PIECE_MAX);
	size = sizeof(struct vfio_mig_frame) + *piece_max;
	if (piece > PIECE_MAX)
		size *= AT_ONCE;
	return max(sizeof(struct vfio_mig_stream_header), size);
}

static u32 largest(struct vfio_mig_device *mig)
{
	u32 size = 0;
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++)
		size = max(size, vfio_mig_fields_size(&mig->ops->sections[i]));
	return size;
}

/*
 * Bytes that STOP_COPY would have to move if the device stopped now.  A guest
 * may still change what there is to say; what is there now is the estimate.
 */
u64 vfio_mig_save_bound(struct vfio_mig_device *mig, struct vfio_mig_save *save)
{
	if (!save)
		return sizeof(struct vfio_mig_stream_header) +
		       rest(mig, false, false) + vfio_mig_save_waiting(mig, false);
	return max_t(u64, 1, vfio_mig_save_remaining(save));
}

/* The same of a stream that has begun; 0 at its end. */
u64 vfio_mig_save_remaining(struct vfio_mig_save *save)
{
	u64 left = save->chunk.used - save->read;

	if (save->ended)
		return left;
	return left + vfio_mig_save_waiting(save->mig, save->early) +
	       rest(save->mig, save->early, false);
}

static int section_track(struct vfio_mig_device *mig,
			 const struct vfio_mig_section *section, bool on)
{
	if (section->extent)
		return section->track(mig, on);
	vfio_mig_live_track(mig, section, on);
	return 0;
}

static int track(struct vfio_mig_save *save, bool on)
{
	const struct vfio_mig_ops *ops = save->mig->ops;
	unsigned int i;
	int ret;

	for (i = 0; i < ops->nr_sections; i++) {
		if (!vfio_mig_save_by_pieces(save->mig, &ops->sections[i], save->early))
			continue;
		ret = section_track(save->mig, &ops->sections[i], on);
		if (ret && on)
			return ret;
	}
	return 0;
}

/* From here on only what is in the chunk is there, until it is freed. */
void vfio_mig_save_stop(struct vfio_mig_save *save)
{
	if (!save || !save->tracked)
		return;
	track(save, false);
	save->tracked = false;
}

void vfio_mig_save_free(struct vfio_mig_save *save)
{
	if (!save)
		return;
	vfio_mig_save_stop(save);
	kvfree(save->chunk.buf);
	kvfree(save->tail.buf);
	kvfree(save->scratch);
	kfree(save);
}

/*
 * All memory is allocated here, so that nothing but the device's own say can
 * fail when it has been stopped.  ERR_PTR(-ENOMEM), or what the device says.
 */
struct vfio_mig_save *vfio_mig_save_alloc(struct vfio_mig_device *mig,
					  bool early)
{
	struct vfio_mig_stream_header header;
	struct vfio_mig_save *save;
	int ret = -ENOMEM;

	save = kzalloc(sizeof(*save), GFP_KERNEL_ACCOUNT);
	if (!save)
		return ERR_PTR(ret);
	save->mig = mig;
	save->early = early;
	clear_bit(0, &mig->priv->reinit_pending);
	save->tail.size = rest(mig, early, true);
	save->tail.buf = kvzalloc(save->tail.size, VFIO_MIG_GFP_LARGE);
	save->chunk.size = chunk_size(mig, early, &save->piece_max);
	save->chunk.buf = kvmalloc(save->chunk.size, VFIO_MIG_GFP_LARGE);
	save->scratch = kvzalloc(largest(mig), VFIO_MIG_GFP_LARGE);
	save->tracked = save->tail.buf && save->chunk.buf && save->scratch;
	if (save->tracked)
		ret = track(save, true);
	if (ret) {
		vfio_mig_save_free(save);
		return ERR_PTR(ret);
	}
	vfio_mig_identity(mig, &header);
	vfio_mig_write_header(&save->chunk, &header);
	save->first_pass = true;
	save->initial = vfio_mig_save_waiting(mig, early);
	return save;
}

/* ---- the rest, of a device that stands still ---- */

static int write_section(struct vfio_mig_save *save,
			 const struct vfio_mig_section *section,
			 struct vfio_mig_refusal *why)
{
	struct vfio_mig_device *mig = save->mig;
	u32 size = vfio_mig_fields_size(section);

	if (vfio_mig_save_by_pieces(mig, section, save->early) ||
	    !section_present(mig, section))
		return 0;
	if (switched_off(mig, section) &&
	    section->flags & VFIO_MIG_FRAME_REQUIRED)
		return vfio_mig_refuse(why, -EOPNOTSUPP, section->id,
				       "section %s: needed, but its property is switched off",
				       section->name);
	if (switched_off(mig, section))
		return 0;
	memset(save->scratch, 0, size);
	mutex_lock(&mig->lock);
	vfio_mig_fields_put(section, vfio_mig_state(mig), save->scratch);
	mutex_unlock(&mig->lock);
	vfio_mig_write_section(&save->tail, section->id, section->flags,
			       save->scratch, size);
	return 0;
}

/*
 * The device has stopped: what it has to say is final.  A refusal leaves the
 * stream as it was.
 */
int vfio_mig_save_finish(struct vfio_mig_save *save,
			 struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = save->mig->ops;
	unsigned int i;
	int ret;

	save->tail.used = 0;
	save->tail.frames = 0;
	for (i = 0; i < ops->nr_sections; i++) {
		ret = write_section(save, &ops->sections[i], why);
		if (ret)
			return ret;
	}
	save->finished = true;
	return 0;
}
