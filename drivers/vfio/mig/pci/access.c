// SPDX-License-Identifier: GPL-2.0
/*
 * A driver's own use of its device's BARs.
 *
 * Decode is the guest's to switch off, and so is the device's power.  A driver
 * needs both whatever the guest thinks, and the guest does not get to see that:
 * memory_lock keeps its config accesses out.
 */
#include <linux/iopoll.h>
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>

#include "pci.h"

/*
 * The lower half of PCI_COMMAND, where decode and bus mastering are.  The upper
 * half is vfio-pci's: its interrupt handler masks INTx there at any moment, and to
 * write it back as it was would undo that.
 *
 * A reset by way of sysfs takes none of VFIO's locks.  It saves the register,
 * clears it, and brings back what was saved; the accessors for users wait until
 * that is over.  Without that, what is only so meanwhile would be taken for what
 * the guest wants, or what is only so for a driver be saved.
 */
static int get_command(struct pci_dev *pdev, u8 *command)
{
	u32 value = ~0;

	/* With PCI_STATUS: no device that is there has all bits of both set. */
	if (pci_user_read_config_dword(pdev, PCI_COMMAND, &value) ||
	    PCI_POSSIBLE_ERROR(value) ||
	    READ_ONCE(pdev->error_state) == pci_channel_io_perm_failure)
		return -ENODEV;
	*command = value;
	return 0;
}

static void set_command(struct pci_dev *pdev, u8 command)
{
	pci_user_write_config_byte(pdev, PCI_COMMAND, command);
}

/* The decode that the device's BARs need; some may have no place at all. */
static u8 decode_needed(struct pci_dev *pdev)
{
	unsigned long flags;
	unsigned int i;
	u8 needed = 0;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		flags = pci_resource_flags(pdev, i);
		if (!pci_resource_len(pdev, i) || flags & IORESOURCE_UNSET)
			continue;
		needed |= flags & IORESOURCE_IO ? PCI_COMMAND_IO :
						  PCI_COMMAND_MEMORY;
	}
	return needed;
}

/*
 * A device that its user put to sleep by its own register is left alone: to wake it can
 * cost what it holds, which the user would have to bring back.
 */
static int begin_locked(struct vfio_mig_pci_device *pci)
{
	struct pci_dev *pdev = pci->core.pdev;
	u8 needed = decode_needed(pdev);
	int ret;

	lockdep_assert_held_write(&pci->core.memory_lock);

	if (vfio_mig_is_asleep(pdev))
		return -EIO;
	ret = get_command(pdev, &pci->command);
	if (!ret && needed & ~pci->command)
		set_command(pdev, pci->command | needed);
	return ret;
}

int vfio_mig_access_begin(struct vfio_mig_device *mig)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci(mig);
	struct pci_dev *pdev = pci->core.pdev;
	int ret;

	if (pm_runtime_resume_and_get(&pdev->dev))
		return -EIO;
	down_write(&pci->core.memory_lock);
	ret = begin_locked(pci);
	if (ret) {
		up_write(&pci->core.memory_lock);
		pm_runtime_put(&pdev->dev);
		return ret;
	}
	mutex_lock(&mig->lock);
	return 0;
}
EXPORT_SYMBOL_GPL(vfio_mig_access_begin);

void vfio_mig_access_end(struct vfio_mig_device *mig)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci(mig);
	struct pci_dev *pdev = pci->core.pdev;

	mutex_unlock(&mig->lock);
	if (decode_needed(pdev) & ~pci->command)
		set_command(pdev, pci->command);
	up_write(&pci->core.memory_lock);
	pm_runtime_put(&pdev->dev);
}
EXPORT_SYMBOL_GPL(vfio_mig_access_end);

/*
 * Unless its user is done with what it holds: to be cleared it has to be awake.  As
 * vfio-pci wakes one that it resets or disables, which restores what was saved when it
 * fell asleep, if the device loses that.
 */
void vfio_mig_wake(struct vfio_mig_pci_device *pci)
{
	struct vfio_pci_core_device *core = &pci->core;
	struct pci_dev *pdev = core->pdev;
	bool loses;

	if (pm_runtime_resume_and_get(&pdev->dev))
		return;
	down_write(&core->memory_lock);
	loses = core->needs_pm_restore &&
		(__force int)pdev->current_state >= (__force int)PCI_D3hot;
	if (vfio_mig_is_asleep(pdev) && !pci_set_power_state(pdev, PCI_D0) && loses) {
		pci_load_and_free_saved_state(pdev, &core->pm_save);
		pci_restore_state(pdev);
	}
	up_write(&core->memory_lock);
	pm_runtime_put(&pdev->dev);
}

/*
 * A device that was pulled out reads all ones, and so may one that is there: what was
 * read is only the device's if that is there afterwards.
 */
int vfio_mig_access_check(struct vfio_mig_device *mig)
{
	u8 command;

	return get_command(vfio_mig_pci(mig)->core.pdev, &command);
}
EXPORT_SYMBOL_GPL(vfio_mig_access_check);

int vfio_mig_access(struct vfio_mig_device *mig,
		    void (*what)(struct vfio_mig_device *mig))
{
	int ret = vfio_mig_access_begin(mig);

	if (ret)
		return ret;
	what(mig);
	ret = vfio_mig_access_check(mig);
	vfio_mig_access_end(mig);
	return ret ? VFIO_MIG_IN_NEITHER_STATE : 0;
}
EXPORT_SYMBOL_GPL(vfio_mig_access);

static int is_done(struct vfio_mig_device *mig, bool (*done)(struct vfio_mig_device *mig))
{
	int ret = vfio_mig_access_begin(mig);

	if (ret)
		return ret;
	ret = done(mig);
	vfio_mig_access_end(mig);
	return ret;
}

int vfio_mig_access_poll(struct vfio_mig_device *mig,
			 bool (*done)(struct vfio_mig_device *mig), unsigned int us)
{
	int ret;

	if (read_poll_timeout(is_done, ret, ret, 100, us, false, mig, done))
		return -ETIMEDOUT;
	return min(ret, 0);
}
EXPORT_SYMBOL_GPL(vfio_mig_access_poll);

/*
 * Is bus mastering on?  The accessors for users wait while somebody resets the device by
 * way of sysfs, which switches it off for a moment.
 */
bool vfio_mig_is_master(struct vfio_mig_device *mig)
{
	struct pci_dev *pdev = vfio_mig_pci(mig)->core.pdev;
	u16 command = 0;
	int ret;

	/* A user may have let the device sleep. */
	if (pm_runtime_resume_and_get(&pdev->dev))
		return false;
	ret = pci_user_read_config_word(pdev, PCI_COMMAND, &command);
	pm_runtime_put(&pdev->dev);
	return !ret && !PCI_POSSIBLE_ERROR(command) &&
	       command & PCI_COMMAND_MASTER;
}

/* May a guest reach the BARs' memory now? */
bool vfio_mig_memory_enabled(struct vfio_mig_device *mig)
{
	return vfio_mig_decodes(vfio_mig_pci(mig), false);
}
EXPORT_SYMBOL_GPL(vfio_mig_memory_enabled);
