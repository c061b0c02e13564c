/* SPDX-License-Identifier: GPL-2.0 */
/* How headers and sections are shown. */
#ifndef VFIO_MIG_STREAM_PRINT_H
#define VFIO_MIG_STREAM_PRINT_H

#include "vfiomig_stream.h"

/* As an object of its own in JSON, and some lines of text. */
void print_header(const struct vfio_mig_stream_header *header);

/* The names of the bits of @behaviours; NULL as @label leaves the text out. */
void print_behaviours(const char *key, const char *label,
		      const struct vfio_mig_stream_header *header,
		      __u64 behaviours);

/* "buffer", or "0x65640009" if it has no name, into @text. */
void format_section(char *text, size_t size, __u32 id);

/* "required" and so on, with @between, into @text. */
void format_flags(char *text, size_t size, __u32 flags, const char *between);

/* "0x12" or "18" into @text. */
void format_value(char *text, size_t size, const struct vfiomig_field *field,
		  __u64 value);

/* "error" and what belongs to it, as JSON. */
void print_fault(const struct vfiomig_error *error, __u32 section);

#endif /* VFIO_MIG_STREAM_PRINT_H */
