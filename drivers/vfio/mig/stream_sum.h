/* SPDX-License-Identifier: GPL-2.0 */
/* Checksums as they stand in a frame: what stream_out.c and stream_in.c share. */
#ifndef VFIO_MIG_STREAM_SUM_H
#define VFIO_MIG_STREAM_SUM_H

#include "stream.h"
#include "stream_env.h"

/* crc32c as everybody else computes it: 0xe3069283 for "123456789". */
static inline __u32 stream_crc_of(const void *data, size_t length)
{
	return ~stream_crc(STREAM_CRC_INIT, data, length);
}

/* An xxh64 takes the field that another kind of piece has for its zeros as well. */
static inline void stream_set_xxh64(struct vfio_mig_frame *frame, __u64 sum)
{
	frame->payload_crc = cpu_to_le32((__u32)sum);
	frame->zeros = cpu_to_le32((__u32)(sum >> 32));
}

static inline __u64 stream_get_xxh64(const struct vfio_mig_frame *frame)
{
	return (__u64)le32_to_cpu(frame->zeros) << 32 |
	       le32_to_cpu(frame->payload_crc);
}

static inline bool stream_has_xxh64(const struct vfio_mig_frame *frame)
{
	return le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_XXH64;
}

#endif /* VFIO_MIG_STREAM_SUM_H */
