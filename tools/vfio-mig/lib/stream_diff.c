// SPDX-License-Identifier: GPL-2.0
/* Finds what two streams differ in: fields where they are known, else bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib.h"
#include "vfiomig_stream.h"

#define CHUNK	0x100000

/**
 * struct diff - two streams being compared
 * @a, @b: The streams.
 * @on_difference, @ctx: Who is told.
 * @pending: A range of bytes that may go on; none if its length is 0.
 * @error: Where a failure is set down.
 */
struct diff {
	const struct vfiomig_stream *a;
	const struct vfiomig_stream *b;
	vfiomig_on_difference on_difference;
	void *ctx;
	struct vfiomig_difference pending;
	struct vfiomig_error *error;
};

static void diff_fields(struct diff *diff, __u32 section,
			const struct vfiomig_field *field, const void *a,
			const void *b)
{
	struct vfiomig_difference found = { .section = section };

	for (; field->name; field++) {
		found.field = field;
		found.a = vfiomig_field_value(field, a);
		found.b = vfiomig_field_value(field, b);
		if (found.a != found.b)
			diff->on_difference(&found, diff->ctx);
	}
}

static void end_range(struct diff *diff)
{
	if (diff->pending.length)
		diff->on_difference(&diff->pending, diff->ctx);
	diff->pending.length = 0;
}

static void diff_bytes(struct diff *diff, __u32 section, __u64 offset,
		       const char *a, const char *b, size_t size)
{
	struct vfiomig_difference *pending = &diff->pending;
	size_t i;

	for (i = 0; i < size; i++) {
		if (a[i] == b[i]) {
			end_range(diff);
			continue;
		}
		if (!pending->length) {
			pending->section = section;
			pending->offset = offset + i;
		}
		pending->length++;
	}
}

/* Where the first byte at or after @offset is that a piece has brought. */
static __u64 next_data(const struct vfiomig_section *section, __u64 offset)
{
	const struct vfiomig_piece *piece = section->pieces;
	const struct vfiomig_piece *end = piece + section->count;
	__u64 first = section->size;

	for (; piece < end; piece++)
		if (piece->offset + piece->length > offset &&
		    piece->offset < first)
			first = piece->offset;
	return first > offset ? first : offset;
}

static int read_both(struct diff *diff, const struct vfiomig_section *a,
		     const struct vfiomig_section *b, __u64 offset,
		     void *bytes, size_t size)
{
	int err = vfiomig_stream_read(diff->a, a, offset, bytes, size,
				      diff->error);

	if (!err)
		err = vfiomig_stream_read(diff->b, b, offset,
					  (char *)bytes + size, size,
					  diff->error);
	return err;
}

static bool has_pieces(const struct vfiomig_section *section)
{
	return section->flags & VFIO_MIG_FRAME_PIECE;
}

/* What no piece has brought is 0, so a section of pieces has no size. */
static __u64 end_of_both(const struct vfiomig_section *a,
			 const struct vfiomig_section *b)
{
	if (has_pieces(a) || has_pieces(b))
		return a->size > b->size ? a->size : b->size;
	return a->size < b->size ? a->size : b->size;
}

static int diff_data(struct diff *diff, const struct vfiomig_section *a,
		     const struct vfiomig_section *b, char *room)
{
	__u64 end = end_of_both(a, b);
	__u64 next_a, next_b, next;
	__u64 offset = 0;
	size_t size;
	int err;

	while (offset < end) {
		next_a = offset < a->size ? next_data(a, offset) : end;
		next_b = offset < b->size ? next_data(b, offset) : end;
		next = next_a < next_b ? next_a : next_b;
		if (next > offset)
			end_range(diff);
		if (next >= end)
			break;
		size = end - next < CHUNK ? end - next : CHUNK;
		err = read_both(diff, a, b, next, room, size);
		if (err)
			return err;
		diff_bytes(diff, a->id, next, room, room + size, size);
		offset = next + size;
	}
	end_range(diff);
	return 0;
}

static int diff_contents(struct diff *diff, const struct vfiomig_section *a,
			 const struct vfiomig_section *b, char *room)
{
	const struct vfiomig_section_type *type = vfiomig_section_type(a->id);
	int err;

	if (!type || !type->fields || type->size != a->size ||
	    type->size != b->size || type->size > CHUNK)
		return diff_data(diff, a, b, room);
	err = read_both(diff, a, b, 0, room, type->size);
	if (!err)
		diff_fields(diff, a->id, type->fields, room,
			    room + type->size);
	return err;
}

/* A section's flags and size are fields of it too. */
static void diff_shape(struct diff *diff, const struct vfiomig_section *a,
		       const struct vfiomig_section *b)
{
	static const struct vfiomig_field flags = { .name = "flags",
						    .hex = true };
	static const struct vfiomig_field size = { .name = "size" };
	struct vfiomig_difference found = { .section = a->id };
	const __u32 frames = VFIO_MIG_FRAME_PIECE | VFIO_MIG_FRAME_XXH64;

	/* But for what is about frames. */
	if ((a->flags ^ b->flags) & ~frames) {
		found.field = &flags;
		found.a = a->flags & ~frames;
		found.b = b->flags & ~frames;
		diff->on_difference(&found, diff->ctx);
	}
	if (a->size != b->size && !has_pieces(a) && !has_pieces(b)) {
		found.field = &size;
		found.a = a->size;
		found.b = b->size;
		diff->on_difference(&found, diff->ctx);
	}
}

static void only_in(struct diff *diff, const struct vfiomig_section *section,
		    int in)
{
	struct vfiomig_difference found = {
		.section = section->id,
		.in = in,
		.length = section->size,
	};

	diff->on_difference(&found, diff->ctx);
}

static int diff_sections(struct diff *diff, char *room)
{
	const struct vfiomig_section *a, *b;
	unsigned int i;
	int err = 0;

	for (i = 0; i < diff->a->count && !err; i++) {
		a = &diff->a->sections[i];
		b = vfiomig_stream_section(diff->b, a->id);
		if (!b) {
			only_in(diff, a, 1);
			continue;
		}
		diff_shape(diff, a, b);
		err = diff_contents(diff, a, b, room);
	}
	for (i = 0; i < diff->b->count && !err; i++) {
		b = &diff->b->sections[i];
		if (!vfiomig_stream_section(diff->a, b->id))
			only_in(diff, b, 2);
	}
	return err;
}

int vfiomig_stream_diff(const struct vfiomig_stream *a,
			const struct vfiomig_stream *b,
			vfiomig_on_difference on_difference, void *ctx,
			struct vfiomig_error *error)
{
	struct diff diff = {
		.a = a,
		.b = b,
		.on_difference = on_difference,
		.ctx = ctx,
		.error = error,
	};
	char *room;
	int err;

	room = malloc(2 * CHUNK);
	if (!room)
		return lib_fail_errno(error, -ENOMEM, "%s", a->name);
	diff_fields(&diff, VFIO_MIG_SECTION_END, vfiomig_header_fields,
		    &a->header, &b->header);
	err = diff_sections(&diff, room);
	free(room);
	return err;
}
