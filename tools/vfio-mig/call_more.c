// SPDX-License-Identifier: GPL-2.0
/* vfio-mig call: the calls that take more than a number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

#define RANGES_MAX	16
#define CONFIG_MAX	256

/**
 * struct stream - what a read-all has read
 * @name: How the script calls it.
 * @bytes: It.
 * @next: Another one.
 */
struct stream {
	char name[64];
	struct bytes bytes;
	struct stream *next;
};

/* They live until the batch ends. */
static struct stream *streams;

static struct stream *find_stream(const char *name, bool make)
{
	struct stream *stream = streams;

	while (stream && strcmp(stream->name, name))
		stream = stream->next;
	if (stream || !make)
		return stream;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	snprintf(stream->name, sizeof(stream->name), "%s", name);
	stream->next = streams;
	streams = stream;
	return stream;
}

/* ---- of a device ---- */

int call_run_set(struct side *side, char **args, int count)
{
	int state = vfiomig_state_number(args[0]);
	__u64 value = state;
	int data_fd;

	(void)count;
	if (state < 0 && !call_number(args[0], &value))
		return EXIT_USAGE;
	call_set(calls, side, value, &data_fd);
	return EXIT_OK;
}

int call_run_feature(struct side *side, char **args, int count)
{
	__u8 data[FEATURE_ROOM] = {};
	__u64 argsz;
	__u32 flags;
	int size = 0;

	if (!call_flags(args[0], &flags) || !call_number(args[1], &argsz))
		return EXIT_USAGE;
	if (count > 2)
		size = call_hex(args[2], data, sizeof(data));
	if (size < 0)
		return EXIT_USAGE;
	if (argsz > sizeof(struct vfio_device_feature) + sizeof(data))
		return fail_usage("%s: it may be %zu at most", args[1],
				  sizeof(struct vfio_device_feature) +
				  sizeof(data));
	call_feature(calls, side, flags, argsz, data, size);
	return EXIT_OK;
}

int call_run_config_read(struct side *side, char **args, int count)
{
	__u8 data[CONFIG_MAX];
	__u64 offset, size;

	(void)count;
	if (!call_number(args[0], &offset) || !call_number(args[1], &size))
		return EXIT_USAGE;
	if (size > sizeof(data))
		return fail_usage("%s: it may be %zu at most", args[1],
				  sizeof(data));
	call_config_read(calls, side, offset, data, size);
	return EXIT_OK;
}

int call_run_config_write(struct side *side, char **args, int count)
{
	__u8 data[CONFIG_MAX];
	__u64 offset;
	int size;

	(void)count;
	if (!call_number(args[0], &offset))
		return EXIT_USAGE;
	size = call_hex(args[1], data, sizeof(data));
	if (size < 0)
		return EXIT_USAGE;
	call_config_write(calls, side, offset, data, size);
	return EXIT_OK;
}

int call_run_map(struct side *side, char **args, int count)
{
	__u64 iova, size;

	(void)count;
	if (!call_number(args[0], &iova) || !call_number(args[1], &size))
		return EXIT_USAGE;
	if (side->memory)
		return fail_usage("map: there is one; first: unmap");
	call_map(calls, side, iova, size);
	return EXIT_OK;
}

int call_run_log_start(struct side *side, char **args, int count)
{
	struct vfio_device_feature_dma_logging_range ranges[RANGES_MAX];
	__u64 page;
	int i;

	if (!call_number(args[0], &page))
		return EXIT_USAGE;
	if (count - 1 > RANGES_MAX)
		return fail_usage("log-start: at most %d ranges", RANGES_MAX);
	for (i = 1; i < count; i++)
		if (!call_range(args[i], &ranges[i - 1]))
			return EXIT_USAGE;
	call_log_start(calls, side, page, ranges, count - 1);
	return EXIT_OK;
}

int call_run_log_report(struct side *side, char **args, int count)
{
	struct vfio_device_feature_dma_logging_range what;
	__u64 page, bitmap;

	(void)count;
	if (!call_number(args[0], &page) || !call_range(args[1], &what) ||
	    !call_number(args[2], &bitmap))
		return EXIT_USAGE;
	if (!page || what.length / page > 64)
		return fail_usage("%s: at most 64 pages", args[1]);
	call_log_report(calls, side, page, what.iova, what.length, &bitmap);
	return EXIT_OK;
}

/* ---- of a data file ---- */

static bool parse_chunk(const char *text, __u64 *chunk)
{
	if (!call_number(text, chunk))
		return false;
	if (!*chunk)
		fail_usage("CHUNK %s: it must be 1 at least", text);
	return *chunk;
}

int call_run_move(int data_fd, __u64 size, bool in)
{
	void *data;

	if (size > STREAM_MAX)
		return fail_usage("%llu: too many bytes", size);
	data = calloc(1, size + 1);
	if (!data)
		return fail_plain("there is no memory");
	if (in)
		call_read(calls, data_fd, data, size);
	else
		call_write(calls, data_fd, data, size);
	free(data);
	return EXIT_OK;
}

int call_run_precopy_info(int data_fd, char **args, int count)
{
	__u64 argsz, flags = 0;

	if (!call_number(args[0], &argsz) ||
	    (count > 1 && !call_number(args[1], &flags)))
		return EXIT_USAGE;
	call_precopy_flags(calls, data_fd, argsz, flags, NULL, NULL);
	return EXIT_OK;
}

int call_run_read_all(int data_fd, char **args, int count)
{
	struct stream *stream = find_stream(args[0], true);
	__u64 chunk;

	(void)count;
	if (!parse_chunk(args[1], &chunk))
		return EXIT_USAGE;
	if (!stream)
		return fail_plain("there is no memory");
	call_read_all(calls, data_fd, &stream->bytes, chunk);
	return EXIT_OK;
}

/* "OFFSET=HEX" */
static bool patch(struct bytes *bytes, char *text)
{
	char *value = strchr(text, '=');
	__u64 offset;
	int count;

	if (!value) {
		fail_usage("%s: not OFFSET=BYTES", text);
		return false;
	}
	*value++ = '\0';
	if (!call_number(text, &offset))
		return false;
	if (offset > bytes->size) {
		fail_usage("%s: beyond the end of the stream", text);
		return false;
	}
	count = call_hex(value, bytes->data + offset, bytes->size - offset);
	value[-1] = '=';
	return count >= 0;
}

static int write_patched(int data_fd, const struct bytes *from, char **args,
			 int count)
{
	__u64 chunk, size = from->size;
	struct bytes bytes;
	bool good = true;
	int i;

	if (!parse_chunk(args[1], &chunk) ||
	    (count > 2 && !call_number(args[2], &size)))
		return EXIT_USAGE;
	if (size > STREAM_MAX)
		return fail_usage("%s: too many bytes", args[2]);
	bytes = (struct bytes) { calloc(1, size + 1), size };
	if (!bytes.data)
		return fail_plain("there is no memory");
	memcpy(bytes.data, from->data, size < from->size ? size : from->size);
	for (i = 3; good && i < count; i++)
		good = patch(&bytes, args[i]);
	if (good)
		call_write_all(calls, data_fd, &bytes, chunk);
	free(bytes.data);
	return good ? EXIT_OK : EXIT_USAGE;
}

int call_run_write_all(int data_fd, char **args, int count)
{
	const struct stream *stream = find_stream(args[0], false);

	if (!stream || !stream->bytes.data)
		return fail_usage("%s: nothing of that name has been read",
				  args[0]);
	return write_patched(data_fd, &stream->bytes, args, count);
}
