// SPDX-License-Identifier: GPL-2.0
/*
 * Damages streams so that a reader gets past the checksums: frames are left
 * out, doubled and exchanged, and part of the time all checksums and totals
 * are made right again afterwards.
 */
#include <stdlib.h>

#include "libfuzzer.h"
#include "stream_env.h"

static __u32 state;

static __u32 any(__u32 below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static __u32 crc_of(const void *data, size_t length)
{
	return ~stream_crc(STREAM_CRC_INIT, data, length);
}

/* The bytes of frame and payload, as far as they are there. */
static size_t frame_at(const __u8 *data, size_t size, size_t at,
		       struct vfio_mig_frame *frame)
{
	size_t left = size - at;
	__u32 length;

	if (left < sizeof(*frame))
		return 0;
	memcpy(frame, data + at, sizeof(*frame));
	length = le32_to_cpu(frame->length);
	left -= sizeof(*frame);
	return sizeof(*frame) + (length < left ? length : left);
}

static void fix_sum(struct vfio_mig_frame *frame, const void *payload,
		    size_t length)
{
	__u32 flags = le32_to_cpu(frame->flags);
	__u64 sum;

	if (!(flags & VFIO_MIG_FRAME_XXH64) || flags & VFIO_MIG_FRAME_ZEROS) {
		frame->payload_crc = cpu_to_le32(crc_of(payload, length));
		return;
	}
	sum = stream_xxh64(payload, length);
	frame->payload_crc = cpu_to_le32((__u32)sum);
	frame->zeros = cpu_to_le32((__u32)(sum >> 32));
}

static size_t fix_header(__u8 *data, size_t size)
{
	struct vfio_mig_stream_header header;
	size_t length;
	__u32 crc;

	memcpy(&header, data, sizeof(header));
	length = le16_to_cpu(header.header_len);
	if (length < sizeof(header))
		length = sizeof(header);
	if (length > size)
		length = size;
	if (any(2))
		memset(header.zero, 0, sizeof(header.zero));
	if (any(4))
		header.required |= cpu_to_le64(VFIO_MIG_STREAM_XXH64);
	memcpy(header.magic, VFIO_MIG_STREAM_MAGIC, sizeof(header.magic));
	crc = stream_crc(STREAM_CRC_INIT, &header,
			 offsetof(typeof(header), crc));
	crc = stream_crc(crc, data + sizeof(header), length - sizeof(header));
	header.crc = cpu_to_le32(~crc);
	memcpy(data, &header, sizeof(header));
	return length;
}

static void fix_end(__u8 *payload, size_t length, size_t bytes, __u32 frames)
{
	struct vfio_mig_end end = {
		.bytes = cpu_to_le64(bytes), .frames = cpu_to_le32(frames),
	};

	if (length == sizeof(end))
		memcpy(payload, &end, sizeof(end));
}

/* @offsets: also let each frame go on where the last one has ended. */
static void fix(__u8 *data, size_t size, bool offsets)
{
	struct vfio_mig_frame frame;
	__u64 offset = 0;
	__u32 count = 0;
	size_t at, length;

	if (size < sizeof(struct vfio_mig_stream_header))
		return;
	for (at = fix_header(data, size); at < size; at += length) {
		length = frame_at(data, size, at, &frame);
		if (!length)
			return;
		if (frame.id == VFIO_MIG_SECTION_END)
			fix_end(data + at + sizeof(frame),
				length - sizeof(frame), at, count);
		if (offsets && !(le32_to_cpu(frame.flags) &
				 VFIO_MIG_FRAME_PIECE))
			frame.offset = cpu_to_le64(offset);
		fix_sum(&frame, data + at + sizeof(frame),
			length - sizeof(frame));
		frame.crc = cpu_to_le32(crc_of(&frame,
					       offsetof(typeof(frame), crc)));
		memcpy(data + at, &frame, sizeof(frame));
		offset = le32_to_cpu(frame.flags) & VFIO_MIG_FRAME_MORE ?
			offset + le32_to_cpu(frame.length) : 0;
		count++;
	}
}

/* Where one of the frames begins, or 0. */
static size_t any_frame(const __u8 *data, size_t size, size_t *length)
{
	struct vfio_mig_stream_header header;
	struct vfio_mig_frame frame;
	size_t at, chosen = 0;
	__u32 count = 0;

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	at = le16_to_cpu(header.header_len);
	while (at < size) {
		size_t here = frame_at(data, size, at, &frame);

		if (!here)
			break;
		if (!any(++count)) {
			chosen = at;
			*length = here;
		}
		at += here;
	}
	return chosen;
}

static size_t drop_frame(__u8 *data, size_t size)
{
	size_t length, at = any_frame(data, size, &length);

	if (!at)
		return size;
	memmove(data + at, data + at + length, size - at - length);
	return size - length;
}

static size_t double_frame(__u8 *data, size_t size, size_t max)
{
	size_t length, at = any_frame(data, size, &length);

	if (!at || size + length > max)
		return size;
	memmove(data + at + length, data + at, size - at);
	return size + length;
}

/* Cut a frame in two, the first of which has MORE. */
static size_t split_frame(__u8 *data, size_t size, size_t max)
{
	size_t length, first, at = any_frame(data, size, &length);
	struct vfio_mig_frame frame;

	if (!at || length < sizeof(frame) + 2 || size + sizeof(frame) > max)
		return size;
	memcpy(&frame, data + at, sizeof(frame));
	first = 1 + any(length - sizeof(frame) - 1);
	memmove(data + at + 2 * sizeof(frame) + first,
		data + at + sizeof(frame) + first,
		size - at - sizeof(frame) - first);
	frame.length = cpu_to_le32(length - sizeof(frame) - first);
	memcpy(data + at + sizeof(frame) + first, &frame, sizeof(frame));
	frame.length = cpu_to_le32(first);
	frame.flags |= cpu_to_le32(VFIO_MIG_FRAME_MORE);
	memcpy(data + at, &frame, sizeof(frame));
	return size + sizeof(frame);
}

/* A piece changes over to the other checksum; fix() makes it right. */
static size_t change_sum(__u8 *data, size_t size)
{
	size_t length, at = any_frame(data, size, &length);
	struct vfio_mig_frame frame;

	if (!at)
		return size;
	memcpy(&frame, data + at, sizeof(frame));
	frame.flags |= cpu_to_le32(VFIO_MIG_FRAME_PIECE);
	frame.flags ^= cpu_to_le32(VFIO_MIG_FRAME_XXH64);
	memcpy(data + at, &frame, sizeof(frame));
	return size;
}

size_t fuzz_custom_mutator(__u8 *data, size_t size, size_t max,
			   unsigned int seed)
{
	state = seed;
	switch (any(7)) {
	case 0:
		size = drop_frame(data, size);
		break;
	case 1:
		size = double_frame(data, size, max);
		break;
	case 2:
		size = split_frame(data, size, max);
		break;
	case 3:
		size = change_sum(data, size);
		break;
	default:
		size = fuzz_mutate(data, size, max);
	}
	if (any(4))
		fix(data, size, any(4));
	return size;
}
