// SPDX-License-Identifier: GPL-2.0
/*
 * The device: its registers, its arcs, and the factorial engine.  What an access does is
 * in model.c; Documentation/edu-mdev.md says what each arc means.
 */
#include <linux/minmax.h>

#include "edu.h"

/* As QEMU's has it. */
#define SUBSYSTEM_VENDOR	0x1af4
#define SUBSYSTEM_DEVICE	0x1100
#define REVISION		0x10

/* What a multiplication takes, and an argument is as many of them. */
#define MULTIPLY_NS		1

static struct edu_mdev *edu_from_mig(struct vfio_mig_device *mig)
{
	return container_of(mig, struct edu_mdev, soft.mig);
}

/* ---- what the model wants to be done ---- */

static void start_compute(struct edu_mdev *edu, u64 ns)
{
	lockdep_assert_held(&edu->soft.mig.lock);

	edu->compute_due = ktime_add_ns(ktime_get(), ns);
	mod_delayed_work(vfio_mig_workqueue, &edu->compute,
			 nsecs_to_jiffies(ns));
}

static u64 compute_ns(const struct edu_mdev *edu)
{
	return (u64)edu->dma.state.factorial * MULTIPLY_NS;
}

static void carry_out(struct edu_mdev *edu, unsigned int effects)
{
	struct vfio_mig_device *mig = &edu->soft.mig;

	if (effects & EDU_SETS_LINE)
		vfio_mig_soft_line(mig, edu->dma.state.irq_status);
	if (effects & EDU_SENDS_MESSAGE)
		vfio_mig_soft_message(mig);
	if (effects & EDU_STARTS_FACTORIAL)
		start_compute(edu, compute_ns(edu));
	if (effects & EDU_STARTS_DMA)
		edu_dma_start(&edu->dma);
}

/* ---- the engines ---- */

static bool computing(const struct edu_mdev *edu)
{
	return edu->dma.state.status & EDU_STATUS_COMPUTING;
}

/* A device that has stopped meanwhile goes on later. */
static void compute_work(struct work_struct *work)
{
	struct edu_mdev *edu = container_of(to_delayed_work(work),
					    struct edu_mdev, compute);
	struct vfio_mig_device *mig = &edu->soft.mig;

	mutex_lock(&mig->lock);
	if (edu->dma.mode != EDU_FROZEN && computing(edu))
		carry_out(edu, edu_model_computed(&edu->dma.state));
	mutex_unlock(&mig->lock);
}

static void complete_dma(struct edu_dma *dma, bool moved)
{
	struct edu_mdev *edu = edu_from_mig(dma->mig);

	mutex_lock(&dma->mig->lock);
	carry_out(edu, edu_dma_complete_locked(dma, moved));
	mutex_unlock(&dma->mig->lock);
}

/* ---- BAR0 ---- */

static u64 bar_read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	return edu_model_read(&edu_from_mig(mig)->dma.state, reg, width);
}

static int bar_write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	struct edu_mdev *edu = edu_from_mig(mig);

	if (edu->dma.mode != EDU_FROZEN)
		carry_out(edu, edu_model_write(&edu->dma.state, reg, value,
					       width));
	return 0;
}

/* ---- arcs ---- */

static int running_to_running_p2p(struct vfio_mig_device *mig)
{
	return edu_dma_leave(&edu_from_mig(mig)->dma);
}

static int running_p2p_to_running(struct vfio_mig_device *mig)
{
	return edu_dma_run(&edu_from_mig(mig)->dma);
}

static void freeze_locked(struct edu_mdev *edu)
{
	s64 left = ktime_to_ns(ktime_sub(edu->compute_due, ktime_get()));

	lockdep_assert_held(&edu->soft.mig.lock);

	edu->dma.mode = EDU_FROZEN;
	if (computing(edu))
		edu->compute_left = max_t(s64, left, 0);
	vfio_mig_soft_line(&edu->soft.mig, false);
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	struct edu_mdev *edu = edu_from_mig(mig);

	mutex_lock(&mig->lock);
	freeze_locked(edu);
	mutex_unlock(&mig->lock);
	cancel_delayed_work_sync(&edu->compute);
	return 0;
}

/* Its user has had the message of an interrupt that is up. */
static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	struct edu_mdev *edu = edu_from_mig(mig);

	mutex_lock(&mig->lock);
	edu->dma.mode = EDU_QUIESCED;
	vfio_mig_soft_line(mig, edu->dma.state.irq_status);
	if (computing(edu))
		start_compute(edu, edu->compute_left);
	mutex_unlock(&mig->lock);
	return 0;
}

/* ---- the state as a whole ---- */

/* How far the source had come is not in the stream. */
static void load(struct vfio_mig_device *mig)
{
	struct edu_mdev *edu = edu_from_mig(mig);

	edu->compute_left = compute_ns(edu);
}

static int scrub(struct vfio_mig_device *mig)
{
	struct edu_mdev *edu = edu_from_mig(mig);

	edu_dma_quiesce(&edu->dma, true);
	mutex_lock(&mig->lock);
	freeze_locked(edu);
	vfio_mig_power_on(mig);
	mutex_unlock(&mig->lock);
	cancel_delayed_work_sync(&edu->compute);
	return 0;
}

static void init(struct vfio_mig_device *mig)
{
	struct edu_mdev *edu = edu_from_mig(mig);

	INIT_DELAYED_WORK(&edu->compute, compute_work);
	edu_dma_init(&edu->dma, mig, complete_dma);
}

struct vfio_mig_soft_driver edu_soft_driver = {
	.size = sizeof(struct edu_mdev),
	.vendor = EDU_VENDOR,
	.device = EDU_DEVICE,
	.subsystem_vendor = SUBSYSTEM_VENDOR,
	.subsystem_device = SUBSYSTEM_DEVICE,
	.revision = REVISION,
	.class = EDU_CLASS,
	.bar = {
		.most = EDU_BAR_SIZE,
		.widest = 8,
		.read = bar_read,
		.write = bar_write,
	},
	.ops = {
		EDU_STREAM(struct edu_mdev, dma.state),
		.init = init,
		.arc = {
			[VFIO_MIG_RUNNING_TO_RUNNING_P2P] = running_to_running_p2p,
			[VFIO_MIG_RUNNING_P2P_TO_RUNNING] = running_p2p_to_running,
			[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
			[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		},
		.scrub = scrub,
		.load = load,
	},
};
