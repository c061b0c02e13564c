/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The port that a device sits behind alone: what is in it can be taken out by the
 * VM's monitor, pulled out without a word to the kernel, and another put in.
 */
#ifndef SELFTESTS_VM_SLOT_H
#define SELFTESTS_VM_SLOT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "vm_monitor.h"

/**
 * struct slot - a port, and what was in it at first
 * @monitor: The VM's.
 * @bdf: Where what is in it is found; always the same.
 * @port: The port's config space.
 * @control: Where in there its slot control register is.
 * @on: What that had.
 * @id: What QEMU calls the device.
 */
struct slot {
	struct vm_monitor monitor;
	char bdf[64];
	char port[PATH_MAX];
	unsigned int control;
	uint16_t on;
	char id[64];
};

/* 0 or -errno; ENODEV: there is no monitor, or the device is behind no port. */
int slot_open(struct slot *slot, const char *bdf);
void slot_close(struct slot *slot);

/* Until the kernel has let it go, and QEMU.  Nobody has it open. */
int slot_take_out(struct slot *slot);

/*
 * Such a device, as for device_add without bus and id, until the kernel has it;
 * no driver has.
 */
int slot_put_in(struct slot *slot, const char *device);

/*
 * Has QEMU the memory of a device that is, or was, in there?  It does not let go of
 * a display's, and ends at once when another comes with memory of the same name.
 */
bool slot_has_memory(struct slot *slot);

/*
 * Its power goes off while the kernel knows nothing of it: all that is read of the
 * device is ones.
 */
int slot_pull(struct slot *slot);

/* Power is on again, and the device is new to the kernel. */
int slot_restore(struct slot *slot);

#endif /* SELFTESTS_VM_SLOT_H */
