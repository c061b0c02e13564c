// SPDX-License-Identifier: GPL-2.0
/*
 * Do a driver's declarations hold together?  What is missing would be called, or
 * be missed, when a stream comes; it is told when the device is made.
 */
#include <linux/kernel.h>
#include <linux/device.h>

#include "mig.h"

#define KNOWN_FEATURES	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P | \
			 VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG)

/* What a device does on the first it has to do on the second, in pre-copy. */
static const struct {
	u8 running;
	u8 pre_copy;
} twins[] = {
	{ VFIO_MIG_RUNNING_TO_RUNNING_P2P, VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P },
	{ VFIO_MIG_RUNNING_P2P_TO_RUNNING, VFIO_MIG_PRE_COPY_P2P_TO_PRE_COPY },
	{ VFIO_MIG_RUNNING_P2P_TO_STOP, VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY },
	{ VFIO_MIG_STOP_TO_STOP_COPY, VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY },
};

/* Each of these returns what is wrong, or NULL. */
static const char *wrong_arcs(const struct vfio_mig_ops *ops)
{
	unsigned int i;

	if (!(ops->features & VFIO_MIG_HAS_PRE_COPY))
		return NULL;
	for (i = 0; i < ARRAY_SIZE(twins); i++)
		if (ops->arc[twins[i].running] && !ops->arc[twins[i].pre_copy])
			return "PRE_COPY without an arc that it has from RUNNING";
	return NULL;
}

static bool has_bulk(const struct vfio_mig_ops *ops)
{
	unsigned int i;

	for (i = 0; i < ops->nr_sections; i++)
		if (ops->sections[i].extent)
			return true;
	return false;
}

static const char *wrong_ops(const struct vfio_mig_ops *ops)
{
	if (!(ops->features & VFIO_MIG_HAS_STOP_COPY))
		return "no STOP_COPY";
	if (ops->features & ~KNOWN_FEATURES)
		return "features that are not known";
	if (!ops->identity || !ops->load || !ops->reset)
		return "no identity, load or reset";
	if (!ops->sections || !ops->nr_sections)
		return "no sections";
	if (ops->behaviours & VFIO_MIG_STREAM_XXH64 && !has_bulk(ops))
		return "xxh64 without bulk memory";
	return wrong_arcs(ops);
}

static const char *wrong_bulk(const struct vfio_mig_ops *ops,
			      const struct vfio_mig_section *section)
{
	if (!section->extent || !section->place)
		return "extent without place, or place without extent";
	if (!section->pieces)
		return "bulk memory that does not go by pieces";
	if (section->save || section->check || section->size)
		return "bulk memory with save, check or size";
	if (!ops->scrub)
		return "bulk memory without scrub";
	return NULL;
}

static const char *wrong_section(const struct vfio_mig_ops *ops,
				 const struct vfio_mig_section *section)
{
	if (!section->name || section->id == VFIO_MIG_SECTION_END)
		return "no name, or the id of the end";
	if (section->flags & ~VFIO_MIG_FRAME_REQUIRED)
		return "flags that are not a section's";
	if (section->behaviour & ~ops->behaviours)
		return "a behaviour that the driver has not";
	if (!section->pieces != !section->track ||
	    !section->pieces != !section->waiting)
		return "some of track, waiting and pieces, and not all";
	if (section->extent || section->place)
		return wrong_bulk(ops, section);
	if (!section->size)
		return "no size";
	if (!section->save && !section->pieces)
		return "neither save nor pieces";
	return NULL;
}

static bool comes_twice(const struct vfio_mig_ops *ops, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < which; i++)
		if (ops->sections[i].id == ops->sections[which].id)
			return true;
	return false;
}

int vfio_mig_check_ops(struct device *dev, const struct vfio_mig_ops *ops)
{
	const char *wrong = wrong_ops(ops);
	unsigned int i;

	if (wrong) {
		dev_err(dev, "vfio_mig: the driver declares %s\n", wrong);
		return -EINVAL;
	}
	for (i = 0; i < ops->nr_sections; i++) {
		wrong = comes_twice(ops, i) ? "an id that another has" :
			wrong_section(ops, &ops->sections[i]);
		if (!wrong)
			continue;
		dev_err(dev, "vfio_mig: the driver declares section %u with %s\n",
			i, wrong);
		return -EINVAL;
	}
	return 0;
}
