/* SPDX-License-Identifier: GPL-2.0 */
/* What track.c and send.c share: which pages have to be sent, and which are. */
#ifndef BOCHS_TRACK_H
#define BOCHS_TRACK_H

#include <linux/sizes.h>

#include "bochs.h"

/* The longest run of zeros in a piece: reading that much is quickly done. */
#define BOCHS_ZEROS_MAX		SZ_1M

/* How many pages are looked at before a guest gets at its BARs again. */
#define BOCHS_PAGES_AT_ONCE	256

/* How many runs of pages are sent before that. */
#define BOCHS_RUNS		64

/* What there is to say of a page: nothing new, that it is all 0, its bytes. */
enum bochs_kind {
	BOCHS_SAME,
	BOCHS_ZERO,
	BOCHS_CHANGED,
};

/**
 * struct bochs_run - pages of one kind
 * @page: The first.
 * @pages: How many.
 * @kind: Which kind.
 * @payload: Their bytes, if they have changed.
 */
struct bochs_run {
	unsigned long page;
	unsigned long pages;
	enum bochs_kind kind;
	const u8 *payload;
};

/**
 * struct bochs_tracker - the memory of a device that is being saved
 * @pages: Its pages.
 * @compare: Trust nobody: compare all of it in the end.
 * @shadow: What has been sent; NULL if the device stood still already.
 * @nr_unsent: Pages that have not been sent at all.
 * @touched: May have been written since the round began.  Bits are set under
 *	the gate held for read, all else is done with it held for write.  What
 *	follows, and what comes before, is under track_lock.
 * @send: To be sent in this round, or at least to be looked at.
 * @unsent: Have not been sent at all.
 * @zero: Of @send, those that were all 0 when last looked at: an estimate.
 * @settled: All of @send is known to be other than what was sent.
 * @runs, @nr_runs: What is being sent.
 */
struct bochs_tracker {
	unsigned long pages;
	bool compare;
	struct bochs_shadow *shadow;
	unsigned long nr_unsent;
	unsigned long *touched;
	unsigned long *send;
	unsigned long *unsent;
	unsigned long *zero;
	bool settled;
	struct bochs_run runs[BOCHS_RUNS];
	unsigned int nr_runs;
};

/* Under track_lock; begins what comes after all that waits now. */
void bochs_track_begin_round(struct bochs_device *bochs);

#endif /* BOCHS_TRACK_H */
