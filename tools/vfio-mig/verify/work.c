// SPDX-License-Identifier: GPL-2.0
/* A device at work: it stands still in STOP, and what is left is done elsewhere. */
#include <string.h>

#include "content.h"

/* Longer than any step of the work takes that is known. */
#define STILL_MS	300

/* It may be over before the device is stopped. */
#define TRIES		5

#define CHUNK		0x100000

/* Does it move, and come to the right end, where nothing is migrated? */
static bool works(struct verify *v, unsigned int kind)
{
	struct outcome outcome = {};
	struct view one = {}, other = {};

	if (v->moving < 0) {
		if (!begin(v) || !v->content->start(v, &v->self) ||
		    !v->content->watch(v, &v->self, &one) ||
		    !v->content->finish(v, &v->self, &outcome))
			return false;
		if (outcome.wrong)
			return blocked(v, "where it is not moved it does not end well either: %s",
				       outcome.text);
		if (!v->content->watch(v, &v->self, &other))
			return false;
		v->moving = differing(&one, &other, ~0u, NULL);
	}
	if (v->moving & kind)
		return true;
	skip(v, "nothing of that kind moves in RUNNING either");
	return false;
}

/* One try: false if something was in the way, or it stood not still. */
static bool try_still(struct verify *v, __u32 state, unsigned int kind,
		      const char *what, bool *over)
{
	struct view one = {}, other = {}, end = {};
	struct outcome outcome = {};
	char text[TEXT_LENGTH] = "";

	if (!begin(v) || !v->content->start(v, &v->self) ||
	    !go(v, &v->self, state) || !v->content->watch(v, &v->self, &one))
		return false;
	call_sleep(v, &v->self, STILL_MS);
	if (!v->content->watch(v, &v->self, &other))
		return false;
	if (differing(&one, &other, kind, text))
		return expect(v, false, what, "in %s, %s",
			      vfio_mig_state_name(state), text);
	if (!go(v, &v->self, VFIO_MIG_RUNNING) ||
	    !v->content->finish(v, &v->self, &outcome) ||
	    !v->content->watch(v, &v->self, &end))
		return false;
	*over = !differing(&other, &end, kind, NULL);
	return true;
}

static void stands_still(struct verify *v, __u32 state, unsigned int kind,
			 const char *what)
{
	bool over = true;
	int i;

	if (!works(v, kind))
		return;
	for (i = 0; over && i < TRIES; i++)
		if (!try_still(v, state, kind, what, &over))
			return;
	if (over)
		skip(v, "its work is over before it can be stopped");
}

static void registers_in_stop(struct verify *v)
{
	stands_still(v, VFIO_MIG_STOP, SEEN_REGISTER,
		     "registers that stand still");
}

static void memory_in_stop(struct verify *v)
{
	stands_still(v, VFIO_MIG_STOP, SEEN_MEMORY, "no DMA");
}

static void memory_in_p2p(struct verify *v)
{
	stands_still(v, VFIO_MIG_RUNNING_P2P, SEEN_MEMORY, "no DMA");
}

static void irqs_in_stop(struct verify *v)
{
	stands_still(v, VFIO_MIG_STOP, SEEN_IRQ, "no interrupt");
}

/* It is stopped amidst its work, which the other one does to its end. */
static bool move_work(struct verify *v, struct outcome *outcome)
{
	struct side *to = target(v);
	struct bytes bytes = {};
	bool good = false;
	int ret;

	if (!begin(v) || !v->content->start(v, &v->self) ||
	    !save(v, &v->self, &bytes) || !go(v, &v->self, VFIO_MIG_STOP) ||
	    !arrive(v, to, &v->self))
		goto out;
	ret = load(v, to, &bytes, CHUNK);
	if (ret)
		blocked(v, "the stream is not loaded: %s", errno_text(ret));
	else if (go(v, to, VFIO_MIG_RUNNING))
		good = v->content->finish(v, to, outcome);
	if (good)
		v->moved = true;
out:
	free_bytes(&bytes);
	return good;
}

static void work_goes_on(struct verify *v)
{
	struct outcome outcome = {};
	unsigned int wrong;

	if (!works(v, SEEN_REGISTER | SEEN_MEMORY) || !move_work(v, &outcome))
		return;
	wrong = outcome.wrong & (SEEN_REGISTER | SEEN_MEMORY);
	expect(v, !wrong, "the work's result", "%s", outcome.text);
}

static void irq_is_not_lost(struct verify *v)
{
	struct outcome outcome = {};

	if (works(v, SEEN_IRQ) && move_work(v, &outcome))
		expect(v, !outcome.fewer, "all interrupts, at the source and at the destination",
		       "%s", outcome.text);
}

static void irq_is_not_doubled(struct verify *v)
{
	struct outcome outcome = {};

	if (works(v, SEEN_IRQ) && move_work(v, &outcome))
		expect(v, !outcome.more, "each interrupt once, at the source or at the destination",
		       "%s", outcome.text);
}

#define ANCHOR		"enum vfio_device_mig_state"
#define NEEDS		(NEEDS_CONTENT | NEEDS_WORK)
#define STOP_RULE	"In STOP the device does not change its internal state, initiate DMA or interrupt."
#define MOVE_RULE	"Work under way is part of the internal state that is saved and loaded."

static const struct check checks[] = {
	{ "registers_stand_still_in_stop", STOP_RULE, ANCHOR ": STOP", NEEDS,
	  registers_in_stop },
	{ "dma_waits_in_stop", STOP_RULE, ANCHOR ": STOP", NEEDS,
	  memory_in_stop },
	{ "interrupts_wait_in_stop", STOP_RULE, ANCHOR ": STOP", NEEDS,
	  irqs_in_stop },
	{ "dma_waits_in_p2p",
	  "In the P2P states the device initiates no DMA.",
	  ANCHOR ": RUNNING_P2P", NEEDS | NEEDS_P2P, memory_in_p2p },
	{ "work_goes_on_at_the_destination", MOVE_RULE,
	  ANCHOR ": RESUMING -> STOP", NEEDS | NEEDS_TARGET, work_goes_on },
	{ "no_interrupt_is_lost", MOVE_RULE, ANCHOR ": RESUMING -> STOP",
	  NEEDS | NEEDS_TARGET, irq_is_not_lost },
	{ "no_interrupt_is_doubled", MOVE_RULE, ANCHOR ": RESUMING -> STOP",
	  NEEDS | NEEDS_TARGET, irq_is_not_doubled },
	{}
};

const struct check_group work_group = { "work", checks };
