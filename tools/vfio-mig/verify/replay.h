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
 */
struct vmm {
	const struct step *save;
	const struct step *load;
	bool runs_by_p2p;
	bool config_after_reset;
};

/* All of it, into the peer or the same device. */
void replay_whole(struct verify *v, const struct vmm *vmm);

/* Given up after each of the steps; a destination that is, is closed. */
void replay_cancelled(struct verify *v, const struct vmm *vmm);
void replay_load_cancelled(struct verify *v, const struct vmm *vmm);

/* Each of the steps fails, at a source or at a destination. */
void replay_failed(struct verify *v, const struct vmm *vmm);
void replay_load_failed(struct verify *v, const struct vmm *vmm);

#endif /* VFIO_MIG_VERIFY_REPLAY_H */
