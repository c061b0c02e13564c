/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs of Linux guests share; each is the /init of its guest. */
#ifndef SELFTESTS_QEMU_LINUX_GUEST_H
#define SELFTESTS_QEMU_LINUX_GUEST_H

#include <stdint.h>

/* To begin with: /proc, /sys and /dev, and leave to speak. */
void guest_begin(void);

/*
 * All that initramfs.h put there, in its order; 0 if there are none.  A module
 * leaves out of @parameters what is not its own.
 */
int load_modules(const char *parameters);

/* On the debug console. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The last word. */
void __attribute__((noreturn)) bad(const char *what, uint32_t round,
				   uint32_t seen);

#endif /* SELFTESTS_QEMU_LINUX_GUEST_H */
