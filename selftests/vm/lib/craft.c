// SPDX-License-Identifier: GPL-2.0
/* craft.h says what is here. */
#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "craft.h"
#include "stream_env.h"

int craft_init(struct craft *craft, struct edu *edu)
{
	const uint8_t *at = craft->stream.bytes;
	int ret = mark_device(edu);

	if (!ret)
		ret = save_and_stop(edu, &craft->stream);
	if (!ret)
		ret = vfiomig_reset(edu->dev, &edu->error);

	memcpy(&craft->header, at, sizeof(craft->header));
	at += sizeof(craft->header) + sizeof(struct vfio_mig_frame);
	memcpy(&craft->registers, at, sizeof(craft->registers));
	at += sizeof(craft->registers) + sizeof(struct vfio_mig_frame);
	memcpy(craft->buffer, at, EDU_BUFFER_SIZE);
	memset(&craft->dma, 0, sizeof(craft->dma));
	return ret;
}

void craft_begin(struct craft *craft)
{
	craft->writer = (struct vfio_mig_writer){
		.buf = craft->stream.bytes,
		.size = sizeof(craft->stream.bytes),
	};
	vfio_mig_write_header(&craft->writer, &craft->header);
}

struct placed_frame *craft_section(struct craft *craft, __u32 id,
				   __u32 flags, const void *payload,
				   size_t size)
{
	void *frame = craft->stream.bytes + craft->writer.used;

	vfio_mig_write_section(&craft->writer, id, flags, payload, size);
	craft->stream.size = craft->writer.used;
	return frame;
}

void craft_registers(struct craft *craft)
{
	craft_section(craft, VFIO_MIG_SECTION_EDU_REGISTERS,
		      VFIO_MIG_FRAME_REQUIRED, &craft->registers,
		      sizeof(craft->registers));
}

void craft_buffer(struct craft *craft)
{
	craft_section(craft, VFIO_MIG_SECTION_EDU_BUFFER,
		      VFIO_MIG_FRAME_REQUIRED, craft->buffer, EDU_BUFFER_SIZE);
}

void craft_dma(struct craft *craft)
{
	craft_section(craft, VFIO_MIG_SECTION_EDU_DMA, VFIO_MIG_FRAME_REQUIRED,
		      &craft->dma, sizeof(craft->dma));
}

void craft_frame(struct craft *craft, __u32 id, __u32 flags, __u64 offset,
		 __u32 length)
{
	struct placed_frame *frame;

	frame = craft_section(craft, id, 0, craft->buffer + offset, length);
	frame->at.flags = htole32(flags);
	frame->at.offset = htole64(offset);
	craft_seal(frame, length);
}

struct placed_frame *craft_end(struct craft *craft)
{
	void *frame = craft->stream.bytes + craft->writer.used;

	vfio_mig_write_end(&craft->writer);
	craft->stream.size = craft->writer.used;
	return frame;
}

struct vfio_mig_stream_header *craft_header(struct craft *craft)
{
	return (void *)craft->stream.bytes;
}

void craft_seal_header(struct craft *craft, size_t length)
{
	struct vfio_mig_stream_header *header = craft_header(craft);
	__u32 crc = stream_crc(STREAM_CRC_INIT, header,
			       offsetof(typeof(*header), crc));

	crc = stream_crc(crc, header + 1, length - sizeof(*header));
	header->crc = htole32(~crc);
}

void craft_seal(struct placed_frame *frame, size_t payload)
{
	__u32 crc = stream_crc(STREAM_CRC_INIT, frame + 1, payload);

	frame->at.payload_crc = htole32(~crc);
	crc = stream_crc(STREAM_CRC_INIT, frame,
			 offsetof(struct vfio_mig_frame, crc));
	frame->at.crc = htole32(~crc);
}
