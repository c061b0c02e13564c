// SPDX-License-Identifier: GPL-2.0
/*
 * What VMMs do, call for call: a whole migration, one that is cancelled after
 * each of its calls, and one in which each of its calls fails.
 *
 * A device cannot be made to fail from outside.  So the call that "fails" is
 * left out, and what the VMM does about it is done.
 *
 * Where a content is known, it is in the source before, and has to be at the
 * destination afterwards, or in the source if that goes on.
 */
#include "replay.h"

/* Both as after power-on, and something in the source; calls from then on are kept. */
static bool begin_filled(struct verify *v, const struct vmm *vmm)
{
	replay_is_filled = false;
	if (!replay_has_content(v))
		return true;
	if (!begin(v))
		return false;
	if (!replay_fills_late(v, vmm)) {
		replay_is_filled = true;
		if (!prepared(v, &v->self, &replay_before))
			return false;
	}
	notes_mark(v);
	return true;
}

/* The source, as begin_filled() or the last round has left it. */
static bool start(struct replay *replay, struct verify *v,
		  const struct vmm *vmm)
{
	if (replay_has_content(v))
		notes_rewind(v);
	replay_set_up(replay, v, vmm, &v->self);
	return fresh(v, &v->self);
}

/* What was put into it is in it. */
static bool still_has_it(struct verify *v, struct side *side)
{
	struct view now = {};

	if (!replay_is_filled)
		return true;
	return v->content->look(v, side, &now) && expect_view(v, &replay_before, &now);
}

/* A source that is given up runs again. */
static bool let_run(struct replay *replay)
{
	if (replay->state == VFIO_MIG_STOP_COPY &&
	    !replay_set(replay, VFIO_MIG_STOP))
		return false;
	if (replay->state == VFIO_MIG_STOP && replay->vmm->runs_by_p2p &&
	    replay->v->has & NEEDS_P2P && !replay_set(replay, VFIO_MIG_RUNNING_P2P))
		return false;
	if (!replay_set(replay, VFIO_MIG_RUNNING))
		return false;
	if (replay->logging && !replay_stop_logging(replay))
		return false;
	close_data(replay->v, replay->side);
	return expect_state(replay->v, replay->side, VFIO_MIG_RUNNING,
			    "given up");
}

static bool start_over(struct replay *replay)
{
	if (!expect_ok(replay->v, call_reset(replay->v, replay->side),
		       "VFIO_DEVICE_RESET"))
		return false;
	close_data(replay->v, replay->side);
	replay->state = VFIO_MIG_RUNNING;
	replay->was_reset = true;
	/* Some end it with the reset, and say so. */
	if (replay->logging)
		call_log_stop(replay->v, replay->side);
	if (replay->vmm->config_after_reset && replay->v->has & NEEDS_PCI &&
	    !replay_write_config(replay))
		return false;
	return expect_state(replay->v, replay->side, VFIO_MIG_RUNNING,
			    "after the reset");
}

/* What is there when a stream comes: no memory that is decoded. */
static bool expect_stream(struct verify *v, struct side *to)
{
	return !replay_is_filled || (arrive(v, to, &v->self) &&
			      set_decode(v, to, false));
}

static void load_and_look_at_it(struct replay *source, const struct vmm *vmm,
				struct side *to)
{
	struct verify *v = source->v;
	struct replay sink;

	replay_set_up(&sink, v, vmm, to);
	sink.given = &source->stream;
	if (!expect_stream(v, to) || !replay_steps(&sink, vmm->load, -1) ||
	    !expect_state(v, to, VFIO_MIG_RUNNING, "migrated"))
		return;
	v->moved |= replay_is_filled;
	still_has_it(v, to);
}

void replay_whole(struct verify *v, const struct vmm *vmm)
{
	struct side *to = v->peer.dev ? &v->peer : &v->self;
	struct replay source = {};

	if (to != &v->self && !fresh(v, to))
		return;
	if (begin_filled(v, vmm) && start(&source, v, vmm) &&
	    replay_steps(&source, vmm->save, -1) &&
	    (to != &v->self || let_run(&source)))
		load_and_look_at_it(&source, vmm, to);
	free_bytes(&source.stream);
}

/* Cancelled when 0, 1, 2 ... steps have been taken. */
void replay_cancelled(struct verify *v, const struct vmm *vmm)
{
	struct replay source;
	unsigned int i;
	bool good;

	good = begin_filled(v, vmm);
	for (i = 0; good && vmm->save[i].action != END; i++) {
		good = start(&source, v, vmm) &&
		       replay_steps(&source, vmm->save, i + 1) &&
		       let_run(&source) && still_has_it(v, &v->self);
		free_bytes(&source.stream);
	}
	if (good && !enter(v, &v->self, VFIO_MIG_STOP_COPY))
		expect(v, false, "it can be saved afterwards", "%s",
		       v->reason);
}

/* What a destination is given; it is kept in @own, or NULL. */
static const struct bytes *stream_to_load(struct verify *v, struct bytes *own)
{
	replay_is_filled = false;
	if (!replay_has_content(v))
		return saved(v);
	if (!begin(v) || !save_prepared(v, &v->self, &replay_before, own) ||
	    !go(v, &v->self, VFIO_MIG_RUNNING))
		return NULL;
	put_away(v, &v->self);
	notes_mark(v);
	return own;
}

/* A destination that is given up is closed. */
void replay_load_cancelled(struct verify *v, const struct vmm *vmm)
{
	struct bytes own = {};
	const struct bytes *stream = stream_to_load(v, &own);
	struct replay sink;
	unsigned int i;

	for (i = 0; stream && vmm->load[i].action != END; i++) {
		if (!start(&sink, v, vmm))
			break;
		sink.given = stream;
		if (!replay_steps(&sink, vmm->load, i + 1))
			break;
		close_data(v, sink.side);
		if (!reopen(v, sink.side) ||
		    !expect_state(v, sink.side, VFIO_MIG_RUNNING,
				  "given up, closed and opened"))
			break;
	}
	free_bytes(&own);
}

/* Step @failing is the one that fails; what is done about that. */
static bool recover(struct replay *replay, const struct step *failing)
{
	if (failing->action == SET_STATE &&
	    failing->recover == VFIO_MIG_ERROR)
		return start_over(replay);
	if (failing->action == SET_STATE && !replay_set(replay, failing->recover))
		return false;
	if (replay->state == VFIO_MIG_RESUMING)
		return start_over(replay);
	return let_run(replay);
}

static bool fail_at(struct replay *replay, const struct step *steps,
		    unsigned int i)
{
	return replay_steps(replay, steps, i) && recover(replay, &steps[i]);
}

void replay_failed(struct verify *v, const struct vmm *vmm)
{
	bool good = true, anew = true;
	struct replay source = {};
	unsigned int i;

	for (i = 0; good && vmm->save[i].action != END; i++) {
		if (vmm->save[i].needs & ~v->has)
			continue;
		good = (!anew || begin_filled(v, vmm)) &&
		       start(&source, v, vmm) && fail_at(&source, vmm->save, i);
		anew = source.was_reset;
		good = good && (anew || still_has_it(v, &v->self));
		free_bytes(&source.stream);
	}
}

void replay_load_failed(struct verify *v, const struct vmm *vmm)
{
	struct bytes own = {};
	const struct bytes *stream = stream_to_load(v, &own);
	struct replay sink;
	bool good = stream;
	unsigned int i;

	for (i = 0; good && vmm->load[i].action != END; i++) {
		if (vmm->load[i].needs & ~v->has)
			continue;
		good = start(&sink, v, vmm);
		sink.given = stream;
		good = good && fail_at(&sink, vmm->load, i);
	}
	free_bytes(&own);
}
