// SPDX-License-Identifier: GPL-2.0
/*
 * What is known of a device without waiting for it.  The machine and its
 * sessions report here; whoever asks gets a copy, and whoever listens is told.
 *
 * An event gets its number, and is sent, under event_lock or state_lock, so that
 * listeners see the numbers of a group in order.  Sending is under event_lock,
 * and never waits for a listener or for memory.
 */
#include <linux/ktime.h>

#include "hooks.h"

/* Progress is told this often at most. */
#define PROGRESS_NS	(100 * NSEC_PER_MSEC)

void vfio_mig_status_init(struct vfio_mig_device *mig)
{
	mutex_init(&mig->priv->event_lock);
	spin_lock_init(&mig->priv->status_lock);
	mig->priv->status.state = VFIO_MIG_RUNNING;
	mig->priv->status.since = ktime_get_ns();
}

void vfio_mig_status_destroy(struct vfio_mig_device *mig)
{
	mutex_destroy(&mig->priv->event_lock);
}

void vfio_mig_status_get(struct vfio_mig_device *mig,
			 struct vfio_mig_status *status)
{
	spin_lock(&mig->priv->status_lock);
	*status = mig->priv->status;
	spin_unlock(&mig->priv->status_lock);
}

void vfio_mig_status_features(struct vfio_mig_device *mig, u32 features)
{
	spin_lock(&mig->priv->status_lock);
	mig->priv->status.features = features;
	spin_unlock(&mig->priv->status_lock);
}

/* ---- states ---- */

void vfio_mig_trail_begin(struct vfio_mig_device *mig)
{
	lockdep_assert_held(&mig->priv->state_lock);

	mig->priv->trail.start = ktime_get_ns();
	mig->priv->trail.end = mig->priv->trail.start;
	mig->priv->trail.count = 0;
}

/* An arc has ended now; returns how long it took. */
u64 vfio_mig_trail_add(struct vfio_mig_device *mig,
		       const struct vfio_mig_arc *arc, int result)
{
	struct vfio_mig_trail *trail = &mig->priv->trail;
	u64 now = ktime_get_ns();
	u64 ns = now - trail->end;

	lockdep_assert_held(&mig->priv->state_lock);

	trail->end = now;
	if (trail->count == VFIO_MIG_TRAIL_MAX)
		return ns;
	trail->arc[trail->count++] = (struct vfio_mig_trail_arc) {
		.from = arc->from,
		.to = arc->to,
		.result = result,
		.time = now,
		.ns = ns,
	};
	return ns;
}

static void count_state_event(struct vfio_mig_status *status,
			      enum vfio_mig_cause cause, int result)
{
	switch (cause) {
	case VFIO_MIG_CAUSE_SET:
		if (result)
			status->failures++;
		else
			status->transitions++;
		break;
	case VFIO_MIG_CAUSE_RESET:
		status->resets++;
		break;
	case VFIO_MIG_CAUSE_OPEN:
		status->opened = true;
		break;
	case VFIO_MIG_CAUSE_CLOSE:
		status->opened = false;
		break;
	}
}

static void tell_state(struct vfio_mig_device *mig,
		       const struct vfio_mig_state_event *event)
{
	mutex_lock(&mig->priv->event_lock);
	vfio_mig_listener->state(mig, event);
	mutex_unlock(&mig->priv->event_lock);
}

/*
 * The state is @mig->priv->state now, or it is still, as a request has failed.
 * state_lock already keeps the events of this group in order.  Mostly nobody listens,
 * and it is not even put together what he would be told.
 */
void vfio_mig_status_state(struct vfio_mig_device *mig,
			   enum vfio_mig_cause cause, u8 from, u8 to,
			   int result)
{
	struct vfio_mig_status *status = &mig->priv->status;
	u64 time, bytes;
	u32 seq;

	lockdep_assert_held(&mig->priv->state_lock);

	/* A SET to the state that the device is in already. */
	if (cause == VFIO_MIG_CAUSE_SET && from == to && !result)
		return;
	time = cause == VFIO_MIG_CAUSE_SET ? mig->priv->trail.end : ktime_get_ns();
	spin_lock(&mig->priv->status_lock);
	count_state_event(status, cause, result);
	if (status->state != mig->priv->state)
		status->since = time;
	status->state = mig->priv->state;
	seq = ++status->state_seq;
	bytes = status->session_bytes;
	spin_unlock(&mig->priv->status_lock);
	/* Whoever begins to listen from here on sees the new state in a dump. */
	if (vfio_mig_listens(VFIO_MIG_EVENT_STATE))
		tell_state(mig, &(struct vfio_mig_state_event) {
			.cause = cause,
			.from = from,
			.to = to,
			.state = mig->priv->state,
			.result = result,
			.seq = seq,
			.time = time,
			.session_bytes = bytes,
			.trail = &mig->priv->trail,
		});
}

/* ---- sessions ---- */

void vfio_mig_status_session(struct vfio_mig_device *mig)
{
	spin_lock(&mig->priv->status_lock);
	mig->priv->status.sessions++;
	mig->priv->status.session_bytes = 0;
	spin_unlock(&mig->priv->status_lock);
}

/* Bytes were moved.  True if it is time to tell progress. */
bool vfio_mig_status_moved(struct vfio_mig_device *mig, bool saving,
			   size_t bytes)
{
	bool listens = vfio_mig_listens(VFIO_MIG_EVENT_PROGRESS);
	struct vfio_mig_status *status = &mig->priv->status;
	u64 now = listens ? ktime_get_ns() : 0;
	bool due;

	spin_lock(&mig->priv->status_lock);
	if (saving)
		status->bytes_read += bytes;
	else
		status->bytes_written += bytes;
	status->session_bytes += bytes;
	due = listens && (!status->progress_time ||
			  now - status->progress_time >= PROGRESS_NS);
	if (due)
		status->progress_time = now;
	spin_unlock(&mig->priv->status_lock);
	return due;
}

void vfio_mig_status_progress(struct vfio_mig_device *mig,
			      struct vfio_mig_progress_event *event)
{
	mutex_lock(&mig->priv->event_lock);
	spin_lock(&mig->priv->status_lock);
	event->time = mig->priv->status.progress_time;
	event->seq = ++mig->priv->status.progress_seq;
	event->state = mig->priv->status.state;
	event->session_bytes = mig->priv->status.session_bytes;
	spin_unlock(&mig->priv->status_lock);
	if (vfio_mig_listener)
		vfio_mig_listener->progress(mig, event);
	mutex_unlock(&mig->priv->event_lock);
}

/* ---- failures ---- */

void vfio_mig_status_failure(struct vfio_mig_device *mig,
			     const struct vfio_mig_failure *failure)
{
	u64 now = ktime_get_ns();
	u32 seq;

	mutex_lock(&mig->priv->event_lock);
	spin_lock(&mig->priv->status_lock);
	seq = ++mig->priv->status.error_seq;
	spin_unlock(&mig->priv->status_lock);
	if (vfio_mig_listener)
		vfio_mig_listener->failure(mig, failure, seq, now);
	mutex_unlock(&mig->priv->event_lock);
}
