// SPDX-License-Identifier: GPL-2.0
/* The numbers of a header, and how a number is read: one description, for all who ask. */
#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

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

__u64 vfiomig_number(const void *bytes, unsigned int size)
{
	const __u8 *byte = bytes;
	__u64 value = 0;

	while (size--)
		value = value << 8 | byte[size];
	return value;
}

__u64 vfiomig_field_value(const struct vfiomig_field *field,
			  const void *bytes)
{
	return vfiomig_number((const __u8 *)bytes + field->offset, field->size);
}
