// SPDX-License-Identifier: GPL-2.0
/*
 * The mediated DMA engine: registers, a timer, and a transfer between the
 * user's memory and the buffer.  The hardware's own engine stays idle.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "edu.h"

/* Until memory that did not answer is asked again. */
#define RETRY_MS	20

static u64 *dma_register(struct edu_device *edu, u64 reg)
{
	switch (reg) {
	case EDU_DMA_SRC:
		return &edu->state.dma_src;
	case EDU_DMA_DST:
		return &edu->state.dma_dst;
	case EDU_DMA_COUNT:
		return &edu->state.dma_count;
	case EDU_DMA_COMMAND:
		return &edu->state.dma_command;
	default:
		return NULL;
	}
}

u64 edu_dma_read_reg(struct edu_device *edu, u64 reg)
{
	u64 *value = dma_register(edu, reg);

	lockdep_assert_held(&edu->pci.mig.lock);
	return value ? *value : U64_MAX;
}

static void start_timer(struct edu_device *edu)
{
	u32 delay = edu->state.dma_remaining_us;

	edu->dma_due = ktime_add_us(ktime_get(), delay);
	mod_delayed_work(vfio_mig_workqueue, &edu->dma_work,
			 usecs_to_jiffies(delay));
}

/* All four registers are locked while a command is pending. */
void edu_dma_write_reg(struct edu_device *edu, u64 reg, u64 value)
{
	u64 *target = dma_register(edu, reg);

	lockdep_assert_held(&edu->pci.mig.lock);

	if (!target || edu->state.dma_command & EDU_DMA_RUN)
		return;
	if (reg == EDU_DMA_COMMAND && !(value & EDU_DMA_RUN))
		return;
	*target = value;
	if (reg != EDU_DMA_COMMAND)
		return;
	edu->state.dma_remaining_us = EDU_DMA_DELAY_US;
	if (edu->mode == EDU_RUNNING)
		start_timer(edu);
}

/* Outside of its buffer the device does nothing, and completes. */
static bool decode(const struct edu_state *state, struct edu_transfer *transfer)
{
	bool to_memory = state->dma_command & EDU_DMA_TO_MEMORY;
	u64 inside = to_memory ? state->dma_src : state->dma_dst;
	u64 outside = to_memory ? state->dma_dst : state->dma_src;

	if (inside < EDU_BUFFER || inside > EDU_BUFFER + EDU_BUFFER_SIZE ||
	    state->dma_count > EDU_BUFFER + EDU_BUFFER_SIZE - inside)
		return false;
	transfer->address = outside & edu_dma_mask;
	transfer->offset = inside - EDU_BUFFER;
	transfer->count = state->dma_count;
	transfer->to_memory = to_memory;
	if (to_memory)
		memcpy(transfer->bytes, state->buffer + transfer->offset,
		       transfer->count);
	return true;
}

/*
 * Page by page, since each may be mapped or not.  What cannot be read reads as
 * 0, what cannot be written is dropped, and neither is reported: so it is with
 * the device behind an IOMMU, or with bus mastering off.  -EAGAIN if the memory
 * has not answered: to begin again from the start does no harm.
 */
static int move(struct edu_device *edu, struct edu_transfer *transfer)
{
	u32 done, piece;
	int ret;

	for (done = 0; done < transfer->count; done += piece) {
		u64 address = transfer->address + done;
		u8 *bytes = transfer->bytes + done;

		piece = min_t(u64, transfer->count - done,
			      PAGE_SIZE - offset_in_page(address));
		ret = vfio_mig_dma_rw(&edu->pci.mig, address, bytes, piece,
				      transfer->to_memory);
		/* After a fault half way, some of it may have been written. */
		if (transfer->to_memory &&
		    (!ret || ret == -EFAULT || ret == -EAGAIN))
			vfio_mig_dma_log_mark(&edu->pci.mig, address, piece);
		if (ret == -EAGAIN)
			return ret;
		if (ret && !transfer->to_memory)
			memset(bytes, 0, piece);
	}
	return 0;
}

static void end_transfer_locked(struct edu_device *edu)
{
	lockdep_assert_held(&edu->pci.mig.lock);

	WRITE_ONCE(edu->moving, false);
	wake_up_all(&edu->dma_wait);
}

/* The command stays pending; where the device has stopped, until it runs. */
static void try_again(struct edu_device *edu)
{
	mutex_lock(&edu->pci.mig.lock);
	if (edu->mode == EDU_RUNNING)
		queue_delayed_work(vfio_mig_workqueue, &edu->dma_work,
				   msecs_to_jiffies(RETRY_MS));
	end_transfer_locked(edu);
	mutex_unlock(&edu->pci.mig.lock);
}

static void complete_locked(struct edu_device *edu, bool moved)
{
	const struct edu_transfer *transfer = &edu->transfer;
	struct edu_state *state = &edu->state;

	lockdep_assert_held(&edu->pci.mig.lock);

	if (moved && !transfer->to_memory) {
		memcpy(state->buffer + transfer->offset, transfer->bytes,
		       transfer->count);
		vfio_mig_changed(&edu->pci.mig, EDU_SECTION_BUFFER);
	}
	state->dma_command &= ~(u64)EDU_DMA_RUN;
	WRITE_ONCE(edu->completed, edu->completed + 1);
	end_transfer_locked(edu);
}

/* A device that cannot be reached completes as well, and tells nobody. */
static void complete_command(struct edu_device *edu, bool moved)
{
	struct vfio_mig_device *mig = &edu->pci.mig;

	if (vfio_mig_access_begin(mig)) {
		mutex_lock(&mig->lock);
		complete_locked(edu, moved);
		mutex_unlock(&mig->lock);
		return;
	}
	complete_locked(edu, moved);
	if (edu->state.dma_command & EDU_DMA_IRQ)
		edu_hw_write(edu, EDU_IRQ_RAISE, EDU_IRQ_DMA);
	vfio_mig_access_end(mig);
}

/*
 * The transfer itself holds no lock, because it touches user memory.  The
 * command cannot change meanwhile (RUN locks the registers), and whoever takes
 * the device out of EDU_RUNNING waits until nothing moves.  That is not for long:
 * memory that does not answer is asked again by another run of this.
 */
static void dma_work(struct work_struct *work)
{
	struct edu_device *edu = container_of(to_delayed_work(work),
					      struct edu_device, dma_work);
	bool due, moves;

	mutex_lock(&edu->pci.mig.lock);
	due = edu->mode == EDU_RUNNING &&
	      edu->state.dma_command & EDU_DMA_RUN;
	moves = due && decode(&edu->state, &edu->transfer);
	WRITE_ONCE(edu->moving, due);
	mutex_unlock(&edu->pci.mig.lock);
	if (!due)
		return;

	if (moves && move(edu, &edu->transfer))
		try_again(edu);
	else
		complete_command(edu, moves);
}

void edu_dma_init(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);

	INIT_DELAYED_WORK(&edu->dma_work, dma_work);
	init_waitqueue_head(&edu->dma_wait);
}

/* A command that is pending goes on where it was. */
int edu_dma_run(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);

	mutex_lock(&mig->lock);
	edu->mode = EDU_RUNNING;
	if (edu->state.dma_command & EDU_DMA_RUN && !edu->moving)
		start_timer(edu);
	mutex_unlock(&mig->lock);
	return 0;
}

/*
 * Let a pending command run now instead of when its time comes.  A guest that
 * goes on writing commands can have another one pending right afterwards; it then
 * stays pending, and the device cannot be saved.  -EINTR if the caller gave up.
 */
int edu_dma_drain(struct edu_device *edu)
{
	unsigned int before;
	bool pending;

	mutex_lock(&edu->pci.mig.lock);
	before = edu->completed;
	pending = edu->state.dma_command & EDU_DMA_RUN;
	if (pending && !edu->moving)
		mod_delayed_work(vfio_mig_workqueue, &edu->dma_work, 0);
	mutex_unlock(&edu->pci.mig.lock);
	if (!pending || !wait_event_killable(edu->dma_wait,
					     READ_ONCE(edu->completed) != before))
		return 0;
	return vfio_mig_may_give_up(&edu->pci.mig) ? -EINTR : 0;
}

static int wait_still(struct edu_device *edu, bool must)
{
	if (!wait_event_killable(edu->dma_wait, !READ_ONCE(edu->moving)))
		return 0;
	if (!must && vfio_mig_may_give_up(&edu->pci.mig))
		return -EINTR;
	wait_event(edu->dma_wait, !READ_ONCE(edu->moving));
	return 0;
}

static bool leave_running(struct edu_device *edu)
{
	bool was_running;
	s64 left;

	mutex_lock(&edu->pci.mig.lock);
	was_running = edu->mode == EDU_RUNNING;
	if (was_running)
		edu->mode = EDU_QUIESCED;
	if (was_running && edu->state.dma_command & EDU_DMA_RUN) {
		left = ktime_us_delta(edu->dma_due, ktime_get());
		edu->state.dma_remaining_us = clamp_t(s64, left, 0,
						      EDU_DMA_DELAY_US);
	}
	mutex_unlock(&edu->pci.mig.lock);
	return was_running;
}

/*
 * From here on no transfer starts, and none is under way.  A command whose
 * time has not come keeps what was left of it, and one whose memory did not
 * answer is to be done.  -EINTR if the caller gave up; then the device runs.
 */
int edu_dma_quiesce(struct edu_device *edu, bool must)
{
	bool was_running = leave_running(edu);
	int ret;

	ret = wait_still(edu, must);
	if (ret) {
		if (was_running)
			edu_dma_run(&edu->pci.mig);
		return ret;
	}
	/* It has nothing to do any more. */
	cancel_delayed_work_sync(&edu->dma_work);
	return 0;
}
