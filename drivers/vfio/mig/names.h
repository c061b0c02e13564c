/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the numbers of any stream are called, for refusals and for the tool.
 * Needs no kernel.
 */
#ifndef VFIO_MIG_NAMES_H
#define VFIO_MIG_NAMES_H

#include <linux/types.h>

/* A header's field, as in struct vfio_mig_mismatch; never NULL. */
const char *vfio_mig_field_name(__u32 field);

/* A behaviour of the stream itself, or NULL if it is none. */
const char *vfio_mig_stream_behaviour_name(__u64 bit);

#endif /* VFIO_MIG_NAMES_H */
