/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvfiomig: what devices are doing that somebody else has open.
 *
 * Devices whose driver is on the vfio_mig core tell over netlink; that needs
 * CAP_NET_ADMIN.  Documentation/netlink.md says what is told, and when.  The
 * conventions are those of vfiomig.h.
 */
#ifndef VFIOMIG_MONITOR_H
#define VFIOMIG_MONITOR_H

#include "vfiomig.h"

/**
 * struct vfiomig_failure - why something failed
 * @error: The errno; 0 if nothing failed.
 * @from, @to: The arc.
 * @section: The section of a stream that was refused, or 0.
 * @text: The driver's sentence.
 */
struct vfiomig_failure {
	__u32 error;
	__u32 from;
	__u32 to;
	__u32 section;
	char text[128];
};

/**
 * struct vfiomig_status - a device as it is now
 * @name: Its address.
 * @driver: Its driver.
 * @group: Number of its IOMMU group, or -1.
 * @index: Number of its character device.
 * @open: Somebody has it open.
 * @state: Its state; while a transition is under way, that before it.
 * @state_ns: How long it has been in that state.
 * @features: VFIO_MIGRATION_*.
 * @bytes_read, @bytes_written: Bytes moved in all sessions.
 * @session_bytes: Bytes moved in the last one.
 * @sessions, @transitions, @failures, @resets: How many there were.
 * @seq: Numbers of the last events, by enum vfiomig_event_kind.
 * @last_error: Why a transition or a write failed last.
 */
struct vfiomig_status {
	char name[64];
	char driver[64];
	int group;
	int index;
	bool open;
	__u32 state;
	__u64 state_ns;
	__u64 features;
	__u64 bytes_read;
	__u64 bytes_written;
	__u64 session_bytes;
	__u64 sessions;
	__u64 transitions;
	__u64 failures;
	__u64 resets;
	__u32 seq[3];
	struct vfiomig_failure last_error;
};

/*
 * EOPNOTSUPP: no driver is loaded that tells; ENODEV: this device's driver does
 * not; EPERM: not allowed; ENONET: this is another network namespace than the first,
 * in which alone they do.
 */
int vfiomig_status(const char *name, struct vfiomig_status *status,
		   struct vfiomig_error *error);

/* Return non-zero to end the listing, which then returns that number. */
typedef int (*vfiomig_on_status)(const struct vfiomig_status *status,
				 void *ctx);

/* All devices that tell. */
int vfiomig_status_all(vfiomig_on_status on_status, void *ctx,
		       struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Events (monitor.c)
 */
enum vfiomig_event_kind {
	VFIOMIG_EVENT_STATE,
	VFIOMIG_EVENT_PROGRESS,
	VFIOMIG_EVENT_ERROR,
	VFIOMIG_EVENT_LOST,	/* there was no room: vfiomig_monitor_sync() */
};

enum vfiomig_cause {
	VFIOMIG_CAUSE_SET,
	VFIOMIG_CAUSE_RESET,
	VFIOMIG_CAUSE_OPEN,
	VFIOMIG_CAUSE_CLOSE,
};

#define VFIOMIG_EVENT_ARCS	32

/**
 * struct vfiomig_event_arc - an arc that was taken
 * @from, @to: The states.
 * @error: The errno that it failed with, or 0.
 * @time: When it ended.
 * @ns: How long it took.
 */
struct vfiomig_event_arc {
	__u32 from;
	__u32 to;
	__u32 error;
	__u64 time;
	__u64 ns;
};

/**
 * struct vfiomig_event - something that happened to a device
 * @kind: What; the last column says for which of them a field is filled.
 * @name: The device.				(all but LOST)
 * @time: When.					(all but LOST)
 * @lost: How many of its kind were lost before it.	(all but LOST)
 * @cause: Why.					(STATE)
 * @from, @to: Where it was, where it was to go.	(STATE)
 * @state: Where it is.				(STATE, PROGRESS)
 * @ns: How long it took.			(STATE)
 * @error: The errno that it failed with, or 0.	(STATE)
 * @arcs, @arc: The arcs that were taken.	(STATE)
 * @session_bytes: Bytes moved in the last session.	(STATE, PROGRESS)
 * @saving: @remaining is filled.		(PROGRESS)
 * @remaining: Bytes to come; an estimate.
 * @pre_copy: @initial and @dirty are filled.	(PROGRESS)
 * @initial, @dirty: As in struct vfio_precopy_info.
 * @failure: Why.				(ERROR)
 */
struct vfiomig_event {
	enum vfiomig_event_kind kind;
	char name[64];
	__u64 time;
	__u32 lost;
	enum vfiomig_cause cause;
	__u32 from;
	__u32 to;
	__u32 state;
	__u64 ns;
	__u32 error;
	unsigned int arcs;
	struct vfiomig_event_arc arc[VFIOMIG_EVENT_ARCS];
	__u64 session_bytes;
	bool saving;
	__u64 remaining;
	bool pre_copy;
	__u64 initial;
	__u64 dirty;
	struct vfiomig_failure failure;
};

struct vfiomig_monitor;

/* Listen.  EOPNOTSUPP, EPERM and ENONET as above. */
int vfiomig_monitor_open(struct vfiomig_monitor **monitor,
			 struct vfiomig_error *error);

/* NULL is allowed. */
void vfiomig_monitor_close(struct vfiomig_monitor *monitor);

/* For poll(): readable when there is an event. */
int vfiomig_monitor_fd(const struct vfiomig_monitor *monitor);

/*
 * How all devices are now; events that came before that are not told any more.
 * To be called first, and after VFIOMIG_EVENT_LOST.
 */
int vfiomig_monitor_sync(struct vfiomig_monitor *monitor,
			 vfiomig_on_status on_status, void *ctx,
			 struct vfiomig_error *error);

/*
 * Wait for the next event.  EINTR if a signal came first.  With VFIOMIG_EVENT_LOST
 * goes all that has come until now, as vfiomig_monitor_sync() would not tell it.
 */
int vfiomig_monitor_next(struct vfiomig_monitor *monitor,
			 struct vfiomig_event *event,
			 struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Without the vfio_mig core (poll.c)
 */

/*
 * A device's state as VFIO's debugfs has it, whatever the driver.  EOPNOTSUPP:
 * it has none.
 */
int vfiomig_debugfs_state(const struct vfiomig_info *info, __u32 *state,
			  struct vfiomig_error *error);

#endif /* VFIOMIG_MONITOR_H */
