/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A driver on vfio_mig for any PCI device that it is bound to by driver_override.
 * It leaves the device alone, unless it is told to look at it: what it migrates
 * are a page, and bulk memory that it only pretends to have.  What a device does on
 * an arc is so little that a test can say all of it, by parameters.
 */
#ifndef SELFTESTS_STUB_H
#define SELFTESTS_STUB_H

#include <linux/vfio_mig_pci.h>

#define STUB_SECTIONS	2
#define STUB_DATA	4096
#define STUB_MEMORY	VFIO_MIG_BULK_MAX

#define STUB_SECTION_DATA	0x7f000001
#define STUB_SECTION_MEMORY	0x7f000002

/**
 * struct stub - a device
 * @pci: vfio-pci's part and the migration core's; first.
 * @ops: What it declares, with the mistake that it was told to make.
 * @hardware: Whatever it is bound to.
 * @sections: Likewise.
 * @data: What it holds; under state_lock.
 * @memory_waits: The memory has not been sent; under the session's lock.
 */
struct stub {
	struct vfio_mig_pci_device pci;
	struct vfio_mig_ops ops;
	struct vfio_mig_hardware hardware;
	struct vfio_mig_section sections[STUB_SECTIONS];
	u8 data[STUB_DATA];
	bool memory_waits;
};

static inline struct stub *stub_from_mig(struct vfio_mig_device *mig)
{
	return container_of(mig, struct stub, pci.mig);
}

static inline struct stub *stub_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct stub, pci.core.vdev);
}

/* main.c: is this what the parameter "fault" says? */
bool stub_fails(const char *what);

/*
 * main.c: wait while the parameter "hold" names that.  In the second, who is
 * killed gives up, if the core lets him: -EINTR.
 */
void stub_wait(const char *where);
int stub_wait_killable(struct vfio_mig_device *mig, const char *where);

/* mig.c */
void stub_declare(struct stub *stub);
extern unsigned long stub_placed, stub_longest, stub_resets, stub_command;

#endif /* SELFTESTS_STUB_H */
