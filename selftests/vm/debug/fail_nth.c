// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation and each copy to or from user memory that this project's modules
 * make on a path, or that others make for them, is failed once, alone and with all
 * that come after: the first, then the second, until a run gets to its end with none
 * failing.  What the path has to say of it is ENOMEM or EFAULT, the state is a legal
 * one, and the device then works as if nothing had been.  Here: what is done with a
 * device that is open.
 *
 * Only for a kernel with fault injection.  Leaks are looked for when the VM
 * ends, by kmemleak.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arc_oracle.h"
#include "common.h"
#include "feature.h"
#include "inject.h"
#include "mig_netlink.h"
#include "uapi/linux/vfio_mig.h"

/*
 * On the root bus, where neither open nor reset takes the reset of a bus.
 * @data_fd is the session that is under test, or -1; @fds the files that are
 * open without it; @whole what a marked device is saved as; @listener hears of it,
 * so that it is told.
 */
struct scene {
	struct edu edu;
	char bdf[64];
	struct listener listener;
	int data_fd;
	int fds;
	struct stream whole;
	struct stream stream;
};

FIXTURE(sweep)
{
	struct scene scene;
};

FIXTURE_VARIANT(sweep)
{
	bool all_after;
};

FIXTURE_VARIANT_ADD(sweep, just_one) { .all_after = false };
FIXTURE_VARIANT_ADD(sweep, all_after) { .all_after = true };

FIXTURE_SETUP(sweep)
{
	ASSERT_EQ(0, inject_all_after(variant->all_after));
	self->scene.data_fd = -1;
	ASSERT_EQ(0, edu_find(0, true, self->scene.bdf, sizeof(self->scene.bdf)));
	ASSERT_EDU(&self->scene.edu, edu_open(&self->scene.edu, self->scene.bdf));
	ASSERT_EQ(0, mark_device(&self->scene.edu));
	ASSERT_EQ(0, save_and_stop(&self->scene.edu, &self->scene.whole));
	ASSERT_EQ(0, listen_to(&self->scene.listener, "state progress error"));
	self->scene.fds = count_fds();
}

FIXTURE_TEARDOWN(sweep)
{
	if (self->scene.data_fd >= 0)
		close(self->scene.data_fd);
	listen_end(&self->scene.listener);
	edu_close(&self->scene.edu);
}

/* Reset, heard of by nobody yet, and in @from with what was saved in setup in its session. */
static int prepare(struct scene *scene, unsigned int from)
{
	int ret;

	if (scene->data_fd >= 0)
		close(scene->data_fd);
	scene->data_fd = -1;
	ret = vfiomig_reset(scene->edu.dev, &scene->edu.error);
	if (!ret)
		ret = load_and_stop(&scene->edu, scene->whole.bytes,
				    scene->whole.size, STREAM_MAX);
	if (!ret)
		ret = set_state(&scene->edu, VFIO_MIG_RUNNING, NULL);
	if (!ret)
		ret = go_to(&scene->edu, from, &scene->data_fd);
	if (!ret && from == VFIO_MIG_RESUMING)
		ret = write_all(scene->data_fd, scene->whole.bytes,
				scene->whole.size, STREAM_MAX);
	return ret;
}

/*
 * A session that has ended is not brought back.  The result of a SET that cannot
 * be told, for want of memory that can be written or of room for a file, is
 * reached all the same.
 */
static bool state_is_legal(unsigned int state, unsigned int from,
			   unsigned int to, int ret)
{
	if (!ret)
		return state == to;
	return state == from || state == to ||
	       (state == VFIO_MIG_ERROR && oracle_session(from));
}

/* What came to be in spite of a failure is a session like others. */
static bool session_works(struct scene *scene, unsigned int state, int data_fd)
{
	if (state == VFIO_MIG_RESUMING)
		return !write_all(data_fd, scene->whole.bytes,
				  scene->whole.size, STREAM_MAX);
	return read(data_fd, scene->stream.bytes, STREAM_MAX) > 0 ||
	       errno == ENOMSG;
}

static void sweep_pair(struct __test_metadata *_metadata,
		       struct scene *scene, unsigned int from,
		       unsigned int to)
{
	unsigned int nth, state;
	bool failed = true;
	int ret, to_fd;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		ASSERT_EDU(&scene->edu, prepare(scene, from));
		listen_drain(&scene->listener);
		inject_begin(nth);
		ret = set_state(&scene->edu, to, &to_fd);
		failed = inject_end();
		state = state_of(&scene->edu);
		EXPECT_TRUE(!ret || (failed && inject_excuses(ret)));
		EXPECT_TRUE(state_is_legal(state, from, to, ret)) {
			TH_LOG("%s -> %s, failure %u: %d, state %u",
			       vfio_mig_state_name(from),
			       vfio_mig_state_name(to), nth, ret, state);
		}
		if (!ret && to_fd >= 0) {
			EXPECT_TRUE(session_works(scene, to, to_fd));
			close(to_fd);
		}
		EXPECT_EQ(scene->fds + (scene->data_fd >= 0), count_fds());
	}
	/* What is told of it, at least. */
	EXPECT_LT(2, nth);
	EXPECT_GT(INJECT_MOST, nth);
}

TEST_F_TIMEOUT(sweep, each_pair_of_states, 300)
{
	unsigned int from, to;
	__u64 features;

	ASSERT_EDU(&self->scene.edu,
		   vfiomig_features(self->scene.edu.dev, &features,
				    &self->scene.edu.error));
	for (from = 1; from < 8; from++)
		for (to = 1; to < 8; to++)
			if (from != to && oracle_offers(features, from) &&
			    oracle_accepts(features, from, to))
				sweep_pair(_metadata, &self->scene, from, to);
	ASSERT_EDU(&self->scene.edu, prepare(&self->scene, VFIO_MIG_RUNNING));
	EXPECT_EQ(0, device_works(&self->scene.edu));
}

TEST_F_TIMEOUT(sweep, stream_is_whole_after_a_read_that_fails, 300)
{
	bool failed = true;
	unsigned int nth;
	ssize_t done;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		ASSERT_EDU(&self->scene.edu, prepare(&self->scene, VFIO_MIG_STOP_COPY));
		inject_begin(nth);
		done = read(self->scene.data_fd, self->scene.stream.bytes, STREAM_MAX);
		failed = inject_end();
		EXPECT_TRUE(done >= 0 || inject_excuses(-errno));
		self->scene.stream.size = done < 0 ? 0 : done;
		EXPECT_EQ(VFIO_MIG_STOP_COPY, state_of(&self->scene.edu));
		EXPECT_EQ(0, read_more(self->scene.data_fd, &self->scene.stream));
		ASSERT_EQ(self->scene.whole.size, self->scene.stream.size);
		EXPECT_EQ(0, memcmp(self->scene.whole.bytes, self->scene.stream.bytes,
				    self->scene.stream.size));
	}
	EXPECT_LT(2, nth);
}

TEST_F_TIMEOUT(sweep, stream_is_taken_after_a_write_that_fails, 300)
{
	bool failed = true;
	unsigned int nth;
	ssize_t done;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		ASSERT_EDU(&self->scene.edu, prepare(&self->scene, VFIO_MIG_RUNNING));
		ASSERT_EQ(0, set_state(&self->scene.edu, VFIO_MIG_RESUMING,
				       &self->scene.data_fd));
		inject_begin(nth);
		done = write(self->scene.data_fd, self->scene.whole.bytes,
			     self->scene.whole.size);
		failed = inject_end();
		EXPECT_TRUE(done >= 0 || inject_excuses(-errno));
		if (done < 0)
			done = 0;
		EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->scene.edu));
		EXPECT_EQ(0, write_all(self->scene.data_fd, self->scene.whole.bytes + done,
				       self->scene.whole.size - done, STREAM_MAX));
		EXPECT_EQ(0, set_state(&self->scene.edu, VFIO_MIG_STOP, NULL));
		EXPECT_TRUE(is_marked(&self->scene.edu));
	}
	EXPECT_LT(2, nth);
}

/* ---- calls that change nothing ---- */

static int call_probe(int fd)
{
	struct vfio_device_mig_arc arc = {
		.argsz = sizeof(arc),
		.from = VFIO_MIG_RUNNING,
		.to = VFIO_MIG_STOP,
	};

	return ioctl(fd, VFIO_DEVICE_MIG_ARC_SUPPORTED, &arc) ? -errno : 0;
}

static int call_last_error(int fd)
{
	struct vfio_device_mig_error error = { .argsz = sizeof(error) };

	return ioctl(fd, VFIO_DEVICE_MIG_LAST_ERROR, &error) ? -errno : 0;
}

static int call_feature(int fd, __u32 feature)
{
	__u64 data[8] = {};

	return feature_call(fd, VFIO_DEVICE_FEATURE_GET | feature, data,
			    sizeof(data));
}

static int call_get(int fd)
{
	return call_feature(fd, VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE);
}

static int call_features(int fd)
{
	return call_feature(fd, VFIO_DEVICE_FEATURE_MIGRATION);
}

static int call_size(int fd)
{
	return call_feature(fd, VFIO_DEVICE_FEATURE_MIG_DATA_SIZE);
}

static int call_reset(int fd)
{
	return ioctl(fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

/* The first of its BARs begins at 0. */
static int call_read(int fd)
{
	__u32 value;

	return pread(fd, &value, sizeof(value), EDU_LIVENESS) < 0 ? -errno : 0;
}

static int call_write(int fd)
{
	__u32 value = 0;

	return pwrite(fd, &value, sizeof(value), EDU_LIVENESS) < 0 ? -errno : 0;
}

TEST_F_TIMEOUT(sweep, calls_say_so_and_change_nothing, 120)
{
	/* And how often they copy; the rest VFIO's core copies for them. */
	static const struct {
		int (*call)(int fd);
		unsigned int copies;
	} calls[] = {
		{ call_probe, 2 },
		{ call_last_error, 2 },
		{ call_get, 0 },
		{ call_features, 0 },
		{ call_size, 0 },
		{ call_reset, 0 },
		{ call_read, 1 },
		{ call_write, 1 },
	};
	unsigned int i, nth;
	bool failed;
	int ret;

	ASSERT_EDU(&self->scene.edu, prepare(&self->scene, VFIO_MIG_RUNNING));
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		failed = true;
		for (nth = 1; failed && nth < INJECT_MOST; nth++) {
			inject_begin(nth);
			ret = calls[i].call(vfiomig_fd(self->scene.edu.dev));
			failed = inject_end();
			EXPECT_TRUE(!ret || (failed && inject_excuses(ret))) {
				TH_LOG("call %u, failure %u: %d", i, nth, ret);
			}
			EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->scene.edu));
		}
		EXPECT_LT(calls[i].copies + 1, nth);
		EXPECT_GT(INJECT_MOST, nth);
	}
}

TEST_F_TIMEOUT(sweep, precopy_info_says_so, 120)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };
	bool failed = true;
	unsigned int nth;
	int ret;

	ASSERT_EDU(&self->scene.edu, prepare(&self->scene, VFIO_MIG_PRE_COPY));
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		inject_begin(nth);
		ret = ioctl(self->scene.data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info) ?
		      -errno : 0;
		failed = inject_end();
		EXPECT_EQ(failed ? -EFAULT : 0, ret);
		EXPECT_EQ(VFIO_MIG_PRE_COPY, state_of(&self->scene.edu));
	}
	/* In, and out. */
	EXPECT_EQ(4, nth);
}

/* ---- DMA logging ---- */

static int start_log(int fd)
{
	static const struct vfio_device_feature_dma_logging_range range = {
		.iova = EDU_MEMORY_IOVA,
		.length = EDU_MEMORY_SIZE,
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = 4096,
		.num_ranges = 1,
		.ranges = (uintptr_t)&range,
	};

	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_START, &control,
			    sizeof(control));
}

static int stop_log(int fd)
{
	return feature_call(fd, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
}

/* One that could not be started can be; one that runs, STOP ends. */
TEST_F_TIMEOUT(sweep, log_starts_after_a_start_that_fails, 120)
{
	int fd = vfiomig_fd(self->scene.edu.dev), ret;
	bool failed = true;
	unsigned int nth;

	ASSERT_EDU(&self->scene.edu, prepare(&self->scene, VFIO_MIG_RUNNING));
	ret = start_log(fd);
	if (ret == -ENOTTY)
		SKIP(return, "this kernel's vfio has no DMA logging");
	ASSERT_EQ(0, ret);
	ASSERT_EQ(0, stop_log(fd));
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		inject_begin(nth);
		ret = start_log(fd);
		failed = inject_end();
		EXPECT_TRUE(!ret || (failed && ret == -ENOMEM));
		EXPECT_EQ(ret ? -EINVAL : 0, stop_log(fd));
	}
	EXPECT_LT(2, nth);
	EXPECT_GT(INJECT_MOST, nth);
	EXPECT_EQ(0, device_works(&self->scene.edu));
}

/* ---- netlink ---- */

TEST_F_TIMEOUT(sweep, netlink_answers_after_an_answer_that_fails, 120)
{
	struct told_device devices[TOLD_DEVICES], device;
	bool failed = true;
	unsigned int nth;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		inject_begin(nth);
		ask_device(self->scene.bdf, &device);
		ask_all(devices);
		failed = inject_end();
		EXPECT_EQ(0, ask_device(self->scene.bdf, &device));
		EXPECT_LT(0, ask_all(devices));
	}
	EXPECT_LT(3, nth);
	EXPECT_GT(INJECT_MOST, nth);
}

int main(int argc, char **argv)
{
	return inject_main(argc, argv, test_harness_run);
}
