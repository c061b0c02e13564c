/* SPDX-License-Identifier: GPL-2.0 */
/* What is measured of displays: a file for each part, and one that draws. */
#ifndef SELFTESTS_BENCH_DISPLAY_BENCH_H
#define SELFTESTS_BENCH_DISPLAY_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bochs.h"
#include "figures.h"

#define PAGE	4096

/* Each thing is measured so often at least, and the median counts. */
#define ROUNDS_USUAL	5
#define ROUNDS_MAX	100
extern unsigned int rounds;

/* display_bench.c */
void set_state(struct bochs *bochs, uint32_t state, int *data_fd);
void fill(struct bochs *bochs);
/* Bytes read until there are no more, now or for ever. */
size_t drain(int data_fd, uint8_t *into, size_t room);
/*
 * A buffer with room for @room bytes from wherever apart() has it begin, all touched; and
 * the places where it may.  The emulated MMU remembers a page in one place only (QEMU's TLB
 * is direct-mapped).  If both sides of a copy want the same places, it takes up to ten times
 * as long, which would depend on where malloc() happens to put the buffer.  So what goes
 * from one to the other is measured in each of them, and the median counts.
 */
#define PLACES	3
uint8_t *buffer_alloc(size_t room);
uint8_t *apart(uint8_t *buffer, unsigned int place);
/* Seconds for one memcmp() of all of the memory with a copy in @buffer. */
double compare_all(struct bochs *bochs, uint8_t *buffer);

/* display_mapping.c */
enum mapping_row {
	MAPPED_VFIO_PCI, MAPPED_IDLE, MAPPED_TRACKED_FIRST, MAPPED_TRACKED,
	MAPPED_AFTER, MAPPED_ROWS
};

/**
 * struct mapping - how fast a mapping is, MiB a second
 * @write, @read: By row.
 */
struct mapping {
	double write[MAPPED_ROWS];
	double read[MAPPED_ROWS];
};

void measure_mapping(struct mapping *mapping);
void print_mapping(const struct mapping *mapping, bool json);

/* display_stream.c */

/**
 * struct throughput - all of a display's memory, MiB a second
 * @save, @load: Through a data_fd.
 * @copy_out, @copy_in: From and to the mapping of the same memory.
 * @crc32c, @xxh64: The kernel's checksums alone.
 */
struct throughput {
	double save;
	double load;
	double copy_out;
	double copy_in;
	double crc32c;
	double xxh64;
};

void measure_stream(struct throughput *throughput);
void print_stream(const struct throughput *throughput, bool json);

/* display_arcs.c */
enum contents { CONTENTS_BLANK, CONTENTS_FULL, CONTENTS };

/**
 * struct pre_copy - to begin it, and to give it up
 * @begin: Seconds from RUNNING to PRE_COPY.
 * @end: And back, after all of the first pass was read.
 * @compare: Seconds for one memcmp() of the memory.
 */
struct pre_copy {
	double begin;
	double end;
	double compare;
};

/**
 * struct arcs - what transitions cost
 * @size: Bytes of memory.
 * @pre_copy: By what the memory has.
 * @get: Seconds for a GET of the state.
 * @hold, @go_on: For RUNNING to RUNNING_P2P and back, where a display has nothing to
 *	do.
 */
struct arcs {
	size_t size;
	struct pre_copy pre_copy[CONTENTS];
	double get;
	double hold;
	double go_on;
};

void measure_arcs(struct arcs *arcs);
void print_arcs(const struct arcs *arcs, bool json);

/* display_stop.c */
#define STOP_SIZES	2
#define STOP_SHARES	6

/**
 * struct stop - one share of a memory was written, then the device is stopped
 * @size: Bytes of memory.
 * @dirty: Bytes that were written.
 * @sent: Bytes that were left to read after the stop.
 * @info: Seconds for one PRECOPY_INFO before it.
 * @compared: Seconds for the stop and for reading them.
 * @trusted: Likewise, without comparing all of the memory.
 * @compare: Seconds for one memcmp() of all of the memory.
 * @copy: Seconds to copy just what was written out of the mapping.
 */
struct stop {
	size_t size;
	size_t dirty;
	size_t sent;
	double info;
	double compared;
	double trusted;
	double compare;
	double copy;
};

void measure_stop(struct stop stops[STOP_SIZES][STOP_SHARES]);
void print_stop(struct stop stops[STOP_SIZES][STOP_SHARES], bool json);

/* display_picture.c */
void draw_stop(FILE *out, struct stop stops[STOP_SIZES][STOP_SHARES]);

#endif /* SELFTESTS_BENCH_DISPLAY_BENCH_H */
