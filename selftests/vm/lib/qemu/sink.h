/* SPDX-License-Identifier: GPL-2.0 */
/* A destination that takes bytes and does nothing with them. */
#ifndef SELFTESTS_QEMU_SINK_H
#define SELFTESTS_QEMU_SINK_H

#include <sys/types.h>

/**
 * struct sink - where a QEMU migrates to
 * @listener: The socket that it connects to.
 * @connection: The one that it has, or -1.
 * @drain: The process that takes all the rest, or 0.
 */
struct sink {
	int listener;
	int connection;
	pid_t drain;
};

/* Listen at @path, a socket's; 0 or -errno, as all of them. */
int sink_listen(struct sink *sink, const char *path);

/* Wait for QEMU, and take as many bytes; -EPIPE if there were less. */
int sink_take(struct sink *sink, size_t bytes);

/* Take whatever comes from now on, and let the caller go. */
int sink_drain(struct sink *sink);

/* Take all, and count it. */
ssize_t sink_count(struct sink *sink);

/* Be gone. */
void sink_close(struct sink *sink);

#endif /* SELFTESTS_QEMU_SINK_H */
