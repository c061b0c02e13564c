// SPDX-License-Identifier: GPL-2.0
/* displays.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "displays.h"
#include "edu_stream.h"
#include "feature.h"
#include "vfiomig_stream.h"

int displays_open(struct bochs *src, struct bochs *dst)
{
	int ret;

	memset(dst, 0, sizeof(*dst));
	ret = bochs_open(src, 0);
	if (ret)
		return ret;
	ret = bochs_open(dst, 1);
	if (ret) {
		src->error = dst->error;
		bochs_close(src);
	}
	return ret;
}

int display_set_xxh64(const char *bdf, bool on)
{
	struct vfiomig_error error;
	int ret = vfiomig_bind(bdf, "bochs_vfio_pci", &error);

	return ret ? ret : set_property(bdf, "xxh64", on);
}

int display_set(struct bochs *bochs, uint32_t state, int *data_fd)
{
	return feature_set_state(vfiomig_fd(bochs->dev), state, data_fd);
}

void display_fill(struct bochs *bochs, unsigned int seed)
{
	uint64_t *word = (uint64_t *)bochs->memory;
	uint64_t value = seed * 0x9e3779b97f4a7c15ull + 1;
	size_t i;

	for (i = 0; i < bochs->size / sizeof(*word); i++) {
		value = value * 6364136223846793005ull + 1442695040888963407ull;
		word[i] = value;
	}
}

bool display_is_blank(struct bochs *bochs)
{
	const uint64_t *word = (const uint64_t *)bochs->memory;
	unsigned int index;
	size_t i;

	for (index = BOCHS_XRES; index < BOCHS_NR_MODE; index++)
		if (bochs_get(bochs, index))
			return false;
	for (i = 0; i < bochs->size / sizeof(*word); i++)
		if (word[i])
			return false;
	return bochs_get_order(bochs) == BOCHS_LITTLE_ENDIAN;
}

int display_pump(int from, int to, uint64_t most, uint64_t *bytes)
{
	static __thread uint8_t chunk[64 * 1024];
	size_t size;
	ssize_t done;
	int ret;

	for (*bytes = 0; *bytes < most; *bytes += done) {
		size = most - *bytes < sizeof(chunk) ? most - *bytes :
						       sizeof(chunk);
		done = read(from, chunk, size);
		if (done <= 0)
			return done ? -errno : 0;
		ret = write_all(to, chunk, done, done);
		if (ret)
			return ret;
	}
	return 0;
}

int display_save(struct bochs *bochs, struct bytes *stream)
{
	int data_fd, ret = display_set(bochs, VFIO_MIG_STOP_COPY, &data_fd);
	ssize_t some;

	if (ret)
		return ret;
	stream->length = 0;
	do {
		some = read(data_fd, stream->at + stream->length,
			    stream->room - stream->length);
		stream->length += some > 0 ? some : 0;
	} while (some > 0);
	close(data_fd);
	return some ? -errno : display_set(bochs, VFIO_MIG_STOP, NULL);
}

int display_load(struct bochs *bochs, const struct bytes *stream,
		 size_t length)
{
	int data_fd, ret = display_set(bochs, VFIO_MIG_RESUMING, &data_fd);

	if (ret)
		return ret;
	ret = write_all(data_fd, stream->at, length, length);
	close(data_fd);
	return ret;
}

int display_move(struct bochs *src, struct bochs *dst)
{
	int from = -1, to = -1;
	uint64_t bytes;
	int ret;

	ret = display_set(dst, VFIO_MIG_RESUMING, &to);
	if (!ret)
		ret = display_set(src, VFIO_MIG_STOP_COPY, &from);
	if (!ret)
		ret = display_pump(from, to, ANY_AMOUNT, &bytes);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	if (!ret)
		ret = display_set(src, VFIO_MIG_STOP, NULL);
	return ret ? ret : display_set(dst, VFIO_MIG_RUNNING, NULL);
}

int pair_open(struct display_pair *pair)
{
	pair->from = -1;
	pair->to = -1;
	display_compare_dma(true);
	return displays_open(&pair->src, &pair->dst);
}

void pair_close(struct display_pair *pair)
{
	pair_close_files(pair);
	bochs_close(&pair->dst);
	bochs_close(&pair->src);
	display_compare_dma(true);
}

int pair_begin(struct display_pair *pair)
{
	int ret = display_set(&pair->dst, VFIO_MIG_RESUMING, &pair->to);

	return ret ? ret : display_set(&pair->src, VFIO_MIG_PRE_COPY,
				       &pair->from);
}

int pair_cut_over(struct display_pair *pair, uint64_t *bytes)
{
	int ret = display_set(&pair->src, VFIO_MIG_STOP_COPY, NULL);

	if (!ret)
		ret = display_pump(pair->from, pair->to, ANY_AMOUNT, bytes);
	return ret ? ret : display_set(&pair->dst, VFIO_MIG_STOP, NULL);
}

void pair_close_files(struct display_pair *pair)
{
	if (pair->from >= 0)
		close(pair->from);
	if (pair->to >= 0)
		close(pair->to);
	pair->from = -1;
	pair->to = -1;
}

bool pair_same(const struct display_pair *pair)
{
	return !memcmp(pair->src.memory, pair->dst.memory, pair->src.size);
}

void display_compare_dma(bool on)
{
	int fd = open("/sys/module/bochs_vfio_pci/parameters/dma_compare",
		      O_WRONLY | O_CLOEXEC);

	if (write(fd, on ? "1" : "0", 1) != 1)
		abort();
	close(fd);
}

int forge_begin(struct display_stream *stream, struct bochs *bochs)
{
	struct vfio_device_mig_descriptor descriptor;
	int ret;

	ret = vfiomig_descriptor(bochs->dev, &descriptor, &bochs->error);
	if (ret)
		return ret;
	stream->writer = (struct vfio_mig_writer) {
		.buf = stream->bytes,
		.size = sizeof(stream->bytes),
	};
	vfio_mig_write_header(&stream->writer, &descriptor.header);
	return 0;
}

void forge_registers(struct display_stream *stream, uint32_t order)
{
	struct vfio_mig_bochs_registers registers = {
		.mode = { 640, 480, 32, 1 },
		.byte_order = order,
	};

	vfio_mig_write_section(&stream->writer,
			       VFIO_MIG_SECTION_BOCHS_REGISTERS,
			       VFIO_MIG_FRAME_REQUIRED, &registers,
			       sizeof(registers));
}

void forge_zeros(struct display_stream *stream, uint64_t offset, uint32_t zeros)
{
	vfio_mig_write_zeros(&stream->writer, VFIO_MIG_SECTION_BOCHS_MEMORY,
			     VFIO_MIG_FRAME_REQUIRED, offset, zeros);
}

void forge_bytes(struct display_stream *stream, uint64_t offset, uint32_t size)
{
	static uint8_t bytes[1 << 20];

	memset(bytes, 0xa5, sizeof(bytes));
	vfio_mig_write_piece(&stream->writer, VFIO_MIG_SECTION_BOCHS_MEMORY,
			     VFIO_MIG_FRAME_REQUIRED, offset, bytes, size);
}

int forge_load(struct display_stream *stream, struct bochs *bochs,
	       int *data_fd)
{
	int ret = display_set(bochs, VFIO_MIG_RESUMING, data_fd);

	return ret ? ret : write_all(*data_fd, stream->bytes,
				     stream->writer.used,
				     stream->writer.used);
}
