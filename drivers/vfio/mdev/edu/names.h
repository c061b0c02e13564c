/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Before all others: edu_vfio_pci has what is shared as well, and a kernel can have both
 * built in.
 */
#ifndef EDU_MDEV_NAMES_H
#define EDU_MDEV_NAMES_H

#define edu_model_read          edu_mdev_model_read
#define edu_model_write         edu_mdev_model_write
#define edu_model_computed      edu_mdev_model_computed
#define edu_model_decode        edu_mdev_model_decode
#define edu_model_transferred   edu_mdev_model_transferred
#define edu_model_factorial     edu_mdev_model_factorial
#define edu_model_argument_of   edu_mdev_model_argument_of
#define edu_sections            edu_mdev_sections
#define edu_behaviours          edu_mdev_behaviours
#define edu_geometry            edu_mdev_geometry
#define edu_check               edu_mdev_check
#define edu_dma_mask            edu_mdev_dma_mask
#define edu_dma_init            edu_mdev_dma_init
#define edu_dma_start           edu_mdev_dma_start
#define edu_dma_complete_locked edu_mdev_dma_complete_locked
#define edu_dma_run             edu_mdev_dma_run
#define edu_dma_leave           edu_mdev_dma_leave
#define edu_dma_quiesce         edu_mdev_dma_quiesce

#endif /* EDU_MDEV_NAMES_H */
