// SPDX-License-Identifier: GPL-2.0
/*
 * Measures: the cheapest calls, all arcs, and streams.  Where there are several
 * devices they take turns, so that what slows the machine down slows both.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bench.h"
#include "progress.h"
#include "uapi/linux/vfio_mig.h"

/* A whole stream takes longer than an arc, and has many calls in it. */
#define STREAM_SHARE	20
/* Streams up to here are loaded in each round; larger ones every so often. */
#define SMALL_STREAM	(1 << 20)
/* What is moved in each direction with each buffer, about, and how often. */
#define STREAM_BYTES	(64 << 20)
#define STREAM_ROUNDS	5

const __u32 buffer_sizes[BUFFERS] = { 512, 4096, 65536, 1048576 };

/* In JSON, and for people. */
const char * const call_names[CALL_COUNT][2] = {
	[CALL_CLOCK] = { "clock", "two looks at the clock" },
	[CALL_GET] = { "get", "GET the state" },
	[CALL_STAY] = { "stay", "SET the same state" },
	[CALL_ARC] = { "arc_supported", "probe one pair" },
	[CALL_ARCS] = { "arcs_supported", "probe all 64 pairs" },
	[CALL_PRECOPY_INFO] = { "precopy_info", "get PRECOPY_INFO" },
};

struct subject *bench_loader(struct bench *bench, struct subject *subject)
{
	struct subject *peer = &bench->subjects[ROLE_PEER];

	return subject == &bench->subjects[ROLE_SELF] && peer->dev ? peer :
								     subject;
}

/* ---- calls that change nothing ---- */

struct state_call {
	struct vfio_device_feature header;
	struct vfio_device_feature_mig_state state;
};

static int call(struct subject *subject, enum call call)
{
	int fd = vfiomig_fd(subject->dev);
	struct state_call state = {
		.header.argsz = sizeof(state),
		.header.flags = VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE |
				(call == CALL_GET ? VFIO_DEVICE_FEATURE_GET :
						    VFIO_DEVICE_FEATURE_SET),
		.state.device_state = subject->state,
		.state.data_fd = -1,
	};
	struct vfio_device_mig_arc arc = {
		.argsz = sizeof(arc),
		.flags = call == CALL_ARCS ? VFIO_MIG_ARC_ALL : 0,
		.from = call == CALL_ARCS ? 0 : VFIO_MIG_RUNNING,
		.to = call == CALL_ARCS ? 0 : VFIO_MIG_STOP,
	};
	struct vfio_precopy_info info = { .argsz = sizeof(info) };
	__u64 start = bench_now();
	int ret = 0;

	switch (call) {
	case CALL_GET:
	case CALL_STAY:
		ret = ioctl(fd, VFIO_DEVICE_FEATURE, &state);
		break;
	case CALL_ARC:
	case CALL_ARCS:
		ret = vfiomig_call(subject->dev, VFIOMIG_ARC_SUPPORTED, &arc);
		if (ret)
			return ret;
		break;
	case CALL_PRECOPY_INFO:
		ret = ioctl(subject->data_fd, VFIO_MIG_GET_PRECOPY_INFO,
			    &info);
		break;
	case CALL_CLOCK:
	case CALL_COUNT:
		break;
	}
	if (ret)
		return -errno;
	series_add(&subject->calls[call], bench_now() - start);
	return 0;
}

static bool has_call(const struct subject *subject, enum call call)
{
	if (call == CALL_ARC || call == CALL_ARCS)
		return vfiomig_arcs_asked(subject->dev);
	return call != CALL_PRECOPY_INFO ||
	       subject->state == VFIO_MIG_PRE_COPY;
}

static int call_all(struct subject *subject, struct vfiomig_error *error)
{
	enum call i;
	int err;

	for (i = 0; i < CALL_COUNT; i++) {
		if (!has_call(subject, i))
			continue;
		err = call(subject, i);
		if (err)
			return bench_fail(error, subject, err,
					  call_names[i][1]);
	}
	return 0;
}

/* In PRE_COPY, if there is one: then there is something to be asked as well. */
static int go_all(struct bench *bench, bool precopy,
		  struct vfiomig_error *error)
{
	struct subject *subject;
	int i, err;
	__u32 to;

	for (i = 0; i < ROLES; i++) {
		subject = &bench->subjects[i];
		to = precopy && subject->routes.features &
		     VFIO_MIG_HAS_PRE_COPY ? VFIO_MIG_PRE_COPY :
					     VFIO_MIG_RUNNING;
		if (!subject->dev)
			continue;
		err = subject_go(subject, to, error);
		if (err)
			return err;
	}
	return 0;
}

int measure_calls(struct bench *bench, struct vfiomig_error *error)
{
	unsigned int round;
	int i, err;

	err = go_all(bench, true, error);
	for (round = 0; !err && round < bench->rounds; round++)
		for (i = 0; !err && i < ROLES; i++)
			if (bench->subjects[i].dev)
				err = call_all(&bench->subjects[i], error);
	return err ? err : go_all(bench, false, error);
}

/* ---- arcs ---- */

static int tour(struct subject *subject, struct vfiomig_error *error)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < subject->stops; i++)
		err = subject_step(subject, subject->tour[i], error);
	return err;
}

/* There and back, with its own state. */
static int load_tour(struct subject *subject, struct vfiomig_error *error)
{
	int err;

	err = subject_go(subject, VFIO_MIG_STOP, error);
	if (!err)
		err = subject_go(subject, VFIO_MIG_RESUMING, error);
	if (!err)
		err = subject_go(subject, VFIO_MIG_STOP, error);
	return err ? err : subject_go(subject, VFIO_MIG_RUNNING, error);
}

static int arcs_once(struct subject *subject, unsigned int round,
		     struct vfiomig_error *error)
{
	int err = tour(subject, error);

	if (err || (subject->bytes > SMALL_STREAM && round % STREAM_SHARE))
		return err;
	return load_tour(subject, error);
}

int measure_arcs(struct bench *bench, struct vfiomig_error *error)
{
	unsigned int round;
	int i, err = 0;

	for (round = 0; !err && round < bench->rounds; round++) {
		progress_rounds("arcs", round, bench->rounds);
		for (i = 0; !err && i < ROLES; i++)
			if (bench->subjects[i].dev)
				err = arcs_once(&bench->subjects[i], round,
						error);
	}
	return err;
}

/* ---- streams ---- */

static int stream_once(struct subject *from, struct subject *to, int buffer,
		       struct vfiomig_error *error)
{
	char *kept = to->stream, *stream = NULL;
	size_t bytes;
	__u64 ns;
	int err;

	err = subject_go(from, VFIO_MIG_STOP_COPY, error);
	if (!err)
		err = subject_save(from, buffer_sizes[buffer], &stream, &bytes,
				   &ns, error);
	if (!err) {
		series_add(&from->save[buffer], ns);
		err = subject_go(from, VFIO_MIG_RUNNING, error);
	}
	/* Nothing is loaded on the way there but what is loaded here. */
	to->stream = NULL;
	if (!err)
		err = subject_go(to, VFIO_MIG_RESUMING, error);
	to->stream = kept;
	if (!err)
		err = subject_load(to, stream, bytes, buffer_sizes[buffer],
				   &ns, error);
	if (!err) {
		series_add(&to->load[buffer], ns);
		err = subject_go(to, VFIO_MIG_RUNNING, error);
	}
	free(stream);
	return err;
}

/* Fewer of a large one, but some. */
static unsigned int stream_rounds(const struct bench *bench)
{
	unsigned int rounds = bench->rounds / STREAM_SHARE + 1;
	size_t bytes = bench->subjects[ROLE_SELF].bytes, fit;

	fit = bytes ? STREAM_BYTES / bytes : rounds;
	if (rounds <= STREAM_ROUNDS || rounds <= fit)
		return rounds;
	return fit > STREAM_ROUNDS ? fit : STREAM_ROUNDS;
}

int measure_streams(struct bench *bench, struct vfiomig_error *error)
{
	unsigned int rounds = stream_rounds(bench), round;
	struct subject *from;
	int i, buffer, err = 0;

	for (round = 0; !err && round < rounds; round++) {
		progress_rounds("streams", round, rounds);
		for (i = 0; !err && i < ROLES; i++) {
			from = &bench->subjects[i];
			if (!from->dev || i == ROLE_PEER)
				continue;
			for (buffer = 0; !err && buffer < BUFFERS; buffer++)
				err = stream_once(from,
						  bench_loader(bench, from),
						  buffer, error);
		}
	}
	return err;
}
