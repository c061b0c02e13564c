// SPDX-License-Identifier: GPL-2.0
/* Copies a stream, and puts into it what its parts are called. */
#include <errno.h>
#include <stdlib.h>

#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

#define CHUNK	0x10000

/**
 * struct copier - a stream on its way from one file to another
 * @in, @out: The files.
 * @name: What the first is called.
 * @written: Bytes written.
 * @frames: Frames written.
 * @error: Why it ends.
 */
struct copier {
	int in;
	int out;
	const char *name;
	__u64 written;
	__u32 frames;
	struct vfiomig_error *error;
};

static int take(struct copier *copier, void *bytes, size_t size)
{
	char *at = bytes;
	ssize_t got;

	for (; size; size -= got, at += got) {
		got = lib_read_some(copier->in, at, size);
		if (got < 0)
			return lib_fail_errno(copier->error, got,
					      "%s: cannot read it", copier->name);
		if (!got)
			return lib_fail(copier->error, -ENODATA,
					"%s: the stream is not complete",
					copier->name);
	}
	return 0;
}

static int give(struct copier *copier, const void *bytes, size_t size)
{
	int err = lib_write_all(copier->out, bytes, size);

	if (err)
		return lib_fail_errno(copier->error, err, "cannot write the stream");
	copier->written += size;
	return 0;
}

/* @copy: Written as well, and not just passed over. */
static int pass(struct copier *copier, size_t size, bool copy)
{
	static char chunk[CHUNK];
	size_t some;
	int err = 0;

	for (; !err && size; size -= some) {
		some = size < CHUNK ? size : CHUNK;
		err = take(copier, chunk, some);
		if (!err && copy)
			err = give(copier, chunk, some);
	}
	return err;
}

static int pass_header(struct copier *copier,
		       struct vfio_mig_stream_header *header)
{
	size_t length;
	int err = take(copier, header, sizeof(*header));

	if (err)
		return err;
	length = le16_to_cpu(header->header_len);
	if (memcmp(header->magic, VFIO_MIG_STREAM_MAGIC, sizeof(header->magic)) ||
	    length < sizeof(*header) || length > VFIO_MIG_HEADER_MAX)
		return lib_fail(copier->error, -EINVAL,
				"%s: header: not a vfio-mig stream", copier->name);
	err = give(copier, header, sizeof(*header));
	return err ? err : pass(copier, length - sizeof(*header), true);
}

/* A frame, or a section that is one, that is not the stream's own. */
static int add(struct copier *copier, __u32 id, const void *bytes, size_t size)
{
	size_t room = size + 2 * sizeof(struct vfio_mig_frame);
	struct vfio_mig_writer writer = {
		.buf = malloc(room),
		.base = copier->written,
		.size = room,
		.frames = copier->frames,
	};
	int err;

	if (!writer.buf)
		return lib_fail_errno(copier->error, -ENOMEM, "%s", copier->name);
	if (id == VFIO_MIG_SECTION_END)
		vfio_mig_write_end(&writer);
	else
		vfio_mig_write_section(&writer, id, 0, bytes, size);
	copier->frames = writer.frames;
	err = give(copier, writer.buf, writer.used);
	free(writer.buf);
	return err;
}

static int add_names(struct copier *copier,
		     const struct vfio_mig_stream_header *header)
{
	const struct vfiomig_device_type *type = vfiomig_device_type(header);

	if (!type)
		return lib_fail(copier->error, -ENOENT,
				"%s: no driver of this host says what a stream of %04x:%04x is made of",
				copier->name, le16_to_cpu(header->vendor),
				le16_to_cpu(header->device));
	return add(copier, VFIO_MIG_SECTION_NAMES, type->text,
		   strlen(type->text));
}

/* 1 at the END, which is not passed. */
static int pass_frame(struct copier *copier)
{
	struct vfio_mig_frame frame;
	bool copy;
	int err;

	err = take(copier, &frame, sizeof(frame));
	if (err)
		return err;
	if (le32_to_cpu(frame.length) > VFIO_MIG_FRAME_MAX)
		return lib_fail(copier->error, -EBADMSG,
				"%s: a frame is too long", copier->name);
	if (le32_to_cpu(frame.id) == VFIO_MIG_SECTION_END)
		return 1;
	copy = le32_to_cpu(frame.id) != VFIO_MIG_SECTION_NAMES;
	copier->frames += copy;
	if (copy)
		err = give(copier, &frame, sizeof(frame));
	return err ? err : pass(copier, le32_to_cpu(frame.length), copy);
}

int vfiomig_stream_describe(const char *path, int out,
			    struct vfiomig_error *error)
{
	struct copier copier = {
		.in = lib_open_file(path, error),
		.out = out,
		.name = strcmp(path, "-") ? path : "stdin",
		.error = error,
	};
	struct vfio_mig_stream_header header;
	int err;

	if (copier.in < 0)
		return copier.in;
	err = pass_header(&copier, &header);
	if (!err)
		err = add_names(&copier, &header);
	while (!err)
		err = pass_frame(&copier);
	if (err == 1)
		err = add(&copier, VFIO_MIG_SECTION_END, NULL, 0);
	lib_close_file(copier.in);
	return err;
}
