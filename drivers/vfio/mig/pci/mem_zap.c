// SPDX-License-Identifier: GPL-2.0
/*
 * How the mappings of a BAR are undone in all processes, to have the next
 * access fault again.  Each VFIO device has an inode, and all mappings hang on
 * its address space: nobody has to keep account of them.
 */
#include <linux/mm.h>
#include <linux/pci.h>

#include "mem.h"

void vfio_mig_mem_zap(struct vfio_mig_pci_memory *mem, unsigned long page,
		      unsigned long pages)
{
	loff_t offset = VFIO_PCI_INDEX_TO_OFFSET(mem->bar);

	unmap_mapping_range(mem->pci->core.vdev.inode->i_mapping,
			    offset + ((loff_t)page << PAGE_SHIFT),
			    (loff_t)pages << PAGE_SHIFT, 1);
}

/* That it is undone elsewhere as well does no harm. */
void vfio_mig_mem_zap_part(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end)
{
	struct vfio_pci_core_device *core = vma->vm_private_data;
	struct vfio_mig_pci_memory *mem =
		vfio_mig_pci_from_vdev(&core->vdev)->memory;

	vfio_mig_mem_zap(mem, vma->vm_pgoff - vfio_mig_mem_first_page(mem) +
		  ((start - vma->vm_start) >> PAGE_SHIFT),
		  (end - start) >> PAGE_SHIFT);
}

void vfio_mig_mem_zap_lock(struct vfio_mig_pci_memory *mem)
{
}

void vfio_mig_mem_zap_unlock(struct vfio_mig_pci_memory *mem)
{
}

int vfio_mig_mem_zap_note(struct vfio_mig_pci_memory *mem, struct vm_area_struct *vma)
{
	return 0;
}

void vfio_mig_mem_zap_open(struct vm_area_struct *vma)
{
}

void vfio_mig_mem_zap_close(struct vm_area_struct *vma)
{
}

/* Pages that move are found where they are. */
int vfio_mig_mem_zap_moved(struct vm_area_struct *vma)
{
	return 0;
}

/* The page offset of a mapping of the BAR's first page. */
unsigned long vfio_mig_mem_first_page(struct vfio_mig_pci_memory *mem)
{
	return VFIO_PCI_INDEX_TO_OFFSET(mem->bar) >> PAGE_SHIFT;
}
