/* SPDX-License-Identifier: GPL-2.0 */
/* The driver's structures; Documentation/bochs.md says how they play together. */
#ifndef BOCHS_H
#define BOCHS_H

#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/vfio_mig_pci.h>

#include "regs.h"

struct bochs_shadow;
struct bochs_tracker;

/**
 * struct bochs_registers - all that can be read and set
 * @mode: By BOCHS_XRES and so on; 0 is not used.
 * @byte_order: BOCHS_LITTLE_ENDIAN or BOCHS_BIG_ENDIAN.
 */
struct bochs_registers {
	u16 mode[BOCHS_NR_MODE];
	u32 byte_order;
};

/**
 * struct bochs_device - a display
 * @pci: vfio-pci's part and the migration core's; first.
 * @memory: BAR0; mapped while the device is open.
 * @registers: BAR2; likewise.
 * @size: Bytes of BAR0.
 * @track_lock: Protects what the tracker knows, when a reader and an arc ask at
 *	once.  Inner to the session's lock, outer to mmap_lock and so to @gate.
 * @gate: Held for read by whoever lets a user write to the device, until that is
 *	done: a fault on the mapping, a write() on a region.  Protects @held and
 *	@tracker.  Inner to mmap_lock, outer to vfio-pci's memory_lock.
 * @held: The device stands still.
 * @tracker: Who wants to know what is written to the memory, or NULL.
 * @saved: The registers, while the device stands still; under state_lock.
 * @due: @saved has not reached the hardware yet.
 */
struct bochs_device {
	struct vfio_mig_pci_device pci;
	void __iomem *memory;
	void __iomem *registers;
	u64 size;
	struct mutex track_lock; /* protects what is in tracker */
	struct rw_semaphore gate; /* protects held and tracker */
	bool held;
	struct bochs_tracker *tracker;
	struct bochs_registers saved;
	bool due;
};

static inline struct bochs_device *bochs_from_mig(struct vfio_mig_device *mig)
{
	return container_of(mig, struct bochs_device, pci.mig);
}

static inline struct bochs_device *bochs_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct bochs_device, pci.core.vdev);
}

/* main.c */
extern bool bochs_dma_compare;
extern const struct vfio_mig_hardware bochs_hardware;

/* bar.c */
ssize_t bochs_bar_write(struct bochs_device *bochs, unsigned int bar,
			const char __user *buf, size_t count, loff_t *ppos);

/* hw.c: between vfio_mig_access_begin() and _end(), or under memory_lock */
bool bochs_hw_read(struct bochs_device *bochs, u64 offset, void *data,
		   size_t length);
bool bochs_hw_is_zero(struct bochs_device *bochs, u64 offset, size_t length);
bool bochs_hw_differs(struct bochs_device *bochs, u64 offset, const void *data,
		      size_t length, bool *zero);
void bochs_hw_write(struct bochs_device *bochs, u64 offset, const void *data,
		    size_t length);
void bochs_hw_clear(struct bochs_device *bochs, u64 offset, size_t length);
u64 bochs_hw_geometry(struct bochs_device *bochs);

/* hw.c: these begin and end by themselves */
int bochs_hw_get_registers(struct bochs_device *bochs,
			   struct bochs_registers *registers);
int bochs_hw_set_registers(struct bochs_device *bochs,
			   const struct bochs_registers *registers);
int bochs_hw_scrub(struct bochs_device *bochs);

/* map.c */
int bochs_mmap(struct vfio_device *vdev, struct vm_area_struct *vma);

/*
 * zap.c, or zap_list.c: how mappings of the memory are known and undone.  Before
 * pages are mapped it is locked and told where; that is outer to memory_lock.
 * Part of a mapping is undone by who holds its mmap_lock.
 */
void bochs_zap(struct bochs_device *bochs, unsigned long page,
	       unsigned long pages);
void bochs_zap_part(struct vm_area_struct *vma, unsigned long start,
		    unsigned long end);
void bochs_zap_lock(struct bochs_device *bochs);
void bochs_zap_unlock(struct bochs_device *bochs);
int bochs_zap_note(struct bochs_device *bochs, struct vm_area_struct *vma);
void bochs_zap_open(struct vm_area_struct *vma);
void bochs_zap_close(struct vm_area_struct *vma);
int bochs_zap_moved(struct vm_area_struct *vma);
unsigned long bochs_first_page(struct bochs_device *bochs);

/* track.c */
int bochs_track(struct bochs_device *bochs, bool on);
void bochs_track_touch(struct bochs_device *bochs, unsigned long page);
int bochs_track_settle(struct bochs_device *bochs);
void bochs_track_waiting(struct bochs_device *bochs,
			 struct vfio_mig_waiting *sum);
int bochs_track_pieces(struct bochs_device *bochs,
		       struct vfio_mig_pieces *out);

/* shadow.c: what has been sent; under track_lock.  NULL knows nothing. */
struct bochs_shadow *bochs_shadow_alloc(u64 size);
void bochs_shadow_free(struct bochs_shadow *shadow);
bool bochs_shadow_of(struct bochs_shadow *shadow, unsigned long page,
		     const void **sent);
void bochs_shadow_note(struct bochs_shadow *shadow, unsigned long page,
		       const void *bytes);
void bochs_shadow_forget(struct bochs_shadow *shadow, unsigned long page);

/* mig.c */
extern const struct vfio_mig_ops bochs_mig_ops;

#endif /* BOCHS_H */
