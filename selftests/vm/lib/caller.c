// SPDX-License-Identifier: GPL-2.0
/* caller.h says what is here. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "threads.h"

static void call_in_child(struct edu *edu, int (*call)(struct edu *edu), int say)
{
	if (write(say, "", 1) == 1)
		call(edu);
	_exit(0);
}

pid_t caller_start(struct edu *edu, int (*call)(struct edu *edu))
{
	int said[2], heard;
	pid_t pid;
	char byte;

	if (pipe(said))
		return -errno;
	pid = fork();
	if (!pid)
		call_in_child(edu, call, said[1]);
	close(said[1]);
	heard = pid < 0 ? -1 : read(said[0], &byte, 1);
	close(said[0]);
	if (heard != 1)
		return -ECHILD;
	wait_for_process(pid, BLOCKED);
	return pid;
}

int caller_kill(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : -EBUSY;
}

int kill_in_call(struct edu *edu, int (*call)(struct edu *edu))
{
	pid_t pid = caller_start(edu, call);

	return pid < 0 ? pid : caller_kill(pid);
}
