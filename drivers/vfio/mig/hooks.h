/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is told what devices do, and who may spoil it.  The machine, the sessions and the
 * streams call a hook and do not know who is there; Documentation/core.md has the layers.
 *
 * Whoever wants one puts itself there when the module is loaded.  Until there is a device
 * nobody calls a hook, so there is no lock.
 */
#ifndef VFIO_MIG_HOOKS_H
#define VFIO_MIG_HOOKS_H

#include <linux/types.h>

#include "mig.h"

struct vfio_mig_trail;

/**
 * struct vfio_mig_state_event - a device's state may be another one
 * @cause: Why.
 * @from: Where it was.
 * @to: What was asked for.
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
 * @initial: As in struct vfio_precopy_info.
 * @dirty: Likewise.
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

/* What can be listened to. */
enum vfio_mig_event {
	VFIO_MIG_EVENT_STATE,
	VFIO_MIG_EVENT_PROGRESS,
	VFIO_MIG_EVENT_FAILURE,
};

/**
 * struct vfio_mig_listener - who is told of events
 * @listens: Does anybody want to know?  Takes no lock.
 * @state: A state is, or may be, another one.
 * @progress: So much of a stream has been moved.
 * @failure: A transition or a write has failed; number and time of the event.
 *
 * But for @listens all are called under event_lock.  They wait for nothing, and do
 * nothing if nobody listens.
 */
struct vfio_mig_listener {
	bool (*listens)(enum vfio_mig_event event);
	void (*state)(struct vfio_mig_device *mig,
		      const struct vfio_mig_state_event *event);
	void (*progress)(struct vfio_mig_device *mig,
			 const struct vfio_mig_progress_event *event);
	void (*failure)(struct vfio_mig_device *mig,
			const struct vfio_mig_failure *failure, u32 seq, u64 time);
};

/**
 * struct vfio_mig_spoiler - who makes things go wrong on request
 * @arc: Before an arc is taken, under state_lock: 0, or -errno with which it fails
 *	instead, and a sentence; VFIO_MIG_IN_NEITHER_STATE: and the device is in ERROR,
 *	with the errno of the sentence.
 * @cut: Of @ready bytes at @offset of a stream, how many there are to be read.
 * @dirty: The number of dirty bytes to report where there are @dirty.
 * @share: Of a hundred pages, those that count as written when DMA logging starts.
 */
struct vfio_mig_spoiler {
	int (*arc)(struct vfio_mig_device *mig, const struct vfio_mig_arc *arc,
		   struct vfio_mig_refusal *why);
	size_t (*cut)(struct vfio_mig_device *mig, u64 offset, size_t ready);
	u64 (*dirty)(struct vfio_mig_device *mig, u64 dirty);
	unsigned int (*share)(struct vfio_mig_device *mig);
};

/* NULL: there is none. */
extern const struct vfio_mig_listener *vfio_mig_listener;
extern const struct vfio_mig_spoiler *vfio_mig_spoiler;

static inline bool vfio_mig_listens(enum vfio_mig_event event)
{
	return vfio_mig_listener && vfio_mig_listener->listens(event);
}

static inline int vfio_mig_spoil_arc(struct vfio_mig_device *mig,
				     const struct vfio_mig_arc *arc,
				     struct vfio_mig_refusal *why)
{
	return vfio_mig_spoiler ? vfio_mig_spoiler->arc(mig, arc, why) : 0;
}

static inline size_t vfio_mig_spoil_cut(struct vfio_mig_device *mig, u64 offset,
					size_t ready)
{
	return vfio_mig_spoiler ? vfio_mig_spoiler->cut(mig, offset, ready) :
				  ready;
}

static inline u64 vfio_mig_spoil_dirty(struct vfio_mig_device *mig, u64 dirty)
{
	return vfio_mig_spoiler ? vfio_mig_spoiler->dirty(mig, dirty) : dirty;
}

static inline unsigned int vfio_mig_spoil_share(struct vfio_mig_device *mig)
{
	return vfio_mig_spoiler ? vfio_mig_spoiler->share(mig) : 0;
}

#endif /* VFIO_MIG_HOOKS_H */
