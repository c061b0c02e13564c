// SPDX-License-Identifier: GPL-2.0
/*
 * The memory as a user maps it.
 *
 * Usually it is mapped as vfio-pci does it, writable and in pieces as large as
 * the address allows.  While it is tracked, a page is mapped when it is used,
 * and the tracker learns of it.  While the device stands still it can only be
 * read.
 *
 * A page that is only read is mapped writable and counts as written all the
 * same.  KVM takes a page that it finds mapped to be read for one that cannot be
 * written: it does not fault, but emulates each store to it, and ends the guest
 * at the first that it cannot emulate.  What has not changed is not sent.
 *
 * The core computes vma->vm_page_prot without write permission for mappings
 * that want to know of the first write to a page, so it is not used here.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include "bochs.h"

/* Pages mapped by a fault on memory that nobody tracks. */
#define AROUND	512

static struct bochs_device *bochs_of(struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = vma->vm_private_data;

	return bochs_from_vdev(&core->vdev);
}

/* Nobody wants to know what is written. */
static bool is_free(struct bochs_device *bochs)
{
	return !bochs->held && !bochs->tracker;
}

static unsigned long pfn_at(struct bochs_device *bochs,
			    struct vm_area_struct *vma, unsigned long address)
{
	unsigned long first = pci_resource_start(bochs->pci.core.pdev,
						 BOCHS_MEMORY_BAR);

	return (first >> PAGE_SHIFT) + vma->vm_pgoff -
	       bochs_first_page(bochs) +
	       ((address - vma->vm_start) >> PAGE_SHIFT);
}

static vm_fault_t insert_page(struct bochs_device *bochs,
			      struct vm_area_struct *vma, unsigned long address,
			      bool writable)
{
	unsigned long flags = vma->vm_flags;
	pgprot_t prot;

	if (!writable)
		flags &= ~VM_WRITE;
	prot = pgprot_noncached(vm_get_page_prot(flags));
	return vmf_insert_pfn_prot(vma, address, pfn_at(bochs, vma, address),
				   pgprot_decrypted(prot));
}

/* What does not fit into page tables that are there is not missed. */
static vm_fault_t insert_around(struct bochs_device *bochs,
				struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long size = AROUND * PAGE_SIZE;
	unsigned long address = max(vma->vm_start,
				    ALIGN_DOWN(vmf->address, size));
	unsigned long end = min(vma->vm_end, ALIGN(vmf->address + 1, size));
	vm_fault_t ret;

	ret = insert_page(bochs, vma, vmf->address & PAGE_MASK, true);
	for (; ret == VM_FAULT_NOPAGE && address < end; address += PAGE_SIZE)
		if (insert_page(bochs, vma, address, true) != VM_FAULT_NOPAGE)
			break;
	return ret;
}

/*
 * Whoever maps the memory for DMA gets it writable at any time, for that is when
 * a VMM has it done; who does DMA to a device that stands still breaks the rules
 * of P2P.
 */
static bool may_write(struct bochs_device *bochs, const struct vm_fault *vmf)
{
	bool writes = vmf->flags & FAULT_FLAG_WRITE;

	return !bochs->held || (writes && vmf->flags & FAULT_FLAG_REMOTE);
}

/* Refused as when memory is switched off.  Never 0: the core has nothing to do. */
static vm_fault_t insert(struct bochs_device *bochs, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	bool writable = vma->vm_flags & VM_WRITE && may_write(bochs, vmf);

	lockdep_assert_held_read(&bochs->gate);

	if (bochs_zap_note(bochs, vma))
		return VM_FAULT_OOM;
	if (is_free(bochs))
		return insert_around(bochs, vmf);
	if (vmf->flags & FAULT_FLAG_WRITE && !writable)
		return VM_FAULT_SIGBUS;
	if (writable && bochs->tracker)
		bochs_track_touch(bochs,
				  vmf->pgoff - bochs_first_page(bochs));
	return insert_page(bochs, vma, vmf->address & PAGE_MASK, writable);
}

/* As vfio-pci has it: neither while memory is switched off nor asleep. */
static bool reachable(struct bochs_device *bochs)
{
	return !bochs->pci.core.pm_runtime_engaged &&
	       vfio_mig_memory_enabled(&bochs->pci.mig);
}

static void lock(struct bochs_device *bochs)
{
	down_read(&bochs->gate);
	bochs_zap_lock(bochs);
	down_read(&bochs->pci.core.memory_lock);
}

static void unlock(struct bochs_device *bochs)
{
	up_read(&bochs->pci.core.memory_lock);
	bochs_zap_unlock(bochs);
	up_read(&bochs->gate);
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct bochs_device *bochs = bochs_of(vmf->vma);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	lock(bochs);
	if (reachable(bochs))
		ret = insert(bochs, vmf);
	unlock(bochs);
	return ret;
}

/*
 * A page that was mapped to be read, while the device stood still, is about to be
 * written.  The core would make that entry writable later, with no lock of ours
 * held: a device that has stopped meanwhile, or a round that has begun, would not
 * know.  So the entry goes, and what the page may be now is mapped instead.
 */
static vm_fault_t pfn_mkwrite(struct vm_fault *vmf)
{
	struct bochs_device *bochs = bochs_of(vmf->vma);
	unsigned long address = vmf->address & PAGE_MASK;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	lock(bochs);
	if (reachable(bochs)) {
		bochs_zap_part(vmf->vma, address, address + PAGE_SIZE);
		ret = insert(bochs, vmf);
	}
	unlock(bochs);
	return ret;
}

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
static vm_fault_t huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct bochs_device *bochs = bochs_of(vma);
	unsigned long address = ALIGN_DOWN(vmf->address, PAGE_SIZE << order);
	vm_fault_t ret = VM_FAULT_FALLBACK;
	unsigned long pfn;

	if (order != PMD_ORDER || address < vma->vm_start ||
	    address + PMD_SIZE > vma->vm_end)
		return ret;
	pfn = pfn_at(bochs, vma, address);
	if (!IS_ALIGNED(pfn, 1 << PMD_ORDER))
		return ret;
	lock(bochs);
	if (!reachable(bochs))
		ret = VM_FAULT_SIGBUS;
	else if (is_free(bochs))
		ret = vmf_insert_pfn_pmd(vmf, pfn, true);
	unlock(bochs);
	return ret;
}
#endif

/*
 * A mapping that could only be read becomes one that can be written.  Its pages
 * are mapped to be read, and the core leaves them so: they are mapped anew.
 */
static int protect(struct vm_area_struct *vma, unsigned long start,
		   unsigned long end, unsigned long flags)
{
	if (flags & VM_WRITE && !(vma->vm_flags & VM_WRITE))
		bochs_zap_part(vma, start, end);
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.open = bochs_zap_open,
	.close = bochs_zap_close,
	.mremap = bochs_zap_moved,
	.mprotect = protect,
	.fault = fault,
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	.huge_fault = huge_fault,
#endif
	.pfn_mkwrite = pfn_mkwrite,
};

int bochs_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	unsigned int index = vma->vm_pgoff >>
			     (VFIO_PCI_OFFSET_SHIFT - PAGE_SHIFT);
	int ret;

	ret = vfio_pci_core_mmap(vdev, vma);
	if (ret || index != BOCHS_MEMORY_BAR)
		return ret;
	vma->vm_ops = &vm_ops;
	return 0;
}
