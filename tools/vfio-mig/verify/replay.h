/* SPDX-License-Identifier: GPL-2.0 */
/* A VMM's calls as a table, and what can become of them. */
#ifndef VFIO_MIG_VERIFY_REPLAY_H
#define VFIO_MIG_VERIFY_REPLAY_H

#include "content.h"

enum action {
	END,
	GET_FEATURES,
	PROBE_LOGGING,
	GET_DATA_SIZE,
	OPT_IN,
	GET_INFO,
	SEND_INITIAL,
	CHANGE,
	SET_STATE,
	READ_SOME,
	READ_ALL,
	WRITE_ALL,
	WRITE_CONFIG,
	CLOSE_FILE,
	START_LOGGING,
	REPORT_LOGGING,
	STOP_LOGGING,
};

/**
 * struct step - a call of a VMM
 * @action: Which.
 * @state: For SET_STATE: the state.
 * @recover: What it sets if that fails; ERROR: it resets the device.
 * @needs: NEEDS_*; the step is left out without.
 */
struct step {
	enum action action;
	__u32 state;
	__u32 recover;
	unsigned int needs;
};

/**
 * struct vmm - how a VMM migrates
 * @save: Its calls at the source.
 * @load: Its calls at the destination.
 * @runs_by_p2p: What it has stopped runs again by way of RUNNING_P2P.
 * @config_after_reset: It writes config space anew after a reset.
 * @changes_in_pre_copy: @save says when its guest makes the device another; else that
 *	comes before.
 */
struct vmm {
	const struct step *save;
	const struct step *load;
	bool runs_by_p2p;
	bool config_after_reset;
	bool changes_in_pre_copy;
};

/* ---- replay_steps.c ---- */

/**
 * struct replay - a VMM at work
 * @vmm: Which.
 * @v: The check.
 * @side: Its device.
 * @stream: What was read.
 * @given: What is to be written.
 * @state: The state that it believes its device is in.
 * @logging: It has its device log what that writes.
 * @was_reset: What was in the device is gone.
 */
struct replay {
	const struct vmm *vmm;
	struct verify *v;
	struct side *side;
	struct bytes stream;
	const struct bytes *given;
	__u32 state;
	bool logging;
	bool was_reset;
};

/* What was put into the source, once it was; of all replays. */
extern struct view replay_before;
extern bool replay_is_filled;

/* Is there something to move, and a device to move it to: another, or one that was reset? */
bool replay_has_content(const struct verify *v);

/* Does it get there only when the device is being migrated already? */
bool replay_fills_late(const struct verify *v, const struct vmm *vmm);

/* @side is RUNNING. */
void replay_set_up(struct replay *replay, struct verify *v,
		   const struct vmm *vmm, struct side *side);

/* @count steps, or all of them. */
bool replay_steps(struct replay *replay, const struct step *steps,
		  unsigned int count);

bool replay_set(struct replay *replay, __u32 state);
bool replay_write_config(struct replay *replay);
bool replay_stop_logging(struct replay *replay);

/* ---- replay.c ---- */

/* All of it, into the peer or the same device. */
void replay_whole(struct verify *v, const struct vmm *vmm);

/* Given up after each of the steps; a destination that is, is closed. */
void replay_cancelled(struct verify *v, const struct vmm *vmm);
void replay_load_cancelled(struct verify *v, const struct vmm *vmm);

/* Each of the steps fails, at a source or at a destination. */
void replay_failed(struct verify *v, const struct vmm *vmm);
void replay_load_failed(struct verify *v, const struct vmm *vmm);

#endif /* VFIO_MIG_VERIFY_REPLAY_H */
