// SPDX-License-Identifier: GPL-2.0
/* The registry of names; a new section or behaviour is a line here. */
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

static const struct {
	__u32 id;
	const char *name;
} sections[] = {
	{ VFIO_MIG_SECTION_END, "end" },
	{ VFIO_MIG_SECTION_EDU_REGISTERS, "registers" },
	{ VFIO_MIG_SECTION_EDU_BUFFER, "buffer" },
	{ VFIO_MIG_SECTION_EDU_DMA, "dma" },
	{ VFIO_MIG_SECTION_BOCHS_REGISTERS, "registers" },
	{ VFIO_MIG_SECTION_BOCHS_MEMORY, "memory" },
};

/* Without a vendor, it is one of the stream itself. */
static const struct {
	__u32 vendor;
	__u32 device;
	__u64 behaviour;
	const char *name;
} behaviours[] = {
	{ 0, 0, VFIO_MIG_STREAM_XXH64, "xxh64" },
	{ 0x1234, 0x11e8, VFIO_MIG_EDU_DMA_PENDING, "dma-pending" },
};

static const struct {
	__u32 vendor;
	__u32 device;
	const char *name[VFIO_MIG_GEOMETRY];
} geometries[] = {
	{ 0x1234, 0x11e8, { "dma mask", "buffer bytes" } },
	{ 0x1234, 0x1111, { "memory bytes" } },
};

const char *vfio_mig_field_name(__u32 field)
{
	if (field >= COUNT(fields) || !fields[field])
		return "unknown field";
	return fields[field];
}

const char *vfio_mig_section_name(__u32 id)
{
	unsigned int i;

	for (i = 0; i < COUNT(sections); i++)
		if (sections[i].id == id)
			return sections[i].name;
	return NONE;
}

const char *vfio_mig_stream_behaviour_name(__u64 bit)
{
	return bit == VFIO_MIG_STREAM_XXH64 ? "xxh64" : NONE;
}

const char *vfio_mig_behaviour_name(__u32 vendor, __u32 device,
				    unsigned int bit)
{
	unsigned int i;

	for (i = 0; i < COUNT(behaviours) && bit < 64; i++)
		if (behaviours[i].behaviour == (__u64)1 << bit &&
		    (!behaviours[i].vendor ||
		     (behaviours[i].vendor == vendor &&
		      behaviours[i].device == device)))
			return behaviours[i].name;
	return NONE;
}

const char *vfio_mig_geometry_name(__u32 vendor, __u32 device,
				   unsigned int which)
{
	unsigned int i;

	for (i = 0; i < COUNT(geometries) && which < VFIO_MIG_GEOMETRY; i++)
		if (geometries[i].vendor == vendor &&
		    geometries[i].device == device)
			return geometries[i].name[which];
	return NONE;
}
