// SPDX-License-Identifier: GPL-2.0
/*
 * Sections that are declared by fields: from the driver's state to a payload, and from
 * a payload to a state that has yet to be one.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "mig.h"

static bool is_number(const struct vfio_mig_field *field)
{
	return field->width == 1 || field->width == 2 || field->width == 4 ||
	       field->width == 8;
}

static unsigned int count_of(const struct vfio_mig_field *field)
{
	return field->count ?: 1;
}

/* Of a list, its @i-th number. */
static u32 place_of(const struct vfio_mig_field *field, unsigned int i)
{
	return field->at + i * (field->apart ?: field->width);
}

static u64 get(const struct vfio_mig_field *field, unsigned int i, const void *state)
{
	const void *at = state + place_of(field, i);

	switch (field->width) {
	case 1:
		return *(const u8 *)at;
	case 2:
		return *(const u16 *)at;
	case 4:
		return *(const u32 *)at;
	default:
		return *(const u64 *)at;
	}
}

static void set(const struct vfio_mig_field *field, unsigned int i, void *state, u64 value)
{
	void *at = state + place_of(field, i);

	switch (field->width) {
	case 1:
		*(u8 *)at = value;
		break;
	case 2:
		*(u16 *)at = value;
		break;
	case 4:
		*(u32 *)at = value;
		break;
	default:
		*(u64 *)at = value;
	}
}

/* Where the driver has its state. */
void *vfio_mig_state(struct vfio_mig_device *mig)
{
	/* VFIO's device is where the driver's own struct begins. */
	return (void *)mig->vdev + mig->ops->state_at;
}

u32 vfio_mig_fields_size(const struct vfio_mig_section *section)
{
	u32 size = 0;
	unsigned int i;

	for (i = 0; i < section->nr_fields; i++)
		size += section->fields[i].width * count_of(&section->fields[i]);
	return size;
}

static void put(const struct vfio_mig_field *field, unsigned int i, const void *state,
		u8 *payload)
{
	__le64 value;

	if (!field->name)
		return;
	if (!is_number(field)) {
		memcpy(payload, state + field->at, field->width);
		return;
	}
	value = cpu_to_le64(get(field, i, state));
	memcpy(payload, &value, field->width);
}

/* @payload is zeroed. */
void vfio_mig_fields_put(const struct vfio_mig_section *section,
			 const void *state, u8 *payload)
{
	const struct vfio_mig_field *field = section->fields;
	const struct vfio_mig_field *end = field + section->nr_fields;
	unsigned int i;

	for (; field < end; field++)
		for (i = 0; i < count_of(field); i++, payload += field->width)
			put(field, i, state, payload);
}

static void take(const struct vfio_mig_field *field, unsigned int i, const u8 *payload,
		 void *state)
{
	__le64 value = 0;

	if (!field->name)
		return;
	if (!is_number(field)) {
		memcpy(state + field->at, payload, field->width);
		return;
	}
	memcpy(&value, payload, field->width);
	set(field, i, state, le64_to_cpu(value));
}

void vfio_mig_fields_take(const struct vfio_mig_section *section,
			  const u8 *payload, void *state)
{
	const struct vfio_mig_field *field = section->fields;
	const struct vfio_mig_field *end = field + section->nr_fields;
	unsigned int i;

	for (; field < end; field++)
		for (i = 0; i < count_of(field); i++, payload += field->width)
			take(field, i, payload, state);
}

static bool is_one_of(const struct vfio_mig_field *field, u64 value)
{
	unsigned int i;

	for (i = 0; i < field->nr_one_of; i++)
		if (field->one_of[i] == value)
			return true;
	return !field->nr_one_of;
}

static bool can_be(const struct vfio_mig_field *field, u64 value)
{
	return !(field->mask && value & ~field->mask) &&
	       !(field->most && value > field->most) && is_one_of(field, value);
}

static int refuse(const struct vfio_mig_section *section,
		  const struct vfio_mig_field *field, unsigned int i, u64 value,
		  struct vfio_mig_refusal *why)
{
	char which[12] = "";

	if (field->count)
		snprintf(which, sizeof(which), "%u", i);
	return vfio_mig_refuse(why, -EINVAL, section->id, field->hex ?
			       "section %s: %s%s %#llx cannot be" :
			       "section %s: %s%s %llu cannot be",
			       section->name, field->name, which, value);
}

int vfio_mig_fields_check(const struct vfio_mig_section *section,
			  const void *state, struct vfio_mig_refusal *why)
{
	const struct vfio_mig_field *field = section->fields;
	const struct vfio_mig_field *end = field + section->nr_fields;
	unsigned int i;
	u64 value;

	for (; field < end; field++) {
		if (!field->name || !is_number(field))
			continue;
		for (i = 0; i < count_of(field); i++) {
			value = get(field, i, state);
			if (!can_be(field, value))
				return refuse(section, field, i, value, why);
		}
	}
	return 0;
}

static bool is_initial(const struct vfio_mig_section *section,
		       const void *state)
{
	const struct vfio_mig_field *field = section->fields;
	const struct vfio_mig_field *end = field + section->nr_fields;
	unsigned int i;

	for (; field < end; field++) {
		if (field->name && !is_number(field) &&
		    memchr_inv(state + field->at, 0, field->width))
			return false;
		if (!field->name || !is_number(field))
			continue;
		for (i = 0; i < count_of(field); i++)
			if (get(field, i, state) != field->initial)
				return false;
	}
	return true;
}

/* The number that decides whether a section is there. */
static const struct vfio_mig_field *find_number(const struct vfio_mig_ops *ops,
						const char *name)
{
	unsigned int i, j;

	for (i = 0; i < ops->nr_sections; i++)
		for (j = 0; j < ops->sections[i].nr_fields; j++) {
			const struct vfio_mig_field *field =
				&ops->sections[i].fields[j];

			if (field->name && is_number(field) && !field->count &&
			    !strcmp(field->name, name))
				return field;
		}
	return NULL;
}

/* Does @state have something to say in it? */
bool vfio_mig_fields_present(const struct vfio_mig_ops *ops,
			     const struct vfio_mig_section *section,
			     const void *state)
{
	if (section->always)
		return true;
	if (section->if_field)
		return get(find_number(ops, section->if_field), 0, state) &
		       section->if_bits;
	return !is_initial(section, state);
}

void vfio_mig_fields_initial(const struct vfio_mig_ops *ops, void *state)
{
	const struct vfio_mig_section *section;
	const struct vfio_mig_field *field;
	unsigned int i;

	memset(state, 0, ops->state_size);
	for (section = ops->sections; section < ops->sections + ops->nr_sections;
	     section++)
		for (field = section->fields;
		     field < section->fields + section->nr_fields; field++)
			for (i = 0; field->initial && i < count_of(field); i++)
				set(field, i, state, field->initial);
}

void vfio_mig_power_on(struct vfio_mig_device *mig)
{
	lockdep_assert_held(&mig->lock);
	vfio_mig_fields_initial(mig->ops, vfio_mig_state(mig));
}
EXPORT_SYMBOL_GPL(vfio_mig_power_on);

/* Is what decides whether a section is there a number that the driver has? */
bool vfio_mig_has_number(const struct vfio_mig_ops *ops, const char *name)
{
	return find_number(ops, name);
}

static const char *wrong_list(const struct vfio_mig_field *field, u32 size)
{
	u64 apart = field->apart ?: field->width;

	if (!field->name || !is_number(field) || (field->apart && !field->count))
		return "a list of what is no number, or a list of none";
	if (apart < field->width || !IS_ALIGNED(apart, field->width) ||
	    field->at + (count_of(field) - 1) * apart + field->width > size)
		return "a list whose numbers overlap, or are outside of the state";
	return NULL;
}

/* The field's own declaration holds together; @size: bytes of the state. */
const char *vfio_mig_wrong_field(const struct vfio_mig_field *field, u32 size)
{
	if (!field->width || (!is_number(field) && field->width < 8 && field->name))
		return "a field that is as wide as no number is";
	if (!field->name)
		return NULL;
	if (field->at > size || field->width > size - field->at)
		return "a field outside of the state";
	if (is_number(field) && !IS_ALIGNED(field->at, field->width))
		return "a field that is not aligned";
	if (!is_number(field) && (field->initial || field->mask || field->most ||
				  field->nr_one_of))
		return "a rule for a field that is no number";
	if (is_number(field) && !can_be(field, field->initial))
		return "a field that cannot be what it is at first";
	return field->count || field->apart ? wrong_list(field, size) : NULL;
}
