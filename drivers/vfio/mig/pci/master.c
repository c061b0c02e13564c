// SPDX-License-Identifier: GPL-2.0
/*
 * Bus Master, where a driver wants to know: there are devices that lose what they are at
 * if it goes off under them.
 */
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "pci.h"

/* Will the write change it?  *@on is what the byte says, which the user may yet change. */
static bool changes_master(struct vfio_mig_pci_device *pci, const char __user *buf,
			   size_t count, u64 pos, bool *on)
{
	u8 command;

	if (!vfio_mig_pci_driver(pci)->master ||
	    VFIO_PCI_OFFSET_TO_INDEX(pos) != VFIO_PCI_CONFIG_REGION_INDEX)
		return false;
	pos &= VFIO_PCI_OFFSET_MASK;
	if (pos > PCI_COMMAND || count <= PCI_COMMAND - pos ||
	    copy_from_user(&command, buf + PCI_COMMAND - pos, 1))
		return false;
	*on = command & PCI_COMMAND_MASTER;
	return *on != vfio_mig_is_master(&pci->mig);
}

static void tell(struct vfio_mig_pci_device *pci, bool on)
{
	if (vfio_mig_access_begin(&pci->mig))
		return;
	vfio_mig_pci_driver(pci)->master(&pci->mig, on);
	vfio_mig_access_end(&pci->mig);
}

/* A write that vfio-pci carries out. */
ssize_t vfio_mig_plain_write(struct vfio_mig_pci_device *pci, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	bool on = false;
	bool changes = changes_master(pci, buf, count, *ppos, &on);
	ssize_t ret;

	if (changes && !on)
		tell(pci, false);
	ret = vfio_pci_core_write(&pci->core.vdev, buf, count, ppos);
	if (changes && on)
		tell(pci, true);
	return ret;
}
