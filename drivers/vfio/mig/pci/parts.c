// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of a trapped BAR that users map all the same: VFIO_REGION_INFO_CAP_SPARSE_MMAP
 * of <linux/vfio.h> tells which they are.  What is in them is vfio-pci's matter.
 */
#include <linux/align.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "pci.h"

/* Is @pos in one of them?  *@end is where that changes. */
bool vfio_mig_in_part(const struct vfio_mig_pci_bar *bar, u64 pos, u64 *end)
{
	const struct vfio_mig_pci_part *part = bar->mapped;
	unsigned int i;

	for (i = 0; i < bar->nr_mapped; i++, part++) {
		*end = part->at;
		if (pos < *end)
			return false;
		*end = part->at + part->bytes;
		if (pos < *end)
			return true;
	}
	*end = U64_MAX;
	return false;
}

/* Is all of the mapping in one? */
bool vfio_mig_may_map(const struct vfio_mig_pci_bar *bar,
		      const struct vm_area_struct *vma)
{
	u64 pos = (u64)vma->vm_pgoff << PAGE_SHIFT & VFIO_PCI_OFFSET_MASK;
	u64 end;

	return vfio_mig_in_part(bar, pos, &end) &&
	       vma->vm_end - vma->vm_start <= end - pos;
}

/* A part that is no whole pages of this kernel cannot be mapped. */
static bool is_pages(const struct vfio_mig_pci_part *part)
{
	return PAGE_ALIGNED(part->at) && PAGE_ALIGNED(part->bytes);
}

static int add_parts(const struct vfio_mig_pci_bar *bar,
		     struct vfio_info_cap *caps)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	size_t size = struct_size(sparse, areas, bar->nr_mapped);
	unsigned int i;
	int ret;

	sparse = kzalloc(size, GFP_KERNEL);
	if (!sparse)
		return -ENOMEM;
	sparse->header.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP;
	sparse->header.version = 1;
	for (i = 0; i < bar->nr_mapped; i++) {
		if (!is_pages(&bar->mapped[i]))
			continue;
		sparse->areas[sparse->nr_areas].offset = bar->mapped[i].at;
		sparse->areas[sparse->nr_areas++].size = bar->mapped[i].bytes;
	}
	size = struct_size(sparse, areas, sparse->nr_areas);
	ret = vfio_info_add_capability(caps, &sparse->header, size);
	kfree(sparse);
	return ret;
}

/* As vfio-pci tells of a BAR, and its parts; -ENOIOCTLCMD if it has none. */
int vfio_mig_parts_info(struct vfio_mig_pci_device *pci,
			struct vfio_region_info *info,
			struct vfio_info_cap *caps)
{
	const struct vfio_mig_pci_bar *bar = vfio_mig_declared(pci, info->index);

	if (!bar || !bar->nr_mapped)
		return -ENOIOCTLCMD;
	info->offset = VFIO_PCI_INDEX_TO_OFFSET(info->index);
	info->size = pci_resource_len(pci->core.pdev, info->index);
	info->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (!pci->core.bar_mmap_supported[info->index])
		return 0;
	info->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	return add_parts(bar, caps);
}
