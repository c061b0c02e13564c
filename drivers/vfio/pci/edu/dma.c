// SPDX-License-Identifier: GPL-2.0
/*
 * The mediated DMA engine: registers, a timer, and a transfer between the
 * user's memory and the buffer.  The hardware's own engine stays idle.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/string.h>

#include "edu.h"

struct workqueue_struct *edu_workqueue;

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

	lockdep_assert_held(&edu->lock);
	return value ? *value : U64_MAX;
}

static void start_timer(struct edu_device *edu)
{
	u32 delay = edu->state.dma_remaining_us;

	edu->dma_due = ktime_add_us(ktime_get(), delay);
	queue_delayed_work(edu_workqueue, &edu->dma_work,
			   usecs_to_jiffies(delay));
}

/* All four registers are locked while a command is pending. */
void edu_dma_write_reg(struct edu_device *edu, u64 reg, u64 value)
{
	u64 *target = dma_register(edu, reg);

	lockdep_assert_held(&edu->lock);

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
 * The accessors for users wait while somebody resets the device by way of sysfs,
 * which switches it off for a moment.
 */
static bool bus_master(struct edu_device *edu)
{
	struct pci_dev *pdev = edu->mig.core.pdev;
	u16 command = 0;
	int ret;

	/* A user may have let the device sleep. */
	if (pm_runtime_resume_and_get(&pdev->dev))
		return false;
	ret = pci_user_read_config_word(pdev, PCI_COMMAND, &command);
	pm_runtime_put(&pdev->dev);
	return !ret && !PCI_POSSIBLE_ERROR(command) &&
	       command & PCI_COMMAND_MASTER;
}

/*
 * Page by page, since each may be mapped or not.  What cannot be read reads as
 * 0, what cannot be written is dropped, and neither is reported: so it is with
 * the device behind an IOMMU, or with bus mastering off.
 */
static void move(struct edu_device *edu, struct edu_transfer *transfer)
{
	bool master = bus_master(edu);
	u32 done, piece;
	int ret;

	for (done = 0; done < transfer->count; done += piece) {
		u64 address = transfer->address + done;
		u8 *bytes = transfer->bytes + done;

		piece = min_t(u64, transfer->count - done,
			      PAGE_SIZE - offset_in_page(address));
		ret = master ? vfio_mig_dma_rw(&edu->mig, address, bytes,
					       piece, transfer->to_memory) :
			       -EPERM;
		if (ret && !transfer->to_memory)
			memset(bytes, 0, piece);
		/* After a fault half way, some of it may have been written. */
		if (transfer->to_memory && (!ret || ret == -EFAULT))
			vfio_mig_dma_log_mark(&edu->mig, address, piece);
	}
}

static void complete_command(struct edu_device *edu,
			     const struct edu_transfer *transfer, bool moved)
{
	struct edu_state *state = &edu->state;

	if (moved && !transfer->to_memory) {
		memcpy(state->buffer + transfer->offset, transfer->bytes,
		       transfer->count);
		edu->buffer_waits = edu->tracking;
	}
	state->dma_command &= ~(u64)EDU_DMA_RUN;
	if (state->dma_command & EDU_DMA_IRQ)
		edu_hw_write(edu, EDU_IRQ_RAISE, EDU_IRQ_DMA);
}

/*
 * The transfer itself holds no lock, because it touches user memory.  The
 * command cannot change meanwhile (RUN locks the registers), and whoever takes
 * the device out of EDU_RUNNING waits for this work to end.
 */
static void dma_work(struct work_struct *work)
{
	struct edu_device *edu = container_of(to_delayed_work(work),
					      struct edu_device, dma_work);
	struct edu_transfer *transfer = &edu->transfer;
	bool due, moved;

	mutex_lock(&edu->lock);
	due = edu->mode == EDU_RUNNING &&
	      edu->state.dma_command & EDU_DMA_RUN;
	moved = due && decode(&edu->state, transfer);
	mutex_unlock(&edu->lock);
	if (!due)
		return;

	if (moved)
		move(edu, transfer);

	if (vfio_mig_access_begin(&edu->mig))
		return;
	mutex_lock(&edu->lock);
	complete_command(edu, transfer, moved);
	mutex_unlock(&edu->lock);
	vfio_mig_access_end(&edu->mig);
	vfio_mig_data_ready();
}

void edu_dma_init(struct edu_device *edu)
{
	INIT_DELAYED_WORK(&edu->dma_work, dma_work);
}

/* A command that is pending goes on where it was. */
void edu_dma_run(struct edu_device *edu)
{
	mutex_lock(&edu->lock);
	edu->mode = EDU_RUNNING;
	if (edu->state.dma_command & EDU_DMA_RUN)
		start_timer(edu);
	mutex_unlock(&edu->lock);
}

/*
 * Let a pending command run now instead of when its time comes.  A guest that
 * goes on writing commands can have another one pending right afterwards; it
 * then stays pending, and the device cannot be saved.
 */
void edu_dma_drain(struct edu_device *edu)
{
	flush_delayed_work(&edu->dma_work);
}

/*
 * From here on no transfer starts, and none is under way.  A command whose
 * time has not come keeps what was left of it.
 */
void edu_dma_quiesce(struct edu_device *edu)
{
	bool was_running;
	s64 left;

	mutex_lock(&edu->lock);
	was_running = edu->mode == EDU_RUNNING;
	if (was_running)
		edu->mode = EDU_QUIESCED;
	mutex_unlock(&edu->lock);

	cancel_delayed_work_sync(&edu->dma_work);

	mutex_lock(&edu->lock);
	if (was_running && edu->state.dma_command & EDU_DMA_RUN) {
		left = ktime_us_delta(edu->dma_due, ktime_get());
		edu->state.dma_remaining_us = clamp_t(s64, left, 0,
						      EDU_DMA_DELAY_US);
	}
	mutex_unlock(&edu->lock);
}
