/* SPDX-License-Identifier: GPL-2.0 */
/* Which device moved to which, and how long neither of the two was running. */
#ifndef VFIO_MIG_DOWNTIME_H
#define VFIO_MIG_DOWNTIME_H

#include "vfiomig_monitor.h"

/**
 * struct downtime - a migration that is over
 * @source, @destination: From where to where.
 * @ns: From when the source stood still until the destination was RUNNING.
 * @bytes: Bytes that the destination took.
 */
struct downtime {
	char source[64];
	char destination[64];
	__u64 ns;
	__u64 bytes;
};

/* An event: does it end a migration? */
bool downtime_take(const struct vfiomig_event *event,
		   struct downtime *downtime);

#endif /* VFIO_MIG_DOWNTIME_H */
