// SPDX-License-Identifier: GPL-2.0
/*
 * What VFIO's own features say of a device on this core: its state to others
 * while it is on its way, the size of its data, and how sizes and flags of the
 * ioctl are taken.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"

FIXTURE(features)
{
	struct edu edu;
	struct stream stream;
};

FIXTURE_SETUP(features)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
}

FIXTURE_TEARDOWN(features)
{
	edu_close(&self->edu);
}

/* ---- states on the way ---- */

struct watch {
	struct edu *edu;
	int stop;
	unsigned int looks;
	unsigned int seen;	/* bit n: state n */
};

static void *watch_state(void *ctx)
{
	struct watch *watch = ctx;
	__u32 state;

	while (!__atomic_load_n(&watch->stop, __ATOMIC_SEQ_CST)) {
		if (vfiomig_get_state(watch->edu->dev, &state, NULL))
			continue;
		watch->seen |= 1u << state;
		__atomic_fetch_add(&watch->looks, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* A combination is one step to everybody else; so P2P stays out of sight. */
TEST_F_TIMEOUT(features, no_interior_state_is_ever_seen, 180)
{
	struct watch watch = { .edu = &self->edu };
	unsigned int rounds = 0;
	pthread_t thread;
	int data_fd;

	ASSERT_EQ(0, pthread_create(&thread, NULL, watch_state, &watch));
	while (rounds < 100 ||
	       __atomic_load_n(&watch.looks, __ATOMIC_SEQ_CST) < 100) {
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY,
				       &data_fd));
		close(data_fd);
		ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
		rounds++;
	}
	__atomic_store_n(&watch.stop, 1, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, watch.seen & ~(1u << VFIO_MIG_RUNNING |
				    1u << VFIO_MIG_STOP_COPY));
}

/* ---- the size of the data ---- */

static __u64 data_size(struct edu *edu)
{
	__u64 bytes;

	return vfiomig_data_size(edu->dev, &bytes, &edu->error) ? 0 : bytes;
}

/* The device runs, or is in P2P with a command that stays pending. */
static void size_is_right(struct __test_metadata *_metadata, struct edu *edu,
			  struct stream *stream)
{
	__u64 running = data_size(edu);
	int data_fd;

	EXPECT_NE(0, running);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP_COPY, &data_fd));
	EXPECT_EQ(running, data_size(edu));
	ASSERT_EQ(0, read_all(data_fd, stream, STREAM_MAX));
	EXPECT_EQ(running, stream->size);
	/* Nothing is left to send, and 0 would be taken for a failure. */
	EXPECT_EQ(1, data_size(edu));
	close(data_fd);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(running, data_size(edu));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RESUMING, &data_fd));
	EXPECT_EQ(running, data_size(edu));
	close(data_fd);
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
}

TEST_F_TIMEOUT(features, data_size_is_what_stop_copy_sends, 120)
{
	struct edu *edu = &self->edu;
	size_t blank, marked;

	size_is_right(_metadata, edu, &self->stream);
	blank = self->stream.size;

	ASSERT_EQ(0, mark_device(edu));
	size_is_right(_metadata, edu, &self->stream);
	marked = self->stream.size;
	EXPECT_LT(blank, marked);

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
	edu_start_dma(edu, true, 0, 0, 16, 0);
	size_is_right(_metadata, edu, &self->stream);
	EXPECT_LT(marked, self->stream.size);
}

/* ---- the ioctl ---- */

struct argument {
	struct vfio_device_feature feature;
	union {
		struct vfio_device_feature_migration migration;
		struct vfio_device_feature_mig_state state;
		struct vfio_device_feature_mig_data_size size;
		__u8 bytes[64];
	};
};

static int call(struct edu *edu, __u32 flags, __u32 argsz, __u32 state)
{
	struct argument arg = {
		.feature = { .argsz = argsz, .flags = flags },
		.state = { .device_state = state },
	};

	return ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_FEATURE, &arg) ?
	       errno : 0;
}

#define HEAD	sizeof(struct vfio_device_feature)
#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

static const struct {
	__u32 feature;
	__u32 flags;
	__u32 size;
} known[] = {
	{ VFIO_DEVICE_FEATURE_MIGRATION, GET,
	  HEAD + sizeof(struct vfio_device_feature_migration) },
	{ VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, GET | SET,
	  HEAD + sizeof(struct vfio_device_feature_mig_state) },
	{ VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, GET,
	  HEAD + sizeof(struct vfio_device_feature_mig_data_size) },
};

TEST_F(features, too_short_argsz_is_refused)
{
	unsigned int i;
	__u32 argsz;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		for (argsz = 0; argsz < known[i].size; argsz++) {
			EXPECT_EQ(EINVAL, call(&self->edu,
					       known[i].feature | GET, argsz,
					       0));
			if (known[i].flags & SET)
				EXPECT_EQ(EINVAL, call(&self->edu,
						       known[i].feature | SET,
						       argsz, VFIO_MIG_STOP));
		}
		EXPECT_EQ(0, call(&self->edu, known[i].feature | GET,
				  known[i].size, 0));
	}
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
}

TEST_F(features, only_what_a_feature_has_can_be_asked_of_it)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		__u32 feature = known[i].feature;
		__u32 size = known[i].size;

		EXPECT_EQ(0, call(&self->edu, feature | PROBE |
				  known[i].flags, HEAD, 0));
		EXPECT_EQ(0, call(&self->edu, feature | PROBE | GET, HEAD, 0));
		EXPECT_EQ(EINVAL, call(&self->edu, feature | GET | SET, size,
				       VFIO_MIG_STOP));
		EXPECT_EQ(EINVAL, call(&self->edu, feature | GET | 1u << 31,
				       size, 0));
		if (known[i].flags & SET)
			continue;
		EXPECT_EQ(EINVAL, call(&self->edu, feature | SET, size,
				       VFIO_MIG_STOP));
		EXPECT_EQ(EINVAL, call(&self->edu, feature | PROBE | SET,
				       HEAD, 0));
	}
	EXPECT_EQ(ENOTTY, call(&self->edu, 0xffff | GET, 64, 0));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
}

TEST_F(features, device_has_all_optional_states)
{
	__u64 features;

	ASSERT_EQ(0, vfiomig_features(self->edu.dev, &features,
				      &self->edu.error));
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
		  VFIO_MIGRATION_PRE_COPY, features);
}

TEST_HARNESS_MAIN
