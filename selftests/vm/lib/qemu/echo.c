// SPDX-License-Identifier: GPL-2.0
/* echo.h says what is here. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "echo.h"
#include "setting.h"
#include "words.h"

#define TRIES		50 /* on a network a packet may be lost */
#define TRY_MS		100

static int bind_to(int fd, const char *from)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int largest = 1 << 20;

	inet_pton(AF_INET, from, &address.sin_addr);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &address.sin_addr,
		       sizeof(address.sin_addr)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &largest, sizeof(largest)))
		return -errno;
	return 0;
}

int echo_open(struct echo *echo, const char *from, const char *to, bool udp)
{
	int ret;

	memset(echo, 0, sizeof(*echo));
	echo->to.sin_family = AF_INET;
	inet_pton(AF_INET, to, &echo->to.sin_addr);
	echo->udp = udp;
	if (udp)
		echo->to.sin_port = htons(NET_PORT);
	echo->fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC |
			  SOCK_NONBLOCK, udp ? IPPROTO_UDP : IPPROTO_ICMP);
	if (echo->fd < 0)
		return -errno;
	ret = bind_to(echo->fd, from);
	if (ret)
		echo_close(echo);
	return ret;
}

void echo_close(struct echo *echo)
{
	close(echo->fd);
	echo->fd = -1;
}

static uint16_t sum(const void *bytes, size_t size)
{
	const uint16_t *at = bytes;
	uint32_t sum = 0;

	for (; size > 1; size -= 2)
		sum += *at++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static uint16_t identity(const struct echo *echo)
{
	return htons(getpid() + echo->fd);
}

static int send_datagram(struct echo *echo, uint16_t number, size_t size)
{
	uint8_t bytes[ECHO_MOST] = { number >> 8, number & 0xff };

	size -= sizeof(struct iphdr) + sizeof(struct udphdr);
	return sendto(echo->fd, bytes, size, 0, (struct sockaddr *)&echo->to,
		      sizeof(echo->to)) < 0 ? -errno : 0;
}

int echo_send(struct echo *echo, uint16_t number, size_t size)
{
	union {
		struct icmphdr header;
		uint8_t bytes[ECHO_MOST];
	} packet = {};

	if (echo->udp)
		return send_datagram(echo, number, size);
	size = (size - sizeof(struct iphdr)) & ~1;
	packet.header.type = ICMP_ECHO;
	packet.header.un.echo.id = identity(echo);
	packet.header.un.echo.sequence = htons(number);
	packet.header.checksum = sum(&packet, size);
	return sendto(echo->fd, &packet, size, 0, (struct sockaddr *)&echo->to,
		      sizeof(echo->to)) < 0 ? -errno : 0;
}

int echo_take(struct echo *echo, uint16_t *number)
{
	uint8_t bytes[ECHO_MOST];
	struct icmphdr *header;
	ssize_t got;

	while ((got = read(echo->fd, bytes, sizeof(bytes))) >= 0) {
		if (echo->udp) {
			*number = bytes[0] << 8 | bytes[1];
			return 0;
		}
		header = (struct icmphdr *)(bytes + ((struct iphdr *)bytes)->ihl * 4);
		if (header->type != ICMP_ECHOREPLY ||
		    header->un.echo.id != identity(echo))
			continue;
		*number = ntohs(header->un.echo.sequence);
		return 0;
	}
	return -errno;
}

bool echo_answers(const char *from, const char *to, size_t size)
{
	int tries = TRIES * patience();
	struct pollfd pollfd;
	struct echo echo;
	uint16_t number;
	int i, ret;

	ret = echo_open(&echo, from, to, false);
	pollfd = (struct pollfd) { .fd = echo.fd, .events = POLLIN };
	for (i = 0; !ret && i < tries; i++) {
		ret = echo_send(&echo, i, size);
		/* Nobody has said where it is: asked again. */
		if (ret == -EHOSTUNREACH)
			ret = 0;
		if (!ret && poll(&pollfd, 1, TRY_MS) == 1 && !echo_take(&echo, &number))
			break;
	}
	if (!ret && i == tries)
		ret = -ETIMEDOUT;
	echo_close(&echo);
	errno = -ret;
	return !ret;
}
