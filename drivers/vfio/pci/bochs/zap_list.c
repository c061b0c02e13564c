// SPDX-License-Identifier: GPL-2.0
/*
 * What zap.c does, on kernels that keep a list of the mappings that have been
 * faulted in.  vfio-pci empties it when it switches the BARs off: what is mapped
 * here has to be in that list too.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "bochs.h"

/**
 * struct mapping - an entry of vfio-pci's list, which frees it too
 * @vma: A mapping that may have pages.
 * @vma_next: In vfio_pci_core_device.vma_list, under vma_lock.
 */
struct mapping {
	struct vm_area_struct *vma;
	struct list_head vma_next;
};

static void forget(struct mapping *mapping)
{
	list_del(&mapping->vma_next);
	kfree(mapping);
}

/* Of any mapping that is left, with a reference; NULL if none is. */
static struct mm_struct *any_mm(struct vfio_pci_core_device *core)
{
	struct mapping *mapping, *next;
	struct mm_struct *mm = NULL;

	mutex_lock(&core->vma_lock);
	list_for_each_entry_safe(mapping, next, &core->vma_list, vma_next) {
		mm = mapping->vma->vm_mm;
		if (mmget_not_zero(mm))
			break;
		/* It is about to be gone with all of its pages. */
		forget(mapping);
		mm = NULL;
	}
	mutex_unlock(&core->vma_lock);
	return mm;
}

static void zap_mm(struct vfio_pci_core_device *core, struct mm_struct *mm)
{
	struct mapping *mapping, *next;
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	mutex_lock(&core->vma_lock);
	list_for_each_entry_safe(mapping, next, &core->vma_list, vma_next) {
		vma = mapping->vma;
		if (vma->vm_mm != mm)
			continue;
		forget(mapping);
		zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	}
	mutex_unlock(&core->vma_lock);
	mmap_read_unlock(mm);
}

void bochs_zap(struct bochs_device *bochs)
{
	struct vfio_pci_core_device *core = &bochs->mig.core;
	struct mm_struct *mm;

	while ((mm = any_mm(core))) {
		zap_mm(core, mm);
		mmput(mm);
	}
}

void bochs_zap_part(struct vm_area_struct *vma, unsigned long start,
		    unsigned long end)
{
	zap_vma_ptes(vma, start, end - start);
}

void bochs_zap_lock(struct bochs_device *bochs)
{
	mutex_lock(&bochs->mig.core.vma_lock);
}

void bochs_zap_unlock(struct bochs_device *bochs)
{
	mutex_unlock(&bochs->mig.core.vma_lock);
}

int bochs_zap_note(struct bochs_device *bochs, struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = &bochs->mig.core;
	struct mapping *mapping;

	lockdep_assert_held(&core->vma_lock);

	list_for_each_entry(mapping, &core->vma_list, vma_next)
		if (mapping->vma == vma)
			return 0;
	mapping = kmalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return -ENOMEM;
	mapping->vma = vma;
	list_add(&mapping->vma_next, &core->vma_list);
	return 0;
}

/*
 * A mapping was split or inherited, or there is one that pages will be moved to: it
 * is not in the list, and shall have no pages.
 */
void bochs_zap_open(struct vm_area_struct *vma)
{
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

/*
 * Now they have been moved, and come to be known as others do: by a fault.  Nobody
 * can have undone the mappings meanwhile, as that takes the mmap_lock, which has
 * been held all the time.
 */
int bochs_zap_moved(struct vm_area_struct *vma)
{
	bochs_zap_open(vma);
	return 0;
}

void bochs_zap_close(struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = vma->vm_private_data;
	struct mapping *mapping, *next;

	mutex_lock(&core->vma_lock);
	list_for_each_entry_safe(mapping, next, &core->vma_list, vma_next)
		if (mapping->vma == vma)
			forget(mapping);
	mutex_unlock(&core->vma_lock);
}

/* The page offset of a mapping of the BAR's first page: its frame's number. */
unsigned long bochs_first_page(struct bochs_device *bochs)
{
	return pci_resource_start(bochs->mig.core.pdev, BOCHS_MEMORY_BAR) >>
	       PAGE_SHIFT;
}
