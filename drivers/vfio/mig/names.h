/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the numbers of a stream are called, for refusals and for the tool.
 * Needs no kernel.
 */
#ifndef VFIO_MIG_NAMES_H
#define VFIO_MIG_NAMES_H

#include <linux/types.h>

/* A header's field, as in struct vfio_mig_mismatch; never NULL. */
const char *vfio_mig_field_name(__u32 field);

/* A section, or NULL if the id is not known. */
const char *vfio_mig_section_name(__u32 id);

/* A behaviour of the stream itself, or NULL if it is none. */
const char *vfio_mig_stream_behaviour_name(__u64 bit);

/* A behaviour of a device by its bit, or NULL if it is not known. */
const char *vfio_mig_behaviour_name(__u32 vendor, __u32 device,
				    unsigned int bit);

/* One of the geometry numbers of a device, or NULL if it has no meaning. */
const char *vfio_mig_geometry_name(__u32 vendor, __u32 device,
				   unsigned int which);

#endif /* VFIO_MIG_NAMES_H */
