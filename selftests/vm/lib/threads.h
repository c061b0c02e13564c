/* SPDX-License-Identifier: GPL-2.0 */
/* To wait until another thread waits, or another process. */
#ifndef SELFTESTS_VM_THREADS_H
#define SELFTESTS_VM_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>

#define ASLEEP		'S'	/* in poll(), say */
#define BLOCKED		'D'	/* for one of the kernel's locks */
#define WAITING		'W'	/* in either way */

/* Has the thread said in *@tid, -1 before, who it is, and is it so? */
bool thread_is(const atomic_int *tid, char how);

/* Until it is. */
void wait_for_thread(const atomic_int *tid, char how);

/* Until a process of one thread is so. */
void wait_for_process(int pid, char how);

#endif /* SELFTESTS_VM_THREADS_H */
