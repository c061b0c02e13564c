// SPDX-License-Identifier: GPL-2.0
/*
 * The codec's way out: how bytes are framed.  Documentation/stream.md says what they
 * mean.
 */
#include "stream.h"
#include "stream_env.h"
#include "stream_sum.h"

static_assert(sizeof(struct vfio_mig_stream_header) == 80);
static_assert(sizeof(struct vfio_mig_frame) == 32);
static_assert(sizeof(struct vfio_mig_end) == 16);

static void put(struct vfio_mig_writer *writer, const void *data,
		size_t length)
{
	if (length && writer->buf && writer->size >= writer->used &&
	    writer->size - writer->used >= length &&
	    data != writer->buf + writer->used)
		memmove(writer->buf + writer->used, data, length);
	writer->used += length;
}

__u32 vfio_mig_header_crc(const struct vfio_mig_stream_header *header)
{
	return stream_crc_of(header, offsetof(typeof(*header), crc));
}

void vfio_mig_seal_header(struct vfio_mig_stream_header *header)
{
	memcpy(header->magic, VFIO_MIG_STREAM_MAGIC, sizeof(header->magic));
	header->framing = cpu_to_le16(VFIO_MIG_STREAM_FRAMING);
	header->header_len = cpu_to_le16(sizeof(*header));
	memset(header->zero, 0, sizeof(header->zero));
	header->reserved = 0;
	header->crc = cpu_to_le32(vfio_mig_header_crc(header));
}

void vfio_mig_write_header(struct vfio_mig_writer *writer,
			   const struct vfio_mig_stream_header *header)
{
	struct vfio_mig_stream_header out = *header;

	vfio_mig_seal_header(&out);
	put(writer, &out, sizeof(out));
}

static void put_sealed(struct vfio_mig_writer *writer,
		       struct vfio_mig_frame *frame)
{
	frame->crc = cpu_to_le32(stream_crc_of(frame, offsetof(typeof(*frame), crc)));
	put(writer, frame, sizeof(*frame));
}

static void put_frame(struct vfio_mig_writer *writer, __u32 id, __u32 flags,
		      __u64 offset, const void *payload, __u32 length)
{
	struct vfio_mig_frame frame = {
		.id = cpu_to_le32(id),
		.flags = cpu_to_le32(flags),
		.length = cpu_to_le32(length),
		.offset = cpu_to_le64(offset),
	};

	if (stream_has_xxh64(&frame))
		stream_set_xxh64(&frame, stream_xxh64(payload, length));
	else
		frame.payload_crc = cpu_to_le32(stream_crc_of(payload, length));
	put_sealed(writer, &frame);
	put(writer, payload, length);
}

void vfio_mig_write_section(struct vfio_mig_writer *writer, __u32 id,
			    __u32 flags, const void *payload, size_t length)
{
	size_t offset = 0;

	do {
		__u32 piece = stream_smaller(length - offset, VFIO_MIG_FRAME_MAX);
		__u32 more = offset + piece < length ?
			VFIO_MIG_FRAME_MORE : 0;

		put_frame(writer, id, flags | more, offset,
			  (const __u8 *)payload + offset, piece);
		writer->frames++;
		offset += piece;
	} while (offset < length);
}

void vfio_mig_write_piece(struct vfio_mig_writer *writer, __u32 id,
			  __u32 flags, __u64 offset, const void *payload,
			  __u32 length)
{
	put_frame(writer, id, flags | VFIO_MIG_FRAME_PIECE, offset, payload,
		  length);
	writer->frames++;
}

void vfio_mig_write_zeros(struct vfio_mig_writer *writer, __u32 id,
			  __u32 flags, __u64 offset, __u32 zeros)
{
	struct vfio_mig_frame frame = {
		.id = cpu_to_le32(id),
		.flags = cpu_to_le32(flags | VFIO_MIG_FRAME_PIECE |
				     VFIO_MIG_FRAME_ZEROS),
		.offset = cpu_to_le64(offset),
		.zeros = cpu_to_le32(zeros),
	};

	put_sealed(writer, &frame);
	writer->frames++;
}

int vfio_mig_write_end(struct vfio_mig_writer *writer)
{
	struct vfio_mig_end end = {
		.bytes = cpu_to_le64(writer->base + writer->used),
		.frames = cpu_to_le32(writer->frames),
	};

	put_frame(writer, VFIO_MIG_SECTION_END, VFIO_MIG_FRAME_REQUIRED, 0,
		  &end, sizeof(end));
	return writer->buf && writer->used > writer->size ? -ENOSPC : 0;
}
