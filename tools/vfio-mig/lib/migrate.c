// SPDX-License-Identifier: GPL-2.0
/* Moves the state of one device to another, step by step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib.h"

#define CHUNK		0x100000
#define ROUNDS		16
#define SMALL		0x10000

/**
 * struct side - one of the two devices
 * @data_fd: The open session's file, or -1.
 * @state: The state it is in.
 */
struct side {
	struct vfiomig_dev *dev;
	struct vfio_mig_routes routes;
	int data_fd;
	__u32 state;
};

struct run {
	struct side src;
	struct side dst;
	struct vfiomig_migrate_opts opts;
	struct vfiomig_migration *result;
	struct lib_copy copy;
	bool precopy;
	char *chunk;
};

static int plan_hop(const struct side *side, __u32 to, int *data_fd,
		    struct vfiomig_step *step)
{
	snprintf(step->device, sizeof(step->device), "%s",
		 side->dev->info.name);
	step->from = side->state;
	step->to = to;
	*data_fd = -1;
	return 0;
}

static int go_hop(struct run *run, struct side *side, __u32 to,
		  struct vfiomig_error *error)
{
	struct vfiomig_migration *result = run->result;
	struct vfiomig_step step = {};
	int data_fd, err;

	if (run->opts.dry_run)
		err = plan_hop(side, to, &data_fd, &step);
	else
		err = lib_step(side->dev, side->state, to, &data_fd, &step,
			       error);
	if (result->count < VFIOMIG_STEPS_MAX)
		result->steps[result->count++] = step;
	if (err)
		return err;
	if (side->data_fd >= 0 && vfio_mig_closes_session(side->state, to)) {
		close(side->data_fd);
		side->data_fd = -1;
	}
	if (data_fd >= 0)
		side->data_fd = data_fd;
	side->state = to;
	return 0;
}

/* Hop by hop, so that each is timed. */
static int go(struct run *run, struct side *side, __u32 to,
	      struct vfiomig_error *error)
{
	int err = 0;

	while (!err && side->state != to)
		err = go_hop(run, side,
			     lib_next_hop(&side->routes, side->state, to),
			     error);
	if (!err && vfio_mig_has_session(to) && side->data_fd < 0 &&
	    !run->opts.dry_run)
		err = lib_fail(error, -EINVAL, "%s: %s gave no data file",
			       side->dev->info.name, vfio_mig_state_name(to));
	return err;
}

/*
 * Move at most @limit bytes.  1: the source has nothing more, for now or for
 * ever; 0: the limit was reached, or nothing is to be moved.
 */
static int pump(struct run *run, __u64 limit, struct vfiomig_error *error)
{
	ssize_t got;
	int err;

	while (limit && !run->opts.dry_run) {
		got = read(run->src.data_fd, run->chunk,
			   limit < CHUNK ? limit : CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (!got || (got < 0 && errno == ENOMSG))
			return 1;
		if (got < 0)
			return lib_fail_errno(error, -errno,
					      "%s: cannot read its stream",
					      run->src.dev->info.name);
		err = lib_write_all(run->dst.data_fd, run->chunk, got);
		if (err) {
			lib_fail_errno(error, err, "%s: it refuses the stream",
				       run->dst.dev->info.name);
			lib_add_reason(run->dst.dev, error);
			return err;
		}
		run->result->bytes += got;
		lib_report(&run->copy, got);
		limit -= got;
	}
	return 0;
}

/* Until little is left, or it does not get less. */
static int precopy(struct run *run, struct vfiomig_error *error)
{
	struct vfiomig_migration *result = run->result;
	int ret = 0;

	run->copy.progress.stage = "pre-copy";
	if (run->opts.dry_run)
		return 0;
	while (ret >= 0 && result->rounds < run->opts.rounds) {
		struct vfio_precopy_info info = { .argsz = sizeof(info) };
		__u64 before = result->bytes;

		if (ioctl(run->src.data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info))
			return lib_fail_errno(error, -errno,
					      "%s: cannot ask what is left",
					      run->src.dev->info.name);
		if (!info.initial_bytes && info.dirty_bytes < run->opts.small)
			break;
		ret = pump(run, info.initial_bytes + info.dirty_bytes, error);
		result->rounds++;
		if (result->bytes == before)
			break;
	}
	result->precopy_bytes = result->bytes;
	return ret < 0 ? ret : 0;
}

static int check_side(struct side *side, const __u32 *way, size_t count,
		      struct vfiomig_error *error)
{
	size_t i;
	int err;

	side->data_fd = -1;
	err = vfiomig_arcs(side->dev, &side->routes, error);
	if (!err)
		err = vfiomig_get_state(side->dev, &side->state, error);
	if (err)
		return err;
	if (side->state != VFIO_MIG_RUNNING)
		return lib_fail(error, -EINVAL, "%s: it is in %s, not RUNNING",
				side->dev->info.name,
				vfio_mig_state_name(side->state));
	for (i = 0; i + 1 < count; i++) {
		err = lib_check_pair(side->dev, &side->routes, way[i],
				     way[i + 1], error);
		if (err)
			return err;
	}
	return 0;
}

/* May both devices go where they will have to, the way back included? */
static int check(struct run *run, struct vfiomig_error *error)
{
	static const __u32 plain[] = { VFIO_MIG_RUNNING, VFIO_MIG_STOP_COPY,
				       VFIO_MIG_STOP, VFIO_MIG_RUNNING };
	static const __u32 early[] = { VFIO_MIG_RUNNING, VFIO_MIG_PRE_COPY,
				       VFIO_MIG_STOP_COPY, VFIO_MIG_STOP,
				       VFIO_MIG_RUNNING };
	static const __u32 load[] = { VFIO_MIG_RUNNING, VFIO_MIG_RESUMING,
				      VFIO_MIG_STOP, VFIO_MIG_RUNNING };
	__u64 features;
	int err;

	if (!strcmp(run->src.dev->info.sysfs, run->dst.dev->info.sysfs))
		return lib_fail(error, -EINVAL,
				"%s: it cannot migrate to itself",
				run->src.dev->info.name);
	err = vfiomig_features(run->src.dev, &features, error);
	if (err)
		return err;
	run->precopy = features & VFIO_MIGRATION_PRE_COPY &&
		       !run->opts.no_precopy;
	err = run->precopy ? check_side(&run->src, early, 5, error) :
			     check_side(&run->src, plain, 4, error);
	if (!err)
		err = check_side(&run->dst, load, 4, error);
	if (!err)
		err = lib_check_fit(run->src.dev, run->dst.dev, error);
	return err;
}

static int move(struct run *run, struct vfiomig_error *error)
{
	struct vfiomig_migration *result = run->result;
	__u64 end;
	int ret;

	result->start = lib_now();
	ret = go(run, &run->dst, VFIO_MIG_RESUMING, error);
	if (!ret && run->precopy) {
		ret = go(run, &run->src, VFIO_MIG_PRE_COPY, error);
		if (!ret)
			ret = precopy(run, error);
	}
	if (ret)
		return ret;
	result->stopped = lib_now();
	ret = go(run, &run->src, VFIO_MIG_STOP_COPY, error);
	run->copy.progress.stage = "stop-copy";
	if (!ret)
		ret = pump(run, ~0ull, error);
	if (ret >= 0)
		ret = go(run, &run->src, VFIO_MIG_STOP, error);
	if (!ret)
		ret = go(run, &run->dst, VFIO_MIG_STOP, error);
	if (!ret)
		ret = go(run, &run->dst, VFIO_MIG_RUNNING, error);
	end = lib_now();
	result->downtime_ns = end - result->stopped;
	result->total_ns = end - result->start;
	return ret;
}

static void close_data(struct side *side)
{
	if (side->data_fd >= 0)
		close(side->data_fd);
	side->data_fd = -1;
}

/* The destination first: never do both run with the same state. */
static void undo(struct run *run, struct vfiomig_error *error)
{
	int dst_err, src_err = 0;

	close_data(&run->dst);
	dst_err = vfiomig_reset(run->dst.dev, NULL);
	/* A failed combination may have left it anywhere. */
	vfiomig_get_state(run->src.dev, &run->src.state, NULL);
	if (run->src.state != VFIO_MIG_RUNNING)
		src_err = go_hop(run, &run->src, VFIO_MIG_RUNNING, NULL);
	close_data(&run->src);
	lib_hint(error, "%s; %s",
		 dst_err ? "the destination could not be reset" :
			   "the destination was reset",
		 src_err ? "the source could not be brought back to RUNNING" :
			   "the source is RUNNING as before");
}

int vfiomig_migrate(struct vfiomig_dev *src, struct vfiomig_dev *dst,
		    const struct vfiomig_migrate_opts *opts,
		    vfiomig_on_progress on_progress, void *ctx,
		    struct vfiomig_migration *result,
		    struct vfiomig_error *error)
{
	struct run run = {
		.src.dev = src,
		.dst.dev = dst,
		.copy.on_progress = on_progress,
		.copy.ctx = ctx,
	};
	int err;

	if (opts)
		run.opts = *opts;
	run.opts.rounds = run.opts.rounds ? run.opts.rounds : ROUNDS;
	run.opts.small = run.opts.small ? run.opts.small : SMALL;
	run.result = calloc(1, sizeof(*run.result));
	run.chunk = malloc(CHUNK);
	err = run.chunk && run.result ? 0 :
	      lib_fail_errno(error, -ENOMEM, "%s", src->info.name);
	if (!err)
		err = check(&run, error);
	if (!err) {
		vfiomig_data_size(src, &run.copy.progress.expected, NULL);
		err = move(&run, error);
		if (err)
			undo(&run, error);
	}
	if (result && run.result)
		*result = *run.result;
	free(run.chunk);
	free(run.result);
	return err;
}
