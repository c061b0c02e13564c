/* SPDX-License-Identifier: GPL-2.0 */
/* The codec, built twice: as it is, and without its checksum. */
#ifndef SELFTESTS_BENCH_CODEC_H
#define SELFTESTS_BENCH_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct codec - one of the two
 * @save: Put a stream with one section of @size bytes into @out; returns its
 *	size.
 * @save_pieces: The same in pieces, as bulk memory is sent, with an xxh64 each or a
 *	crc32c.
 * @load: Take a stream of either kind; 0 or -errno.
 */
struct codec {
	size_t (*save)(void *out, size_t room, const void *section,
		       size_t size);
	size_t (*save_pieces)(void *out, size_t room, const void *section,
			      size_t size, bool xxh64);
	int (*load)(const void *stream, size_t size);
};

extern const struct codec codec_whole;
extern const struct codec codec_bare;

#endif /* SELFTESTS_BENCH_CODEC_H */
