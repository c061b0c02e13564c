// SPDX-License-Identifier: GPL-2.0
/*
 * A listener that does not read while devices move loses events.  What it is told
 * then is true in the end, though nothing happens any more that would correct it.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common.h"
#include "vfiomig_monitor.h"

/* More than a socket has room for that is as narrow as it can be. */
#define ROUNDS	200

/**
 * struct watch - what a listener knows of a device
 * @edu: The device.
 * @monitor: What it listens by.
 * @state: What it was told last.
 * @lost: How often it was told that events were lost.
 */
struct watch {
	struct edu *edu;
	struct vfiomig_monitor *monitor;
	unsigned int state;
	unsigned int lost;
};

FIXTURE(lost)
{
	struct edu edu;
	struct watch watch;
};

FIXTURE_SETUP(lost)
{
	int narrow = 1, fd;

	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	self->watch.edu = &self->edu;
	ASSERT_EDU(&self->edu, vfiomig_monitor_open(&self->watch.monitor,
						    &self->edu.error));
	fd = vfiomig_monitor_fd(self->watch.monitor);
	ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &narrow,
				sizeof(narrow)));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
}

FIXTURE_TEARDOWN(lost)
{
	vfiomig_monitor_close(self->watch.monitor);
	edu_close(&self->edu);
}

/* As a dump has it. */
static int take_status(const struct vfiomig_status *status, void *ctx)
{
	struct watch *watch = ctx;

	if (!strcmp(status->name, watch->edu->bdf))
		watch->state = status->state;
	return 0;
}

static int sync_all(struct watch *watch)
{
	return vfiomig_monitor_sync(watch->monitor, take_status, watch,
				    &watch->edu->error);
}

static int next_event(struct watch *watch, struct vfiomig_event *event)
{
	return vfiomig_monitor_next(watch->monitor, event,
				    &watch->edu->error);
}

/* How many events have come, up to now; -1 if it fails. */
static int take_all(struct watch *watch)
{
	struct pollfd pollfd = {
		.fd = vfiomig_monitor_fd(watch->monitor), .events = POLLIN,
	};
	struct vfiomig_event event;
	int count = 0, ret;

	while (poll(&pollfd, 1, 0) == 1) {
		ret = next_event(watch, &event);
		/* There were some, and none that is new. */
		if (ret == -EAGAIN)
			break;
		if (ret)
			return -1;
		if (event.kind == VFIOMIG_EVENT_LOST) {
			watch->lost++;
			if (sync_all(watch))
				return -1;
		} else if (event.kind == VFIOMIG_EVENT_STATE) {
			watch->state = event.state;
		}
		count++;
	}
	return count;
}

static int move_to_and_fro(struct edu *edu)
{
	int i, ret = 0;

	for (i = 0; i < ROUNDS && !ret; i++) {
		ret = set_state(edu, VFIO_MIG_STOP, NULL);
		if (!ret)
			ret = set_state(edu, VFIO_MIG_RUNNING, NULL);
	}
	return ret;
}

/* It moves once more just when the listener has its dump, and then no more. */
TEST_F_TIMEOUT(lost, move_after_the_dump_is_told, 120)
{
	struct vfiomig_event event;

	ASSERT_EDU(&self->edu, sync_all(&self->watch));
	EXPECT_EQ(VFIO_MIG_RUNNING, self->watch.state);
	ASSERT_EQ(0, move_to_and_fro(&self->edu));
	ASSERT_EDU(&self->edu, next_event(&self->watch, &event));
	ASSERT_EQ(VFIOMIG_EVENT_LOST, event.kind);
	ASSERT_EDU(&self->edu, sync_all(&self->watch));
	EXPECT_EQ(VFIO_MIG_RUNNING, self->watch.state);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(1, take_all(&self->watch));
	EXPECT_EQ(VFIO_MIG_STOP, self->watch.state);
	EXPECT_EQ(0, self->watch.lost);
}

/* Nor before the dump: that one has it, and its event is not told once more. */
TEST_F_TIMEOUT(lost, move_before_the_dump_is_told, 120)
{
	struct vfiomig_event event;

	ASSERT_EDU(&self->edu, sync_all(&self->watch));
	ASSERT_EQ(0, move_to_and_fro(&self->edu));
	ASSERT_EDU(&self->edu, next_event(&self->watch, &event));
	ASSERT_EQ(VFIOMIG_EVENT_LOST, event.kind);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EDU(&self->edu, sync_all(&self->watch));
	EXPECT_EQ(VFIO_MIG_STOP, self->watch.state);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_EDU(&self->edu, next_event(&self->watch, &event));
	EXPECT_EQ(VFIOMIG_EVENT_STATE, event.kind);
	EXPECT_EQ(VFIO_MIG_RUNNING, event.state);
	EXPECT_EQ(0, event.lost);
	EXPECT_EQ(0, take_all(&self->watch));
	EXPECT_EQ(0, self->watch.lost);
}

/* Again and again: what was told last is how it is. */
TEST_F_TIMEOUT(lost, what_is_told_last_is_true, 120)
{
	unsigned int round;

	ASSERT_EDU(&self->edu, sync_all(&self->watch));
	for (round = 0; round < 5; round++) {
		ASSERT_EQ(0, move_to_and_fro(&self->edu));
		ASSERT_EQ(0, set_state(&self->edu, round % 2 ? VFIO_MIG_STOP :
				       VFIO_MIG_RUNNING_P2P, NULL));
		ASSERT_LE(1, take_all(&self->watch));
		EXPECT_EQ(round + 1, self->watch.lost);
		EXPECT_EQ(state_of(&self->edu), self->watch.state);
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
		ASSERT_LE(1, take_all(&self->watch));
		EXPECT_EQ(VFIO_MIG_RUNNING, self->watch.state);
	}
}

TEST_HARNESS_MAIN
