// SPDX-License-Identifier: GPL-2.0
/* Measures reports of dirty pages, while nothing makes any dirty. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bench.h"

#define PAGE		4096ull
#define REPORTS		100

const __u64 dirty_ranges[DIRTY_RANGES] = { 1 << 20, 1 << 26, 1 << 30 };

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

static int report(struct subject *subject, int index, void *bitmap)
{
	struct report_call call = {
		.header.argsz = sizeof(call),
		.header.flags = VFIO_DEVICE_FEATURE_GET |
				VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
		.report.length = dirty_ranges[index],
		.report.page_size = PAGE,
		.report.bitmap = (unsigned long)bitmap,
	};
	__u64 start = bench_now();

	if (ioctl(vfiomig_fd(subject->dev), VFIO_DEVICE_FEATURE, &call))
		return -errno;
	series_add(&subject->dirty[index], bench_now() - start);
	return 0;
}

/* On kernels without iova_bitmap it starts, and the report is not there. */
static int measure(struct subject *subject, int index,
		   struct vfiomig_error *error)
{
	void *bitmap = calloc(1, dirty_ranges[index] / PAGE / 8);
	int i, err = bitmap ? start_logging(subject, dirty_ranges[index]) :
			      -ENOMEM;

	for (i = 0; !err && i < REPORTS; i++)
		err = report(subject, index, bitmap);
	if (bitmap)
		stop_logging(subject);
	free(bitmap);
	if (!err || err == -EOPNOTSUPP || err == -ENOTTY)
		return 0;
	return bench_fail(error, subject, err, "report dirty pages");
}

int measure_logging(struct bench *bench, struct vfiomig_error *error)
{
	struct subject *subject;
	int i, index, err = 0;

	for (i = 0; !err && i < ROLES; i++) {
		subject = &bench->subjects[i];
		if (!subject->dev ||
		    vfiomig_feature_probe(subject->dev,
					  VFIO_DEVICE_FEATURE_SET |
					  VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
					  NULL))
			continue;
		for (index = 0; !err && index < DIRTY_RANGES; index++)
			err = measure(subject, index, error);
	}
	return err;
}
