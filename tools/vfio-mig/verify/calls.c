// SPDX-License-Identifier: GPL-2.0
/*
 * What is asked of a device, just as it is asked: nothing is repeated, checked
 * or made good.  Each call is noted, for the report of a check that fails.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"

#define FEATURE_ROOM	64

void note_call(struct verify *v, const struct side *side, const char *format,
	       ...)
{
	char *line = v->calls[v->called++ % CALLS_MAX];
	va_list args;
	int used = 0;

	if (side == &v->peer)
		used = snprintf(line, CALL_LENGTH, "peer: ");
	va_start(args, format);
	vsnprintf(line + used, CALL_LENGTH - used, format, args);
	va_end(args);
}

static int feature_ioctl(struct side *side, __u32 flags, size_t argsz,
			 void *data, size_t size)
{
	struct {
		struct vfio_device_feature feature;
		__u8 data[FEATURE_ROOM];
	} arg = { .feature = { .argsz = argsz, .flags = flags } };
	int ret;

	/* A probe of a feature has no data: not even memcpy() of nothing. */
	if (size)
		memcpy(arg.data, data, size);
	ret = ioctl(vfiomig_fd(side->dev), VFIO_DEVICE_FEATURE, &arg);
	if (ret < 0)
		ret = -errno;
	if (size)
		memcpy(data, arg.data, size);
	return ret;
}

int call_feature(struct verify *v, struct side *side, __u32 flags,
		 size_t argsz, void *data, size_t size)
{
	int ret = feature_ioctl(side, flags, argsz, data, size);

	note_call(v, side, "feature %u%s%s%s, argsz %zu: %s",
		  flags & VFIO_DEVICE_FEATURE_MASK,
		  flags & VFIO_DEVICE_FEATURE_PROBE ? " PROBE" : "",
		  flags & VFIO_DEVICE_FEATURE_GET ? " GET" : "",
		  flags & VFIO_DEVICE_FEATURE_SET ? " SET" : "", argsz,
		  errno_text(ret));
	return ret;
}

int call_set(struct verify *v, struct side *side, __u32 state, int *data_fd)
{
	struct vfio_device_feature_mig_state set = {
		.device_state = state,
		.data_fd = -2,
	};
	char name[32];
	int ret;

	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			    sizeof(struct vfio_device_feature) + sizeof(set),
			    &set, sizeof(set));
	snprintf(name, sizeof(name), state < VFIO_MIG_NR_STATES ? "%s" : "%s %u",
		 vfio_mig_state_name(state), state);
	note_call(v, side, "SET %s: %s%s", name, errno_text(ret),
		  !ret && set.data_fd >= 0 ? ", with a data_fd" : "");
	if (data_fd)
		*data_fd = set.data_fd;
	else if (!ret && set.data_fd >= 0)
		close(set.data_fd);
	return ret;
}

int call_get(struct verify *v, struct side *side,
	     struct vfio_device_feature_mig_state *state)
{
	int ret;

	*state = (struct vfio_device_feature_mig_state) { .data_fd = -2 };
	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
			    sizeof(struct vfio_device_feature) + sizeof(*state),
			    state, sizeof(*state));
	note_call(v, side, "GET: %s", ret ? errno_text(ret) :
		  vfio_mig_state_name(state->device_state));
	return ret;
}

int call_data_size(struct verify *v, struct side *side, __u64 *bytes)
{
	struct vfio_device_feature_mig_data_size size = {};
	int ret;

	ret = feature_ioctl(side, VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
			    sizeof(struct vfio_device_feature) + sizeof(size),
			    &size, sizeof(size));
	note_call(v, side, "GET MIG_DATA_SIZE: %s, %llu bytes",
		  errno_text(ret), size.stop_copy_length);
	*bytes = size.stop_copy_length;
	return ret;
}

int call_precopy_info(struct verify *v, int data_fd,
		      struct vfio_precopy_info *info)
{
	__u32 argsz = info->argsz;
	int ret = ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, info);

	if (ret < 0)
		ret = -errno;
	note_call(v, NULL, "PRECOPY_INFO, argsz %u: %s, initial %llu, dirty %llu",
		  argsz, errno_text(ret), info->initial_bytes,
		  info->dirty_bytes);
	return ret;
}

/* What read() or write() said, of @size bytes. */
static ssize_t note_move(struct verify *v, const char *what, size_t size,
			 ssize_t done)
{
	if (done < 0) {
		done = -errno;
		note_call(v, NULL, "%s %zu: %s", what, size, errno_text(done));
	} else {
		note_call(v, NULL, "%s %zu: %zd bytes", what, size, done);
	}
	return done;
}

ssize_t call_read(struct verify *v, int data_fd, void *data, size_t size)
{
	return note_move(v, "read", size, read(data_fd, data, size));
}

ssize_t call_write(struct verify *v, int data_fd, const void *data,
		   size_t size)
{
	return note_move(v, "write", size, write(data_fd, data, size));
}

/* What is so at once; 0 if nothing is. */
short call_poll(struct verify *v, int data_fd)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN };

	if (poll(&pollfd, 1, 0) < 0)
		pollfd.revents = POLLNVAL;
	note_call(v, NULL, "poll: 0x%x", pollfd.revents);
	return pollfd.revents;
}

int call_reset(struct verify *v, struct side *side)
{
	int ret = ioctl(vfiomig_fd(side->dev), VFIO_DEVICE_RESET);

	if (ret < 0)
		ret = -errno;
	note_call(v, side, "VFIO_DEVICE_RESET: %s", errno_text(ret));
	return ret;
}

static bool make_room(struct bytes *bytes, size_t *room, size_t chunk)
{
	__u8 *data;

	if (*room - bytes->size >= chunk)
		return true;
	*room = 2 * *room + chunk;
	data = realloc(bytes->data, *room);
	if (data)
		bytes->data = data;
	return data;
}

int call_read_all(struct verify *v, int data_fd, struct bytes *bytes,
		  size_t chunk)
{
	size_t room = bytes->size, start = bytes->size;
	ssize_t done;

	do {
		done = -ENOMEM;
		if (!make_room(bytes, &room, chunk))
			break;
		done = read(data_fd, bytes->data + bytes->size, chunk);
		if (done < 0)
			done = -errno;
		else
			bytes->size += done;
	} while (done > 0 && bytes->size < STREAM_MAX);
	if (done > 0)
		done = -EFBIG;
	note_call(v, NULL, "read all, %zu bytes at a time: %zu bytes, then %s",
		  chunk, bytes->size - start, done ? errno_text(done) :
		  "the end");
	return done;
}

int call_write_all(struct verify *v, int data_fd, const struct bytes *bytes,
		   size_t chunk)
{
	size_t at = 0, piece;
	ssize_t done = 0;

	while (at < bytes->size) {
		piece = bytes->size - at < chunk ? bytes->size - at : chunk;
		done = write(data_fd, bytes->data + at, piece);
		if (done <= 0)
			break;
		at += done;
	}
	if (done < 0)
		done = -errno;
	else
		done = at == bytes->size ? 0 : -EIO;
	note_call(v, NULL, "write all, %zu bytes at a time: %zu bytes, %s",
		  chunk, at, errno_text(done));
	return done;
}
