// SPDX-License-Identifier: GPL-2.0
/* Checks what a stream's sections hold, as a driver does before it loads. */
#include <stdlib.h>

#include "lib.h"
#include "stream_env.h"
#include "vfiomig_stream.h"

/* Of this device's sections, whatever those of others are. */
static const struct vfiomig_section_type *
find_type(const struct vfiomig_device_type *device, __u32 id)
{
	unsigned int i;

	for (i = 0; i < device->count; i++)
		if (device->sections[i].id == id)
			return &device->sections[i];
	return NULL;
}

/* ---- numbers ---- */

static bool can_be(const struct vfiomig_field *field, __u64 value)
{
	unsigned int i;

	if ((field->mask && value & ~field->mask) ||
	    (field->most && value > field->most))
		return false;
	for (i = 0; i < field->nr_one_of; i++)
		if (field->one_of[i] == value)
			return true;
	return !field->nr_one_of;
}

static int check_payload(const struct vfiomig_stream *stream,
			 const struct vfiomig_section *section,
			 const struct vfiomig_section_type *type,
			 struct vfio_mig_refusal *why)
{
	const struct vfiomig_field *field = type->fields;
	__u8 bytes[8];
	__u64 value;
	int err;

	for (; field && field->name; field++) {
		err = vfiomig_stream_read(stream, section, field->offset, bytes,
					  field->size, NULL);
		if (err)
			return err;
		value = vfiomig_number(bytes, field->size);
		if (!can_be(field, value))
			return vfio_mig_refuse(why, -EINVAL, section->id,
					       field->hex ?
					       "section %s: %s %#llx cannot be" :
					       "section %s: %s %llu cannot be",
					       type->name, field->name, value);
	}
	return 0;
}

/* The value of the field of that name, wherever it is; 0 if it is nowhere. */
static __u64 value_of(const struct vfiomig_stream *stream,
		      const struct vfiomig_device_type *device, const char *name)
{
	const struct vfiomig_section *section;
	const struct vfiomig_field *field;
	unsigned int i;
	__u8 bytes[8];

	for (i = 0; i < device->count; i++) {
		section = vfiomig_stream_section(stream, device->sections[i].id);
		field = section ? device->sections[i].fields : NULL;
		for (; field && field->name; field++)
			if (!strcmp(field->name, name) &&
			    !vfiomig_stream_read(stream, section, field->offset,
						 bytes, field->size, NULL))
				return vfiomig_number(bytes, field->size);
	}
	return 0;
}

static int check_presence(const struct vfiomig_stream *stream,
			  const struct vfiomig_device_type *device,
			  const struct vfiomig_section_type *type,
			  struct vfio_mig_refusal *why)
{
	bool there = vfiomig_stream_section(stream, type->id);
	bool needed;

	if (type->always && !there)
		return vfio_mig_refuse(why, -EINVAL, type->id,
				       "section %s: missing", type->name);
	if (!type->if_field)
		return 0;
	needed = value_of(stream, device, type->if_field) & type->if_bits;
	if (needed == there)
		return 0;
	return vfio_mig_refuse(why, -EINVAL, type->id, needed ?
			       "section %s: missing, and %s has %#llx" :
			       "section %s: present, and %s has no %#llx",
			       type->name, type->if_field, type->if_bits);
}

/* ---- bulk memory ---- */

static int not_whole_pages(const struct vfiomig_section_type *type,
			   struct vfio_mig_refusal *why)
{
	return vfio_mig_refuse(why, -EINVAL, type->id,
			       "section %s: not in pieces of whole pages",
			       type->name);
}

/* Which pages have come; @pages has a byte for each. */
static int mark_pages(const struct vfiomig_section *section,
		      const struct vfiomig_section_type *type, __u8 *pages,
		      struct vfio_mig_refusal *why)
{
	const struct vfiomig_piece *piece = section->pieces;
	unsigned int i;

	if (!(section->flags & VFIO_MIG_FRAME_PIECE))
		return not_whole_pages(type, why);
	for (i = 0; i < section->count; i++, piece++) {
		if ((piece->offset | piece->length) % VFIOMIG_BULK_PAGE)
			return not_whole_pages(type, why);
		memset(pages + piece->offset / VFIOMIG_BULK_PAGE, 1,
		       piece->length / VFIOMIG_BULK_PAGE);
	}
	return 0;
}

static int check_pages(const struct vfiomig_section *section,
		       const struct vfiomig_section_type *type, __u64 pages,
		       struct vfio_mig_refusal *why)
{
	__u8 *came = calloc(pages, 1);
	__u64 missing = 0;
	__u64 i;
	int err;

	if (!came)
		return -ENOMEM;
	err = mark_pages(section, type, came, why);
	for (i = 0; i < pages; i++)
		missing += !came[i];
	free(came);
	if (!err && missing)
		err = vfio_mig_refuse(why, -EINVAL, type->id,
				      "section %s: %llu pages are missing",
				      type->name, missing);
	return err;
}

/* All of it has to come, and no more than the header says there is. */
static int check_bulk(const struct vfiomig_stream *stream,
		      const struct vfiomig_section *section,
		      const struct vfiomig_section_type *type,
		      struct vfio_mig_refusal *why)
{
	__u64 size;

	if (!type->bulk || type->extent < 0)
		return 0;
	size = le64_to_cpu(stream->header.geometry[type->extent]);
	if (!size || size > VFIOMIG_BULK_MAX || size % VFIOMIG_BULK_PAGE)
		return vfio_mig_refuse(why, -EINVAL, 0,
				       "header: no device has %llu bytes of memory",
				       size);
	if (section->size > size)
		return vfio_mig_refuse(why, -EINVAL, type->id,
				       "section %s: longer than %llu bytes",
				       type->name, size);
	return check_pages(section, type, size / VFIOMIG_BULK_PAGE, why);
}

static int check_shape(const struct vfiomig_section *section,
		       const struct vfiomig_section_type *type,
		       struct vfio_mig_refusal *why)
{
	const char *name = type->name;
	bool pieces = section->flags & VFIO_MIG_FRAME_PIECE;

	if (section->size > type->size)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: longer than %u bytes",
				       name, type->size);
	if (pieces && !type->pieces)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: comes in pieces", name);
	if (!pieces && !type->bulk && section->size < type->size)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: %llu bytes instead of %u",
				       name, section->size, type->size);
	return 0;
}

static int check_section(const struct vfiomig_stream *stream,
			 const struct vfiomig_section *section,
			 const struct vfiomig_device_type *device,
			 struct vfio_mig_refusal *why)
{
	const struct vfiomig_section_type *type;
	int err;

	type = find_type(device, section->id);
	if (!type && section->flags & VFIO_MIG_FRAME_REQUIRED)
		return vfio_mig_refuse(why, -EOPNOTSUPP, section->id,
				       "section %#x: required, and not known here",
				       section->id);
	if (!type)
		return 0;
	err = check_shape(section, type, why);
	if (!err)
		err = check_bulk(stream, section, type, why);
	return err ? err : check_payload(stream, section, type, why);
}

static int check_all(const struct vfiomig_stream *stream,
		     const struct vfiomig_device_type *device,
		     struct vfio_mig_refusal *why)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < stream->count; i++)
		err = check_section(stream, &stream->sections[i], device, why);
	for (i = 0; !err && i < device->count; i++)
		err = check_presence(stream, device, &device->sections[i], why);
	return err;
}

/* What has no section but the names of them is a descriptor. */
static bool is_descriptor(const struct vfiomig_stream *stream)
{
	return !stream->count ||
	       (stream->count == 1 &&
		stream->sections[0].id == VFIO_MIG_SECTION_NAMES);
}

int vfiomig_stream_check(const struct vfiomig_stream *stream, __u32 *section,
			 struct vfiomig_error *error)
{
	const struct vfiomig_device_type *device;
	struct vfio_mig_refusal why = {};
	int err;

	if (section)
		*section = 0;
	device = vfiomig_device_type(&stream->header);
	if (!device || is_descriptor(stream))
		return 0;
	err = check_all(stream, device, &why);
	if (!err)
		return 0;
	if (section)
		*section = why.section;
	if (!why.error)
		return lib_fail_errno(error, err, "%s", stream->name);
	return lib_fail(error, err, "%s: %s", stream->name, why.text);
}
