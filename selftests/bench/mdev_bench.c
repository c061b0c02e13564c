// SPDX-License-Identifier: GPL-2.0
/*
 * What an edu in software costs, by how many there are.
 *
 *	mdev_bench [-j]
 *
 * They are created, opened, moved in pairs, all at the same time, closed and deleted.
 * However many there are at a time, as many have come and gone for a figure.  It is CPU time
 * of the whole system, as much of it is the kernel's threads'; less what runs while nothing
 * is done.  VFIO_MIG_ROUNDS says how often all of it is done; once, with fewer of them, only
 * shows that it can be.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "clock.h"
#include "cpu.h"
#include "figures.h"
#include "vfiomig.h"
#include "vfiomig_admin.h"

#define ROUNDS_USUAL	3
#define ROUNDS_MAX	100

#define MOST		256
static const unsigned int at_once[] = { 2, 8, 32, 128, MOST };
#define COUNTS		(sizeof(at_once) / sizeof(*at_once))

/* Of those, the ones that are measured. */
static unsigned int counts = COUNTS;
#define COUNTS_ONCE	3

enum phase { CREATED, OPENED, MOVED, CLOSED, DELETED, PHASES };

static const char * const phase_names[PHASES] = {
	[CREATED] = "created",
	[OPENED] = "opened",
	[MOVED] = "moved",
	[CLOSED] = "closed",
	[DELETED] = "deleted",
};

/* One of them; each other one has a thread that moves it to the next. */
struct device {
	char uuid[40];
	struct vfiomig_dev *dev;
	pthread_t mover;
};

static struct device devices[MOST];

/* Seconds of each round, and what they come to. */
static double cost[COUNTS][PHASES][ROUNDS_MAX];
static double medians[COUNTS][PHASES];

/* ---- what is done ---- */

static void create(struct device *device)
{
	struct vfiomig_error error;

	if (vfiomig_mdev_create("edu", device->uuid, sizeof(device->uuid), &error))
		die(error.text);
}

static void open_one(struct device *device)
{
	struct vfiomig_error error;

	if (vfiomig_open(device->uuid, VFIOMIG_IOMMU_AUTO, &device->dev, &error))
		die(error.text);
}

static void *move(void *arg)
{
	struct device *pair = arg;
	struct vfiomig_error error;

	if (vfiomig_migrate(pair[0].dev, pair[1].dev, NULL, NULL, NULL, NULL, &error))
		die(error.text);
	return NULL;
}

static void move_all(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i += 2)
		if (pthread_create(&devices[i].mover, NULL, move, &devices[i]))
			die("no thread");
	for (i = 0; i < count; i += 2)
		pthread_join(devices[i].mover, NULL);
}

static void close_one(struct device *device)
{
	vfiomig_close(device->dev);
	device->dev = NULL;
}

static void delete(struct device *device)
{
	struct vfiomig_error error;

	if (vfiomig_mdev_delete(device->uuid, &error))
		die(error.text);
}

static void (* const each[PHASES])(struct device *device) = {
	[CREATED] = create,
	[OPENED] = open_one,
	[CLOSED] = close_one,
	[DELETED] = delete,
};

static void do_phase(enum phase phase, unsigned int count)
{
	unsigned int i;

	if (!each[phase]) {
		move_all(count);
		return;
	}
	for (i = 0; i < count; i++)
		each[phase](&devices[i]);
}

/* ---- what it takes ---- */

static unsigned int most(void)
{
	return at_once[counts - 1];
}

/* @count of them, from nothing to nothing; adds to @spent. */
static void live(unsigned int count, double idle, double spent[PHASES])
{
	double start, before;
	int phase;

	for (phase = 0; phase < PHASES; phase++) {
		start = seconds();
		before = cpu_seconds();
		do_phase(phase, count);
		spent[phase] += cpu_seconds() - before - idle * (seconds() - start);
	}
}

static void measure_round(unsigned int round)
{
	double idle = idle_share();
	unsigned int point, done;
	int phase;

	for (point = 0; point < counts; point++) {
		double spent[PHASES] = {};

		for (done = 0; done < most(); done += at_once[point])
			live(at_once[point], idle, spent);
		for (phase = 0; phase < PHASES; phase++)
			cost[point][phase][round] = spent[phase] / most();
	}
}

static void measure(unsigned int rounds)
{
	double nothing[PHASES] = {};
	unsigned int round, point;
	int phase;

	/* Once for nothing, so that all is there that is allocated once. */
	live(most(), 0, nothing);
	for (round = 0; round < rounds; round++)
		measure_round(round);
	for (point = 0; point < counts; point++)
		for (phase = 0; phase < PHASES; phase++)
			medians[point][phase] =
				median(cost[point][phase], rounds);
}

/* An open one has three files, and one that moves one more. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("no limit of files");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- what is printed ---- */

static double all_of(unsigned int point)
{
	double sum = 0;
	int phase;

	for (phase = 0; phase < PHASES; phase++)
		sum += medians[point][phase];
	return sum;
}

static void print_table(void)
{
	unsigned int point;
	int phase;

	printf("CPU time for each edu in software, ms\n%9s", "at a time");
	for (phase = 0; phase < PHASES; phase++)
		printf(" %9s", phase_names[phase]);
	printf(" %9s %9s\n", "all", "/ first");
	for (point = 0; point < counts; point++) {
		printf("%9u", at_once[point]);
		for (phase = 0; phase < PHASES; phase++)
			printf(" %9.3f", 1e3 * medians[point][phase]);
		printf(" %9.3f %9.3f\n", 1e3 * all_of(point),
		       all_of(point) / all_of(0));
	}
}

static void print_json(unsigned int rounds)
{
	unsigned int point;
	int phase;

	printf("{\"rounds\": %u, \"edu_mdev\": [", rounds);
	for (point = 0; point < counts; point++) {
		printf("%s{\"at_once\": %u", point ? ", " : "", at_once[point]);
		for (phase = 0; phase < PHASES; phase++)
			printf(", \"%s_cpu_ms\": %.4f", phase_names[phase],
			       1e3 * medians[point][phase]);
		printf(", \"cpu_ms\": %.4f, \"of_first\": %.4f}", 1e3 * all_of(point),
		       all_of(point) / all_of(0));
	}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	unsigned int rounds = rounds_wanted(ROUNDS_USUAL, ROUNDS_MAX);

	if (rounds == 1)
		counts = COUNTS_ONCE;
	allow_files();
	measure(rounds);
	if (argc > 1 && !strcmp(argv[1], "-j"))
		print_json(rounds);
	else
		print_table();
	return 0;
}
