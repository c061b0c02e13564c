/* SPDX-License-Identifier: GPL-2.0 */
/* What track.c and send.c share: which pages have to be sent, and which are. */
#ifndef MEM_TRACK_H
#define MEM_TRACK_H

#include <linux/sizes.h>

#include "mem.h"

/* The longest run of zeros in a piece: reading that much is quickly done. */
#define MEM_ZEROS_MAX		SZ_1M

/* How many pages are looked at before a guest gets at its BARs again. */
#define MEM_PAGES_AT_ONCE	256

/* How many runs of pages are sent before that. */
#define MEM_RUNS		64

/* What there is to say of a page: nothing new, that it is all 0, its bytes. */
enum mem_kind {
	MEM_SAME,
	MEM_ZERO,
	MEM_CHANGED,
};

/**
 * struct mem_run - pages of one kind
 * @page: The first.
 * @pages: How many.
 * @kind: Which kind.
 * @payload: Their bytes, if they have changed.
 */
struct mem_run {
	unsigned long page;
	unsigned long pages;
	enum mem_kind kind;
	const u8 *payload;
};

/**
 * struct mem_tracker - the memory of a device that is being saved
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
 * @runs: What is being sent.
 * @nr_runs: How many.
 */
struct mem_tracker {
	unsigned long pages;
	bool compare;
	struct mem_shadow *shadow;
	unsigned long nr_unsent;
	unsigned long *touched;
	unsigned long *send;
	unsigned long *unsent;
	unsigned long *zero;
	bool settled;
	struct mem_run runs[MEM_RUNS];
	unsigned int nr_runs;
};

/* Under track_lock; begins what comes after all that waits now. */
void vfio_mig_mem_track_begin_round(struct vfio_mig_pci_memory *mem);

/* Under track_lock; undoes the mappings of @pages, and of no more than lies between. */
void vfio_mig_mem_track_zap(struct vfio_mig_pci_memory *mem, const unsigned long *pages);

#endif /* MEM_TRACK_H */
