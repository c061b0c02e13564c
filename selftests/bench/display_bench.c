// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to migrate a display.
 *
 *	display_bench [-j] [FILE.svg]
 *
 * wants four of them: two of one size, for what is done to the mapping, and two
 * larger ones.  Compare only what one run has printed.  VFIO_MIG_ROUNDS says how
 * often each thing is measured at least.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "clock.h"
#include "display_bench.h"

unsigned int rounds;

void set_state(struct bochs *bochs, uint32_t state, int *data_fd)
{
	int fd = -1;

	if (vfiomig_set_state(bochs->dev, state, &fd, &bochs->error))
		die(bochs->error.text);
	if (data_fd)
		*data_fd = fd;
}

/* Nothing that would be sent as zeros. */
void fill(struct bochs *bochs)
{
	uint64_t *word = (uint64_t *)bochs->memory;
	size_t i;

	for (i = 0; i < bochs->size / sizeof(*word); i++)
		word[i] = (i + 1) * 0x9e3779b97f4a7c15ull;
}

size_t drain(int data_fd, uint8_t *into, size_t room)
{
	size_t used = 0;
	ssize_t done;

	do {
		if (used == room)
			die("a stream is longer than it can be");
		done = read(data_fd, into + used, room - used);
		if (done > 0)
			used += done;
	} while (done > 0);
	if (done < 0 && errno != ENOMSG)
		die(strerror(errno));
	return used;
}

/* In pages; a memcpy() of much goes by four at once. */
#define APART	8

uint8_t *buffer_alloc(size_t room)
{
	uint8_t *buffer;

	room += PLACES * APART * PAGE;
	buffer = malloc(room);
	if (!buffer)
		die("no memory");
	memset(buffer, 1, room);
	return buffer;
}

uint8_t *apart(uint8_t *buffer, unsigned int place)
{
	return buffer + place % PLACES * APART * PAGE;
}

double compare_all(struct bochs *bochs, uint8_t *buffer)
{
	double start, taken[PLACES];
	unsigned int i;
	uint8_t *same;

	for (i = 0; i < PLACES; i++) {
		same = apart(buffer, i);
		memcpy(same, bochs->memory, bochs->size);
		start = seconds();
		if (memcmp(bochs->memory, same, bochs->size))
			die("the memory is not what it was");
		taken[i] = seconds() - start;
	}
	return median(taken, PLACES);
}

int main(int argc, char **argv)
{
	static struct stop stops[STOP_SIZES][STOP_SHARES];
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	const char *file = argv[1 + json];
	struct throughput throughput;
	struct mapping mapping;
	struct arcs arcs;
	FILE *out;

	rounds = rounds_wanted(ROUNDS_USUAL, ROUNDS_MAX);
	measure_mapping(&mapping);
	measure_stream(&throughput);
	measure_arcs(&arcs);
	measure_stop(stops);
	if (json)
		printf("{");
	print_mapping(&mapping, json);
	print_stream(&throughput, json);
	print_arcs(&arcs, json);
	print_stop(stops, json);
	if (json)
		printf("}\n");
	if (!file)
		return 0;
	out = fopen(file, "w");
	if (!out)
		die(strerror(errno));
	draw_stop(out, stops);
	if (fclose(out))
		die(strerror(errno));
	return 0;
}
