// SPDX-License-Identifier: GPL-2.0
/*
 * A Linux guest with a network card that its kernel drives: one TCP connection, over which
 * numbered words go both ways, and each is looked at.  So is what the kernel says of the
 * card and how often it was interrupted.  The guest's kernel answers pings, with large
 * frames, in a VLAN and of a multicast group too, and a process of its own what comes by UDP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "linux_guest.h"
#include "words.h"

#define INTERFACE	"eth0"
#define VLAN		INTERFACE ".5" /* as the kernel names it if nobody else does */
#define DRIVER		"/sys/class/net/" INTERFACE "/device/driver"
#define IGNORE_GROUPS	"/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts"
#define ROUNDS		16 /* in as many there is an interrupt of each kind, if not in one */

/* ---- the card ---- */

static void change(int fd, const char *interface, unsigned long what,
		   struct ifreq *request)
{
	snprintf(request->ifr_name, sizeof(request->ifr_name), "%s", interface);
	if (ioctl(fd, what, request))
		bad(interface, what, errno);
}

static void set_address(int fd, const char *interface, unsigned long what,
			const char *text)
{
	struct ifreq request = {};
	struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;

	address->sin_family = AF_INET;
	inet_pton(AF_INET, text, &address->sin_addr);
	change(fd, interface, what, &request);
}

static void bring_up(int fd, const char *interface, const char *address)
{
	struct ifreq request = { .ifr_flags = IFF_UP };

	set_address(fd, interface, SIOCSIFADDR, address);
	set_address(fd, interface, SIOCSIFNETMASK, "255.255.255.0");
	change(fd, interface, SIOCSIFFLAGS, &request);
}

static void add_vlan(int fd)
{
	struct vlan_ioctl_args vlan = {
		.cmd = ADD_VLAN_CMD, .device1 = INTERFACE, .u.VID = NET_VLAN,
	};

	if (ioctl(fd, SIOCSIFVLAN, &vlan))
		bad("VLAN", 0, errno);
	bring_up(fd, VLAN, NET_VLAN_GUEST);
}

/* As long as the socket is there. */
static void join(int fd)
{
	struct ip_mreq group;
	int file = open(IGNORE_GROUPS, O_WRONLY);

	inet_pton(AF_INET, NET_GROUP, &group.imr_multiaddr);
	inet_pton(AF_INET, NET_GUEST, &group.imr_interface);
	if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)))
		bad("group", 0, errno);
	if (write(file, "0", 1) != 1)
		bad(IGNORE_GROUPS, 0, errno);
	close(file);
}

static void configure(void)
{
	struct ifreq mtu = { .ifr_mtu = NET_MTU };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	change(fd, INTERFACE, SIOCSIFMTU, &mtu);
	bring_up(fd, INTERFACE, NET_GUEST);
	add_vlan(fd);
	join(fd);
}

/* The link takes its time. */
static int connect_to_peer(void)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET, .sin_port = htons(NET_PORT),
	};
	int fd;

	inet_pton(AF_INET, NET_PEER, &peer.sin_addr);
	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (!connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
			return fd;
		if (errno != EHOSTUNREACH && errno != ETIMEDOUT &&
		    errno != ENETUNREACH)
			bad("connect", 0, errno);
		close(fd);
	}
}

/* What comes by UDP goes back, whatever happens to the connection. */
static void answer_datagrams(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(NET_PORT),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t size = sizeof(address);
	char bytes[NET_MTU];
	ssize_t got;

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		bad("UDP", 0, errno);
	if (fork())
		return;
	for (;;) {
		got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&address,
			       &size);
		if (got >= 0)
			sendto(fd, bytes, got, 0, (struct sockaddr *)&address, size);
	}
}

/* ---- what is looked at ---- */

/* From now on it is of no interest that there is a link, but that it went. */
static int open_kernel_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		bad("/dev/kmsg", 0, errno);
	return fd;
}

static void check_kernel_log(int fd, uint32_t round)
{
	char text[1024], *what;
	ssize_t got;

	while ((got = read(fd, text, sizeof(text) - 1)) > 0) {
		text[got] = '\0';
		what = strchr(text, ';');
		if (!what || !(strstr(what, "igbvf") || strstr(what, INTERFACE ":") ||
			       strstr(what, "NETDEV WATCHDOG")))
			continue;
		what[strcspn(what, "\n")] = '\0';
		what[strnlen(what, 90)] = '\0';
		bad(what + 1, round, 0);
	}
}

static bool is_igbvf(void)
{
	char target[256];
	ssize_t got = readlink(DRIVER, target, sizeof(target) - 1);

	target[got > 0 ? got : 0] = '\0';
	return strstr(target, "/igbvf");
}

/* How often a vector was called, of one processor. */
static unsigned long called(const char *name)
{
	FILE *file = fopen("/proc/interrupts", "r");
	unsigned long count = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, name))
			count = strtoul(strchr(line, ':') + 1, NULL, 10);
	if (file)
		fclose(file);
	return count;
}

static void check_interrupts(uint32_t round)
{
	static const char * const names[] = { INTERFACE "-tx-0", INTERFACE "-rx-0" };
	static unsigned long counts[2];
	unsigned long now;
	int i;

	if (round % ROUNDS)
		return;
	for (i = 0; i < 2; i++) {
		now = called(names[i]);
		if (now <= counts[i])
			bad(names[i], round, now);
		counts[i] = now;
	}
}

static void check_time(uint32_t round)
{
	static struct timespec last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < last.tv_sec ||
	    (now.tv_sec == last.tv_sec && now.tv_nsec <= last.tv_nsec))
		bad("time", round, now.tv_sec);
	last = now;
}

int main(void)
{
	int connection, log, ret;
	bool igbvf;
	uint32_t round;

	guest_begin();
	if (!load_modules(""))
		bad("no card", 0, 0);
	configure();
	answer_datagrams();
	igbvf = is_igbvf();
	connection = connect_to_peer();
	log = open_kernel_log();
	for (round = 0;; round++) {
		ret = words_send(connection, round);
		if (!ret)
			ret = words_receive(connection, round);
		if (ret)
			bad(ret == WORDS_WRONG ? "word" : "connection", round, errno);
		check_time(round);
		check_kernel_log(log, round);
		if (igbvf)
			check_interrupts(round);
		say("round %u\n", round);
	}
}
