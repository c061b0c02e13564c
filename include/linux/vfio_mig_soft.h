/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio_mig for PCI devices that are software: the driver is all there is of one.  Its
 * memory is reached by vfio_mig_dma_rw(), so it needs no IOMMU.
 */
#ifndef _LINUX_VFIO_MIG_SOFT_H
#define _LINUX_VFIO_MIG_SOFT_H

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/vfio_mig.h>
#include <linux/vfio_mig_pci.h>

struct eventfd_ctx;
struct virqfd;

#define VFIO_MIG_SOFT_CONFIG	256	/* bytes of config space */

/**
 * struct vfio_mig_soft_irq - how the device interrupts
 * @set_lock: One VFIO_DEVICE_SET_IRQS at a time; outer to @lock.
 * @lock: Protects all that follows but @unmask; innermost.
 * @type: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX, or VFIO_PCI_NUM_IRQS: not at all.
 * @trigger: What is told, or NULL.
 * @request: What is told when somebody wants the device back, or NULL.
 * @line: INTx is up.
 * @masked: By its user, or by itself since it was told.
 * @disabled: By PCI_COMMAND.
 * @unmask: The eventfd that unmasks INTx, or NULL; under @set_lock.
 */
struct vfio_mig_soft_irq {
	struct mutex set_lock; /* one VFIO_DEVICE_SET_IRQS at a time */
	struct mutex lock; /* protects all that follows but unmask */
	u32 type;
	struct eventfd_ctx *trigger;
	struct eventfd_ctx *request;
	bool line;
	bool masked;
	bool disabled;
	struct virqfd *unmask;
};

/**
 * struct vfio_mig_soft_device - a PCI device in software; first member of a driver's own
 * @vdev: VFIO's device; first.
 * @mig: The core's.
 * @config: Config space, as a user reads it but for what changes by itself; under the
 *	device's lock.
 * @irq: See there.
 */
struct vfio_mig_soft_device {
	struct vfio_device vdev;
	struct vfio_mig_device mig;
	u8 config[VFIO_MIG_SOFT_CONFIG];
	struct vfio_mig_soft_irq irq;
};

static inline struct vfio_mig_soft_device *
vfio_mig_soft(struct vfio_mig_device *mig)
{
	return container_of(mig, struct vfio_mig_soft_device, mig);
}

/**
 * struct vfio_mig_soft_driver - a driver of such devices, whole
 * @size: Bytes of its own struct, which begins with struct vfio_mig_soft_device.
 * @vendor: The device's ids, revision and class (base class and subclass).
 * @device: Likewise.
 * @subsystem_vendor: Likewise.
 * @subsystem_device: Likewise.
 * @revision: Likewise.
 * @class: Likewise.
 * @bar: BAR0: memory, and trapped; @most bytes of it, a power of two.  As of a variant
 *	driver, but that nothing is there besides the driver's lock.
 * @ops: What is to be migrated.
 * @vfio: The core's own.
 */
struct vfio_mig_soft_driver {
	size_t size;
	u16 vendor;
	u16 device;
	u16 subsystem_vendor;
	u16 subsystem_device;
	u8 revision;
	u16 class;
	struct vfio_mig_pci_bar bar;
	struct vfio_mig_ops ops;

	struct vfio_device_ops vfio;
};

/*
 * In the module's init, before there is a device: -EINVAL, and a line in the kernel's log,
 * if what the driver declares does not hold together.
 */
#define vfio_mig_soft_prepare(driver)					\
	__vfio_mig_soft_prepare(driver, KBUILD_MODNAME)

int __vfio_mig_soft_prepare(struct vfio_mig_soft_driver *driver,
			    const char *name);

/* In struct device_driver of @parent's: its ids, as sysfs has those of a PCI device. */
extern const struct attribute_group *vfio_mig_soft_groups[];

/* Make a device of @parent, whose drvdata it is; or an errno, as a pointer. */
struct vfio_mig_soft_device *
vfio_mig_soft_add(struct vfio_mig_soft_driver *driver, struct device *parent);

/* The opposite; waits for whoever has it open. */
void vfio_mig_soft_remove(struct vfio_mig_soft_device *soft);

/*
 * The level of the device's interrupt line; and a message, if its user has it send
 * messages, which makes the line mean nothing.  Under the device's lock.
 */
void vfio_mig_soft_line(struct vfio_mig_device *mig, bool up);
void vfio_mig_soft_message(struct vfio_mig_device *mig);

#endif /* _LINUX_VFIO_MIG_SOFT_H */
