// SPDX-License-Identifier: GPL-2.0
/* edu_stream.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "edu_stream.h"
#include "uapi/linux/vfio_mig.h"

/* ---- writing ---- */

void put_registers(uint8_t payload[REGISTERS_SIZE],
		   const struct picture *picture)
{
	set_field(payload, 4, picture->liveness);
	set_field(payload + 4, 4, picture->factorial);
	set_field(payload + 8, 4, picture->status);
	set_field(payload + 12, 4, picture->interrupt);
	set_field(payload + 16, 8, picture->dma_src);
	set_field(payload + 24, 8, picture->dma_dst);
	set_field(payload + 32, 8, picture->dma_count);
	set_field(payload + 40, 8, picture->dma_command);
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, length - 1);
}

void put_picture(struct bytes *bytes, const uint8_t header[HEADER_SIZE],
		 const struct picture *picture)
{
	uint8_t registers[REGISTERS_SIZE], dma[8] = { 0 };

	put_bytes(bytes, header, HEADER_SIZE);
	put_registers(registers, picture);
	put_frame(bytes, REGISTERS, REQUIRED, 0, registers, sizeof(registers));
	if (!all_zero(picture->buffer, EDU_BUFFER_SIZE))
		put_frame(bytes, BUFFER, REQUIRED, 0, picture->buffer,
			  EDU_BUFFER_SIZE);
	set_field(dma, 4, picture->remaining_us);
	if (picture->dma_command & EDU_DMA_RUN)
		put_frame(bytes, DMA, REQUIRED, 0, dma, sizeof(dma));
	put_end(bytes);
}

/* ---- reading ---- */

/**
 * struct part - a section that an edu can have
 * @id: Its id.
 * @size: The bytes that it must have.
 * @behaviour: The one without which it is not known.
 * @in_pieces: It can come in pieces.
 * @bytes: What has come, and how much of it.
 * @complete: All frames are there.
 * @pieces: It has come in pieces.
 */
struct part {
	uint32_t id;
	size_t size;
	uint64_t behaviour;
	bool in_pieces;
	uint8_t bytes[EDU_BUFFER_SIZE];
	size_t length;
	bool complete;
	bool pieces;
};

#define PARTS	3

static bool header_fits(const uint8_t *theirs, const uint8_t *ours,
			uint64_t behaviours)
{
	/* The length is the writer's own, and was judged before. */
	return !memcmp(theirs, ours, HEADER_LENGTH) &&
	       !memcmp(theirs + HEADER_VENDOR, ours + HEADER_VENDOR,
		       HEADER_REQUIRED - HEADER_VENDOR) &&
	       !(get_field(theirs + HEADER_REQUIRED, 8) & ~behaviours);
}

static bool take_piece(struct part *part, const uint8_t *frame)
{
	uint64_t offset = get_field(frame + FRAME_OFFSET, 8);
	size_t length = get_field(frame + FRAME_LENGTH, 4);

	if (!part->in_pieces || (part->complete && !part->pieces) ||
	    offset > part->size || length > part->size - offset)
		return false;
	memcpy(part->bytes + offset, frame + FRAME_SIZE, length);
	part->pieces = true;
	part->complete = true;
	return true;
}

static bool take_frame(const uint8_t *frame, struct part *parts,
		       uint64_t behaviours)
{
	uint32_t flags = get_field(frame + FRAME_FLAGS, 4);
	size_t length = get_field(frame + FRAME_LENGTH, 4);
	uint32_t id = get_field(frame + FRAME_ID, 4);
	struct part *part;

	for (part = parts; part < parts + PARTS; part++)
		if (part->id == id && !(part->behaviour & ~behaviours))
			break;
	if (part == parts + PARTS)
		return !(flags & REQUIRED);
	if (flags & PIECE)
		return take_piece(part, frame);
	if (part->complete || length > part->size - part->length)
		return false;
	memcpy(part->bytes + part->length, frame + FRAME_SIZE, length);
	part->length += length;
	part->complete = !(flags & MORE);
	return !part->complete || part->length == part->size;
}

static bool is_result(uint32_t factorial)
{
	uint32_t n;

	for (n = 0; n <= 34; n++)
		if (edu_factorial(n) == factorial)
			return true;
	return false;
}

static void get_picture(const struct part *parts, struct picture *picture)
{
	const uint8_t *registers = parts[0].bytes;

	memset(picture, 0, sizeof(*picture));
	picture->liveness = get_field(registers, 4);
	picture->factorial = get_field(registers + 4, 4);
	picture->status = get_field(registers + 8, 4);
	picture->interrupt = get_field(registers + 12, 4);
	picture->dma_src = get_field(registers + 16, 8);
	picture->dma_dst = get_field(registers + 24, 8);
	picture->dma_count = get_field(registers + 32, 8);
	picture->dma_command = get_field(registers + 40, 8);
	memcpy(picture->buffer, parts[1].bytes, EDU_BUFFER_SIZE);
	picture->remaining_us = get_field(parts[2].bytes, 4);
}

static bool can_be(const struct picture *picture, const struct part *parts)
{
	bool pending = picture->dma_command & EDU_DMA_RUN;

	if (picture->status & ~0x81u)
		return false;
	if (!(picture->status & EDU_STATUS_COMPUTING) &&
	    !is_result(picture->factorial))
		return false;
	return pending == parts[2].complete && picture->remaining_us <= 100000;
}

bool find_picture(const struct bytes *stream, const uint8_t ours[HEADER_SIZE],
		  uint64_t behaviours, struct picture *picture)
{
	struct part parts[PARTS] = {
		{ .id = REGISTERS, .size = REGISTERS_SIZE },
		{ .id = BUFFER, .size = EDU_BUFFER_SIZE, .in_pieces = true },
		{ .id = DMA, .size = 8, .behaviour = DMA_PENDING },
	};
	size_t at;

	if (judge(stream) || !header_fits(stream->at, ours, behaviours))
		return false;
	at = get_field(stream->at + HEADER_LENGTH, 2);
	while (get_field(stream->at + at + FRAME_ID, 4) != END) {
		if (!take_frame(stream->at + at, parts, behaviours))
			return false;
		at += FRAME_SIZE +
		      get_field(stream->at + at + FRAME_LENGTH, 4);
	}
	get_picture(parts, picture);
	return parts[0].complete && can_be(picture, parts);
}

/* ---- the device ---- */

int own_header(struct edu *edu, uint8_t header[HEADER_SIZE])
{
	struct vfio_device_mig_descriptor descriptor = {
		.argsz = sizeof(descriptor),
	};

	if (ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_MIG_DESCRIPTOR,
		  &descriptor))
		return -errno;
	memcpy(header, &descriptor.header, HEADER_SIZE);
	return 0;
}

static bool shows(const char *name, uint64_t expected, uint64_t seen)
{
	if (expected != seen)
		printf("# %s reads %#llx instead of %#llx\n", name,
		       (unsigned long long)seen, (unsigned long long)expected);
	return expected == seen;
}

bool shows_picture(struct edu *edu, const struct picture *picture)
{
	return shows("liveness", picture->liveness,
		     edu_get(edu, EDU_LIVENESS)) &&
	       shows("factorial", picture->factorial,
		     edu_get(edu, EDU_FACTORIAL)) &&
	       shows("status", picture->status, edu_get(edu, EDU_STATUS)) &&
	       shows("interrupt", picture->interrupt,
		     edu_get(edu, EDU_IRQ_STATUS)) &&
	       shows("dma src", picture->dma_src,
		     edu_get64(edu, EDU_DMA_SRC)) &&
	       shows("dma dst", picture->dma_dst,
		     edu_get64(edu, EDU_DMA_DST)) &&
	       shows("dma count", picture->dma_count,
		     edu_get64(edu, EDU_DMA_COUNT)) &&
	       shows("dma command", picture->dma_command,
		     edu_get64(edu, EDU_DMA_COMMAND));
}

static int open_property(const char *bdf, const char *name, int flags)
{
	char path[160], file[64];
	int fd;

	snprintf(file, sizeof(file), "vfio_mig/%s", name);
	device_file(path, sizeof(path), bdf, file);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int set_property(const char *bdf, const char *name, bool on)
{
	struct vfiomig_error error;
	int fd, ret;

	fd = open_property(bdf, name, O_WRONLY);
	if (fd < 0) {
		ret = edu_bind(bdf, "edu_vfio_pci", &error);
		if (ret)
			return ret;
		fd = open_property(bdf, name, O_WRONLY);
	}
	if (fd < 0)
		return fd;
	ret = write(fd, on ? "1" : "0", 1) == 1 ? 0 : -errno;
	close(fd);
	return ret;
}

int get_property(const char *bdf, const char *name)
{
	char text[2];
	int fd, ret;

	fd = open_property(bdf, name, O_RDONLY);
	if (fd < 0)
		return fd;
	ret = read(fd, text, sizeof(text)) == 2 ? text[0] - '0' : -EIO;
	close(fd);
	return ret;
}
