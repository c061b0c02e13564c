// SPDX-License-Identifier: GPL-2.0
/* Moves migration data between a device and a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib.h"

#define CHUNK	0x100000

int lib_write_all(int fd, const char *data, size_t size)
{
	ssize_t done;

	while (size) {
		done = write(fd, data, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (!done)
			return -EIO;
		data += done;
		size -= done;
	}
	return 0;
}

ssize_t lib_read_some(int fd, void *data, size_t size)
{
	ssize_t got;

	do {
		got = read(fd, data, size);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

int lib_open_file(const char *path, struct vfiomig_error *error)
{
	int fd;

	if (!strcmp(path, "-"))
		return STDIN_FILENO;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return lib_fail_errno(error, -errno, "%s", path);
	return fd;
}

void lib_close_file(int fd)
{
	if (fd != STDIN_FILENO)
		close(fd);
}

void lib_report(struct lib_copy *copy, __u64 bytes)
{
	copy->progress.bytes += bytes;
	if (copy->on_progress)
		copy->on_progress(&copy->progress, copy->ctx);
}

/* Up to the end of @in.  Sets @wrote if it was the writing that failed. */
static int copy_all(struct lib_copy *copy, int in, int out, bool *wrote)
{
	char *chunk = malloc(CHUNK);
	ssize_t got;
	int err = 0;

	*wrote = false;
	if (!chunk)
		return -ENOMEM;
	while ((got = lib_read_some(in, chunk, CHUNK)) > 0) {
		err = lib_write_all(out, chunk, got);
		if (err) {
			*wrote = true;
			break;
		}
		lib_report(copy, got);
	}
	free(chunk);
	return err ? err : got;
}

int vfiomig_read_stream(struct vfiomig_dev *dev, int data_fd, int out,
			vfiomig_on_progress on_progress, void *ctx,
			__u64 *bytes, struct vfiomig_error *error)
{
	struct lib_copy copy = {
		.progress.stage = "reading",
		.on_progress = on_progress,
		.ctx = ctx,
	};
	bool wrote;
	int err;

	if (vfiomig_data_size(dev, &copy.progress.expected, NULL))
		copy.progress.expected = 0;
	err = copy_all(&copy, data_fd, out, &wrote);
	if (bytes)
		*bytes = copy.progress.bytes;
	if (!err)
		return 0;
	lib_fail_errno(error, err, "%s: cannot %s after %llu bytes",
		       dev->info.name,
		       wrote ? "write its stream out" : "read its stream",
		       copy.progress.bytes);
	if (!wrote)
		lib_add_reason(dev, error);
	return err;
}

int vfiomig_write_stream(struct vfiomig_dev *dev, int data_fd, int in,
			 vfiomig_on_progress on_progress, void *ctx,
			 __u64 *bytes, struct vfiomig_error *error)
{
	struct lib_copy copy = {
		.progress.stage = "writing",
		.on_progress = on_progress,
		.ctx = ctx,
	};
	bool wrote;
	int err;

	err = copy_all(&copy, in, data_fd, &wrote);
	if (bytes)
		*bytes = copy.progress.bytes;
	if (!err)
		return 0;
	lib_fail_errno(error, err, "%s: %s after %llu bytes", dev->info.name,
		       wrote ? "it refuses the stream" :
			       "cannot read the stream to load",
		       copy.progress.bytes);
	if (wrote)
		lib_add_reason(dev, error);
	return err;
}

/* The state now, and whether the ways from it to @to and on are there. */
static int check_ways(struct vfiomig_dev *dev, __u32 to, __u32 *now,
		      struct vfiomig_error *error)
{
	struct vfio_mig_routes routes;
	int err;

	err = vfiomig_get_state(dev, now, error);
	if (!err)
		err = vfiomig_arcs(dev, &routes, error);
	if (!err)
		err = lib_check_pair(dev, &routes, *now, to, error);
	if (!err)
		err = lib_check_pair(dev, &routes, to,
				     to == VFIO_MIG_RESUMING ?
				     VFIO_MIG_RUNNING : *now, error);
	return err;
}

int vfiomig_save(struct vfiomig_dev *dev, int out,
		 vfiomig_on_progress on_progress, void *ctx, __u64 *bytes,
		 struct vfiomig_error *error)
{
	int data_fd, err, back;
	__u32 start;

	if (bytes)
		*bytes = 0;
	err = check_ways(dev, VFIO_MIG_STOP_COPY, &start, error);
	if (!err)
		err = vfiomig_set_state(dev, VFIO_MIG_STOP_COPY, &data_fd,
					error);
	if (err)
		return err;
	if (data_fd < 0)
		return lib_fail(error, -EINVAL,
				"%s: it was saving already", dev->info.name);
	err = vfiomig_read_stream(dev, data_fd, out, on_progress, ctx, bytes,
				  error);
	close(data_fd);
	back = vfiomig_set_state(dev, start, NULL, err ? NULL : error);
	return err ? err : back;
}

int vfiomig_load(struct vfiomig_dev *dev, int in,
		 vfiomig_on_progress on_progress, void *ctx, __u64 *bytes,
		 struct vfiomig_error *error)
{
	int data_fd, err;
	__u32 start;

	if (bytes)
		*bytes = 0;
	err = check_ways(dev, VFIO_MIG_RESUMING, &start, error);
	if (!err)
		err = vfiomig_set_state(dev, VFIO_MIG_RESUMING, &data_fd,
					error);
	if (err)
		return err;
	if (data_fd < 0)
		return lib_fail(error, -EINVAL,
				"%s: it was loading already", dev->info.name);
	err = vfiomig_write_stream(dev, data_fd, in, on_progress, ctx, bytes,
				   error);
	if (!err)
		err = vfiomig_set_state(dev, VFIO_MIG_RUNNING, NULL, error);
	close(data_fd);
	if (!err)
		return 0;
	if (vfiomig_reset(dev, NULL))
		lib_hint(error, "it could not be reset; close it");
	else
		lib_hint(error, "it was reset");
	return err;
}
