// SPDX-License-Identifier: GPL-2.0
/*
 * The codec's way in: takes frames apart, and refuses what is damaged.
 * Documentation/stream.md says what the bytes mean.
 */
#include "stream.h"
#include "stream_env.h"
#include "stream_sum.h"

static_assert(VFIO_MIG_XXH64_WORDS * sizeof(__u64) >= STREAM_XXH64_SIZE);

static void expect(struct vfio_mig_reader *reader,
		   enum vfio_mig_reader_phase phase, __u32 need)
{
	reader->phase = phase;
	reader->need = need;
	reader->have = 0;
	reader->crc = STREAM_CRC_INIT;
}

void vfio_mig_reader_init(struct vfio_mig_reader *reader,
			  const struct vfio_mig_reader_ops *ops, void *ctx)
{
	memset(reader, 0, sizeof(*reader));
	reader->ops = ops;
	reader->ctx = ctx;
	expect(reader, VFIO_MIG_READ_HEADER, sizeof(reader->header));
}

static int header_bad(struct vfio_mig_reader *reader, int error,
		      const char *text)
{
	return vfio_mig_refuse(&reader->why, error, 0, "header: %s", text);
}

static int finish_header(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_stream_header *header = &reader->header;

	if (~reader->crc != le32_to_cpu(header->crc))
		return header_bad(reader, -EBADMSG, "checksum is wrong");
	if (header->zero[0] || header->zero[1] || header->zero[2])
		return header_bad(reader, -EINVAL, "a byte that must be 0 is not");

	expect(reader, VFIO_MIG_READ_FRAME, sizeof(reader->frame));
	if (!reader->ops->header)
		return 0;
	return reader->ops->header(reader->ctx, header, &reader->why);
}

/*
 * The fixed part is here.  Its checksum also covers what a newer writer put
 * behind it, so nothing but the framing is believed until that has come.
 */
static int take_header(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_stream_header *header = &reader->header;
	__u32 length = le16_to_cpu(header->header_len);
	__u32 extra;

	if (memcmp(header->magic, VFIO_MIG_STREAM_MAGIC, sizeof(header->magic)))
		return header_bad(reader, -EINVAL, "not a vfio-mig stream");
	if (le16_to_cpu(header->framing) != VFIO_MIG_STREAM_FRAMING)
		return header_bad(reader, -EOPNOTSUPP, "unknown framing");
	if (length < sizeof(*header) || length > VFIO_MIG_HEADER_MAX)
		return header_bad(reader, -EBADMSG, "length is out of range");

	extra = length - sizeof(*header);
	reader->crc = stream_crc(STREAM_CRC_INIT, header,
				 offsetof(typeof(*header), crc));
	if (!extra)
		return finish_header(reader);
	reader->phase = VFIO_MIG_READ_HEADER_EXTRA;
	reader->need = extra;
	reader->have = 0;
	return 0;
}

static int frame_bad(struct vfio_mig_reader *reader, int error,
		     const char *text)
{
	__u32 id = le32_to_cpu(reader->frame.id);

	return vfio_mig_refuse(&reader->why, error, id, "section %#x: %s", id,
			       text);
}

#define KNOWN_FLAGS							\
	(VFIO_MIG_FRAME_REQUIRED | VFIO_MIG_FRAME_MORE |		\
	 VFIO_MIG_FRAME_PIECE | VFIO_MIG_FRAME_ZEROS)

/* A flag that the header does not announce is refused as if it had no meaning. */
static __u32 known_flags(const struct vfio_mig_reader *reader)
{
	__u64 required = le64_to_cpu(reader->header.required);

	return required & VFIO_MIG_STREAM_XXH64 ?
	       KNOWN_FLAGS | VFIO_MIG_FRAME_XXH64 : KNOWN_FLAGS;
}

/* A piece has something to say: bytes, or how many zeros; and an end. */
static int check_piece_shape(struct vfio_mig_reader *reader, __u32 flags,
			     __u32 length)
{
	__u32 bytes = flags & VFIO_MIG_FRAME_ZEROS ?
		      le32_to_cpu(reader->frame.zeros) : length;

	if (!bytes || flags & VFIO_MIG_FRAME_MORE)
		return frame_bad(reader, -EBADMSG, "malformed piece");
	if (flags & VFIO_MIG_FRAME_ZEROS && length)
		return frame_bad(reader, -EBADMSG, "zeros with a payload");
	if (flags & VFIO_MIG_FRAME_ZEROS && flags & VFIO_MIG_FRAME_XXH64)
		return frame_bad(reader, -EBADMSG, "zeros with a checksum");
	if (le64_to_cpu(reader->frame.offset) + bytes < bytes)
		return frame_bad(reader, -EBADMSG, "piece beyond any end");
	return 0;
}

static int check_frame_shape(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_frame *frame = &reader->frame;
	__u32 flags = le32_to_cpu(frame->flags);
	__u32 length = le32_to_cpu(frame->length);

	if (stream_crc_of(frame, offsetof(typeof(*frame), crc)) !=
	    le32_to_cpu(frame->crc))
		return vfio_mig_refuse(&reader->why, -EBADMSG, 0,
				       "frame %u: checksum is wrong",
				       reader->frames);
	if (flags & ~known_flags(reader))
		return frame_bad(reader, -EOPNOTSUPP, "unknown frame flags");
	if (length > VFIO_MIG_FRAME_MAX)
		return frame_bad(reader, -EBADMSG, "frame is too long");
	if ((flags & VFIO_MIG_FRAME_MORE) && !length)
		return frame_bad(reader, -EBADMSG, "empty frame in between");
	if (flags & VFIO_MIG_FRAME_PIECE)
		return check_piece_shape(reader, flags, length);
	if (flags & VFIO_MIG_FRAME_ZEROS)
		return frame_bad(reader, -EBADMSG, "zeros that are no piece");
	if (flags & VFIO_MIG_FRAME_XXH64)
		return frame_bad(reader, -EBADMSG, "xxh64 of no piece");
	return 0;
}

/*
 * A section's frames follow one another without a gap.  A piece stands by
 * itself, and its offset is for the caller to judge.
 */
static int check_frame_order(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_frame *frame = &reader->frame;
	__u32 flags = le32_to_cpu(frame->flags) & ~VFIO_MIG_FRAME_MORE;

	if (!reader->section && flags & VFIO_MIG_FRAME_PIECE)
		reader->section_bytes = le64_to_cpu(frame->offset);
	else if (!reader->section)
		reader->section_bytes = 0;
	else if (le32_to_cpu(frame->id) != reader->section)
		return frame_bad(reader, -EBADMSG,
				 "inside of another section");
	else if (flags != reader->section_flags)
		return frame_bad(reader, -EBADMSG, "flags change half way");

	if (le64_to_cpu(frame->offset) != reader->section_bytes)
		return frame_bad(reader, -EBADMSG, "frames have a gap");
	return 0;
}

static int take_end_frame(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_frame *frame = &reader->frame;

	if (le32_to_cpu(frame->flags) != VFIO_MIG_FRAME_REQUIRED ||
	    le32_to_cpu(frame->length) != sizeof(reader->end))
		return frame_bad(reader, -EBADMSG, "malformed end");
	reader->wanted = true;
	return 0;
}

static int finish_payload(struct vfio_mig_reader *reader);

static int take_frame(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_frame *frame = &reader->frame;
	__u32 length = le32_to_cpu(frame->length);
	int ret;

	ret = check_frame_shape(reader);
	if (ret)
		return ret;
	ret = check_frame_order(reader);
	if (ret)
		return ret;

	if (le32_to_cpu(frame->id) == VFIO_MIG_SECTION_END) {
		ret = take_end_frame(reader);
	} else {
		ret = reader->ops->frame(reader->ctx, frame, &reader->why);
		reader->wanted = ret > 0;
	}
	if (ret < 0)
		return ret;

	expect(reader, VFIO_MIG_READ_PAYLOAD, length);
	if (stream_has_xxh64(frame))
		stream_xxh64_begin(reader->xxh64);
	return length ? 0 : finish_payload(reader);
}

static int finish_end(struct vfio_mig_reader *reader)
{
	__u64 before = reader->bytes - sizeof(reader->frame) -
		       sizeof(reader->end);

	if (le64_to_cpu(reader->end.bytes) != before ||
	    le32_to_cpu(reader->end.frames) != reader->frames)
		return frame_bad(reader, -EBADMSG, "totals are wrong");

	expect(reader, VFIO_MIG_READ_DONE, 0);
	if (!reader->ops->done)
		return 0;
	return reader->ops->done(reader->ctx, &reader->why);
}

static bool sum_is_right(const struct vfio_mig_reader *reader)
{
	const struct vfio_mig_frame *frame = &reader->frame;

	if (stream_has_xxh64(frame))
		return stream_xxh64_end(reader->xxh64) == stream_get_xxh64(frame);
	return ~reader->crc == le32_to_cpu(frame->payload_crc);
}

static int finish_payload(struct vfio_mig_reader *reader)
{
	const struct vfio_mig_frame *frame = &reader->frame;
	__u32 flags = le32_to_cpu(frame->flags);
	__u32 id = le32_to_cpu(frame->id);

	if (!sum_is_right(reader))
		return frame_bad(reader, -EBADMSG, "checksum is wrong");
	if (id == VFIO_MIG_SECTION_END)
		return finish_end(reader);

	reader->frames++;
	reader->section_bytes += le32_to_cpu(frame->length);
	reader->section_flags = flags & ~VFIO_MIG_FRAME_MORE;
	reader->section = flags & VFIO_MIG_FRAME_MORE ? id : 0;

	expect(reader, VFIO_MIG_READ_FRAME, sizeof(reader->frame));
	if (!reader->ops->frame_done)
		return 0;
	return reader->ops->frame_done(reader->ctx, frame, &reader->why);
}

static int take_payload(struct vfio_mig_reader *reader, const void *data,
			__u32 length)
{
	if (!reader->wanted)
		return 0;
	if (le32_to_cpu(reader->frame.id) == VFIO_MIG_SECTION_END) {
		memcpy((__u8 *)&reader->end + reader->have, data, length);
		return 0;
	}
	if (!reader->ops->payload)
		return 0;
	return reader->ops->payload(reader->ctx, &reader->frame,
				    reader->section_bytes + reader->have, data,
				    length, &reader->why);
}

/* Store or check @length bytes of the current piece. */
static int take_bytes(struct vfio_mig_reader *reader, const void *data,
		      __u32 length)
{
	switch (reader->phase) {
	case VFIO_MIG_READ_HEADER:
		memcpy((__u8 *)&reader->header + reader->have, data, length);
		return 0;
	case VFIO_MIG_READ_FRAME:
		memcpy((__u8 *)&reader->frame + reader->have, data, length);
		return 0;
	case VFIO_MIG_READ_HEADER_EXTRA:
		reader->crc = stream_crc(reader->crc, data, length);
		return 0;
	case VFIO_MIG_READ_PAYLOAD:
		if (stream_has_xxh64(&reader->frame))
			stream_xxh64_add(reader->xxh64, data, length);
		else
			reader->crc = stream_crc(reader->crc, data, length);
		return take_payload(reader, data, length);
	case VFIO_MIG_READ_DONE:
		break;
	}
	return vfio_mig_refuse(&reader->why, -E2BIG, 0,
			       "bytes after the end of the stream");
}

static int finish_piece(struct vfio_mig_reader *reader)
{
	switch (reader->phase) {
	case VFIO_MIG_READ_HEADER:
		return take_header(reader);
	case VFIO_MIG_READ_HEADER_EXTRA:
		return finish_header(reader);
	case VFIO_MIG_READ_FRAME:
		return take_frame(reader);
	case VFIO_MIG_READ_PAYLOAD:
		return finish_payload(reader);
	case VFIO_MIG_READ_DONE:
		break;
	}
	return 0;
}

/* A caller may return an errno without a sentence; the errno still counts. */
static int fail(struct vfio_mig_reader *reader, int error)
{
	return vfio_mig_refuse(&reader->why, error,
			       le32_to_cpu(reader->frame.id),
			       "section %#x: refused by the device",
			       le32_to_cpu(reader->frame.id));
}

int vfio_mig_reader_feed(struct vfio_mig_reader *reader, const void *data,
			 size_t length)
{
	const __u8 *bytes = data;
	int ret;

	if (reader->why.error)
		return reader->why.error;

	while (length) {
		__u32 piece = stream_smaller(length, reader->need - reader->have);

		ret = take_bytes(reader, bytes, piece);
		if (ret < 0)
			return fail(reader, ret);
		reader->have += piece;
		reader->bytes += piece;
		bytes += piece;
		length -= piece;

		if (reader->have < reader->need)
			continue;
		ret = finish_piece(reader);
		if (ret < 0)
			return fail(reader, ret);
	}
	return 0;
}

int vfio_mig_reader_finish(struct vfio_mig_reader *reader)
{
	if (reader->why.error)
		return reader->why.error;
	if (reader->phase == VFIO_MIG_READ_DONE)
		return 0;
	vfio_mig_refuse(&reader->why, -ENODATA, 0,
			"the stream is not complete: it ends at byte %llu",
			(unsigned long long)reader->bytes);
	/* The rest may still come. */
	reader->why.error = 0;
	return -ENODATA;
}
