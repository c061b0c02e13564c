/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Streams put together byte by byte, by offsets that were typed in from the
 * format's description: good ones, and bad ones whose checksums are right.
 * Shares no code and no struct with the codec.
 */
#ifndef SELFTESTS_STREAM_BYTES_H
#define SELFTESTS_STREAM_BYTES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/* Where the fields are, and how many bytes they have. */
#define HEADER_SIZE		80
#define HEADER_FRAMING		8
#define HEADER_LENGTH		10
#define HEADER_VENDOR		12
#define HEADER_ZERO		21
#define HEADER_REQUIRED		56
#define HEADER_RESERVED		72
#define HEADER_CRC		76
#define HEADER_LONGEST		4096

#define FRAME_SIZE		32
#define FRAME_ID		0
#define FRAME_FLAGS		4
#define FRAME_LENGTH		8
#define FRAME_PAYLOAD_CRC	12
#define FRAME_OFFSET		16
#define FRAME_ZEROS		24
#define FRAME_CRC		28
#define FRAME_LONGEST		1048576

#define REQUIRED		1
#define MORE			2
#define PIECE			4
#define ZEROS			8
#define XXH64			16

/* The header's bit that announces frames with XXH64. */
#define REQUIRES_XXH64		0x8000000000000000ULL

#define END			0
#define END_SIZE		16
#define END_BYTES		0
#define END_FRAMES		8
#define END_RESERVED		12

/* The sections of the sample. */
#define ALPHA			0x11
#define BETA			0x22
#define GAMMA			0x33

struct bytes {
	__u8 *at;
	size_t length;
	size_t room;
	__u32 frames;
};

void bytes_init(struct bytes *bytes, size_t room);
void bytes_free(struct bytes *bytes);

/* crc32c, a bit at a time. */
__u32 checksum(const void *data, size_t length);

/* xxh64 with seed 0, a number at a time. */
__u64 long_checksum(const void *data, size_t length);

/* @size bytes of @value, least significant first. */
void set_field(__u8 *at, size_t size, __u64 value);
__u64 get_field(const __u8 *at, size_t size);

void put_bytes(struct bytes *bytes, const void *data, size_t length);

/* A header of @length bytes; those past the known ones are not 0. */
void put_header(struct bytes *bytes, size_t length);

/* Returns where the frame begins. */
size_t put_frame(struct bytes *bytes, __u32 id, __u32 flags, __u64 offset,
		 const void *payload, size_t length);

/* A piece of @zeros bytes that are 0. */
size_t put_zeros(struct bytes *bytes, __u32 id, __u32 flags, __u64 offset,
		 __u32 zeros);

/* An END frame with the right totals. */
size_t put_end(struct bytes *bytes);

/* From now on frames may have XXH64. */
void announce_xxh64(struct bytes *bytes);

/* The checksum of a header, of a frame and its payload, made right again. */
void reseal_header(struct bytes *bytes);
void reseal_frame(struct bytes *bytes, size_t frame);

/**
 * struct sample - a small good stream, and where its parts are
 * @alpha: A REQUIRED section of 9 bytes, "123456789".
 * @beta: The three frames of an optional one of 8 bytes, "abcdefgh".
 * @gamma: An empty section.
 * @end: The END frame.
 */
struct sample {
	struct bytes bytes;
	size_t alpha;
	size_t beta[3];
	size_t gamma;
	size_t end;
};

#define SAMPLE_DATA	"123456789abcdefgh"
#define SAMPLE_EVENTS	"H F11+9 D11 F22+4 D22 F22+3 D22 F22+1 D22 F33+0 D33 E "

void sample_init(struct sample *sample);
void sample_free(struct sample *sample);

/*
 * What is to be thought of a stream, all of it at hand: 0 if it is good,
 * -ENODATA if it may become so with more bytes, another -errno if it cannot.
 */
int judge(const struct bytes *bytes);

#endif /* SELFTESTS_STREAM_BYTES_H */
