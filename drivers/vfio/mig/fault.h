/* SPDX-License-Identifier: GPL-2.0 */
/* Faults on demand: what the knobs' files share with one another. */
#ifndef VFIO_MIG_FAULT_H
#define VFIO_MIG_FAULT_H

#include <linux/ktime.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "mig.h"

struct seq_file;

/**
 * struct vfio_mig_knob - one kind of fault, and the name of its file
 * @name: Of its file.
 * @args: What is written there, as people read it.
 * @text: What it does.
 * @min_args: Words at least.
 * @max_args: At most.
 * @offered: Is it any use to this device?  NULL: it always is.
 * @set: Arm it; 0, -EINVAL, or -ERANGE for a number that is out of range.
 * @show: Print what is armed, a line each, as it would be written.
 * @clear: As if it had never been armed; may sleep.
 */
struct vfio_mig_knob {
	const char *name;
	const char *args;
	const char *text;
	int min_args;
	int max_args;
	bool (*offered)(struct vfio_mig_device *mig);
	int (*set)(struct vfio_mig_faults *faults, int argc, char **argv);
	void (*show)(struct vfio_mig_faults *faults, struct seq_file *seq);
	void (*clear)(struct vfio_mig_faults *faults);
};

/* fault_arc.c */
extern const struct vfio_mig_knob vfio_mig_knob_fail_arc;
extern const struct vfio_mig_knob vfio_mig_knob_error_arc;
extern const struct vfio_mig_knob vfio_mig_knob_delay_arc;

/* fault_stream.c */
extern const struct vfio_mig_knob vfio_mig_knob_dirty_rate;
extern const struct vfio_mig_knob vfio_mig_knob_short_save;
extern const struct vfio_mig_knob vfio_mig_knob_stuck_dirty;

/* fault_log.c */
extern const struct vfio_mig_knob vfio_mig_knob_dirty_share;

#define VFIO_MIG_NR_KNOBS	7

/**
 * struct vfio_mig_fault - an arc that is to fail
 * @error: Negative errno to fail with.
 * @countdown: The how-manieth time from now; 0: not at all.
 */
struct vfio_mig_fault {
	int error;
	unsigned int countdown;
};

/**
 * struct vfio_mig_knob_file - a file of a device's folder in debugfs
 * @faults: What it is about.
 * @knob: What it does.
 */
struct vfio_mig_knob_file {
	struct vfio_mig_faults *faults;
	const struct vfio_mig_knob *knob;
};

/**
 * struct vfio_mig_faults - what is armed of a device
 * @mig: The device.
 * @debugfs: Its folder.
 * @files: What is in there.
 * @cleared: Woken when a delay is changed.
 * @dirty_work: Dirties at @dirty_rate.
 * @dirty_since: When it last did; its own.
 * @dirty_due: Bytes it has yet to dirty; its own.
 * @lock: Protects all that follows; innermost, so that a fault can be taken
 *	back while an arc that is delayed holds state_lock.
 * @arc_armed: Is there anything in @fail, @die or @delay_ms?  Read without the
 *	lock, so that nothing armed costs an arc nothing.
 * @fail: Arcs that are to fail, by action.
 * @die: Arcs that are to end in ERROR, likewise.
 * @delay_ms: Time that arcs are to take more than they do, likewise.
 * @dirty_rate: Bytes per second.
 * @dirty_share: Of a hundred pages that are watched, those that count as
 *	written.
 * @stuck_dirty: The least number of dirty bytes that is reported.
 * @save_short: A stream ends after @short_save bytes.
 * @short_save: See there.
 */
struct vfio_mig_faults {
	struct vfio_mig_device *mig;
	struct dentry *debugfs;
	struct vfio_mig_knob_file files[VFIO_MIG_NR_KNOBS];
	wait_queue_head_t cleared;
	struct delayed_work dirty_work;
	ktime_t dirty_since;
	u64 dirty_due;
	spinlock_t lock; /* protects all that follows */
	bool arc_armed;
	struct vfio_mig_fault fail[VFIO_MIG_NR_ACTIONS];
	struct vfio_mig_fault die[VFIO_MIG_NR_ACTIONS];
	unsigned int delay_ms[VFIO_MIG_NR_ACTIONS];
	u64 dirty_rate;
	unsigned int dirty_share;
	u64 stuck_dirty;
	bool save_short;
	u64 short_save;
};

/* fault_arc.c */
int vfio_mig_fault_arc(struct vfio_mig_device *mig,
		       const struct vfio_mig_arc *arc,
		       struct vfio_mig_refusal *why);

/* fault_log.c */
unsigned int vfio_mig_fault_share(struct vfio_mig_device *mig);

/* fault_stream.c */
size_t vfio_mig_fault_cut(struct vfio_mig_device *mig, u64 offset,
			  size_t ready);
u64 vfio_mig_fault_dirty(struct vfio_mig_device *mig, u64 dirty);
void vfio_mig_fault_dirty_work(struct work_struct *work);

#endif /* VFIO_MIG_FAULT_H */
