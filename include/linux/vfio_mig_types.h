/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a driver, the core and programs call things by: states, arcs, refusals.
 * Needs no kernel.
 *
 * The numbers are those of <linux/vfio.h>; they have names of their own because the
 * oldest kernel that this builds for lacks half of them.
 */
#ifndef _LINUX_VFIO_MIG_TYPES_H
#define _LINUX_VFIO_MIG_TYPES_H

#include <linux/types.h>

#ifndef __printf
/* The kernel's build checks the formats. */
#define __printf(...)
#endif

enum vfio_mig_state {
	VFIO_MIG_ERROR = 0,
	VFIO_MIG_STOP = 1,
	VFIO_MIG_RUNNING = 2,
	VFIO_MIG_STOP_COPY = 3,
	VFIO_MIG_RESUMING = 4,
	VFIO_MIG_RUNNING_P2P = 5,
	VFIO_MIG_PRE_COPY = 6,
	VFIO_MIG_PRE_COPY_P2P = 7,
	VFIO_MIG_NR_STATES = 8,
};

/* The flags of struct vfio_device_feature_migration. */
enum vfio_mig_feature {
	VFIO_MIG_HAS_STOP_COPY = 1 << 0,
	VFIO_MIG_HAS_P2P = 1 << 1,
	VFIO_MIG_HAS_PRE_COPY = 1 << 2,
};

/* What a device does on each direct arc; the name of a driver's function. */
enum vfio_mig_action {
	VFIO_MIG_RUNNING_TO_RUNNING_P2P,
	VFIO_MIG_RUNNING_P2P_TO_RUNNING,
	VFIO_MIG_RUNNING_P2P_TO_STOP,
	VFIO_MIG_STOP_TO_RUNNING_P2P,
	VFIO_MIG_STOP_TO_STOP_COPY,
	VFIO_MIG_STOP_COPY_TO_STOP,
	VFIO_MIG_STOP_TO_RESUMING,
	VFIO_MIG_RESUMING_TO_STOP,
	VFIO_MIG_RUNNING_TO_PRE_COPY,
	VFIO_MIG_PRE_COPY_TO_RUNNING,
	VFIO_MIG_RUNNING_P2P_TO_PRE_COPY_P2P,
	VFIO_MIG_PRE_COPY_P2P_TO_RUNNING_P2P,
	VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P,
	VFIO_MIG_PRE_COPY_P2P_TO_PRE_COPY,
	VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY,
	VFIO_MIG_NR_ACTIONS,
};

/**
 * struct vfio_mig_refusal - why a stream was not taken
 * @error: Negative errno, or 0.
 * @section: Id of the section at fault, or 0.
 * @text: The reason, for people.
 */
struct vfio_mig_refusal {
	int error;
	__u32 section;
	char text[104];
};

/* Note a refusal, unless an earlier one stands there; returns its errno. */
int __printf(4, 5) vfio_mig_refuse(struct vfio_mig_refusal *why, int error,
				   __u32 section, const char *format, ...);

#endif /* _LINUX_VFIO_MIG_TYPES_H */
