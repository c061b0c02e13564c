/* SPDX-License-Identifier: GPL-2.0 */
/* Devices of both kinds that are saved at the same time, each by a thread of its own. */
#ifndef SELFTESTS_BENCH_MANY_DEVICE_H
#define SELFTESTS_BENCH_MANY_DEVICE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "bochs.h"
#include "edu.h"

enum many_kind { MANY_EDU, MANY_DISPLAY, MANY_KINDS };

/**
 * struct many_device - an open device
 * @kind: What it is.
 * @edu, @display: The one of them that it is.
 * @pause_us: How long it pauses between two things that it does.
 * @saver, @guest: Its threads.
 * @wanted: The saver has read all that there was, and waits for more.
 * @data_fd: The stream that the saver reads.
 * @buffer: Where it reads to.
 */
struct many_device {
	enum many_kind kind;
	union {
		struct edu edu;
		struct bochs display;
	};
	unsigned int pause_us;
	pthread_t saver;
	pthread_t guest;
	sem_t wanted;
	int data_fd;
	uint8_t *buffer;
};

/* Open the @nth device of @kind; false if there is none. */
bool many_open(struct many_device *device, enum many_kind kind,
	       unsigned int nth);
void many_close(struct many_device *device);

/*
 * Save @count devices at the same time, by way of PRE_COPY and STOP_COPY, back to
 * RUNNING.  Whatever is done to one of them is done as often as if it were alone.
 */
void many_save(struct many_device *devices, unsigned int count);

#endif /* SELFTESTS_BENCH_MANY_DEVICE_H */
