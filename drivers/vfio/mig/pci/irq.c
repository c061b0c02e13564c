// SPDX-License-Identifier: GPL-2.0
/*
 * A device is brought to a state in which it has interrupted already: its user has
 * been told, and is not to be told again.
 *
 * INTx is a level.  vfio-pci's handler looks with irqlock held whether the device says
 * that it is up, so what is up and down again meanwhile is nobody's interrupt.  An MSI is
 * a message, which a device that is no bus master cannot send.
 */
#include <linux/pci.h>
#include <linux/spinlock.h>

#include "pci.h"

/* As it is between vfio_mig_access_begin() and _end(). */
static u8 command_now(struct vfio_mig_pci_device *pci)
{
	u8 command = pci->command;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if (pci->bar[i])
			command |= pci_resource_flags(pci->core.pdev, i) &
				   IORESOURCE_IO ? PCI_COMMAND_IO :
						   PCI_COMMAND_MEMORY;
	return command;
}

/* As users do: that waits for a reset that is under way. */
static void set_master(struct vfio_mig_pci_device *pci, bool on)
{
	u8 command = command_now(pci);

	if (!on)
		command &= ~PCI_COMMAND_MASTER;
	pci_user_write_config_byte(pci->core.pdev, PCI_COMMAND, command);
}

static bool sends_messages(struct vfio_mig_pci_device *pci)
{
	return pci->core.pdev->msi_enabled || pci->core.pdev->msix_enabled;
}

void vfio_mig_unseen(struct vfio_mig_device *mig,
		     void (*restore)(struct vfio_mig_device *mig))
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci(mig);
	bool messages = sends_messages(pci);
	unsigned long flags;

	lockdep_assert_held_write(&pci->core.memory_lock);

	if (messages)
		set_master(pci, false);
	spin_lock_irqsave(&pci->core.irqlock, flags);
	restore(mig);
	spin_unlock_irqrestore(&pci->core.irqlock, flags);
	if (messages)
		set_master(pci, true);
}
EXPORT_SYMBOL_GPL(vfio_mig_unseen);
