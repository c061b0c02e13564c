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

#include "mem_track.h"

/*
 * Most processors' memcmp() in the kernel goes by one word at a time.  A page that has
 * changed mostly differs early.
 */
static bool is_same(const unsigned long *sent, const unsigned long *now)
{
	const unsigned long *end = now + PAGE_SIZE / sizeof(*now);

	for (; now < end; now += 4, sent += 4)
		if ((now[0] ^ sent[0]) | (now[1] ^ sent[1]) |
		    (now[2] ^ sent[2]) | (now[3] ^ sent[3]))
			return false;
	return true;
}

/* Reads the page into @payload. */
static enum mem_kind read_page(struct vfio_mig_pci_memory *mem, unsigned long page,
			       void *payload)
{
	struct mem_tracker *tracker = mem->tracker;
	bool zero = vfio_mig_mem_hw_read(mem, (u64)page << PAGE_SHIFT, payload,
				  PAGE_SIZE);
	const void *sent;

	if (tracker->settled ||
	    !vfio_mig_mem_shadow_of(tracker->shadow, page, &sent))
		return zero ? MEM_ZERO : MEM_CHANGED;
	if (sent ? is_same(sent, payload) : zero)
		return MEM_SAME;
	return zero ? MEM_ZERO : MEM_CHANGED;
}

/* From @run->page on; the payload has room for @room bytes. */
static void read_run(struct vfio_mig_pci_memory *mem, struct mem_run *run,
		     u8 *payload, u32 room)
{
	struct mem_tracker *tracker = mem->tracker;
	unsigned long page = run->page;
	enum mem_kind now;
	u32 length = 0;

	for (; page < tracker->pages && test_bit(page, tracker->send); page++) {
		now = read_page(mem, page, payload +
				(length && run->kind == MEM_CHANGED ?
				 length : 0));
		if (length && now != run->kind)
			break;
		run->kind = now;
		length += PAGE_SIZE;
		if (length >= (now == MEM_CHANGED ? room : MEM_ZEROS_MAX))
			break;
	}
	run->payload = payload;
	run->pages = length >> PAGE_SHIFT;
}

static void put_run(struct vfio_mig_pieces *out, const struct mem_run *run,
		    bool again)
{
	struct vfio_mig_piece piece = {
		.offset = (u64)run->page << PAGE_SHIFT,
		.length = run->pages << PAGE_SHIFT,
		.zeros = run->kind == MEM_ZERO,
		.again = again,
	};

	if (run->kind != MEM_SAME)
		vfio_mig_piece_put(out, &piece);
}

/* As many runs as there is room for; the hardware can be got at. */
static void read_runs(struct vfio_mig_pci_memory *mem, struct vfio_mig_pieces *out)
{
	struct mem_tracker *tracker = mem->tracker;
	bool again = !tracker->nr_unsent;
	unsigned long page = 0, looked;
	struct mem_run *run;
	void *payload;
	u32 room;

	tracker->nr_runs = 0;
	for (looked = 0; looked < MEM_PAGES_AT_ONCE; looked += run->pages) {
		page = find_next_bit(tracker->send, tracker->pages, page);
		if (page == tracker->pages || tracker->nr_runs == MEM_RUNS)
			break;
		payload = vfio_mig_piece_room(out, &room);
		if (!payload)
			break;
		run = &tracker->runs[tracker->nr_runs++];
		run->page = page;
		read_run(mem, run, payload, room);
		put_run(out, run, again);
		page += run->pages;
	}
}

/* What is sent of a device that stands still is compared with nothing any more. */
static void page_sent(struct vfio_mig_pci_memory *mem, unsigned long page,
		      enum mem_kind kind, const void *payload)
{
	struct mem_tracker *tracker = mem->tracker;

	__clear_bit(page, tracker->send);
	if (kind == MEM_SAME)
		return;
	if (__test_and_clear_bit(page, tracker->unsent))
		tracker->nr_unsent--;
	if (READ_ONCE(mem->held))
		vfio_mig_mem_shadow_forget(tracker->shadow, page);
	else
		vfio_mig_mem_shadow_note(tracker->shadow, page,
					 kind == MEM_CHANGED ? payload : NULL);
}

static void run_sent(struct vfio_mig_pci_memory *mem, const struct mem_run *run)
{
	unsigned long i;

	for (i = 0; i < run->pages; i++)
		page_sent(mem, run->page + i, run->kind,
			  run->payload + (i << PAGE_SHIFT));
}

/* Whether something was put; -errno: nothing of it counts. */
static int take_runs(struct vfio_mig_pci_memory *mem, struct vfio_mig_pieces *out)
{
	struct mem_tracker *tracker = mem->tracker;
	bool some = false;
	unsigned int i;
	int ret;

	ret = vfio_mig_access_begin(mem->mig);
	if (ret)
		return ret;
	read_runs(mem, out);
	ret = vfio_mig_access_check(mem->mig);
	vfio_mig_access_end(mem->mig);
	if (ret)
		return ret;
	for (i = 0; i < tracker->nr_runs; i++) {
		some |= tracker->runs[i].kind != MEM_SAME;
		run_sent(mem, &tracker->runs[i]);
	}
	return some;
}

/* If nothing is left of this round and something was touched, the next begins. */
static bool next_round(struct vfio_mig_pci_memory *mem)
{
	struct mem_tracker *tracker = mem->tracker;

	if (bitmap_empty(tracker->touched, tracker->pages))
		return false;
	vfio_mig_mem_track_begin_round(mem);
	vfio_mig_mem_track_zap(mem, tracker->send);
	return true;
}

/*
 * One round begins at most: who touches pages over and over that stay the same, as
 * by reading them, would keep the reader in here for ever.
 */
static int pieces_locked(struct vfio_mig_pci_memory *mem,
			 struct vfio_mig_pieces *out)
{
	struct mem_tracker *tracker = mem->tracker;
	bool begun = false;
	int ret;

	lockdep_assert_held(&mem->track_lock);

	for (;;) {
		if (bitmap_empty(tracker->send, tracker->pages)) {
			if ((begun && !READ_ONCE(mem->held)) ||
			    !next_round(mem))
				return 0;
			begun = true;
		}
		ret = take_runs(mem, out);
		if (ret)
			return min(ret, 0);
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

int vfio_mig_mem_track_pieces(struct vfio_mig_pci_memory *mem, struct vfio_mig_pieces *out)
{
	int ret;

	mutex_lock(&mem->track_lock);
	ret = pieces_locked(mem, out);
	mutex_unlock(&mem->track_lock);
	return ret;
}
