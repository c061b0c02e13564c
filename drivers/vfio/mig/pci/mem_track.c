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
#include <linux/sizes.h>
#include <linux/slab.h>

#include "mem_track.h"

/*
 * Pages that an estimate looks at, at most.  A VMM asks for it again and again, and
 * nobody can ask the device for anything meanwhile: to look at all of 256 MiB takes
 * a fifth of a second.
 */
#define SAMPLES		1024

void vfio_mig_mem_track_touch(struct vfio_mig_pci_memory *mem, unsigned long page)
{
	if (!test_and_set_bit(page, mem->tracker->touched))
		vfio_mig_data_ready(mem->mig);
}

/* ---- its life ---- */

static void tracker_free(struct mem_tracker *tracker)
{
	if (!tracker)
		return;
	bitmap_free(tracker->touched);
	bitmap_free(tracker->send);
	bitmap_free(tracker->unsent);
	bitmap_free(tracker->zero);
	vfio_mig_mem_shadow_free(tracker->shadow);
	kfree(tracker);
}

static struct mem_tracker *tracker_alloc(struct vfio_mig_pci_memory *mem)
{
	unsigned long pages = mem->size >> PAGE_SHIFT;
	struct mem_tracker *tracker;

	tracker = kzalloc(sizeof(*tracker), GFP_KERNEL_ACCOUNT);
	if (!tracker)
		return NULL;
	tracker->pages = pages;
	tracker->nr_unsent = pages;
	tracker->compare = !vfio_mig_pci_driver(mem->pci)->trust_dma ||
			   !READ_ONCE(*vfio_mig_pci_driver(mem->pci)->trust_dma);
	tracker->touched = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	tracker->send = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	tracker->unsent = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	tracker->zero = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT);
	if (!mem->held)
		tracker->shadow = vfio_mig_mem_shadow_alloc(mem->size);
	if (!tracker->touched || !tracker->send || !tracker->unsent ||
	    !tracker->zero || (!mem->held && !tracker->shadow)) {
		tracker_free(tracker);
		return NULL;
	}
	bitmap_set(tracker->send, 0, pages);
	bitmap_set(tracker->unsent, 0, pages);
	return tracker;
}

static void replace_tracker(struct vfio_mig_pci_memory *mem,
			    struct mem_tracker *tracker)
{
	struct mem_tracker *old = mem->tracker;

	down_write(&mem->gate);
	mem->tracker = tracker;
	up_write(&mem->gate);
	vfio_mig_mem_zap(mem, 0, mem->size >> PAGE_SHIFT);
	tracker_free(old);
}

/* ---- looking at pages ---- */

typedef void (*look_fn)(struct vfio_mig_pci_memory *mem, unsigned long page,
			void *ctx);

/* Look at one page of @step, and let the guest get at its BARs now and then. */
static int look_at_pages(struct vfio_mig_pci_memory *mem, unsigned long step,
			 look_fn look, void *ctx)
{
	unsigned long pages = mem->size >> PAGE_SHIFT;
	unsigned long page = 0;
	unsigned long end;
	int ret;

	while (page < pages) {
		ret = vfio_mig_access_begin(mem->mig);
		if (ret)
			return ret;
		end = min(pages, page + MEM_PAGES_AT_ONCE * step);
		for (; page < end; page += step)
			look(mem, page, ctx);
		ret = vfio_mig_access_check(mem->mig);
		vfio_mig_access_end(mem->mig);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}

static void look_for_zeros(struct vfio_mig_pci_memory *mem, unsigned long page,
			   void *ctx)
{
	unsigned long *zero = ctx;

	if (vfio_mig_mem_hw_is_zero(mem, (u64)page << PAGE_SHIFT, PAGE_SIZE))
		__set_bit(page, zero);
}

int vfio_mig_mem_track(struct vfio_mig_pci_memory *mem, bool on)
{
	struct mem_tracker *tracker;
	int ret;

	if (!on) {
		if (mem->tracker)
			replace_tracker(mem, NULL);
		return 0;
	}
	tracker = tracker_alloc(mem);
	if (!tracker)
		return -ENOMEM;
	ret = look_at_pages(mem, 1, look_for_zeros, tracker->zero);
	if (ret) {
		tracker_free(tracker);
		return ret;
	}
	replace_tracker(mem, tracker);
	return 0;
}

/* Is it other than what was sent?  And is it all 0? */
static bool changed(struct vfio_mig_pci_memory *mem, unsigned long page, bool *zero)
{
	struct mem_tracker *tracker = mem->tracker;
	u64 offset = (u64)page << PAGE_SHIFT;
	const void *sent;
	bool known;

	known = vfio_mig_mem_shadow_of(tracker->shadow, page, &sent);
	if (known && sent)
		return vfio_mig_mem_hw_differs(mem, offset, sent, PAGE_SIZE, zero);
	*zero = vfio_mig_mem_hw_is_zero(mem, offset, PAGE_SIZE);
	return !known || !*zero;
}

static void compare(struct vfio_mig_pci_memory *mem, unsigned long page, void *ctx)
{
	struct mem_tracker *tracker = mem->tracker;
	bool zero;

	__assign_bit(page, tracker->send, changed(mem, page, &zero));
	__assign_bit(page, tracker->zero, zero);
}

void vfio_mig_mem_track_begin_round(struct vfio_mig_pci_memory *mem)
{
	struct mem_tracker *tracker = mem->tracker;

	down_write(&mem->gate);
	bitmap_or(tracker->send, tracker->send, tracker->touched,
		  tracker->pages);
	bitmap_andnot(tracker->zero, tracker->zero, tracker->touched,
		      tracker->pages);
	bitmap_zero(tracker->touched, tracker->pages);
	up_write(&mem->gate);
	tracker->settled = false;
}

/*
 * Pages between two runs that are not worth the trouble to undo the runs by
 * themselves: as many as one page table has.  None of them is mapped writable.
 */
#define GAP		512

void vfio_mig_mem_track_zap(struct vfio_mig_pci_memory *mem, const unsigned long *pages)
{
	unsigned long end = mem->tracker->pages;
	unsigned long page, stop, next;

	lockdep_assert_held(&mem->track_lock);

	for (page = find_first_bit(pages, end); page < end; page = next) {
		next = page;
		do {
			stop = find_next_zero_bit(pages, end, next);
			next = find_next_bit(pages, end, stop);
		} while (next < end && next - stop < GAP);
		vfio_mig_mem_zap(mem, page, stop - page);
	}
}

/*
 * The device has stopped.  Of memory that is tracked nothing is mapped writable but what
 * was touched, or what a reader is about to undo who has the lock: that is all that has
 * to be undone.  False: nobody tracks it.
 */
bool vfio_mig_mem_track_hold(struct vfio_mig_pci_memory *mem)
{
	bool tracked;

	mutex_lock(&mem->track_lock);
	tracked = mem->tracker;
	if (tracked)
		vfio_mig_mem_track_zap(mem, mem->tracker->touched);
	mutex_unlock(&mem->track_lock);
	return tracked;
}

static int settle_locked(struct vfio_mig_pci_memory *mem)
{
	struct mem_tracker *tracker = mem->tracker;
	int ret;

	lockdep_assert_held(&mem->track_lock);

	vfio_mig_mem_track_begin_round(mem);
	if (!tracker->compare)
		return 0;
	ret = look_at_pages(mem, 1, compare, NULL);
	tracker->settled = !ret;
	return ret;
}

/*
 * The device has stopped, and its mappings are undone: find what is left.  A
 * reader may be taking pieces at this very moment.  If nobody else is said to write
 * to the memory it is what was touched, and that is compared as it is read.
 */
int vfio_mig_mem_track_settle(struct vfio_mig_pci_memory *mem)
{
	int ret = 0;

	mutex_lock(&mem->track_lock);
	if (mem->tracker)
		ret = settle_locked(mem);
	mutex_unlock(&mem->track_lock);
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
				       run > (now == ZEROS ? MEM_ZEROS_MAX : SZ_64K))) {
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

static void look_at_sample(struct vfio_mig_pci_memory *mem, unsigned long page,
			   void *ctx)
{
	struct sample *sample = ctx;

	if (vfio_mig_mem_hw_is_zero(mem, (u64)page << PAGE_SHIFT, PAGE_SIZE))
		bitmap_set(sample->zero, page, sample->step);
}

/*
 * Of a device that nobody tracks.  A BAR's size is a power of 2, so each page that is
 * looked at stands for as many.  Without memory, the estimate is too high.
 */
static void estimate(struct vfio_mig_pci_memory *mem, struct vfio_mig_waiting *sum)
{
	unsigned long pages = mem->size >> PAGE_SHIFT;
	struct sample sample = {
		.zero = bitmap_zalloc(pages, GFP_KERNEL_ACCOUNT),
		.step = max(1UL, pages / SAMPLES),
	};

	if (sample.zero &&
	    !look_at_pages(mem, sample.step, look_at_sample, &sample))
		add_up(pages, NULL, NULL, sample.zero, sum);
	else
		sum->bytes += mem->size;
	bitmap_free(sample.zero);
}

void vfio_mig_mem_track_waiting(struct vfio_mig_pci_memory *mem,
				struct vfio_mig_waiting *sum)
{
	struct mem_tracker *tracker = mem->tracker;

	if (!tracker) {
		estimate(mem, sum);
		return;
	}
	mutex_lock(&mem->track_lock);
	add_up(tracker->pages, tracker->send, tracker->touched, tracker->zero,
	       sum);
	mutex_unlock(&mem->track_lock);
}
