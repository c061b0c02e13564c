/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the codec needs from its surroundings, in the kernel and outside of it:
 * checksums, byte order, printf and memory.
 */
#ifndef VFIO_MIG_STREAM_ENV_H
#define VFIO_MIG_STREAM_ENV_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/byteorder/generic.h>
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/xxhash.h>

#define stream_smaller(a, b)	min_t(size_t, a, b)

static inline __u32 stream_crc(__u32 crc, const void *data, size_t length)
{
	return vfio_mig_crc32c(crc, data, length);
}

#define STREAM_XXH64_SIZE	sizeof(struct xxh64_state)

static inline void stream_xxh64_begin(__u64 *state)
{
	xxh64_reset((struct xxh64_state *)state, 0);
}

static inline void stream_xxh64_add(__u64 *state, const void *data,
				    size_t length)
{
	xxh64_update((struct xxh64_state *)state, data, length);
}

static inline __u64 stream_xxh64_end(const __u64 *state)
{
	return xxh64_digest((const struct xxh64_state *)state);
}

static inline __u64 stream_xxh64(const void *data, size_t length)
{
	return xxh64(data, length, 0);
}

#else /* user space */

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* All of it is in the header: nobody has to link with a library for it. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define cpu_to_le16(value)	((__le16)htole16(value))
#define cpu_to_le32(value)	((__le32)htole32(value))
#define cpu_to_le64(value)	((__le64)htole64(value))
#define le16_to_cpu(value)	le16toh((__u16)(value))
#define le32_to_cpu(value)	le32toh((__u32)(value))
#define le64_to_cpu(value)	le64toh((__u64)(value))

static inline size_t stream_smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * crc32c, four bits at a time: Debian has no C library for it, and a table of
 * 16 needs no setting up.  Neither starts nor ends with an inversion, as the
 * kernel's.
 */
static inline __u32 stream_crc(__u32 crc, const void *data, size_t length)
{
	static const __u32 nibble[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	const __u8 *byte = data;

#ifdef STREAM_WITHOUT_CRC /* to measure what it costs, and for nothing else */
	return crc;
#endif
	for (; length; length--, byte++) {
		crc = (crc >> 4) ^ nibble[(crc ^ *byte) & 15];
		crc = (crc >> 4) ^ nibble[(crc ^ *byte >> 4) & 15];
	}
	return crc;
}

#define STREAM_XXH64_SIZE	sizeof(XXH64_state_t)

static inline void stream_xxh64_begin(__u64 *state)
{
	XXH64_state_t now;

	XXH64_reset(&now, 0);
	memcpy(state, &now, sizeof(now));
}

static inline void stream_xxh64_add(__u64 *state, const void *data,
				    size_t length)
{
	XXH64_state_t now;

#ifdef STREAM_WITHOUT_CRC
	return;
#endif
	memcpy(&now, state, sizeof(now));
	XXH64_update(&now, data, length);
	memcpy(state, &now, sizeof(now));
}

static inline __u64 stream_xxh64_end(const __u64 *state)
{
	XXH64_state_t now;

	memcpy(&now, state, sizeof(now));
	return XXH64_digest(&now);
}

static inline __u64 stream_xxh64(const void *data, size_t length)
{
#ifdef STREAM_WITHOUT_CRC
	length = 0;
#endif
	return XXH64(data, length, 0);
}

#endif

/* A crc32c starts as, and is sent as the complement of, this register. */
#define STREAM_CRC_INIT		0xffffffffu

#endif /* VFIO_MIG_STREAM_ENV_H */
