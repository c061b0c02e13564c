/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device's features by hand, so that a test sees just what the kernel wrote:
 * 0 or -errno.
 */
#ifndef SELFTESTS_VM_FEATURE_H
#define SELFTESTS_VM_FEATURE_H

#include <stddef.h>
#include <linux/types.h>

/*
 * @flags says which, and GET, SET or PROBE.  @data, 64 bytes at most, is passed on,
 * and is what the kernel made of it then.
 */
int feature_call(int device, __u32 flags, void *data, size_t size);

/* *@data_fd, if asked for, is what the kernel wrote there, or -2 if nothing. */
int feature_set_state(int device, __u32 state, int *data_fd);

#endif /* SELFTESTS_VM_FEATURE_H */
