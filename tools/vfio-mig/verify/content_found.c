// SPDX-License-Identifier: GPL-2.0
/*
 * Of a device that is not known: registers that keep what is written are looked for.
 * What else comes of writing to them nobody knows, so this needs --destructive.
 */
#include <endian.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <time.h>

#include "content.h"

/* A BAR that is memory keeps all of it, and leaves room for the others. */
#define REGISTERS_MAX	96
#define OF_A_BAR	(REGISTERS_MAX / 6)

/* Of each BAR so many bytes, and then a register at each power of two. */
#define LOOKED_AT	4096

/* What does not move in this time is taken for something that does not move. */
#define STEADY_MS	150

/**
 * struct found - a register that keeps what is written
 * @region, @offset, @size: Where.
 * @mask: Which of its bits.
 * @value: What is written to it.
 * @before: What it had.
 * @sticks: A reset leaves it as it is.
 */
struct found {
	__u32 region;
	__u64 offset;
	size_t size;
	__u64 mask;
	__u64 value;
	__u64 before;
	bool sticks;
};

static struct found found[REGISTERS_MAX];
static unsigned int count, of_this_bar;

static bool get(struct side *side, const struct found *reg, __u64 *value)
{
	__u8 data[8] = {};

	if (vfiomig_read(side->dev, reg->region, reg->offset, data, reg->size,
			 NULL))
		return false;
	*value = number_of(data, reg->size);
	return true;
}

static bool set(struct side *side, const struct found *reg, __u64 value)
{
	__le64 data = htole64(value);

	return !vfiomig_write(side->dev, reg->region, reg->offset, &data,
			      reg->size, NULL);
}

/* As if by chance: hardly ever the same in two registers, or swapped. */
static __u64 pattern(const struct found *reg)
{
	__u64 seed = (reg->offset + 1) * 0x9e3779b97f4a7c15ull + reg->region;

	return (seed ^ seed >> 29) & (~0ull >> (64 - 8 * reg->size));
}

/* Both a value and its opposite are written, and so each bit once as 0 and as 1. */
static void try_register(struct side *side, __u32 region, __u64 offset,
			 size_t size)
{
	struct found reg = { .region = region, .offset = offset, .size = size };
	__u64 before, one, other, value = pattern(&reg);

	if (of_this_bar == OF_A_BAR || !get(side, &reg, &before))
		return;
	if (!set(side, &reg, value) || !get(side, &reg, &one) ||
	    !set(side, &reg, ~value) || !get(side, &reg, &other) ||
	    !set(side, &reg, before))
		return;
	reg.mask = ~(one ^ value) & ~(other ^ ~value) &
		   (~0ull >> (64 - 8 * size));
	if (!reg.mask)
		return;
	reg.before = before;
	reg.value = (value & reg.mask) | (before & ~reg.mask);
	if (reg.value == before)
		reg.value = (~value & reg.mask) | (before & ~reg.mask);
	found[count++] = reg;
	of_this_bar++;
}

/* BARs of I/O are of devices that take a byte at a time. */
static size_t width(struct side *side, __u32 region)
{
	__u32 bar = 0;

	vfiomig_read32(side->dev, VFIO_PCI_CONFIG_REGION_INDEX,
		       PCI_BASE_ADDRESS_0 + 4 * region, &bar, NULL);
	return bar & PCI_BASE_ADDRESS_SPACE_IO ? 1 : 4;
}

static void search_bar(struct side *side, __u32 region)
{
	const __u32 both = VFIO_REGION_INFO_FLAG_READ |
			   VFIO_REGION_INFO_FLAG_WRITE;
	struct vfio_region_info info;
	size_t size;
	__u64 at;

	if (vfiomig_region_info(side->dev, region, &info, NULL) || !info.size ||
	    (info.flags & both) != both)
		return;
	size = width(side, region);
	of_this_bar = 0;
	for (at = 0; at + size <= info.size && at < LOOKED_AT; at += size)
		try_register(side, region, at, size);
	for (; at + size <= info.size; at *= 2)
		try_register(side, region, at, size);
}

/* Those that another's write changes, or that move by themselves, are no use. */
static void drop(const struct view *nothing, const struct view *one,
		 const struct view *other)
{
	unsigned int i, kept = 0;

	for (i = 0; i < count && i < other->count; i++)
		if (one->list[i].value == other->list[i].value &&
		    one->list[i].value != nothing->list[i].value)
			found[kept++] = found[i];
	count = kept;
}

static bool prepare(struct verify *v, struct side *side)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!put(v, side, found[i].region, found[i].offset,
			 found[i].size, found[i].value))
			return false;
	return true;
}

static bool look(struct verify *v, struct side *side, struct view *view)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!see_register(v, side, view, found[i].region,
				  found[i].offset, found[i].size))
			return false;
		view->list[view->count - 1].value &= found[i].mask;
	}
	return true;
}

/* What a reset leaves is put back by hand. */
static bool clear(struct verify *v, struct side *side)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (found[i].sticks &&
		    !put(v, side, found[i].region, found[i].offset,
			 found[i].size, found[i].before))
			return false;
	return true;
}

static bool try_all(struct verify *v)
{
	const struct timespec pause = { .tv_nsec = STEADY_MS * 1000000 };
	struct view nothing = {}, one = {}, other = {}, again = {};
	unsigned int i;

	if (!begin(v) || !clear(v, &v->self) ||
	    !look(v, &v->self, &nothing) || !prepare(v, &v->self) ||
	    !look(v, &v->self, &one))
		return false;
	nanosleep(&pause, NULL);
	if (!look(v, &v->self, &other) || !begin(v) ||
	    !look(v, &v->self, &again))
		return false;
	for (i = 0; i < count; i++)
		found[i].sticks |= again.list[i].value != nothing.list[i].value;
	drop(&nothing, &one, &other);
	return count;
}

/*
 * What one register does to another is seen when all of them were written, and whether
 * they can be put back when they were left out that cannot.
 */
static bool fits(struct verify *v)
{
	__u32 region;

	count = 0;
	if (!(v->has & NEEDS_DESTRUCTIVE) || !(v->has & NEEDS_PCI))
		return false;
	if (!begin(v))
		return false;
	for (region = VFIO_PCI_BAR0_REGION_INDEX;
	     region <= VFIO_PCI_BAR5_REGION_INDEX; region++)
		search_bar(&v->self, region);
	if (!count || !try_all(v) || !try_all(v))
		count = 0;
	return count;
}

const struct content found_content = {
	.name = "registers that keep what is written",
	.fits = fits,
	.clear = clear,
	.prepare = prepare,
	.look = look,
};
