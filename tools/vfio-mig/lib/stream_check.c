// SPDX-License-Identifier: GPL-2.0
/* Checks what a stream's sections hold, as a driver does before it loads. */
#include <stdlib.h>

#include "lib.h"
#include "stream_env.h"
#include "stream_table.h"

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

static int check_payload(const struct vfiomig_stream *stream,
			 const struct vfiomig_section *section,
			 const struct vfiomig_section_type *type,
			 struct vfio_mig_refusal *why)
{
	void *payload;
	int err;

	if (!type->check)
		return 0;
	payload = malloc(type->size);
	if (!payload)
		return -ENOMEM;
	err = vfiomig_stream_read(stream, section, 0, payload, type->size,
				  NULL);
	if (!err)
		err = type->check(payload, why);
	free(payload);
	return err;
}

static int check_shape(const struct vfiomig_section *section,
		       const struct vfiomig_section_type *type,
		       struct vfio_mig_refusal *why)
{
	const char *name = vfio_mig_section_name(section->id);
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
	return err ? err : check_payload(stream, section, type, why);
}

static int check_all(const struct vfiomig_stream *stream,
		     const struct vfiomig_device_type *device,
		     struct vfio_mig_refusal *why)
{
	unsigned int i;
	__u32 id;
	int err;

	for (i = 0; i < stream->count; i++) {
		err = check_section(stream, &stream->sections[i], device, why);
		if (err)
			return err;
	}
	for (i = 0; i < device->count; i++) {
		id = device->sections[i].id;
		if (device->sections[i].always &&
		    !vfiomig_stream_section(stream, id))
			return vfio_mig_refuse(why, -EINVAL, id,
					       "section %s: missing",
					       vfio_mig_section_name(id));
	}
	return device->check ? device->check(stream, why) : 0;
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
	if (!device || !stream->count)
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
