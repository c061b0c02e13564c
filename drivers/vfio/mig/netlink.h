/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family, as the rest of the core sees it. */
#ifndef VFIO_MIG_NETLINK_H
#define VFIO_MIG_NETLINK_H

#include "netlink_gen.h"

struct vfio_mig_device;
struct vfio_mig_failure;
struct vfio_mig_trail;

/**
 * struct vfio_mig_state_event - a device's state may be another one
 * @cause: Why.
 * @from, @to: Where it was, and what was asked for.
 * @state: Where it is.
 * @result: 0 or -errno.
 * @seq: Number of this event.
 * @time: When it was over.
 * @session_bytes: Bytes moved in the last session.
 * @trail: The arcs taken, if @cause is VFIO_MIG_CAUSE_SET.
 */
struct vfio_mig_state_event {
	enum vfio_mig_cause cause;
	u8 from;
	u8 to;
	u8 state;
	int result;
	u32 seq;
	u64 time;
	u64 session_bytes;
	const struct vfio_mig_trail *trail;
};

/**
 * struct vfio_mig_progress_event - how far a session has come
 * @saving: Bytes are read; @remaining has a meaning.
 * @pre_copy: The device runs; @initial and @dirty have one.
 * @state: The device's state.
 * @seq: Number of this event.
 * @time: When it was.
 * @session_bytes: Bytes moved in this session.
 * @remaining: Bytes to come.
 * @initial, @dirty: As in struct vfio_precopy_info.
 */
struct vfio_mig_progress_event {
	bool saving;
	bool pre_copy;
	u8 state;
	u32 seq;
	u64 time;
	u64 session_bytes;
	u64 remaining;
	u64 initial;
	u64 dirty;
};

int vfio_mig_netlink_init(void);
void vfio_mig_netlink_exit(void);

/* From add to remove a device is in dumps. */
int vfio_mig_netlink_add(struct vfio_mig_device *mig);
void vfio_mig_netlink_remove(struct vfio_mig_device *mig);

/* Does anybody listen to @group, VFIO_MIG_NLGRP_*?  Takes no lock. */
bool vfio_mig_netlink_listens(unsigned int group);

/*
 * All under event_lock.  They wait for nothing, and do nothing if nobody
 * listens.
 */
void vfio_mig_netlink_state(struct vfio_mig_device *mig,
			    const struct vfio_mig_state_event *event);
void vfio_mig_netlink_progress(struct vfio_mig_device *mig,
			       const struct vfio_mig_progress_event *event);
void vfio_mig_netlink_failure(struct vfio_mig_device *mig,
			      const struct vfio_mig_failure *failure, u32 seq,
			      u64 time);

#endif /* VFIO_MIG_NETLINK_H */
