/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbered words over a connection: what a Linux guest with a network card and its peer say
 * to one another.  A round is WORDS_COUNT words from the guest, and as many back; each has
 * its number, so none can be lost, come twice, or be another without being seen.
 */
#ifndef SELFTESTS_QEMU_WORDS_H
#define SELFTESTS_QEMU_WORDS_H

#include <stdint.h>
#include <unistd.h>

#define NET_GUEST	"10.12.0.2"
#define NET_PEER	"10.12.0.1"
#define NET_PORT	4720
#define NET_MTU		2000
/* A group that the guest is in, and a VLAN. */
#define NET_GROUP	"239.12.0.5"
#define NET_VLAN	5
#define NET_VLAN_GUEST	"10.12.5.2"
#define NET_VLAN_PEER	"10.12.5.1"

#define WORDS_COUNT	4096
#define WORDS_WRONG	1 /* what came is not what should */

static inline int words_send(int fd, uint32_t round)
{
	static uint32_t words[WORDS_COUNT];
	size_t done = 0;
	ssize_t ret;
	uint32_t i;

	for (i = 0; i < WORDS_COUNT; i++)
		words[i] = round * WORDS_COUNT + i;
	while (done < sizeof(words)) {
		ret = write(fd, (char *)words + done, sizeof(words) - done);
		if (ret <= 0)
			return -1;
		done += ret;
	}
	return 0;
}

static inline int words_receive(int fd, uint32_t round)
{
	static uint32_t words[WORDS_COUNT];
	size_t done = 0;
	ssize_t ret;
	uint32_t i;

	while (done < sizeof(words)) {
		ret = read(fd, (char *)words + done, sizeof(words) - done);
		if (ret <= 0)
			return -1;
		done += ret;
	}
	for (i = 0; i < WORDS_COUNT; i++)
		if (words[i] != round * WORDS_COUNT + i)
			return WORDS_WRONG;
	return 0;
}

#endif /* SELFTESTS_QEMU_WORDS_H */
