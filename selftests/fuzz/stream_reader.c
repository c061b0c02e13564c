// SPDX-License-Identifier: GPL-2.0
/*
 * The reader of streams under libFuzzer.  Whatever the bytes are, it has to
 * keep what stream.h promises its caller, come to the same end in whatever
 * pieces it is fed, and accept only what can be written again.
 *
 * mutate.c makes inputs whose checksums are right, or nothing but the
 * checksums would be tested.
 */
#include <stdlib.h>

#include "compare.h"
#include "libfuzzer.h"
#include "stream_env.h"

#define MUST(condition) \
	((condition) ? (void)0 : broken(__LINE__, #condition))

static void broken(int line, const char *condition)
{
	fprintf(stderr, "stream_reader.c:%d: not so: %s\n", line, condition);
	abort();
}

/* ---- a caller that holds the reader to its word ---- */

/**
 * struct section - a section that has come, or a piece of one
 * @id: Its id.
 * @flags: Its flags, without MORE.
 * @offset: Where a piece belongs; 0 for a section.
 * @start: Where its bytes begin in the caller's.
 * @length: How many there are.
 * @zeros: Or how many of a piece are 0.
 */
struct section {
	__u32 id;
	__u32 flags;
	__u64 offset;
	size_t start;
	size_t length;
	__u32 zeros;
};

#define SECTIONS	1024

/**
 * struct caller - what the reader has told
 * @digest: Of all of it, in order.
 * @phase: What may come next.
 * @frame: The frame that is under way.
 * @left: Bytes to come of its payload, if it is wanted.
 * @offset: Where in the section they belong.
 * @wanted: Whether they are.
 * @refused: The caller has refused, or the reader has.
 * @bytes: All payloads that were wanted, of @used bytes.
 */
struct caller {
	__u64 digest;
	enum { HEADER, FRAME, PAYLOAD, DONE } phase;
	struct vfio_mig_stream_header header;
	struct vfio_mig_frame frame;
	__u64 left;
	__u64 offset;
	bool wanted;
	bool in_section;
	bool refused;
	struct section sections[SECTIONS];
	size_t count;
	__u8 *bytes;
	size_t used;
	size_t room;
};

static void digest(struct caller *caller, const void *data, size_t length)
{
	const __u8 *byte = data;

	while (length--)
		caller->digest = (caller->digest ^ *byte++) * 0x100000001b3;
}

/* Any stream that the reader lets through this far has a sound header. */
static void compare_header(const struct vfio_mig_stream_header *theirs)
{
	struct vfio_mig_stream_header ours = *theirs;
	struct vfio_mig_comparison comparison;
	unsigned int i;

	ours.required = 0;
	vfio_mig_seal_header(&ours);
	vfio_mig_compare(theirs, &ours, ~0ULL, &comparison);
	MUST(!comparison.count && !comparison.verdict);
	memset((__u8 *)&ours + 12, 0x5a, 44);
	vfio_mig_seal_header(&ours);
	vfio_mig_compare(theirs, &ours, 0, &comparison);
	MUST(comparison.count <= VFIO_MIG_MISMATCHES_MAX);
	for (i = 0; i < comparison.count; i++)
		MUST(vfio_mig_mismatch_errno(&comparison.mismatch[i]) < 0);
}

static int on_header(void *ctx, const struct vfio_mig_stream_header *header,
		     struct vfio_mig_refusal *why)
{
	struct caller *caller = ctx;

	MUST(!caller->refused && caller->phase == HEADER);
	MUST(!memcmp(header->magic, VFIO_MIG_STREAM_MAGIC, 8));
	caller->phase = FRAME;
	caller->header = *header;
	digest(caller, header, sizeof(*header));
	compare_header(header);
	return 0;
}

static void next_section(struct caller *caller, __u32 id, __u32 flags,
			 __u64 offset, __u32 zeros)
{
	struct section *section = &caller->sections[caller->count];

	if (caller->in_section) {
		MUST(section[-1].id == id && section[-1].flags == flags);
		return;
	}
	section->id = id;
	section->flags = flags;
	section->offset = flags & VFIO_MIG_FRAME_PIECE ? offset : 0;
	section->start = caller->used;
	section->length = 0;
	section->zeros = flags & VFIO_MIG_FRAME_ZEROS ? zeros : 0;
	caller->count++;
}

/* Some ids are refused, some skipped, as a device would. */
static int on_frame(void *ctx, const struct vfio_mig_frame *frame,
		    struct vfio_mig_refusal *why)
{
	__u32 flags = le32_to_cpu(frame->flags);
	__u32 id = le32_to_cpu(frame->id);
	struct caller *caller = ctx;
	struct section *section;

	MUST(!caller->refused && caller->phase == FRAME);
	MUST(id != VFIO_MIG_SECTION_END);
	MUST(le32_to_cpu(frame->length) <= VFIO_MIG_FRAME_MAX);
	digest(caller, frame, sizeof(*frame));
	if ((id & 0xff) == 0xee || caller->count == SECTIONS) {
		caller->refused = true;
		return -EOPNOTSUPP;
	}
	caller->phase = PAYLOAD;
	caller->frame = *frame;
	caller->wanted = (id & 0xf0) != 0x90;
	caller->left = le32_to_cpu(frame->length);
	if (!caller->wanted)
		return 0;
	caller->offset = le64_to_cpu(frame->offset);
	next_section(caller, id, flags & ~VFIO_MIG_FRAME_MORE, caller->offset,
		     le32_to_cpu(frame->zeros));
	caller->in_section = flags & VFIO_MIG_FRAME_MORE;
	section = &caller->sections[caller->count - 1];
	MUST(caller->offset == section->offset + section->length);
	MUST(caller->offset <= ~0ULL - (caller->left | section->zeros));
	return 1;
}

static int on_payload(void *ctx, const struct vfio_mig_frame *frame,
		      __u64 offset, const void *data, size_t length,
		      struct vfio_mig_refusal *why)
{
	struct caller *caller = ctx;

	MUST(!caller->refused && caller->phase == PAYLOAD && caller->wanted);
	MUST(!memcmp(frame, &caller->frame, sizeof(*frame)));
	MUST(length && length <= caller->left && offset == caller->offset);
	MUST(length <= caller->room - caller->used);
	memcpy(caller->bytes + caller->used, data, length);
	digest(caller, data, length);
	caller->used += length;
	caller->left -= length;
	caller->offset += length;
	caller->sections[caller->count - 1].length += length;
	return 0;
}

static int on_frame_done(void *ctx, const struct vfio_mig_frame *frame,
			 struct vfio_mig_refusal *why)
{
	struct caller *caller = ctx;

	MUST(!caller->refused && caller->phase == PAYLOAD);
	MUST(!caller->wanted || !caller->left);
	caller->phase = FRAME;
	digest(caller, "d", 1);
	return 0;
}

static int on_done(void *ctx, struct vfio_mig_refusal *why)
{
	struct caller *caller = ctx;

	MUST(!caller->refused && caller->phase == FRAME);
	MUST(!caller->in_section);
	caller->phase = DONE;
	return 0;
}

static const struct vfio_mig_reader_ops ops = {
	.header = on_header,
	.frame = on_frame,
	.payload = on_payload,
	.frame_done = on_frame_done,
	.done = on_done,
};

/* ---- reading and writing ---- */

static void caller_init(struct caller *caller, size_t size)
{
	memset(caller, 0, sizeof(*caller));
	caller->digest = 0xcbf29ce484222325;
	caller->room = size;
	caller->bytes = malloc(size + 1);
	MUST(caller->bytes);
}

/* A refusal stands, whatever else is fed. */
static void feed_more(struct vfio_mig_reader *reader, int error)
{
	struct vfio_mig_refusal why = reader->why;
	__u64 bytes = reader->bytes;

	MUST(reader->why.error == error && reader->why.text[0]);
	MUST(vfio_mig_reader_feed(reader, "more", 4) == error);
	MUST(vfio_mig_reader_finish(reader) == error);
	MUST(reader->bytes == bytes);
	MUST(!memcmp(&why, &reader->why, sizeof(why)));
}

/* @pace: 0 to feed all at once, else what pieces are made from. */
static int read_stream(struct caller *caller, const __u8 *data, size_t size,
		       __u32 pace)
{
	struct vfio_mig_reader reader;
	size_t piece;
	int ret = 0;

	vfio_mig_reader_init(&reader, &ops, caller);
	while (size && !ret) {
		piece = size;
		if (pace) {
			pace = pace * 1664525 + 1013904223;
			piece = pace >> 31 ? 1 : (pace >> 20) % 200 + 1;
		}
		piece = piece < size ? piece : size;
		ret = vfio_mig_reader_feed(&reader, data, piece);
		data += piece;
		size -= piece;
	}
	caller->refused = true;
	if (ret)
		feed_more(&reader, ret);
	else
		ret = vfio_mig_reader_finish(&reader);
	MUST(ret <= 0 && ret > -200);
	MUST(!ret == (caller->phase == DONE && !reader.why.error));
	return ret;
}

static size_t write_stream(const struct caller *caller, __u8 *buffer,
			   size_t size)
{
	struct vfio_mig_writer writer = { .buf = buffer, .size = size };
	const struct section *section = caller->sections;
	size_t i;

	vfio_mig_write_header(&writer, &caller->header);
	for (i = 0; i < caller->count; i++, section++) {
		const __u8 *bytes = caller->bytes + section->start;

		if (section->flags & VFIO_MIG_FRAME_ZEROS)
			vfio_mig_write_zeros(&writer, section->id,
					     section->flags, section->offset,
					     section->zeros);
		else if (section->flags & VFIO_MIG_FRAME_PIECE)
			vfio_mig_write_piece(&writer, section->id,
					     section->flags, section->offset,
					     bytes, section->length);
		else
			vfio_mig_write_section(&writer, section->id,
					       section->flags, bytes,
					       section->length);
	}
	MUST(!vfio_mig_write_end(&writer) || buffer);
	return writer.used;
}

/* What was taken can be written, is taken again, and is then the same. */
static void write_again(const struct caller *first)
{
	size_t size = write_stream(first, NULL, 0);
	__u8 *stream = malloc(size), *again = malloc(size);
	struct caller *second = malloc(sizeof(*second));

	MUST(stream && again && second);
	MUST(write_stream(first, stream, size) == size);
	caller_init(second, size);
	MUST(!read_stream(second, stream, size, 7));
	MUST(second->count == first->count && second->used == first->used);
	MUST(!memcmp(second->bytes, first->bytes, first->used));
	MUST(!memcmp(second->sections, first->sections,
		     first->count * sizeof(first->sections[0])));
	MUST(write_stream(second, again, size) == size);
	MUST(!memcmp(stream, again, size));
	free(second->bytes);
	free(second);
	free(again);
	free(stream);
}

int fuzz_one_input(const __u8 *data, size_t size)
{
	static struct caller whole, pieces;
	__u32 pace = size * 2654435761u | 1;
	int ret;

	caller_init(&whole, size);
	caller_init(&pieces, size);
	ret = read_stream(&whole, data, size, 0);
	MUST(read_stream(&pieces, data, size, pace) == ret);
	MUST(whole.digest == pieces.digest || ret);
	MUST(whole.count == pieces.count && whole.phase == pieces.phase);
	if (!ret)
		write_again(&whole);
	free(whole.bytes);
	free(pieces.bytes);
	return 0;
}
