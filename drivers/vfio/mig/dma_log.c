// SPDX-License-Identifier: GPL-2.0
/*
 * DMA logging (VFIO_DEVICE_FEATURE_DMA_LOGGING_*) for a driver that knows each
 * byte that its device writes to memory, because it moves them itself.
 *
 * The log is a set of pages, so that it costs what was written and not what is
 * watched.  The ranges are kept in order, and a write is looked up among them.
 */
#include <linux/bits.h>
#include <linux/bsearch.h>
#include <linux/interval_tree.h>
#include <linux/iova_bitmap.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "mig.h"

/*
 * Smaller than that, the unit of a report cannot be; larger units would make
 * reports larger and nothing else, so this is what any wish for a unit gets.
 */
#define PAGE_BYTES	SZ_4K

/* Of a range, what may count as written on request, so that it ends some time. */
#define SHARED_PAGES	BIT(20)

/* Pages that are reported before a write is let in. */
#define PAGES_AT_ONCE	1024

/**
 * struct vfio_mig_dma_range - what is watched
 * @start: The first byte.
 * @last: The last one.
 */
struct vfio_mig_dma_range {
	unsigned long start;
	unsigned long last;
};

void vfio_mig_dma_log_init(struct vfio_mig_device *mig)
{
	mutex_init(&mig->dma_log.lock);
	xa_init(&mig->dma_log.pages);
}

void vfio_mig_dma_log_destroy(struct vfio_mig_device *mig)
{
	mutex_destroy(&mig->dma_log.lock);
}

static void stop_locked(struct vfio_mig_dma_log *log)
{
	lockdep_assert_held(&log->lock);

	xa_destroy(&log->pages);
	kvfree(log->ranges);
	log->ranges = NULL;
	log->nr_ranges = 0;
	log->lost = false;
}

/* The device is being closed.  A reset ends nothing: memory stays written. */
void vfio_mig_dma_log_close(struct vfio_mig_device *mig)
{
	struct vfio_mig_dma_log *log = &mig->dma_log;

	mutex_lock(&log->lock);
	stop_locked(log);
	mutex_unlock(&log->lock);
}

/* ---- what was written ---- */

static void mark_page(struct vfio_mig_dma_log *log, unsigned long page)
{
	if (xa_is_err(xa_store(&log->pages, page, xa_mk_value(1), GFP_KERNEL)))
		log->lost = true;
}

/* Of a hundred pages @percent, evenly; the first is one of them. */
static void mark_share(struct vfio_mig_dma_log *log,
		       const struct vfio_mig_dma_range *range,
		       unsigned int percent)
{
	unsigned long first = range->start / PAGE_BYTES;
	unsigned long last = min(range->last / PAGE_BYTES,
				 first + SHARED_PAGES - 1);
	unsigned int due = 100 - percent;
	unsigned long page;

	lockdep_assert_held(&log->lock);

	for (page = first; percent && page <= last; page++) {
		due += percent;
		if (due < 100)
			continue;
		due -= 100;
		mark_page(log, page);
		cond_resched();
	}
}

/* ---- START, STOP ---- */

/*
 * In the tree's order, which is that of their starts.  The core has seen to it
 * that they do not overlap, but lets empty ones through.
 */
static struct vfio_mig_dma_range *copy_ranges(struct rb_root_cached *root, u32 count)
{
	struct interval_tree_node *node;
	struct vfio_mig_dma_range *ranges;
	u32 i = 0;

	ranges = kvcalloc(count, sizeof(*ranges), VFIO_MIG_GFP_LARGE);
	if (!ranges)
		return ERR_PTR(-ENOMEM);
	for (node = interval_tree_iter_first(root, 0, ULONG_MAX);
	     node && i < count;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (node->last < node->start || node->last == ULONG_MAX) {
			kvfree(ranges);
			return ERR_PTR(-EINVAL);
		}
		ranges[i].start = node->start;
		ranges[i++].last = node->last;
	}
	return ranges;
}

static int start_locked(struct vfio_mig_dma_log *log,
			struct rb_root_cached *root, u32 count)
{
	struct vfio_mig_dma_range *ranges;

	lockdep_assert_held(&log->lock);

	if (log->ranges)
		return -EBUSY;
	ranges = copy_ranges(root, count);
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	log->ranges = ranges;
	log->nr_ranges = count;
	return 0;
}

static int log_start(struct vfio_device *vdev, struct rb_root_cached *root,
		     u32 count, u64 *page_size)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	unsigned int percent = vfio_mig_fault_share(mig);
	struct vfio_mig_dma_log *log = &mig->dma_log;
	int ret;
	u32 i;

	if (!is_power_of_2(*page_size))
		return -EINVAL;
	mutex_lock(&log->lock);
	ret = start_locked(log, root, count);
	for (i = 0; !ret && i < count; i++)
		mark_share(log, &log->ranges[i], percent);
	mutex_unlock(&log->lock);
	if (!ret)
		*page_size = PAGE_BYTES;
	return ret;
}

static int log_stop(struct vfio_device *vdev)
{
	struct vfio_mig_dma_log *log = &vfio_mig_from_vdev(vdev)->dma_log;
	int ret = 0;

	mutex_lock(&log->lock);
	if (log->ranges)
		stop_locked(log);
	else
		ret = -EINVAL;
	mutex_unlock(&log->lock);
	return ret;
}

/* ---- the writes ---- */

/* Bytes that are looked up; of a range, it is before, in, or behind. */
static int compare(const void *key, const void *element)
{
	const struct vfio_mig_dma_range *bytes = key, *range = element;

	if (bytes->last < range->start)
		return -1;
	return bytes->start > range->last;
}

static void mark_pages(struct vfio_mig_dma_log *log, unsigned long start,
		       unsigned long last)
{
	unsigned long page;

	for (page = start / PAGE_BYTES; page <= last / PAGE_BYTES; page++)
		mark_page(log, page);
}

/* Of @bytes, what is watched; they may lie across several ranges. */
static void mark_locked(struct vfio_mig_dma_log *log,
			const struct vfio_mig_dma_range *bytes)
{
	const struct vfio_mig_dma_range *end = log->ranges + log->nr_ranges;
	const struct vfio_mig_dma_range *range;

	lockdep_assert_held(&log->lock);

	range = bsearch(bytes, log->ranges, log->nr_ranges, sizeof(*range),
			compare);
	if (!range)
		return;
	while (range > log->ranges && range[-1].last >= bytes->start)
		range--;
	for (; range < end && range->start <= bytes->last; range++)
		mark_pages(log, max(range->start, bytes->start),
			   min(range->last, bytes->last));
}

void vfio_mig_dma_log_mark(struct vfio_mig_device *mig, u64 iova, u64 length)
{
	const struct vfio_mig_dma_range bytes = {
		.start = iova,
		.last = iova + length - 1,
	};
	struct vfio_mig_dma_log *log = &mig->dma_log;

	if (!length)
		return;
	mutex_lock(&log->lock);
	if (log->ranges)
		mark_locked(log, &bytes);
	mutex_unlock(&log->lock);
}
EXPORT_SYMBOL_GPL(vfio_mig_dma_log_mark);

/* ---- REPORT ---- */

/* Where newer kernels have iova_bitmap_set(). */
MODULE_INFO(import_ns, "IOMMUFD");

/*
 * The part of @page that was asked for.  A page that is only in part stays in
 * the log, for whoever asks for the rest.
 */
static void report_page(struct vfio_mig_dma_log *log, unsigned long page,
			const struct vfio_mig_dma_range *asked,
			struct iova_bitmap *bitmap)
{
	unsigned long start = page * PAGE_BYTES;
	unsigned long last = start + PAGE_BYTES - 1;
	unsigned long from = max(start, asked->start);
	unsigned long to = min(last, asked->last);

	iova_bitmap_set(bitmap, from, to - from + 1);
	if (from == start && to == last)
		xa_erase(&log->pages, page);
}

/* Some pages from *@page on; false if there are no more. */
static bool report_some(struct vfio_mig_dma_log *log, unsigned long *page,
			const struct vfio_mig_dma_range *asked,
			struct iova_bitmap *bitmap)
{
	unsigned long end = asked->last / PAGE_BYTES;
	unsigned int count = 0;
	void *entry;

	lockdep_assert_held(&log->lock);

	xa_for_each_range(&log->pages, *page, entry, *page, end) {
		report_page(log, *page, asked, bitmap);
		if (++count < PAGES_AT_ONCE)
			continue;
		return (*page)++ < end;
	}
	return false;
}

static int log_report(struct vfio_device *vdev, unsigned long iova,
		      unsigned long length, struct iova_bitmap *bitmap)
{
	const struct vfio_mig_dma_range asked = {
		.start = iova,
		.last = iova + length - 1,
	};
	struct vfio_mig_dma_log *log = &vfio_mig_from_vdev(vdev)->dma_log;
	unsigned long page;
	bool more;
	int ret;

	if (!length)
		return 0;
	mutex_lock(&log->lock);
	page = iova / PAGE_BYTES;
	do {
		ret = !log->ranges ? -EINVAL : log->lost ? -ENOMEM : 0;
		more = !ret && report_some(log, &page, &asked, bitmap);
		mutex_unlock(&log->lock);
		if (!more)
			return ret;
		cond_resched();
		mutex_lock(&log->lock);
	} while (true);
}

const struct vfio_log_ops vfio_mig_log_ops = {
	.log_start = log_start,
	.log_stop = log_stop,
	.log_read_and_clear = log_report,
};
