// SPDX-License-Identifier: GPL-2.0
/* Knobs about streams: dirty_rate, short_save and stuck_dirty. */
#include <linux/bits.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>

#include "fault.h"

static void show_number(struct vfio_mig_faults *faults, struct seq_file *seq,
			const u64 *value)
{
	u64 now;

	spin_lock(&faults->lock);
	now = *value;
	spin_unlock(&faults->lock);
	if (now)
		seq_printf(seq, "%llu\n", now);
}

static void set_number(struct vfio_mig_faults *faults, u64 *value, u64 now)
{
	spin_lock(&faults->lock);
	*value = now;
	spin_unlock(&faults->lock);
}

/* ---- dirty_rate ---- */

#define DIRTY_MAX	BIT_ULL(40)
#define DIRTY_TICK_MS	10

static bool dirty_offered(struct vfio_mig_device *mig)
{
	return vfio_mig_can_dirty(mig->ops);
}

static u64 dirty_locked(struct vfio_mig_faults *faults, u64 rate)
{
	struct vfio_mig_device *mig = faults->mig;
	u64 done;
	s64 us;

	lockdep_assert_held(&mig->priv->state_lock);

	us = ktime_us_delta(ktime_get(), faults->dirty_since);
	faults->dirty_since = ktime_get();
	if (mig->priv->state != VFIO_MIG_PRE_COPY &&
	    mig->priv->state != VFIO_MIG_PRE_COPY_P2P) {
		faults->dirty_due = 0;
		return 0;
	}
	/* After a pause, as after a second: this is a rate and no debt. */
	us = min_t(s64, us, USEC_PER_SEC);
	faults->dirty_due += div_u64(rate * us, USEC_PER_SEC);
	done = vfio_mig_dirty(mig, faults->dirty_due);
	faults->dirty_due -= done;
	return done;
}

/* Whoever holds state_lock is on an arc, and could be for long. */
void vfio_mig_fault_dirty_work(struct work_struct *work)
{
	struct vfio_mig_faults *faults =
		container_of(to_delayed_work(work), struct vfio_mig_faults,
			     dirty_work);
	u64 done = 0;
	u64 rate;

	spin_lock(&faults->lock);
	rate = faults->dirty_rate;
	spin_unlock(&faults->lock);
	if (!rate)
		return;
	if (mutex_trylock(&faults->mig->priv->state_lock)) {
		done = dirty_locked(faults, rate);
		mutex_unlock(&faults->mig->priv->state_lock);
	}
	if (done)
		vfio_mig_data_ready(faults->mig);
	schedule_delayed_work(&faults->dirty_work,
			      msecs_to_jiffies(DIRTY_TICK_MS));
}

static int set_dirty(struct vfio_mig_faults *faults, int argc, char **argv)
{
	u64 rate;
	int ret;

	ret = kstrtoull(argv[0], 0, &rate);
	if (ret)
		return ret;
	if (!rate || rate > DIRTY_MAX)
		return -ERANGE;
	set_number(faults, &faults->dirty_rate, rate);
	schedule_delayed_work(&faults->dirty_work, 0);
	return 0;
}

static void show_dirty(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	show_number(faults, seq, &faults->dirty_rate);
}

static void clear_dirty(struct vfio_mig_faults *faults)
{
	set_number(faults, &faults->dirty_rate, 0);
	cancel_delayed_work_sync(&faults->dirty_work);
}

const struct vfio_mig_knob vfio_mig_knob_dirty_rate = {
	.name = "dirty_rate",
	.args = "BYTES_PER_SECOND",
	.text = "during pre-copy the device changes that much, as if it worked",
	.min_args = 1,
	.max_args = 1,
	.offered = dirty_offered,
	.set = set_dirty,
	.show = show_dirty,
	.clear = clear_dirty,
};

/* ---- short_save ---- */

static int set_short(struct vfio_mig_faults *faults, int argc, char **argv)
{
	u64 bytes;
	int ret;

	ret = kstrtoull(argv[0], 0, &bytes);
	if (ret)
		return ret;
	spin_lock(&faults->lock);
	faults->save_short = true;
	faults->short_save = bytes;
	spin_unlock(&faults->lock);
	return 0;
}

static void show_short(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	spin_lock(&faults->lock);
	if (faults->save_short)
		seq_printf(seq, "%llu\n", faults->short_save);
	spin_unlock(&faults->lock);
}

static void clear_short(struct vfio_mig_faults *faults)
{
	spin_lock(&faults->lock);
	faults->save_short = false;
	spin_unlock(&faults->lock);
}

const struct vfio_mig_knob vfio_mig_knob_short_save = {
	.name = "short_save",
	.args = "BYTES",
	.text = "a stream ends after so many bytes; what is left never comes",
	.min_args = 1,
	.max_args = 1,
	.set = set_short,
	.show = show_short,
	.clear = clear_short,
};

/* See struct vfio_mig_spoiler, as for all of these. */
size_t vfio_mig_fault_cut(struct vfio_mig_device *mig, u64 offset,
			  size_t ready)
{
	struct vfio_mig_faults *faults = mig->priv->faults;

	spin_lock(&faults->lock);
	if (faults->save_short)
		ready = offset < faults->short_save ?
			min_t(u64, ready, faults->short_save - offset) : 0;
	spin_unlock(&faults->lock);
	return ready;
}

/* ---- stuck_dirty ---- */

static int set_stuck(struct vfio_mig_faults *faults, int argc, char **argv)
{
	u64 bytes;
	int ret;

	ret = kstrtoull(argv[0], 0, &bytes);
	if (ret)
		return ret;
	if (!bytes)
		return -ERANGE;
	set_number(faults, &faults->stuck_dirty, bytes);
	return 0;
}

static void show_stuck(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	show_number(faults, seq, &faults->stuck_dirty);
}

static void clear_stuck(struct vfio_mig_faults *faults)
{
	set_number(faults, &faults->stuck_dirty, 0);
}

const struct vfio_mig_knob vfio_mig_knob_stuck_dirty = {
	.name = "stuck_dirty",
	.args = "BYTES",
	.text = "GET_PRECOPY_INFO never says that fewer bytes are dirty",
	.min_args = 1,
	.max_args = 1,
	.set = set_stuck,
	.show = show_stuck,
	.clear = clear_stuck,
};

u64 vfio_mig_fault_dirty(struct vfio_mig_device *mig, u64 dirty)
{
	struct vfio_mig_faults *faults = mig->priv->faults;

	spin_lock(&faults->lock);
	dirty = max(dirty, faults->stuck_dirty);
	spin_unlock(&faults->lock);
	return dirty;
}
