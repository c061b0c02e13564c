// SPDX-License-Identifier: GPL-2.0
/* Puts the sections of a stopped device into a stream. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "mig.h"

static size_t framed(u32 size)
{
	return sizeof(struct vfio_mig_frame) *
	       max(1U, DIV_ROUND_UP(size, VFIO_MIG_FRAME_MAX)) + size;
}

static bool section_present(struct vfio_mig_device *mig,
			    const struct vfio_mig_section *section)
{
	return !section->present || section->present(mig);
}

/* All of the header that is not the same for every stream. */
void vfio_mig_identity(struct vfio_mig_device *mig,
		       struct vfio_mig_stream_header *header)
{
	memset(header, 0, sizeof(*header));
	mig->ops->identity(mig, header);
	header->optional |= cpu_to_le64(mig->behaviours);
}

static bool switched_off(struct vfio_mig_device *mig,
			 const struct vfio_mig_section *section)
{
	return section->behaviour & ~mig->behaviours;
}

/*
 * Bytes that STOP_COPY would send if the device stopped now.  A guest may
 * still change which sections there are; what is there now is the estimate.
 */
size_t vfio_mig_stream_bound(struct vfio_mig_device *mig)
{
	size_t size = sizeof(struct vfio_mig_stream_header) +
		      framed(sizeof(struct vfio_mig_end));
	unsigned int i;

	lockdep_assert_held(&mig->state_lock);

	for (i = 0; i < mig->ops->nr_sections; i++)
		if (section_present(mig, &mig->ops->sections[i]))
			size += framed(mig->ops->sections[i].size);
	return size;
}

static int write_section(struct vfio_mig_device *mig,
			 const struct vfio_mig_section *section,
			 struct vfio_mig_writer *writer,
			 struct vfio_mig_refusal *why)
{
	void *payload;

	if (!section_present(mig, section))
		return 0;
	if (switched_off(mig, section) &&
	    section->flags & VFIO_MIG_FRAME_REQUIRED)
		return vfio_mig_refuse(why, -EOPNOTSUPP, section->id,
				       "section %s: needed, but its property is switched off",
				       section->name);
	if (switched_off(mig, section))
		return 0;
	payload = kvzalloc(section->size, GFP_KERNEL_ACCOUNT);
	if (!payload)
		return -ENOMEM;
	section->save(mig, payload);
	vfio_mig_write_section(writer, section->id, section->flags, payload,
			       section->size);
	kvfree(payload);
	return 0;
}

static int write_stream(struct vfio_mig_device *mig,
			struct vfio_mig_writer *writer,
			struct vfio_mig_refusal *why)
{
	struct vfio_mig_stream_header header;
	unsigned int i;
	int ret;

	vfio_mig_identity(mig, &header);
	vfio_mig_write_header(writer, &header);
	for (i = 0; i < mig->ops->nr_sections; i++) {
		ret = write_section(mig, &mig->ops->sections[i], writer, why);
		if (ret)
			return ret;
	}
	return vfio_mig_write_end(writer);
}

/* The whole stream of a device in STOP; the caller frees it with kvfree(). */
int vfio_mig_save(struct vfio_mig_device *mig, u8 **stream, size_t *size,
		  struct vfio_mig_refusal *why)
{
	struct vfio_mig_writer writer = {
		.size = vfio_mig_stream_bound(mig),
	};
	int ret;

	lockdep_assert_held(&mig->state_lock);

	writer.buf = kvzalloc(writer.size, GFP_KERNEL_ACCOUNT);
	if (!writer.buf)
		return -ENOMEM;
	ret = write_stream(mig, &writer, why);
	if (ret) {
		kvfree(writer.buf);
		return ret;
	}
	*stream = writer.buf;
	*size = writer.used;
	return 0;
}
