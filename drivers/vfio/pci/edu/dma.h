/* SPDX-License-Identifier: GPL-2.0 */
/* The DMA engine of an edu, and who may do what on the device. */
#ifndef EDU_DMA_H
#define EDU_DMA_H

#include <linux/ktime.h>
#include <linux/vfio_mig.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "state.h"

/**
 * enum edu_mode - who may do what
 * @EDU_FROZEN: The device is idle and silent; the state is all there is.
 * @EDU_QUIESCED: As running, but no DMA starts.
 * @EDU_RUNNING: The device works.
 */
enum edu_mode {
	EDU_FROZEN,
	EDU_QUIESCED,
	EDU_RUNNING,
};

/**
 * struct edu_dma - the engine, and what it works on; all of it under the device's lock
 * @mig: The device.
 * @mode: See there.
 * @state: See there.
 * @due: When the pending command's delay is over, while the timer runs.
 * @work: The timer, and the transfer.
 * @moving: @work is at a transfer.
 * @completed: How many commands are.
 * @wait: Woken when either changes.
 * @transfer: What @work moves; nobody else's.
 * @complete: The driver's: take the device's lock, call edu_dma_complete_locked(), and do
 *	what that returns.
 */
struct edu_dma {
	struct vfio_mig_device *mig;
	enum edu_mode mode;
	struct edu_state state;
	ktime_t due;
	struct delayed_work work;
	bool moving;
	unsigned int completed;
	wait_queue_head_t wait;
	struct edu_transfer transfer;
	void (*complete)(struct edu_dma *dma, bool moved);
};

void edu_dma_init(struct edu_dma *dma, struct vfio_mig_device *mig,
		  void (*complete)(struct edu_dma *dma, bool moved));

/* A command was written; under the device's lock. */
void edu_dma_start(struct edu_dma *dma);
unsigned int edu_dma_complete_locked(struct edu_dma *dma, bool moved);

/* RUNNING_P2P -> RUNNING, and back: see dma.c; @must: not to be given up. */
int edu_dma_run(struct edu_dma *dma);
int edu_dma_leave(struct edu_dma *dma);
int edu_dma_quiesce(struct edu_dma *dma, bool must);

#endif /* EDU_DMA_H */
