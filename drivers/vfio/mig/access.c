// SPDX-License-Identifier: GPL-2.0
/*
 * A driver's own use of its device's BARs.
 *
 * Memory decode is the guest's to switch off, and so is the device's power.
 * A driver needs both whatever the guest thinks, and the guest does not get to
 * see that: memory_lock keeps its config accesses out.
 */
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include "mig.h"

/*
 * The lower half of PCI_COMMAND, where memory decode and bus mastering are.
 * The upper half is vfio-pci's: its interrupt handler masks INTx there at any
 * moment, and to write it back as it was would undo that.
 *
 * A reset by way of sysfs takes none of VFIO's locks.  It saves the register,
 * clears it, and brings back what was saved; the accessors for users wait until
 * that is over.  Without that, what is only so meanwhile would be taken for what
 * the guest wants, or what is only so for a driver be saved.
 */
static u8 get_command(struct pci_dev *pdev)
{
	u8 command = 0;

	pci_user_read_config_byte(pdev, PCI_COMMAND, &command);
	return command;
}

static void set_command(struct pci_dev *pdev, u8 command)
{
	pci_user_write_config_byte(pdev, PCI_COMMAND, command);
}

int vfio_mig_access_begin(struct vfio_mig_device *mig)
{
	struct pci_dev *pdev = mig->core.pdev;

	if (pm_runtime_resume_and_get(&pdev->dev))
		return -EIO;
	down_write(&mig->core.memory_lock);
	mig->command = get_command(pdev);
	if (!(mig->command & PCI_COMMAND_MEMORY))
		set_command(pdev, mig->command | PCI_COMMAND_MEMORY);
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_mig_access_begin);

void vfio_mig_access_end(struct vfio_mig_device *mig)
{
	struct pci_dev *pdev = mig->core.pdev;

	if (!(mig->command & PCI_COMMAND_MEMORY))
		set_command(pdev, mig->command);
	up_write(&mig->core.memory_lock);
	pm_runtime_put(&pdev->dev);
}
EXPORT_SYMBOL_GPL(vfio_mig_access_end);

/* As vfio-pci has it: what the guest believes, but for devices that lie. */
bool vfio_mig_memory_enabled(struct vfio_mig_device *mig)
{
	struct vfio_pci_core_device *core = &mig->core;
	u16 command;

	lockdep_assert_held(&core->memory_lock);

	command = le16_to_cpu(*(__le16 *)&core->vconfig[PCI_COMMAND]);
	return (__force int)core->pdev->current_state < (__force int)PCI_D3hot &&
	       (core->pdev->no_command_memory || command & PCI_COMMAND_MEMORY);
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_enabled);
