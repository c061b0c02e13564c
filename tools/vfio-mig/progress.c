// SPDX-License-Identifier: GPL-2.0
/* A line on the terminal that says how far a long stream has come. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "print.h"
#include "progress.h"

#define FIRST_MS	500
#define EVERY_MS	100

static long long started, shown;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

void progress_show(const struct vfiomig_progress *progress, void *ctx)
{
	char moved[32], expected[32];
	long long now = now_ms();

	(void)ctx;
	if (!started)
		started = now;
	if (now - started < FIRST_MS || now - shown < EVERY_MS ||
	    !isatty(STDERR_FILENO))
		return;
	shown = now;
	format_bytes(moved, sizeof(moved), progress->bytes);
	format_bytes(expected, sizeof(expected), progress->expected);
	if (progress->expected > progress->bytes)
		fprintf(stderr, "\r%s: %s of about %s\033[K", progress->stage,
			moved, expected);
	else
		fprintf(stderr, "\r%s: %s\033[K", progress->stage, moved);
}

void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = 0;
	started = 0;
}
