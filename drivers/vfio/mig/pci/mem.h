/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A BAR of memory that users map and that is migrated while it is written: what the
 * files about it share.  Documentation/bochs.md says how they play together.
 */
#ifndef VFIO_MIG_PCI_MEM_H
#define VFIO_MIG_PCI_MEM_H

#include <linux/mutex.h>
#include <linux/rwsem.h>

#include "pci.h"

struct mem_shadow;
struct mem_tracker;

/**
 * struct vfio_mig_pci_memory - the memory of a device
 * @pci: The device.
 * @mig: The same.
 * @bar: Which BAR it is.
 * @registers: It is none: what is mapped of it are registers, which are the driver's to
 *	save; see held.c.
 * @where: It; mapped while the device is open.
 * @size: Bytes of it.
 * @track_lock: Protects what the tracker knows, when a reader and an arc ask at
 *	once.  Inner to the session's lock, outer to mmap_lock and so to @gate.
 * @gate: Held for read by whoever lets a user write to the device, until that is
 *	done: a fault on the mapping, a write() on a region.  Protects @held and
 *	@tracker.  Inner to mmap_lock, outer to vfio-pci's memory_lock.
 * @held: The device stands still.
 * @tracker: Who wants to know what is written to the memory, or NULL.
 */
struct vfio_mig_pci_memory {
	struct vfio_mig_pci_device *pci;
	struct vfio_mig_device *mig;
	unsigned int bar;
	bool registers;
	void __iomem *where;
	u64 size;
	struct mutex track_lock; /* protects what is in tracker */
	struct rw_semaphore gate; /* protects held and tracker */
	bool held;
	struct mem_tracker *tracker;
};

/* mem.c: nobody writes any more, or may again; mappings that are otherwise are undone */
void vfio_mig_mem_hold(struct vfio_mig_pci_memory *mem, bool on);

/* mem_hw.c: between vfio_mig_access_begin() and _end(), or under memory_lock */
bool vfio_mig_mem_hw_read(struct vfio_mig_pci_memory *mem, u64 offset, void *data,
			  size_t length);
bool vfio_mig_mem_hw_is_zero(struct vfio_mig_pci_memory *mem, u64 offset, size_t length);
bool vfio_mig_mem_hw_differs(struct vfio_mig_pci_memory *mem, u64 offset,
			     const void *data, size_t length, bool *zero);
void vfio_mig_mem_hw_write(struct vfio_mig_pci_memory *mem, u64 offset, const void *data,
			   size_t length);
void vfio_mig_mem_hw_clear(struct vfio_mig_pci_memory *mem, u64 offset, size_t length);

/* mem_hw.c: all of it; begins and ends by itself */
int vfio_mig_mem_scrub(struct vfio_mig_pci_memory *mem);

/*
 * mem_zap.c, or mem_zap_list.c: how mappings of the memory are known and undone.  Before
 * pages are mapped it is locked and told where; that is outer to memory_lock.
 * Part of a mapping is undone by who holds its mmap_lock.
 */
void vfio_mig_mem_zap(struct vfio_mig_pci_memory *mem, unsigned long page,
		      unsigned long pages);
void vfio_mig_mem_zap_part(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end);
void vfio_mig_mem_zap_lock(struct vfio_mig_pci_memory *mem);
void vfio_mig_mem_zap_unlock(struct vfio_mig_pci_memory *mem);
int vfio_mig_mem_zap_note(struct vfio_mig_pci_memory *mem, struct vm_area_struct *vma);
void vfio_mig_mem_zap_open(struct vm_area_struct *vma);
void vfio_mig_mem_zap_close(struct vm_area_struct *vma);
int vfio_mig_mem_zap_moved(struct vm_area_struct *vma);
unsigned long vfio_mig_mem_first_page(struct vfio_mig_pci_memory *mem);

/* mem_track.c */
int vfio_mig_mem_track(struct vfio_mig_pci_memory *mem, bool on);
void vfio_mig_mem_track_touch(struct vfio_mig_pci_memory *mem, unsigned long page);
bool vfio_mig_mem_track_hold(struct vfio_mig_pci_memory *mem);
int vfio_mig_mem_track_settle(struct vfio_mig_pci_memory *mem);
void vfio_mig_mem_track_waiting(struct vfio_mig_pci_memory *mem,
				struct vfio_mig_waiting *sum);

/* mem_send.c */
int vfio_mig_mem_track_pieces(struct vfio_mig_pci_memory *mem,
			      struct vfio_mig_pieces *out);

/* mem_shadow.c: what has been sent; under track_lock.  NULL knows nothing. */
struct mem_shadow *vfio_mig_mem_shadow_alloc(u64 size);
void vfio_mig_mem_shadow_free(struct mem_shadow *shadow);
bool vfio_mig_mem_shadow_of(struct mem_shadow *shadow, unsigned long page,
			    const void **sent);
void vfio_mig_mem_shadow_note(struct mem_shadow *shadow, unsigned long page,
			      const void *bytes);
void vfio_mig_mem_shadow_forget(struct mem_shadow *shadow, unsigned long page);

#endif /* VFIO_MIG_PCI_MEM_H */
