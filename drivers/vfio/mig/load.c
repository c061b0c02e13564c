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

#include "mig.h"

/* Pages that a device clears at a time: as many as a frame of data has at most. */
#define CLEAR_AT_ONCE	(VFIO_MIG_FRAME_MAX / VFIO_MIG_BULK_PAGE)

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
 * @frame: The current frame's payload, of bulk memory; NULL if there is none.
 * @placed: Some bulk memory has been placed.
 * @refused: Why the stream was refused; from then on nothing of it is used.
 */
struct vfio_mig_load {
	struct vfio_mig_device *mig;
	struct vfio_mig_reader reader;
	unsigned int nr_parts;
	u32 skipped;
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

/* A section whose behaviour is switched off is as unknown as any other. */
static int section_index(struct vfio_mig_device *mig, u32 id)
{
	const struct vfio_mig_section *sections = mig->ops->sections;
	unsigned int i;

	for (i = 0; i < mig->ops->nr_sections; i++)
		if (sections[i].id == id &&
		    !(sections[i].behaviour & ~mig->behaviours))
			return i;
	return -1;
}

/* The first behaviour of @bits that this driver does not know. */
static int lacks_behaviour(const struct vfio_mig_stream_header *ours,
			   u64 bits, struct vfio_mig_refusal *why)
{
	unsigned int bit = __ffs64(bits);
	const char *name =
		vfio_mig_behaviour_name(le16_to_cpu(ours->vendor),
					le16_to_cpu(ours->device), bit);

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
		return lacks_behaviour(&ours,
				       first->theirs & ~load->mig->behaviours,
				       why);
	return vfio_mig_refuse(why, vfio_mig_mismatch_errno(first), 0,
			       "header: %s is %#llx, this device has %#llx",
			       vfio_mig_field_name(first->field),
			       first->theirs, first->ours);
}

/* Bytes of the section that a frame is about. */
static u32 frame_bytes(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_ZEROS ?
		le32_to_cpu(frame->zeros) : le32_to_cpu(frame->length);
}

static int check_bulk(const struct vfio_mig_section *section, bool piece,
		      u64 offset, u32 length, struct vfio_mig_refusal *why)
{
	if (piece && IS_ALIGNED(offset | length, VFIO_MIG_BULK_PAGE))
		return 1;
	return vfio_mig_refuse(why, -EINVAL, section->id,
			       "section %s: not in pieces of whole pages",
			       section->name);
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
	if (offset > size || frame_bytes(frame) > size - offset)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: longer than %llu bytes",
				       section->name, size);
	if (piece && !section->pieces)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: comes in pieces",
				       section->name);
	part->pieces = piece;
	if (section->extent)
		return check_bulk(section, piece, offset, frame_bytes(frame),
				  why);
	return 1;
}

static int load_frame(void *ctx, const struct vfio_mig_frame *frame,
		      struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	u32 id = le32_to_cpu(frame->id);
	int i;

	i = section_index(load->mig, id);
	if (i < 0 && le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_REQUIRED)
		return vfio_mig_refuse(why, -EOPNOTSUPP, id,
				       "section %s (%#x): required, and not known here",
				       vfio_mig_section_name(id) ?: "", id);
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

/* The frame is whole, and its checksum right. */
static int place(struct vfio_mig_load *load,
		 const struct vfio_mig_section *section,
		 struct vfio_mig_load_part *part,
		 const struct vfio_mig_frame *frame,
		 struct vfio_mig_refusal *why)
{
	u32 first = (u32)le64_to_cpu(frame->offset) / VFIO_MIG_BULK_PAGE;
	u32 end = first + frame_bytes(frame) / VFIO_MIG_BULK_PAGE;
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
		return place(load, section, part, frame, why);
	if (le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_ZEROS)
		memset(part->payload + le64_to_cpu(frame->offset), 0,
		       le32_to_cpu(frame->zeros));
	part->bytes += le32_to_cpu(frame->length);
	if (le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_MORE)
		return 0;
	if (!part->pieces && part->bytes != section->size)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: %u bytes instead of %u",
				       section->name, part->bytes,
				       section->size);
	part->complete = true;
	return 0;
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
		part->payload = kvzalloc(section->size, VFIO_MIG_GFP_LARGE);
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
		load->mig->ops->scrub(load->mig);
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

static int check_parts(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_section *section;
	struct vfio_mig_load_part *part;
	unsigned int i;
	int ret;

	for (i = 0; i < load->mig->ops->nr_sections; i++) {
		section = &load->mig->ops->sections[i];
		part = &load->parts[i];
		if (section->extent && part->missing)
			return vfio_mig_refuse(why, -EINVAL, section->id,
					       "section %s: %u pages are missing",
					       section->name, part->missing);
		if (section->always && !part->complete)
			return vfio_mig_refuse(why, -EINVAL, section->id,
					       "section %s: missing",
					       section->name);
		if (!part->complete || !section->check)
			continue;
		ret = section->check(load->mig, part->payload, why);
		if (ret)
			return ret;
	}
	return 0;
}

static int check_all(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;
	int ret;

	ret = check_parts(load, why);
	if (ret || !ops->check)
		return ret;
	return ops->check(load->mig, load, why);
}

int vfio_mig_load_apply(struct vfio_mig_load *load,
			struct vfio_mig_refusal *why)
{
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
	load->mig->ops->load(load->mig, load);
	return 0;
}

/* refusal.c knows no kernel to export to. */
EXPORT_SYMBOL_GPL(vfio_mig_refuse);

const void *vfio_mig_loaded(const struct vfio_mig_load *load, u32 id)
{
	int i = section_index(load->mig, id);

	if (i < 0 || !load->parts[i].complete)
		return NULL;
	return load->parts[i].payload;
}
EXPORT_SYMBOL_GPL(vfio_mig_loaded);
