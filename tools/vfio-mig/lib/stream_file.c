// SPDX-License-Identifier: GPL-2.0
/*
 * Takes a stream in a file apart, and remembers where its sections are.  What
 * comes through a pipe can be read only once: of that, what will be looked at
 * later goes into a temporary file.
 */
#define _GNU_SOURCE
#include <search.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

#define CHUNK	0x100000

/**
 * struct file - a stream, and how it is read
 * @stream: What a user of the library sees; first.
 * @room: Sections that there is memory for.
 * @ids: Where a section is in them, by id; a tree of struct place.
 * @reader: The codec's side of it.
 * @fd: The file.
 * @base: Where the stream begins in the file.
 * @spool: What was kept of a file that cannot be read again, or NULL.
 * @spooled: How much that is.
 * @keep: Keep the sections that are not known too.
 * @names: The section that says what the others are called.
 */
struct file {
	struct vfiomig_stream stream;
	unsigned int room;
	void *ids;
	struct vfio_mig_reader reader;
	int fd;
	__u64 base;
	FILE *spool;
	__u64 spooled;
	bool keep;
	char names[4096];
};

struct place {
	__u32 id;
	unsigned int index;
};

/* ---- names ---- */

void lib_name_section(const char *text, char *named, size_t size)
{
	const char *name = NULL;
	unsigned int id;
	int used = 0;

	if (!strncmp(text, "section 0", 9) &&
	    sscanf(text, "section %x: %n", &id, &used) == 1 && used)
		name = vfiomig_section_name(id);
	if (name)
		snprintf(named, size, "section %s: %s", name, text + used);
	else
		snprintf(named, size, "%s", text);
}

static void add_place(const struct file *file, struct vfiomig_error *error)
{
	const struct vfiomig_stream *stream = &file->stream;
	const struct vfio_mig_reader *reader = &file->reader;
	const char *where = "after";
	const char *name;
	__u32 id;

	if (reader->phase == VFIO_MIG_READ_PAYLOAD) {
		where = "in";
		id = le32_to_cpu(reader->frame.id);
	} else if (stream->count) {
		id = stream->sections[stream->count - 1].id;
	} else {
		return;
	}
	name = vfiomig_section_name(id);
	if (name)
		lib_append(error, ", %s section %s", where, name);
	else
		lib_append(error, ", %s section %#x", where, id);
}

static int explain(const struct file *file, int err, __u32 *section,
		   struct vfiomig_error *error)
{
	const struct vfio_mig_reader *reader = &file->reader;
	char text[160];

	lib_name_section(reader->why.text, text, sizeof(text));
	lib_fail(error, err, "%s: %s", file->stream.name, text);
	/* These two have no section's name in them. */
	if (err == -ENODATA || !strncmp(text, "frame ", 6))
		add_place(file, error);
	if (err == -ENODATA && reader->phase == VFIO_MIG_READ_PAYLOAD)
		*section = le32_to_cpu(reader->frame.id);
	else
		*section = reader->why.section;
	return err;
}

/* ---- sections ---- */

static int compare_places(const void *a, const void *b)
{
	__u32 first = ((const struct place *)a)->id;
	__u32 second = ((const struct place *)b)->id;

	return first < second ? -1 : first > second;
}

static struct vfiomig_section *find(const struct file *file, __u32 id)
{
	struct place key = { .id = id };
	struct place **found;

	found = tfind(&key, &file->ids, compare_places);
	return found ? &file->stream.sections[(*found)->index] : NULL;
}

/* Room for one more of @size bytes each; NULL if there is none. */
static void *one_more(void *items, unsigned int count, unsigned int *room,
		      size_t size)
{
	unsigned int wanted;
	void *bigger;

	if (count < *room)
		return items;
	wanted = *room ? *room * 2 : 8;
	bigger = reallocarray(items, wanted, size);
	if (bigger)
		*room = wanted;
	return bigger;
}

static struct vfiomig_section *add_section(struct file *file, __u32 id,
					   __u64 start)
{
	struct vfiomig_stream *stream = &file->stream;
	struct vfiomig_section *sections;
	struct place *place;

	sections = one_more(stream->sections, stream->count, &file->room,
			    sizeof(*sections));
	if (!sections)
		return NULL;
	stream->sections = sections;
	place = malloc(sizeof(*place));
	if (!place)
		return NULL;
	place->id = id;
	place->index = stream->count;
	if (!tsearch(place, &file->ids, compare_places)) {
		free(place);
		return NULL;
	}
	sections += stream->count++;
	memset(sections, 0, sizeof(*sections));
	sections->id = id;
	sections->start = start;
	return sections;
}

static bool is_zeros(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_ZEROS;
}

static int add_piece(struct vfiomig_section *section,
		     const struct vfio_mig_frame *frame, __u64 position)
{
	__u32 length = le32_to_cpu(is_zeros(frame) ? frame->zeros :
				   frame->length);
	__u64 offset = le64_to_cpu(frame->offset);
	struct vfiomig_piece *pieces;

	pieces = one_more(section->pieces, section->count, &section->room,
			  sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	section->pieces = pieces;
	pieces[section->count++] = (struct vfiomig_piece) {
		.offset = offset,
		.position = is_zeros(frame) ? VFIOMIG_ZEROS : position,
		.length = length,
	};
	section->flags |= le32_to_cpu(frame->flags) &
			  ~(VFIO_MIG_FRAME_MORE | VFIO_MIG_FRAME_ZEROS);
	if (section->size < offset + length)
		section->size = offset + length;
	return 0;
}

/* ---- what the codec tells ---- */

static int on_header(void *ctx, const struct vfio_mig_stream_header *header,
		     struct vfio_mig_refusal *why)
{
	struct file *file = ctx;

	(void)why;
	file->stream.header = *header;
	return 0;
}

static int on_frame(void *ctx, const struct vfio_mig_frame *frame,
		    struct vfio_mig_refusal *why)
{
	__u32 piece = le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_PIECE;
	const struct vfiomig_section *before;
	__u32 id = le32_to_cpu(frame->id);
	struct file *file = ctx;

	before = file->reader.section == id ? NULL : find(file, id);
	if (before && !(piece && before->flags & VFIO_MIG_FRAME_PIECE))
		return vfio_mig_refuse(why, -EBADMSG, id,
				       "section %#x: comes twice", id);
	if (id == VFIO_MIG_SECTION_NAMES)
		return 1;
	return file->spool && (file->keep || vfiomig_section_type(id));
}

/* What its parts are called; of more than that has room nothing is learned. */
static int keep_names(struct file *file, __u64 offset, const void *data,
		      size_t length)
{
	if (offset + length <= sizeof(file->names))
		memcpy(file->names + offset, data, length);
	return 0;
}

static int on_payload(void *ctx, const struct vfio_mig_frame *frame,
		      __u64 offset, const void *data, size_t length,
		      struct vfio_mig_refusal *why)
{
	struct file *file = ctx;

	if (le32_to_cpu(frame->id) == VFIO_MIG_SECTION_NAMES)
		return keep_names(file, offset, data, length);
	if (fwrite(data, length, 1, file->spool) != 1)
		return vfio_mig_refuse(why, -EIO, le32_to_cpu(frame->id),
				       "cannot keep it in a temporary file: %s",
				       strerror(errno));
	file->spooled += length;
	return 0;
}

static int on_frame_done(void *ctx, const struct vfio_mig_frame *frame,
			 struct vfio_mig_refusal *why)
{
	__u32 length = le32_to_cpu(frame->length);
	__u32 id = le32_to_cpu(frame->id);
	struct vfiomig_section *section;
	struct file *file = ctx;
	__u64 end;

	end = file->reader.bytes;
	if (id == VFIO_MIG_SECTION_NAMES && length <= sizeof(file->names))
		vfiomig_learn(&file->stream.header, file->names, length);
	section = find(file, id);
	if (!section)
		section = add_section(file, id, end - length - sizeof(*frame));
	if (!section || add_piece(section, frame, file->spool ?
				  file->spooled - length :
				  file->base + end - length))
		return vfio_mig_refuse(why, -ENOMEM, id, "out of memory");
	file->stream.bytes = end;
	file->stream.frames++;
	return 0;
}

static const struct vfio_mig_reader_ops reader_ops = {
	.header = on_header,
	.frame = on_frame,
	.payload = on_payload,
	.frame_done = on_frame_done,
};

/* ---- files ---- */

/* Can what is read be read again? */
static int prepare(struct file *file, struct vfiomig_error *error)
{
	const char *name = file->stream.name;
	struct stat st;
	off_t base;

	if (fstat(file->fd, &st))
		return lib_fail_errno(error, -errno, "%s", name);
	base = S_ISREG(st.st_mode) ? lseek(file->fd, 0, SEEK_CUR) : -1;
	if (base >= 0) {
		file->base = base;
		return 0;
	}
	file->spool = tmpfile();
	if (!file->spool)
		return lib_fail_errno(error, -errno,
				      "%s: no temporary file for it", name);
	return 0;
}

static int take_all(struct file *file, struct vfiomig_error *error,
		    bool *unreadable)
{
	char *chunk = malloc(CHUNK);
	ssize_t got;
	int err = 0;

	if (!chunk)
		return lib_fail_errno(error, -ENOMEM, "%s", file->stream.name);
	while (!err && (got = lib_read_some(file->fd, chunk, CHUNK)) > 0)
		err = vfio_mig_reader_feed(&file->reader, chunk, got);
	free(chunk);
	*unreadable = !err && got < 0;
	if (*unreadable)
		return lib_fail_errno(error, got, "%s: cannot read it",
				      file->stream.name);
	return err ? err : vfio_mig_reader_finish(&file->reader);
}

int vfiomig_stream_open(const char *path, unsigned int flags,
			struct vfiomig_stream **stream, __u32 *section,
			struct vfiomig_error *error)
{
	bool unreadable = true;
	__u32 nowhere;
	struct file *file;
	int err;

	*stream = NULL;
	section = section ? section : &nowhere;
	*section = 0;
	file = calloc(1, sizeof(*file));
	if (!file)
		return lib_fail_errno(error, -ENOMEM, "%s", path);
	file->stream.name = strcmp(path, "-") ? path : "stdin";
	file->keep = flags & VFIOMIG_STREAM_KEEP;
	file->fd = lib_open_file(path, error);
	if (file->fd < 0) {
		err = file->fd;
		free(file);
		return err;
	}
	err = prepare(file, error);
	if (!err) {
		vfio_mig_reader_init(&file->reader, &reader_ops, file);
		err = take_all(file, error, &unreadable);
	}
	if (err && unreadable) {
		vfiomig_stream_close(&file->stream);
		return err;
	}
	*stream = &file->stream;
	if (file->spool)
		fflush(file->spool);
	if (err)
		return explain(file, err, section, error);
	file->stream.bytes = file->reader.bytes;
	file->stream.complete = true;
	return 0;
}

void vfiomig_stream_close(struct vfiomig_stream *stream)
{
	struct file *file = (struct file *)stream;
	unsigned int i;

	if (!file)
		return;
	for (i = 0; i < stream->count; i++)
		free(stream->sections[i].pieces);
	free(stream->sections);
	tdestroy(file->ids, free);
	if (file->spool)
		fclose(file->spool);
	lib_close_file(file->fd);
	free(file);
}

const struct vfiomig_section *
vfiomig_stream_section(const struct vfiomig_stream *stream, __u32 id)
{
	return find((const struct file *)stream, id);
}

static int read_at(int fd, char *bytes, size_t size, __u64 position)
{
	ssize_t got;

	for (; size; size -= got, bytes += got, position += got) {
		got = pread(fd, bytes, size, position);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return got ? -errno : -EIO;
	}
	return 0;
}

/* The pieces in the order in which they came, so that the last one counts. */
int vfiomig_stream_read(const struct vfiomig_stream *stream,
			const struct vfiomig_section *section, __u64 offset,
			void *bytes, size_t size, struct vfiomig_error *error)
{
	const struct file *file = (const struct file *)stream;
	int fd = file->spool ? fileno(file->spool) : file->fd;
	const struct vfiomig_piece *piece;
	__u64 from, to;
	unsigned int i;
	int err;

	memset(bytes, 0, size);
	for (i = 0; i < section->count; i++) {
		piece = &section->pieces[i];
		from = piece->offset > offset ? piece->offset : offset;
		to = piece->offset + piece->length;
		to = to < offset + size ? to : offset + size;
		if (from >= to)
			continue;
		if (piece->position == VFIOMIG_ZEROS) {
			memset((char *)bytes + (from - offset), 0, to - from);
			continue;
		}
		err = read_at(fd, (char *)bytes + (from - offset), to - from,
			      piece->position + (from - piece->offset));
		if (err)
			return lib_fail_errno(error, err,
					      "%s: cannot read it again",
					      stream->name);
	}
	return 0;
}
