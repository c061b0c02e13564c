/* SPDX-License-Identifier: GPL-2.0 */
/*
 * QEMU's pci-serial in the place of the first two edus behind ports: the VM's QEMU is
 * asked for them.
 */
#ifndef SELFTESTS_VM_SERIALS_H
#define SELFTESTS_VM_SERIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "edu.h"
#include "vm_monitor.h"

#define SERIAL_DRIVER	"serial_vfio_pci"

/**
 * struct serials - two of them
 * @monitor: Of the VM's QEMU; what it said last is in there.
 * @bdf: Where the edus were, and they are.
 * @plugged: They are, or some of it went wrong.
 */
struct serials {
	struct vm_monitor monitor;
	char bdf[2][64];
	bool plugged;
};

/* Is there a QEMU that can be asked?  To be called first, and serials_end() last. */
bool serials_possible(struct serials *serials);

/* 0 or -errno; nobody has the edus. */
int serials_plug(struct serials *serials);

/* The edus are back, if they were taken: 0 or -errno. */
int serials_end(struct serials *serials);

/* Bind it to its driver and open it, with its ports switched on; edu_close() closes it. */
int serial_open(struct edu *edu, const char *bdf);

uint8_t serial_get(struct edu *edu, uint32_t reg);
void serial_set(struct edu *edu, uint32_t reg, uint8_t value);

#endif /* SELFTESTS_VM_SERIALS_H */
