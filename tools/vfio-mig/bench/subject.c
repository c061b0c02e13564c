// SPDX-License-Identifier: GPL-2.0
/* A device that is measured: takes it through its arcs, and times them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

struct set_state {
	struct vfio_device_feature header;
	struct vfio_device_feature_mig_state state;
};

__u64 bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

int bench_fail(struct vfiomig_error *error, const struct subject *subject,
	       int err, const char *what)
{
	error->err = err;
	snprintf(error->text, sizeof(error->text), "%s: cannot %s: %s",
		 subject->name, what, strerror(-err));
	error->hint[0] = '\0';
	return err;
}

/* ---- streams ---- */

int subject_save(struct subject *subject, size_t size, char **into,
		 size_t *bytes, __u64 *ns, struct vfiomig_error *error)
{
	size_t room = 0;
	__u64 start;
	ssize_t got;
	char *more;

	*into = NULL;
	*bytes = 0;
	*ns = 0;
	do {
		if (room - *bytes < size) {
			room = 2 * room + size;
			more = realloc(*into, room);
			if (!more)
				return bench_fail(error, subject, -ENOMEM,
						  "keep its stream");
			*into = more;
		}
		start = bench_now();
		got = read(subject->data_fd, *into + *bytes, size);
		*ns += bench_now() - start;
		if (got < 0)
			return bench_fail(error, subject, -errno,
					  "read its stream");
		*bytes += got;
	} while (got);
	return 0;
}

int subject_load(struct subject *subject, const char *stream, size_t bytes,
		 size_t size, __u64 *ns, struct vfiomig_error *error)
{
	size_t left = bytes;
	__u64 start;
	ssize_t put;

	*ns = 0;
	while (left) {
		start = bench_now();
		put = write(subject->data_fd, stream + bytes - left,
			    left < size ? left : size);
		*ns += bench_now() - start;
		if (put <= 0)
			return bench_fail(error, subject, put ? -errno : -EIO,
					  "write its stream");
		left -= put;
	}
	return 0;
}

/* ---- states ---- */

static int set_state(struct subject *subject, __u32 to, int *data_fd)
{
	struct set_state set = {
		.header.argsz = sizeof(set),
		.header.flags = VFIO_DEVICE_FEATURE_SET |
				VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		.state.device_state = to,
		.state.data_fd = -1,
	};
	__u64 start = bench_now(), end;
	int ret = ioctl(vfiomig_fd(subject->dev), VFIO_DEVICE_FEATURE, &set);

	end = bench_now();
	if (ret)
		return -errno;
	series_add(&subject->arcs[subject->state][to], end - start);
	*data_fd = set.state.data_fd;
	return 0;
}

int subject_step(struct subject *subject, __u32 to,
		 struct vfiomig_error *error)
{
	int data_fd = -1, err;
	char what[64];
	__u64 ns;

	err = set_state(subject, to, &data_fd);
	if (err) {
		snprintf(what, sizeof(what), "go from %s to %s",
			 vfio_mig_state_name(subject->state),
			 vfio_mig_state_name(to));
		return bench_fail(error, subject, err, what);
	}
	if (subject->data_fd >= 0 &&
	    (data_fd >= 0 || vfio_mig_closes_session(subject->state, to))) {
		close(subject->data_fd);
		subject->data_fd = -1;
	}
	if (data_fd >= 0)
		subject->data_fd = data_fd;
	subject->state = to;
	if (to != VFIO_MIG_RESUMING || !subject->stream)
		return 0;
	return subject_load(subject, subject->stream, subject->bytes, 1 << 20,
			    &ns, error);
}

int subject_go(struct subject *subject, __u32 to, struct vfiomig_error *error)
{
	int err = 0;

	while (!err && subject->state != to)
		err = subject_step(subject,
				   subject->routes.hop[subject->state][to],
				   error);
	return err;
}

/* ---- the tour ---- */

/* What leads to RESUMING and back takes a whole stream: it is no part of it. */
static bool has_arc(const struct subject *subject, __u32 from, __u32 to)
{
	return from != to && from != VFIO_MIG_RESUMING &&
	       to != VFIO_MIG_RESUMING &&
	       subject->routes.direct & VFIO_MIG_PAIR(from, to);
}

/* The nearest state from which an arc is still to be taken; and that arc. */
static bool find_next(const struct subject *subject, __u64 taken, __u32 from,
		      __u32 *near, __u32 *to)
{
	unsigned int best = ~0u, i, j;

	for (i = 0; i < VFIO_MIG_NR_STATES; i++) {
		if (i != from && subject->routes.hop[from][i] ==
		    VFIO_MIG_NO_ROUTE)
			continue;
		for (j = 0; j < VFIO_MIG_NR_STATES; j++) {
			if (!has_arc(subject, i, j) ||
			    taken & VFIO_MIG_PAIR(i, j) ||
			    subject->routes.hops[from][i] >= best)
				continue;
			best = subject->routes.hops[from][i];
			*near = i;
			*to = j;
		}
	}
	return best != ~0u;
}

static void add_stop(struct subject *subject, __u32 *state, __u32 to,
		     __u64 *taken)
{
	if (subject->stops == TOUR_MAX)
		return;
	*taken |= VFIO_MIG_PAIR(*state, to);
	subject->tour[subject->stops++] = to;
	*state = to;
}

/*
 * Each arc at least once, with as few detours as is easily had.  Not all ways are
 * one SET: from STOP_COPY nothing leads to PRE_COPY but by RUNNING.
 */
static void plan_tour(struct subject *subject)
{
	__u32 state = VFIO_MIG_RUNNING, near = 0, to = 0;
	__u64 taken = 0;

	while (subject->stops < TOUR_MAX) {
		if (find_next(subject, taken, state, &near, &to)) {
			while (state != near && subject->stops < TOUR_MAX)
				add_stop(subject, &state,
					 subject->routes.hop[state][near],
					 &taken);
			add_stop(subject, &state, to, &taken);
		} else if (state != VFIO_MIG_RUNNING) {
			to = subject->routes.hop[state][VFIO_MIG_RUNNING];
			add_stop(subject, &state, to, &taken);
		} else {
			break;
		}
	}
}

/* What is loaded by the tour: its own state, as it is now. */
static int take_stream(struct subject *subject, struct vfiomig_error *error)
{
	__u64 ns;
	int err;

	err = subject_go(subject, VFIO_MIG_STOP_COPY, error);
	if (!err)
		err = subject_save(subject, 1 << 20, &subject->stream,
				   &subject->bytes, &ns, error);
	if (!err)
		err = subject_go(subject, VFIO_MIG_RUNNING, error);
	return err;
}

int subject_open(struct subject *subject, struct vfiomig_error *error)
{
	int err;

	subject->data_fd = -1;
	err = vfiomig_open(subject->name, tool.iommu, &subject->dev, error);
	if (err)
		return err;
	subject->name = vfiomig_name(subject->dev);
	err = vfiomig_arcs(subject->dev, &subject->routes, error);
	if (!err)
		err = vfiomig_get_state(subject->dev, &subject->state, error);
	if (!err && subject->state != VFIO_MIG_RUNNING)
		err = bench_fail(error, subject, -EINVAL,
				 "begin, it is not RUNNING");
	if (!err)
		err = take_stream(subject, error);
	plan_tour(subject);
	return err;
}

void subject_close(struct subject *subject)
{
	unsigned int i, j;

	if (subject->data_fd >= 0)
		close(subject->data_fd);
	vfiomig_close(subject->dev);
	free(subject->stream);
	for (i = 0; i < CALL_COUNT; i++)
		series_free(&subject->calls[i]);
	for (i = 0; i < VFIO_MIG_NR_STATES; i++)
		for (j = 0; j < VFIO_MIG_NR_STATES; j++)
			series_free(&subject->arcs[i][j]);
	for (i = 0; i < BUFFERS; i++) {
		series_free(&subject->save[i]);
		series_free(&subject->load[i]);
	}
	for (i = 0; i < DIRTY_RANGES; i++)
		for (j = 0; j < DIRTY_SHARES; j++)
			series_free(&subject->dirty[i][j]);
}
