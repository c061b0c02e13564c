// SPDX-License-Identifier: GPL-2.0
/*
 * rewrite FILE: reads a stream, prints what it says, and writes it again from
 * the numbers that it has found, so each goes through this machine's byte
 * order twice.  Fails unless the bytes are the same.
 *
 * What it prints does not depend on the machine.
 */
#include <stdlib.h>

#include "compare.h"
#include "names.h"
#include "stream_env.h"

#define ROOM	(64 * 1024)
#define MODES	9

/**
 * struct copy - a stream, from what was read of another
 * @writer: Where it goes.
 * @header: The other's.
 * @payload: Of the section that is being read, or of a piece of one.
 */
struct copy {
	struct vfio_mig_writer writer;
	struct vfio_mig_stream_header header;
	__u8 payload[ROOM];
	size_t length;
};

static void show(const char *name, unsigned long long value)
{
	printf("%-18s %#llx\n", name, value);
}

static __le16 again16(const char *name, __le16 field)
{
	__u16 value = le16_to_cpu(field);

	show(name, value);
	return cpu_to_le16(value);
}

static __le32 again32(const char *name, __le32 field)
{
	__u32 value = le32_to_cpu(field);

	show(name, value);
	return cpu_to_le32(value);
}

static __le64 again64(const char *name, __le64 field)
{
	__u64 value = le64_to_cpu(field);

	show(name, value);
	return cpu_to_le64(value);
}

/* What a device with another byte order in its head would have to say. */
static void show_comparison(const struct vfio_mig_stream_header *theirs)
{
	struct vfio_mig_stream_header ours = { .revision = 7 };
	struct vfio_mig_comparison comparison;
	unsigned int i;

	vfio_mig_seal_header(&ours);
	vfio_mig_compare(theirs, &ours, 0, &comparison);
	for (i = 0; i < comparison.count; i++)
		printf("%s: %#llx, not %#llx\n",
		       vfio_mig_field_name(comparison.mismatch[i].field),
		       comparison.mismatch[i].theirs,
		       comparison.mismatch[i].ours);
}

static int copy_header(void *ctx, const struct vfio_mig_stream_header *in,
		       struct vfio_mig_refusal *why)
{
	struct vfio_mig_stream_header out = { .revision = in->revision };
	struct copy *copy = ctx;
	unsigned int i;

	show("framing", le16_to_cpu(in->framing));
	show("header_len", le16_to_cpu(in->header_len));
	out.vendor = again16("vendor", in->vendor);
	out.device = again16("device", in->device);
	out.subsystem_vendor = again16("subsystem vendor",
				       in->subsystem_vendor);
	out.subsystem_device = again16("subsystem device",
				       in->subsystem_device);
	show("revision", in->revision);
	for (i = 0; i < VFIO_MIG_GEOMETRY; i++)
		out.geometry[i] = again64("geometry", in->geometry[i]);
	out.required = again64("required", in->required);
	out.optional = again64("optional", in->optional);
	show("crc", le32_to_cpu(in->crc));
	show_comparison(in);
	vfio_mig_write_header(&copy->writer, &out);
	return 0;
}

/* Where @payload begins in the section. */
static __u64 begins_at(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_PIECE ?
	       le64_to_cpu(frame->offset) : 0;
}

static int copy_frame(void *ctx, const struct vfio_mig_frame *frame,
		      struct vfio_mig_refusal *why)
{
	struct copy *copy = ctx;

	show("id", le32_to_cpu(frame->id));
	show("flags", le32_to_cpu(frame->flags));
	show("length", le32_to_cpu(frame->length));
	show("offset", le64_to_cpu(frame->offset));
	show("payload_crc", le32_to_cpu(frame->payload_crc));
	show("zeros", le32_to_cpu(frame->zeros));
	show("crc", le32_to_cpu(frame->crc));
	copy->length = le64_to_cpu(frame->offset) - begins_at(frame) +
		       le32_to_cpu(frame->length);
	return copy->length <= ROOM ? 1 : -EFBIG;
}

static int copy_payload(void *ctx, const struct vfio_mig_frame *frame,
			__u64 offset, const void *data, size_t length,
			struct vfio_mig_refusal *why)
{
	struct copy *copy = ctx;

	memcpy(copy->payload + (offset - begins_at(frame)), data, length);
	return 0;
}

static void copy_registers(struct copy *copy)
{
	struct vfio_mig_edu_registers in, out = {};

	memcpy(&in, copy->payload, sizeof(in));
	out.liveness = again32("liveness", in.liveness);
	out.factorial = again32("factorial", in.factorial);
	out.status = again32("status", in.status);
	out.interrupt = again32("interrupt", in.interrupt);
	out.dma_src = again64("dma_src", in.dma_src);
	out.dma_dst = again64("dma_dst", in.dma_dst);
	out.dma_count = again64("dma_count", in.dma_count);
	out.dma_command = again64("dma_command", in.dma_command);
	memcpy(copy->payload, &out, sizeof(out));
}

static void copy_mode(struct copy *copy)
{
	struct vfio_mig_bochs_registers in, out = {};
	unsigned int i;

	memcpy(&in, copy->payload, sizeof(in));
	for (i = 0; i < MODES; i++)
		out.mode[i] = again16("mode", in.mode[i]);
	out.byte_order = again32("byte_order", in.byte_order);
	memcpy(copy->payload, &out, sizeof(out));
}

static void copy_dma(struct copy *copy)
{
	struct vfio_mig_edu_dma in, out = {};

	memcpy(&in, copy->payload, sizeof(in));
	out.remaining_us = again32("remaining_us", in.remaining_us);
	memcpy(copy->payload, &out, sizeof(out));
}

static int copy_section(void *ctx, const struct vfio_mig_frame *frame,
			struct vfio_mig_refusal *why)
{
	__u32 flags = le32_to_cpu(frame->flags);
	__u64 offset = le64_to_cpu(frame->offset);
	__u32 id = le32_to_cpu(frame->id);
	struct copy *copy = ctx;

	if (flags & VFIO_MIG_FRAME_MORE)
		return 0;
	if (id == VFIO_MIG_SECTION_EDU_REGISTERS)
		copy_registers(copy);
	else if (id == VFIO_MIG_SECTION_EDU_DMA)
		copy_dma(copy);
	else if (id == VFIO_MIG_SECTION_BOCHS_REGISTERS)
		copy_mode(copy);
	if (flags & VFIO_MIG_FRAME_ZEROS)
		vfio_mig_write_zeros(&copy->writer, id, flags, offset,
				     le32_to_cpu(frame->zeros));
	else if (flags & VFIO_MIG_FRAME_PIECE)
		vfio_mig_write_piece(&copy->writer, id, flags, offset,
				     copy->payload, le32_to_cpu(frame->length));
	else
		vfio_mig_write_section(&copy->writer, id, flags, copy->payload,
				       copy->length);
	return 0;
}

static int copy_end(void *ctx, struct vfio_mig_refusal *why)
{
	struct copy *copy = ctx;

	show("frames", copy->writer.frames);
	return vfio_mig_write_end(&copy->writer);
}

static const struct vfio_mig_reader_ops ops = {
	.header = copy_header,
	.frame = copy_frame,
	.payload = copy_payload,
	.frame_done = copy_section,
	.done = copy_end,
};

int main(int argc, char **argv)
{
	static __u8 in[ROOM], out[ROOM];
	static struct copy copy = { .writer = { .buf = out, .size = ROOM } };
	struct vfio_mig_reader reader;
	size_t length, i;
	FILE *file;

	file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	if (!file) {
		fprintf(stderr, "usage: rewrite FILE\n");
		return 2;
	}
	length = fread(in, 1, sizeof(in), file);
	fclose(file);

	vfio_mig_reader_init(&reader, &ops, &copy);
	for (i = 0; i < length; i++)
		vfio_mig_reader_feed(&reader, in + i, 1);
	if (vfio_mig_reader_finish(&reader)) {
		printf("refused: %s\n", reader.why.text);
		return 1;
	}
	if (copy.writer.used != length || memcmp(in, out, length)) {
		printf("written again, it is another stream\n");
		return 1;
	}
	fprintf(stderr, "%s\n", __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ?
		"big-endian" : "little-endian");
	return 0;
}
