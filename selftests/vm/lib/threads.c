// SPDX-License-Identifier: GPL-2.0
/* threads.h says what is here. */
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "threads.h"

static bool is_so(const char *folder, int id, char how)
{
	char path[64], state = 0;
	FILE *stat;

	snprintf(path, sizeof(path), "%s/%d/stat", folder, id);
	stat = fopen(path, "re");
	if (!stat)
		return false;
	if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(stat);
	return state == how ||
	       (how == WAITING && (state == ASLEEP || state == BLOCKED));
}

bool thread_is(const atomic_int *tid, char how)
{
	return is_so("/proc/self/task", atomic_load(tid), how);
}

void wait_for_thread(const atomic_int *tid, char how)
{
	while (!thread_is(tid, how))
		sched_yield();
}

void wait_for_process(int pid, char how)
{
	while (!is_so("/proc", pid, how))
		sched_yield();
}
