/* SPDX-License-Identifier: GPL-2.0 */
/* Packets over time, with the move in it. */
#ifndef VM_DEMO_NET_PICTURE_H
#define VM_DEMO_NET_PICTURE_H

#include "net_watch.h"

/*
 * @from, @to: When QEMU moved the guest, in ns as @watch has it.  Makes FOLDER/packets.svg
 * and packets.png: 0 or -errno.
 */
int net_picture(const struct net_watch *watch, uint64_t from, uint64_t to,
		const char *folder);

#endif /* VM_DEMO_NET_PICTURE_H */
