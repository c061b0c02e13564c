// SPDX-License-Identifier: GPL-2.0
/*
 * The DMA engine: a timer, and a transfer between the user's memory and the buffer.
 * Where there is hardware its own engine stays idle.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "dma.h"

/* Until memory that did not answer is asked again. */
#define RETRY_MS	20

static void start_timer(struct edu_dma *dma)
{
	u32 delay = dma->state.dma_remaining_us;

	dma->due = ktime_add_us(ktime_get(), delay);
	mod_delayed_work(vfio_mig_workqueue, &dma->work,
			 usecs_to_jiffies(delay));
}

void edu_dma_start(struct edu_dma *dma)
{
	lockdep_assert_held(&dma->mig->lock);

	if (dma->mode == EDU_RUNNING)
		start_timer(dma);
}

/*
 * Page by page, since each may be mapped or not.  What cannot be read reads as
 * 0, what cannot be written is dropped, and neither is reported: so it is with
 * the device behind an IOMMU, or with bus mastering off.  -EAGAIN if the memory
 * has not answered: to begin again from the start does no harm.
 */
static int move(struct edu_dma *dma, struct edu_transfer *transfer)
{
	u32 done, piece;
	int ret;

	for (done = 0; done < transfer->count; done += piece) {
		u64 address = transfer->address + done;
		u8 *bytes = transfer->bytes + done;

		piece = min_t(u64, transfer->count - done,
			      PAGE_SIZE - offset_in_page(address));
		ret = vfio_mig_dma_rw(dma->mig, address, bytes, piece,
				      transfer->to_memory);
		/* After a fault half way, some of it may have been written. */
		if (transfer->to_memory &&
		    (!ret || ret == -EFAULT || ret == -EAGAIN))
			vfio_mig_dma_log_mark(dma->mig, address, piece);
		if (ret == -EAGAIN)
			return ret;
		if (ret && !transfer->to_memory)
			memset(bytes, 0, piece);
	}
	return 0;
}

static void end_transfer_locked(struct edu_dma *dma)
{
	lockdep_assert_held(&dma->mig->lock);

	WRITE_ONCE(dma->moving, false);
	wake_up_all(&dma->wait);
}

/* The command stays pending; where the device has stopped, until it runs. */
static void try_again(struct edu_dma *dma)
{
	mutex_lock(&dma->mig->lock);
	if (dma->mode == EDU_RUNNING)
		queue_delayed_work(vfio_mig_workqueue, &dma->work,
				   msecs_to_jiffies(RETRY_MS));
	end_transfer_locked(dma);
	mutex_unlock(&dma->mig->lock);
}

unsigned int edu_dma_complete_locked(struct edu_dma *dma, bool moved)
{
	unsigned int effects;

	lockdep_assert_held(&dma->mig->lock);

	if (moved && !dma->transfer.to_memory)
		vfio_mig_changed(dma->mig, EDU_SECTION_BUFFER);
	effects = edu_model_transferred(&dma->state,
					moved ? &dma->transfer : NULL);
	WRITE_ONCE(dma->completed, dma->completed + 1);
	end_transfer_locked(dma);
	return effects;
}

/*
 * The transfer itself holds no lock, because it touches user memory.  The
 * command cannot change meanwhile (RUN locks the registers), and whoever takes
 * the device out of EDU_RUNNING waits until nothing moves.  That is not for long:
 * memory that does not answer is asked again by another run of this.
 */
static void dma_work(struct work_struct *work)
{
	struct edu_dma *dma = container_of(to_delayed_work(work),
					   struct edu_dma, work);
	bool due, moves;

	mutex_lock(&dma->mig->lock);
	due = dma->mode == EDU_RUNNING &&
	      dma->state.dma_command & EDU_DMA_RUN;
	moves = due && edu_model_decode(&dma->state, edu_dma_mask,
					&dma->transfer);
	WRITE_ONCE(dma->moving, due);
	mutex_unlock(&dma->mig->lock);
	if (!due)
		return;

	if (moves && move(dma, &dma->transfer))
		try_again(dma);
	else
		dma->complete(dma, moves);
}

void edu_dma_init(struct edu_dma *dma, struct vfio_mig_device *mig,
		  void (*complete)(struct edu_dma *dma, bool moved))
{
	dma->mig = mig;
	dma->complete = complete;
	INIT_DELAYED_WORK(&dma->work, dma_work);
	init_waitqueue_head(&dma->wait);
}

/* A command that is pending goes on where it was. */
int edu_dma_run(struct edu_dma *dma)
{
	mutex_lock(&dma->mig->lock);
	dma->mode = EDU_RUNNING;
	if (dma->state.dma_command & EDU_DMA_RUN && !dma->moving)
		start_timer(dma);
	mutex_unlock(&dma->mig->lock);
	return 0;
}

/*
 * Let a pending command run now instead of when its time comes.  A guest that
 * goes on writing commands can have another one pending right afterwards; it then
 * stays pending, and the device cannot be saved.  -EINTR if the caller gave up.
 */
static int drain(struct edu_dma *dma)
{
	unsigned int before;
	bool pending;

	mutex_lock(&dma->mig->lock);
	before = dma->completed;
	pending = dma->state.dma_command & EDU_DMA_RUN;
	if (pending && !dma->moving)
		mod_delayed_work(vfio_mig_workqueue, &dma->work, 0);
	mutex_unlock(&dma->mig->lock);
	if (!pending || !wait_event_killable(dma->wait,
					     READ_ONCE(dma->completed) != before))
		return 0;
	return vfio_mig_may_give_up(dma->mig) ? -EINTR : 0;
}

static int wait_still(struct edu_dma *dma, bool must)
{
	if (!wait_event_killable(dma->wait, !READ_ONCE(dma->moving)))
		return 0;
	if (!must && vfio_mig_may_give_up(dma->mig))
		return -EINTR;
	wait_event(dma->wait, !READ_ONCE(dma->moving));
	return 0;
}

static bool leave_running(struct edu_dma *dma)
{
	bool was_running;
	s64 left;

	mutex_lock(&dma->mig->lock);
	was_running = dma->mode == EDU_RUNNING;
	if (was_running)
		dma->mode = EDU_QUIESCED;
	if (was_running && dma->state.dma_command & EDU_DMA_RUN) {
		left = ktime_us_delta(dma->due, ktime_get());
		dma->state.dma_remaining_us = clamp_t(s64, left, 0,
						      EDU_DMA_DELAY_US);
	}
	mutex_unlock(&dma->mig->lock);
	return was_running;
}

/*
 * From here on no transfer starts, and none is under way.  A command whose
 * time has not come keeps what was left of it, and one whose memory did not
 * answer is to be done.  -EINTR if the caller gave up; then the device runs.
 */
int edu_dma_quiesce(struct edu_dma *dma, bool must)
{
	bool was_running = leave_running(dma);
	int ret;

	ret = wait_still(dma, must);
	if (ret) {
		if (was_running)
			edu_dma_run(dma);
		return ret;
	}
	/* It has nothing to do any more. */
	cancel_delayed_work_sync(&dma->work);
	return 0;
}

/* The arc.  Towards a peer that cannot be told of a pending command, it has to end. */
int edu_dma_leave(struct edu_dma *dma)
{
	int ret = 0;

	if (!(dma->mig->behaviours & EDU_PENDING))
		ret = drain(dma);
	return ret ?: edu_dma_quiesce(dma, false);
}
