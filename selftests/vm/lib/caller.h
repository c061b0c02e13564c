/* SPDX-License-Identifier: GPL-2.0 */
/* A process that waits in a call, while others share the device; and is killed. */
#ifndef SELFTESTS_VM_CALLER_H
#define SELFTESTS_VM_CALLER_H

#include <sys/types.h>

#include "edu.h"

/*
 * A child that does @call, which is to wait for longer than it takes to be seen
 * waiting in there: its number, or -errno.
 */
pid_t caller_start(struct edu *edu, int (*call)(struct edu *edu));

/* 0 if it was killed in its call, -EBUSY if it had come to its end. */
int caller_kill(pid_t pid);

/* Both: 0 or -errno. */
int kill_in_call(struct edu *edu, int (*call)(struct edu *edu));

#endif /* SELFTESTS_VM_CALLER_H */
