/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of a device without waiting for it: its status, and what has
 * just happened.  status.c keeps it, netlink.c tells it.
 */
#ifndef VFIO_MIG_STATUS_H
#define VFIO_MIG_STATUS_H

#include <linux/types.h>

/* Arcs of the longest transition, and of its way back. */
#define VFIO_MIG_TRAIL_MAX	16

/**
 * struct vfio_mig_trail - the arcs of the transition that is under way
 * @start: When it began, in nanoseconds of CLOCK_MONOTONIC.
 * @end: When the last of its arcs ended; @start, if there is none yet.
 * @count: How many arcs there are.
 * @arc: Each of them: from where, to where, when it ended, how long that was
 *	after the one before, and 0 or the -errno that it failed with.
 */
struct vfio_mig_trail {
	u64 start;
	u64 end;
	unsigned int count;
	struct vfio_mig_trail_arc {
		u8 from;
		u8 to;
		int result;
		u64 time;
		u64 ns;
	} arc[VFIO_MIG_TRAIL_MAX];
};

/**
 * struct vfio_mig_status - a device as it is now
 * @opened: Somebody has it open.
 * @state: Its state; while a transition is under way, that before it.
 * @features: VFIO_MIG_HAS_* that it offers.
 * @since: When it entered its state.
 * @bytes_read: Bytes read in saving sessions.
 * @bytes_written: Bytes taken in loading sessions.
 * @session_bytes: Bytes moved in the last session.
 * @sessions: Sessions opened.
 * @transitions: Requests for another state that were fulfilled.
 * @failures: Requests for a state that failed.
 * @resets: Resets while it was open.
 * @state_seq: Number of the last event of group state.
 * @progress_seq: Likewise of group progress.
 * @error_seq: Likewise of group error.
 * @progress_time: When progress was last told.
 */
struct vfio_mig_status {
	bool opened;
	u8 state;
	u32 features;
	u64 since;
	u64 bytes_read;
	u64 bytes_written;
	u64 session_bytes;
	u64 sessions;
	u64 transitions;
	u64 failures;
	u64 resets;
	u32 state_seq;
	u32 progress_seq;
	u32 error_seq;
	u64 progress_time;
};

#endif /* VFIO_MIG_STATUS_H */
