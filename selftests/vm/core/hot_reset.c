// SPDX-License-Identifier: GPL-2.0
/*
 * A hot reset is one of all devices of a slot, and over for all of them when its
 * call returns.  QEMU is asked for an edu of two functions; both have a driver of
 * the tests' own, whose reset lasts as long as the test likes.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "stub.h"
#include "threads.h"
#include "vm_monitor.h"

FIXTURE(hot)
{
	struct edu first;
	struct edu second;
	struct vm_monitor monitor;
	char bdf[64];
	bool plugged;
};

/*
 * The second function is there as soon as the first is, and in its IOMMU group, as it
 * says of itself that there are several.  What comes after this test needs its edu.
 */
static int plug_both(struct vm_monitor *monitor, const char *bdf)
{
	int ret = vm_monitor_unplug(monitor, "edu0", bdf);

	if (!ret)
		ret = vm_monitor_plug(monitor,
				      "edu,bus=rp1,addr=0.1,multifunction=on,id=second",
				      NULL);
	if (!ret)
		ret = vm_monitor_plug(monitor,
				      "edu,bus=rp1,addr=0.0,multifunction=on,id=first",
				      bdf);
	if (ret)
		vm_monitor_plug(monitor, "edu,bus=rp1,id=edu0", bdf);
	return ret;
}

/* A driver can have them a little later. */
static int open_when_there(struct edu *edu, const char *bdf)
{
	int ret;

	do {
		ret = stub_open_device(edu, bdf);
	} while (ret == -ENODEV);
	return ret;
}

FIXTURE_SETUP(hot)
{
	char second[64];

	self->monitor.fd = -1;
	if (!has_test_modules())
		SKIP(return, "there are no modules for tests");
	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	memcpy(second, self->bdf, sizeof(second));
	second[strlen(second) - 1] = '1';
	ASSERT_EQ(0, vm_monitor_open(&self->monitor));
	ASSERT_EQ(0, plug_both(&self->monitor, self->bdf)) {
		TH_LOG("%s", self->monitor.answer);
	}
	self->plugged = true;
	/* All of a group have to be VFIO's before one is opened. */
	ASSERT_EDU(&self->second, open_when_there(&self->second, second));
	ASSERT_EDU(&self->first, open_when_there(&self->first, self->bdf));
}

FIXTURE_TEARDOWN(hot)
{
	stub_close(&self->first);
	stub_close(&self->second);
	if (self->plugged) {
		EXPECT_EQ(0, vm_monitor_unplug(&self->monitor, "first",
					       self->bdf));
		EXPECT_EQ(0, vm_monitor_plug(&self->monitor,
					     "edu,bus=rp1,id=edu0",
					     self->bdf));
	}
	vm_monitor_close(&self->monitor);
}

/**
 * struct resetter - who resets
 * @edu: By which device.
 * @tid: Who that is; -1 before.
 * @done: It has returned, @result.
 */
struct resetter {
	struct edu *edu;
	atomic_int tid;
	atomic_bool done;
	int result;
};

static void *reset_all(void *ctx)
{
	struct resetter *resetter = ctx;

	atomic_store(&resetter->tid, gettid());
	resetter->result = vfiomig_hot_reset(resetter->edu->dev,
					     &resetter->edu->error);
	atomic_store(&resetter->done, true);
	return NULL;
}

TEST_F_TIMEOUT(hot, reset_is_over_for_all_when_it_returns, 120)
{
	struct resetter resetter = { .edu = &self->first, .tid = -1 };
	long held = stub_count("held"), resets = stub_count("scrubs");
	pthread_t thread;

	ASSERT_EQ(0, set_state(&self->first, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, set_state(&self->second, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, stub_set("hold", self->second.bdf));
	ASSERT_EQ(0, pthread_create(&thread, NULL, reset_all, &resetter));
	while (!atomic_load(&resetter.done) &&
	       (stub_count("held") == held ||
		!thread_is(&resetter.tid, BLOCKED)))
		sched_yield();
	EXPECT_FALSE(atomic_load(&resetter.done));
	ASSERT_EQ(0, stub_set("hold", "none"));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, resetter.result);
	EXPECT_EQ(resets + 2, stub_count("scrubs"));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->second));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->first));
}

TEST_F_TIMEOUT(hot, reset_that_fails_is_told, 120)
{
	ASSERT_EQ(0, set_state(&self->second, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, stub_set("fault", "reset_is_lost"));
	EXPECT_EQ(-EIO, vfiomig_hot_reset(self->first.dev,
					  &self->first.error));
	EXPECT_EQ(VFIO_MIG_ERROR, state_of(&self->second));
	ASSERT_EQ(0, stub_set("fault", "none"));
	ASSERT_EQ(0, vfiomig_hot_reset(self->first.dev, &self->first.error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->first));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->second));
}

TEST_HARNESS_MAIN
