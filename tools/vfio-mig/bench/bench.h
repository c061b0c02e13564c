/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of vfio-mig bench share. */
#ifndef VFIO_MIG_BENCH_H
#define VFIO_MIG_BENCH_H

#include <stdio.h>

#include "arcs.h"
#include "tool.h"

/* ---- series.c: numbers that were measured, and what they come to ---- */

struct series {
	__u64 *values;
	unsigned int count;
	unsigned int room;
};

struct summary {
	unsigned int count;
	__u64 p50;
	__u64 p90;
	__u64 p99;
	__u64 max;
};

/* Out of memory is no number; it shows as a count that is too low. */
void series_add(struct series *series, __u64 value);
void series_sum(const struct series *series, struct summary *sum);
void series_free(struct series *series);

/* ---- what is measured ---- */

enum call {
	CALL_CLOCK,		/* nothing: two looks at the clock */
	CALL_GET,		/* GET of the state: the floor */
	CALL_STAY,		/* SET to the state it is in */
	CALL_ARC,		/* one pair, by VFIO_DEVICE_MIG_ARC_SUPPORTED */
	CALL_ARCS,		/* all 64 pairs at once */
	CALL_PRECOPY_INFO,
	CALL_COUNT,
};

#define BUFFERS		4
#define DIRTY_RANGES	3
#define DIRTY_SHARES	4
#define TOUR_MAX	256

extern const char * const call_names[CALL_COUNT][2];
extern const __u32 buffer_sizes[BUFFERS];
extern const __u64 dirty_ranges[DIRTY_RANGES];
extern const unsigned int dirty_shares[DIRTY_SHARES];

/**
 * struct subject - a device that is measured
 * @dev: The device.
 * @name: Its name.
 * @routes: What it supports.
 * @state: The state it is in.
 * @data_fd: The open session's file, or -1.
 * @stream, @bytes: What is loaded in RESUMING.
 * @tour, @stops: The states to go through, RUNNING to RUNNING, so that each
 *	arc is taken but those of RESUMING.
 * @calls: How long calls take that change nothing.
 * @arcs: How long each arc takes.
 * @save, @load: How long a whole stream takes, by the size of the buffer.
 * @dirty: How long a report of dirty pages takes, by range and by share.
 */
struct subject {
	struct vfiomig_dev *dev;
	const char *name;
	struct vfio_mig_routes routes;
	__u32 state;
	int data_fd;
	char *stream;
	size_t bytes;
	__u8 tour[TOUR_MAX];
	unsigned int stops;
	struct series calls[CALL_COUNT];
	struct series arcs[VFIO_MIG_NR_STATES][VFIO_MIG_NR_STATES];
	struct series save[BUFFERS];
	struct series load[BUFFERS];
	struct series dirty[DIRTY_RANGES][DIRTY_SHARES];
};

enum role {
	ROLE_SELF,
	ROLE_PEER,		/* what is saved is loaded there */
	ROLE_VS,		/* what it is compared with */
	ROLES,
};

/**
 * struct bench - a run
 * @subjects: By their roles; those that there are have a device.
 * @rounds: How often each thing is measured.
 * @link: Gigabits per second that the model is about; 0: the usual ones.
 */
struct bench {
	struct subject subjects[ROLES];
	unsigned int rounds;
	unsigned int link;
};

/* Who loads what @subject saves. */
struct subject *bench_loader(struct bench *bench, struct subject *subject);

/* ---- subject.c ---- */
int subject_open(struct subject *subject, struct vfiomig_error *error);
void subject_close(struct subject *subject);

/* One SET that is timed; enters RESUMING with the stream. */
int subject_step(struct subject *subject, __u32 to,
		 struct vfiomig_error *error);

/* By hops, to a state that is not RESUMING. */
int subject_go(struct subject *subject, __u32 to, struct vfiomig_error *error);

/* The stream in pieces of @size into @into; the time of the reads alone. */
int subject_save(struct subject *subject, size_t size, char **into,
		 size_t *bytes, __u64 *ns, struct vfiomig_error *error);
int subject_load(struct subject *subject, const char *stream, size_t bytes,
		 size_t size, __u64 *ns, struct vfiomig_error *error);

__u64 bench_now(void);
int bench_fail(struct vfiomig_error *error, const struct subject *subject,
	       int err, const char *what);

/* ---- measure.c: each of them for all subjects, in turn ---- */
int measure_calls(struct bench *bench, struct vfiomig_error *error);
int measure_arcs(struct bench *bench, struct vfiomig_error *error);
int measure_streams(struct bench *bench, struct vfiomig_error *error);

/* ---- logging.c ---- */
int measure_logging(struct bench *bench, struct vfiomig_error *error);

/* ---- model.c ---- */

/**
 * struct downtime - what the downtime is made of, if nothing overlaps
 * @stop: Until the source is in STOP_COPY.
 * @save, @load: Reading the stream, and writing it.
 * @link: Its way over the link.
 * @start: From there until the destination is RUNNING.
 */
struct downtime {
	__u64 stop;
	__u64 save;
	__u64 link;
	__u64 load;
	__u64 start;
};

void model_downtime(struct bench *bench, unsigned int gigabits,
		    struct downtime *downtime);
__u64 model_sum(const struct downtime *downtime);

/* ---- report.c, picture.c ---- */
void report_bench(struct bench *bench);
void draw_bench(FILE *out, struct bench *bench);

#endif /* VFIO_MIG_BENCH_H */
