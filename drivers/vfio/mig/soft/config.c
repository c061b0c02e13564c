// SPDX-License-Identifier: GPL-2.0
/*
 * The config space of a device in software: a header of type 0 with one BAR, INTA, and
 * MSI with 64 bits, as a device of QEMU's on a conventional bus has it.
 */
#include <linux/pci_regs.h>
#include <linux/string.h>

#include "soft.h"

#define MSI		0x40
#define MSI_64		(PCI_CAP_ID_MSI | PCI_MSI_FLAGS_64BIT << 16)
#define MSI_END		(MSI + PCI_MSI_DATA_64 + 2)

static void put(u8 *config, u32 at, u32 value, u32 width)
{
	for (; width--; value >>= 8)
		config[at++] = value;
}

void vfio_mig_soft_config_init(struct vfio_mig_soft_device *soft)
{
	const struct vfio_mig_soft_driver *driver = vfio_mig_soft_driver(soft);
	u8 *config = soft->config;

	lockdep_assert_held(&soft->mig.lock);

	memset(config, 0, sizeof(soft->config));
	put(config, PCI_VENDOR_ID, driver->vendor, 2);
	put(config, PCI_DEVICE_ID, driver->device, 2);
	put(config, PCI_STATUS, PCI_STATUS_CAP_LIST, 2);
	config[PCI_REVISION_ID] = driver->revision;
	put(config, PCI_CLASS_DEVICE, driver->class, 2);
	put(config, PCI_SUBSYSTEM_VENDOR_ID, driver->subsystem_vendor, 2);
	put(config, PCI_SUBSYSTEM_ID, driver->subsystem_device, 2);
	config[PCI_CAPABILITY_LIST] = MSI;
	config[PCI_INTERRUPT_PIN] = 1;
	put(config, MSI, MSI_64, 4);
}

/*
 * vfio-pci, which does all of it itself, lets a user write what is there to be read, too;
 * but there is one message, and whether it is sent is for VFIO's calls about interrupts.
 */
static u8 msi_flags(struct vfio_mig_soft_device *soft)
{
	u8 bits = PCI_MSI_FLAGS_QMASK | PCI_MSI_FLAGS_64BIT;

	return vfio_mig_soft_sends_messages(soft) ? bits | PCI_MSI_FLAGS_ENABLE :
						    bits;
}

/* The bits of a byte that a user can write. */
static u8 writable(struct vfio_mig_soft_device *soft, u32 at)
{
	const struct vfio_mig_soft_driver *driver = vfio_mig_soft_driver(soft);

	switch (at) {
	case PCI_COMMAND:
		return PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	case PCI_COMMAND + 1:
		return (PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE) >> 8;
	case PCI_CACHE_LINE_SIZE:
	case PCI_INTERRUPT_LINE:
		return 0xff;
	case PCI_BASE_ADDRESS_0 ... PCI_BASE_ADDRESS_0 + 3:
		return ~(driver->bar.most - 1) >>
		       8 * (at - PCI_BASE_ADDRESS_0);
	case MSI + PCI_MSI_FLAGS:
		return msi_flags(soft);
	case MSI + PCI_MSI_ADDRESS_LO ... MSI_END - 1:
		return 0xff;
	default:
		return 0;
	}
}

static u8 read_byte(struct vfio_mig_soft_device *soft, u32 at)
{
	u8 value = soft->config[at];

	if (at == PCI_STATUS && vfio_mig_soft_line_is_up(soft))
		value |= PCI_STATUS_INTERRUPT;
	return value;
}

u32 vfio_mig_soft_config_read(struct vfio_mig_soft_device *soft, u32 at,
			      u32 width)
{
	u32 value = 0;
	u32 i;

	lockdep_assert_held(&soft->mig.lock);

	for (i = 0; i < width; i++)
		value |= read_byte(soft, at + i) << 8 * i;
	return value;
}

void vfio_mig_soft_config_write(struct vfio_mig_soft_device *soft, u32 at,
				u32 value, u32 width)
{
	u8 mask, byte;
	u32 i;

	lockdep_assert_held(&soft->mig.lock);

	for (i = 0; i < width; i++, value >>= 8) {
		mask = writable(soft, at + i);
		byte = (soft->config[at + i] & ~mask) | (value & mask);
		/* Whoever does DMA looks without the lock. */
		WRITE_ONCE(soft->config[at + i], byte);
	}
	vfio_mig_soft_irq_disable(soft, soft->config[PCI_COMMAND + 1] &
				  PCI_COMMAND_INTX_DISABLE >> 8);
}
