/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first edu, or another device, with stub_vfio_pci of selftests/modules, the
 * driver on vfio_mig of which a test says all that it does.
 */
#ifndef SELFTESTS_VM_STUB_H
#define SELFTESTS_VM_STUB_H

#include "common.h"

/* Bytes of the memory that it pretends to have. */
#define STUB_MEMORY	(256u << 20)
#define STUB_DATA	4096

#define STUB_SECTION_DATA	0x7f000001
#define STUB_SECTION_MEMORY	0x7f000002

/*
 * Load the module and bind the device to it, without a fault; open it too.  Of
 * @edu only what says nothing of edu's registers may be asked for.  -ENOPKG on a
 * host that has no modules for tests.
 */
int stub_bind(struct edu *edu);
int stub_open(struct edu *edu);

/*
 * The same of the PCI device at @bdf, without memory: those of one IOMMU group share
 * their address space.
 */
int stub_open_device(struct edu *edu, const char *bdf);

/* Close it, and give it back to edu's driver, or to the one that it had before. */
void stub_close(struct edu *edu);

/* Set a parameter; 0 or -errno. */
int stub_set(const char *parameter, const char *value);

/* What a parameter that counts says; -1 if it cannot be read. */
long stub_count(const char *parameter);

/* Wait until somebody waits in the driver who did not when it said @before. */
void stub_wait_for_holder(long before);

#endif /* SELFTESTS_VM_STUB_H */
