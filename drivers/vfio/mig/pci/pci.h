/* SPDX-License-Identifier: GPL-2.0 */
/* What the files about PCI devices share with one another and with nobody else. */
#ifndef VFIO_MIG_PCI_PCI_H
#define VFIO_MIG_PCI_PCI_H

#include <linux/vfio_mig_pci.h>

#include "../mig.h"

/* hardware.c */
int vfio_mig_check_hardware(struct vfio_mig_pci_device *pci);

/* reset.c */
long vfio_mig_reset_ioctl(struct vfio_mig_pci_device *pci, unsigned int cmd,
			  unsigned long arg);

#endif /* VFIO_MIG_PCI_PCI_H */
