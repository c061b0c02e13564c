/* SPDX-License-Identifier: GPL-2.0 */
/* Ways to hold a device that are less than having it open by the library. */
#ifndef SELFTESTS_VM_HOLD_H
#define SELFTESTS_VM_HOLD_H

/*
 * The device alone: its group and its container were closed again, as by a process
 * that was handed it.  The file, or -errno.
 */
int hold_device_alone(const char *bdf);

/*
 * Its character device, bound to no iommufd.  The file; -ENOENT: this kernel has
 * none.
 */
int hold_character_device(const char *bdf);

/* What the kernel says of whether somebody holds it: 0, 1, or -errno. */
int is_in_use(const char *bdf);

#endif /* SELFTESTS_VM_HOLD_H */
