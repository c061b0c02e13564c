// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a device's stream, a chunk at a time as it is read: the header, pieces
 * of what can be sent while the device runs, and, once it stands still, the
 * rest and the END.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "hooks.h"

/* The payload of a piece, at most: it is summed while it is in the cache. */
#define PIECE_MAX	SZ_64K

/*
 * As many of those are made at a time, or more that are smaller: what a device has to
 * do before and after it is read is done once for all of them.
 */
#define AT_ONCE		4

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

/* Does this section go by pieces, or as a whole once the device has stopped? */
static bool by_pieces(const struct vfio_mig_section *section, bool early)
{
	return section->extent || (early && section->live);
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
static u64 waiting(struct vfio_mig_device *mig, bool early)
{
	struct vfio_mig_waiting sum = {};
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++)
		if (by_pieces(&mig->ops->sections[i], early))
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

		if (!by_pieces(section, early) &&
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

		if (by_pieces(section, early))
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
		       rest(mig, false, false) + waiting(mig, false);
	return max_t(u64, 1, vfio_mig_save_remaining(save));
}

/* The same of a stream that has begun; 0 at its end. */
u64 vfio_mig_save_remaining(struct vfio_mig_save *save)
{
	u64 left = save->chunk.used - save->read;

	if (save->ended)
		return left;
	return left + waiting(save->mig, save->early) +
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
		if (!by_pieces(&ops->sections[i], save->early))
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
	save->initial = waiting(mig, early);
	return save;
}

/* ---- the rest, of a device that stands still ---- */

static int write_section(struct vfio_mig_save *save,
			 const struct vfio_mig_section *section,
			 struct vfio_mig_refusal *why)
{
	struct vfio_mig_device *mig = save->mig;
	u32 size = vfio_mig_fields_size(section);

	if (by_pieces(section, save->early) || !section_present(mig, section))
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

/* ---- reading ---- */

/* Those of a frame of bytes. */
static u32 piece_flags(struct vfio_mig_device *mig,
		       const struct vfio_mig_section *section)
{
	if (section->extent && mig->behaviours & VFIO_MIG_STREAM_XXH64)
		return section->flags | VFIO_MIG_FRAME_XXH64;
	return section->flags;
}

/* How frames are cut does not depend on how many fit: each has all of its room. */
void *vfio_mig_piece_room(struct vfio_mig_pieces *out, u32 *room)
{
	struct vfio_mig_save *save = out->save;
	struct vfio_mig_writer *chunk = &save->chunk;
	size_t wanted = sizeof(struct vfio_mig_frame) + save->piece_max;

	/* What is read of a chunk is of the first pass, or none of it is. */
	if (chunk->used && save->first_pass && !save->initial)
		return NULL;
	if (chunk->size - chunk->used < wanted)
		return NULL;
	*room = save->piece_max;
	return chunk->buf + chunk->used + sizeof(struct vfio_mig_frame);
}
EXPORT_SYMBOL_GPL(vfio_mig_piece_room);

void vfio_mig_piece_put(struct vfio_mig_pieces *out,
			const struct vfio_mig_piece *piece)
{
	const struct vfio_mig_section *section = out->section;
	struct vfio_mig_save *save = out->save;
	struct vfio_mig_writer *chunk = &save->chunk;
	size_t before = chunk->used;

	if (piece->again && !save->reinit)
		save->initial = 0;
	if (!before)
		save->first_pass = save->initial;
	if (piece->zeros)
		vfio_mig_write_zeros(chunk, section->id, section->flags,
				     piece->offset, piece->length);
	else
		vfio_mig_write_piece(chunk, section->id,
				     piece_flags(save->mig, section),
				     piece->offset,
				     chunk->buf + before +
				     sizeof(struct vfio_mig_frame),
				     piece->length);
	save->initial -= min_t(u64, save->initial, chunk->used - before);
}
EXPORT_SYMBOL_GPL(vfio_mig_piece_put);

/* Of one section; if that fails, nothing has been made. */
static int section_pieces(struct vfio_mig_save *save,
			  const struct vfio_mig_section *section)
{
	struct vfio_mig_pieces out = { .save = save, .section = section };
	u32 frames = save->chunk.frames;
	u64 initial = save->initial;
	int ret = 0;

	if (section->live)
		vfio_mig_live_pieces(save->mig, section, &out);
	else
		ret = section->pieces(save->mig, &out);
	if (!ret)
		return 0;
	save->chunk.used = 0;
	save->chunk.frames = frames;
	save->initial = initial;
	return ret;
}

/* Make the next pieces that wait: 1 if there were any, 0, or -errno. */
static int make_pieces(struct vfio_mig_save *save)
{
	const struct vfio_mig_ops *ops = save->mig->ops;
	unsigned int i;
	int ret;

	for (i = 0; i < ops->nr_sections; i++) {
		if (!by_pieces(&ops->sections[i], save->early))
			continue;
		ret = section_pieces(save, &ops->sections[i]);
		if (ret)
			return ret;
		if (save->chunk.used)
			return 1;
	}
	save->initial = 0;
	return 0;
}

/* The rest becomes the last chunk, with the END behind it. */
static void make_end(struct vfio_mig_save *save)
{
	struct vfio_mig_writer *chunk = &save->chunk;

	save->tail.base = chunk->base;
	save->tail.frames += chunk->frames;
	swap(save->chunk, save->tail);
	vfio_mig_write_end(chunk);
	save->first_pass = false;
	save->ended = true;
}

static size_t unread(const struct vfio_mig_save *save)
{
	return save->chunk.used - save->read;
}

/* Of @ready bytes; a fault on demand lets a stream end before it is over. */
static size_t cut_short(const struct vfio_mig_save *save, size_t ready)
{
	return vfio_mig_spoil_cut(save->mig, save->chunk.base + save->read,
				  ready);
}

/*
 * Bytes that can be read now, at *@data: 0 at the end of the stream, -ENOMSG
 * if a running device has nothing to say for the moment.
 */
ssize_t vfio_mig_save_next(struct vfio_mig_save *save, const u8 **data)
{
	int ret;

	if (!unread(save) && !save->ended) {
		save->chunk.base += save->chunk.used;
		save->chunk.used = 0;
		save->read = 0;
		ret = make_pieces(save);
		if (ret < 0)
			return ret;
		if (!ret) {
			if (!save->finished)
				return -ENOMSG;
			make_end(save);
		}
	}
	*data = save->chunk.buf + save->read;
	if (!save->finished && !cut_short(save, 1))
		return -ENOMSG;
	return cut_short(save, unread(save));
}

void vfio_mig_save_consume(struct vfio_mig_save *save, size_t count)
{
	save->read += count;
}

bool vfio_mig_save_readable(struct vfio_mig_save *save)
{
	if (save->finished || !cut_short(save, 1))
		return save->finished;
	return unread(save) || waiting(save->mig, save->early);
}

/*
 * What a running device has to say: of the first pass, and beyond it.  -EINVAL
 * once it has stopped.
 */
int vfio_mig_save_precopy_info(struct vfio_mig_save *save, u64 *initial,
			       u64 *dirty)
{
	u64 left = waiting(save->mig, save->early);
	u64 all = left + unread(save);

	if (save->finished)
		return -EINVAL;
	*initial = min(save->initial, left);
	if (save->first_pass)
		*initial += unread(save);
	*dirty = vfio_mig_spoil_dirty(save->mig, all - *initial);
	return 0;
}

/*
 * The device has been made another since the stream began: then all that waits
 * is initial again, and the VMM is to be told, once.  It is left for later
 * while nothing waits: the flag says that there is something to read.
 */
bool vfio_mig_save_reinit(struct vfio_mig_save *save)
{
	u64 left;

	if (save->finished || !test_bit(0, &save->mig->priv->reinit_pending))
		return false;
	left = waiting(save->mig, save->early);
	if (!left)
		return false;
	clear_bit(0, &save->mig->priv->reinit_pending);
	save->initial = left;
	save->reinit = true;
	save->first_pass = unread(save);
	return true;
}
