// SPDX-License-Identifier: GPL-2.0
/* QEMU's edu: registers, the buffer, a factorial and DMA under way, interrupts. */
#include <string.h>

#include "content.h"

#define BAR		VFIO_PCI_BAR0_REGION_INDEX
#define MSI		VFIO_PCI_MSI_IRQ_INDEX
#define IDENTITY	0x010000edull

/* Its registers. */
#define LIVENESS	0x04
#define FACTORIAL	0x08
#define STATUS		0x20
#define  COMPUTING	0x01
#define  MAY_INTERRUPT	0x80
#define IRQ_STATUS	0x24
#define  IRQ_FACTORIAL	0x001
#define  IRQ_DMA	0x100
#define IRQ_RAISE	0x60
#define IRQ_CLEAR	0x64
#define DMA_SOURCE	0x80
#define DMA_TARGET	0x88
#define DMA_COUNT	0x90
#define DMA_COMMAND	0x98
#define  RUN		0x1
#define  TO_MEMORY	0x2
#define  INTERRUPT	0x4
#define BUFFER		0x40000
#define BUFFER_SIZE	4096

/* Memory that it sees, and what is where in it. */
#define MEMORY		0x100000
#define MEMORY_SIZE	0x10000
#define FROM		(MEMORY + 0x0000)
#define DUMP		(MEMORY + 0x2000)
#define TO		(MEMORY + 0x4000)

/*
 * A factorial that takes some tenths of a second, and so longer than DMA does: two
 * messages at once may come as one.  All beyond 34 are 0.
 */
#define LONG_FACTORIAL	200000000
#define INTERRUPTS	2

static bool fits(struct verify *v)
{
	struct vfio_region_info info;
	__u32 ids = 0, identity = 0;

	return v->has & NEEDS_PCI &&
	       !vfiomig_read32(v->self.dev, VFIO_PCI_CONFIG_REGION_INDEX, 0,
			       &ids, NULL) && ids == 0x11e81234 &&
	       !vfiomig_region_info(v->self.dev, BAR, &info, NULL) &&
	       info.size == 0x100000 &&
	       !vfiomig_pci_command(v->self.dev, 2, 0, NULL) &&
	       !vfiomig_read32(v->self.dev, BAR, 0, &identity, NULL) &&
	       identity == IDENTITY;
}

static bool need_memory(struct verify *v, struct side *side)
{
	int ret = side->memory ? 0 : call_map(v, side, MEMORY, MEMORY_SIZE);

	return ret ? blocked(v, "no memory can be mapped: %s",
			     errno_text(ret)) : true;
}

static bool fill(struct verify *v, struct side *side, __u64 iova, __u32 seed,
		 const char *text)
{
	__u8 bytes[BUFFER_SIZE] = {};
	int ret;

	if (seed)
		fill_pattern(bytes, sizeof(bytes), seed);
	ret = call_memory_write(v, side, iova, bytes, sizeof(bytes), text);
	return ret ? blocked(v, "memory cannot be written") : true;
}

static bool start_dma(struct verify *v, struct side *side, __u64 source,
		      __u64 destination, __u64 command)
{
	return put(v, side, BAR, DMA_SOURCE, 8, source) &&
	       put(v, side, BAR, DMA_TARGET, 8, destination) &&
	       put(v, side, BAR, DMA_COUNT, 8, BUFFER_SIZE) &&
	       put(v, side, BAR, DMA_COMMAND, 8, command | RUN);
}

static bool wait_dma(struct verify *v, struct side *side)
{
	return wait_bits(v, side, BAR, DMA_COMMAND, 8, RUN, 0);
}

static bool fill_buffer(struct verify *v, struct side *side, __u32 seed,
			const char *text)
{
	return need_memory(v, side) && fill(v, side, FROM, seed, text) &&
	       start_dma(v, side, FROM, BUFFER, 0) && wait_dma(v, side);
}

/* The DMA registers are always the same afterwards. */
static bool dump_buffer(struct verify *v, struct side *side)
{
	return need_memory(v, side) && fill(v, side, DUMP, 0, "00x4096") &&
	       start_dma(v, side, BUFFER, DUMP, TO_MEMORY) && wait_dma(v, side);
}

static bool prepare(struct verify *v, struct side *side)
{
	return fill_buffer(v, side, 3, "~3") && dump_buffer(v, side) &&
	       put(v, side, BAR, LIVENESS, 4, 0x12345678) &&
	       put(v, side, BAR, STATUS, 4, MAY_INTERRUPT) &&
	       put(v, side, BAR, FACTORIAL, 4, 10) &&
	       wait_bits(v, side, BAR, STATUS, 4, COMPUTING, 0) &&
	       wait_bits(v, side, BAR, IRQ_STATUS, 4, IRQ_FACTORIAL,
			 IRQ_FACTORIAL) &&
	       put(v, side, BAR, IRQ_RAISE, 4, 0x30);
}

static bool see_registers(struct verify *v, struct side *side,
			  struct view *view)
{
	return see_register(v, side, view, BAR, LIVENESS, 4) &&
	       see_register(v, side, view, BAR, FACTORIAL, 4) &&
	       see_register(v, side, view, BAR, STATUS, 4) &&
	       see_register(v, side, view, BAR, IRQ_STATUS, 4) &&
	       see_register(v, side, view, BAR, DMA_SOURCE, 8) &&
	       see_register(v, side, view, BAR, DMA_TARGET, 8) &&
	       see_register(v, side, view, BAR, DMA_COUNT, 8) &&
	       see_register(v, side, view, BAR, DMA_COMMAND, 8);
}

/* The buffer can be seen by DMA only, so it comes last. */
static bool look(struct verify *v, struct side *side, struct view *view)
{
	return see_registers(v, side, view) && dump_buffer(v, side) &&
	       see_memory(v, side, view, DUMP, BUFFER_SIZE);
}

static bool start(struct verify *v, struct side *side)
{
	int ret = side->irq < 0 ? call_irq_on(v, side, MSI) : 0;

	if (ret)
		return blocked(v, "its interrupt cannot be set up: %s",
			       errno_text(ret));
	return fill_buffer(v, side, 5, "~5") &&
	       fill(v, side, TO, 0, "00x4096") &&
	       put(v, side, BAR, STATUS, 4, MAY_INTERRUPT) &&
	       put(v, side, BAR, FACTORIAL, 4, LONG_FACTORIAL) &&
	       start_dma(v, side, BUFFER, TO, TO_MEMORY | INTERRUPT);
}

static bool watch(struct verify *v, struct side *side, struct view *view)
{
	return see_registers(v, side, view) &&
	       see_memory(v, side, view, TO, BUFFER_SIZE) &&
	       see_irqs(v, side, view);
}

static bool finish(struct verify *v, struct side *side, struct outcome *outcome)
{
	__u64 factorial, raised;
	__u8 bytes[BUFFER_SIZE], came[BUFFER_SIZE];

	if (!wait_bits(v, side, BAR, STATUS, 4, COMPUTING, 0) ||
	    !wait_dma(v, side) ||
	    !check_irqs(v, side, INTERRUPTS, outcome))
		return false;
	if (call_bar_get(v, side, BAR, FACTORIAL, 4, &factorial) || factorial)
		add_wrong(outcome, SEEN_REGISTER, "the factorial is %#llx",
			  factorial);
	if (call_bar_get(v, side, BAR, IRQ_STATUS, 4, &raised) ||
	    raised != (IRQ_FACTORIAL | IRQ_DMA))
		add_wrong(outcome, SEEN_REGISTER,
			  "the interrupt status is %#llx", raised);
	fill_pattern(bytes, sizeof(bytes), 5);
	if (call_memory_read(v, side, TO, came, sizeof(came)) ||
	    memcmp(bytes, came, sizeof(bytes)))
		add_wrong(outcome, SEEN_MEMORY, "memory %#x is not what was in the buffer",
			  TO);
	return true;
}

const struct content edu_content = {
	.name = "edu",
	.fits = fits,
	.prepare = prepare,
	.look = look,
	.start = start,
	.watch = watch,
	.finish = finish,
};
