// SPDX-License-Identifier: GPL-2.0
/* All of a display's memory through a data_fd, beside a plain copy of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "clock.h"
#include "display_bench.h"
#include "sum.h"

static double rate(size_t size, double start)
{
	return size / MIB / (seconds() - start);
}

static size_t save(struct bochs *bochs, uint8_t *into, size_t room,
		   double *speed)
{
	double start;
	size_t size;
	int data_fd;

	set_state(bochs, VFIO_MIG_STOP_COPY, &data_fd);
	start = seconds();
	size = drain(data_fd, into, room);
	*speed = rate(size, start);
	set_state(bochs, VFIO_MIG_RUNNING, NULL);
	close(data_fd);
	return size;
}

static double load(struct bochs *bochs, const uint8_t *from, size_t size)
{
	double start, speed;
	ssize_t done;
	int data_fd;

	set_state(bochs, VFIO_MIG_RESUMING, &data_fd);
	start = seconds();
	for (; size; size -= done, from += done) {
		done = write(data_fd, from, size);
		if (done <= 0)
			die("a stream is refused");
	}
	speed = bochs->size / MIB / (seconds() - start);
	set_state(bochs, VFIO_MIG_RUNNING, NULL);
	close(data_fd);
	return speed;
}

static double copy(struct bochs *bochs, uint8_t *buffer, bool out)
{
	double start, speed[PLACES];
	unsigned int i;
	uint8_t *copy;

	for (i = 0; i < PLACES; i++) {
		copy = apart(buffer, i);
		start = seconds();
		if (out)
			memcpy(copy, bochs->memory, bochs->size);
		else
			memcpy(bochs->memory, copy, bochs->size);
		speed[i] = rate(bochs->size, start);
	}
	return median(speed, PLACES);
}

/* They do not change from round to round, and nobody takes turns with them. */
static void measure_sums(struct throughput *throughput, const void *bytes,
			 size_t size)
{
	throughput->crc32c = sum_rate(SUM_CRC32C, bytes, size);
	throughput->xxh64 = sum_rate(SUM_XXH64, bytes, size);
}

void measure_stream(struct throughput *throughput)
{
	double saved[ROUNDS_MAX], loaded[ROUNDS_MAX];
	double out[ROUNDS_MAX], in[ROUNDS_MAX];
	struct bochs src, dst;
	uint8_t *buffer;
	size_t room, size;
	unsigned int i;

	if (bochs_open(&src, 2) || bochs_open(&dst, 3))
		die("there are no four displays");
	room = src.size + src.size / 64;
	buffer = buffer_alloc(room);
	fill(&src);
	fill(&dst);
	for (i = 0; i < rounds; i++) {
		out[i] = copy(&src, buffer, true);
		in[i] = copy(&dst, buffer, false);
		size = save(&src, buffer, room, &saved[i]);
		loaded[i] = load(&dst, buffer, size);
	}
	throughput->save = median(saved, rounds);
	throughput->load = median(loaded, rounds);
	throughput->copy_out = median(out, rounds);
	throughput->copy_in = median(in, rounds);
	measure_sums(throughput, buffer, src.size);
	free(buffer);
	bochs_close(&dst);
	bochs_close(&src);
}

static void print_line(const char *name, const char *text, double speed,
		       double copy, bool json)
{
	if (json) {
		printf("\"%s\": %.1f, ", name, speed);
		if (copy)
			printf("\"%s_of_copy\": %.4f, ", name, speed / copy);
	} else if (copy) {
		printf("%-36s %9.1f %6.2f\n", text, speed, speed / copy);
	} else {
		printf("%-36s %9.1f\n", text, speed);
	}
}

void print_stream(const struct throughput *throughput, bool json)
{
	const struct {
		const char *name;
		const char *text;
		double speed;
		double copy;
	} lines[] = {
		{ "copy_out", "copied out of the mapping",
		  throughput->copy_out, 0 },
		{ "save", "read from a data_fd", throughput->save,
		  throughput->copy_out },
		{ "copy_in", "copied into the mapping", throughput->copy_in,
		  0 },
		{ "load", "written to a data_fd", throughput->load,
		  throughput->copy_in },
		{ "crc", "the kernel's crc32c alone", throughput->crc32c, 0 },
		{ "xxh64", "the kernel's xxh64 alone", throughput->xxh64, 0 },
	};
	size_t i;

	if (!json)
		printf("\n%-36s %9s %6s\n", "All of a display's memory, MiB/s",
		       "", "/ copy");
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		print_line(lines[i].name, lines[i].text, lines[i].speed,
			   lines[i].copy, json);
}
