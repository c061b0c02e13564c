// SPDX-License-Identifier: GPL-2.0
/*
 * Measures reports of dirty pages.  What is dirty is known: nothing, or where the
 * driver has the knob for it, a share of the pages; and each report is compared
 * with that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bench.h"

#define PAGE		4096ull
#define KNOB		"dirty_share"
/* How often at most, and how many dirty pages in all with each range, about. */
#define REPORTS		100
#define DIRTY_PAGES	100000
#define REPORTS_MIN	3

const __u64 dirty_ranges[DIRTY_RANGES] = { 1 << 20, 1 << 26, 1 << 30 };
const unsigned int dirty_shares[DIRTY_SHARES] = { 0, 1, 10, 100 };

struct start_call {
	struct vfio_device_feature header;
	struct vfio_device_feature_dma_logging_control control;
};

struct report_call {
	struct vfio_device_feature header;
	struct vfio_device_feature_dma_logging_report report;
};

static int start_logging(struct subject *subject, __u64 length)
{
	struct vfio_device_feature_dma_logging_range range = {
		.iova = 0,
		.length = length,
	};
	struct start_call start = {
		.header.argsz = sizeof(start),
		.header.flags = VFIO_DEVICE_FEATURE_SET |
				VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
		.control.page_size = PAGE,
		.control.num_ranges = 1,
		.control.ranges = (unsigned long)&range,
	};

	return ioctl(vfiomig_fd(subject->dev), VFIO_DEVICE_FEATURE, &start) ?
	       -errno : 0;
}

static void stop_logging(struct subject *subject)
{
	struct vfio_device_feature stop = {
		.argsz = sizeof(stop),
		.flags = VFIO_DEVICE_FEATURE_SET |
			 VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,
	};

	ioctl(vfiomig_fd(subject->dev), VFIO_DEVICE_FEATURE, &stop);
}

static int report(struct subject *subject, int range, int share, void *bitmap)
{
	struct report_call call = {
		.header.argsz = sizeof(call),
		.header.flags = VFIO_DEVICE_FEATURE_GET |
				VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
		.report.length = dirty_ranges[range],
		.report.page_size = PAGE,
		.report.bitmap = (unsigned long)bitmap,
	};
	__u64 start = bench_now();

	if (ioctl(vfiomig_fd(subject->dev), VFIO_DEVICE_FEATURE, &call))
		return -errno;
	series_add(&subject->dirty[range][share], bench_now() - start);
	return 0;
}

/* The pages that the knob makes dirty; without it nothing can be said. */
static void expect_dirty(__u64 *expected, __u64 pages, unsigned int percent)
{
	unsigned int due = 100 - percent;
	__u64 page;

	memset(expected, 0, pages / 8);
	for (page = 0; percent && page < pages; page++) {
		due += percent;
		if (due < 100)
			continue;
		due -= 100;
		expected[page / 64] |= 1ull << page % 64;
	}
}

static int fail_report(struct vfiomig_error *error,
		       const struct subject *subject, int range, int share)
{
	error->err = -EIO;
	snprintf(error->text, sizeof(error->text),
		 "%s: of %llu bytes %u %% were dirty, and its report says something else",
		 subject->name, dirty_ranges[range], dirty_shares[share]);
	snprintf(error->hint, sizeof(error->hint),
		 "see what is wrong with: vfio-mig verify %s", subject->name);
	return -EIO;
}

/* On kernels without iova_bitmap it starts, and the report is not there. */
static bool is_not_there(int err)
{
	return err == -EOPNOTSUPP || err == -ENOTTY;
}

/* Each from a START of its own, as then the pages become dirty. */
static int measure(struct subject *subject, unsigned int rounds, int range,
		   int share, __u64 *bitmap, struct vfiomig_error *error)
{
	__u64 pages = dirty_ranges[range] / PAGE;
	__u64 *expected = bitmap + pages / 64;
	unsigned int i;
	int err = 0;

	expect_dirty(expected, pages, dirty_shares[share]);
	for (i = 0; !err && i < rounds; i++) {
		memset(bitmap, 0, pages / 8);
		err = start_logging(subject, dirty_ranges[range]);
		if (!err)
			err = report(subject, range, share, bitmap);
		stop_logging(subject);
		if (!err && dirty_shares[share] &&
		    memcmp(bitmap, expected, pages / 8))
			return fail_report(error, subject, range, share);
	}
	if (!err || is_not_there(err))
		return err;
	return bench_fail(error, subject, err, "report dirty pages");
}

static unsigned int rounds_of(const struct bench *bench, int range, int share)
{
	__u64 pages = dirty_ranges[range] / PAGE * dirty_shares[share] / 100;
	__u64 rounds = pages ? DIRTY_PAGES / pages : REPORTS;

	if (rounds < REPORTS_MIN)
		rounds = REPORTS_MIN;
	if (rounds > REPORTS)
		rounds = REPORTS;
	return rounds < bench->rounds ? rounds : bench->rounds;
}

/* False if the driver cannot be made to say that anything is dirty. */
static bool make_dirty(const struct subject *subject, unsigned int percent)
{
	struct vfiomig_knob now;
	const char *word;
	char text[16];

	if (!percent)
		return !vfiomig_clear_knob(subject->name, KNOB, NULL);
	snprintf(text, sizeof(text), "%u", percent);
	word = text;
	return !vfiomig_set_knob(subject->name, KNOB, &word, 1, &now, NULL);
}

static int measure_subject(struct bench *bench, struct subject *subject,
			   struct vfiomig_error *error)
{
	__u64 *bitmap = malloc(2 * dirty_ranges[DIRTY_RANGES - 1] / PAGE / 8);
	int range, share, err = bitmap ? 0 : -ENOMEM;

	if (err)
		return bench_fail(error, subject, err, "report dirty pages");
	for (share = 0; !err && share < DIRTY_SHARES; share++) {
		if (!make_dirty(subject, dirty_shares[share]) &&
		    dirty_shares[share])
			break;
		for (range = 0; !err && range < DIRTY_RANGES; range++)
			err = measure(subject, rounds_of(bench, range, share),
				      range, share, bitmap, error);
	}
	make_dirty(subject, 0);
	free(bitmap);
	return is_not_there(err) ? 0 : err;
}

int measure_logging(struct bench *bench, struct vfiomig_error *error)
{
	struct subject *subject;
	int i, err = 0;

	for (i = 0; !err && i < ROLES; i++) {
		subject = &bench->subjects[i];
		if (!subject->dev ||
		    vfiomig_feature_probe(subject->dev,
					  VFIO_DEVICE_FEATURE_SET |
					  VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
					  NULL))
			continue;
		err = measure_subject(bench, subject, error);
	}
	return err;
}
