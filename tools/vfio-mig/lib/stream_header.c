// SPDX-License-Identifier: GPL-2.0
/* Takes only the header out of a file. */
#include <unistd.h>

#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

/**
 * struct head - a header that is waited for
 * @header: Where it goes.
 * @came: Whether it has.
 */
struct head {
	struct vfio_mig_stream_header *header;
	bool came;
};

static int on_head(void *ctx, const struct vfio_mig_stream_header *header,
		   struct vfio_mig_refusal *why)
{
	struct head *head = ctx;

	(void)why;
	*head->header = *header;
	head->came = true;
	return 0;
}

static int on_skipped(void *ctx, const struct vfio_mig_frame *frame,
		      struct vfio_mig_refusal *why)
{
	(void)ctx;
	(void)frame;
	(void)why;
	return 0;
}

int vfiomig_stream_header(const char *path,
			  struct vfio_mig_stream_header *header,
			  struct vfiomig_error *error)
{
	static const struct vfio_mig_reader_ops ops = {
		.header = on_head,
		.frame = on_skipped,
	};
	struct head head = { .header = header };
	struct vfio_mig_reader reader;
	char chunk[VFIO_MIG_HEADER_MAX];
	ssize_t got = 1;
	int fd, err = 0;

	fd = lib_open_file(path, error);
	if (fd < 0)
		return fd;
	vfio_mig_reader_init(&reader, &ops, &head);
	while (!head.came && !err && got > 0) {
		got = lib_read_some(fd, chunk, sizeof(chunk));
		if (got > 0)
			err = vfio_mig_reader_feed(&reader, chunk, got);
	}
	lib_close_file(fd);
	if (head.came)
		return 0;
	path = strcmp(path, "-") ? path : "stdin";
	if (got < 0)
		return lib_fail_errno(error, got, "%s: cannot read it", path);
	if (!err)
		err = vfio_mig_reader_finish(&reader);
	return lib_fail(error, err, "%s: %s", path, reader.why.text);
}
