// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel has a table of its own, for drivers that do without this core;
 * both have to agree.  The comparison is a module, selftests/modules: this
 * loads it and prints what it found.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define RESULT	"/sys/kernel/debug/vfio_mig_next_state"

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
	int ret, error;

	if (!has_test_modules()) {
		printf("1..0 # SKIP there are no modules for tests\n");
		return 4;
	}
	ret = load_test_module("next_state");
	if (ret) {
		printf("# next_state is not loaded: %s\n", strerror(-ret));
		return 1;
	}
	ret = print_result();
	error = unload_module("next_state");
	if (error)
		printf("# next_state is not unloaded: %s\n", strerror(-error));
	return ret || error ? 1 : 0;
}
