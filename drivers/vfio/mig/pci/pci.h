/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about PCI devices share with one another and with nobody else. */
#ifndef VFIO_MIG_PCI_PCI_H
#define VFIO_MIG_PCI_PCI_H

#include <linux/vfio_mig_pci.h>

#include "../mig.h"

/* The driver of a device, by VFIO's calls for it. */
static inline const struct vfio_mig_pci_driver *
vfio_mig_pci_driver(struct vfio_mig_pci_device *pci)
{
	return container_of(pci->core.vdev.ops, struct vfio_mig_pci_driver,
			    vfio);
}

/* Does each access to it, or each write, go by the driver? */
static inline bool vfio_mig_is_trapped(const struct vfio_mig_pci_bar *bar)
{
	return bar->read || bar->write || bar->memory;
}

/* In D1, D2 and D3hot alike a device answers for its config space alone. */
static inline bool vfio_mig_is_asleep(const struct pci_dev *pdev)
{
	return (__force int)pdev->current_state > (__force int)PCI_D0;
}

/* access.c */
void vfio_mig_wake(struct vfio_mig_pci_device *pci);
bool vfio_mig_is_master(struct vfio_mig_device *mig);

/* driver.c: what the driver does on an arc */
int vfio_mig_pci_arc(struct vfio_mig_pci_device *pci, enum vfio_mig_action action);

/* hardware.c */
int vfio_mig_check_hardware(struct pci_dev *pdev,
			    const struct vfio_mig_pci_driver *driver);

/* vfio_ops.c: VFIO's calls, but for those about a device's life */
const struct vfio_mig_pci_bar *
vfio_mig_declared(struct vfio_mig_pci_device *pci, unsigned int index);
void vfio_mig_pci_fill_ops(struct vfio_mig_pci_driver *driver);

/* bar.c; under memory_lock: may a guest reach it now? */
bool vfio_mig_decodes(struct vfio_mig_pci_device *pci, bool io);
ssize_t vfio_mig_bar_read(struct vfio_mig_pci_device *pci, unsigned int bar,
			  char __user *buf, size_t count, loff_t *ppos);
ssize_t vfio_mig_bar_write(struct vfio_mig_pci_device *pci, unsigned int bar,
			   const char __user *buf, size_t count, loff_t *ppos);

/* parts.c: a trapped BAR's parts that users map */
bool vfio_mig_in_part(const struct vfio_mig_pci_bar *bar, u64 pos, u64 *end);
bool vfio_mig_may_map(const struct vfio_mig_pci_bar *bar,
		      const struct vm_area_struct *vma);
int vfio_mig_parts_info(struct vfio_mig_pci_device *pci,
			struct vfio_region_info *info,
			struct vfio_info_cap *caps);

/* region_caps.c, or region_ioctl.c */
void vfio_mig_region_op(struct vfio_device_ops *ops);
long vfio_mig_region_ioctl(struct vfio_mig_pci_device *pci,
			   struct vfio_region_info __user *arg);

/* master.c */
ssize_t vfio_mig_plain_write(struct vfio_mig_pci_device *pci, const char __user *buf,
			     size_t count, loff_t *ppos);

/* mem.c: the BAR that is memory, if there is one */
int vfio_mig_memory_alloc(struct vfio_mig_pci_device *pci);
void vfio_mig_memory_free(struct vfio_mig_pci_device *pci);
void vfio_mig_memory_open(struct vfio_mig_pci_device *pci);
int vfio_mig_memory_scrub(struct vfio_mig_pci_device *pci);
int vfio_mig_memory_stop(struct vfio_mig_pci_device *pci, enum vfio_mig_action action);
int vfio_mig_memory_start(struct vfio_mig_pci_device *pci, enum vfio_mig_action action);

/* mem.c: around an access of a user; outer to memory_lock */
void vfio_mig_memory_enter(struct vfio_mig_pci_device *pci);
void vfio_mig_memory_leave(struct vfio_mig_pci_device *pci);
bool vfio_mig_memory_held(struct vfio_mig_pci_device *pci);
void vfio_mig_memory_put(struct vfio_mig_pci_device *pci, u64 pos,
			 const void *data, u32 count);

/* held.c: of a BAR whose parts are held */
int vfio_mig_held_arc(struct vfio_mig_pci_device *pci, enum vfio_mig_action action);

/* mem_map.c */
void vfio_mig_memory_mmap(struct vm_area_struct *vma);

/* reset.c */
void vfio_mig_offer_reset(struct vfio_mig_pci_device *pci);
long vfio_mig_reset_ioctl(struct vfio_mig_pci_device *pci, unsigned int cmd,
			  unsigned long arg);
extern const struct pci_error_handlers vfio_mig_err_handlers;

#endif /* VFIO_MIG_PCI_PCI_H */
