/* SPDX-License-Identifier: GPL-2.0 */
/* The codec, built twice: as it is, and without its checksum. */
#ifndef SELFTESTS_BENCH_CODEC_H
#define SELFTESTS_BENCH_CODEC_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct codec - one of the two
 * @save: Put a stream with one section of @size bytes into @out; returns its
 *	size.
 * @load: Take such a stream; 0 or -errno.
 */
struct codec {
	size_t (*save)(void *out, size_t room, const void *section,
		       size_t size);
	int (*load)(const void *stream, size_t size);
};

extern const struct codec codec_whole;
extern const struct codec codec_bare;

#endif /* SELFTESTS_BENCH_CODEC_H */
