// SPDX-License-Identifier: GPL-2.0
/* net_peer.h says what is here. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "igbvf_pair.h"
#include "named.h"
#include "net_peer.h"
#include "words.h"

#define VLAN	"wire-vlan"
/* One that was killed may have left its own. */
#define BEGIN								\
	"ip link delete " VLAN " 2>/dev/null; "				\
	"ip address replace " NET_PEER "/24 dev %1$s && "		\
	"ip link add link %1$s name " VLAN " type vlan id 5 && "	\
	"ip address replace " NET_VLAN_PEER "/24 dev " VLAN " && "	\
	"ip link set " VLAN " up"
#define END	"ip link delete " VLAN "; ip address delete " NET_PEER "/24 dev %1$s"

static int listen_here(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(NET_PORT),
	};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, NET_PEER, &address.sin_addr);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
		return -errno;
	return fd;
}

/* What the guest says in a round shows that it has had all of the one before. */
static void *answer(void *arg)
{
	struct net_peer *peer = arg;
	uint32_t round;
	int fd, ret;

	fd = accept(peer->listener, NULL, NULL);
	atomic_store(&peer->connection, fd);
	for (round = 0; !(ret = words_receive(fd, round)) && !words_send(fd, round); round++)
		atomic_store(&peer->bytes, (2 * round + 1) * 4ull * WORDS_COUNT);
	peer->wrong = ret == WORDS_WRONG;
	atomic_store(&peer->over, true);
	/* Or the guest would wait for what never comes. */
	shutdown(fd, SHUT_RDWR);
	return NULL;
}

/* By the kernel's count; a reset of a PF is two. */
static unsigned int link_changes(const struct net_peer *peer)
{
	unsigned int changes = 0;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/carrier_changes", peer->interface);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%u", &changes) != 1)
		changes = 0;
	fclose(file);
	return changes;
}

const char *net_peer_says(struct net_peer *peer)
{
	int fd = atomic_load(&peer->connection);
	struct tcp_info info = {};
	socklen_t size = sizeof(info);

	if (!peer->listener || fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
		return "no connection has come";
	snprintf(peer->says, sizeof(peer->says),
		 "%llu bytes came over its connection, the last of them %.1f s ago; %u packets to it have no answer, sent again %u times%s; the link of %s has come or gone %u times",
		 (unsigned long long)info.tcpi_bytes_received, info.tcpi_last_data_recv / 1e3,
		 info.tcpi_unacked, info.tcpi_backoff,
		 !atomic_load(&peer->over) ? "" :
		 peer->wrong ? "; ended for a word that was wrong" : "; it has ended",
		 peer->interface, link_changes(peer) - peer->changes);
	return peer->says;
}

/* @format has the interface for %1$s, as often as it likes. */
static int ask_ip(struct net_peer *peer, const char *format)
{
	char command[512];

	snprintf(command, sizeof(command), format, peer->interface);
	return system(command) ? -EIO : 0;
}

int net_interface_of_vf(char *name, size_t size)
{
	char bdf[64];
	int ret = device_named("VFIO_MIG_IGBVF", 0, bdf, sizeof(bdf));

	return ret ? ret : pf_interface(bdf, name, size);
}

int net_peer_forget(struct net_peer *peer)
{
	return ask_ip(peer, "ip neigh flush dev %1$s && ip neigh flush dev " VLAN);
}

int net_peer_begin(struct net_peer *peer, const char *interface)
{
	int ret;

	memset(peer, 0, sizeof(*peer));
	snprintf(peer->interface, sizeof(peer->interface), "%s", interface);
	peer->changes = link_changes(peer);
	ret = ask_ip(peer, BEGIN);
	if (ret)
		return ret;
	ret = listen_here();
	if (ret < 0)
		return ret;
	peer->listener = ret;
	atomic_store(&peer->connection, -1);
	ret = pthread_create(&peer->thread, NULL, answer, peer);
	if (!ret)
		return 0;
	close(peer->listener);
	peer->listener = 0;
	return -ret;
}

int net_peer_end(struct net_peer *peer)
{
	int ret = peer->interface[0] ? ask_ip(peer, END) : 0;

	peer->interface[0] = '\0';
	if (!peer->listener)
		return ret;
	pthread_cancel(peer->thread);
	pthread_join(peer->thread, NULL);
	close(peer->connection);
	close(peer->listener);
	peer->listener = 0;
	return ret;
}
