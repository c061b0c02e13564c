// SPDX-License-Identifier: GPL-2.0
/* Takes a device through a list of states, with its own data if need be. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib.h"

/**
 * struct walk - where the device is
 * @data_fd: The open session's file, or -1.
 * @kept: What was read in STOP_COPY, a file in memory, or -1.
 * @state: The state it is in.
 */
struct walk {
	struct vfiomig_dev *dev;
	struct vfio_mig_routes routes;
	vfiomig_on_step on_step;
	void *ctx;
	int data_fd;
	int kept;
	__u32 state;
};

/* Take a saved stream out, or bring the one that is kept in. */
static int move_data(struct walk *walk, struct vfiomig_error *error)
{
	if (walk->data_fd < 0)
		return 0;
	if (walk->state == VFIO_MIG_STOP_COPY) {
		if (ftruncate(walk->kept, 0) ||
		    lseek(walk->kept, 0, SEEK_SET) < 0)
			return lib_fail_errno(error, -errno, "%s",
					      walk->dev->info.name);
		return vfiomig_read_stream(walk->dev, walk->data_fd,
					   walk->kept, NULL, NULL, NULL,
					   error);
	}
	if (walk->state != VFIO_MIG_RESUMING)
		return 0;
	if (lseek(walk->kept, 0, SEEK_SET) < 0)
		return lib_fail_errno(error, -errno, "%s",
				      walk->dev->info.name);
	return vfiomig_write_stream(walk->dev, walk->data_fd, walk->kept,
				    NULL, NULL, NULL, error);
}

static int walk_hop(struct walk *walk, __u32 to, struct vfiomig_error *error)
{
	struct vfiomig_step step = {};
	int data_fd, err;

	err = lib_step(walk->dev, walk->state, to, &data_fd, &step, error);
	if (walk->on_step)
		walk->on_step(&step, walk->ctx);
	if (err)
		return err;
	if (walk->data_fd >= 0 &&
	    (data_fd >= 0 || vfio_mig_closes_session(walk->state, to))) {
		close(walk->data_fd);
		walk->data_fd = -1;
	}
	if (data_fd >= 0)
		walk->data_fd = data_fd;
	if (walk->state == to)
		return 0;
	walk->state = to;
	return move_data(walk, error);
}

static int walk_to(struct walk *walk, __u32 to, unsigned int flags,
		   struct vfiomig_error *error)
{
	int err;

	if (flags & VFIOMIG_WALK_WHOLE || walk->state == to)
		return walk_hop(walk, to, error);
	while (walk->state != to) {
		err = walk_hop(walk,
			       lib_next_hop(&walk->routes, walk->state, to),
			       error);
		if (err)
			return err;
	}
	return 0;
}

static int check_walk(struct walk *walk, const __u32 *states,
		      unsigned int count, struct vfiomig_error *error)
{
	__u32 from = walk->state;
	unsigned int i;
	int err;

	for (i = 0; i < count; i++) {
		err = lib_check_pair(walk->dev, &walk->routes, from, states[i],
				     error);
		if (err)
			return err;
		from = states[i];
	}
	return 0;
}

int vfiomig_walk(struct vfiomig_dev *dev, const __u32 *states,
		 unsigned int count, unsigned int flags,
		 vfiomig_on_step on_step, void *ctx,
		 struct vfiomig_error *error)
{
	struct walk walk = {
		.dev = dev,
		.on_step = on_step,
		.ctx = ctx,
		.data_fd = -1,
	};
	unsigned int i;
	int err;

	err = vfiomig_get_state(dev, &walk.state, error);
	if (!err)
		err = vfiomig_arcs(dev, &walk.routes, error);
	if (!err)
		err = check_walk(&walk, states, count, error);
	if (err)
		return err;
	walk.kept = memfd_create("vfiomig", MFD_CLOEXEC);
	if (walk.kept < 0)
		return lib_fail_errno(error, -errno, "%s", dev->info.name);
	for (i = 0; i < count && !err; i++)
		err = walk_to(&walk, states[i], flags, error);
	if (walk.data_fd >= 0)
		close(walk.data_fd);
	close(walk.kept);
	return err;
}
