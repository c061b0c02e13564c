/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stream of an edu, written and read without the codec and its structs: by
 * offsets that were typed in from Documentation/stream.md and edu.md.  And the
 * files in sysfs that decide what is in it.
 */
#ifndef SELFTESTS_VM_EDU_STREAM_H
#define SELFTESTS_VM_EDU_STREAM_H

#include "common.h"
#include "stream_bytes.h"

#define HEADER_REVISION		20
#define HEADER_GEOMETRY		24
#define HEADER_OPTIONAL		64	/* HEADER_REQUIRED is in stream_bytes.h */

#define REGISTERS		0x65640001
#define BUFFER			0x65640002
#define DMA			0x65640003

/* Bits of a header's behaviours. */
#define DMA_PENDING		0x1

/**
 * struct picture - all that a guest can see of an edu
 * @remaining_us: What is left to a pending command's delay.
 * The others: what the registers read, and the buffer.
 */
struct picture {
	uint32_t liveness;
	uint32_t factorial;
	uint32_t status;
	uint32_t interrupt;
	uint64_t dma_src;
	uint64_t dma_dst;
	uint64_t dma_count;
	uint64_t dma_command;
	uint32_t remaining_us;
	uint8_t buffer[EDU_BUFFER_SIZE];
};

/* The payload of section registers. */
#define REGISTERS_SIZE		48
void put_registers(uint8_t payload[REGISTERS_SIZE],
		   const struct picture *picture);

/* The stream that a device with this @header emits in the state @picture. */
void put_picture(struct bytes *bytes, const uint8_t header[HEADER_SIZE],
		 const struct picture *picture);

/*
 * Is an edu whose own header is @ours, and whose driver has @behaviours
 * switched on, to take this stream?  If so, to which state?
 */
bool find_picture(const struct bytes *stream, const uint8_t ours[HEADER_SIZE],
		  uint64_t behaviours, struct picture *picture);

/* The header of the device's own stream; 0 or -errno. */
int own_header(struct edu *edu, uint8_t header[HEADER_SIZE]);

/* Do the registers read what @picture says?  Logs the first that does not. */
bool shows_picture(struct edu *edu, const struct picture *picture);

/*
 * 0 or -errno: write 0 or 1 to, or read, a file of the device's folder
 * vfio_mig; the device need not be bound yet.
 */
int set_property(const char *bdf, const char *name, bool on);
int get_property(const char *bdf, const char *name);

#endif /* SELFTESTS_VM_EDU_STREAM_H */
