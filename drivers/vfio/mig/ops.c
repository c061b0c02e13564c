// SPDX-License-Identifier: GPL-2.0
/*
 * Do a driver's declarations hold together?  What is missing would be called, or
 * be missed, when a stream comes; it is told when the driver is registered.
 */
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/sizes.h>

#include "mig.h"

#define KNOWN_FEATURES	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P | \
			 VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG)

/* Ids up to here are for sections that streams of any device may have. */
#define OWN_IDS		0xffff

/* A live section is one piece. */
#define LIVE_MAX	SZ_64K

static bool has_bulk(const struct vfio_mig_ops *ops)
{
	unsigned int i;

	for (i = 0; i < ops->nr_sections; i++)
		if (ops->sections[i].extent)
			return true;
	return false;
}

/* What is shown to people, and stands between tabs. */
static bool is_text(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

/* Each of these returns what is wrong, or NULL. */
static const char *wrong_behaviours(const struct vfio_mig_ops *ops)
{
	u64 seen = ops->stream;
	unsigned int i;

	if (ops->stream & ~VFIO_MIG_STREAM_XXH64)
		return "a behaviour of streams that is not known";
	if (ops->stream && !has_bulk(ops))
		return "xxh64 without bulk memory";
	for (i = 0; i < ops->nr_behaviours; i++) {
		if (!ops->behaviours[i].name || !ops->behaviours[i].when)
			return "a behaviour without name, or without when it shows";
		if (!is_text(ops->behaviours[i].name) ||
		    !is_text(ops->behaviours[i].when))
			return "words of a behaviour that are not printable";
		if (hweight64(ops->behaviours[i].bit) != 1 ||
		    seen & ops->behaviours[i].bit)
			return "a behaviour that is not one bit of its own";
		seen |= ops->behaviours[i].bit;
	}
	return NULL;
}

static const char *wrong_geometry(const struct vfio_mig_ops *ops)
{
	unsigned int i;

	for (i = 0; ops->geometry && ops->geometry[i].name; i++)
		if (i == VFIO_MIG_GEOMETRY ||
		    !ops->geometry[i].value == !ops->geometry[i].constant)
			return "more geometry than there is room for, or a name without a value";
	for (i = 0; ops->geometry && ops->geometry[i].name; i++)
		if (!is_text(ops->geometry[i].name) ||
		    (ops->geometry[i].fix && !is_text(ops->geometry[i].fix)))
			return "words of its geometry that are not printable";
	return NULL;
}

static const char *wrong_ops(const struct vfio_mig_ops *ops)
{
	const char *wrong;

	if (!(ops->features & VFIO_MIG_HAS_STOP_COPY))
		return "no STOP_COPY";
	if (ops->features & ~KNOWN_FEATURES)
		return "features that are not known";
	if (!ops->scrub)
		return "no scrub: the next user would find what is of the last";
	if (!ops->sections || !ops->nr_sections || ops->nr_sections > 64)
		return "no sections, or more than 64";
	if (!ops->state_size)
		return "no state";
	if (ops->features & VFIO_MIG_HAS_PRE_COPY &&
	    ops->arc[VFIO_MIG_STOP_TO_STOP_COPY] &&
	    !ops->arc[VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY])
		return "STOP_TO_STOP_COPY, and nothing for PRE_COPY_P2P_TO_STOP_COPY";
	wrong = wrong_behaviours(ops);
	return wrong ?: wrong_geometry(ops);
}

static const char *wrong_bulk(const struct vfio_mig_section *section)
{
	if (!section->extent || !section->place)
		return "extent without place, or place without extent";
	if (!section->track || !section->waiting || !section->pieces)
		return "bulk memory without track, waiting or pieces";
	if (section->nr_fields || section->if_field || section->live)
		return "bulk memory with fields, a condition, or live";
	return NULL;
}

static const char *wrong_fields(const struct vfio_mig_ops *ops,
				const struct vfio_mig_section *section)
{
	const char *wrong;
	unsigned int i;

	if (!section->fields || !section->nr_fields)
		return "no fields";
	if (section->track || section->waiting || section->pieces)
		return "fields, and functions for bulk memory";
	for (i = 0; i < section->nr_fields; i++) {
		wrong = vfio_mig_wrong_field(&section->fields[i],
					     ops->state_size);
		if (wrong)
			return wrong;
		if (section->fields[i].name && !is_text(section->fields[i].name))
			return "a field whose name is not printable";
	}
	if (section->if_field &&
	    (section->always || !vfio_mig_has_number(ops, section->if_field)))
		return "a condition that is no number, or always as well";
	if (section->live && vfio_mig_fields_size(section) > LIVE_MAX)
		return "more fields than one piece of a live section has room for";
	return NULL;
}

static const char *wrong_section(const struct vfio_mig_ops *ops,
				 const struct vfio_mig_section *section)
{
	u64 behaviours = vfio_mig_known_behaviours(ops) & ~ops->stream;

	if (!section->name || section->id <= OWN_IDS)
		return "no name, or an id that is not a driver's";
	if (!is_text(section->name))
		return "a name that is not printable";
	if (section->flags & ~VFIO_MIG_FRAME_REQUIRED)
		return "flags that are not a section's";
	if (section->behaviour & ~behaviours)
		return "a behaviour that the driver has not";
	if (section->extent || section->place)
		return wrong_bulk(section);
	return wrong_fields(ops, section);
}

static bool comes_twice(const struct vfio_mig_ops *ops, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < which; i++)
		if (ops->sections[i].id == ops->sections[which].id)
			return true;
	return false;
}

int vfio_mig_check_ops(const char *driver, const struct vfio_mig_ops *ops)
{
	const char *wrong = wrong_ops(ops);
	unsigned int i;

	if (wrong) {
		pr_err("vfio_mig: %s declares %s\n", driver, wrong);
		return -EINVAL;
	}
	for (i = 0; i < ops->nr_sections; i++) {
		wrong = comes_twice(ops, i) ? "an id that another has" :
			wrong_section(ops, &ops->sections[i]);
		if (!wrong)
			continue;
		pr_err("vfio_mig: %s declares section %u with %s\n", driver, i,
		       wrong);
		return -EINVAL;
	}
	if (vfio_mig_describes(ops))
		return 0;
	pr_err("vfio_mig: %s declares more than a page has room for\n", driver);
	return -EINVAL;
}
