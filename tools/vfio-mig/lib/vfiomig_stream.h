/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvfiomig's other half: streams in files, and which of them fit a device.
 *
 * Functions return as those of vfiomig.h do.  Documentation/stream.md has the
 * format; the bytes are taken apart by the code that the kernel modules use.
 */
#ifndef VFIOMIG_STREAM_H
#define VFIOMIG_STREAM_H

#include "compare.h"
#include "names.h"
#include "stream.h"
#include "vfiomig.h"

/* ------------------------------------------------------------------------
 * What is known of headers and sections (stream_table.c, stream_names.c): what the
 * drivers of this host say of their devices, and what files carry.
 */

/* Values that a field may have, at most, where they are listed. */
#define VFIOMIG_ONE_OF_MAX	8

/**
 * struct vfiomig_field - a number in a header or a section, little-endian
 * @name: What it is called; NULL ends a list.
 * @offset: Where it is.
 * @size: 1, 2, 4 or 8 bytes.
 * @hex: Whether people read it in hexadecimal.
 * @mask: Bits that can be set; 0: any.
 * @most: The largest value; 0: any.
 * @one_of, @nr_one_of: The values that it can have; none: any.
 */
struct vfiomig_field {
	const char *name;
	__u32 offset;
	__u32 size;
	bool hex;
	__u64 mask;
	__u64 most;
	__u64 one_of[VFIOMIG_ONE_OF_MAX];
	unsigned int nr_one_of;
};

/**
 * struct vfiomig_section_type - a section that is known
 * @id: Its number.
 * @name: What people call it.
 * @size: Its bytes, always the same; the most there can be of bulk memory.
 * @always: A stream without it is not complete.
 * @pieces: It may come in pieces.
 * @bulk: It is bulk memory, of which devices have more or less.
 * @extent: The number of the geometry that says how much bulk memory there is; -1: none.
 * @if_field, @if_bits: It is there if and only if that field, of another section, has one
 *	of these bits; NULL: there is no such rule.
 * @fields, @nr_fields: The numbers in it; NULL if it is just bytes.
 */
struct vfiomig_section_type {
	__u32 id;
	const char *name;
	__u32 size;
	bool always;
	bool pieces;
	bool bulk;
	int extent;
	const char *if_field;
	__u64 if_bits;
	const struct vfiomig_field *fields;
	unsigned int nr_fields;
};

/* Bulk memory comes by whole pages, and there is no more of it than this. */
#define VFIOMIG_BULK_PAGE	4096u
#define VFIOMIG_BULK_MAX	(256u << 20)

/**
 * struct vfiomig_device_type - the streams of a device
 * @next: The next one.
 * @vendor, @device: Its PCI ids.
 * @text: All of it, as the driver says it.
 * @sections, @count: Those that its driver declares.
 * @behaviours: By their bits: what they are called, and when they show.
 * @geometry: What its numbers are called, and what gives a device another's: a format
 *	for that number, or NULL.
 */
struct vfiomig_device_type {
	struct vfiomig_device_type *next;
	__u16 vendor;
	__u16 device;
	char *text;
	struct vfiomig_section_type *sections;
	unsigned int count;
	struct {
		char *name;
		char *when;
	} behaviours[64];
	struct {
		char *name;
		char *fix;
	} geometry[VFIO_MIG_GEOMETRY];
};

/*
 * Take over what a text says of the devices with the ids of that header.  EINVAL: it is
 * not as <linux/vfio_mig.h> has it.
 */
int vfiomig_learn(const struct vfio_mig_stream_header *header, const char *text,
		  size_t size);

/* All of a header's fields that say something. */
extern const struct vfiomig_field vfiomig_header_fields[];

/* A little-endian number of at most 8 bytes. */
__u64 vfiomig_number(const void *bytes, unsigned int size);
__u64 vfiomig_field_value(const struct vfiomig_field *field,
			  const void *bytes);

/* NULL if the id is not known. */
const struct vfiomig_section_type *vfiomig_section_type(__u32 id);

/* What is known of the streams of a device; NULL if nothing is. */
const struct vfiomig_device_type *
vfiomig_device_type(const struct vfio_mig_stream_header *header);

/* The text that says so. */
const char *vfiomig_device_text(const struct vfiomig_device_type *type);

/* What something is called; NULL if that is not known. */
const char *vfiomig_section_name(__u32 id);
const char *vfiomig_behaviour_name(const struct vfio_mig_stream_header *header,
				   unsigned int bit);
const char *vfiomig_geometry_name(const struct vfio_mig_stream_header *header,
				  unsigned int which);

/* ------------------------------------------------------------------------
 * Streams in files (stream_file.c, stream_check.c)
 */

/**
 * struct vfiomig_piece - the payload of a frame
 * @offset: Where in the section it belongs.
 * @position: Where in the file it is, or VFIOMIG_ZEROS: it is not spelled out.
 * @length: Its bytes.
 */
struct vfiomig_piece {
	__u64 offset;
	__u64 position;
	__u32 length;
};

#define VFIOMIG_ZEROS	(~0ull)

/**
 * struct vfiomig_section - all frames of one id
 * @id: The section's.
 * @flags: VFIO_MIG_FRAME_*, of all its frames together, without MORE.
 * @start: Where its first frame begins in the stream.
 * @size: Its bytes: up to the end of the piece that reaches farthest.
 * @pieces, @count: Its frames, in the order in which they came.
 * @room: Pieces that there is memory for.
 */
struct vfiomig_section {
	__u32 id;
	__u32 flags;
	__u64 start;
	__u64 size;
	struct vfiomig_piece *pieces;
	unsigned int count;
	unsigned int room;
};

/**
 * struct vfiomig_stream - a file that was taken apart
 * @name: The file's.
 * @header: The header; all zero if it was not right.
 * @sections, @count: What came, in order; nothing that was not right.
 * @bytes, @frames: Of the part that was right, END included.
 * @complete: All of it was right, up to the end.
 */
struct vfiomig_stream {
	const char *name;
	struct vfio_mig_stream_header header;
	struct vfiomig_section *sections;
	unsigned int count;
	__u64 bytes;
	__u32 frames;
	bool complete;
};

/* Keep all payloads of what is no regular file, not just what is known. */
#define VFIOMIG_STREAM_KEEP	0x1

/**
 * vfiomig_stream_open - read a file, and check how it is framed
 * @path: The file; "-" is stdin.  The string must stay.
 * @flags: VFIOMIG_STREAM_*.
 * @stream: Receives it, also if it is damaged: what was right until there.
 *	NULL if the file cannot be read.
 * @section: Receives the id of the section at fault, or 0; may be NULL.
 * @error: The first fault, by the section's name.
 *
 * EBADMSG, EINVAL, EOPNOTSUPP, ENODATA, E2BIG: as Documentation/stream.md has
 * them.  The memory that this needs does not depend on the stream's size, but
 * on its number of frames.
 */
int vfiomig_stream_open(const char *path, unsigned int flags,
			struct vfiomig_stream **stream, __u32 *section,
			struct vfiomig_error *error);

/* NULL is allowed. */
void vfiomig_stream_close(struct vfiomig_stream *stream);

/* The section of that id, or NULL. */
const struct vfiomig_section *
vfiomig_stream_section(const struct vfiomig_stream *stream, __u32 id);

/* @size bytes of a section; where no piece is they are 0. */
int vfiomig_stream_read(const struct vfiomig_stream *stream,
			const struct vfiomig_section *section, __u64 offset,
			void *bytes, size_t size, struct vfiomig_error *error);

/*
 * The sections' own rules, and those they have together, as far as they can be
 * known without the device.  A stream without sections is a descriptor, and
 * right.  @section: as above.
 */
int vfiomig_stream_check(const struct vfiomig_stream *stream, __u32 *section,
			 struct vfiomig_error *error);

/* Only the header of a file, which may be a stream or a descriptor. */
int vfiomig_stream_header(const char *path,
			  struct vfio_mig_stream_header *header,
			  struct vfiomig_error *error);

/*
 * Copy a stream, and say in the copy what its parts are called and made of, as a driver
 * of this host says it (ENOENT: none does).  A device that loads it passes that over.
 */
int vfiomig_stream_describe(const char *path, int out,
			    struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * What two streams differ in (stream_diff.c)
 */

/**
 * struct vfiomig_difference - one of them
 * @section: The section's id; VFIO_MIG_SECTION_END: it is in the header.
 * @in: 0: both have it; 1 or 2: just that one has the section.
 * @field: The field, or NULL: it is about bytes.
 * @a, @b: What it is in either.
 * @offset, @length: Which bytes differ.
 */
struct vfiomig_difference {
	__u32 section;
	int in;
	const struct vfiomig_field *field;
	__u64 a;
	__u64 b;
	__u64 offset;
	__u64 length;
};

typedef void (*vfiomig_on_difference)(const struct vfiomig_difference *found,
				      void *ctx);

/*
 * The header's fields, then the sections in the order of @a.  How sections are
 * cut into frames and which comes first is no difference.
 */
int vfiomig_stream_diff(const struct vfiomig_stream *a,
			const struct vfiomig_stream *b,
			vfiomig_on_difference on_difference, void *ctx,
			struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Would it fit? (descriptor.c, compat.c)
 */

/* ENOTTY: the driver has no VFIO_DEVICE_MIG_DESCRIPTOR. */
int vfiomig_descriptor(struct vfiomig_dev *dev,
		       struct vfio_device_mig_descriptor *descriptor,
		       struct vfiomig_error *error);

/* A stream of just that header and END; with what its parts are called, if @text. */
int vfiomig_write_described(const struct vfio_mig_stream_header *header,
			    const char *text, int out,
			    struct vfiomig_error *error);
int vfiomig_write_descriptor(const struct vfio_mig_stream_header *header,
			     int out, struct vfiomig_error *error);

/*
 * Ask the device in what it and a stream of that header differ.  0 is the
 * answer, whatever it is: see @result->verdict.  ENOTTY: the driver has no
 * VFIO_DEVICE_MIG_COMPATIBLE.
 */
int vfiomig_compatible(struct vfiomig_dev *dev,
		       const struct vfio_mig_stream_header *header,
		       struct vfio_mig_comparison *result,
		       struct vfiomig_error *error);

/* The same of two headers, without a device. */
void vfiomig_compare_headers(const struct vfio_mig_stream_header *src,
			     const struct vfio_mig_stream_header *dst,
			     struct vfio_mig_comparison *result);

/**
 * struct vfiomig_side - where a header is from
 * @name: The device's name, or the file's.
 * @file: Whether it is a file.
 * @known: Behaviours that the driver knows, switched on or not; 0 for a file.
 */
struct vfiomig_side {
	const char *name;
	bool file;
	__u64 known;
};

/**
 * struct vfiomig_finding - a mismatch in words
 * @field: What it is about.
 * @flags: VFIO_MIG_MISMATCH_*.
 * @theirs, @ours: As in struct vfio_mig_mismatch; for a behaviour its bit and 0.
 * @text: What differs.
 * @fix: What would make it fit.
 * @other_fix: What else would, or empty.
 */
struct vfiomig_finding {
	char field[64];
	__u32 flags;
	__u64 theirs;
	__u64 ours;
	char text[256];
	char fix[256];
	char other_fix[256];
};

typedef void (*vfiomig_on_finding)(const struct vfiomig_finding *finding,
				   void *ctx);

/* Each mismatch, and each behaviour of one, in words; @header is the source's. */
void vfiomig_explain(const struct vfio_mig_comparison *comparison,
		     const struct vfio_mig_stream_header *header,
		     const struct vfiomig_side *src,
		     const struct vfiomig_side *dst,
		     vfiomig_on_finding on_finding, void *ctx);

#endif /* VFIOMIG_STREAM_H */
