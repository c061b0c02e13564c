// SPDX-License-Identifier: GPL-2.0
/* What is known of headers and sections: one description, for all who ask. */
#include "lib.h"
#include "stream_env.h"
#include "stream_table.h"

#define FIELD(label, member, base)					\
	{								\
		.name = label,						\
		.offset = offsetof(struct vfio_mig_stream_header, member), \
		.size = sizeof(((struct vfio_mig_stream_header *)0)->member), \
		.hex = (base) == 16,					\
	}

const struct vfiomig_field vfiomig_header_fields[] = {
	FIELD("framing", framing, 10),
	FIELD("header length", header_len, 10),
	FIELD("vendor", vendor, 16),
	FIELD("device", device, 16),
	FIELD("subsystem vendor", subsystem_vendor, 16),
	FIELD("subsystem device", subsystem_device, 16),
	FIELD("revision", revision, 16),
	FIELD("geometry 0", geometry[0], 16),
	FIELD("geometry 1", geometry[1], 16),
	FIELD("geometry 2", geometry[2], 16),
	FIELD("geometry 3", geometry[3], 16),
	FIELD("required behaviours", required, 16),
	FIELD("optional behaviours", optional, 16),
	FIELD("reserved", reserved, 16),
	{}
};

static const struct vfiomig_device_type * const devices[] = {
	&vfiomig_edu_type,
	&vfiomig_bochs_type,
};

__u64 vfiomig_field_value(const struct vfiomig_field *field,
			  const void *bytes)
{
	const __u8 *byte = (const __u8 *)bytes + field->offset;
	__u64 value = 0;
	__u32 i;

	for (i = field->size; i; i--)
		value = value << 8 | byte[i - 1];
	return value;
}

const struct vfiomig_section_type *vfiomig_section_type(__u32 id)
{
	const struct vfiomig_device_type *device;
	unsigned int i, j;

	for (i = 0; i < LIB_COUNT(devices); i++) {
		device = devices[i];
		for (j = 0; j < device->count; j++)
			if (device->sections[j].id == id)
				return &device->sections[j];
	}
	return NULL;
}

const struct vfiomig_device_type *
vfiomig_device_type(const struct vfio_mig_stream_header *header)
{
	unsigned int i;

	for (i = 0; i < LIB_COUNT(devices); i++)
		if (devices[i]->vendor == le16_to_cpu(header->vendor) &&
		    devices[i]->device == le16_to_cpu(header->device))
			return devices[i];
	return NULL;
}
