// SPDX-License-Identifier: GPL-2.0
/* sink.h says what is here. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qemu.h"
#include "sink.h"

int sink_listen(struct sink *sink, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*sink = (struct sink) { .connection = -1 };
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	sink->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sink->listener < 0 ||
	    bind(sink->listener, (void *)&address, sizeof(address)) ||
	    listen(sink->listener, 1))
		return -errno;
	return 0;
}

static int take_connection(struct sink *sink)
{
	int ret;

	if (sink->connection >= 0)
		return 0;
	ret = qemu_wait_for(sink->listener, qemu_timeout_ms());
	if (ret)
		return ret;
	sink->connection = accept(sink->listener, NULL, NULL);
	return sink->connection < 0 ? -errno : 0;
}

static ssize_t take_some(struct sink *sink, size_t bytes)
{
	char waste[16384];
	ssize_t got;
	int ret;

	ret = qemu_wait_for(sink->connection, qemu_timeout_ms());
	if (ret)
		return ret;
	got = read(sink->connection, waste,
		   bytes < sizeof(waste) ? bytes : sizeof(waste));
	return got < 0 ? -errno : got;
}

int sink_take(struct sink *sink, size_t bytes)
{
	ssize_t got = 1;
	int ret;

	ret = take_connection(sink);
	for (; !ret && bytes && got; bytes -= got) {
		got = take_some(sink, bytes);
		if (got < 0)
			return got;
	}
	return ret ?: (bytes ? -EPIPE : 0);
}

ssize_t sink_count(struct sink *sink)
{
	ssize_t count = 0, got = 1;
	int ret;

	ret = take_connection(sink);
	while (!ret && got) {
		got = take_some(sink, SIZE_MAX);
		if (got < 0)
			return got;
		count += got;
	}
	return ret ?: count;
}

int sink_drain(struct sink *sink)
{
	char waste[16384];

	sink->drain = fork();
	if (sink->drain < 0)
		return -errno;
	if (sink->drain)
		return 0;
	while (read(sink->connection, waste, sizeof(waste)) > 0)
		;
	_exit(0);
}

void sink_close(struct sink *sink)
{
	if (sink->connection >= 0)
		close(sink->connection);
	close(sink->listener);
	if (sink->drain > 0)
		waitpid(sink->drain, NULL, 0);
}
