// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel has a table of its own, for drivers that do without this core;
 * both have to agree.  The comparison is a module, selftests/modules: this
 * loads it and prints what it found.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define RESULT	"/sys/kernel/debug/vfio_mig_next_state"

static int load(void)
{
	const char *build = getenv("VFIO_MIG_BUILD");
	struct utsname kernel;
	char path[PATH_MAX];
	int fd;

	uname(&kernel);
	snprintf(path, sizeof(path),
		 "%s/test-modules-%s/selftests/modules/next_state/next_state.ko",
		 build ? build : ".", kernel.release);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0)) {
		printf("# %s: %s\n", path, strerror(errno));
		return -1;
	}
	close(fd);
	return 0;
}

static int print_result(void)
{
	FILE *file = fopen(RESULT, "re");
	char line[256];
	int lines = 0;

	if (!file) {
		printf("# %s: %s\n", RESULT, strerror(errno));
		return -1;
	}
	for (; fgets(line, sizeof(line), file); lines++)
		fputs(line, stdout);
	fclose(file);
	return lines ? 0 : -1;
}

int main(void)
{
	int ret;

	if (load())
		return 1;
	ret = print_result();
	if (syscall(SYS_delete_module, "next_state", 0)) {
		printf("# next_state is not unloaded: %s\n", strerror(errno));
		ret = -1;
	}
	return ret ? 1 : 0;
}
