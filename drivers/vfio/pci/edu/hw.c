// SPDX-License-Identifier: GPL-2.0
/*
 * The only file that touches the hardware.
 *
 * freeze: the hardware's part of the state goes into struct edu_state, and the
 * hardware falls silent.  thaw: the hardware is made to hold what struct
 * edu_state says.  Either is exact, whatever the factorial engine is doing.
 *
 * What makes that possible is the order in which the engine works: it stores
 * the result, clears COMPUTING, then looks at STATUS_IRQ, then raises the
 * interrupt, and only then takes the next argument.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/pci.h>

#include "edu.h"

/* The longest factorial takes seconds; a busy host may take ten times that. */
#define IDLE_TIMEOUT_S	120

static u32 get(struct edu_device *edu, u32 reg)
{
	return ioread32(edu->pci.bar[EDU_BAR] + reg);
}

static void set(struct edu_device *edu, u32 reg, u32 value)
{
	iowrite32(value, edu->pci.bar[EDU_BAR] + reg);
}

/* ---- a guest's own accesses, under memory_lock and lock ---- */

u32 edu_hw_read(struct edu_device *edu, u32 reg)
{
	lockdep_assert_held(&edu->pci.mig.lock);
	return get(edu, reg);
}

static bool computing(struct edu_device *edu)
{
	return get(edu, EDU_STATUS) & EDU_STATUS_COMPUTING;
}

/*
 * The argument has to be remembered here: register 0x08 gives the result
 * before COMPUTING is clear, so reading it back could take one for the other.
 */
static void write_factorial(struct edu_device *edu, u32 value)
{
	u32 status = get(edu, EDU_STATUS);

	if (status & EDU_STATUS_COMPUTING)
		return;
	edu->argument = value;
	edu->irq_due = status & EDU_STATUS_IRQ;
	set(edu, EDU_FACTORIAL, value);
}

/* An engine that is seen computing afterwards is sure to look at the bit. */
static void write_status(struct edu_device *edu, u32 value)
{
	set(edu, EDU_STATUS, value);
	edu->irq_due = value & EDU_STATUS_IRQ &&
		       (edu->irq_due || computing(edu));
}

static void write_ack(struct edu_device *edu, u32 value)
{
	if (edu->irq_due && value & EDU_IRQ_FACTORIAL &&
	    get(edu, EDU_IRQ_STATUS) & EDU_IRQ_FACTORIAL && !computing(edu))
		edu->irq_due = false;
	set(edu, EDU_IRQ_ACK, value);
}

void edu_hw_write(struct edu_device *edu, u32 reg, u32 value)
{
	lockdep_assert_held(&edu->pci.mig.lock);

	switch (reg) {
	case EDU_FACTORIAL:
		write_factorial(edu, value);
		break;
	case EDU_STATUS:
		write_status(edu, value);
		break;
	case EDU_IRQ_ACK:
		write_ack(edu, value);
		break;
	default:
		set(edu, reg, value);
	}
}

/* ---- the factorial engine ---- */

/* The DMA engine can be busy only by what an earlier driver left behind. */
static int engines_busy(struct edu_device *edu)
{
	u32 status, command;
	int ret;

	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	status = get(edu, EDU_STATUS);
	command = get(edu, EDU_DMA_COMMAND);
	vfio_mig_access_end(&edu->pci.mig);
	if (status == U32_MAX)
		return -EIO;
	return status & EDU_STATUS_COMPUTING || command & EDU_DMA_RUN;
}

/*
 * Nobody starts an engine meanwhile: the device is frozen.  Most of what is
 * waited for is over at once, and the rest can take seconds.  @must: even for
 * somebody who is killed, as what would be left behind is no state.
 */
static int wait_idle(struct edu_device *edu, bool must)
{
	ktime_t deadline = ktime_add_ms(ktime_get(), IDLE_TIMEOUT_S * 1000);
	unsigned int pause = 10;
	int busy;

	while ((busy = engines_busy(edu)) > 0) {
		if (ktime_after(ktime_get(), deadline))
			return -ETIMEDOUT;
		if (!must && vfio_mig_may_give_up(&edu->pci.mig))
			return -EINTR;
		usleep_range(pause, 2 * pause);
		pause = min(2 * pause, 1000U);
	}
	return busy;
}

/*
 * Run the idle engine once, silently.  When this returns, whatever it was
 * about to do for an earlier argument is done as well, its interrupt included.
 * With arguments as small as these it takes no time, so nobody gives up here.
 */
static int run_engine(struct edu_device *edu, u32 argument)
{
	int ret;

	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	set(edu, EDU_STATUS, 0);
	set(edu, EDU_FACTORIAL, argument);
	vfio_mig_access_end(&edu->pci.mig);
	return wait_idle(edu, true);
}

/* ---- freeze ---- */

/* So reads a device that has been pulled out; nothing of it would be true. */
static bool gone(struct edu_device *edu)
{
	return get(edu, EDU_STATUS) == U32_MAX;
}

/*
 * The guest's accesses end here.  From the moment that STATUS_IRQ is clear, a
 * factorial that still computes ends without an interrupt; one that is already
 * done may have its interrupt yet to come.
 */
static void capture_engine_locked(struct edu_device *edu, bool *idle)
{
	struct edu_state *state = &edu->dma.state;
	u32 wants_irq;

	lockdep_assert_held(&edu->pci.mig.lock);

	edu->dma.mode = EDU_FROZEN;
	wants_irq = get(edu, EDU_STATUS) & EDU_STATUS_IRQ;
	set(edu, EDU_STATUS, 0);
	state->liveness = get(edu, EDU_LIVENESS);
	state->irq_status = get(edu, EDU_IRQ_STATUS);
	state->status = wants_irq;
	*idle = !computing(edu);
	if (*idle) {
		state->factorial = get(edu, EDU_FACTORIAL);
	} else {
		state->factorial = edu->argument;
		state->status |= EDU_STATUS_COMPUTING;
	}
}

static int capture_engine(struct edu_device *edu, bool *idle)
{
	int ret;

	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	if (gone(edu))
		ret = -EIO;
	else
		capture_engine_locked(edu, idle);
	vfio_mig_access_end(&edu->pci.mig);
	return ret;
}

/*
 * An engine that ended just as its right was taken away may have looked at it
 * before or after.  It is known what it owes, so if it has not raised its
 * interrupt by now, that is done for it, while the guest can still be told.
 */
static int capture_interrupt(struct edu_device *edu, bool idle)
{
	struct edu_state *state = &edu->dma.state;
	int ret;

	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	state->irq_status = get(edu, EDU_IRQ_STATUS);
	if (idle && edu->irq_due && !(state->irq_status & EDU_IRQ_FACTORIAL)) {
		set(edu, EDU_IRQ_RAISE, EDU_IRQ_FACTORIAL);
		state->irq_status |= EDU_IRQ_FACTORIAL;
	}
	edu->irq_due = false;
	set(edu, EDU_IRQ_ACK, U32_MAX);
	if (gone(edu))
		ret = -EIO;
	vfio_mig_access_end(&edu->pci.mig);
	return ret;
}

int edu_hw_freeze(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);
	bool idle;
	int ret;

	ret = capture_engine(edu, &idle);
	if (ret)
		return ret;
	if (idle)
		ret = run_engine(edu, EDU_FACTORIAL_ZERO);
	if (!ret)
		ret = capture_interrupt(edu, idle);
	/*
	 * Captured, if not silent; thawing it is the way back.  An engine that
	 * did not end in two minutes is not waited for again.
	 */
	if (ret && (ret == -ETIMEDOUT || edu_hw_thaw(edu, true)))
		ret = VFIO_MIG_IN_NEITHER_STATE;
	return ret;
}

/* ---- thaw ---- */

/*
 * The guest has had the message for an interrupt that is up already, so with MSI none
 * may go out.  INTx is a level, and is simply up again.
 */
static void raise(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);

	set(edu, EDU_IRQ_RAISE, edu->dma.state.irq_status);
	/* A read pushes the write. */
	get(edu, EDU_IRQ_STATUS);
}

/*
 * @announce: The interrupt status is news to the guest, message included.
 */
static int release_engine(struct edu_device *edu, bool announce)
{
	const struct edu_state *state = &edu->dma.state;
	int ret;

	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	set(edu, EDU_IRQ_ACK, U32_MAX);
	set(edu, EDU_LIVENESS, ~state->liveness);
	if (announce)
		raise(&edu->pci.mig);
	else if (state->irq_status)
		vfio_mig_unseen(&edu->pci.mig, raise);
	edu->irq_due = false;
	set(edu, EDU_STATUS, state->status & EDU_STATUS_IRQ);
	if (state->status & EDU_STATUS_COMPUTING)
		write_factorial(edu, state->factorial);
	edu->dma.mode = EDU_QUIESCED;
	vfio_mig_access_end(&edu->pci.mig);
	return 0;
}

/*
 * A stop that was taken back: does the engine still compute what it is to
 * compute?  Then it gets its right to interrupt back and need not start again.
 * That is sure only if it is seen computing afterwards; if it ended in
 * between, *@ended is set.
 */
static int rejoin_engine(struct edu_device *edu, bool *ended)
{
	const struct edu_state *state = &edu->dma.state;
	int rejoined = 0;
	int ret;

	if (!(state->status & EDU_STATUS_COMPUTING) || state->irq_status ||
	    edu->argument != state->factorial)
		return 0;
	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	if (computing(edu)) {
		write_status(edu, state->status & EDU_STATUS_IRQ);
		rejoined = computing(edu);
		*ended = !rejoined;
	}
	if (rejoined) {
		/* The state may be another that computes the same. */
		set(edu, EDU_LIVENESS, ~state->liveness);
		edu->dma.mode = EDU_QUIESCED;
	}
	vfio_mig_access_end(&edu->pci.mig);
	return rejoined;
}

/*
 * It ended just when it got its right back.  Whether it made use of it shows
 * once the engine has been run again; if it did not, that is made up for.
 */
static int settle_ended(struct edu_device *edu, bool *announce)
{
	struct edu_state *state = &edu->dma.state;
	int ret;

	ret = run_engine(edu, EDU_FACTORIAL_ZERO);
	if (!ret)
		ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	state->factorial = edu_model_factorial(state->factorial);
	state->status &= ~EDU_STATUS_COMPUTING;
	if (state->status & EDU_STATUS_IRQ) {
		*announce = !(get(edu, EDU_IRQ_STATUS) & EDU_IRQ_FACTORIAL);
		state->irq_status = EDU_IRQ_FACTORIAL;
	}
	vfio_mig_access_end(&edu->pci.mig);
	return 0;
}

/*
 * Make the engine hold the result, or nothing if it is to compute; it may have
 * to end first what an earlier user of the device began.
 */
static int load_engine(struct edu_device *edu, bool must)
{
	int argument = EDU_FACTORIAL_ZERO;
	int ret;

	if (!(edu->dma.state.status & EDU_STATUS_COMPUTING))
		argument = edu_model_argument_of(edu->dma.state.factorial);
	if (argument < 0)
		return -EINVAL;
	ret = wait_idle(edu, must);
	return ret ?: run_engine(edu, argument);
}

/*
 * The one way to bring the hardware to a state.  Until the end it is frozen, and
 * @state is all there is, so it can be tried again.
 */
int edu_hw_thaw(struct edu_device *edu, bool must)
{
	bool announce = false;
	bool ended = false;
	int ret;

	ret = rejoin_engine(edu, &ended);
	if (ret)
		return min(ret, 0);
	if (ended)
		ret = settle_ended(edu, &announce);
	if (!ret)
		ret = load_engine(edu, must);
	return ret ?: release_engine(edu, announce);
}

/* A factorial under way cannot be stopped; it can be kept from telling. */
static int disarm_engine(struct edu_device *edu)
{
	int ret;

	ret = vfio_mig_access_begin(&edu->pci.mig);
	if (ret)
		return ret;
	set(edu, EDU_STATUS, 0);
	vfio_mig_access_end(&edu->pci.mig);
	return 0;
}

/* Frozen, with the power-on state: thawing brings the hardware to it. */
int edu_hw_scrub(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);

	edu_dma_quiesce(&edu->dma, true);
	mutex_lock(&mig->lock);
	edu->dma.mode = EDU_FROZEN;
	vfio_mig_power_on(mig);
	mutex_unlock(&mig->lock);
	return disarm_engine(edu);
}
