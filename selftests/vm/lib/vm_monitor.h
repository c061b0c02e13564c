/* SPDX-License-Identifier: GPL-2.0 */
/* The monitor of the QEMU that this VM runs in, by a port that leads there. */
#ifndef SELFTESTS_VM_MONITOR_H
#define SELFTESTS_VM_MONITOR_H

#include <stddef.h>

#define VM_MONITOR_ANSWER	65536

/**
 * struct vm_monitor - it
 * @fd: The port.
 * @answer: What QEMU said to the last command, as on a terminal.
 */
struct vm_monitor {
	int fd;
	char answer[VM_MONITOR_ANSWER];
};

/* ENODEV: this VM has no such port. */
int vm_monitor_open(struct vm_monitor *monitor);
void vm_monitor_close(struct vm_monitor *monitor);

/*
 * Until the monitor asks for the next: 0; -EREMOTEIO if QEMU says that it is an
 * error; -EPIPE if it says nothing.
 */
int vm_monitor_ask(struct vm_monitor *monitor, const char *command);

/*
 * Unplug what has that id, if something is at @bdf, and wait until nothing is; plug
 * something in, as device_add has it, and wait until it is there, unless @bdf is NULL.
 */
int vm_monitor_unplug(struct vm_monitor *monitor, const char *id,
		      const char *bdf);
int vm_monitor_plug(struct vm_monitor *monitor, const char *device,
		    const char *bdf);

#endif /* SELFTESTS_VM_MONITOR_H */
