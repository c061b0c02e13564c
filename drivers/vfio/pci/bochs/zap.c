// SPDX-License-Identifier: GPL-2.0
/*
 * How the mappings of a BAR are undone in all processes, to have the next
 * access fault again.  Each VFIO device has an inode, and all mappings hang on
 * its address space: nobody has to keep account of them.
 */
#include <linux/mm.h>
#include <linux/pci.h>

#include "bochs.h"

void bochs_zap(struct bochs_device *bochs, unsigned long page,
	       unsigned long pages)
{
	loff_t offset = VFIO_PCI_INDEX_TO_OFFSET(BOCHS_MEMORY_BAR);

	unmap_mapping_range(bochs->pci.core.vdev.inode->i_mapping,
			    offset + ((loff_t)page << PAGE_SHIFT),
			    (loff_t)pages << PAGE_SHIFT, 1);
}

/* That it is undone elsewhere as well does no harm. */
void bochs_zap_part(struct vm_area_struct *vma, unsigned long start,
		    unsigned long end)
{
	struct vfio_pci_core_device *core = vma->vm_private_data;
	struct bochs_device *bochs = bochs_from_vdev(&core->vdev);

	bochs_zap(bochs, vma->vm_pgoff - bochs_first_page(bochs) +
		  ((start - vma->vm_start) >> PAGE_SHIFT),
		  (end - start) >> PAGE_SHIFT);
}

void bochs_zap_lock(struct bochs_device *bochs)
{
}

void bochs_zap_unlock(struct bochs_device *bochs)
{
}

int bochs_zap_note(struct bochs_device *bochs, struct vm_area_struct *vma)
{
	return 0;
}

void bochs_zap_open(struct vm_area_struct *vma)
{
}

void bochs_zap_close(struct vm_area_struct *vma)
{
}

/* Pages that move are found where they are. */
int bochs_zap_moved(struct vm_area_struct *vma)
{
	return 0;
}

/* The page offset of a mapping of the BAR's first page. */
unsigned long bochs_first_page(struct bochs_device *bochs)
{
	return VFIO_PCI_INDEX_TO_OFFSET(BOCHS_MEMORY_BAR) >> PAGE_SHIFT;
}
