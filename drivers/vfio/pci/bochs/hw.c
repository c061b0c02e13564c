// SPDX-License-Identifier: GPL-2.0
/*
 * Memory and registers, as they are in the hardware.
 *
 * The memory is read and written a word at a time, by loops: each of them looks
 * at what it reads, and so takes one pass where a copy and a comparison would
 * take two.
 */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include "bochs.h"

#ifdef CONFIG_64BIT
#define get_word(from)		__raw_readq(from)
#define set_word(value, to)	__raw_writeq(value, to)
#else
#define get_word(from)		__raw_readl(from)
#define set_word(value, to)	__raw_writel(value, to)
#endif

#define WORD	sizeof(unsigned long)

/* How long the guest is kept from its BARs while all memory is cleared. */
#define CLEAR_AT_ONCE	SZ_1M

/* True if all of it is 0. */
bool bochs_hw_read(struct bochs_device *bochs, u64 offset, void *data,
		   size_t length)
{
	const void __iomem *from = bochs->memory + offset;
	unsigned long *to = data;
	unsigned long any = 0;
	size_t i;

	for (i = 0; i < length; i += WORD) {
		to[i / WORD] = get_word(from + i);
		any |= to[i / WORD];
	}
	return !any;
}

bool bochs_hw_is_zero(struct bochs_device *bochs, u64 offset, size_t length)
{
	const void __iomem *from = bochs->memory + offset;
	size_t i;

	for (i = 0; i < length; i += WORD)
		if (get_word(from + i))
			return false;
	return true;
}

/* Whether it is another than @data, and all 0. */
bool bochs_hw_differs(struct bochs_device *bochs, u64 offset, const void *data,
		      size_t length, bool *zero)
{
	const void __iomem *from = bochs->memory + offset;
	const unsigned long *with = data;
	unsigned long other = 0, any = 0;
	unsigned long word;
	size_t i;

	for (i = 0; i < length; i += WORD) {
		word = get_word(from + i);
		other |= word ^ with[i / WORD];
		any |= word;
	}
	*zero = !any;
	return other;
}

void bochs_hw_write(struct bochs_device *bochs, u64 offset, const void *data,
		    size_t length)
{
	void __iomem *to = bochs->memory + offset;
	const unsigned long *from = data;
	size_t i;

	for (i = 0; i < length; i += WORD)
		set_word(from[i / WORD], to + i);
}

/* What is 0 already is left alone: the host need not give memory for it. */
void bochs_hw_clear(struct bochs_device *bochs, u64 offset, size_t length)
{
	void __iomem *to = bochs->memory + offset;
	size_t i;

	for (i = 0; i < length; i += WORD)
		if (get_word(to + i))
			set_word(0, to + i);
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

	ret = vfio_mig_access_begin(&bochs->mig);
	if (ret)
		return ret;
	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		registers->mode[i] = ioread16(bochs->registers + BOCHS_MODE +
					      2 * i);
	registers->byte_order = ioread32(bochs->registers + BOCHS_BYTE_ORDER);
	ret = vfio_mig_access_check(&bochs->mig);
	vfio_mig_access_end(&bochs->mig);
	return ret;
}

/* ENABLE comes last, so that no picture is shown in half a mode. */
int bochs_hw_set_registers(struct bochs_device *bochs,
			   const struct bochs_registers *registers)
{
	void __iomem *mode = bochs->registers + BOCHS_MODE;
	unsigned int i;
	int ret;

	ret = vfio_mig_access_begin(&bochs->mig);
	if (ret)
		return ret;
	iowrite16(0, mode + 2 * BOCHS_ENABLE);
	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		if (i != BOCHS_ENABLE)
			iowrite16(registers->mode[i], mode + 2 * i);
	iowrite32(registers->byte_order, bochs->registers + BOCHS_BYTE_ORDER);
	iowrite16(registers->mode[BOCHS_ENABLE], mode + 2 * BOCHS_ENABLE);
	vfio_mig_access_end(&bochs->mig);
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
		ret = vfio_mig_access_begin(&bochs->mig);
		if (ret)
			break;
		bochs_hw_clear(bochs, offset,
			       min_t(u64, bochs->size - offset, CLEAR_AT_ONCE));
		vfio_mig_access_end(&bochs->mig);
		cond_resched();
	}
	return ret;
}
