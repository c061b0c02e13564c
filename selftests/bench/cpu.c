// SPDX-License-Identifier: GPL-2.0
/* cpu.h says what is here. */
#include <stdio.h>
#include <time.h>

#include "clock.h"
#include "cpu.h"
#include "figures.h"

double cpu_seconds(void)
{
	unsigned long long ns, sum = 0;
	char line[512];
	FILE *file = fopen("/proc/schedstat", "re");

	if (!file)
		die("/proc/schedstat cannot be read");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "cpu%*u %*u %*u %*u %*u %*u %*u %llu",
			   &ns) == 1)
			sum += ns;
	fclose(file);
	return sum / 1e9;
}

double idle_share(void)
{
	const struct timespec pause = { .tv_sec = 2 };
	double start = seconds(), before = cpu_seconds();

	nanosleep(&pause, NULL);
	return (cpu_seconds() - before) / (seconds() - start);
}
