// SPDX-License-Identifier: GPL-2.0
/* A line on the terminal that says how far something long has come. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "print.h"
#include "progress.h"

#define FIRST_MS	500
#define EVERY_MS	100

static long long started, shown;
/* What the rate is about: the stage, and what had come when it began. */
static const char *stage;
static long long stage_started;
static __u64 stage_bytes;

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Not at once, not too often, and for people only. */
static bool due(long long now)
{
	if (!started)
		started = now;
	if (now - started < FIRST_MS || now - shown < EVERY_MS ||
	    !isatty(STDERR_FILENO))
		return false;
	shown = now;
	return true;
}

static void show_rate(const struct vfiomig_progress *progress, long long ms)
{
	__u64 bytes = progress->bytes - stage_bytes;
	char text[32];
	__u64 rate;

	rate = ms > 0 ? bytes * 1000 / ms : 0;
	if (!rate)
		return;
	format_bytes(text, sizeof(text), rate);
	fprintf(stderr, ", %s/s", text);
	if (progress->expected > progress->bytes)
		fprintf(stderr, ", %llu s left",
			(progress->expected - progress->bytes) / rate + 1);
}

void progress_show(const struct vfiomig_progress *progress, void *ctx)
{
	char moved[32], expected[32];
	long long now = now_ms();

	(void)ctx;
	if (!stage || strcmp(stage, progress->stage)) {
		stage = progress->stage;
		stage_started = now;
		stage_bytes = progress->bytes;
	}
	if (!due(now))
		return;
	format_bytes(moved, sizeof(moved), progress->bytes);
	format_bytes(expected, sizeof(expected), progress->expected);
	fprintf(stderr, "\r%s: %s", progress->stage, moved);
	if (progress->expected > progress->bytes)
		fprintf(stderr, " of about %s", expected);
	show_rate(progress, now - stage_started);
	fputs("\033[K", stderr);
}

void progress_rounds(const char *what, unsigned int done, unsigned int all)
{
	if (due(now_ms()))
		fprintf(stderr, "\r%s: round %u of %u\033[K", what, done + 1,
			all);
}

void progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = 0;
	started = 0;
	stage = NULL;
}
