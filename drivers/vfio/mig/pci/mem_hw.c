// SPDX-License-Identifier: GPL-2.0
/*
 * The memory, as it is in the hardware.
 *
 * It is read and written by words, in loops, of which one that compares takes one pass
 * where a copy and a comparison would take two.  Four words at a time, or eight, as the
 * loop itself is not for nothing, least of all where the processor is emulated.
 */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "mem.h"

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
bool vfio_mig_mem_hw_read(struct vfio_mig_pci_memory *mem, u64 offset, void *data,
			  size_t length)
{
	const void __iomem *from = mem->where + offset;
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

bool vfio_mig_mem_hw_is_zero(struct vfio_mig_pci_memory *mem, u64 offset, size_t length)
{
	const void __iomem *from = mem->where + offset;
	size_t i;

	for (i = 0; i < length; i += STEP)
		if (gather(from + i))
			return false;
	return true;
}

/* Whether it is another than @data, and all 0. */
bool vfio_mig_mem_hw_differs(struct vfio_mig_pci_memory *mem, u64 offset, const void *data,
			     size_t length, bool *zero)
{
	const void __iomem *from = mem->where + offset;
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

static void write_four(const unsigned long *from, void __iomem *to)
{
	set_word(from[0], to);
	set_word(from[1], to + WORD);
	set_word(from[2], to + 2 * WORD);
	set_word(from[3], to + 3 * WORD);
}

void vfio_mig_mem_hw_write(struct vfio_mig_pci_memory *mem, u64 offset, const void *data,
			   size_t length)
{
	void __iomem *to = mem->where + offset;
	void __iomem *end = to + length;
	const unsigned long *from = data;

	for (; to < end; to += 2 * STEP, from += 8) {
		write_four(from, to);
		write_four(from + 4, to + STEP);
	}
}

/* What is 0 already is left alone: the host need not give memory for it. */
void vfio_mig_mem_hw_clear(struct vfio_mig_pci_memory *mem, u64 offset, size_t length)
{
	void __iomem *to = mem->where + offset;
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

int vfio_mig_mem_scrub(struct vfio_mig_pci_memory *mem)
{
	u64 offset;
	int ret = 0;

	for (offset = 0; !ret && offset < mem->size; offset += CLEAR_AT_ONCE) {
		ret = vfio_mig_access_begin(mem->mig);
		if (ret)
			break;
		vfio_mig_mem_hw_clear(mem, offset,
				      min_t(u64, mem->size - offset, CLEAR_AT_ONCE));
		vfio_mig_access_end(mem->mig);
		cond_resched();
	}
	return ret;
}
