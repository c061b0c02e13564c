// SPDX-License-Identifier: GPL-2.0
/* dma_log.h says what is here. */
#include "dma_log.h"

int dma_log_start(struct edu *edu,
		  const struct vfio_device_feature_dma_logging_range *ranges,
		  unsigned int count, __u64 *page_size)
{
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = *page_size,
		.num_ranges = count,
		.ranges = (uintptr_t)ranges,
	};
	int ret = vfiomig_feature(edu->dev, VFIO_DEVICE_FEATURE_SET |
				  VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
				  &control, sizeof(control), &edu->error);

	*page_size = control.page_size;
	return ret;
}

int dma_log_stop(struct edu *edu)
{
	return vfiomig_feature(edu->dev, VFIO_DEVICE_FEATURE_SET |
			       VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0,
			       &edu->error);
}

int dma_log_report(struct edu *edu, __u64 iova, __u64 length, __u64 page_size,
		   void *bitmap)
{
	struct vfio_device_feature_dma_logging_report report = {
		.iova = iova,
		.length = length,
		.page_size = page_size,
		.bitmap = (uintptr_t)bitmap,
	};

	return vfiomig_feature(edu->dev, VFIO_DEVICE_FEATURE_GET |
			       VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, &report,
			       sizeof(report), &edu->error);
}

int dma_log_probe(struct edu *edu, __u32 feature)
{
	__u32 way = feature == VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT ?
		    VFIO_DEVICE_FEATURE_GET : VFIO_DEVICE_FEATURE_SET;

	return vfiomig_feature_probe(edu->dev, feature | way, &edu->error);
}
