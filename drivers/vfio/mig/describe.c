// SPDX-License-Identifier: GPL-2.0
/*
 * What a driver has declared, as text: VFIO_DEVICE_MIG_NAMES, and a file beside the
 * device's others in sysfs, /sys/bus/pci/devices/<device>/vfio_mig_names.  Who has that
 * can show and check a stream of a device that he knows nothing else of.
 */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "mig.h"

/**
 * struct text - a text being put together
 * @bytes: Where it goes; NULL to find out how long it is.
 * @room: Bytes there.
 * @used: Bytes that it has.
 */
struct text {
	char *bytes;
	size_t room;
	size_t used;
};

static void __printf(2, 3) put(struct text *text, const char *format, ...)
{
	size_t at = min(text->used, text->room);
	va_list args;

	va_start(args, format);
	text->used += vsnprintf(text->bytes ? text->bytes + at : NULL,
				text->room - at, format, args);
	va_end(args);
}

/* @which: of a list, behind its name. */
static void put_field(struct text *text, const struct vfio_mig_field *field,
		      const char *which)
{
	unsigned int i;

	if (!field->name) {
		put(text, "pad\t%u\n", field->width);
		return;
	}
	put(text, "field\t%u\t%s%s\t%s", field->width, field->name, which,
	    field->hex ? "hex" : "dec");
	if (field->mask)
		put(text, "\tmask=%#llx", field->mask);
	if (field->most)
		put(text, "\tmost=%llu", field->most);
	for (i = 0; i < field->nr_one_of; i++)
		put(text, "%s%#llx", i ? "," : "\tone_of=", field->one_of[i]);
	if (field->initial)
		put(text, "\tinitial=%#llx", field->initial);
	put(text, "\n");
}

static void put_list(struct text *text, const struct vfio_mig_field *field)
{
	char which[12];
	unsigned int i;

	for (i = 0; i < field->count; i++) {
		snprintf(which, sizeof(which), "%u", i);
		put_field(text, field, which);
	}
}

/* Which number of the geometry says how much bulk memory there is? */
static void put_extent(struct text *text, const struct vfio_mig_ops *ops,
		       const struct vfio_mig_section *section)
{
	const struct vfio_mig_geometry *geometry = ops->geometry;
	unsigned int i;

	for (i = 0; geometry && geometry[i].name; i++)
		if (geometry[i].value && geometry[i].value == section->extent)
			put(text, "\textent=%u", i);
}

static void put_section(struct text *text, const struct vfio_mig_ops *ops,
			const struct vfio_mig_section *section)
{
	unsigned int i;

	put(text, "section\t%#x\t%s", section->id, section->name);
	if (section->extent) {
		put(text, "\tbulk");
		put_extent(text, ops, section);
	}
	if (section->if_field)
		put(text, "\tif=%s\tbits=%#llx", section->if_field,
		    section->if_bits);
	if (section->live)
		put(text, "\tlive");
	if (section->always)
		put(text, "\talways");
	put(text, "\n");
	for (i = 0; i < section->nr_fields; i++)
		if (section->fields[i].count)
			put_list(text, &section->fields[i]);
		else
			put_field(text, &section->fields[i], "");
}

static void put_all(struct text *text, const struct vfio_mig_ops *ops)
{
	const struct vfio_mig_geometry *geometry = ops->geometry;
	unsigned int i;

	for (i = 0; i < ops->nr_sections; i++)
		put_section(text, ops, &ops->sections[i]);
	for (i = 0; i < ops->nr_behaviours; i++)
		put(text, "behaviour\t%#llx\t%s\t%s\n", ops->behaviours[i].bit,
		    ops->behaviours[i].name, ops->behaviours[i].when);
	for (i = 0; geometry && geometry[i].name; i++)
		put(text, "geometry\t%u\t%s\t%s\n", i, geometry[i].name,
		    geometry[i].fix ?: "");
}

/* Is it all of what a file in sysfs can say?  Looked at when a driver is registered. */
bool vfio_mig_describes(const struct vfio_mig_ops *ops)
{
	struct text text = {};

	put_all(&text, ops);
	return text.used < PAGE_SIZE;
}

static ssize_t names_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct vfio_mig_private *priv =
		container_of(attr, struct vfio_mig_private, names);
	struct text text = { .bytes = buf, .room = PAGE_SIZE };

	put_all(&text, priv->mig->ops);
	return text.used;
}

int vfio_mig_names_create(struct vfio_mig_device *mig)
{
	struct device_attribute *attr = &mig->priv->names;

	sysfs_attr_init(&attr->attr);
	attr->attr.name = "vfio_mig_names";
	attr->attr.mode = 0444;
	attr->show = names_show;
	return device_create_file(vfio_mig_dev(mig), attr);
}

void vfio_mig_names_remove(struct vfio_mig_device *mig)
{
	device_remove_file(vfio_mig_dev(mig), &mig->priv->names);
}

/* With its length, for kvfree(); NULL if there is no memory. */
char *vfio_mig_describe(const struct vfio_mig_ops *ops, size_t *length)
{
	struct text text = {};

	put_all(&text, ops);
	*length = text.used;
	text.room = text.used + 1;
	text.bytes = kvmalloc(text.room, VFIO_MIG_GFP_LARGE);
	if (!text.bytes)
		return NULL;
	text.used = 0;
	put_all(&text, ops);
	return text.bytes;
}
