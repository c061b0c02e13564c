/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stream's codec: frames bytes on the way out, and takes them apart, a
 * piece of any size at a time, on the way in.  <linux/vfio_mig.h> (uapi) has
 * the layout and Documentation/stream.md the rules.
 *
 * One source for the kernel and for user space.  It allocates nothing, knows
 * no device, and trusts no byte: what a section means is its caller's matter,
 * and a caller sees a payload as good only when frame_done() says so.
 */
#ifndef VFIO_MIG_STREAM_H
#define VFIO_MIG_STREAM_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif
#include <linux/vfio_mig_types.h>
#include "uapi/linux/vfio_mig.h"

/* ---- writing (stream_out.c) ---- */

/**
 * struct vfio_mig_writer - a stream being put together in one buffer
 * @buf: Where it goes; NULL to count bytes only.
 * @base: Bytes of the stream that came before this buffer.
 * @size: Room in @buf.
 * @used: Bytes written, or needed if there was no room.
 * @frames: Frames written.
 */
struct vfio_mig_writer {
	__u8 *buf;
	__u64 base;
	size_t size;
	size_t used;
	__u32 frames;
};

/* The checksum that belongs to a header of just this struct's size. */
__u32 vfio_mig_header_crc(const struct vfio_mig_stream_header *header);

/* Fill in what does not depend on the device: magic, lengths, checksum. */
void vfio_mig_seal_header(struct vfio_mig_stream_header *header);

/* Puts a sealed copy of @header. */
void vfio_mig_write_header(struct vfio_mig_writer *writer,
			   const struct vfio_mig_stream_header *header);

/* @flags: VFIO_MIG_FRAME_REQUIRED or 0.  Large sections become many frames. */
void vfio_mig_write_section(struct vfio_mig_writer *writer, __u32 id,
			    __u32 flags, const void *payload, size_t length);

/*
 * One piece of a section, to be put at @offset over what came before.  At most
 * VFIO_MIG_FRAME_MAX bytes, which may stand in the buffer already, where they
 * belong.  @flags may have VFIO_MIG_FRAME_XXH64 too, if the header announces it.
 */
void vfio_mig_write_piece(struct vfio_mig_writer *writer, __u32 id,
			  __u32 flags, __u64 offset, const void *payload,
			  __u32 length);

/* The same of @zeros bytes that are 0, which takes no more than a frame. */
void vfio_mig_write_zeros(struct vfio_mig_writer *writer, __u32 id,
			  __u32 flags, __u64 offset, __u32 zeros);

/* Ends the stream; 0, or -ENOSPC when the buffer was too small. */
int vfio_mig_write_end(struct vfio_mig_writer *writer);

/* ---- reading (stream_in.c) ---- */

/* Room for an xxh64 that is not whole, here and in the kernel. */
#define VFIO_MIG_XXH64_WORDS	11

/**
 * struct vfio_mig_reader_ops - what a reader tells its caller, in this order
 * @header: The header has come and its checksum is right.  Check identity.
 * @frame: A frame's header has come and is well-formed: > 0 to be given the
 *	payload (zeros have none), 0 to have it skipped (its checksum is verified all the same),
 *	-errno to refuse.  Not called for the END frame.
 * @payload: Bytes of a wanted payload, whose checksum is not known yet;
 *	@offset counts from the start of the section.
 * @frame_done: The payload (skipped ones too) is complete and its checksum
 *	right.
 * @done: The END frame is complete and its totals are right.
 *
 * Each returns 0 or -errno, with the reason in @why.  All but @frame may be
 * NULL.
 */
struct vfio_mig_reader_ops {
	int (*header)(void *ctx, const struct vfio_mig_stream_header *header,
		      struct vfio_mig_refusal *why);
	int (*frame)(void *ctx, const struct vfio_mig_frame *frame,
		     struct vfio_mig_refusal *why);
	int (*payload)(void *ctx, const struct vfio_mig_frame *frame,
		       __u64 offset, const void *data, size_t length,
		       struct vfio_mig_refusal *why);
	int (*frame_done)(void *ctx, const struct vfio_mig_frame *frame,
			  struct vfio_mig_refusal *why);
	int (*done)(void *ctx, struct vfio_mig_refusal *why);
};

enum vfio_mig_reader_phase {
	VFIO_MIG_READ_HEADER,
	VFIO_MIG_READ_HEADER_EXTRA,
	VFIO_MIG_READ_FRAME,
	VFIO_MIG_READ_PAYLOAD,
	VFIO_MIG_READ_DONE,
};

/**
 * struct vfio_mig_reader - how far a stream has been taken apart
 * @ops: The caller's.
 * @ctx: The caller's, handed to each of @ops.
 * @phase: What the next byte belongs to.
 * @need: Bytes of the current piece in all.
 * @have: Bytes of it so far.
 * @crc: Running checksum of the current piece, if that is a crc32c.
 * @xxh64: Likewise, if it is an xxh64.
 * @bytes: Bytes taken in all.
 * @frames: Frames completed, END excepted.
 * @section: The section that has more frames to come, or 0.
 * @section_flags: Its flags, without MORE.
 * @section_bytes: Bytes of it so far.
 * @wanted: Whether the current payload goes to the caller.
 * @header: The stream's, once it has come.
 * @frame: The current one.
 * @end: The totals.
 * @why: The first refusal; once set, nothing more is taken.
 */
struct vfio_mig_reader {
	const struct vfio_mig_reader_ops *ops;
	void *ctx;
	enum vfio_mig_reader_phase phase;
	__u32 need;
	__u32 have;
	__u32 crc;
	__u64 xxh64[VFIO_MIG_XXH64_WORDS];
	__u64 bytes;
	__u32 frames;
	__u32 section;
	__u32 section_flags;
	__u64 section_bytes;
	bool wanted;
	struct vfio_mig_stream_header header;
	struct vfio_mig_frame frame;
	struct vfio_mig_end end;
	struct vfio_mig_refusal why;
};

void vfio_mig_reader_init(struct vfio_mig_reader *reader,
			  const struct vfio_mig_reader_ops *ops, void *ctx);

/*
 * Take @length more bytes: 0, or -errno: EINVAL, EBADMSG, EOPNOTSUPP, E2BIG, or
 * the caller's.
 */
int vfio_mig_reader_feed(struct vfio_mig_reader *reader, const void *data,
			 size_t length);

/*
 * Is the stream whole?  0, the errno of an earlier refusal, or -ENODATA.  The
 * last leaves its sentence in @why.text but is no refusal: more may be fed.
 */
int vfio_mig_reader_finish(struct vfio_mig_reader *reader);

#endif /* VFIO_MIG_STREAM_H */
