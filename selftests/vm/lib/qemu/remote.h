/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A QEMU on another host.  That host serves: for each QEMU it takes two
 * connections, of which one becomes its QMP socket and the other what its guest
 * writes to, so that struct qemu is used as if it were here.  The first line on
 * the former says what is to be done:
 *
 *	start KIND DEVICES INCOMING KEY
 *	end
 *
 * One QEMU at a time; it ends when nobody wants to hear of its guest any more.
 *
 * Functions return 0 or -errno.
 */
#ifndef SELFTESTS_QEMU_REMOTE_H
#define SELFTESTS_QEMU_REMOTE_H

#include "qemu.h"

/* What a guest has. */
enum remote_kind { REMOTE_EDU, REMOTE_IGBVF };

/* Where a host is on the network of the VMs (tools/vm, --hosts): 1 or 2. */
#define REMOTE_ADDRESS	"10.11.0.%d"

/*
 * Bind the first @count edus of this host, and have @setup name them.  Or VFs of an igb,
 * with a Linux guest for them (guest/linux_net.c).
 */
int remote_devices(struct qemu_setup *setup, enum remote_kind kind, unsigned int count);

/* What the other host does until it is told to end. */
int remote_serve(void);

/* Tell host 2 so, once it is up. */
int remote_end(void);

/*
 * A QEMU at host 2, with @count devices of @kind, which waits for a guest (see @incoming
 * of struct qemu_setup).  @key is what it makes its key of.
 */
int remote_start(struct qemu *qemu, enum remote_kind kind, unsigned int count,
		 const char *incoming, unsigned int key);

/* End it; what its guest has said can still be read, to the end. */
void remote_stop(struct qemu *qemu);

/* No more of it. */
void remote_close(struct qemu *qemu);

#endif /* SELFTESTS_QEMU_REMOTE_H */
