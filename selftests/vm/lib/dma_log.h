/* SPDX-License-Identifier: GPL-2.0 */
/* The three calls of DMA logging, on an edu: 0 or -errno. */
#ifndef SELFTESTS_VM_DMA_LOG_H
#define SELFTESTS_VM_DMA_LOG_H

#include "edu.h"

/* *@page_size is what is wished for, and then what was given. */
int dma_log_start(struct edu *edu,
		  const struct vfio_device_feature_dma_logging_range *ranges,
		  unsigned int count, __u64 *page_size);
int dma_log_stop(struct edu *edu);

/* Sets in @bitmap what was written of @length bytes at @iova, a bit a page. */
int dma_log_report(struct edu *edu, __u64 iova, __u64 length, __u64 page_size,
		   void *bitmap);

/* Is it offered?  @feature is one of VFIO_DEVICE_FEATURE_DMA_LOGGING_*. */
int dma_log_probe(struct edu *edu, __u32 feature);

#endif /* SELFTESTS_VM_DMA_LOG_H */
