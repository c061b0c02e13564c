// SPDX-License-Identifier: GPL-2.0
/*
 * A BAR of registers whose parts a user maps, and that make the device begin something.
 * The mappings are those of memory (mem_map.c): they are taken away before the device
 * leaves RUNNING, and nobody writes there until it is back.
 */
#include "mem.h"

int vfio_mig_held_arc(struct vfio_mig_pci_device *pci, enum vfio_mig_action action)
{
	bool leaves = action == VFIO_MIG_RUNNING_TO_RUNNING_P2P ||
		      action == VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P;
	bool comes = action == VFIO_MIG_RUNNING_P2P_TO_RUNNING ||
		     action == VFIO_MIG_PRE_COPY_P2P_TO_PRE_COPY;
	int ret;

	if (leaves)
		vfio_mig_mem_hold(pci->memory, true);
	ret = vfio_mig_pci_arc(pci, action);
	if (leaves ? ret < 0 : comes && !ret)
		vfio_mig_mem_hold(pci->memory, false);
	return ret;
}
