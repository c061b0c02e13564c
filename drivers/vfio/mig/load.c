// SPDX-License-Identifier: GPL-2.0
/*
 * Checks a stream against a device: identity as soon as the header is there,
 * sections by themselves, and all of them together at the end.  The device is
 * touched after the last of these checks and not before.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "mig.h"

/**
 * struct vfio_mig_load - what has come of a stream
 * @mig: The device that it is for; its owner keeps it alive.
 * @reader: The codec's side of it.
 * @parts: By the device's sections: bytes so far, and whether it is complete.
 * @skipped: Frames of optional sections that this driver does not know.
 */
struct vfio_mig_load {
	struct vfio_mig_device *mig;
	struct vfio_mig_reader reader;
	u32 skipped;
	struct vfio_mig_load_part {
		u8 *payload;
		u32 bytes;
		bool complete;
	} parts[];
};

static int find_section(const struct vfio_mig_ops *ops, u32 id)
{
	unsigned int i;

	for (i = 0; i < ops->nr_sections; i++)
		if (ops->sections[i].id == id)
			return i;
	return -1;
}

static int mismatch(struct vfio_mig_refusal *why, const char *what, u64 theirs,
		    u64 ours)
{
	return vfio_mig_refuse(why, -EINVAL, 0,
			       "header: %s is %#llx, this device has %#llx",
			       what, theirs, ours);
}

static int check_ids(const struct vfio_mig_stream_header *their,
		     const struct vfio_mig_stream_header *our,
		     struct vfio_mig_refusal *why)
{
	const struct {
		const char *what;
		u16 theirs, ours;
	} ids[] = {
		{ "vendor", le16_to_cpu(their->vendor),
		  le16_to_cpu(our->vendor) },
		{ "device", le16_to_cpu(their->device),
		  le16_to_cpu(our->device) },
		{ "subsystem vendor", le16_to_cpu(their->subsystem_vendor),
		  le16_to_cpu(our->subsystem_vendor) },
		{ "subsystem device", le16_to_cpu(their->subsystem_device),
		  le16_to_cpu(our->subsystem_device) },
		{ "revision", their->revision, our->revision },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		if (ids[i].theirs != ids[i].ours)
			return mismatch(why, ids[i].what, ids[i].theirs,
					ids[i].ours);
	return 0;
}

static int load_header(void *ctx, const struct vfio_mig_stream_header *their,
		       struct vfio_mig_refusal *why)
{
	struct vfio_mig_stream_header our = {};
	struct vfio_mig_load *load = ctx;
	u64 unknown;
	int ret;
	int i;

	load->mig->ops->identity(load->mig, &our);
	ret = check_ids(their, &our, why);
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(our.geometry); i++)
		if (their->geometry[i] != our.geometry[i])
			return mismatch(why, "geometry",
					le64_to_cpu(their->geometry[i]),
					le64_to_cpu(our.geometry[i]));
	unknown = le64_to_cpu(their->required) & ~le64_to_cpu(our.required);
	if (unknown)
		return vfio_mig_refuse(why, -EOPNOTSUPP, 0,
				       "header: required behaviours %#llx are unknown here",
				       unknown);
	return 0;
}

static int load_frame(void *ctx, const struct vfio_mig_frame *frame,
		      struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	const struct vfio_mig_section *section;
	u32 id = le32_to_cpu(frame->id);
	struct vfio_mig_load_part *part;
	int i;

	i = find_section(load->mig->ops, id);
	if (i < 0 && le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_REQUIRED)
		return vfio_mig_refuse(why, -EOPNOTSUPP, id,
				       "section %#x: required, and unknown here",
				       id);
	if (i < 0) {
		load->skipped++;
		return 0;
	}

	section = &load->mig->ops->sections[i];
	part = &load->parts[i];
	if (part->complete)
		return vfio_mig_refuse(why, -EBADMSG, id,
				       "section %s: comes twice",
				       section->name);
	if (le32_to_cpu(frame->length) > section->size - part->bytes)
		return vfio_mig_refuse(why, -EINVAL, id,
				       "section %s: longer than %u bytes",
				       section->name, section->size);
	return 1;
}

static int load_payload(void *ctx, const struct vfio_mig_frame *frame,
			u64 offset, const void *data, size_t length,
			struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	int i = find_section(load->mig->ops, le32_to_cpu(frame->id));

	memcpy(load->parts[i].payload + offset, data, length);
	return 0;
}

static int load_frame_done(void *ctx, const struct vfio_mig_frame *frame,
			   struct vfio_mig_refusal *why)
{
	struct vfio_mig_load *load = ctx;
	const struct vfio_mig_section *section;
	struct vfio_mig_load_part *part;
	int i;

	i = find_section(load->mig->ops, le32_to_cpu(frame->id));
	if (i < 0)
		return 0;
	section = &load->mig->ops->sections[i];
	part = &load->parts[i];
	part->bytes += le32_to_cpu(frame->length);
	if (le32_to_cpu(frame->flags) & VFIO_MIG_FRAME_MORE)
		return 0;
	if (part->bytes != section->size)
		return vfio_mig_refuse(why, -EINVAL, section->id,
				       "section %s: %u bytes instead of %u",
				       section->name, part->bytes,
				       section->size);
	part->complete = true;
	return 0;
}

static const struct vfio_mig_reader_ops load_ops = {
	.header = load_header,
	.frame = load_frame,
	.payload = load_payload,
	.frame_done = load_frame_done,
};

struct vfio_mig_load *vfio_mig_load_alloc(struct vfio_mig_device *mig)
{
	unsigned int count = mig->ops->nr_sections;
	struct vfio_mig_load *load;
	unsigned int i;

	load = kzalloc(struct_size(load, parts, count), GFP_KERNEL_ACCOUNT);
	if (!load)
		return NULL;
	load->mig = mig;
	vfio_mig_reader_init(&load->reader, &load_ops, load);
	for (i = 0; i < count; i++) {
		load->parts[i].payload = kvzalloc(mig->ops->sections[i].size,
						  GFP_KERNEL_ACCOUNT);
		if (!load->parts[i].payload) {
			vfio_mig_load_free(load);
			return NULL;
		}
	}
	return load;
}

void vfio_mig_load_free(struct vfio_mig_load *load)
{
	unsigned int i;

	if (!load)
		return;
	for (i = 0; i < load->mig->ops->nr_sections; i++)
		kvfree(load->parts[i].payload);
	kfree(load);
}

int vfio_mig_load_feed(struct vfio_mig_load *load, const void *data,
		       size_t length, struct vfio_mig_refusal *why)
{
	int ret = vfio_mig_reader_feed(&load->reader, data, length);

	if (ret)
		*why = load->reader.why;
	return ret;
}

static int check_parts(struct vfio_mig_load *load, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_section *section;
	struct vfio_mig_load_part *part;
	unsigned int i;
	int ret;

	for (i = 0; i < load->mig->ops->nr_sections; i++) {
		section = &load->mig->ops->sections[i];
		part = &load->parts[i];
		if (section->always && !part->complete)
			return vfio_mig_refuse(why, -EINVAL, section->id,
					       "section %s: missing",
					       section->name);
		if (!part->complete || !section->check)
			continue;
		ret = section->check(load->mig, part->payload, why);
		if (ret)
			return ret;
	}
	return 0;
}

int vfio_mig_load_apply(struct vfio_mig_load *load,
			struct vfio_mig_refusal *why)
{
	const struct vfio_mig_ops *ops = load->mig->ops;
	int ret;

	ret = vfio_mig_reader_finish(&load->reader);
	if (ret) {
		*why = load->reader.why;
		why->error = ret;
		return ret;
	}
	ret = check_parts(load, why);
	if (ret)
		return ret;
	ret = ops->check ? ops->check(load->mig, load, why) : 0;
	if (ret)
		return ret;
	ops->load(load->mig, load);
	return 0;
}

/* stream.c knows no kernel to export to. */
EXPORT_SYMBOL_GPL(vfio_mig_refuse);

const void *vfio_mig_loaded(const struct vfio_mig_load *load, u32 id)
{
	int i = find_section(load->mig->ops, id);

	if (i < 0 || !load->parts[i].complete)
		return NULL;
	return load->parts[i].payload;
}
EXPORT_SYMBOL_GPL(vfio_mig_loaded);
