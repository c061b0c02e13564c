/* SPDX-License-Identifier: GPL-2.0 */
/* Those who wait for data of a device. */
#ifndef VFIO_MIG_READY_H
#define VFIO_MIG_READY_H

#include <linux/kref.h>
#include <linux/wait.h>

#include "mig.h"

/**
 * struct vfio_mig_ready - those who wait for something of a device
 * @ref: One reference for the device, one for each of its sessions: who polls a file
 *	waits here for as long as he has it, and the device may be gone before.
 * @queue: They.  A wake-up more than needed does no harm.
 */
struct vfio_mig_ready {
	struct kref ref;
	wait_queue_head_t queue;
};

#endif /* VFIO_MIG_READY_H */
