// SPDX-License-Identifier: GPL-2.0
/*
 * many_device.h says what is here.
 *
 * A device has two threads.  The saver reads its stream, and when there is no more,
 * waits in poll(), as a VMM does; its guest then has something new to be sent, a few
 * times over.  Each device pauses for another time than its neighbours, so that they
 * do not go in step, but as often: a pause takes no CPU time.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "arcs.h"
#include "figures.h"
#include "many_device.h"

/* What is read at a time. */
#define PIECE		(256 * 1024)
/* How often the guest has something new. */
#define CHANGES		4
#define PAGE		4096
/* The paces that there are, from the fastest on. */
#define PACES		8
#define PAUSE_US	300
#define PACE_US		100

static struct vfiomig_dev *dev_of(const struct many_device *device)
{
	return device->kind == MANY_EDU ? device->edu.dev :
					  device->display.dev;
}

static void set_state(struct many_device *device, uint32_t state, int *data_fd)
{
	struct vfiomig_error error;
	int fd = -1;

	if (vfiomig_set_state(dev_of(device), state, &fd, &error))
		die(error.text);
	if (data_fd)
		*data_fd = fd;
}

static void take_a_pause(const struct many_device *device)
{
	const struct timespec pause = { .tv_nsec = device->pause_us * 1000 };

	nanosleep(&pause, NULL);
}

/* ---- who saves ---- */

/* Until there is nothing more, now or for ever: is it for ever? */
static bool read_all(struct many_device *device, size_t *bytes)
{
	ssize_t done;

	*bytes = 0;
	while ((done = read(device->data_fd, device->buffer, PIECE)) > 0) {
		*bytes += done;
		take_a_pause(device);
	}
	if (done < 0 && errno != ENOMSG)
		die(strerror(errno));
	return !done;
}

/* A page that was touched and not written yet is no news: then it waits again. */
static void wait_and_read(struct many_device *device)
{
	struct pollfd pollfd = { .fd = device->data_fd, .events = POLLIN };
	size_t bytes;

	do {
		if (poll(&pollfd, 1, -1) != 1 || pollfd.revents != POLLIN)
			die("a device in pre-copy cannot be waited for");
		take_a_pause(device);
		read_all(device, &bytes);
	} while (!bytes);
}

static void *save(void *arg)
{
	struct many_device *device = arg;
	size_t bytes;
	int i;

	set_state(device, VFIO_MIG_PRE_COPY, &device->data_fd);
	read_all(device, &bytes);
	for (i = 0; i < CHANGES; i++) {
		sem_post(&device->wanted);
		wait_and_read(device);
	}
	set_state(device, VFIO_MIG_STOP_COPY, NULL);
	if (!read_all(device, &bytes))
		die("a device that stands still has no end");
	set_state(device, VFIO_MIG_RUNNING, NULL);
	close(device->data_fd);
	return NULL;
}

/* ---- whose device it is ---- */

static void change(struct many_device *device, unsigned int i)
{
	if (device->kind == MANY_DISPLAY)
		device->display.memory[i * PAGE]++;
	else
		edu_start_dma(&device->edu, false, 0, 0, EDU_BUFFER_SIZE, 0);
}

static void *be_guest(void *arg)
{
	struct many_device *device = arg;
	unsigned int i;

	for (i = 0; i < CHANGES; i++) {
		while (sem_wait(&device->wanted))
			;
		take_a_pause(device);
		change(device, i);
	}
	return NULL;
}

/* ---- */

static void start(struct many_device *device)
{
	if (pthread_create(&device->guest, NULL, be_guest, device) ||
	    pthread_create(&device->saver, NULL, save, device))
		die("no thread");
}

static void join(struct many_device *device)
{
	pthread_join(device->saver, NULL);
	pthread_join(device->guest, NULL);
}

void many_save(struct many_device *devices, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		start(&devices[i]);
	for (i = 0; i < count; i++)
		join(&devices[i]);
}

static bool open_edu(struct edu *edu, unsigned int nth)
{
	char bdf[64];

	if (edu_find(nth, false, bdf, sizeof(bdf)))
		return false;
	if (edu_open(edu, bdf))
		die(edu->error.text);
	memset(edu->memory, 0xa5, EDU_MEMORY_SIZE);
	return true;
}

/* Nothing that would be sent as zeros. */
static bool open_display(struct bochs *display, unsigned int nth)
{
	char bdf[64];

	if (bochs_find(nth, bdf, sizeof(bdf)))
		return false;
	if (bochs_open(display, nth))
		die(display->error.text);
	memset(display->memory, 0xa5, display->size);
	return true;
}

bool many_open(struct many_device *device, enum many_kind kind,
	       unsigned int nth)
{
	memset(device, 0, sizeof(*device));
	device->kind = kind;
	device->pause_us = PAUSE_US + nth % PACES * PACE_US;
	if (kind == MANY_EDU ? !open_edu(&device->edu, nth) :
			       !open_display(&device->display, nth))
		return false;
	device->buffer = malloc(PIECE);
	if (!device->buffer || sem_init(&device->wanted, 0, 0))
		die("no memory");
	memset(device->buffer, 1, PIECE);
	return true;
}

void many_close(struct many_device *device)
{
	sem_destroy(&device->wanted);
	free(device->buffer);
	if (device->kind == MANY_EDU)
		edu_close(&device->edu);
	else
		bochs_close(&device->display);
}
