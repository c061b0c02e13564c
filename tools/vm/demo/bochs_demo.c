// SPDX-License-Identifier: GPL-2.0
/*
 * The demo of a display: an animation is drawn through the source's mapping
 * while it is moved, and goes on at the destination.  This program plays the
 * VMM and its guest at once; it has QEMU save both screens, over a port that
 * leads to QEMU's monitor.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arcs.h"
#include "bochs.h"
#include "picture.h"
#include "vm_monitor.h"

#define FOLDER		"/scratch/demo"
#define FRAMES_BEFORE	40
#define FRAMES_AFTER	50
#define ROUNDS		4

static int failures;

/* ---- words ---- */

static void line(const char *what, const char *text)
{
	printf("  %-13s%s\n", what, text);
	fflush(stdout);
}

static void claim(const char *what, int held, const char *text)
{
	printf("  %-13s%-54s%s\n", what, text, held ? "yes" : "NO");
	fflush(stdout);
	failures += !held;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "demo: %s: %s\n", what, why);
	exit(1);
}

/* ---- QEMU's monitor ---- */

static struct vm_monitor monitor;

static void open_monitor(void)
{
	if (vm_monitor_open(&monitor))
		die("monitor", "this VM has no port to it");
}

/* Files and devices are QEMU's: its displays are named in order. */
static void save_screen(unsigned int display, const char *file)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "screendump " FOLDER "/%s.png -f png display%u", file,
		 display);
	if (vm_monitor_ask(&monitor, command))
		die("monitor", monitor.answer);
}

/* ---- the guest: a thread that draws, as long as it may ---- */

/**
 * struct guest - it
 * @lock: Held while a frame is drawn; protects all that follows.
 * @paused: The VMM has stopped it.
 * @display: Where it draws.
 * @frame: The frame that is on the screen.
 */
static struct guest {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool paused;
	struct bochs *display;
	unsigned int frame;
} guest = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static void *draw(void *unused)
{
	for (;;) {
		pthread_mutex_lock(&guest.lock);
		while (guest.paused)
			pthread_cond_wait(&guest.changed, &guest.lock);
		picture_frame((uint32_t *)guest.display->memory,
			      guest.frame + 1, guest.frame);
		guest.frame++;
		pthread_cond_broadcast(&guest.changed);
		pthread_mutex_unlock(&guest.lock);
		/* So that the other thread gets the lock. */
		usleep(1000);
	}
	return unused;
}

static void pause_guest(bool paused, struct bochs *display)
{
	pthread_mutex_lock(&guest.lock);
	guest.paused = paused;
	guest.display = display;
	pthread_cond_broadcast(&guest.changed);
	pthread_mutex_unlock(&guest.lock);
}

static void wait_for_frame(unsigned int frame)
{
	pthread_mutex_lock(&guest.lock);
	while (guest.frame < frame)
		pthread_cond_wait(&guest.changed, &guest.lock);
	pthread_mutex_unlock(&guest.lock);
}

static void start_guest(struct bochs *display)
{
	pthread_t thread;

	bochs_show(display, PICTURE_WIDTH, PICTURE_HEIGHT);
	picture_paint((uint32_t *)display->memory);
	guest.display = display;
	if (pthread_create(&thread, NULL, draw, NULL))
		die("guest", "no thread for it");
}

/* ---- the move ---- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void set(struct bochs *bochs, __u32 state, int *data_fd)
{
	if (vfiomig_set_state(bochs->dev, state, data_fd, &bochs->error))
		die(bochs->bdf, bochs->error.text);
}

/* What there is to read now, from the source to the destination. */
static size_t pump(int from, int to)
{
	static uint8_t chunk[1 << 20];
	size_t bytes = 0;
	ssize_t done;

	while ((done = read(from, chunk, sizeof(chunk))) > 0) {
		if (write(to, chunk, done) != done)
			die("destination", strerror(errno));
		bytes += done;
		if (done < (ssize_t)sizeof(chunk))
			break;
	}
	if (done < 0 && errno != ENOMSG)
		die("source", strerror(errno));
	return bytes;
}

/* Pre-copy while the guest draws, and a stop as short as can be. */
static void migrate(struct bochs *src, struct bochs *dst)
{
	size_t early = 0, late = 0, bytes;
	uint64_t stopped;
	int from, to, i;

	set(dst, VFIO_MIG_RESUMING, &to);
	set(src, VFIO_MIG_PRE_COPY, &from);
	for (i = 0; i < ROUNDS; i++) {
		bytes = pump(from, to);
		early += bytes;
		printf("  pre-copy     frame %5u, %8zu bytes\n", guest.frame,
		       bytes);
		fflush(stdout);
		wait_for_frame(guest.frame + 3);
	}
	pause_guest(true, src);
	stopped = now_ns();
	set(src, VFIO_MIG_STOP_COPY, NULL);
	while ((bytes = pump(from, to)))
		late += bytes;
	set(dst, VFIO_MIG_STOP, NULL);
	printf("  stopped at   frame %5u, %8zu bytes, %.1f ms\n", guest.frame,
	       late, (now_ns() - stopped) / 1e6);
	printf("  of %zu MiB of memory %zu KiB went while it was running\n",
	       src->size >> 20, early >> 10);
	fflush(stdout);
	close(from);
	close(to);
}

static bool same_file(const char *first, const char *second)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "cmp -s " FOLDER "/%s.png " FOLDER "/%s.png", first, second);
	return !system(command);
}

static void open_displays(struct bochs *src, struct bochs *dst)
{
	if (bochs_open(src, 0))
		die("source", src->error.text);
	if (bochs_open(dst, 1))
		die("destination", dst->error.text);
	line("source", src->bdf);
	line("destination", dst->bdf);
	mkdir(FOLDER, 0755);
}

int main(void)
{
	const char *host = getenv("VFIO_MIG_SCRATCH_ON_HOST");
	struct bochs src, dst;

	puts("\nTwo displays; an animation moves from the first to the second");
	open_monitor();
	open_displays(&src, &dst);
	start_guest(&src);
	wait_for_frame(FRAMES_BEFORE);
	puts("\nThe move, while it is being drawn");
	migrate(&src, &dst);
	save_screen(0, "source");
	save_screen(1, "destination");

	puts("\nWhat arrived at the destination");
	claim("memory", !memcmp(src.memory, dst.memory, src.size),
	      "all of it, byte for byte");
	claim("screens", same_file("source", "destination"),
	      "both show the same picture");
	set(&dst, VFIO_MIG_RUNNING, NULL);
	pause_guest(false, &dst);
	wait_for_frame(guest.frame + FRAMES_AFTER);
	pause_guest(true, &dst);
	save_screen(1, "destination-later");
	claim("animation", !same_file("destination", "destination-later"),
	      "goes on there");
	printf("\nThe screens: %s/demo\n  source.png  destination.png  destination-later.png\n",
	       host ? host : "/scratch");
	return failures ? 1 : 0;
}
