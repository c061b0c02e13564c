// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine: SET and GET of the state, the transaction around a
 * combination, and what a reset does.  Which arcs there are stands in arcs.c.
 */
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/vfio.h>
#include <linux/workqueue.h>

#include "hooks.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* A reset may take minutes: the kernel's own queue is not for that. */
struct workqueue_struct *vfio_mig_workqueue;
EXPORT_SYMBOL_GPL(vfio_mig_workqueue);

/* ---- the device ---- */

/* What the device does: nothing, or what its driver says. */
static int act(struct vfio_mig_device *mig, enum vfio_mig_action action)
{
	static const u8 twins[VFIO_MIG_NR_ACTIONS] = {
		[VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P] =
			VFIO_MIG_RUNNING_TO_RUNNING_P2P,
		[VFIO_MIG_PRE_COPY_P2P_TO_PRE_COPY] =
			VFIO_MIG_RUNNING_P2P_TO_RUNNING,
		[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY] =
			VFIO_MIG_RUNNING_P2P_TO_STOP,
	};

	if (action >= VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P &&
	    !mig->ops->arc[action])
		action = twins[action];
	return vfio_mig_bus(mig->vdev)->act(mig, action);
}

/* ---- reset ---- */

/* Nothing is to be done about those up to number @seen. */
void vfio_mig_forget_resets(struct vfio_mig_device *mig, int seen)
{
	lockdep_assert_held(&mig->priv->state_lock);
	mig->priv->reset_error = 0;
	/* See vfio_mig_reset_pending(). */
	smp_store_release(&mig->priv->resets_done, seen);
}

/* What every user begins with: the state of power-on, and RUNNING. */
int vfio_mig_start_over(struct vfio_mig_device *mig)
{
	int ret = vfio_mig_bus(mig->vdev)->scrub(mig);

	if (!ret)
		ret = act(mig, VFIO_MIG_STOP_TO_RUNNING_P2P);
	if (!ret)
		ret = act(mig, VFIO_MIG_RUNNING_P2P_TO_RUNNING);
	return ret;
}

/*
 * And what he leaves: whoever is next, by another driver too, finds nothing of him.  If
 * this fails, so will the next opening, which tries again.
 */
void vfio_mig_shut_down(struct vfio_mig_device *mig)
{
	mig->priv->must_finish = true;
	vfio_mig_start_over(mig);
	act(mig, VFIO_MIG_RUNNING_TO_RUNNING_P2P);
	mig->priv->must_finish = false;
}

static void carry_out_reset_locked(struct vfio_mig_device *mig)
{
	static const struct vfio_mig_refusal none;
	int seen = atomic_read(&mig->priv->resets_seen);
	u8 from = mig->priv->state;
	int ret;

	lockdep_assert_held(&mig->priv->state_lock);

	if (seen == mig->priv->resets_done)
		return;
	/* Who opens it decides whether it came before or while he did. */
	if (!mig->priv->opened) {
		vfio_mig_forget_resets(mig, seen);
		return;
	}
	vfio_mig_trail_begin(mig);
	vfio_mig_session_end(mig);
	mig->priv->must_finish = true;
	ret = vfio_mig_start_over(mig);
	mig->priv->must_finish = false;
	/* As an arc may say it. */
	if (ret == VFIO_MIG_IN_NEITHER_STATE)
		ret = -EIO;
	mig->priv->state = ret ? VFIO_MIG_ERROR : VFIO_MIG_RUNNING;
	vfio_mig_note_failure(mig, 0, 0, &none);
	trace_vfio_mig_reset(vfio_mig_dev(mig), from, ret);
	vfio_mig_status_state(mig, VFIO_MIG_CAUSE_RESET, from,
			      VFIO_MIG_RUNNING, ret);
	mig->priv->reset_error = ret;
	/* See vfio_mig_reset_pending(). */
	smp_store_release(&mig->priv->resets_done, seen);
}

/*
 * Nobody sees a state from before a reset: it is carried out first.  Whoever has
 * the lock may be on an arc that takes long, so who waits for it can be killed.
 */
static int __must_check lock_state(struct vfio_mig_device *mig)
{
	if (mutex_lock_killable(&mig->priv->state_lock))
		return -EINTR;
	carry_out_reset_locked(mig);
	return 0;
}

int vfio_mig_finish_reset(struct vfio_mig_device *mig)
{
	int ret;

	while (vfio_mig_reset_pending(mig)) {
		ret = lock_state(mig);
		if (ret)
			return ret;
		mutex_unlock(&mig->priv->state_lock);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_mig_finish_reset);

/*
 * A reset that came meanwhile is not left to the next user; by somebody who was
 * killed, to the work item.
 */
static void unlock_state(struct vfio_mig_device *mig)
{
	mutex_unlock(&mig->priv->state_lock);
	vfio_mig_finish_reset(mig);
}

/* Nobody kills a worker: when it ends, nothing is pending. */
void vfio_mig_reset_work(struct work_struct *work)
{
	struct vfio_mig_private *priv =
		container_of(work, struct vfio_mig_private, reset_work);

	vfio_mig_finish_reset(priv->mig);
}

/*
 * May be called with vfio-pci's memory_lock held for write, so it takes no
 * lock; Documentation/core.md says which deadlocks that avoids.
 */
void vfio_mig_note_reset(struct vfio_mig_device *mig)
{
	atomic_inc(&mig->priv->resets_seen);
	queue_work(vfio_mig_workqueue, &mig->priv->reset_work);
}
EXPORT_SYMBOL_GPL(vfio_mig_note_reset);

/* If one is pending of which there is no work item, see that it is over. */
void vfio_mig_pursue_reset(struct vfio_mig_device *mig)
{
	if (!vfio_mig_reset_pending(mig))
		return;
	queue_work(vfio_mig_workqueue, &mig->priv->reset_work);
	vfio_mig_finish_reset(mig);
}

/* ---- transitions ---- */

/**
 * struct step - what arcs.c knows of a pair of states, looked up once
 * @arc: The direct arc, or NULL if there is none.
 * @opens: A data session begins.
 * @closes: One ends.
 */
struct step {
	const struct vfio_mig_arc *arc;
	bool opens;
	bool closes;
};

static struct step steps[VFIO_MIG_NR_STATES][VFIO_MIG_NR_STATES] __ro_after_init;

int __init vfio_mig_machine_init(void)
{
	unsigned int from, to;

	vfio_mig_workqueue = alloc_workqueue("vfio_mig", WQ_UNBOUND, 0);
	if (!vfio_mig_workqueue)
		return -ENOMEM;

	for (from = 0; from < VFIO_MIG_NR_STATES; from++)
		for (to = 0; to < VFIO_MIG_NR_STATES; to++)
			steps[from][to] = (struct step) {
				.arc = vfio_mig_find_arc(from, to),
				.opens = vfio_mig_opens_session(from, to),
				.closes = vfio_mig_closes_session(from, to),
			};
	return 0;
}

void vfio_mig_machine_exit(void)
{
	destroy_workqueue(vfio_mig_workqueue);
}

bool vfio_mig_may_give_up(struct vfio_mig_device *mig)
{
	return !mig->priv->must_finish && fatal_signal_pending(current);
}
EXPORT_SYMBOL_GPL(vfio_mig_may_give_up);

/* The device is lost, until a reset. */
static void enter_error(struct vfio_mig_device *mig)
{
	lockdep_assert_held(&mig->priv->state_lock);

	vfio_mig_session_end(mig);
	mig->priv->state = VFIO_MIG_ERROR;
}

/*
 * The device has done its part of an arc that has come to nothing all the same: it does
 * what undoes that.  No arc of the table leads there, but the device has nothing else to
 * do than on @action.
 */
int vfio_mig_take_back(struct vfio_mig_device *mig, enum vfio_mig_action action)
{
	bool before = mig->priv->must_finish;
	int ret;

	lockdep_assert_held(&mig->priv->state_lock);

	mig->priv->must_finish = true;
	ret = act(mig, action);
	mig->priv->must_finish = before;
	return ret;
}

/*
 * The device stands still, so its stream can be completed.  If it cannot, the device
 * stops again, and one that ran until now has to run: no arc leads from STOP_COPY to
 * where it was.
 */
static int complete_stream(struct vfio_mig_device *mig,
			   const struct vfio_mig_arc *arc,
			   struct vfio_mig_refusal *why)
{
	int ret;

	ret = vfio_mig_session_finish(mig, why);
	if (!ret)
		return 0;
	if (vfio_mig_take_back(mig, VFIO_MIG_STOP_COPY_TO_STOP) ||
	    (arc->from != VFIO_MIG_STOP &&
	     vfio_mig_take_back(mig, VFIO_MIG_STOP_TO_RUNNING_P2P)))
		enter_error(mig);
	return ret;
}

/* A stream that is not taken: the device waits for more of it, or for a reset. */
static int load_stream(struct vfio_mig_device *mig, struct vfio_mig_refusal *why)
{
	int ret = vfio_mig_session_load(mig, why);

	if (ret && vfio_mig_take_back(mig, VFIO_MIG_STOP_TO_RESUMING))
		enter_error(mig);
	return ret;
}

static int do_device(struct vfio_mig_device *mig,
		     const struct vfio_mig_arc *arc,
		     struct vfio_mig_refusal *why)
{
	int ret = act(mig, arc->action);

	if (!ret)
		return 0;
	if (ret < 0)
		return vfio_mig_refuse(why, ret, 0, "the device failed");
	enter_error(mig);
	return vfio_mig_refuse(why, -EIO, 0,
			       "the device failed, and is in neither state");
}

/* What somebody wants to go wrong. */
static int spoil(struct vfio_mig_device *mig, const struct vfio_mig_arc *arc,
		 struct vfio_mig_refusal *why)
{
	int ret = vfio_mig_spoil_arc(mig, arc, why);

	if (ret != VFIO_MIG_IN_NEITHER_STATE)
		return ret;
	enter_error(mig);
	return why->error;
}

static int do_arc(struct vfio_mig_device *mig, const struct vfio_mig_arc *arc,
		  struct vfio_mig_refusal *why)
{
	int ret;

	ret = spoil(mig, arc, why);
	if (!ret)
		ret = do_device(mig, arc, why);
	if (ret)
		return ret;
	if (arc->from == VFIO_MIG_RESUMING)
		return load_stream(mig, why);
	if (arc->to == VFIO_MIG_STOP_COPY)
		return complete_stream(mig, arc, why);
	return 0;
}

/* One direct arc.  The state advances only if all of it succeeded. */
static int step_locked(struct vfio_mig_device *mig, u8 to, struct file **filp,
		       struct vfio_mig_refusal *why)
{
	const struct step *step = &steps[mig->priv->state][to];
	const struct vfio_mig_arc *arc = step->arc;
	struct file *file = NULL;
	u64 ns;
	int ret;

	lockdep_assert_held(&mig->priv->state_lock);

	if (!arc)
		return -EINVAL;
	/* What can fail of a data session, before the device does anything. */
	if (step->opens)
		file = vfio_mig_session_open(mig, to);
	if (IS_ERR(file)) {
		ret = vfio_mig_refuse(why, PTR_ERR(file), 0,
				      "no data session could be opened");
		goto out;
	}

	ret = do_arc(mig, arc, why);
	if (ret) {
		if (file) {
			vfio_mig_session_end(mig);
			fput(file);
		}
		goto out;
	}

	if (step->closes)
		vfio_mig_session_end(mig);
	mig->priv->state = to;
	*filp = file;
out:
	ns = vfio_mig_trail_add(mig, arc, ret);
	trace_vfio_mig_arc(vfio_mig_dev(mig), arc->from, arc->to, ns, ret);
	return ret;
}

/* No arc on the way back opens a session: if the start had one, it is there. */
static int walk_back_locked(struct vfio_mig_device *mig, u8 start)
{
	struct vfio_mig_refusal ignored = {};
	struct file *none = NULL;
	int ret = 0;

	while (!ret && mig->priv->state != start)
		ret = step_locked(mig, mig->priv->routes.next[mig->priv->state][start],
				  &none, &ignored);
	return ret;
}

/*
 * Back to where the combination began.  A session that has ended cannot be
 * brought back, and neither can a device whose way back fails.
 */
static void roll_back_locked(struct vfio_mig_device *mig, u8 start)
{
	if (mig->priv->state == VFIO_MIG_ERROR)
		return;
	mig->priv->must_finish = true;
	if (steps[start][mig->priv->state].closes ||
	    walk_back_locked(mig, start))
		enter_error(mig);
	mig->priv->must_finish = false;
}

static int check_request_locked(struct vfio_mig_device *mig, u8 to)
{
	if (!mig->priv->opened)
		return -ENODEV;
	if (mig->priv->state == VFIO_MIG_ERROR)
		return -EIO;
	if (!(mig->priv->routes.settable & VFIO_MIG_PAIR(mig->priv->state, to)))
		return -EINVAL;
	return 0;
}

static void describe_failure(struct vfio_mig_device *mig, u8 from, u8 to,
			     const struct vfio_mig_refusal *why)
{
	struct vfio_mig_refusal full = {};

	vfio_mig_refuse(&full, why->error, why->section, "%s -> %s: %s",
			vfio_mig_state_name(from), vfio_mig_state_name(to),
			why->text);
	vfio_mig_note_failure(mig, from, to, &full);
}

static struct file *transition_locked(struct vfio_mig_device *mig, u8 to)
{
	struct vfio_mig_refusal why;
	struct file *filp = NULL;
	u8 start = mig->priv->state;
	u8 from, next;
	int ret;

	/* As good as all of it being 0, and it is on the way of each SET. */
	why.error = 0;
	why.section = 0;
	why.text[0] = '\0';
	ret = check_request_locked(mig, to);
	if (ret) {
		vfio_mig_refuse(&why, ret, 0, ret == -EIO ?
				"only a reset leaves ERROR" : "not supported");
		describe_failure(mig, start, to, &why);
		return ERR_PTR(ret);
	}

	while (mig->priv->state != to) {
		from = mig->priv->state;
		next = mig->priv->routes.next[from][to];
		ret = step_locked(mig, next, &filp, &why);
		if (ret) {
			describe_failure(mig, from, next, &why);
			roll_back_locked(mig, start);
			return ERR_PTR(ret);
		}
	}
	return filp;
}

struct file *vfio_mig_set_state(struct vfio_device *vdev,
				enum vfio_device_mig_state to)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	struct file *filp;
	u8 start;
	int ret;

	if ((u32)to >= VFIO_MIG_NR_STATES)
		return ERR_PTR(-EINVAL);
	ret = lock_state(mig);
	if (ret)
		return ERR_PTR(ret);
	start = mig->priv->state;
	vfio_mig_trail_begin(mig);
	filp = transition_locked(mig, to);
	vfio_mig_status_state(mig, VFIO_MIG_CAUSE_SET, start, to,
			      PTR_ERR_OR_ZERO(filp));
	unlock_state(mig);
	return filp;
}

int vfio_mig_get_state(struct vfio_device *vdev,
		       enum vfio_device_mig_state *state)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	int ret;

	ret = lock_state(mig);
	if (ret)
		return ret;
	*state = mig->priv->state;
	unlock_state(mig);
	return 0;
}

int vfio_mig_get_data_size(struct vfio_device *vdev, unsigned long *length)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	int ret;

	ret = lock_state(mig);
	if (ret)
		return ret;
	*length = vfio_mig_session_bound(mig);
	unlock_state(mig);
	return 0;
}
