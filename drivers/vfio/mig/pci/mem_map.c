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

#include "mem.h"

/* Pages mapped by a fault on memory that nobody tracks. */
#define AROUND	512

static struct vfio_mig_pci_memory *mem_of(struct vm_area_struct *vma)
{
	struct vfio_pci_core_device *core = vma->vm_private_data;

	return vfio_mig_pci_from_vdev(&core->vdev)->memory;
}

/* Nobody wants to know what is written. */
static bool is_free(struct vfio_mig_pci_memory *mem)
{
	return !mem->held && !mem->tracker;
}

static unsigned long pfn_at(struct vfio_mig_pci_memory *mem,
			    struct vm_area_struct *vma, unsigned long address)
{
	unsigned long first = pci_resource_start(mem->pci->core.pdev,
						 mem->bar);

	return (first >> PAGE_SHIFT) + vma->vm_pgoff -
	       vfio_mig_mem_first_page(mem) +
	       ((address - vma->vm_start) >> PAGE_SHIFT);
}

static vm_fault_t insert_page(struct vfio_mig_pci_memory *mem,
			      struct vm_area_struct *vma, unsigned long address,
			      bool writable)
{
	unsigned long flags = vma->vm_flags;
	pgprot_t prot;

	if (!writable)
		flags &= ~VM_WRITE;
	prot = pgprot_noncached(vm_get_page_prot(flags));
	return vmf_insert_pfn_prot(vma, address, pfn_at(mem, vma, address),
				   pgprot_decrypted(prot));
}

/* What does not fit into page tables that are there is not missed. */
static vm_fault_t insert_around(struct vfio_mig_pci_memory *mem,
				struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long size = AROUND * PAGE_SIZE;
	unsigned long address = max(vma->vm_start,
				    ALIGN_DOWN(vmf->address, size));
	unsigned long end = min(vma->vm_end, ALIGN(vmf->address + 1, size));
	vm_fault_t ret;

	ret = insert_page(mem, vma, vmf->address & PAGE_MASK, true);
	for (; ret == VM_FAULT_NOPAGE && address < end; address += PAGE_SIZE)
		if (insert_page(mem, vma, address, true) != VM_FAULT_NOPAGE)
			break;
	return ret;
}

/*
 * Whoever maps the memory for DMA gets it writable at any time, for that is when
 * a VMM has it done; who does DMA to a device that stands still breaks the rules
 * of P2P.
 */
static bool may_write(struct vfio_mig_pci_memory *mem, const struct vm_fault *vmf)
{
	bool writes = vmf->flags & FAULT_FLAG_WRITE;

	return !mem->held || (writes && vmf->flags & FAULT_FLAG_REMOTE);
}

/* Refused as when memory is switched off.  Never 0: the core has nothing to do. */
static vm_fault_t insert(struct vfio_mig_pci_memory *mem, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	bool writable = vma->vm_flags & VM_WRITE && may_write(mem, vmf);

	lockdep_assert_held_read(&mem->gate);

	if (vfio_mig_mem_zap_note(mem, vma))
		return VM_FAULT_OOM;
	if (is_free(mem))
		return insert_around(mem, vmf);
	if (vmf->flags & FAULT_FLAG_WRITE && !writable)
		return VM_FAULT_SIGBUS;
	if (writable && mem->tracker)
		vfio_mig_mem_track_touch(mem,
					 vmf->pgoff - vfio_mig_mem_first_page(mem));
	return insert_page(mem, vma, vmf->address & PAGE_MASK, writable);
}

/* As vfio-pci has it: neither while memory is switched off nor asleep. */
static bool reachable(struct vfio_mig_pci_memory *mem)
{
	return !mem->pci->core.pm_runtime_engaged &&
	       vfio_mig_memory_enabled(mem->mig);
}

static void lock(struct vfio_mig_pci_memory *mem)
{
	down_read(&mem->gate);
	vfio_mig_mem_zap_lock(mem);
	down_read(&mem->pci->core.memory_lock);
}

static void unlock(struct vfio_mig_pci_memory *mem)
{
	up_read(&mem->pci->core.memory_lock);
	vfio_mig_mem_zap_unlock(mem);
	up_read(&mem->gate);
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct vfio_mig_pci_memory *mem = mem_of(vmf->vma);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	lock(mem);
	if (reachable(mem))
		ret = insert(mem, vmf);
	unlock(mem);
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
	struct vfio_mig_pci_memory *mem = mem_of(vmf->vma);
	unsigned long address = vmf->address & PAGE_MASK;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	lock(mem);
	if (reachable(mem)) {
		vfio_mig_mem_zap_part(vmf->vma, address, address + PAGE_SIZE);
		ret = insert(mem, vmf);
	}
	unlock(mem);
	return ret;
}

#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
static vm_fault_t huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct vfio_mig_pci_memory *mem = mem_of(vma);
	unsigned long address = ALIGN_DOWN(vmf->address, PAGE_SIZE << order);
	vm_fault_t ret = VM_FAULT_FALLBACK;
	unsigned long pfn;

	if (order != PMD_ORDER || address < vma->vm_start ||
	    address + PMD_SIZE > vma->vm_end)
		return ret;
	pfn = pfn_at(mem, vma, address);
	if (!IS_ALIGNED(pfn, 1 << PMD_ORDER))
		return ret;
	lock(mem);
	if (!reachable(mem))
		ret = VM_FAULT_SIGBUS;
	else if (is_free(mem))
		ret = vmf_insert_pfn_pmd(vmf, pfn, true);
	unlock(mem);
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
		vfio_mig_mem_zap_part(vma, start, end);
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.open = vfio_mig_mem_zap_open,
	.close = vfio_mig_mem_zap_close,
	.mremap = vfio_mig_mem_zap_moved,
	.mprotect = protect,
	.fault = fault,
#ifdef CONFIG_ARCH_SUPPORTS_PMD_PFNMAP
	.huge_fault = huge_fault,
#endif
	.pfn_mkwrite = pfn_mkwrite,
};

void vfio_mig_memory_mmap(struct vm_area_struct *vma)
{
	vma->vm_ops = &vm_ops;
}
