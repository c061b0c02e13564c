// SPDX-License-Identifier: GPL-2.0
/*
 * Is a device what its driver takes it for?  An administrator can bind any driver
 * to any device, so each looks before it writes: first at what PCI tells of the
 * device, for which nothing is touched, and then at a register that says so.
 */
#include <linux/bug.h>
#include <linux/io.h>
#include <linux/pci.h>

#include "pci.h"

static bool is_for(const struct pci_device_id *id, const struct pci_dev *pdev)
{
	return (id->vendor == (u32)PCI_ANY_ID || id->vendor == pdev->vendor) &&
	       (id->device == (u32)PCI_ANY_ID || id->device == pdev->device);
}

static int check_ids(struct pci_dev *pdev,
		     const struct vfio_mig_pci_driver *driver)
{
	const struct pci_device_id *id;

	for (id = driver->ids; id->vendor; id++)
		if (is_for(id, pdev))
			return 0;
	pci_notice(pdev, "is no %s: its ids are %04x:%04x, not %04x:%04x\n",
		   driver->name, pdev->vendor, pdev->device,
		   driver->ids->vendor, driver->ids->device);
	return -ENODEV;
}

static int check_class(struct pci_dev *pdev,
		       const struct vfio_mig_pci_driver *driver)
{
	if (!driver->class || pdev->class >> 8 == driver->class)
		return 0;
	pci_notice(pdev, "is no %s: its class is %04x, not %04x\n",
		   driver->name, pdev->class >> 8, driver->class);
	return -ENODEV;
}

static int check_bar(struct pci_dev *pdev,
		     const struct vfio_mig_pci_driver *driver, unsigned int index)
{
	const struct vfio_mig_pci_bar *bar = &driver->bars[index];
	u64 size = pci_resource_len(pdev, index);

	if (!bar->most)
		return 0;
	if (pci_resource_flags(pdev, index) &
	    (bar->io ? IORESOURCE_IO : IORESOURCE_MEM) &&
	    size >= bar->least && size <= bar->most)
		return 0;
	pci_notice(pdev, "is no %s: its BAR%u is not %s of %llu to %llu bytes\n",
		   driver->name, index, bar->io ? "I/O ports" : "memory",
		   bar->least, bar->most);
	return -ENODEV;
}

/*
 * The BAR that is read; a driver that says nothing of it takes the first that there is.
 */
static unsigned int register_bar(struct pci_dev *pdev,
				 const struct vfio_mig_pci_driver *driver)
{
	unsigned int bar = driver->register_bar;

	while (bar < PCI_STD_NUM_BARS - 1 && !pci_resource_len(pdev, bar))
		bar++;
	return bar;
}

/* Decode is on. */
static int check_registers(struct pci_dev *pdev,
			   const struct vfio_mig_pci_driver *driver)
{
	unsigned int bar = register_bar(pdev, driver);
	void __iomem *registers;
	int ret;

	ret = pci_request_region(pdev, bar, KBUILD_MODNAME);
	if (ret)
		return ret;
	registers = pci_iomap(pdev, bar, 0);
	if (!registers) {
		ret = -ENOMEM;
	} else if (!driver->recognize(registers)) {
		pci_notice(pdev, "is no %s: its registers are others\n",
			   driver->name);
		ret = -ENODEV;
	}
	if (registers)
		pci_iounmap(pdev, registers);
	pci_release_region(pdev, bar);
	return ret;
}

/*
 * Decode may be off.  It is on for as long as this takes, and what was in
 * the command register is in it again when the driver is refused.
 */
static int look_at_registers(struct pci_dev *pdev,
			     const struct vfio_mig_pci_driver *driver)
{
	bool io = pci_resource_flags(pdev, register_bar(pdev, driver)) &
		  IORESOURCE_IO;
	u16 command;
	int ret;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	ret = io ? pci_enable_device(pdev) : pci_enable_device_mem(pdev);
	if (ret)
		return ret;
	pci_write_config_word(pdev, PCI_COMMAND, command |
			      (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY));
	ret = check_registers(pdev, driver);
	pci_disable_device(pdev);
	pci_write_config_word(pdev, PCI_COMMAND, command);
	return ret;
}

/* 0; -ENODEV, and a line in the log that says why; or what else went wrong. */
int vfio_mig_check_hardware(struct pci_dev *pdev,
			    const struct vfio_mig_pci_driver *driver)
{
	unsigned int bar;
	int ret;

	ret = check_ids(pdev, driver);
	if (!ret)
		ret = check_class(pdev, driver);
	for (bar = 0; !ret && bar < PCI_STD_NUM_BARS; bar++)
		ret = check_bar(pdev, driver, bar);
	return ret ?: look_at_registers(pdev, driver);
}
