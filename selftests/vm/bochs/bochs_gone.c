// SPDX-License-Identifier: GPL-2.0
/*
 * A display whose power goes off while it is used: all that is read of it is ones.
 * None of that is saved, each call that needs the device says ENODEV, and it can be
 * closed.  When its power is on again it is a display like others.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "displays.h"
#include "slot.h"
#include "threads.h"

#define SOME	(100 * PAGE)
#define TIMEOUT	180

FIXTURE(gone)
{
	struct display_pair pair;
	struct slot slot;
};

FIXTURE_SETUP(gone)
{
	struct display_pair *pair = &self->pair;
	int ret;

	ASSERT_BOCHS(&pair->src, pair_open(pair));
	ret = slot_open(&self->slot, pair->src.bdf);
	if (ret == -ENODEV)
		SKIP(return, "there is no monitor to plug devices with");
	ASSERT_EQ(0, ret);
	display_fill(&pair->src, 1);
	display_fill(&pair->dst, 2);
}

struct unbinder {
	const char *bdf;
	atomic_int tid;
};

static void *run_unbinder(void *ctx)
{
	struct unbinder *unbinder = ctx;
	char path[128];

	atomic_store(&unbinder->tid, gettid());
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind",
		 unbinder->bdf);
	write_file(path, unbinder->bdf);
	return NULL;
}

/*
 * As when the kernel has been told that it is gone: the driver is on its way out, and
 * waits for whoever has the device open.  Else VFIO resets it when it is closed, and
 * the PCI core waits a minute for a device that will not come back from that.
 */
static int close_while_unbound(struct display_pair *pair)
{
	struct unbinder unbinder = { .bdf = pair->src.bdf, .tid = -1 };
	pthread_t thread;
	int ret;

	ret = pthread_create(&thread, NULL, run_unbinder, &unbinder);
	if (ret)
		return -ret;
	wait_for_thread(&unbinder.tid, WAITING);
	pair_close(pair);
	return -pthread_join(thread, NULL);
}

FIXTURE_TEARDOWN(gone)
{
	struct bochs bochs;
	int ret;

	EXPECT_EQ(0, close_while_unbound(&self->pair));
	EXPECT_EQ(0, slot_restore(&self->slot));
	slot_close(&self->slot);
	ret = bochs_open_driver(&bochs, self->slot.bdf, "bochs_vfio_pci");
	EXPECT_EQ(0, ret) {
		TH_LOG("%s %s", bochs.error.text, bochs.error.hint);
	}
	if (ret)
		return;
	EXPECT_TRUE(display_is_blank(&bochs));
	display_fill(&bochs, 3);
	EXPECT_FALSE(display_is_blank(&bochs));
	bochs_close(&bochs);
}

static uint32_t state_of_display(struct bochs *bochs)
{
	__u32 state;

	if (vfiomig_get_state(bochs->dev, &state, &bochs->error))
		return ~0u;
	return state;
}

/* It says so, and the state is what it was. */
static void says_gone(struct __test_metadata *_metadata, struct bochs *bochs,
		      uint32_t to)
{
	uint32_t before = state_of_display(bochs);
	struct vfio_device_mig_error last;

	EXPECT_EQ(-ENODEV, display_set(bochs, to, NULL));
	EXPECT_EQ(before, state_of_display(bochs));
	ASSERT_EQ(0, vfiomig_last_error(bochs->dev, &last));
	EXPECT_EQ(ENODEV, last.error);
}

TEST_F_TIMEOUT(gone, no_stream_is_made_of_ones, TIMEOUT)
{
	struct display_pair *pair = &self->pair;
	uint64_t bytes;

	ASSERT_EQ(0, pair_begin(pair));
	ASSERT_EQ(0, display_pump(pair->from, pair->to, SOME, &bytes));
	ASSERT_EQ(0, slot_pull(&self->slot));
	EXPECT_EQ(-ENODEV, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_GT(SOME, bytes);
	says_gone(_metadata, &pair->src, VFIO_MIG_STOP_COPY);
	EXPECT_EQ(0, display_set(&pair->src, VFIO_MIG_RUNNING, NULL));
	says_gone(_metadata, &pair->src, VFIO_MIG_STOP);
	says_gone(_metadata, &pair->src, VFIO_MIG_PRE_COPY);
	says_gone(_metadata, &pair->src, VFIO_MIG_RESUMING);
}

TEST_F_TIMEOUT(gone, stream_of_a_stopped_display_ends_with_an_error, TIMEOUT)
{
	struct display_pair *pair = &self->pair;
	uint64_t bytes;

	ASSERT_EQ(0, display_set(&pair->dst, VFIO_MIG_RESUMING, &pair->to));
	ASSERT_EQ(0, display_set(&pair->src, VFIO_MIG_STOP_COPY, &pair->from));
	ASSERT_EQ(0, display_pump(pair->from, pair->to, SOME, &bytes));
	ASSERT_EQ(0, slot_pull(&self->slot));
	EXPECT_EQ(-ENODEV, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	EXPECT_GT(SOME, bytes);
	EXPECT_EQ(-ENODATA, display_set(&pair->dst, VFIO_MIG_STOP, NULL));
}

TEST_F_TIMEOUT(gone, nothing_can_be_loaded_into_it, TIMEOUT)
{
	struct display_pair *pair = &self->pair;
	uint64_t bytes;

	ASSERT_EQ(0, display_set(&pair->src, VFIO_MIG_RESUMING, &pair->to));
	ASSERT_EQ(0, display_set(&pair->dst, VFIO_MIG_STOP_COPY, &pair->from));
	ASSERT_EQ(0, display_pump(pair->from, pair->to, SOME, &bytes));
	ASSERT_EQ(0, slot_pull(&self->slot));
	EXPECT_EQ(-ENODEV, display_pump(pair->from, pair->to, ANY_AMOUNT,
					&bytes));
	says_gone(_metadata, &pair->src, VFIO_MIG_STOP);
}

TEST_HARNESS_MAIN
