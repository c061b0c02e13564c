/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom a guest with a network card (guest/linux_net.c) speaks to: on this host, behind the
 * PF of the guest's VF, say.  It takes one connection, answers it by a thread, and looks at
 * each word.  It needs ip, and root.
 */
#ifndef SELFTESTS_QEMU_NET_PEER_H
#define SELFTESTS_QEMU_NET_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/**
 * struct net_peer - it
 * @interface: By which the guest finds it.
 * @changes: How often its link had come or gone when the peer began.
 * @listener: Where the connection comes from.
 * @connection: That, or -1 as long as there is none.
 * @thread: Who has it.
 * @bytes: What has come over it, and what was sent that the guest has looked at.
 * @over: It has ended: a word was wrong, or the connection is gone.
 * @wrong: The former.
 * @says: What net_peer_says() has said.
 */
struct net_peer {
	char interface[32];
	unsigned int changes;
	int listener;
	atomic_int connection;
	pthread_t thread;
	atomic_ullong bytes;
	atomic_bool over;
	bool wrong;
	char says[288];
};

/* The name of the PF's interface of the first VF that this host is said to have. */
int net_interface_of_vf(char *name, size_t size);

/* That gets its addresses, one of them in a VLAN, and it listens.  0 or -errno. */
int net_peer_begin(struct net_peer *peer, const char *interface);

/*
 * The interface has what it had before, if the peer has begun, and if it has not.  0 or
 * -errno.
 */
int net_peer_end(struct net_peer *peer);

/*
 * How much has come, for how long nothing has, and whether the link was there all the time:
 * for who waits for the guest in vain.
 */
const char *net_peer_says(struct net_peer *peer);

/* Where the guest is has to be asked for anew.  0 or -errno. */
int net_peer_forget(struct net_peer *peer);

#endif /* SELFTESTS_QEMU_NET_PEER_H */
