// SPDX-License-Identifier: GPL-2.0
/* QEMU's bochs-display: registers, and memory in patterns. */
#include <stdio.h>
#include <stdlib.h>

#include "content.h"

#define MEMORY		VFIO_PCI_BAR0_REGION_INDEX
#define REGISTERS	VFIO_PCI_BAR2_REGION_INDEX

/* Registers of 16 bits, by number; and the order of bytes. */
#define MODE(index)	(0x500 + 2 * (index))
#define IDENTITY	0
#define FIRST		1
#define LAST		9
#define ORDER_OF_BYTES	0x604
#define HIGH_FIRST	0xbebebebe

/* What is written of the memory, at its beginning, middle and end. */
#define PIECE		0x40000
#define PIECES		3

static bool fits(struct verify *v)
{
	__u32 ids = 0;
	__u16 identity = 0;

	return v->has & NEEDS_PCI &&
	       !vfiomig_read32(v->self.dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
			       &ids, NULL) && ids == 0x11111234 &&
	       !vfiomig_pci_command(v->self.dev, 2, 0, NULL) &&
	       !vfiomig_read(v->self.dev, REGISTERS, MODE(IDENTITY), &identity,
			     sizeof(identity), NULL) &&
	       (identity & 0xfff0) == 0xb0c0;
}

/* Where piece number @i begins. */
static bool find_piece(struct verify *v, struct side *side, unsigned int i,
		       __u64 *offset)
{
	struct vfio_region_info info;
	int ret = vfiomig_region_info(side->dev, MEMORY, &info, NULL);

	if (ret || info.size < PIECES * PIECE)
		return blocked(v, "its memory cannot be found");
	*offset = i * (info.size - PIECE) / (PIECES - 1);
	return true;
}

static bool draw(struct verify *v, struct side *side, unsigned int i)
{
	__u8 *bytes = malloc(PIECE);
	char text[16];
	__u64 offset;
	int ret;

	if (!bytes)
		return blocked(v, "there is no memory");
	if (!find_piece(v, side, i, &offset)) {
		free(bytes);
		return false;
	}
	fill_pattern(bytes, PIECE, i + 1);
	snprintf(text, sizeof(text), "~%u", i + 1);
	ret = call_bar_write(v, side, MEMORY, offset, bytes, PIECE, text);
	free(bytes);
	return ret ? blocked(v, "its memory cannot be written: %s",
			     errno_text(ret)) : true;
}

static bool prepare(struct verify *v, struct side *side)
{
	unsigned int i;

	for (i = FIRST; i <= LAST; i++)
		if (!put(v, side, REGISTERS, MODE(i), 2, 0x1234 + 0x101 * i))
			return false;
	if (!put(v, side, REGISTERS, ORDER_OF_BYTES, 4, HIGH_FIRST))
		return false;
	for (i = 0; i < PIECES; i++)
		if (!draw(v, side, i))
			return false;
	return true;
}

static bool look(struct verify *v, struct side *side, struct view *view)
{
	unsigned int i;
	__u64 offset;

	for (i = FIRST; i <= LAST; i++)
		if (!see_register(v, side, view, REGISTERS, MODE(i), 2))
			return false;
	if (!see_register(v, side, view, REGISTERS, ORDER_OF_BYTES, 4))
		return false;
	for (i = 0; i < PIECES; i++)
		if (!find_piece(v, side, i, &offset) ||
		    !see_register(v, side, view, MEMORY, offset, PIECE))
			return false;
	return true;
}

const struct content bochs_content = {
	.name = "bochs-display",
	.fits = fits,
	.prepare = prepare,
	.look = look,
};
