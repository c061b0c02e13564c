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
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "hooks.h"

/*
 * Smaller than that, the unit of a report cannot be; larger units would make
 * reports larger and nothing else, so this is what any wish for a unit gets.
 */
#define PAGE_BYTES	SZ_4K

/* Of a range, what may count as written on request, so that it ends some time. */
#define SHARED_PAGES	BIT(20)

/* Pages that are taken out of the log before a write is let in. */
#define PAGES_AT_ONCE	64

/* Pages that are forgotten before somebody else may run. */
#define FORGET_AT_ONCE	1024

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
	mutex_init(&mig->priv->dma_log.lock);
	xa_init_flags(&mig->priv->dma_log.pages, XA_FLAGS_ACCOUNT);
}

void vfio_mig_dma_log_destroy(struct vfio_mig_device *mig)
{
	mutex_destroy(&mig->priv->dma_log.lock);
}

/* xa_destroy() does all of that at once, with interrupts off. */
static void forget_pages(struct vfio_mig_dma_log *log)
{
	unsigned int count = 0;
	unsigned long page;
	void *entry;

	lockdep_assert_held(&log->lock);

	xa_for_each(&log->pages, page, entry) {
		xa_erase(&log->pages, page);
		if (++count % FORGET_AT_ONCE == 0)
			cond_resched();
	}
}

static void stop_locked(struct vfio_mig_dma_log *log)
{
	lockdep_assert_held(&log->lock);

	forget_pages(log);
	mem_cgroup_put(log->memcg);
	log->memcg = NULL;
	kvfree(log->ranges);
	log->ranges = NULL;
	log->nr_ranges = 0;
	log->lost = false;
}

/* The device is being closed.  A reset ends nothing: memory stays written. */
void vfio_mig_dma_log_close(struct vfio_mig_device *mig)
{
	struct vfio_mig_dma_log *log = &mig->priv->dma_log;

	mutex_lock(&log->lock);
	stop_locked(log);
	mutex_unlock(&log->lock);
}

/* ---- what was written ---- */

/* For whoever asked for the log, and not for the worker that moves bytes. */
static void mark_page(struct vfio_mig_dma_log *log, unsigned long page)
{
	struct mem_cgroup *before = set_active_memcg(log->memcg);

	if (xa_is_err(xa_store(&log->pages, page, xa_mk_value(1), GFP_KERNEL)))
		log->lost = true;
	set_active_memcg(before);
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
	log->memcg = get_mem_cgroup_from_mm(current->mm);
	return 0;
}

static int log_start(struct vfio_device *vdev, struct rb_root_cached *root,
		     u32 count, u64 *page_size)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	unsigned int percent = vfio_mig_spoil_share(mig);
	struct vfio_mig_dma_log *log = &mig->priv->dma_log;
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
	struct vfio_mig_dma_log *log = &vfio_mig_from_vdev(vdev)->priv->dma_log;
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
	struct vfio_mig_dma_log *log = &mig->priv->dma_log;

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

/* The part of @page that was asked for. */
static struct vfio_mig_dma_range part_of(unsigned long page,
					 const struct vfio_mig_dma_range *asked)
{
	return (struct vfio_mig_dma_range) {
		.start = max(page * PAGE_BYTES, asked->start),
		.last = min(page * PAGE_BYTES + PAGE_BYTES - 1, asked->last),
	};
}

/**
 * struct report - pages on their way from the log to the user
 * @asked: What the user asked for.
 * @next: The first page that has not been looked at.
 * @count: How many there are.
 * @pages: They.
 */
struct report {
	struct vfio_mig_dma_range asked;
	unsigned long next;
	unsigned int count;
	unsigned long pages[PAGES_AT_ONCE];
};

/*
 * Take some pages out of the log, but for those that were asked for only in
 * part: they stay, for whoever asks for the rest.  False if those were the last.
 */
static bool take_pages(struct vfio_mig_dma_log *log, struct report *report)
{
	unsigned long end = report->asked.last / PAGE_BYTES;
	struct vfio_mig_dma_range part;
	unsigned long page;
	void *entry;

	lockdep_assert_held(&log->lock);

	report->count = 0;
	xa_for_each_range(&log->pages, page, entry, report->next, end) {
		part = part_of(page, &report->asked);
		if (part.last - part.start == PAGE_BYTES - 1)
			xa_erase(&log->pages, page);
		report->pages[report->count++] = page;
		report->next = page + 1;
		if (report->count == PAGES_AT_ONCE)
			return page < end;
	}
	return false;
}

/* This touches the user's memory, so it is done without the lock. */
static void tell_pages(const struct report *report, struct iova_bitmap *bitmap)
{
	struct vfio_mig_dma_range part;
	unsigned int i;

	for (i = 0; i < report->count; i++) {
		part = part_of(report->pages[i], &report->asked);
		iova_bitmap_set(bitmap, part.start, part.last - part.start + 1);
	}
}

static int log_report(struct vfio_device *vdev, unsigned long iova,
		      unsigned long length, struct iova_bitmap *bitmap)
{
	struct vfio_mig_dma_log *log = &vfio_mig_from_vdev(vdev)->priv->dma_log;
	struct report report = {
		.asked = { .start = iova, .last = iova + length - 1 },
		.next = iova / PAGE_BYTES,
	};
	bool more;
	int ret;

	if (!length)
		return 0;
	do {
		mutex_lock(&log->lock);
		ret = !log->ranges ? -EINVAL : log->lost ? -ENOMEM : 0;
		more = !ret && take_pages(log, &report);
		mutex_unlock(&log->lock);
		if (ret)
			return ret;
		tell_pages(&report, bitmap);
		cond_resched();
	} while (more);
	return 0;
}

const struct vfio_log_ops vfio_mig_log_ops = {
	.log_start = log_start,
	.log_stop = log_stop,
	.log_read_and_clear = log_report,
};
