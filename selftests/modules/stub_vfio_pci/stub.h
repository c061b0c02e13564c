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
#define STUB_FIELDS	1
#define STUB_DATA	4096
#define STUB_MEMORY	VFIO_MIG_BULK_MAX

#define STUB_SECTION_DATA	0x7f000001
#define STUB_SECTION_MEMORY	0x7f000002

/**
 * struct stub_state - what it holds
 * @data: Whatever it is.
 */
struct stub_state {
	u8 data[STUB_DATA];
};

/**
 * struct stub - a device
 * @pci: vfio-pci's part and the migration core's; first.
 * @state: See there.
 * @memory_waits: The memory has not been sent; under the session's lock.
 */
struct stub {
	struct vfio_mig_pci_device pci;
	struct stub_state state;
	bool memory_waits;
};

static inline struct stub *stub_from_mig(struct vfio_mig_device *mig)
{
	return container_of(mig, struct stub, pci.mig);
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
extern struct vfio_mig_pci_driver stub_driver;
extern unsigned long stub_placed, stub_longest, stub_scrubs, stub_command, stub_cleared;
extern unsigned long stub_resuming;

/* declare.c: a driver like that, but for @mistake; does the core take it? */
int stub_declare(const char *mistake);

#endif /* SELFTESTS_STUB_H */
