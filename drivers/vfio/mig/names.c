// SPDX-License-Identifier: GPL-2.0
/* What is called the same in every stream; a device's own names are its driver's. */
#include "names.h"
#include "stream.h"

#define COUNT(table)	(sizeof(table) / sizeof((table)[0]))
#define NONE		((const char *)0)

static const char * const fields[] = {
	[VFIO_MIG_FIELD_MAGIC] = "magic",
	[VFIO_MIG_FIELD_FRAMING] = "framing",
	[VFIO_MIG_FIELD_CHECKSUM] = "checksum",
	[VFIO_MIG_FIELD_VENDOR] = "vendor",
	[VFIO_MIG_FIELD_DEVICE] = "device",
	[VFIO_MIG_FIELD_SUBSYSTEM_VENDOR] = "subsystem vendor",
	[VFIO_MIG_FIELD_SUBSYSTEM_DEVICE] = "subsystem device",
	[VFIO_MIG_FIELD_REVISION] = "revision",
	[VFIO_MIG_FIELD_GEOMETRY] = "geometry 0",
	[VFIO_MIG_FIELD_GEOMETRY + 1] = "geometry 1",
	[VFIO_MIG_FIELD_GEOMETRY + 2] = "geometry 2",
	[VFIO_MIG_FIELD_GEOMETRY + 3] = "geometry 3",
	[VFIO_MIG_FIELD_REQUIRED] = "required behaviours",
	[VFIO_MIG_FIELD_OPTIONAL] = "optional behaviours",
	[VFIO_MIG_FIELD_HEADER_LEN] = "header length",
	[VFIO_MIG_FIELD_ZERO] = "zero",
};

const char *vfio_mig_field_name(__u32 field)
{
	if (field >= COUNT(fields) || !fields[field])
		return "unknown field";
	return fields[field];
}

const char *vfio_mig_stream_behaviour_name(__u64 bit)
{
	return bit == VFIO_MIG_STREAM_XXH64 ? "xxh64" : NONE;
}
