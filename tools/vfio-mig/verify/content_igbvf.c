// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual function of QEMU's igb: its registers with no queue on, and a VLAN that its PF
 * has granted.
 */
#include "content.h"

#define BAR		VFIO_PCI_BAR0_REGION_INDEX

#define VTCTRL		0x0000
#define  RST		(1 << 26)
#define VMBMEM		0x0800
#define V2PMAILBOX	0x0c40
#define  REQ		0x01
#define  ACK		0x02
#define  VFU		0x04
#define  PFSTS		0x10
#define RESET		1
#define ADD_VLAN	(4 | 1 << 16)

static const struct {
	__u16 at;
	__u32 value;
} registers[] = {
	{ 0x2900, 0x12345680 }, { 0x2904, 0x9abcdef0 }, { 0x2908, 0x1000 },
	{ 0x290c, 0x02000002 }, { 0x2910, 5 }, { 0x2918, 9 },
	{ 0x3900, 0x87654300 }, { 0x3904, 0x0fedcba9 }, { 0x3908, 0x2000 },
	{ 0x3910, 7 }, { 0x3918, 3 }, { 0x3938, 0x55555551 },
	{ 0x1524, 2 }, { 0x1530, 0x1234 }, { 0x1680, 488 }, { 0x1684, 196 },
	{ 0x1740, 0x82 },
};

static bool fits(struct verify *v)
{
	__u32 ids = 0;

	return v->has & NEEDS_PCI &&
	       !vfiomig_read32(v->self.dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
			       &ids, NULL) && ids == 0x10ca8086;
}

static bool say(struct verify *v, struct side *side, __u32 first, __u32 second)
{
	return put(v, side, BAR, V2PMAILBOX, 4, VFU) &&
	       put(v, side, BAR, VMBMEM, 4, first) &&
	       put(v, side, BAR, VMBMEM + 4, 4, second) &&
	       put(v, side, BAR, V2PMAILBOX, 4, REQ) &&
	       wait_bits(v, side, BAR, V2PMAILBOX, 4, PFSTS, PFSTS) &&
	       put(v, side, BAR, V2PMAILBOX, 4, ACK);
}

static bool prepare(struct verify *v, struct side *side)
{
	unsigned int i;

	if (!put(v, side, BAR, VTCTRL, 4, RST) || !say(v, side, RESET, 0) ||
	    !say(v, side, ADD_VLAN, 77))
		return false;
	for (i = 0; i < ARRAY_SIZE(registers); i++)
		if (!put(v, side, BAR, registers[i].at, 4, registers[i].value))
			return false;
	return true;
}

/* The answer of the PF too. */
static bool look(struct verify *v, struct side *side, struct view *view)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(registers); i++)
		if (!see_register(v, side, view, BAR, registers[i].at, 4))
			return false;
	return see_register(v, side, view, BAR, VMBMEM, 4) &&
	       see_register(v, side, view, BAR, VMBMEM + 4, 4);
}

const struct content igbvf_content = {
	.name = "igb VF",
	.fits = fits,
	.prepare = prepare,
	.look = look,
};
