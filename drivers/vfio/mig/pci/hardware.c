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

static int check_ids(struct pci_dev *pdev,
		     const struct vfio_mig_hardware *hardware)
{
	if (pdev->vendor == hardware->vendor &&
	    pdev->device == hardware->device)
		return 0;
	pci_notice(pdev, "is no %s: its ids are %04x:%04x, not %04x:%04x\n",
		   hardware->name, pdev->vendor, pdev->device,
		   hardware->vendor, hardware->device);
	return -ENODEV;
}

static int check_class(struct pci_dev *pdev,
		       const struct vfio_mig_hardware *hardware)
{
	if (pdev->class >> 8 == hardware->class)
		return 0;
	pci_notice(pdev, "is no %s: its class is %04x, not %04x\n",
		   hardware->name, pdev->class >> 8, hardware->class);
	return -ENODEV;
}

static int check_bar(struct pci_dev *pdev,
		     const struct vfio_mig_hardware *hardware, unsigned int bar)
{
	u64 size = pci_resource_len(pdev, bar);

	if (!hardware->bars[bar].most)
		return 0;
	if (pci_resource_flags(pdev, bar) & IORESOURCE_MEM &&
	    size >= hardware->bars[bar].least &&
	    size <= hardware->bars[bar].most)
		return 0;
	pci_notice(pdev, "is no %s: its BAR%u is not memory of %llu to %llu bytes\n",
		   hardware->name, bar, hardware->bars[bar].least,
		   hardware->bars[bar].most);
	return -ENODEV;
}

/* Memory decode is on. */
static int check_registers(struct pci_dev *pdev,
			   const struct vfio_mig_hardware *hardware)
{
	void __iomem *registers;
	int ret;

	ret = pci_request_region(pdev, hardware->register_bar, KBUILD_MODNAME);
	if (ret)
		return ret;
	registers = pci_iomap(pdev, hardware->register_bar, 0);
	if (!registers) {
		ret = -ENOMEM;
	} else if (!hardware->recognize(registers)) {
		pci_notice(pdev, "is no %s: its registers are others\n",
			   hardware->name);
		ret = -ENODEV;
	}
	if (registers)
		pci_iounmap(pdev, registers);
	pci_release_region(pdev, hardware->register_bar);
	return ret;
}

/*
 * Memory decode may be off.  It is on for as long as this takes, and what was in
 * the command register is in it again when the driver is refused.
 */
static int look_at_registers(struct pci_dev *pdev,
			     const struct vfio_mig_hardware *hardware)
{
	u16 command;
	int ret;

	pci_read_config_word(pdev, PCI_COMMAND, &command);
	ret = pci_enable_device_mem(pdev);
	if (ret)
		return ret;
	pci_write_config_word(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY);
	ret = check_registers(pdev, hardware);
	pci_disable_device(pdev);
	pci_write_config_word(pdev, PCI_COMMAND, command);
	return ret;
}

/* 0; -ENODEV, and a line in the log that says why; or what else went wrong. */
int vfio_mig_check_hardware(struct vfio_mig_pci_device *pci)
{
	const struct vfio_mig_hardware *hardware = pci->mig.ops->hardware;
	struct pci_dev *pdev = pci->core.pdev;
	unsigned int bar;
	int ret;

	ret = check_ids(pdev, hardware);
	if (!ret)
		ret = check_class(pdev, hardware);
	for (bar = 0; !ret && bar < ARRAY_SIZE(hardware->bars); bar++)
		ret = check_bar(pdev, hardware, bar);
	return ret ?: look_at_registers(pdev, hardware);
}
