// SPDX-License-Identifier: GPL-2.0
/* How fast a display's mapped memory is, beside that of plain vfio-pci. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "clock.h"
#include "display_bench.h"

/* A pass takes some milliseconds, and anything can get in its way. */
#define A_ROUND		5
#define PASSES_MAX	(A_ROUND * ROUNDS_MAX)

/**
 * struct passes - what was measured, a value each round
 * @write, @read: MiB a second, by row.
 */
struct passes {
	double write[MAPPED_ROWS][PASSES_MAX];
	double read[MAPPED_ROWS][PASSES_MAX];
};

static const struct {
	const char *name;
	const char *text;
} rows[MAPPED_ROWS] = {
	[MAPPED_VFIO_PCI] = { "vfio_pci", "vfio-pci" },
	[MAPPED_IDLE] = { "idle", "bochs_vfio_pci, idle" },
	[MAPPED_TRACKED_FIRST] = { "tracked_first",
				   "  tracked, a page's first write" },
	[MAPPED_TRACKED] = { "tracked", "  tracked, later ones" },
	[MAPPED_AFTER] = { "after", "  after, in RUNNING again" },
};

static double write_rate(struct bochs *bochs, int value)
{
	double start = seconds();

	memset(bochs->memory, value, bochs->size);
	return bochs->size / MIB / (seconds() - start);
}

static double read_rate(struct bochs *bochs, void *into)
{
	double start = seconds();

	memcpy(into, bochs->memory, bochs->size);
	return bochs->size / MIB / (seconds() - start);
}

static void measure_row(struct passes *passes, enum mapping_row row, int round,
			struct bochs *bochs, void *into)
{
	passes->write[row][round] = write_rate(bochs, round + 1);
	passes->read[row][round] = read_rate(bochs, apart(into, round));
}

static void measure_round(struct passes *passes, int round,
			  struct bochs *plain, struct bochs *ours,
			  uint8_t *into, size_t room)
{
	int data_fd;

	measure_row(passes, MAPPED_VFIO_PCI, round, plain, into);
	measure_row(passes, MAPPED_IDLE, round, ours, into);
	set_state(ours, VFIO_MIG_PRE_COPY, &data_fd);
	drain(data_fd, into, room);
	measure_row(passes, MAPPED_TRACKED_FIRST, round, ours, into);
	measure_row(passes, MAPPED_TRACKED, round, ours, into);
	set_state(ours, VFIO_MIG_RUNNING, NULL);
	close(data_fd);
	/* Once for nothing: the pages come back to the mapping. */
	write_rate(ours, 0);
	measure_row(passes, MAPPED_AFTER, round, ours, into);
}

void measure_mapping(struct mapping *mapping)
{
	struct bochs plain, ours;
	struct passes passes;
	uint8_t *into;
	char bdf[64];
	size_t room;
	unsigned int count = A_ROUND * rounds, i;

	if (bochs_find(0, bdf, sizeof(bdf)) ||
	    bochs_open_driver(&plain, bdf, "vfio-pci") ||
	    bochs_open(&ours, 1))
		die("there are no two displays");
	room = 2 * ours.size;
	into = buffer_alloc(room);
	write_rate(&plain, 0);
	write_rate(&ours, 0);
	for (i = 0; i < count; i++)
		measure_round(&passes, i, &plain, &ours, into, room);
	for (i = 0; i < MAPPED_ROWS; i++) {
		mapping->write[i] = median(passes.write[i], count);
		mapping->read[i] = median(passes.read[i], count);
	}
	free(into);
	bochs_close(&ours);
	bochs_close(&plain);
}

void print_mapping(const struct mapping *mapping, bool json)
{
	double write = mapping->write[MAPPED_VFIO_PCI];
	double read = mapping->read[MAPPED_VFIO_PCI];
	int i;

	if (!json)
		printf("%-36s %9s %6s %9s %6s\n", "The mapping, MiB/s", "write",
		       "/ 1st", "read", "/ 1st");
	for (i = 0; i < MAPPED_ROWS; i++)
		if (json)
			printf("\"map_%s_write\": %.0f, \"map_%s_read\": %.0f, ",
			       rows[i].name, mapping->write[i], rows[i].name,
			       mapping->read[i]);
		else
			printf("%-36s %9.0f %6.2f %9.0f %6.2f\n", rows[i].text,
			       mapping->write[i], mapping->write[i] / write,
			       mapping->read[i], mapping->read[i] / read);
}
