/* SPDX-License-Identifier: GPL-2.0 */
/* A VMM's calls as a table, and what can become of them. */
#ifndef VFIO_MIG_VERIFY_REPLAY_H
#define VFIO_MIG_VERIFY_REPLAY_H

#include "check.h"

enum action {
	END,
	GET_FEATURES,
	PROBE_LOGGING,
	GET_DATA_SIZE,
	GET_INFO,
	SET_STATE,
	READ_SOME,
	READ_ALL,
	WRITE_ALL,
	WRITE_CONFIG,
	CLOSE_FILE,
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

/* All of it, into the peer or the same device. */
void replay_whole(struct verify *v, const struct step *save_steps,
		  const struct step *load_steps);

/* Given up after each of the steps; a destination that is, is closed. */
void replay_cancelled(struct verify *v, const struct step *steps);
void replay_load_cancelled(struct verify *v, const struct step *steps);

/* Each of the steps fails; @given: what a destination writes. */
void replay_failed(struct verify *v, const struct step *steps,
		   const struct bytes *given);

#endif /* VFIO_MIG_VERIFY_REPLAY_H */
