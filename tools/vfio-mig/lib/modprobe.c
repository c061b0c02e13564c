// SPDX-License-Identifier: GPL-2.0
/* Has the kernel load a module. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib.h"

void lib_modprobe(const char *module)
{
	char program[] = "modprobe", quiet[] = "-q", name[64];
	char * const argv[] = { program, quiet, name, NULL };
	posix_spawn_file_actions_t silent;
	int status;
	pid_t pid;

	snprintf(name, sizeof(name), "%s", module);
	posix_spawn_file_actions_init(&silent);
	posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&silent, 2, "/dev/null", O_WRONLY, 0);
	if (!posix_spawnp(&pid, argv[0], &silent, NULL, argv, environ))
		waitpid(pid, &status, 0);
	posix_spawn_file_actions_destroy(&silent);
}
