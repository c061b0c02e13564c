// SPDX-License-Identifier: GPL-2.0
/*
 * What a PRECOPY_INFO costs, and what is left for the stop after pre-copy, by how
 * much was written since; with and without comparing all of the memory for DMA by
 * others.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arcs.h"
#include "clock.h"
#include "display_bench.h"

/* Ten thousandths of the memory; 0 is nothing, 1 is one page. */
static const unsigned int shares[STOP_SHARES] = { 0, 1, 100, 1000, 5000, 10000 };

/* One call is too short for the clock. */
#define ASKED	50

/* Which display is of which size. */
static const unsigned int displays[STOP_SIZES] = { 0, 2 };

static void set_compare(bool on)
{
	int fd = open("/sys/module/bochs_vfio_pci/parameters/dma_compare",
		      O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		die("the driver has no dma_compare");
	close(fd);
}

static size_t pages_of(const struct bochs *bochs, unsigned int share)
{
	return share < 2 ? share : bochs->size / PAGE * share / 10000;
}

/* Spread over the memory: neighbours would share a frame. */
static uint8_t *page_at(struct bochs *bochs, size_t i)
{
	return bochs->memory + i * 7919 % (bochs->size / PAGE) * PAGE;
}

/* Of one PRECOPY_INFO. */
static double ask(int data_fd)
{
	double start = seconds();
	int i;

	for (i = 0; i < ASKED; i++) {
		struct vfio_precopy_info info = { .argsz = sizeof(info) };

		if (ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info))
			die("PRECOPY_INFO fails");
	}
	return (seconds() - start) / ASKED;
}

static double stop_and_read(struct bochs *bochs, size_t pages, uint8_t *into,
			    size_t room, size_t *sent, double *asked)
{
	double start, end;
	int data_fd;
	size_t i;

	set_state(bochs, VFIO_MIG_PRE_COPY, &data_fd);
	drain(data_fd, into, room);
	for (i = 0; i < pages; i++)
		page_at(bochs, i)[i % PAGE]++;
	*asked = ask(data_fd);
	start = seconds();
	set_state(bochs, VFIO_MIG_STOP_COPY, NULL);
	*sent = drain(data_fd, into, room);
	end = seconds();
	set_state(bochs, VFIO_MIG_RUNNING, NULL);
	close(data_fd);
	return end - start;
}

static double copy_pages(struct bochs *bochs, size_t pages, uint8_t *into)
{
	double start = seconds();
	size_t i;

	for (i = 0; i < pages; i++)
		memcpy(into + i * PAGE, page_at(bochs, i), PAGE);
	return seconds() - start;
}

static void measure_share(struct bochs *bochs, struct stop *stop,
			  unsigned int share, uint8_t *into, size_t room)
{
	double compared[ROUNDS_MAX], trusted[ROUNDS_MAX], copied[ROUNDS_MAX];
	double passes[ROUNDS_MAX];
	double asked[2 * ROUNDS_MAX];
	size_t pages = pages_of(bochs, share);
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		set_compare(true);
		compared[i] = stop_and_read(bochs, pages, into, room,
					    &stop->sent, &asked[2 * i]);
		set_compare(false);
		trusted[i] = stop_and_read(bochs, pages, into, room,
					   &stop->sent, &asked[2 * i + 1]);
		/* The pages are mapped when they are compared and copied. */
		passes[i] = compare_all(bochs, into);
		copy_pages(bochs, pages, into);
		copied[i] = copy_pages(bochs, pages, into);
	}
	set_compare(true);
	stop->size = bochs->size;
	stop->dirty = pages * PAGE;
	stop->compared = median(compared, rounds);
	stop->trusted = median(trusted, rounds);
	stop->compare = median(passes, rounds);
	stop->copy = median(copied, rounds);
	stop->info = median(asked, 2 * rounds);
}

void measure_stop(struct stop stops[STOP_SIZES][STOP_SHARES])
{
	struct bochs bochs;
	uint8_t *into;
	size_t room;
	int i, share;

	for (i = 0; i < STOP_SIZES; i++) {
		if (bochs_open(&bochs, displays[i]))
			die(bochs.error.text);
		room = bochs.size + bochs.size / 64;
		into = buffer_alloc(room);
		fill(&bochs);
		for (share = 0; share < STOP_SHARES; share++)
			measure_share(&bochs, &stops[i][share], shares[share],
				      into, room);
		free(into);
		bochs_close(&bochs);
	}
}

static void print_row(const struct stop *stop)
{
	printf("%3zu MiB %9zu %9zu %7.1f %8.3f %8.3f %6.2f %8.3f",
	       stop->size >> 20, stop->dirty, stop->sent, 1e6 * stop->info,
	       1e3 * stop->compared, 1e3 * stop->compare,
	       stop->compared / stop->compare, 1e3 * stop->trusted);
	if (stop->dirty)
		printf(" %8.3f %6.1f\n", 1e3 * stop->copy,
		       stop->trusted / stop->copy);
	else
		printf("\n");
}

static void print_object(const struct stop *stop, bool first)
{
	printf("%s{\"size\": %zu, \"dirty\": %zu, \"sent\": %zu, \"precopy_info_us\": %.2f, \"compared_ms\": %.4f, \"compare_ms\": %.4f, \"compared_of_compare\": %.4f, \"trusted_ms\": %.4f, \"copy_ms\": %.4f",
	       first ? "" : ", ", stop->size, stop->dirty, stop->sent,
	       1e6 * stop->info, 1e3 * stop->compared, 1e3 * stop->compare,
	       stop->compared / stop->compare, 1e3 * stop->trusted,
	       1e3 * stop->copy);
	if (stop->dirty)
		printf(", \"trusted_of_copy\": %.4f",
		       stop->trusted / stop->copy);
	printf("}");
}

void print_stop(struct stop stops[STOP_SIZES][STOP_SHARES], bool json)
{
	int i, share;

	if (json)
		printf("\"stop\": [");
	else
		printf("\nAsked in pre-copy, then stopped, and what was left read\n"
		       "%7s %9s %9s %7s %8s %8s %6s %8s %8s %6s\n"
		       "%7s %9s %9s %7s %8s %8s %6s %8s %8s %6s\n",
		       "", "bytes", "bytes", "INFO", "compared", "memcmp", "",
		       "not so", "copied", "", "memory", "written", "sent",
		       "us", "ms", "ms", "ratio", "ms", "ms", "ratio");
	for (i = 0; i < STOP_SIZES; i++)
		for (share = 0; share < STOP_SHARES; share++)
			if (json)
				print_object(&stops[i][share], !i && !share);
			else
				print_row(&stops[i][share]);
	if (json)
		printf("]");
}
