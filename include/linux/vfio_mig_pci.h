/* SPDX-License-Identifier: GPL-2.0 */
/* vfio_mig for PCI devices: a vfio-pci variant driver begins here. */
#ifndef _LINUX_VFIO_MIG_PCI_H
#define _LINUX_VFIO_MIG_PCI_H

#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio_mig.h>
#include <linux/vfio_pci_core.h>

struct vfio_mig_pci_memory;

/**
 * struct vfio_mig_pci_device - a migratable PCI device; first member of a driver's own
 * @core: vfio-pci's device.
 * @mig: The core's.
 * @bar: Those that the driver has declared, while the device is open.
 * @memory: The BAR that is memory; NULL if none is.
 * @pci_resets: The PCI core has a way to reset this device.
 * @command: The lower half of PCI_COMMAND as it was at vfio_mig_access_begin();
 *	under memory_lock.
 */
struct vfio_mig_pci_device {
	struct vfio_pci_core_device core;
	struct vfio_mig_device mig;
	void __iomem *bar[PCI_STD_NUM_BARS];
	struct vfio_mig_pci_memory *memory;
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
 * struct vfio_mig_pci_part - a part of a trapped BAR that users map
 * @at: Where in the BAR it begins; a multiple of VFIO_MIG_PART_UNIT.
 * @bytes: How long it is; likewise, and not 0.
 */
struct vfio_mig_pci_part {
	u64 at;
	u64 bytes;
};

#define VFIO_MIG_PART_UNIT	4096

/**
 * struct vfio_mig_pci_bar - what a driver says of a BAR
 * @least: Bytes that it has, at least.
 * @most: And at most.  0: the driver says nothing of this BAR; it is as vfio-pci has it.
 * @io: It is of I/O ports, and not of memory.
 * @widest: Bytes of the widest access that the device knows: 1, 2, 4 or 8; 0 is 4.
 *	What a user reads and writes is cut into such as a bus would carry, each aligned
 *	to its width.
 * @read: One access, of @width bytes; NULL: the user reads the hardware.
 * @write: One access: 0, or -errno, which fails the user's write; NULL: as with @read.
 * @mapped: Of a BAR with @read and @write, the @nr_mapped parts that users map, in order and
 *	apart.  There a user reads and writes the hardware, by a mapping or through the
 *	file, whatever the state is: what stands there has no effect on a device that the
 *	driver has stopped, or the driver sees to that.  Where the kernel's pages are larger
 *	than a part, it is read and written and not mapped.  NULL: none.
 * @nr_mapped: How many.
 * @held: While the device is not in RUNNING or PRE_COPY the parts cannot be reached by a
 *	mapping (SIGBUS for a write), and at any time who uses the file asks @read and
 *	@write.  For registers that make a device begin something.  Of one BAR at most.
 * @memory: It is memory that a user may map, and that is migrated while he writes it,
 *	by a section with VFIO_MIG_PCI_MEMORY.  The core does all that is to be done with it:
 *	it is cleared when the device is scrubbed, and read-only while it stands still.  One
 *	BAR at most.
 *
 * @read and @write are called while the device is awake and decodes the BAR, no
 * reset is pending, and the device's lock is held.  In any state: a device that stands
 * still says itself what it takes then, but one with @memory is not asked.
 */
struct vfio_mig_pci_bar {
	u64 least;
	u64 most;
	bool io;
	u8 widest;
	u64 (*read)(struct vfio_mig_device *mig, u32 reg, u32 width);
	int (*write)(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width);
	const struct vfio_mig_pci_part *mapped;
	unsigned int nr_mapped;
	bool memory;
	bool held;
};

#define VFIO_MIG_MAPPED(list...)	.mapped = (list), .nr_mapped = ARRAY_SIZE(list)

/* Of a section: it is the BAR that is memory. */
#define VFIO_MIG_PCI_MEMORY						\
	.track = vfio_mig_memory_track,					\
	.waiting = vfio_mig_memory_waiting,				\
	.pieces = vfio_mig_memory_pieces,				\
	.extent = vfio_mig_memory_bytes,				\
	.place = vfio_mig_memory_place

u64 vfio_mig_memory_bytes(struct vfio_mig_device *mig);
int vfio_mig_memory_track(struct vfio_mig_device *mig, bool on);
void vfio_mig_memory_waiting(struct vfio_mig_device *mig,
			     struct vfio_mig_waiting *sum);
int vfio_mig_memory_pieces(struct vfio_mig_device *mig,
			   struct vfio_mig_pieces *out);
int vfio_mig_memory_place(struct vfio_mig_device *mig, u64 offset,
			  const void *data, u32 length);

/**
 * struct vfio_mig_pci_driver - a variant driver, whole
 * @name: What people call its device.
 * @ids: The devices that it is for, by PCI_DRIVER_OVERRIDE_DEVICE_VFIO().
 * @size: Bytes of its own struct, which begins with struct vfio_mig_pci_device.
 * @class: The device's base class and subclass, PCI_CLASS_*; 0: any.
 * @bars: Its BARs.
 * @register_bar: The BAR that @recognize reads.
 * @recognize: Does it answer as such a device does?  Whatever it is, it is read
 *	where that changes nothing, and not written.
 * @moves_bytes: It uses vfio_mig_dma_rw().
 * @arc: What the device does on an arc by its registers alone, as between
 *	vfio_mig_access_begin() and _end(); instead of one in @ops, and none of PRE_COPY's.
 *	It always comes to the arc's target state, if the device is there.
 * @master: The user is about to switch Bus Master off, or has switched it on; likewise.
 *	NULL: that is nothing to the driver.
 * @trust_dma: Nobody writes the memory but by the mappings that the core knows: not all
 *	of it is compared when the device stops.  NULL, or not so: it is.
 * @ops: What is to be migrated.
 * @pci: The core's own, as what follows.
 * @vfio: VFIO's.
 */
struct vfio_mig_pci_driver {
	const char *name;
	const struct pci_device_id *ids;
	size_t size;
	u16 class;
	struct vfio_mig_pci_bar bars[PCI_STD_NUM_BARS];
	unsigned int register_bar;
	bool (*recognize)(const void __iomem *registers);
	bool moves_bytes;

	void (*arc[VFIO_MIG_NR_ACTIONS])(struct vfio_mig_device *mig);
	void (*master)(struct vfio_mig_device *mig, bool on);
	const bool *trust_dma;
	struct vfio_mig_ops ops;

	struct pci_driver pci;
	struct vfio_device_ops vfio;
};

/*
 * -EINVAL, and a line in the kernel's log, if what the driver declares does not hold
 * together.  Use module_vfio_mig_pci_driver(), or these in the module's init and exit.
 */
#define vfio_mig_pci_register(driver)					\
	__vfio_mig_pci_register(driver, THIS_MODULE, KBUILD_MODNAME)

int __vfio_mig_pci_register(struct vfio_mig_pci_driver *driver,
			    struct module *owner, const char *name);
void vfio_mig_pci_unregister(struct vfio_mig_pci_driver *driver);

#define module_vfio_mig_pci_driver(driver)				\
	module_driver(driver, vfio_mig_pci_register, vfio_mig_pci_unregister)

/*
 * pci/access.c.  The driver's own use of a BAR, whatever the guest has switched off:
 * memory_lock is held for write in between, and the device's lock.  0; -ENODEV if the
 * device is not there any more; -EIO if it sleeps (D1 to D3hot), which is the guest's doing
 * and not taken back.
 */
int vfio_mig_access_begin(struct vfio_mig_device *mig);
void vfio_mig_access_end(struct vfio_mig_device *mig);

/*
 * In between, after reading what has to be right: 0, or -ENODEV if the device has
 * gone away meanwhile and what was read may be nothing but ones.
 */
int vfio_mig_access_check(struct vfio_mig_device *mig);

/*
 * @what, in between: 0; as vfio_mig_access_begin() says; or VFIO_MIG_IN_NEITHER_STATE, as
 * vfio_mig_access_check() does.
 */
int vfio_mig_access(struct vfio_mig_device *mig,
		    void (*what)(struct vfio_mig_device *mig));

/*
 * @done, in between, until it is true; nothing is held in the meantime.  0; -ETIMEDOUT
 * after @us microseconds; or as vfio_mig_access_begin() says.
 */
int vfio_mig_access_poll(struct vfio_mig_device *mig,
			 bool (*done)(struct vfio_mig_device *mig), unsigned int us);

/* May a guest reach the BARs now?  Under memory_lock. */
bool vfio_mig_memory_enabled(struct vfio_mig_device *mig);

/*
 * @restore brings the device to a state that it had, and nobody sees an interrupt of
 * what it does meanwhile: an INTx that is up and down again is none, and an MSI is not
 * sent.  Between vfio_mig_access_begin() and _end(), while the device does no DMA.
 * @restore does not sleep, and of memory reads some last, so that all has come there.
 */
void vfio_mig_unseen(struct vfio_mig_device *mig,
		     void (*restore)(struct vfio_mig_device *mig));

#endif /* _LINUX_VFIO_MIG_PCI_H */
