// SPDX-License-Identifier: GPL-2.0
/*
 * What holds for the codec, whatever bytes it is given.
 *
 * A reader is in some state, and takes some bytes.  All that is assumed of the
 * state is sound(), which holds at the beginning and is proved to hold again
 * afterwards: so what is proved on the way holds for streams of any length in
 * pieces of any size.  Checksums have any value, as if an adversary could
 * choose them, and callers answer anything.
 *
 * BREAK_* assumes less, or asks for too much: a proof must fail then, see
 * Makefile.
 */
#include <linux/types.h>
#include <stdlib.h>

/* The codec's own checksums give way to those below. */
#define stream_crc		real_stream_crc
#define stream_xxh64_begin	real_stream_xxh64_begin
#define stream_xxh64_add	real_stream_xxh64_add
#define stream_xxh64_end	real_stream_xxh64_end
#define stream_xxh64		real_stream_xxh64
#include "stream_env.h"
#undef stream_crc
#undef stream_xxh64_begin
#undef stream_xxh64_add
#undef stream_xxh64_end
#undef stream_xxh64

#include "cbmc.h"
#include "stream.h"

static inline __u32 stream_crc(__u32 crc, const void *data, size_t length)
{
	(void)crc;
	prove(__CPROVER_r_ok(data, length));
	return nondet_number();
}

static inline void stream_xxh64_begin(__u64 *state)
{
	prove(__CPROVER_w_ok(state, STREAM_XXH64_SIZE));
}

static inline void stream_xxh64_add(__u64 *state, const void *data,
				    size_t length)
{
	prove(__CPROVER_w_ok(state, STREAM_XXH64_SIZE));
	prove(__CPROVER_r_ok(data, length));
}

static inline __u64 stream_xxh64_end(const __u64 *state)
{
	prove(__CPROVER_r_ok(state, STREAM_XXH64_SIZE));
	return (__u64)nondet_number() << 32 | nondet_number();
}

static inline __u64 stream_xxh64(const void *data, size_t length)
{
	prove(__CPROVER_r_ok(data, length));
	return (__u64)nondet_number() << 32 | nondet_number();
}

/* A sentence may say anything, but it has to fit. */
#define vsnprintf(text, size, ...)	prove(__CPROVER_w_ok(text, size))

/* What is copied, and compared, is any bytes: see below. */
#define memcpy		copy_any
#define memmove		copy_any
#define memcmp		compare_any

static void copy_any(void *to, const void *from, size_t length);
static int compare_any(const void *one, const void *other, size_t length);

#include "refusal.c"
#include "stream_out.c"
#include "stream_in.c"

static struct vfio_mig_reader the_reader;

/* If @length bytes at @at are within @part, let all of it have any value. */
static int become_any(const void *at, size_t length, void *part, size_t size)
{
	const __u8 *begin = part;
	const __u8 *to = at;

	if (to < begin || to + length > begin + size)
		return 0;
	__CPROVER_havoc_slice(part, size);
	return 1;
}

/*
 * The bytes of a stream are any anyway, so the struct that some are copied into
 * becomes any; but they must not go beyond that struct.
 */
static void copy_any(void *to, const void *from, size_t length)
{
	struct vfio_mig_reader *reader = &the_reader;

	prove(__CPROVER_r_ok(from, length));
	prove(__CPROVER_w_ok(to, length));
	if (!__CPROVER_same_object(to, reader))
		return;
	prove(become_any(to, length, &reader->header, sizeof(reader->header)) ||
	      become_any(to, length, &reader->frame, sizeof(reader->frame)) ||
	      become_any(to, length, &reader->end, sizeof(reader->end)));
}

static int compare_any(const void *one, const void *other, size_t length)
{
	prove(__CPROVER_r_ok(one, length));
	prove(__CPROVER_r_ok(other, length));
	return nondet_number();
}

/* Bytes fed at a time: a frame, and some of what comes after it. */
#define FED	(sizeof(struct vfio_mig_frame) + 4)

/* What the caller has been told; the callbacks keep it. */
static struct {
	int began;
	int in_frame;
	int ended;
	int refused;
	__u32 left;
} told;

static __u32 id_of(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->id);
}

static __u32 length_of(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->length);
}

static __u64 offset_of(const struct vfio_mig_frame *frame)
{
	return le64_to_cpu(frame->offset);
}

static __u32 flags_of(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->flags);
}

/* Does what the frame brings end where an offset can say that it does? */
static int has_an_end(const struct vfio_mig_frame *frame)
{
	__u32 bytes = flags_of(frame) & VFIO_MIG_FRAME_ZEROS ?
		      le32_to_cpu(frame->zeros) : length_of(frame);

	return offset_of(frame) <= ~0ULL - bytes;
}

/* A piece stands by itself, wherever it is; a section begins at 0. */
static int sound_place(const struct vfio_mig_reader *reader)
{
	__u32 flags = flags_of(&reader->frame);

	if (!has_an_end(&reader->frame))
		return 0;
	if (flags & VFIO_MIG_FRAME_PIECE)
		return !(flags & VFIO_MIG_FRAME_MORE);
	return reader->section || !reader->section_bytes;
}

static int sound_payload(const struct vfio_mig_reader *reader)
{
	if (id_of(&reader->frame) == VFIO_MIG_SECTION_END) {
#ifndef BREAK_END
		if (reader->need != sizeof(reader->end))
			return 0;
#endif
		if (!reader->wanted)
			return 0;
	}
	return sound_place(reader) &&
	       reader->need == length_of(&reader->frame) &&
	       reader->need <= VFIO_MIG_FRAME_MAX &&
	       reader->section_bytes == offset_of(&reader->frame) &&
	       reader->bytes >= sizeof(reader->frame) + reader->have;
}

static int sound(const struct vfio_mig_reader *reader)
{
	if (reader->phase == VFIO_MIG_READ_DONE)
		return reader->have == 0 && reader->need == 0;
#ifndef BREAK_PIECE
	if (reader->have >= reader->need)
		return 0;
#endif
	if (reader->bytes < reader->have)
		return 0;

	switch (reader->phase) {
	case VFIO_MIG_READ_HEADER:
		return reader->need == sizeof(reader->header);
	case VFIO_MIG_READ_HEADER_EXTRA:
		return reader->need <= VFIO_MIG_HEADER_MAX;
	case VFIO_MIG_READ_FRAME:
		return reader->need == sizeof(reader->frame);
	default:
		return sound_payload(reader);
	}
}

/* Is @reader where its caller has been told that it is? */
static int agrees(const struct vfio_mig_reader *reader)
{
	int in_payload = reader->phase == VFIO_MIG_READ_PAYLOAD &&
			 id_of(&reader->frame) != VFIO_MIG_SECTION_END;

	if (in_payload && reader->wanted &&
	    told.left != reader->need - reader->have)
		return 0;
	return told.in_frame == in_payload &&
	       told.ended == (reader->phase == VFIO_MIG_READ_DONE) &&
	       told.began == (reader->phase != VFIO_MIG_READ_HEADER &&
			      reader->phase != VFIO_MIG_READ_HEADER_EXTRA);
}

/* Each callback begins with this, and ends with any answer(). */
static void listen(const struct vfio_mig_refusal *why)
{
	prove(!told.refused);
	prove(!told.ended);
#ifndef BREAK_SILENCE
	prove(!why->error);
#endif
}

static int answer(void)
{
	int ret = nondet_number();

	told.refused = ret < 0;
	return ret;
}

static int on_header(void *ctx, const struct vfio_mig_stream_header *header,
		     struct vfio_mig_refusal *why)
{
	(void)ctx;
	listen(why);
	prove(!told.began);
	prove(__CPROVER_r_ok(header, sizeof(*header)));
	told.began = 1;
	return answer();
}

static int on_frame(void *ctx, const struct vfio_mig_frame *frame,
		    struct vfio_mig_refusal *why)
{
	(void)ctx;
	listen(why);
	prove(told.began);
	prove(!told.in_frame);
	prove(id_of(frame) != VFIO_MIG_SECTION_END);
	prove(length_of(frame) <= VFIO_MIG_FRAME_MAX);
#ifdef BREAK_PLACE
	prove(offset_of(frame) < 1ULL << 63);
#else
	prove(has_an_end(frame));
#endif
	told.in_frame = 1;
	told.left = length_of(frame);
	return answer();
}

static int on_payload(void *ctx, const struct vfio_mig_frame *frame,
		      __u64 offset, const void *data, size_t length,
		      struct vfio_mig_refusal *why)
{
	(void)ctx;
	listen(why);
	prove(told.in_frame);
	prove(__CPROVER_r_ok(data, length));
	prove(offset == offset_of(frame) + length_of(frame) - told.left);
#ifdef BREAK_PAYLOAD
	prove(length < told.left);
#else
	prove(length > 0 && length <= told.left);
#endif
	told.left -= length;
	return answer();
}

static int on_frame_done(void *ctx, const struct vfio_mig_frame *frame,
			 struct vfio_mig_refusal *why)
{
	const struct vfio_mig_reader *reader = ctx;

	(void)frame;
	listen(why);
	prove(told.in_frame);
	prove(!reader->wanted || !told.left);
	told.in_frame = 0;
	return answer();
}

static int on_done(void *ctx, struct vfio_mig_refusal *why)
{
	(void)ctx;
	listen(why);
	prove(told.began);
	prove(!told.in_frame);
	told.ended = 1;
	return answer();
}

static const struct vfio_mig_reader_ops ops = {
	.header = on_header,
	.frame = on_frame,
	.payload = on_payload,
	.frame_done = on_frame_done,
	.done = on_done,
};

/* Counters are not at their ends: that takes 2^32 frames. */
static int far_from_the_end(const struct vfio_mig_reader *reader)
{
	return reader->frames < 1U << 31 && reader->bytes < 1ULL << 62 &&
	       (!reader->section || reader->section_bytes < 1ULL << 62);
}

void prove_reader_begins_sound(void)
{
	struct vfio_mig_reader reader;

	vfio_mig_reader_init(&reader, &ops, &reader);
#ifdef BREAK_BEGINNING
	reader.have = nondet_number();
#endif
	prove(sound(&reader));
	prove(agrees(&reader));
	prove(!reader.why.error);
	prove(vfio_mig_reader_finish(&reader) == -ENODATA);
	prove(!reader.why.error);
}

void prove_reader_is_safe(void)
{
	struct vfio_mig_reader *reader = &the_reader;
	size_t length = nondet_number();
	__u8 *data;
	int ret;

	assume(length <= FED);
	data = malloc(length);
	assume(data);

	__CPROVER_havoc_object(reader);
	reader->ops = &ops;
	reader->ctx = reader;
	reader->wanted = nondet_number() & 1;
	assume(reader->why.error <= 0);
	assume(reader->phase <= VFIO_MIG_READ_DONE);
	told.began = nondet_number() & 1;
	told.in_frame = nondet_number() & 1;
	told.ended = nondet_number() & 1;
	told.left = nondet_number();
	told.refused = reader->why.error < 0;
	assume(told.refused || (sound(reader) && agrees(reader)));
	assume(far_from_the_end(reader));

	ret = vfio_mig_reader_feed(reader, data, length);
	prove(ret == reader->why.error);
	prove(ret < 0 || !told.refused);
	prove(ret < 0 || (sound(reader) && agrees(reader)));
	prove(ret < 0 || (vfio_mig_reader_finish(reader) == 0) == told.ended);
}

void prove_writer_is_safe(void)
{
	struct vfio_mig_stream_header header;
	struct vfio_mig_writer writer = { 0 };
	size_t size = nondet_number(), length = nondet_number();
	__u8 *payload;
	size_t before;
	int ret;

	assume(size <= 512 && length <= VFIO_MIG_FRAME_MAX);
	writer.buf = nondet_number() & 1 ? malloc(size) : NULL;
	writer.size = size;
#ifdef BREAK_SIZE
	writer.size++;
#endif
	writer.used = nondet_number();
	before = writer.used;
	payload = malloc(length);
	assume(payload);
	__CPROVER_havoc_object(&header);

	vfio_mig_write_header(&writer, &header);
	prove(writer.used == before + sizeof(header));
	vfio_mig_write_section(&writer, nondet_number(), 0, payload, length);
	vfio_mig_write_piece(&writer, nondet_number(),
			     nondet_number() & VFIO_MIG_FRAME_XXH64,
			     nondet_number(), payload, length);
	vfio_mig_write_zeros(&writer, nondet_number(), 0, nondet_number(),
			     nondet_number());
	prove(writer.used == before + sizeof(header) +
	      3 * sizeof(struct vfio_mig_frame) + 2 * length);
	prove(writer.frames == 3);
	before = writer.used;
	ret = vfio_mig_write_end(&writer);
	prove(writer.used == before + sizeof(struct vfio_mig_frame) +
	      sizeof(struct vfio_mig_end));
	prove(ret == (writer.buf && writer.used > size ? -ENOSPC : 0));
}
