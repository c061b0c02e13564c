/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one way to stdout.  A command says what it found once; whether that
 * becomes text or JSON is decided here.
 *
 * @key is the name in JSON, NULL in an array.  @format makes the text, with one
 * conversion for the value; NULL leaves it out of the text.  Whatever a value holds
 * becomes printable here, so that JSON is JSON, and no terminal obeys it; a line
 * ends only where a format, or print_text(), says so.
 */
#ifndef VFIO_MIG_PRINT_H
#define VFIO_MIG_PRINT_H

#include <linux/types.h>

#include "tool.h"

/*
 * What is said from now on is what a command says: its words, and the version
 * of the JSON, which is a new one if something goes or changes its meaning.
 * Documentation/schema has a file for each.
 */
void print_set_schema(const char * const *words, int count, int version);

void print_start_object(const char *key);
void print_end_object(void);
void print_start_array(const char *key);
void print_end_array(void);

void print_string(const char *key, const char *format, const char *value);
/* The same in the colour of the state or of a device's name, if colours are on. */
void print_state(const char *key, const char *format, __u32 state);
void print_device(const char *key, const char *format, const char *name);

void print_number(const char *key, const char *format, __u64 value);

/* @format takes a string, as of format_bytes(); in JSON it is a number. */
void print_bytes(const char *key, const char *format, __u64 bytes);
void print_bool(const char *key, bool value);

/* Only in JSON. */
void print_decimal(const char *key, double value);

/* Only in text. */
void print_text(const char *format, ...)
	__printf(1, 2);

/* As print_string(), but broken into lines that begin with @indent blanks. */
void print_lines(const char *key, int indent, const char *text);

/* A time as "12.3 us" in text and as a number in JSON. */
void print_ns(const char *key, const char *format, __u64 ns);

/* VFIO_MIGRATION_* as names: "STOP_COPY P2P" in text, an array in JSON. */
void print_features(const char *key, __u64 features);

/* One transition and its time, as a line or an object. */
void print_step(const struct vfiomig_step *step, bool with_device);

/* Write what is left.  0, or -errno if not all of it could be written. */
int print_finish(void);

/* Has an object been written since print_begin()? */
void print_begin(void);
bool print_wrote(void);

/* "4.2 MiB" and so on into @text. */
void format_bytes(char *text, size_t size, __u64 bytes);

#endif /* VFIO_MIG_PRINT_H */
