/* SPDX-License-Identifier: GPL-2.0 */
/* Pings with numbers, or datagrams with numbers that are sent back, and their answers. */
#ifndef SELFTESTS_QEMU_ECHO_H
#define SELFTESTS_QEMU_ECHO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define ECHO_MOST	4096 /* bytes of a packet */

/**
 * struct echo - one who is pinged
 * @fd: A socket.
 * @to: Who it is; or a group.
 * @udp: By datagrams.
 */
struct echo {
	int fd;
	struct sockaddr_in to;
	bool udp;
};

/* By the interface that has address @from.  0 or -errno. */
int echo_open(struct echo *echo, const char *from, const char *to, bool udp);
void echo_close(struct echo *echo);

/* @size: Of the IP packet, at least 28 bytes.  0 or -errno. */
int echo_send(struct echo *echo, uint16_t number, size_t size);

/* The number of an answer that has come: 0, or -EAGAIN. */
int echo_take(struct echo *echo, uint16_t *number);

/* Is there an answer to one, within some seconds?  The reason is in errno. */
bool echo_answers(const char *from, const char *to, size_t size);

#endif /* SELFTESTS_QEMU_ECHO_H */
