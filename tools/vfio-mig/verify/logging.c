// SPDX-License-Identifier: GPL-2.0
/* DMA logging: START, STOP and REPORT. */

#include "check.h"

#define PAGE	4096ull
#define IOVA	0x10000000ull
#define LENGTH	(64 * PAGE)
#define HEAD	sizeof(struct vfio_device_feature)
#define RANGE	struct vfio_device_feature_dma_logging_range

static int start_ranges(struct verify *v, const RANGE *ranges,
			unsigned int count, __u64 page_size)
{
	return call_log_start(v, &v->self, page_size, ranges, count);
}

static int start(struct verify *v)
{
	const RANGE range = { .iova = IOVA, .length = LENGTH };

	return start_ranges(v, &range, 1, PAGE);
}

static int stop(struct verify *v)
{
	return call_log_stop(v, &v->self);
}

static int report(struct verify *v, __u64 *bitmap)
{
	return call_log_report(v, &v->self, PAGE, IOVA, LENGTH, bitmap);
}

static bool started(struct verify *v)
{
	int ret = start(v);

	return ret ? blocked(v, "logging does not start: %s",
			     errno_text(ret)) : true;
}

static void all_three(struct verify *v)
{
	static const __u32 parts[] = {
		VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP | VFIO_DEVICE_FEATURE_SET,
		VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT |
			VFIO_DEVICE_FEATURE_GET,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parts); i++)
		expect_ok(v, call_feature(v, &v->self,
					  parts[i] | VFIO_DEVICE_FEATURE_PROBE,
					  HEAD, NULL, 0),
			  i ? "PROBE of REPORT" : "PROBE of STOP");
}

static void starts_and_stops(struct verify *v)
{
	int i;

	for (i = 0; i < 2; i++)
		if (!expect_ok(v, start(v), "START") ||
		    !expect_ok(v, stop(v), "STOP"))
			return;
}

static void not_twice(struct verify *v)
{
	if (!started(v))
		return;
	expect_failure(v, start(v), "a second START");
	stop(v);
}

static void no_report_before(struct verify *v)
{
	__u64 bitmap = 0;

	expect_failure(v, report(v, &bitmap), "REPORT without START");
}

static void no_report_after(struct verify *v)
{
	__u64 bitmap = 0;

	if (!started(v))
		return;
	stop(v);
	expect_failure(v, report(v, &bitmap), "REPORT after STOP");
}

static void reports(struct verify *v)
{
	__u64 bitmap = 0;

	if (!started(v))
		return;
	expect_ok(v, report(v, &bitmap), "REPORT");
	stop(v);
}

static void bits_are_only_set(struct verify *v)
{
	__u64 bitmap = ~0ull;
	int ret;

	if (!started(v))
		return;
	ret = report(v, &bitmap);
	if (ret)
		blocked(v, "no REPORT: %s", errno_text(ret));
	else
		expect(v, !~bitmap, "bits that were set stay so", "0x%llx",
		       bitmap);
	stop(v);
}

static void bad_starts(struct verify *v)
{
	static const RANGE overlapping[] = {
		{ .iova = IOVA, .length = LENGTH },
		{ .iova = IOVA + PAGE, .length = LENGTH },
	};
	static const RANGE empty = { .iova = IOVA };

	expect_failure(v, start_ranges(v, overlapping, 2, PAGE),
		       "START with ranges that overlap");
	expect_failure(v, start_ranges(v, &empty, 1, PAGE),
		       "START with an empty range");
	expect_failure(v, start_ranges(v, overlapping, 0, PAGE),
		       "START with no range");
	expect_failure(v, start_ranges(v, overlapping, 1, 3000),
		       "START with a page size that is no power of two");
	stop(v);
}

static void apart_from_the_state(struct verify *v)
{
	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	expect_ok(v, start(v), "START in STOP_COPY");
	stop(v);
}

#define ANCHOR_START	"VFIO_DEVICE_FEATURE_DMA_LOGGING_START"
#define ANCHOR_REPORT	"VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT"
#define OFF_RULE	"If DMA logging is not enabled, an error is returned."

static const struct check checks[] = {
	{ "dma_logging_comes_whole",
	  "What START began is read back with REPORT and ended with STOP.",
	  ANCHOR_START, NEEDS_LOGGING, all_three },
	{ "dma_logging_starts_and_stops_again",
	  "A START is matched by a STOP; after that there may be another.",
	  ANCHOR_START, NEEDS_LOGGING, starts_and_stops },
	{ "dma_logging_does_not_start_twice",
	  "Another START is not allowed in the meantime.",
	  ANCHOR_START, NEEDS_LOGGING, not_twice },
	{ "dma_report_before_start_is_refused", OFF_RULE, ANCHOR_REPORT,
	  NEEDS_LOGGING, no_report_before },
	{ "dma_report_after_stop_is_refused", OFF_RULE, ANCHOR_REPORT,
	  NEEDS_LOGGING, no_report_after },
	{ "dma_report_works",
	  "The device's log of written pages is read back and cleared.",
	  ANCHOR_REPORT, NEEDS_LOGGING, reports },
	{ "dma_report_only_sets_bits",
	  "Bits of the bitmap are set, never cleared.",
	  ANCHOR_REPORT, NEEDS_LOGGING, bits_are_only_set },
	{ "dma_logging_refuses_bad_ranges",
	  "Ranges say what to monitor, and the page size is a power of two.",
	  ANCHOR_START, NEEDS_LOGGING, bad_starts },
	{ "dma_logging_does_not_depend_on_the_state",
	  "It is not connected to the migration state.",
	  ANCHOR_START, NEEDS_LOGGING, apart_from_the_state },
	{}
};

const struct check_group logging_group = { "logging", checks };
