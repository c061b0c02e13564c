// SPDX-License-Identifier: GPL-2.0
/*
 * CODEC is the name of the one global symbol that is kept of this and of
 * the codec, so that two builds of them fit into one program.
 */
#include "codec.h"
#include "stream.h"
#include "stream_env.h"

#define ID	0x7fff0000
/* As the kernel makes them. */
#define PIECE	(64 * 1024)

static size_t save(void *out, size_t room, const void *section, size_t size)
{
	struct vfio_mig_writer writer = { .buf = out, .size = room };
	struct vfio_mig_stream_header header = {};

	vfio_mig_write_header(&writer, &header);
	vfio_mig_write_section(&writer, ID, 0, section, size);
	vfio_mig_write_end(&writer);
	return writer.used;
}

static size_t save_pieces(void *out, size_t room, const void *section,
			  size_t size, bool xxh64)
{
	struct vfio_mig_writer writer = { .buf = out, .size = room };
	struct vfio_mig_stream_header header = {
		.required = cpu_to_le64(xxh64 ? VFIO_MIG_STREAM_XXH64 : 0),
	};
	size_t done, piece;

	vfio_mig_write_header(&writer, &header);
	for (done = 0; done < size; done += piece) {
		piece = size - done < PIECE ? size - done : PIECE;
		vfio_mig_write_piece(&writer, ID,
				     xxh64 ? VFIO_MIG_FRAME_XXH64 : 0, done,
				     (const uint8_t *)section + done, piece);
	}
	vfio_mig_write_end(&writer);
	return writer.used;
}

static int take_frame(void *ctx, const struct vfio_mig_frame *frame,
		      struct vfio_mig_refusal *why)
{
	return 1;
}

/* What a device would do with them at least. */
static int take_payload(void *ctx, const struct vfio_mig_frame *frame,
			__u64 offset, const void *data, size_t length,
			struct vfio_mig_refusal *why)
{
	static __u8 place[VFIO_MIG_FRAME_MAX];

	memcpy(place + offset - le64_to_cpu(frame->offset), data, length);
	return 0;
}

static int load(const void *stream, size_t size)
{
	static const struct vfio_mig_reader_ops ops = {
		.frame = take_frame, .payload = take_payload,
	};
	struct vfio_mig_reader reader;
	size_t done, piece;
	int ret = 0;

	/* In pieces of a page, as the kernel takes them. */
	vfio_mig_reader_init(&reader, &ops, NULL);
	for (done = 0; done < size && !ret; done += piece) {
		piece = size - done < 4096 ? size - done : 4096;
		ret = vfio_mig_reader_feed(&reader,
					   (const uint8_t *)stream + done,
					   piece);
	}
	return ret ? ret : vfio_mig_reader_finish(&reader);
}

const struct codec CODEC = {
	.save = save, .save_pieces = save_pieces, .load = load,
};
