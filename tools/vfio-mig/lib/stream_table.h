/* SPDX-License-Identifier: GPL-2.0 */
/* How the files that know a device's streams say what they know. */
#ifndef VFIOMIG_STREAM_TABLE_H
#define VFIOMIG_STREAM_TABLE_H

#include "vfiomig_stream.h"

/**
 * struct vfiomig_device_type - the streams of a device
 * @vendor, @device: Its PCI ids.
 * @sections, @count: Those that its driver declares.
 * @check: The rules that they have together; NULL if there are none.
 */
struct vfiomig_device_type {
	__u16 vendor;
	__u16 device;
	const struct vfiomig_section_type *sections;
	unsigned int count;
	int (*check)(const struct vfiomig_stream *stream,
		     struct vfio_mig_refusal *why);
};

extern const struct vfiomig_device_type vfiomig_edu_type;
extern const struct vfiomig_device_type vfiomig_bochs_type;

#endif /* VFIOMIG_STREAM_TABLE_H */
