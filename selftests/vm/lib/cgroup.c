// SPDX-License-Identifier: GPL-2.0
/* cgroup.h says what is here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "common.h"

#define CGROUPS		"/run/cgroup"

static char group[128];

static int write_in_group(const char *file, const char *text)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", group, file);
	return write_file(path, text);
}

int cgroup_enter(const char *name)
{
	int ret;

	mkdir(CGROUPS, 0755);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL) && errno != EBUSY)
		return -errno;
	ret = write_file(CGROUPS "/cgroup.subtree_control", "+memory");
	if (ret)
		return ret;
	snprintf(group, sizeof(group), CGROUPS "/%s", name);
	if (mkdir(group, 0755) && errno != EEXIST)
		return -errno;
	return write_in_group("cgroup.procs", "0");
}

static FILE *open_in_group(const char *file)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", group, file);
	return fopen(path, "re");
}

long long cgroup_kernel_bytes(void)
{
	FILE *file = open_in_group("memory.stat");
	long long value = -1;
	char line[128];

	while (file && value < 0 && fgets(line, sizeof(line), file))
		if (!strncmp(line, "kernel ", 7))
			value = atoll(line + 7);
	if (file)
		fclose(file);
	return value;
}

long long cgroup_peak_bytes(void)
{
	FILE *file = open_in_group("memory.peak");
	long long value;

	if (!file)
		return -1;
	if (fscanf(file, "%lld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}
