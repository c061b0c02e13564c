// SPDX-License-Identifier: GPL-2.0
/* Knobs about arcs: fail_arc, error_arc and delay_arc. */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kstrtox.h>
#include <linux/ktime.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "fault.h"

/* A task that waits for longer than two minutes makes the kernel complain. */
#define DELAY_MAX_MS	60000

static int parse_state(const char *name)
{
	unsigned int state;

	for (state = 0; state < VFIO_MIG_NR_STATES; state++)
		if (!strcmp(name, vfio_mig_state_name(state)))
			return state;
	return VFIO_MIG_NR_STATES;
}

/* The arc between the first two words, or NULL. */
static const struct vfio_mig_arc *parse_arc(char **argv)
{
	int from = parse_state(argv[0]), to = parse_state(argv[1]);

	if (from == VFIO_MIG_NR_STATES || to == VFIO_MIG_NR_STATES)
		return NULL;
	return vfio_mig_find_arc(from, to);
}

static int parse_range(const char *word, unsigned int max, unsigned int *value)
{
	int ret = kstrtouint(word, 0, value);

	if (!ret && (!*value || *value > max))
		ret = -ERANGE;
	return ret;
}

/* After any change of what is armed. */
static void note_armed(struct vfio_mig_faults *faults)
{
	lockdep_assert_held(&faults->lock);

	WRITE_ONCE(faults->arc_armed,
		   memchr_inv(faults->fail, 0, sizeof(faults->fail)) ||
		   memchr_inv(faults->die, 0, sizeof(faults->die)) ||
		   memchr_inv(faults->delay_ms, 0, sizeof(faults->delay_ms)));
}

static void show_arc(struct seq_file *seq, const struct vfio_mig_arc *arc)
{
	seq_printf(seq, "%s %s", vfio_mig_state_name(arc->from),
		   vfio_mig_state_name(arc->to));
}

/* ---- fail_arc ---- */

static int set_fail(struct vfio_mig_faults *faults, int argc, char **argv)
{
	const struct vfio_mig_arc *arc = parse_arc(argv);
	unsigned int error, nth = 1;
	int ret;

	if (!arc)
		return -EINVAL;
	ret = parse_range(argv[2], MAX_ERRNO, &error);
	if (!ret && argc > 3)
		ret = parse_range(argv[3], UINT_MAX, &nth);
	if (ret)
		return ret;
	spin_lock(&faults->lock);
	faults->fail[arc->action].error = -(int)error;
	faults->fail[arc->action].countdown = nth;
	note_armed(faults);
	spin_unlock(&faults->lock);
	return 0;
}

static void show_fail(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	unsigned int i;

	spin_lock(&faults->lock);
	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++) {
		const struct vfio_mig_arc *arc = &vfio_mig_arcs[i];
		struct vfio_mig_fault *fault = &faults->fail[arc->action];

		if (!fault->countdown)
			continue;
		show_arc(seq, arc);
		seq_printf(seq, " %d %u\n", -fault->error, fault->countdown);
	}
	spin_unlock(&faults->lock);
}

static void clear_fail(struct vfio_mig_faults *faults)
{
	spin_lock(&faults->lock);
	memset(faults->fail, 0, sizeof(faults->fail));
	note_armed(faults);
	spin_unlock(&faults->lock);
}

const struct vfio_mig_knob vfio_mig_knob_fail_arc = {
	.name = "fail_arc",
	.args = "FROM TO ERRNO [NTH]",
	.text = "the arc fails once, the NTH time from now that it is taken",
	.min_args = 3,
	.max_args = 4,
	.set = set_fail,
	.show = show_fail,
	.clear = clear_fail,
};

/* ---- error_arc ---- */

static int set_die(struct vfio_mig_faults *faults, int argc, char **argv)
{
	const struct vfio_mig_arc *arc = parse_arc(argv);
	unsigned int nth = 1;
	int ret = 0;

	if (!arc)
		return -EINVAL;
	if (argc > 2)
		ret = parse_range(argv[2], UINT_MAX, &nth);
	if (ret)
		return ret;
	spin_lock(&faults->lock);
	faults->die[arc->action].error = -EIO;
	faults->die[arc->action].countdown = nth;
	note_armed(faults);
	spin_unlock(&faults->lock);
	return 0;
}

static void show_die(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	unsigned int i;

	spin_lock(&faults->lock);
	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++) {
		const struct vfio_mig_arc *arc = &vfio_mig_arcs[i];

		if (!faults->die[arc->action].countdown)
			continue;
		show_arc(seq, arc);
		seq_printf(seq, " %u\n", faults->die[arc->action].countdown);
	}
	spin_unlock(&faults->lock);
}

static void clear_die(struct vfio_mig_faults *faults)
{
	spin_lock(&faults->lock);
	memset(faults->die, 0, sizeof(faults->die));
	note_armed(faults);
	spin_unlock(&faults->lock);
}

const struct vfio_mig_knob vfio_mig_knob_error_arc = {
	.name = "error_arc",
	.args = "FROM TO [NTH]",
	.text = "the arc fails once, and the device is in ERROR until a reset",
	.min_args = 2,
	.max_args = 3,
	.set = set_die,
	.show = show_die,
	.clear = clear_die,
};

/* ---- delay_arc ---- */

static unsigned int delay_of(struct vfio_mig_faults *faults, u8 action)
{
	unsigned int ms;

	spin_lock(&faults->lock);
	ms = faults->delay_ms[action];
	spin_unlock(&faults->lock);
	return ms;
}

static int set_delay(struct vfio_mig_faults *faults, int argc, char **argv)
{
	const struct vfio_mig_arc *arc = parse_arc(argv);
	unsigned int ms;
	int ret;

	if (!arc)
		return -EINVAL;
	ret = parse_range(argv[2], DELAY_MAX_MS, &ms);
	if (ret)
		return ret;
	spin_lock(&faults->lock);
	faults->delay_ms[arc->action] = ms;
	note_armed(faults);
	spin_unlock(&faults->lock);
	wake_up_all(&faults->cleared);
	return 0;
}

static void show_delay(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	unsigned int i;

	spin_lock(&faults->lock);
	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++) {
		const struct vfio_mig_arc *arc = &vfio_mig_arcs[i];

		if (!faults->delay_ms[arc->action])
			continue;
		show_arc(seq, arc);
		seq_printf(seq, " %u\n", faults->delay_ms[arc->action]);
	}
	spin_unlock(&faults->lock);
}

static void clear_delay(struct vfio_mig_faults *faults)
{
	spin_lock(&faults->lock);
	memset(faults->delay_ms, 0, sizeof(faults->delay_ms));
	note_armed(faults);
	spin_unlock(&faults->lock);
	wake_up_all(&faults->cleared);
}

const struct vfio_mig_knob vfio_mig_knob_delay_arc = {
	.name = "delay_arc",
	.args = "FROM TO MS",
	.text = "the arc takes that many milliseconds more, 60000 at most",
	.min_args = 3,
	.max_args = 3,
	.set = set_delay,
	.show = show_delay,
	.clear = clear_delay,
};

/* ---- what an arc does about them ---- */

/*
 * Until the time is over, the delay is another, or the caller is killed.  A wait ends early
 * if jiffies lagged behind when it began, so the clock says when the time is over.
 */
static void delay(struct vfio_mig_faults *faults, u8 action)
{
	unsigned int ms = delay_of(faults, action);
	ktime_t end = ktime_add_ms(ktime_get(), ms);
	s64 left = (s64)ms * USEC_PER_MSEC;
	long ended = 0;

	while (left > 0 && !ended) {
		ended = wait_event_killable_timeout(faults->cleared,
						    delay_of(faults, action) != ms,
						    usecs_to_jiffies(left));
		left = ktime_us_delta(end, ktime_get());
	}
}

/* 0, or the errno that a fault is to fail with this time. */
static int count_down(struct vfio_mig_faults *faults,
		      struct vfio_mig_fault *fault)
{
	int error = 0;

	spin_lock(&faults->lock);
	if (fault->countdown && !--fault->countdown)
		error = fault->error;
	spin_unlock(&faults->lock);
	return error;
}

/* See struct vfio_mig_spoiler. */
int vfio_mig_fault_arc(struct vfio_mig_device *mig,
		       const struct vfio_mig_arc *arc,
		       struct vfio_mig_refusal *why)
{
	struct vfio_mig_faults *faults = mig->priv->faults;
	int error;

	lockdep_assert_held(&mig->priv->state_lock);

	if (!READ_ONCE(faults->arc_armed))
		return 0;
	delay(faults, arc->action);
	error = count_down(faults, &faults->fail[arc->action]);
	if (error)
		return vfio_mig_refuse(why, error, 0, "injected fault");
	error = count_down(faults, &faults->die[arc->action]);
	if (!error)
		return 0;
	vfio_mig_refuse(why, error, 0, "injected fault, ends in ERROR");
	return VFIO_MIG_IN_NEITHER_STATE;
}
