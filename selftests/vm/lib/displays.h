/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests on displays share: two of them, their states, their streams. */
#ifndef SELFTESTS_VM_DISPLAYS_H
#define SELFTESTS_VM_DISPLAYS_H

#include "arcs.h"
#include "bochs.h"
#include "stream.h"
#include "stream_bytes.h"

#define PAGE		4096
#define HEADER		sizeof(struct vfio_mig_stream_header)
#define FRAME		sizeof(struct vfio_mig_frame)

#define ASSERT_BOCHS(bochs, expression)					\
	ASSERT_EQ(0, (expression)) {					\
		TH_LOG("%s: %s %s", (bochs)->bdf, (bochs)->error.text,	\
		       (bochs)->error.hint);				\
	}

/* Open the first two. */
int displays_open(struct bochs *src, struct bochs *dst);

/* A bare SET: 0 or -errno. */
int display_set(struct bochs *bochs, uint32_t state, int *data_fd);

/* Switch its behaviour xxh64; it need not be bound yet.  0 or -errno. */
int display_set_xxh64(const char *bdf, bool on);

/* Anything but pages of zeros, and another each time. */
void display_fill(struct bochs *bochs, unsigned int seed);

/* Are its registers and its memory those of a device that was just powered on? */
bool display_is_blank(struct bochs *bochs);

#define ANY_AMOUNT	(~0ull)

/*
 * Move up to @most bytes from one data file to another; @bytes receives how many
 * there were.  0 when that is done, or at the end; -ENOMSG, or another errno.
 */
int display_pump(int from, int to, uint64_t most, uint64_t *bytes);

/* All of its stream, by way of STOP_COPY: it is in STOP afterwards. */
int display_save(struct bochs *bochs, struct bytes *stream);

/* To RESUMING, and the first @length bytes of a stream: 0 or -errno of the write(). */
int display_load(struct bochs *bochs, const struct bytes *stream,
		 size_t length);

/* Move @src to @dst without pre-copy: @src is left in STOP, @dst RUNNING. */
int display_move(struct bochs *src, struct bochs *dst);

/**
 * struct display_pair - two displays, and a migration between them
 * @src: Is pre-copied.
 * @dst: Is in RESUMING meanwhile.
 * @from: The source's data file, or -1.
 * @to: The destination's, or -1.
 */
struct display_pair {
	struct bochs src;
	struct bochs dst;
	int from;
	int to;
};

/* Open the first two; close them, and have DMA looked for as by default. */
int pair_open(struct display_pair *pair);
void pair_close(struct display_pair *pair);

/* To RESUMING and PRE_COPY. */
int pair_begin(struct display_pair *pair);

/* Stop the source, and move the rest: the destination is in STOP then. */
int pair_cut_over(struct display_pair *pair, uint64_t *bytes);

void pair_close_files(struct display_pair *pair);

/* Is the memory of both the same? */
bool pair_same(const struct display_pair *pair);

/* Is memory that is mapped for DMA compared when the display stops? */
void display_compare_dma(bool on);

/* A stream that is put together by hand. */
#define FORGE_MAX	(2 << 20)

struct display_stream {
	struct vfio_mig_writer writer;
	uint8_t bytes[FORGE_MAX];
};

/* Begins with the header of @bochs. */
int forge_begin(struct display_stream *stream, struct bochs *bochs);

/* Registers with that byte order, all of the memory 0, and the end. */
void forge_registers(struct display_stream *stream, uint32_t order);
void forge_zeros(struct display_stream *stream, uint64_t offset, uint32_t zeros);
void forge_bytes(struct display_stream *stream, uint64_t offset, uint32_t size);

/* To RESUMING, write all: 0 or -errno of the write. */
int forge_load(struct display_stream *stream, struct bochs *bochs,
	       int *data_fd);

#endif /* SELFTESTS_VM_DISPLAYS_H */
