// SPDX-License-Identifier: GPL-2.0
/*
 * What read() and write() of a data file do.  User memory may never answer, so none of
 * it is touched under the session's lock.
 */
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "hooks.h"
#include "session.h"

/*
 * @bytes were moved, and whoever listens is told now and then how many in all.
 * The session has not ended.
 */
void vfio_mig_session_moved(struct vfio_mig_session *session, size_t bytes)
{
	struct vfio_mig_progress_event event = { .saving = session->save };

	if (!bytes ||
	    !vfio_mig_status_moved(session->mig, event.saving, bytes))
		return;
	if (event.saving) {
		event.remaining = vfio_mig_save_remaining(session->save);
		event.pre_copy = !vfio_mig_save_precopy_info(session->save,
							     &event.initial,
							     &event.dirty);
	}
	vfio_mig_status_progress(session->mig, &event);
}

/* ---- reading ---- */

/*
 * What can be read now and is wanted, 0 at the end.  It stays where it is until
 * it is given back.
 */
static ssize_t borrow(struct vfio_mig_session *session, const u8 **data,
		      size_t wanted)
{
	ssize_t count = -ENODEV;

	mutex_lock(&session->lock);
	if (!vfio_mig_session_ended(session))
		count = vfio_mig_save_next(session->save, data);
	if (count > 0) {
		count = min_t(size_t, count, wanted);
		session->lent = count;
	}
	mutex_unlock(&session->lock);
	return count;
}

/* @count bytes of it have reached the user. */
static void give_back(struct vfio_mig_session *session, size_t count)
{
	mutex_lock(&session->lock);
	session->lent = 0;
	if (session->mig) {
		vfio_mig_save_consume(session->save, count);
		vfio_mig_session_moved(session, count);
	} else {
		vfio_mig_session_release(session);
	}
	mutex_unlock(&session->lock);
}

/* At most one chunk; 0 at the end of the stream. */
static ssize_t read_some(struct vfio_mig_session *session, char __user *buf,
			 size_t count)
{
	const u8 *data;
	ssize_t some;
	bool failed;

	some = borrow(session, &data, count);
	if (some <= 0)
		return some;
	failed = copy_to_user(buf, data, some);
	give_back(session, failed ? 0 : some);
	return failed ? -EFAULT : some;
}

ssize_t vfio_mig_session_read(struct file *filp, char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct vfio_mig_session *session = filp->private_data;
	ssize_t some = 0;
	size_t done = 0;

	if (mutex_lock_killable(&session->user_lock))
		return -EINTR;
	do {
		some = read_some(session, buf + done, count - done);
		if (some <= 0)
			break;
		done += some;
		cond_resched();
	} while (done < count && !fatal_signal_pending(current));
	mutex_unlock(&session->user_lock);
	return done ?: some;
}

/* ---- writing ---- */

/*
 * Where *@count bytes of the user go, or fewer, and NULL if the session has ended.  It
 * stays there until it is given back.
 */
static u8 *borrow_room(struct vfio_mig_session *session, size_t *count)
{
	u8 *room = NULL;

	mutex_lock(&session->lock);
	if (!vfio_mig_session_ended(session)) {
		room = vfio_mig_load_room(session->load, session->chunk,
					  VFIO_MIG_SESSION_CHUNK, count);
		session->lent = *count;
	}
	mutex_unlock(&session->lock);
	return room;
}

static void give_back_room_locked(struct vfio_mig_session *session)
{
	lockdep_assert_held(&session->lock);

	session->lent = 0;
	if (!session->mig)
		vfio_mig_session_release(session);
}

static void give_back_room(struct vfio_mig_session *session)
{
	mutex_lock(&session->lock);
	give_back_room_locked(session);
	mutex_unlock(&session->lock);
}

/* At most to the end of a frame; how many bytes were taken, or -errno. */
static ssize_t feed_frame(struct vfio_mig_session *session, const u8 *data,
			  size_t count)
{
	struct vfio_mig_refusal why = {};
	ssize_t ret = -ENODEV;

	mutex_lock(&session->lock);
	give_back_room_locked(session);
	if (vfio_mig_session_ended(session))
		goto out;
	ret = vfio_mig_load_feed(session->load, data, count, &why);
	if (ret < 0)
		vfio_mig_note_failure(session->mig, VFIO_MIG_RESUMING,
				      VFIO_MIG_STOP, &why);
	else
		vfio_mig_session_moved(session, ret);
out:
	mutex_unlock(&session->lock);
	return ret;
}

/*
 * What has been copied.  Each frame can keep the device busy for a while, so
 * others get the lock between them, and signals are looked at.
 */
static ssize_t feed(struct vfio_mig_session *session, const u8 *data,
		    size_t count)
{
	size_t done = 0;
	ssize_t ret;

	do {
		ret = feed_frame(session, data + done, count - done);
		if (ret < 0)
			return ret;
		done += ret;
		cond_resched();
	} while (done < count && !fatal_signal_pending(current));
	return done;
}

/* Some bytes of the user's; how many were taken, or -errno. */
static ssize_t write_some(struct vfio_mig_session *session,
			  const char __user *buf, size_t count)
{
	u8 *room = borrow_room(session, &count);

	if (!room)
		return -ENODEV;
	if (copy_from_user(room, buf, count)) {
		give_back_room(session);
		return -EFAULT;
	}
	return feed(session, room, count);
}

/*
 * A refusal fails this write and all later ones, even where earlier bytes of
 * the same write were good: nothing of the stream will be used.
 */
ssize_t vfio_mig_session_write(struct file *filp, const char __user *buf,
			       size_t count, loff_t *ppos)
{
	struct vfio_mig_session *session = filp->private_data;
	size_t done = 0;
	ssize_t ret = 0;

	if (mutex_lock_killable(&session->user_lock))
		return -EINTR;
	while (done < count) {
		ret = write_some(session, buf + done, count - done);
		if (ret < 0)
			break;
		done += ret;
		ret = -EINTR;
		if (fatal_signal_pending(current))
			break;
		ret = 0;
	}
	mutex_unlock(&session->user_lock);
	if (done && (!ret || ret == -EFAULT || ret == -EINTR))
		return done;
	return ret;
}
