/* SPDX-License-Identifier: GPL-2.0 */
/* vfio_mig for PCI devices: a vfio-pci variant driver begins here. */
#ifndef _LINUX_VFIO_MIG_PCI_H
#define _LINUX_VFIO_MIG_PCI_H

#include <linux/pci.h>
#include <linux/vfio_mig.h>
#include <linux/vfio_pci_core.h>

/**
 * struct vfio_mig_pci_device - a migratable PCI device; first member of a driver's own
 * @core: vfio-pci's device.
 * @mig: The core's.
 * @pci_resets: The PCI core has a way to reset this device.
 * @command: The lower half of PCI_COMMAND as it was at vfio_mig_access_begin();
 *	under memory_lock.
 */
struct vfio_mig_pci_device {
	struct vfio_pci_core_device core;
	struct vfio_mig_device mig;
	bool pci_resets;
	u8 command;
};

static inline struct vfio_mig_pci_device *
vfio_mig_pci(struct vfio_mig_device *mig)
{
	return container_of(mig, struct vfio_mig_pci_device, mig);
}

static inline struct vfio_mig_pci_device *
vfio_mig_pci_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct vfio_mig_pci_device, core.vdev);
}

/**
 * struct vfio_mig_hardware - what a driver's device looks like
 * @name: What people call it.
 * @vendor: Its ids.
 * @device: Likewise.
 * @class: Its base class and subclass: PCI_CLASS_*.
 * @bars: How many bytes of memory each BAR has, at least and at most.  One without
 *	a most is not looked at.
 * @register_bar: The BAR that @recognize reads.
 * @recognize: Does it answer as such a device does?  Whatever it is, it is read
 *	where that changes nothing, and not written.
 */
struct vfio_mig_hardware {
	const char *name;
	u16 vendor;
	u16 device;
	u16 class;
	struct {
		u64 least;
		u64 most;
	} bars[PCI_STD_NUM_BARS];
	unsigned int register_bar;
	bool (*recognize)(const void __iomem *registers);
};

/*
 * In vfio_device_ops.init and .release, in place of vfio-pci's.  -EINVAL, and a
 * line in the kernel's log, if @ops do not hold together.
 */
int vfio_mig_init_dev(struct vfio_device *vdev, const struct vfio_mig_ops *ops);
void vfio_mig_release_dev(struct vfio_device *vdev);

/*
 * In pci_driver.probe and .remove, in place of vfio-pci's.  Nothing has been written
 * to the device before it was looked at: -ENODEV if it is not the driver's.
 */
int vfio_mig_register(struct vfio_mig_pci_device *pci);
void vfio_mig_unregister(struct vfio_mig_pci_device *pci);

/*
 * In .open_device: in place of vfio_pci_core_enable(), before the driver looks at
 * its device or brings it to its power-on state.  A reset that comes from then on
 * is acted upon by vfio_mig_open().
 */
int vfio_mig_enable(struct vfio_mig_pci_device *pci);

/* Last in .open_device: RUNNING.  First in .close_device: sessions end. */
void vfio_mig_open(struct vfio_mig_pci_device *pci);
void vfio_mig_close(struct vfio_mig_pci_device *pci);

/* In place of the vfio_pci_core_* of the same name. */
long vfio_mig_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg);
int vfio_mig_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
		     size_t argsz);
ssize_t vfio_mig_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *ppos);

/*
 * pci/access.c.  The driver's own use of a BAR, whatever the guest has switched off:
 * memory_lock is held for write in between.  0; -ENODEV if the device is not there
 * any more; -EIO if it is in D3hot, which is the guest's doing and not taken back.
 */
int vfio_mig_access_begin(struct vfio_mig_device *mig);
void vfio_mig_access_end(struct vfio_mig_device *mig);

/*
 * In between, after reading what has to be right: 0, or -ENODEV if the device has
 * gone away meanwhile and what was read may be nothing but ones.
 */
int vfio_mig_access_check(struct vfio_mig_device *mig);

/* May a guest reach the BARs now?  Under memory_lock. */
bool vfio_mig_memory_enabled(struct vfio_mig_device *mig);

/*
 * For a device whose state the driver itself resets: VFIO_DEVICE_RESET works
 * even where the PCI core has no way to.  Between vfio_mig_enable() and
 * vfio_pci_core_finish_enable(); undone by vfio_mig_close().
 */
void vfio_mig_offer_reset(struct vfio_mig_pci_device *pci);

/* For pci_driver.err_handler. */
extern const struct pci_error_handlers vfio_mig_err_handlers;

#ifndef VFIO_MIG_PCI_OPS_BY
#define VFIO_MIG_PCI_OPS_BY(way)						\
	.bind_iommufd = way##_bind,					\
	.unbind_iommufd = way##_unbind,					\
	.attach_ioas = way##_attach_ioas,				\
	.detach_ioas = way##_detach_ioas,				\
	.pasid_attach_ioas = vfio_iommufd_physical_pasid_attach_ioas,	\
	.pasid_detach_ioas = vfio_iommufd_physical_pasid_detach_ioas,	\
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,		\
	.match_token_uuid = vfio_pci_core_match_token_uuid
#endif

#ifndef VFIO_MIG_PCI_NEW_OPS
/* What newer kernels want a vfio-pci variant driver to fill in. */
#define VFIO_MIG_PCI_NEW_OPS	VFIO_MIG_PCI_OPS_BY(vfio_iommufd_physical)

/* The same for one that uses vfio_mig_dma_rw(). */
#define VFIO_MIG_PCI_MEMORY_OPS	VFIO_MIG_PCI_OPS_BY(vfio_mig_memory)
#endif

#endif /* _LINUX_VFIO_MIG_PCI_H */
