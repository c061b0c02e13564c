// SPDX-License-Identifier: GPL-2.0
/* Notes the calls that are made, as a script that makes them again. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "print.h"

/* Where a result begins, and how wide both may be with the report's indent. */
#define RESULT_COLUMN	44
#define LINE_MAX_WIDTH	74

/* Bytes that differ and are worth being written into a line. */
#define PATCH_MAX	24

void notes_forget(struct verify *v)
{
	if (v->notes.keeps)
		return;
	v->notes.count = 0;
	v->notes.file_count = 0;
	v->notes.stream_count = 0;
	v->notes.has_saved = false;
	v->notes.has_peer = false;
}

void notes_mark(struct verify *v)
{
	v->notes.mark.calls = v->notes.count;
	v->notes.mark.files = v->notes.file_count;
	v->notes.mark.streams = v->notes.stream_count;
}

void notes_rewind(struct verify *v)
{
	v->notes.count = v->notes.mark.calls;
	v->notes.file_count = v->notes.mark.files;
	v->notes.stream_count = v->notes.mark.streams;
}

static struct note *new_note(struct verify *v)
{
	struct note *note = &v->notes.list[v->notes.count++ % NOTES_MAX];

	note->line[0] = '\0';
	note->result[0] = '\0';
	return note;
}

static void append(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, NOTE_LENGTH - used, format, args);
	va_end(args);
}

static void append_list(char *text, const char *format, va_list args)
{
	size_t used = strlen(text);

	vsnprintf(text + used, NOTE_LENGTH - used, format, args);
}

void note_line(struct verify *v, const char *format, ...)
{
	struct note *note = new_note(v);
	va_list args;

	va_start(args, format);
	append_list(note->line, format, args);
	va_end(args);
}

static struct note *note_of(struct verify *v, const struct side *side,
			    const char *format, va_list args)
{
	struct note *note = new_note(v);

	v->notes.has_peer |= side == &v->peer;
	append(note->line, "call %s ", side->name);
	append_list(note->line, format, args);
	return note;
}

void note_call(struct verify *v, const struct side *side, const char *format,
	       ...)
{
	va_list args;

	va_start(args, format);
	note_of(v, side, format, args);
	va_end(args);
}

static unsigned int oldest_file(const struct notes *notes)
{
	return notes->file_count > FILES_MAX ? notes->file_count - FILES_MAX :
					       0;
}

/* Whose it is, and how many of the same device came after it. */
static const struct side *owner(const struct verify *v, int data_fd,
				unsigned int *back)
{
	const struct notes *notes = &v->notes;
	const struct side *side = &v->self;
	unsigned int i = notes->file_count, j;

	*back = 0;
	while (i > oldest_file(notes) &&
	       notes->files[(i - 1) % FILES_MAX].fd != data_fd)
		i--;
	if (i == oldest_file(notes))
		return side;
	side = notes->files[(i - 1) % FILES_MAX].side;
	for (j = i; j < notes->file_count; j++)
		*back += notes->files[j % FILES_MAX].side == side;
	return side;
}

void note_file(struct verify *v, int data_fd, const char *format, ...)
{
	unsigned int back;
	const struct side *side = owner(v, data_fd, &back);
	struct note *note;
	va_list args;

	va_start(args, format);
	note = note_of(v, side, format, args);
	va_end(args);
	if (back)
		append(note->line, " --back %u", back);
}

const struct note *last_note(const struct verify *v)
{
	return &v->notes.list[(v->notes.count - 1) % NOTES_MAX];
}

void note_result(struct verify *v, const char *format, ...)
{
	struct note *note = &v->notes.list[(v->notes.count - 1) % NOTES_MAX];
	va_list args;

	note->result[0] = '\0';
	va_start(args, format);
	append_list(note->result, format, args);
	va_end(args);
}

void note_data_fd(struct verify *v, const struct side *side, int data_fd)
{
	unsigned int at = v->notes.file_count++ % FILES_MAX;

	v->notes.files[at].fd = data_fd;
	v->notes.files[at].side = side;
}

int find_data_fd(const struct verify *v, const struct side *side,
		 unsigned int back)
{
	const struct notes *notes = &v->notes;
	unsigned int i;

	for (i = notes->file_count; i > oldest_file(notes); i--)
		if (notes->files[(i - 1) % FILES_MAX].side == side && !back--)
			return notes->files[(i - 1) % FILES_MAX].fd;
	return -1;
}

void note_closed(struct verify *v, int data_fd)
{
	struct notes *notes = &v->notes;
	unsigned int i;

	for (i = notes->file_count; i > oldest_file(notes); i--)
		if (notes->files[(i - 1) % FILES_MAX].fd == data_fd) {
			notes->files[(i - 1) % FILES_MAX].fd = -1;
			break;
		}
}

/* ---- streams ---- */

static int find_stream(const struct verify *v, const struct bytes *bytes)
{
	int i = v->notes.stream_count - 1;

	while (i >= 0 && v->notes.streams[i] != bytes)
		i--;
	return i;
}

void name_stream(struct verify *v, const struct bytes *bytes, char *name,
		 size_t size)
{
	struct notes *notes = &v->notes;
	int i = bytes->size ? find_stream(v, bytes) : -1;

	if (i < 0 && notes->stream_count < STREAMS_MAX)
		notes->streams[notes->stream_count++] = bytes;
	if (i < 0)
		i = notes->stream_count - 1;
	if (bytes == &v->saved)
		snprintf(name, size, "saved");
	else
		snprintf(name, size, "%c", 'a' + i);
}

const char *hex_text(char *text, size_t size, const void *data, size_t count)
{
	const __u8 *byte = data;
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 1; i < count && byte[i] == byte[0]; i++)
		continue;
	if (count > 4 && i == count) {
		snprintf(text, size, "%02xx%zu", byte[0], count);
		return text;
	}
	for (i = 0; i < count && used < size; i++)
		used += snprintf(text + used, size - used, "%02x", byte[i]);
	return text;
}

static __u8 saved_byte(const struct verify *v, size_t at)
{
	return at < v->saved.size ? v->saved.data[at] : 0;
}

static void describe_patches(const struct verify *v,
			     const struct bytes *bytes, char *text)
{
	char hex[2 * PATCH_MAX + 1];
	size_t i, end;

	for (i = 0; i < bytes->size && strlen(text) < NOTE_LENGTH - 1;
	     i = end + 1) {
		end = i;
		while (end < bytes->size && end - i < PATCH_MAX &&
		       bytes->data[end] != saved_byte(v, end))
			end++;
		if (end == i)
			continue;
		append(text, " %zu=%s", i, hex_text(hex, sizeof(hex),
						    bytes->data + i, end - i));
		/* What was cut short goes on at once. */
		end -= end - i == PATCH_MAX;
	}
}

void describe_stream(struct verify *v, const struct bytes *bytes,
		     size_t chunk, char *text, size_t size)
{
	int i = find_stream(v, bytes);
	char more[NOTE_LENGTH] = "";

	if (i >= 0 && bytes != &v->saved) {
		snprintf(text, size, "%c %zu", 'a' + i, chunk);
		return;
	}
	v->notes.has_saved = true;
	if (bytes != &v->saved)
		describe_patches(v, bytes, more);
	if (more[0] || bytes->size != v->saved.size)
		snprintf(text, size, "saved %zu %zu%s", chunk, bytes->size,
			 more);
	else
		snprintf(text, size, "saved %zu", chunk);
}

/* ---- what is shown ---- */

void print_note(const char *indent, const struct note *note)
{
	size_t length = strlen(note->line);

	if (!note->result[0])
		print_text("%s%s\n", indent, note->line);
	else if ((length < RESULT_COLUMN ? RESULT_COLUMN : length) + 3 +
		 strlen(note->result) <= LINE_MAX_WIDTH)
		print_text("%s%-*s # %s\n", indent, RESULT_COLUMN, note->line,
			   note->result);
	else
		print_text("%s%s\n%s# %s\n", indent, note->line, indent,
			   note->result);
}

/* As it was when a check began. */
static void each_open(void (*each)(const struct note *note),
		      const struct side *side)
{
	struct note open = {}, get = { .result = "RUNNING" };

	append(open.line, "dev open %s", side->name);
	append(get.line, "call %s get", side->name);
	each(&open);
	each(&get);
}

void script_each(const struct verify *v,
		 void (*each)(const struct note *note))
{
	const struct notes *notes = &v->notes;
	unsigned int i;

	each_open(each, &v->self);
	for (i = 0; notes->has_saved && i < notes->saving_count; i++)
		each(&notes->saving[i]);
	if (notes->has_peer)
		each_open(each, &v->peer);
	i = notes->count > NOTES_MAX ? notes->count - NOTES_MAX : 0;
	for (; i < notes->count; i++)
		each(&notes->list[i % NOTES_MAX]);
}
