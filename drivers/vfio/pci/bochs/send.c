// SPDX-License-Identifier: GPL-2.0
/*
 * Sends the pages of the memory that have to be sent: as runs of one kind, some of
 * them each time that the hardware is got at.  What was read counts as sent when it
 * is sure that a device was there.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "track.h"

/*
 * Pages between two runs that are not worth the trouble to undo the runs by
 * themselves: as many as one page table has.  None of them is mapped writable.
 */
#define GAP		512

/* Reads the page into @payload. */
static enum bochs_kind read_page(struct bochs_device *bochs, unsigned long page,
				 void *payload)
{
	struct bochs_tracker *tracker = bochs->tracker;
	bool zero = bochs_hw_read(bochs, (u64)page << PAGE_SHIFT, payload,
				  PAGE_SIZE);
	const void *sent;

	if (tracker->settled ||
	    !bochs_shadow_of(tracker->shadow, page, &sent))
		return zero ? BOCHS_ZERO : BOCHS_CHANGED;
	if (sent ? !memcmp(sent, payload, PAGE_SIZE) : zero)
		return BOCHS_SAME;
	return zero ? BOCHS_ZERO : BOCHS_CHANGED;
}

/* From @run->page on; the payload has room for @room bytes. */
static void read_run(struct bochs_device *bochs, struct bochs_run *run,
		     u8 *payload, u32 room)
{
	struct bochs_tracker *tracker = bochs->tracker;
	unsigned long page = run->page;
	enum bochs_kind now;
	u32 length = 0;

	for (; page < tracker->pages && test_bit(page, tracker->send); page++) {
		now = read_page(bochs, page, payload +
				(length && run->kind == BOCHS_CHANGED ?
				 length : 0));
		if (length && now != run->kind)
			break;
		run->kind = now;
		length += PAGE_SIZE;
		if (length >= (now == BOCHS_CHANGED ? room : BOCHS_ZEROS_MAX))
			break;
	}
	run->payload = payload;
	run->pages = length >> PAGE_SHIFT;
}

static void put_run(struct vfio_mig_pieces *out, const struct bochs_run *run,
		    bool again)
{
	struct vfio_mig_piece piece = {
		.offset = (u64)run->page << PAGE_SHIFT,
		.length = run->pages << PAGE_SHIFT,
		.zeros = run->kind == BOCHS_ZERO,
		.again = again,
	};

	if (run->kind != BOCHS_SAME)
		vfio_mig_piece_put(out, &piece);
}

/* As many runs as there is room for; the hardware can be got at. */
static void read_runs(struct bochs_device *bochs, struct vfio_mig_pieces *out)
{
	struct bochs_tracker *tracker = bochs->tracker;
	bool again = !tracker->nr_unsent;
	unsigned long page = 0, looked;
	struct bochs_run *run;
	void *payload;
	u32 room;

	tracker->nr_runs = 0;
	for (looked = 0; looked < BOCHS_PAGES_AT_ONCE; looked += run->pages) {
		page = find_next_bit(tracker->send, tracker->pages, page);
		if (page == tracker->pages || tracker->nr_runs == BOCHS_RUNS)
			break;
		payload = vfio_mig_piece_room(out, &room);
		if (!payload)
			break;
		run = &tracker->runs[tracker->nr_runs++];
		run->page = page;
		read_run(bochs, run, payload, room);
		put_run(out, run, again);
		page += run->pages;
	}
}

/* What is sent of a device that stands still is compared with nothing any more. */
static void page_sent(struct bochs_device *bochs, unsigned long page,
		      enum bochs_kind kind, const void *payload)
{
	struct bochs_tracker *tracker = bochs->tracker;

	__clear_bit(page, tracker->send);
	if (kind == BOCHS_SAME)
		return;
	if (__test_and_clear_bit(page, tracker->unsent))
		tracker->nr_unsent--;
	if (READ_ONCE(bochs->held))
		bochs_shadow_forget(tracker->shadow, page);
	else
		bochs_shadow_note(tracker->shadow, page,
				  kind == BOCHS_CHANGED ? payload : NULL);
}

static void run_sent(struct bochs_device *bochs, const struct bochs_run *run)
{
	unsigned long i;

	for (i = 0; i < run->pages; i++)
		page_sent(bochs, run->page + i, run->kind,
			  run->payload + (i << PAGE_SHIFT));
}

/* Whether something was put; -errno: nothing of it counts. */
static int take_runs(struct bochs_device *bochs, struct vfio_mig_pieces *out)
{
	struct bochs_tracker *tracker = bochs->tracker;
	bool some = false;
	unsigned int i;
	int ret;

	ret = vfio_mig_access_begin(&bochs->pci.mig);
	if (ret)
		return ret;
	read_runs(bochs, out);
	ret = vfio_mig_access_check(&bochs->pci.mig);
	vfio_mig_access_end(&bochs->pci.mig);
	if (ret)
		return ret;
	for (i = 0; i < tracker->nr_runs; i++) {
		some |= tracker->runs[i].kind != BOCHS_SAME;
		run_sent(bochs, &tracker->runs[i]);
	}
	return some;
}

/* The mappings of what is to be sent, and of no more than lies between. */
static void zap_round(struct bochs_device *bochs)
{
	const unsigned long *send = bochs->tracker->send;
	unsigned long pages = bochs->tracker->pages;
	unsigned long page, end, next;

	for (page = find_first_bit(send, pages); page < pages; page = next) {
		next = page;
		do {
			end = find_next_zero_bit(send, pages, next);
			next = find_next_bit(send, pages, end);
		} while (next < pages && next - end < GAP);
		bochs_zap(bochs, page, end - page);
	}
}

/* If nothing is left of this round and something was touched, the next begins. */
static bool next_round(struct bochs_device *bochs)
{
	struct bochs_tracker *tracker = bochs->tracker;

	if (bitmap_empty(tracker->touched, tracker->pages))
		return false;
	bochs_track_begin_round(bochs);
	zap_round(bochs);
	return true;
}

/*
 * One round begins at most: who touches pages over and over that stay the same, as
 * by reading them, would keep the reader in here for ever.
 */
static int pieces_locked(struct bochs_device *bochs,
			 struct vfio_mig_pieces *out)
{
	struct bochs_tracker *tracker = bochs->tracker;
	bool begun = false;
	int ret;

	lockdep_assert_held(&bochs->track_lock);

	for (;;) {
		if (bitmap_empty(tracker->send, tracker->pages)) {
			if ((begun && !READ_ONCE(bochs->held)) ||
			    !next_round(bochs))
				return 0;
			begun = true;
		}
		ret = take_runs(bochs, out);
		if (ret)
			return min(ret, 0);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

int bochs_track_pieces(struct bochs_device *bochs, struct vfio_mig_pieces *out)
{
	int ret;

	mutex_lock(&bochs->track_lock);
	ret = pieces_locked(bochs, out);
	mutex_unlock(&bochs->track_lock);
	return ret;
}
