// SPDX-License-Identifier: GPL-2.0
/*
 * What is read of a stream, a chunk at a time: the header, pieces of what can be sent
 * while the device runs, and, once it stands still, the rest and the END.
 */
#include <linux/export.h>
#include <linux/minmax.h>

#include "hooks.h"
#include "save.h"

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
		if (!vfio_mig_save_by_pieces(save->mig, &ops->sections[i], save->early))
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
	return unread(save) || vfio_mig_save_waiting(save->mig, save->early);
}

/*
 * What a running device has to say: of the first pass, and beyond it.  -EINVAL
 * once it has stopped.
 */
int vfio_mig_save_precopy_info(struct vfio_mig_save *save, u64 *initial,
			       u64 *dirty)
{
	u64 left = vfio_mig_save_waiting(save->mig, save->early);
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
	left = vfio_mig_save_waiting(save->mig, save->early);
	if (!left)
		return false;
	clear_bit(0, &save->mig->priv->reinit_pending);
	save->initial = left;
	save->reinit = true;
	save->first_pass = unread(save);
	return true;
}
