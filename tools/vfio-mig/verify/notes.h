/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was asked of devices, each call as a line of a script for vfio-mig -b
 * and what came of it: the report of a check that fails.
 */
#ifndef VFIO_MIG_VERIFY_NOTES_H
#define VFIO_MIG_VERIFY_NOTES_H

#include <stdbool.h>
#include <stddef.h>

#include "tool.h"

#define NOTES_MAX	512
#define NOTE_LENGTH	200
#define FILES_MAX	32
#define STREAMS_MAX	8

struct bytes;
struct side;
struct verify;

/**
 * struct note - a call
 * @line: As it stands in a script.
 * @result: What came.
 */
struct note {
	char line[NOTE_LENGTH];
	char result[NOTE_LENGTH];
};

/**
 * struct notes - the calls since the device was RUNNING
 * @list, @count: They; the last ones if there were too many.
 * @files, @file_count: The data files that came, and of which device; likewise.
 * @streams, @stream_count: What was read, by its name's number.
 * @saving: The calls that made verify's @saved.
 * @saving_count: How many these are.
 * @has_saved: Is it written by one of the calls?
 * @has_peer: Is one of them made of the peer?
 * @keeps: Keep those from before the device was RUNNING again.
 * @mark: How many calls, files and streams there were at notes_mark().
 */
struct notes {
	struct note list[NOTES_MAX];
	unsigned int count;
	struct {
		int fd;
		const struct side *side;
	} files[FILES_MAX];
	unsigned int file_count;
	const struct bytes *streams[STREAMS_MAX];
	unsigned int stream_count;
	struct note saving[4];
	unsigned int saving_count;
	bool has_saved;
	bool has_peer;
	bool keeps;
	struct {
		unsigned int calls;
		unsigned int files;
		unsigned int streams;
	} mark;
};

/* Begin anew, unless they are kept. */
void notes_forget(struct verify *v);

/* What was done up to here is common to several; and what was done since then is not. */
void notes_mark(struct verify *v);
void notes_rewind(struct verify *v);

/* A line: as it is, of a device, of a data file. */
void note_line(struct verify *v, const char *format, ...)
	__printf(2, 3);
void note_call(struct verify *v, const struct side *side, const char *format,
	       ...) __printf(3, 4);
void note_file(struct verify *v, int data_fd, const char *format, ...)
	__printf(3, 4);

/* What came of the last one. */
void note_result(struct verify *v, const char *format, ...)
	__printf(2, 3);
const struct note *last_note(const struct verify *v);

/* A data file came, or was closed; and the one that came @back before the last, or -1. */
void note_data_fd(struct verify *v, const struct side *side, int data_fd);
void note_closed(struct verify *v, int data_fd);
int find_data_fd(const struct verify *v, const struct side *side,
		 unsigned int back);

/* A stream's name; it gets one if it is empty. */
void name_stream(struct verify *v, const struct bytes *bytes, char *name,
		 size_t size);

/* The same, or by what it differs from what is saved: "NAME CHUNK ...". */
void describe_stream(struct verify *v, const struct bytes *bytes,
		     size_t chunk, char *text, size_t size);

/* "a0b1c2", or "a0x3" if it is the same byte again and again. */
const char *hex_text(char *text, size_t size, const void *data, size_t count);

/* As text: a line, and behind or below it what came. */
void print_note(const char *indent, const struct note *note);

/* All that a script needs, a note each; those that have no result have "". */
void script_each(const struct verify *v,
		 void (*each)(const struct note *note));

#endif /* VFIO_MIG_VERIFY_NOTES_H */
