// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a device as the rest of the core sees it: its life, what an arc does
 * with it, what a user writes through the file, and its section of a stream.
 */
#include <linux/io.h>
#include <linux/slab.h>

#include "mem.h"

int vfio_mig_memory_alloc(struct vfio_mig_pci_device *pci)
{
	const struct vfio_mig_pci_bar *bars = vfio_mig_pci_driver(pci)->bars;
	struct vfio_mig_pci_memory *mem;
	unsigned int bar = 0;

	while (bar < PCI_STD_NUM_BARS && !bars[bar].memory && !bars[bar].held)
		bar++;
	if (bar == PCI_STD_NUM_BARS)
		return 0;
	mem = kzalloc(sizeof(*mem), GFP_KERNEL);
	if (!mem)
		return -ENOMEM;
	mem->pci = pci;
	mem->mig = &pci->mig;
	mem->bar = bar;
	mem->registers = !bars[bar].memory;
	mutex_init(&mem->track_lock);
	init_rwsem(&mem->gate);
	pci->memory = mem;
	return 0;
}

void vfio_mig_memory_free(struct vfio_mig_pci_device *pci)
{
	if (!pci->memory)
		return;
	mutex_destroy(&pci->memory->track_lock);
	kfree(pci->memory);
	pci->memory = NULL;
}

void vfio_mig_memory_open(struct vfio_mig_pci_device *pci)
{
	struct vfio_mig_pci_memory *mem = pci->memory;

	if (!mem)
		return;
	mem->where = pci->bar[mem->bar];
	mem->size = pci_resource_len(pci->core.pdev, mem->bar);
}

int vfio_mig_memory_scrub(struct vfio_mig_pci_device *pci)
{
	return pci->memory && !pci->memory->registers ?
	       vfio_mig_mem_scrub(pci->memory) : 0;
}

/* ---- arcs ---- */

void vfio_mig_mem_hold(struct vfio_mig_pci_memory *mem, bool on)
{
	down_write(&mem->gate);
	mem->held = on;
	up_write(&mem->gate);
	if (!on || !vfio_mig_mem_track_hold(mem))
		vfio_mig_mem_zap(mem, 0, mem->size >> PAGE_SHIFT);
}

/* The driver's part is done: as far as that led, it goes back. */
static int run_again(struct vfio_mig_device *mig, enum vfio_mig_action action)
{
	if (action == VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY &&
	    vfio_mig_take_back(mig, VFIO_MIG_STOP_COPY_TO_STOP))
		return VFIO_MIG_IN_NEITHER_STATE;
	if (vfio_mig_take_back(mig, VFIO_MIG_STOP_TO_RUNNING_P2P))
		return VFIO_MIG_IN_NEITHER_STATE;
	return 0;
}

/* The device does what it does when it stops, and nobody writes any more. */
int vfio_mig_memory_stop(struct vfio_mig_pci_device *pci, enum vfio_mig_action action)
{
	struct vfio_mig_pci_memory *mem = pci->memory;
	int ret;

	vfio_mig_mem_hold(mem, true);
	ret = vfio_mig_pci_arc(pci, action);
	if (ret) {
		vfio_mig_mem_hold(mem, false);
		return ret;
	}
	ret = vfio_mig_mem_track_settle(mem);
	return ret ? run_again(mem->mig, action) ?: ret : 0;
}

int vfio_mig_memory_start(struct vfio_mig_pci_device *pci, enum vfio_mig_action action)
{
	int ret = vfio_mig_pci_arc(pci, action);

	if (!ret)
		vfio_mig_mem_hold(pci->memory, false);
	return ret;
}

/* ---- what a user writes through the file ---- */

void vfio_mig_memory_enter(struct vfio_mig_pci_device *pci)
{
	if (pci->memory)
		down_read(&pci->memory->gate);
}

void vfio_mig_memory_leave(struct vfio_mig_pci_device *pci)
{
	if (pci->memory)
		up_read(&pci->memory->gate);
}

bool vfio_mig_memory_held(struct vfio_mig_pci_device *pci)
{
	return pci->memory && pci->memory->held && !pci->memory->registers;
}

/* A tracker learns of it. */
void vfio_mig_memory_put(struct vfio_mig_pci_device *pci, u64 pos,
			 const void *data, u32 count)
{
	struct vfio_mig_pci_memory *mem = pci->memory;

	if (mem->tracker) {
		vfio_mig_mem_track_touch(mem, pos >> PAGE_SHIFT);
		vfio_mig_mem_track_touch(mem, (pos + count - 1) >> PAGE_SHIFT);
	}
	memcpy_toio(mem->where + pos, data, count);
}

/* ---- its section ---- */

static struct vfio_mig_pci_memory *mem_of(struct vfio_mig_device *mig)
{
	return vfio_mig_pci(mig)->memory;
}

u64 vfio_mig_memory_bytes(struct vfio_mig_device *mig)
{
	return mem_of(mig)->size;
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_bytes);

int vfio_mig_memory_track(struct vfio_mig_device *mig, bool on)
{
	return vfio_mig_mem_track(mem_of(mig), on);
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_track);

void vfio_mig_memory_waiting(struct vfio_mig_device *mig,
			     struct vfio_mig_waiting *sum)
{
	vfio_mig_mem_track_waiting(mem_of(mig), sum);
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_waiting);

int vfio_mig_memory_pieces(struct vfio_mig_device *mig,
			   struct vfio_mig_pieces *out)
{
	return vfio_mig_mem_track_pieces(mem_of(mig), out);
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_pieces);

int vfio_mig_memory_place(struct vfio_mig_device *mig, u64 offset,
			  const void *data, u32 length)
{
	int ret = vfio_mig_access_begin(mig);

	if (ret)
		return ret;
	if (data)
		vfio_mig_mem_hw_write(mem_of(mig), offset, data, length);
	else
		vfio_mig_mem_hw_clear(mem_of(mig), offset, length);
	vfio_mig_access_end(mig);
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_place);
