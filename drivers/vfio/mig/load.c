// SPDX-License-Identifier: GPL-2.0
/*
 * Checks a stream against a device: identity as soon as the header is there,
 * sections by themselves, and all of them together at the end.  The device is
 * touched after the last of these checks and not before; but bulk memory, which
 * is placed a frame at a time, and scrubbed if the stream is refused after all.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "load.h"

/* A section whose behaviour is switched off is as unknown as any other. */
static bool is_known(struct vfio_mig_device *mig,
		     const struct vfio_mig_section *section)
{
	return !(section->behaviour & ~mig->behaviours);
}

static int section_index(struct vfio_mig_device *mig, u32 id)
{
	const struct vfio_mig_section *sections = mig->ops->sections;
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++)
		if (sections[i].id == id && is_known(mig, &sections[i]))
			return i;
	return -1;
}

/* The first behaviour of @bits that this driver does not know. */
static int lacks_behaviour(struct vfio_mig_device *mig, u64 bits,
			   struct vfio_mig_refusal *why)
{
	unsigned int bit = __ffs64(bits & ~mig->behaviours);
	const char *name = vfio_mig_behaviour_of(mig->ops, BIT_ULL(bit));

	if (!name)
		return vfio_mig_refuse(why, -EOPNOTSUPP, 0,
				       "header: required behaviours: bit %u is not known here",
				       bit);
	return vfio_mig_refuse(why, -EOPNOTSUPP, 0,
			       "header: required behaviours: %s is not known here",
			       name);
}

static int load_header(void *ctx, const struct vfio_mig_stream_header *theirs,
		       struct vfio_mig_refusal *why)
{
	struct vfio_mig_comparison comparison;
	struct vfio_mig_stream_header ours;
	const struct vfio_mig_mismatch *first;
	struct vfio_mig_load *load = ctx;

	vfio_mig_identity(load->mig, &ours);
	vfio_mig_seal_header(&ours);
	vfio_mig_compare(theirs, &ours, load->mig->behaviours, &comparison);
	if (!(comparison.verdict & VFIO_MIG_MISMATCH_REFUSED))
		return 0;
	first = &comparison.mismatch[0];
	if (first->field == VFIO_MIG_FIELD_REQUIRED)
		return lacks_behaviour(load->mig, first->theirs, why);
	return vfio_mig_refuse(why, vfio_mig_mismatch_errno(first), 0,
			       "header: %s is %#llx, this device has %#llx",
			       vfio_mig_field_name(first->field),
			       first->theirs, first->ours);
}

static int check_frame(struct vfio_mig_device *mig,
		       const struct vfio_mig_section *section,
		       struct vfio_mig_load_part *part,
		       const struct vfio_mig_frame *frame,
		       struct vfio_mig_refusal *why)
{
	bool piece = le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_PIECE;
	u64 size = vfio_mig_section_size(mig, section);
	u64 offset = le64_to_cpu(frame->offset);

	if (part->complete && !(piece && part->pieces))
		return vfio_mig_refuse(why, -EBADMSG, section->id,
				       "section %s: comes twice",
				       section->name);
	if (offset > size || vfio_mig_frame_bytes(frame) > size - offset)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: longer than %llu bytes",
				       section->name, size);
	if (piece && !section->extent && !section->live)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: comes in pieces",
				       section->name);
	part->pieces = piece;
	if (section->extent)
		return vfio_mig_load_check_bulk(section, piece, offset, vfio_mig_frame_bytes(frame),
				  why);
	return 1;
}

/* It has a name if its behaviour alone is switched off. */
static int lacks_section(struct vfio_mig_device *mig, u32 id,
			 struct vfio_mig_refusal *why)
{
	const struct vfio_mig_section *section = mig->ops->sections;
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++, section++)
		if (section->id == id)
			return vfio_mig_refuse(why, -EOPNOTSUPP, id,
					       "section %s (%#x): required, and not known here",
					       section->name, id);
	return vfio_mig_refuse(why, -EOPNOTSUPP, id,
			       "section %#x: required, and not known here", id);
}

static int load_frame(void *ctx, const struct vfio_mig_frame *frame,
		      struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	u32 id = le32_to_cpu(frame->id);
	int i;

	i = section_index(load->mig, id);
	if (i < 0 && le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_REQUIRED)
		return lacks_section(load->mig, id, why);
	if (i < 0) {
		load->skipped++;
		return 0;
	}

	return check_frame(load->mig, &load->mig->ops->sections[i],
			   &load->parts[i], frame, why);
}

static int load_payload(void *ctx, const struct vfio_mig_frame *frame,
			u64 offset, const void *data, size_t length,
			struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	int i = section_index(load->mig, le32_to_cpu(frame->id));
	u8 *to;

	if (load->mig->ops->sections[i].extent)
		to = load->frame + offset - le64_to_cpu(frame->offset);
	else
		to = load->parts[i].payload + offset;
	/* See vfio_mig_load_room(). */
	if (data != to)
		memcpy(to, data, length);
	return 0;
}

static int ask(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;

	if (!ops->ask)
		return 0;
	load->placed = true;
	return ops->ask(load->mig, load->state, why);
}

/* What has come of a section becomes part of the state; bulk memory is where it is. */
static int take_part(struct vfio_mig_load *load, unsigned int i,
		     struct vfio_mig_refusal *why)
{
	const struct vfio_mig_section *section = &load->mig->ops->sections[i];

	if (!load->parts[i].complete || section->extent)
		return 0;
	vfio_mig_fields_take(section, load->parts[i].payload, load->state);
	return vfio_mig_fields_check(section, load->state, why);
}

/* While the source still runs: of what it has sent, what may be refused here. */
static int ask_early(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;
	unsigned int i;
	int ret;

	vfio_mig_fields_initial(ops, load->state);
	for (i = 0; i < ops->nr_sections; i++) {
		ret = ops->sections[i].live ? take_part(load, i, why) : 0;
		if (ret)
			return ret;
	}
	return ask(load, why);
}

static int load_frame_done(void *ctx, const struct vfio_mig_frame *frame,
			   struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	const struct vfio_mig_section *section;
	struct vfio_mig_load_part *part;
	int i;

	i = section_index(load->mig, le32_to_cpu(frame->id));
	if (i < 0)
		return 0;
	section = &load->mig->ops->sections[i];
	part = &load->parts[i];
	if (section->extent)
		return vfio_mig_load_place(load, section, part, frame, why);
	if (le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_ZEROS)
		memset(part->payload + le64_to_cpu(frame->offset), 0,
		       le32_to_cpu(frame->zeros));
	part->bytes += le32_to_cpu(frame->length);
	if (le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_MORE)
		return 0;
	if (!part->pieces && part->bytes != vfio_mig_fields_size(section))
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: %u bytes instead of %u",
				       section->name, part->bytes,
				       vfio_mig_fields_size(section));
	part->complete = true;
	return section->live && part->pieces ? ask_early(load, why) : 0;
}

static const struct vfio_mig_reader_ops load_ops = {
	.header = load_header,
	.frame = load_frame,
	.payload = load_payload,
	.frame_done = load_frame_done,
};

/* A buffer for the section, or bitmaps of its pages and one for a frame. */
static bool alloc_part(struct vfio_mig_load *load,
		       const struct vfio_mig_section *section,
		       struct vfio_mig_load_part *part)
{
	if (!section->extent) {
		part->payload = kvzalloc(vfio_mig_fields_size(section),
					 VFIO_MIG_GFP_LARGE);
		return part->payload;
	}
	part->missing = (u32)section->extent(load->mig) / VFIO_MIG_BULK_PAGE;
	part->pages = bitmap_zalloc(part->missing, GFP_KERNEL_ACCOUNT);
	part->zeros = bitmap_zalloc(part->missing, GFP_KERNEL_ACCOUNT);
	if (!load->frame)
		load->frame = kvmalloc(VFIO_MIG_FRAME_MAX, VFIO_MIG_GFP_LARGE);
	return part->pages && part->zeros && load->frame;
}

struct vfio_mig_load *vfio_mig_load_alloc(struct vfio_mig_device *mig)
{
	unsigned int count = mig->ops->nr_sections;
	struct vfio_mig_load *load;
	unsigned int i;

	load = kzalloc(struct_size(load, parts, count), GFP_KERNEL_ACCOUNT);
	if (!load)
		return NULL;
	load->mig = mig;
	load->nr_parts = count;
	vfio_mig_reader_init(&load->reader, &load_ops, load);
	load->state = kvzalloc(mig->ops->state_size, VFIO_MIG_GFP_LARGE);
	if (!load->state) {
		kfree(load);
		return NULL;
	}
	for (i = 0; i < count; i++) {
		if (!alloc_part(load, &mig->ops->sections[i],
				&load->parts[i])) {
			vfio_mig_load_free(load);
			return NULL;
		}
	}
	return load;
}

void vfio_mig_load_free(struct vfio_mig_load *load)
{
	unsigned int i;

	if (!load)
		return;
	for (i = 0; i < load->nr_parts; i++) {
		kvfree(load->parts[i].payload);
		bitmap_free(load->parts[i].pages);
		bitmap_free(load->parts[i].zeros);
	}
	kvfree(load->frame);
	kvfree(load->state);
	kfree(load);
}

/*
 * Nothing of the stream stays.  So it is refused for good, even if what was
 * wrong is not any more: what was placed of it is gone.
 */
static int refuse(struct vfio_mig_load *load, int error,
		  struct vfio_mig_refusal *why)
{
	if (load->placed)
		vfio_mig_bus(load->mig->vdev)->scrub(load->mig);
	load->placed = false;
	why->error = error;
	load->refused = *why;
	return error;
}

/* 0, or as before. */
static int refused(const struct vfio_mig_load *load,
		   struct vfio_mig_refusal *why)
{
	if (load->refused.error)
		*why = load->refused;
	return load->refused.error;
}

static bool in_bulk_memory(const struct vfio_mig_load *load)
{
	const struct vfio_mig_reader *reader = &load->reader;
	int i;

	if (reader->phase != VFIO_MIG_READ_PAYLOAD || !reader->wanted)
		return false;
	i = section_index(load->mig, le32_to_cpu(reader->frame.id));
	return i >= 0 && load->mig->ops->sections[i].extent;
}

/*
 * Where the next *@count bytes are best put before they are fed, or as many of them as
 * are given back there: bulk memory where all of its frame will be, so that it is not
 * copied again, and anything else into @chunk, of @size bytes.
 */
u8 *vfio_mig_load_room(struct vfio_mig_load *load, u8 *chunk, size_t size,
		       size_t *count)
{
	const struct vfio_mig_reader *reader = &load->reader;
	u32 left = reader->need - reader->have;

	/* Nothing is left at the end, nor of a frame that was refused when it was whole. */
	if (!load->frame || !left || reader->why.error) {
		*count = min(*count, size);
		return chunk;
	}
	/* What comes before a frame of memory must not bring some of it along. */
	*count = min_t(size_t, *count, left);
	if (in_bulk_memory(load))
		return load->frame + reader->have;
	*count = min(*count, size);
	return chunk;
}

/*
 * Take bytes, at most to the end of a frame, which is when the device is given
 * something to do.  How many, or -errno.
 */
ssize_t vfio_mig_load_feed(struct vfio_mig_load *load, const void *data,
			   size_t length, struct vfio_mig_refusal *why)
{
	size_t left = load->reader.need - load->reader.have;
	int ret = refused(load, why);

	if (ret)
		return ret;
	/* Behind the end nothing is left; what comes there is refused. */
	length = min(length, left ?: 1);
	ret = vfio_mig_reader_feed(&load->reader, data, length);
	if (!ret)
		return length;
	*why = load->reader.why;
	return refuse(load, ret, why);
}

/* Has all of it come that has to? */
static int check_part(const struct vfio_mig_section *section,
		      const struct vfio_mig_load_part *part,
		      struct vfio_mig_refusal *why)
{
	if (section->extent && part->missing)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: %u pages are missing",
				       section->name, part->missing);
	if (section->always && !part->complete)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: missing", section->name);
	return 0;
}

/* Make a state of what has come.  What has not come is as after power-on. */
static int take_parts(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;
	unsigned int i;
	int ret;

	vfio_mig_fields_initial(ops, load->state);
	for (i = 0; i < ops->nr_sections; i++) {
		if (!is_known(load->mig, &ops->sections[i]))
			continue;
		ret = check_part(&ops->sections[i], &load->parts[i], why);
		if (!ret)
			ret = take_part(load, i, why);
		if (ret)
			return ret;
	}
	return 0;
}

/* What the state says, and a section about it, come together or not at all. */
static int check_presence(struct vfio_mig_load *load,
			  struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;
	const struct vfio_mig_section *section = ops->sections;
	unsigned int i;
	bool needed;

	for (i = 0; i < load->nr_parts; i++, section++) {
		if (!section->if_field)
			continue;
		needed = vfio_mig_fields_present(ops, section, load->state);
		if (needed == load->parts[i].complete)
			continue;
		return vfio_mig_refuse(why, -EINVAL, section->id, needed ?
				       "section %s: missing, and %s has %#llx" :
				       "section %s: present, and %s has no %#llx",
				       section->name, section->if_field,
				       section->if_bits);
	}
	return 0;
}

static int check_all(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;
	int ret;

	ret = take_parts(load, why);
	if (!ret)
		ret = check_presence(load, why);
	if (!ret && ops->check)
		ret = ops->check(load->mig, load->state, why);
	return ret ?: ask(load, why);
}

int vfio_mig_load_apply(struct vfio_mig_load *load,
			struct vfio_mig_refusal *why)
{
	struct vfio_mig_device *mig = load->mig;
	int ret = refused(load, why);

	if (ret)
		return ret;
	ret = vfio_mig_reader_finish(&load->reader);
	if (ret) {
		*why = load->reader.why;
		why->error = ret;
		return ret;
	}
	ret = check_all(load, why);
	if (ret)
		return refuse(load, ret, why);
	mutex_lock(&mig->lock);
	memcpy(vfio_mig_state(mig), load->state, mig->ops->state_size);
	mutex_unlock(&mig->lock);
	if (mig->ops->load)
		mig->ops->load(mig);
	return 0;
}

/* refusal.c knows no kernel to export to. */
EXPORT_SYMBOL_GPL(vfio_mig_refuse);
