/* SPDX-License-Identifier: GPL-2.0 */
/* What a Linux guest is booted with. */
#ifndef SELFTESTS_QEMU_INITRAMFS_H
#define SELFTESTS_QEMU_INITRAMFS_H

#include <stdbool.h>

/*
 * Makes QEMU_INITRAMFS of @guest, a cpio archive with the guest's /init, and
 * @module of the running kernel with all that it needs: true if there is one.
 */
bool make_initramfs(const char *guest, const char *module);

#endif /* SELFTESTS_QEMU_INITRAMFS_H */
