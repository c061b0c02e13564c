// SPDX-License-Identifier: GPL-2.0
/*
 * The streams of bochs_vfio_pci: fields, and the rules that
 * Documentation/bochs.md has for them.
 */
#include <stdlib.h>

#include "lib.h"
#include "stream_env.h"
#include "stream_table.h"

#define LITTLE_ENDIAN_PIXELS	0x1e1e1e1e
#define BIG_ENDIAN_PIXELS	0xbebebebe
#define MEMORY			VFIO_MIG_SECTION_BOCHS_MEMORY

#define MODE(label, index)						\
	{								\
		.name = label,						\
		.offset = offsetof(struct vfio_mig_bochs_registers,	\
				   mode[index]),			\
		.size = 2,						\
	}

static const struct vfiomig_field registers_fields[] = {
	MODE("xres", 0),
	MODE("yres", 1),
	MODE("bpp", 2),
	MODE("enable", 3),
	MODE("bank", 4),
	MODE("virt_width", 5),
	MODE("virt_height", 6),
	MODE("x_offset", 7),
	MODE("y_offset", 8),
	{
		.name = "byte_order",
		.offset = offsetof(struct vfio_mig_bochs_registers,
				   byte_order),
		.size = 4,
		.hex = true,
	},
	{}
};

static int check_registers(const void *payload, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_bochs_registers *in = payload;
	__u32 order = le32_to_cpu(in->byte_order);

	if (order == LITTLE_ENDIAN_PIXELS || order == BIG_ENDIAN_PIXELS)
		return 0;
	return vfio_mig_refuse(why, -EINVAL, VFIO_MIG_SECTION_BOCHS_REGISTERS,
			       "section registers: %#x is no byte order",
			       order);
}

static int not_whole_pages(struct vfio_mig_refusal *why)
{
	return vfio_mig_refuse(why, -EINVAL, MEMORY,
			       "section memory: not in pieces of whole pages");
}

/* Which pages have come; @pages has a byte for each. */
static int mark_pages(const struct vfiomig_section *memory, __u8 *pages,
		      struct vfio_mig_refusal *why)
{
	const struct vfiomig_piece *piece = memory->pieces;
	unsigned int i;

	if (!(memory->flags & VFIO_MIG_FRAME_PIECE))
		return not_whole_pages(why);
	for (i = 0; i < memory->count; i++, piece++) {
		if ((piece->offset | piece->length) % VFIOMIG_BULK_PAGE)
			return not_whole_pages(why);
		memset(pages + piece->offset / VFIOMIG_BULK_PAGE, 1,
		       piece->length / VFIOMIG_BULK_PAGE);
	}
	return 0;
}

static int check_pages(const struct vfiomig_section *memory, __u64 pages,
		       struct vfio_mig_refusal *why)
{
	__u8 *came = calloc(pages, 1);
	__u64 missing = 0;
	__u64 i;
	int err;

	if (!came)
		return -ENOMEM;
	err = mark_pages(memory, came, why);
	for (i = 0; i < pages; i++)
		missing += !came[i];
	free(came);
	if (!err && missing)
		err = vfio_mig_refuse(why, -EINVAL, MEMORY,
				      "section memory: %llu pages are missing",
				      missing);
	return err;
}

/* All of the memory has to come, and no more than the header says there is. */
static int check(const struct vfiomig_stream *stream,
		 struct vfio_mig_refusal *why)
{
	const struct vfiomig_section *memory =
		vfiomig_stream_section(stream, MEMORY);
	__u64 size = le64_to_cpu(stream->header.geometry[0]);

	if (size > VFIOMIG_BULK_MAX || size % VFIOMIG_BULK_PAGE)
		return vfio_mig_refuse(why, -EINVAL, 0,
				       "header: no display has %llu bytes of memory",
				       size);
	if (memory->size > size)
		return vfio_mig_refuse(why, -EINVAL, MEMORY,
				       "section memory: longer than %llu bytes",
				       size);
	return check_pages(memory, size / VFIOMIG_BULK_PAGE, why);
}

static const struct vfiomig_section_type sections[] = {
	{
		.id = VFIO_MIG_SECTION_BOCHS_REGISTERS,
		.size = sizeof(struct vfio_mig_bochs_registers),
		.always = true,
		.fields = registers_fields,
		.check = check_registers,
	},
	{
		.id = VFIO_MIG_SECTION_BOCHS_MEMORY,
		.size = VFIOMIG_BULK_MAX,
		.always = true,
		.pieces = true,
		.bulk = true,
	},
};

const struct vfiomig_device_type vfiomig_bochs_type = {
	.vendor = 0x1234,
	.device = 0x1111,
	.sections = sections,
	.count = LIB_COUNT(sections),
	.check = check,
};
