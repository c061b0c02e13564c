/* SPDX-License-Identifier: GPL-2.0 */
/* What a process costs in memory, the kernel's included: a cgroup of its own. */
#ifndef SELFTESTS_VM_CGROUP_H
#define SELFTESTS_VM_CGROUP_H

/* This process goes to a group of that name; 0, or -errno if there are none. */
int cgroup_enter(const char *name);

/* The kernel's memory that is to its account now; -1 if that cannot be told. */
long long cgroup_kernel_bytes(void);

/* All memory that it has had at once, its own included; or -1. */
long long cgroup_peak_bytes(void);

#endif /* SELFTESTS_VM_CGROUP_H */
