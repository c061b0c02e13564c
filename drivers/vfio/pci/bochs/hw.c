// SPDX-License-Identifier: GPL-2.0
/*
 * Memory and registers, as they are in the hardware.
 *
 * The memory is read and written by words, in loops, of which one that compares takes
 * one pass where a copy and a comparison would take two.  Four words at a time, or
 * eight, as the loop itself is not for nothing, least of all where the processor is
 * emulated.
 */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "bochs.h"

#ifdef CONFIG_64BIT
#define get_word(from)		__raw_readq(from)
#define set_word(value, to)	__raw_writeq(value, to)
#else
#define get_word(from)		__raw_readl(from)
#define set_word(value, to)	__raw_writel(value, to)
#endif

#define WORD	sizeof(unsigned long)
#define STEP	(4 * WORD)

/* How long the guest is kept from its BARs while all memory is cleared. */
#define CLEAR_AT_ONCE	SZ_1M

static void read_four(unsigned long *to, const void __iomem *from)
{
	unsigned long first = get_word(from);
	unsigned long second = get_word(from + WORD);
	unsigned long third = get_word(from + 2 * WORD);
	unsigned long fourth = get_word(from + 3 * WORD);

	to[0] = first;
	to[1] = second;
	to[2] = third;
	to[3] = fourth;
}

/* True if all of it is 0: that is looked for in what was read, mostly in vain. */
bool bochs_hw_read(struct bochs_device *bochs, u64 offset, void *data,
		   size_t length)
{
	const void __iomem *from = bochs->memory + offset;
	const void __iomem *end = from + length;
	unsigned long *to = data;

	for (; from < end; from += 2 * STEP, to += 8) {
		read_four(to, from);
		read_four(to + 4, from + STEP);
	}
	return !memchr_inv(data, 0, length);
}

/* All that is in four words. */
static unsigned long gather(const void __iomem *from)
{
	return get_word(from) | get_word(from + WORD) |
	       get_word(from + 2 * WORD) | get_word(from + 3 * WORD);
}

bool bochs_hw_is_zero(struct bochs_device *bochs, u64 offset, size_t length)
{
	const void __iomem *from = bochs->memory + offset;
	size_t i;

	for (i = 0; i < length; i += STEP)
		if (gather(from + i))
			return false;
	return true;
}

/* Whether it is another than @data, and all 0. */
bool bochs_hw_differs(struct bochs_device *bochs, u64 offset, const void *data,
		      size_t length, bool *zero)
{
	const void __iomem *from = bochs->memory + offset;
	const void __iomem *end = from + length;
	const unsigned long *with = data;
	unsigned long other = 0, any = 0;
	unsigned long word[4];

	for (; from < end; from += STEP, with += 4) {
		word[0] = get_word(from);
		word[1] = get_word(from + WORD);
		word[2] = get_word(from + 2 * WORD);
		word[3] = get_word(from + 3 * WORD);
		other |= (word[0] ^ with[0]) | (word[1] ^ with[1]) |
			 (word[2] ^ with[2]) | (word[3] ^ with[3]);
		any |= word[0] | word[1] | word[2] | word[3];
	}
	*zero = !any;
	return other;
}

void bochs_hw_write(struct bochs_device *bochs, u64 offset, const void *data,
		    size_t length)
{
	void __iomem *to = bochs->memory + offset;
	void __iomem *end = to + length;
	const unsigned long *from = data;

	for (; to < end; to += STEP, from += 4) {
		set_word(from[0], to);
		set_word(from[1], to + WORD);
		set_word(from[2], to + 2 * WORD);
		set_word(from[3], to + 3 * WORD);
	}
}

/* What is 0 already is left alone: the host need not give memory for it. */
void bochs_hw_clear(struct bochs_device *bochs, u64 offset, size_t length)
{
	void __iomem *to = bochs->memory + offset;
	void __iomem *end = to + length;

	for (; to < end; to += STEP) {
		if (!gather(to))
			continue;
		set_word(0, to);
		set_word(0, to + WORD);
		set_word(0, to + 2 * WORD);
		set_word(0, to + 3 * WORD);
	}
}

/* Width, height and depth of the picture, and whether there is one. */
u64 bochs_hw_geometry(struct bochs_device *bochs)
{
	u64 geometry = 0;
	unsigned int i;

	for (i = BOCHS_XRES; i <= BOCHS_ENABLE; i++)
		geometry = geometry << 16 |
			   ioread16(bochs->registers + BOCHS_MODE + 2 * i);
	return geometry;
}

int bochs_hw_get_registers(struct bochs_device *bochs,
			   struct bochs_registers *registers)
{
	unsigned int i;
	int ret;

	ret = vfio_mig_access_begin(&bochs->pci.mig);
	if (ret)
		return ret;
	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		registers->mode[i] = ioread16(bochs->registers + BOCHS_MODE +
					      2 * i);
	registers->byte_order = ioread32(bochs->registers + BOCHS_BYTE_ORDER);
	ret = vfio_mig_access_check(&bochs->pci.mig);
	vfio_mig_access_end(&bochs->pci.mig);
	return ret;
}

/* ENABLE comes last, so that no picture is shown in half a mode. */
int bochs_hw_set_registers(struct bochs_device *bochs,
			   const struct bochs_registers *registers)
{
	void __iomem *mode = bochs->registers + BOCHS_MODE;
	unsigned int i;
	int ret;

	ret = vfio_mig_access_begin(&bochs->pci.mig);
	if (ret)
		return ret;
	iowrite16(0, mode + 2 * BOCHS_ENABLE);
	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		if (i != BOCHS_ENABLE)
			iowrite16(registers->mode[i], mode + 2 * i);
	iowrite32(registers->byte_order, bochs->registers + BOCHS_BYTE_ORDER);
	iowrite16(registers->mode[BOCHS_ENABLE], mode + 2 * BOCHS_ENABLE);
	vfio_mig_access_end(&bochs->pci.mig);
	return 0;
}

/* The state after power-on; a reset of the bus does not bring it about. */
int bochs_hw_scrub(struct bochs_device *bochs)
{
	static const struct bochs_registers blank = {
		.byte_order = BOCHS_LITTLE_ENDIAN,
	};
	u64 offset;
	int ret;

	ret = bochs_hw_set_registers(bochs, &blank);
	for (offset = 0; !ret && offset < bochs->size;
	     offset += CLEAR_AT_ONCE) {
		ret = vfio_mig_access_begin(&bochs->pci.mig);
		if (ret)
			break;
		bochs_hw_clear(bochs, offset,
			       min_t(u64, bochs->size - offset, CLEAR_AT_ONCE));
		vfio_mig_access_end(&bochs->pci.mig);
		cond_resched();
	}
	return ret;
}
