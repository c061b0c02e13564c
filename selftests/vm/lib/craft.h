/* SPDX-License-Identifier: GPL-2.0 */
/* Streams put together by hand, out of the parts of a good one. */
#ifndef SELFTESTS_VM_CRAFT_H
#define SELFTESTS_VM_CRAFT_H

#include "common.h"
#include "stream.h"

/**
 * struct craft - a stream that is being put together, and its parts
 * @header: Of a good stream.
 * @registers: Of a marked device without a pending command.
 * @buffer: Of that device; one byte more than there should be.
 * @dma: All zero.
 * @stream: The stream.
 * @writer: Writes into @stream.
 */
struct craft {
	struct vfio_mig_stream_header header;
	struct vfio_mig_edu_registers registers;
	uint8_t buffer[EDU_BUFFER_SIZE + 1];
	struct vfio_mig_edu_dma dma;
	struct stream stream;
	struct vfio_mig_writer writer;
};

/* A frame in a stream, where nothing is aligned. */
struct placed_frame {
	struct vfio_mig_frame at;
} __attribute__((packed));

/* Take the parts from @edu, which is reset afterwards. */
int craft_init(struct craft *craft, struct edu *edu);

/* A new stream: its header, sections, its end. */
void craft_begin(struct craft *craft);
void craft_registers(struct craft *craft);
void craft_buffer(struct craft *craft);
void craft_dma(struct craft *craft);

/* Returns the frame, to be changed and sealed again. */
struct placed_frame *craft_section(struct craft *craft, __u32 id,
				   __u32 flags, const void *payload,
				   size_t size);

/* Some bytes of the buffer, in a frame of their own. */
void craft_frame(struct craft *craft, __u32 id, __u32 flags, __u64 offset,
		 __u32 length);
struct placed_frame *craft_end(struct craft *craft);

/* The header in the stream, and its checksum over @length bytes made right. */
struct vfio_mig_stream_header *craft_header(struct craft *craft);
void craft_seal_header(struct craft *craft, size_t length);

/* A frame that was changed, or its payload, gets its checksums right again. */
void craft_seal(struct placed_frame *frame, size_t payload);

#endif /* SELFTESTS_VM_CRAFT_H */
