// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages of the memory have to be sent.
 *
 * It goes in rounds.  At the beginning of one, all that was touched becomes
 * what is to be sent, and its mappings are undone: whoever uses a page from then
 * on faults, and touches it for the next round.  A page is read after that, so
 * what is written while it is read is sent again.
 *
 * The shadow is what the other side holds.  A page that was touched and is the
 * same as before is not sent; and when the device has stopped, all pages are
 * compared with it, as DMA through a mapping that somebody made earlier writes
 * without a fault.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "bochs.h"

/* The longest run of zeros in a piece: reading that much is quickly done. */
#define ZEROS_MAX	SZ_1M

/* How many pages are looked at before a guest gets at its BARs again. */
#define PAGES_AT_ONCE	256

/*
 * Pages that an estimate looks at, at most.  A VMM asks for it again and again, and
 * nobody can ask the device for anything meanwhile: to look at all of 256 MiB takes
 * a fifth of a second.
 */
#define SAMPLES		1024

/*
 * Pages between two runs that are not worth the trouble to undo the runs by
 * themselves: as many as one page table has.  None of them is mapped writable.
 */
#define GAP		512

/**
 * struct bochs_tracker - the memory of a device that is being saved
 * @pages: Its pages.
 * @compare: Trust nobody: compare all of it in the end.
 * @nr_unsent: Pages that have not been sent at all.
 * @shadow: What has been sent; NULL if the device stood still already.
 * @touched: May have been written since the round began.  Bits are set under
 *	the gate held for read, all else is done with it held for write.  What
 *	follows, and @shadow, is under track_lock.
 * @send: To be sent in this round, or at least to be looked at.
 * @unsent: Have not been sent at all.
 * @zero: Of @send, those that were all 0 when last looked at: an estimate.
 */
struct bochs_tracker {
	unsigned long pages;
	bool compare;
	unsigned long nr_unsent;
	u8 *shadow;
	unsigned long *touched;
	unsigned long *send;
	unsigned long *unsent;
	unsigned long *zero;
};

void bochs_track_touch(struct bochs_tracker *tracker, unsigned long page)
{
	if (!test_and_set_bit(page, tracker->touched))
		vfio_mig_data_ready();
}

/* ---- its life ---- */

static void tracker_free(struct bochs_tracker *tracker)
{
	if (!tracker)
		return;
	bitmap_free(tracker->touched);
	bitmap_free(tracker->send);
	bitmap_free(tracker->unsent);
	bitmap_free(tracker->zero);
	kvfree(tracker->shadow);
	kfree(tracker);
}

static struct bochs_tracker *tracker_alloc(struct bochs_device *bochs)
{
	unsigned long pages = bochs->size >> PAGE_SHIFT;
	struct bochs_tracker *tracker;

	tracker = kzalloc(sizeof(*tracker), GFP_KERNEL_ACCOUNT);
	if (!tracker)
		return NULL;
	tracker->pages = pages;
	tracker->nr_unsent = pages;
	tracker->compare = READ_ONCE(bochs_dma_compare);
	tracker->touched = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	tracker->send = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	tracker->unsent = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	tracker->zero = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	if (!bochs->held)
		tracker->shadow = kvzalloc(bochs->size, VFIO_MIG_GFP_LARGE);
	if (!tracker->touched || !tracker->send || !tracker->unsent ||
	    !tracker->zero || (!bochs->held && !tracker->shadow)) {
		tracker_free(tracker);
		return NULL;
	}
	bitmap_set(tracker->send, 0, pages);
	bitmap_set(tracker->unsent, 0, pages);
	return tracker;
}

static void replace_tracker(struct bochs_device *bochs,
			    struct bochs_tracker *tracker)
{
	struct bochs_tracker *old = bochs->tracker;

	down_write(&bochs->gate);
	bochs->tracker = tracker;
	up_write(&bochs->gate);
	bochs_zap(bochs, 0, bochs->size >> PAGE_SHIFT);
	tracker_free(old);
}

/* ---- looking at pages ---- */

typedef void (*look_fn)(struct bochs_device *bochs, unsigned long page,
			void *ctx);

/* Look at one page of @step, and let the guest get at its BARs now and then. */
static int look_at_pages(struct bochs_device *bochs, unsigned long step,
			 look_fn look, void *ctx)
{
	unsigned long pages = bochs->size >> PAGE_SHIFT;
	unsigned long page = 0;
	unsigned long end;
	int ret;

	while (page < pages) {
		ret = vfio_mig_access_begin(&bochs->mig);
		if (ret)
			return ret;
		end = min(pages, page + PAGES_AT_ONCE * step);
		for (; page < end; page += step)
			look(bochs, page, ctx);
		ret = vfio_mig_access_check(&bochs->mig);
		vfio_mig_access_end(&bochs->mig);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static void look_for_zeros(struct bochs_device *bochs, unsigned long page,
			   void *ctx)
{
	unsigned long *zero = ctx;

	if (bochs_hw_is_zero(bochs, (u64)page << PAGE_SHIFT, PAGE_SIZE))
		__set_bit(page, zero);
}

int bochs_track(struct bochs_device *bochs, bool on)
{
	struct bochs_tracker *tracker;
	int ret;

	if (!on) {
		if (bochs->tracker)
			replace_tracker(bochs, NULL);
		return 0;
	}
	tracker = tracker_alloc(bochs);
	if (!tracker)
		return -ENOMEM;
	ret = look_at_pages(bochs, 1, look_for_zeros, tracker->zero);
	if (ret) {
		tracker_free(tracker);
		return ret;
	}
	replace_tracker(bochs, tracker);
	return 0;
}

static void compare(struct bochs_device *bochs, unsigned long page, void *ctx)
{
	struct bochs_tracker *tracker = bochs->tracker;
	u64 offset = (u64)page << PAGE_SHIFT;
	bool zero;

	if (!tracker->compare && !test_bit(page, tracker->send))
		return;
	if (bochs_hw_differs(bochs, offset, tracker->shadow + offset,
			     PAGE_SIZE, &zero) ||
	    test_bit(page, tracker->unsent))
		__set_bit(page, tracker->send);
	else
		__clear_bit(page, tracker->send);
	__assign_bit(page, tracker->zero, zero);
}

static void begin_round(struct bochs_device *bochs)
{
	struct bochs_tracker *tracker = bochs->tracker;

	down_write(&bochs->gate);
	bitmap_or(tracker->send, tracker->send, tracker->touched,
		  tracker->pages);
	bitmap_andnot(tracker->zero, tracker->zero, tracker->touched,
		      tracker->pages);
	bitmap_zero(tracker->touched, tracker->pages);
	up_write(&bochs->gate);
}

/*
 * The device has stopped, and its mappings are undone: find what is left.  A
 * reader may be taking pieces at this very moment.
 */
int bochs_track_settle(struct bochs_device *bochs)
{
	int ret = 0;

	mutex_lock(&bochs->track_lock);
	if (bochs->tracker) {
		begin_round(bochs);
		ret = look_at_pages(bochs, 1, compare, NULL);
	}
	mutex_unlock(&bochs->track_lock);
	return ret;
}

/* ---- what waits ---- */

/*
 * Add up runs of pages: @waits tells which wait (NULL: all), but for those of
 * @touched, which are not counted twice, and @zero which are 0.
 */
static void add_up(unsigned long pages, const unsigned long *waits,
		   const unsigned long *touched, const unsigned long *zero,
		   struct vfio_mig_waiting *sum)
{
	enum { NOTHING, ZEROS, BYTES } before = NOTHING, now;
	unsigned long page;
	u64 run = 0;

	for (page = 0; page < pages; page++) {
		bool fresh = touched && test_bit(page, touched);

		now = NOTHING;
		if (fresh || !waits || test_bit(page, waits))
			now = fresh || !test_bit(page, zero) ? BYTES : ZEROS;
		run = now == before ? run + PAGE_SIZE : PAGE_SIZE;
		if (now != NOTHING && (now != before ||
				       run > (now == ZEROS ? ZEROS_MAX : SZ_64K))) {
			sum->pieces++;
			run = PAGE_SIZE;
		}
		if (now == BYTES)
			sum->bytes += PAGE_SIZE;
		before = now;
	}
}

/**
 * struct sample - pages that stand for others
 * @zero: Those that were all 0, and the pages that follow each.
 * @step: A page, and those that it stands for.
 */
struct sample {
	unsigned long *zero;
	unsigned long step;
};

static void look_at_sample(struct bochs_device *bochs, unsigned long page,
			   void *ctx)
{
	struct sample *sample = ctx;

	if (bochs_hw_is_zero(bochs, (u64)page << PAGE_SHIFT, PAGE_SIZE))
		bitmap_set(sample->zero, page, sample->step);
}

/*
 * Of a device that nobody tracks.  A BAR's size is a power of 2, so each page that is
 * looked at stands for as many.  Without memory, the estimate is too high.
 */
static void estimate(struct bochs_device *bochs, struct vfio_mig_waiting *sum)
{
	unsigned long pages = bochs->size >> PAGE_SHIFT;
	struct sample sample = {
		.zero = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT),
		.step = max(1UL, pages / SAMPLES),
	};

	if (sample.zero &&
	    !look_at_pages(bochs, sample.step, look_at_sample, &sample))
		add_up(pages, NULL, NULL, sample.zero, sum);
	else
		sum->bytes += bochs->size;
	bitmap_free(sample.zero);
}

void bochs_track_waiting(struct bochs_device *bochs,
			 struct vfio_mig_waiting *sum)
{
	struct bochs_tracker *tracker = bochs->tracker;

	if (!tracker) {
		estimate(bochs, sum);
		return;
	}
	mutex_lock(&bochs->track_lock);
	add_up(tracker->pages, tracker->send, tracker->touched, tracker->zero,
	       sum);
	mutex_unlock(&bochs->track_lock);
}

/* ---- sending ---- */

/* What there is to say of a page: nothing new, that it is all 0, its bytes. */
enum kind {
	SAME,
	ZERO,
	CHANGED,
};

/* Reads the page into @payload. */
static enum kind read_page(struct bochs_device *bochs, unsigned long page,
			   void *payload)
{
	struct bochs_tracker *tracker = bochs->tracker;
	u64 offset = (u64)page << PAGE_SHIFT;
	bool zero = bochs_hw_read(bochs, offset, payload, PAGE_SIZE);

	if (!test_bit(page, tracker->unsent) && tracker->shadow &&
	    !memcmp(tracker->shadow + offset, payload, PAGE_SIZE))
		return SAME;
	return zero ? ZERO : CHANGED;
}

static void page_sent(struct bochs_tracker *tracker, unsigned long page,
		      enum kind kind, const void *payload)
{
	u8 *shadow = tracker->shadow + ((u64)page << PAGE_SHIFT);

	__clear_bit(page, tracker->send);
	if (kind == SAME)
		return;
	if (__test_and_clear_bit(page, tracker->unsent))
		tracker->nr_unsent--;
	if (!tracker->shadow)
		return;
	if (kind == ZERO)
		memset(shadow, 0, PAGE_SIZE);
	else
		memcpy(shadow, payload, PAGE_SIZE);
}

static void run_sent(struct bochs_tracker *tracker, unsigned long page,
		     u32 length, enum kind kind, const u8 *payload)
{
	u32 done;

	for (done = 0; done < length; done += PAGE_SIZE)
		page_sent(tracker, page++, kind,
			  kind == CHANGED ? payload + done : payload);
}

/* A run of pages of one kind, from @page on; @kind is what it begins with. */
static u32 read_run(struct bochs_device *bochs, unsigned long page, u8 *payload,
		    u32 room, enum kind *kind)
{
	struct bochs_tracker *tracker = bochs->tracker;
	u32 length = 0;
	enum kind now;
	u8 *to;

	for (; page < tracker->pages && test_bit(page, tracker->send); page++) {
		to = payload + (length && *kind == CHANGED ? length : 0);
		now = read_page(bochs, page, to);
		if (length && now != *kind)
			break;
		*kind = now;
		length += PAGE_SIZE;
		if (length >= (now == CHANGED ? room : ZEROS_MAX))
			break;
	}
	return length;
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
	begin_round(bochs);
	zap_round(bochs);
	return true;
}

/* Of what waits from @page on; nothing, if it is as it was sent. */
static int take_piece(struct bochs_device *bochs, unsigned long page,
		      void *payload, u32 room, struct vfio_mig_piece *piece)
{
	enum kind kind = SAME;
	u32 length;
	int ret;

	ret = vfio_mig_access_begin(&bochs->mig);
	if (ret)
		return ret;
	length = read_run(bochs, page, payload, room, &kind);
	ret = vfio_mig_access_check(&bochs->mig);
	vfio_mig_access_end(&bochs->mig);
	if (ret)
		return ret;
	piece->again = !bochs->tracker->nr_unsent;
	run_sent(bochs->tracker, page, length, kind, payload);
	if (kind == SAME)
		return 0;
	piece->offset = (u64)page << PAGE_SHIFT;
	piece->length = length;
	piece->zeros = kind == ZERO;
	return 0;
}

/*
 * One round begins at most: who touches pages over and over that stay the same, as
 * by reading them, would keep the reader in here for ever.
 */
static int piece_locked(struct bochs_device *bochs, void *payload, u32 room,
			struct vfio_mig_piece *piece)
{
	struct bochs_tracker *tracker = bochs->tracker;
	bool begun = false;
	unsigned long page;
	int ret;

	lockdep_assert_held(&bochs->track_lock);

	for (;;) {
		page = find_first_bit(tracker->send, tracker->pages);
		if (page < tracker->pages) {
			ret = take_piece(bochs, page, payload, room, piece);
			if (ret || piece->length)
				return ret;
			goto next;
		}
		if ((begun && !READ_ONCE(bochs->held)) || !next_round(bochs))
			return 0;
		begun = true;
next:
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

int bochs_track_piece(struct bochs_device *bochs, void *payload, u32 room,
		      struct vfio_mig_piece *piece)
{
	int ret;

	mutex_lock(&bochs->track_lock);
	ret = piece_locked(bochs, payload, room, piece);
	mutex_unlock(&bochs->track_lock);
	return ret;
}
