// SPDX-License-Identifier: GPL-2.0
/*
 * What zap.c does, on kernels that keep a list of the mappings that have been
 * faulted in.  vfio-pci empties it when it switches the BARs off: what is mapped
 * here has to be in that list too.
 */
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "mem.h"

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

/* Of a mapping of the mm with the lowest address beyond @after; NULL if none is. */
static struct mapping *next_mapping(struct vfio_pci_core_device *core,
				    struct mm_struct *after)
{
	struct mapping *mapping, *found = NULL;

	lockdep_assert_held(&core->vma_lock);

	list_for_each_entry(mapping, &core->vma_list, vma_next)
		if (mapping->vma->vm_mm > after &&
		    (!found || mapping->vma->vm_mm < found->vma->vm_mm))
			found = mapping;
	return found;
}

/* That mm, with a reference. */
static struct mm_struct *next_mm(struct vfio_pci_core_device *core,
				 struct mm_struct *after)
{
	struct mm_struct *mm = NULL;
	struct mapping *mapping;

	mutex_lock(&core->vma_lock);
	while ((mapping = next_mapping(core, after))) {
		if (mmget_not_zero(mapping->vma->vm_mm)) {
			mm = mapping->vma->vm_mm;
			break;
		}
		/* It is about to be gone with all of its pages. */
		forget(mapping);
	}
	mutex_unlock(&core->vma_lock);
	return mm;
}

/* What of the mapping shows these pages of the memory; it may be of another BAR. */
static void zap_pages(struct vfio_mig_pci_memory *mem, struct vm_area_struct *vma,
		      unsigned long page, unsigned long pages)
{
	unsigned long begin = vma->vm_pgoff - vfio_mig_mem_first_page(mem);
	unsigned long first = max(page, begin);
	unsigned long end = min(page + pages, begin + vma_pages(vma));

	if (first < end)
		zap_vma_ptes(vma,
			     vma->vm_start + ((first - begin) << PAGE_SHIFT),
			     (end - first) << PAGE_SHIFT);
}

static void zap_mm(struct vfio_mig_pci_memory *mem, struct mm_struct *mm,
		   unsigned long page, unsigned long pages)
{
	struct vfio_pci_core_device *core = &mem->pci->core;
	struct mapping *mapping;

	mmap_read_lock(mm);
	mutex_lock(&core->vma_lock);
	list_for_each_entry(mapping, &core->vma_list, vma_next)
		if (mapping->vma->vm_mm == mm)
			zap_pages(mem, mapping->vma, page, pages);
	mutex_unlock(&core->vma_lock);
	mmap_read_unlock(mm);
}

/*
 * An mm can be waited for only while the list is not locked, so each is gone to in
 * turn.  What is mapped meanwhile is mapped by who knows what it is mapped for.
 */
void vfio_mig_mem_zap(struct vfio_mig_pci_memory *mem, unsigned long page,
		      unsigned long pages)
{
	struct vfio_pci_core_device *core = &mem->pci->core;
	struct mm_struct *mm = NULL;

	while ((mm = next_mm(core, mm))) {
		zap_mm(mem, mm, page, pages);
		mmput(mm);
	}
}

void vfio_mig_mem_zap_part(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end)
{
	zap_vma_ptes(vma, start, end - start);
}

void vfio_mig_mem_zap_lock(struct vfio_mig_pci_memory *mem)
{
	mutex_lock(&mem->pci->core.vma_lock);
}

void vfio_mig_mem_zap_unlock(struct vfio_mig_pci_memory *mem)
{
	mutex_unlock(&mem->pci->core.vma_lock);
}

int vfio_mig_mem_zap_note(struct vfio_mig_pci_memory *mem, struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = &mem->pci->core;
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
void vfio_mig_mem_zap_open(struct vm_area_struct *vma)
{
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
}

/*
 * Now they have been moved, and come to be known as others do: by a fault.  Nobody
 * can have undone the mappings meanwhile, as that takes the mmap_lock, which has
 * been held all the time.
 */
int vfio_mig_mem_zap_moved(struct vm_area_struct *vma)
{
	vfio_mig_mem_zap_open(vma);
	return 0;
}

void vfio_mig_mem_zap_close(struct vm_area_struct *vma)
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
unsigned long vfio_mig_mem_first_page(struct vfio_mig_pci_memory *mem)
{
	return pci_resource_start(mem->pci->core.pdev, mem->bar) >>
	       PAGE_SHIFT;
}
