// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on demand: each knob is seen to work, to be shown, and to be gone when
 * it was cleared.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "uapi/linux/vfio_mig.h"

#define HEADER	sizeof(struct vfio_mig_stream_header)
#define FRAME	sizeof(struct vfio_mig_frame)

/* Longer than anything here takes, and as long as a delay can be. */
#define LONG_MS	60000

FIXTURE(faults)
{
	struct edu edu;
	struct edu dst;
	struct stream stream;
};

FIXTURE_SETUP(faults)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, &self->dst));
}

FIXTURE_TEARDOWN(faults)
{
	clear_faults(&self->edu);
	edu_close(&self->dst);
	edu_close(&self->edu);
}

static bool is_shown(struct edu *edu, const char *knob, const char *expected)
{
	char text[256] = "";

	return !get_knob(edu, knob, text, sizeof(text)) &&
	       !strcmp(text, expected);
}

static __u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

static __u64 dirty_bytes(int data_fd)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };

	return ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info) ?
	       ~0ull : info.dirty_bytes;
}

/* ---- all of them ---- */

static int is_off(struct edu *edu, const char *knob)
{
	char path[128], text[256];
	struct stat stat_;

	snprintf(path, sizeof(path), "/sys/kernel/debug/vfio_mig/%s/%s",
		 edu->bdf, knob);
	if (stat(path, &stat_) || (stat_.st_mode & 0777) != 0600 ||
	    stat_.st_uid)
		return -EPERM;
	return get_knob(edu, knob, text, sizeof(text)) ?: text[0];
}

TEST_F(faults, all_are_off_at_first_and_for_root_only)
{
	EXPECT_EQ(0, each_knob(&self->edu, is_off));
}

static int arm_any(struct edu *edu, const char *knob)
{
	static const char * const texts[] = {
		"STOP STOP_COPY 5", "STOP STOP_COPY", "4097", "50"
	};
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!set_knob(edu, knob, texts[i]))
			return is_off(edu, knob) ? 0 : -ENODATA;
	return -EINVAL;
}

TEST_F(faults, what_is_cleared_is_off)
{
	ASSERT_EQ(0, each_knob(&self->edu, arm_any));
	ASSERT_EQ(0, clear_faults(&self->edu));
	EXPECT_EQ(0, each_knob(&self->edu, is_off));
	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
}

TEST_F(faults, one_device_is_not_the_other)
{
	ASSERT_EQ(0, set_knob(&self->edu, "error_arc", "RUNNING RUNNING_P2P"));
	EXPECT_EQ(0, each_knob(&self->dst, is_off));
	EXPECT_EQ(0, set_state(&self->dst, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(-EIO, set_state(&self->edu, VFIO_MIG_STOP, NULL));
}

static const struct {
	const char *knob;
	const char *text;
	int error;
} wrong[] = {
	{ "fail_arc", "", EINVAL },
	{ "fail_arc", "RUNNING RUNNING_P2P", EINVAL },
	{ "fail_arc", "RUNNING RUNNING_P2P 5 1 1", EINVAL },
	{ "fail_arc", "RUNNING STOP 5", EINVAL },
	{ "fail_arc", "RUNNING NONSENSE 5", EINVAL },
	{ "fail_arc", "RUNNING RUNNING_P2P 0", ERANGE },
	{ "fail_arc", "RUNNING RUNNING_P2P 4096", ERANGE },
	{ "fail_arc", "RUNNING RUNNING_P2P 5 0", ERANGE },
	{ "fail_arc", "RUNNING RUNNING_P2P five", EINVAL },
	{ "error_arc", "STOP RUNNING", EINVAL },
	{ "error_arc", "RUNNING RUNNING_P2P 0", ERANGE },
	{ "delay_arc", "RUNNING RUNNING_P2P", EINVAL },
	{ "delay_arc", "RUNNING RUNNING_P2P 0", ERANGE },
	{ "delay_arc", "RUNNING RUNNING_P2P 60001", ERANGE },
	{ "dirty_rate", "0", ERANGE },
	{ "dirty_rate", "-1", EINVAL },
	{ "dirty_rate", "1099511627777", ERANGE },
	{ "short_save", "x", EINVAL },
	{ "short_save", "1 2", EINVAL },
	{ "short_save", "18446744073709551616", ERANGE },
	{ "stuck_dirty", "0", ERANGE },
	{ "stuck_dirty", "1x", EINVAL },
};

TEST_F(faults, what_cannot_be_is_refused_and_changes_nothing)
{
	unsigned int i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		EXPECT_EQ(-wrong[i].error, set_knob(&self->edu, wrong[i].knob,
						    wrong[i].text)) {
			TH_LOG("%s: %s", wrong[i].knob, wrong[i].text);
		}
		EXPECT_EQ(0, is_off(&self->edu, wrong[i].knob));
	}
}

/* ---- fail_arc ---- */

TEST_F(faults, arc_fails_the_nth_time_and_once)
{
	struct edu *edu = &self->edu;
	unsigned int i;

	ASSERT_EQ(0, set_knob(edu, "fail_arc", "RUNNING RUNNING_P2P 55 3"));
	EXPECT_TRUE(is_shown(edu, "fail_arc", "RUNNING RUNNING_P2P 55 3\n"));
	for (i = 1; i < 6; i++) {
		EXPECT_EQ(i == 3 ? -55 : 0,
			  set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
		EXPECT_EQ(i == 3 ? VFIO_MIG_RUNNING : VFIO_MIG_RUNNING_P2P,
			  state_of(edu));
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
		EXPECT_TRUE(is_shown(edu, "fail_arc", i >= 3 ? "" : i == 1 ?
				     "RUNNING RUNNING_P2P 55 2\n" :
				     "RUNNING RUNNING_P2P 55 1\n"));
	}
}

/* ---- error_arc ---- */

TEST_F(faults, arc_ends_in_error_which_a_reset_leaves)
{
	struct edu *edu = &self->edu;
	struct vfio_device_mig_error last;

	ASSERT_EQ(0, set_knob(edu, "error_arc", "RUNNING_P2P STOP"));
	EXPECT_TRUE(is_shown(edu, "error_arc", "RUNNING_P2P STOP 1\n"));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(VFIO_MIG_ERROR, state_of(edu));
	ASSERT_EQ(0, vfiomig_last_error(edu->dev, &last));
	EXPECT_EQ(VFIO_MIG_RUNNING_P2P, last.from);
	EXPECT_EQ(VFIO_MIG_STOP, last.to);
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_shown(edu, "error_arc", ""));

	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_EQ(0, device_works(edu));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
}

TEST_F(faults, error_ends_the_session)
{
	struct edu *edu = &self->edu;
	int data_fd;

	ASSERT_EQ(0, set_knob(edu, "error_arc", "RESUMING STOP 2"));
	ASSERT_EQ(0, set_state(&self->dst, VFIO_MIG_RUNNING_P2P, NULL));
	ASSERT_EQ(0, save_and_stop(&self->dst, &self->stream));
	ASSERT_EQ(0, load_and_stop(edu, self->stream.bytes, self->stream.size,
				   1000));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RESUMING, &data_fd));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(VFIO_MIG_ERROR, state_of(edu));
	EXPECT_EQ(-ENODEV, write_all(data_fd, self->stream.bytes, 1, 1));
	close(data_fd);
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(0, device_works(edu));
}

/* ---- delay_arc ---- */

TEST_F(faults, arc_is_delayed_each_time)
{
	struct edu *edu = &self->edu;
	unsigned int i;
	__u64 start;

	ASSERT_EQ(0, set_knob(edu, "delay_arc", "RUNNING RUNNING_P2P 300"));
	EXPECT_TRUE(is_shown(edu, "delay_arc", "RUNNING RUNNING_P2P 300\n"));
	for (i = 0; i < 2; i++) {
		start = now_ms();
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
		EXPECT_LE(299, now_ms() - start);
		ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	}
}

/* Until its kernel stack says that it is. */
static void wait_until_delayed(int pid, int tid)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	char path[64], line[256];
	bool delayed = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", pid, tid);
	while (!delayed) {
		nanosleep(&pause, NULL);
		file = fopen(path, "r");
		if (!file)
			continue;
		while (fgets(line, sizeof(line), file))
			delayed |= !!strstr(line, "vfio_mig_fault_arc");
		fclose(file);
	}
}

struct stopper {
	struct edu *edu;
	int tid;
	int ret;
};

static void *stop_it(void *arg)
{
	struct stopper *stopper = arg;

	__atomic_store_n(&stopper->tid, gettid(), __ATOMIC_SEQ_CST);
	stopper->ret = set_state(stopper->edu, VFIO_MIG_STOP, NULL);
	return NULL;
}

TEST_F_TIMEOUT(faults, delay_ends_when_it_is_cleared, 120)
{
	struct stopper stopper = { .edu = &self->edu };
	__u64 start = now_ms();
	pthread_t thread;

	ASSERT_EQ(0, set_knob(&self->edu, "delay_arc", "RUNNING_P2P STOP 60000"));
	ASSERT_EQ(0, pthread_create(&thread, NULL, stop_it, &stopper));
	while (!__atomic_load_n(&stopper.tid, __ATOMIC_SEQ_CST))
		sched_yield();
	wait_until_delayed(getpid(), stopper.tid);
	ASSERT_EQ(0, set_knob(&self->edu, "delay_arc", "clear"));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, stopper.ret);
	EXPECT_GT(LONG_MS, now_ms() - start);
	EXPECT_EQ(VFIO_MIG_STOP, state_of(&self->edu));
}

/*
 * The transition ends or is undone: edu gives up, too, if it is killed while it
 * waits for its factorial.
 */
TEST_F_TIMEOUT(faults, who_waits_for_a_delay_can_be_killed, 120)
{
	__u64 start = now_ms();
	int pid, state;

	ASSERT_EQ(0, set_knob(&self->edu, "delay_arc", "RUNNING_P2P STOP 60000"));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		set_state(&self->edu, VFIO_MIG_STOP, NULL);
		_exit(0);
	}
	wait_until_delayed(pid, pid);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_GT(LONG_MS, now_ms() - start);
	state = state_of(&self->edu);
	EXPECT_TRUE(state == VFIO_MIG_STOP || state == VFIO_MIG_RUNNING)
		TH_LOG("state %d", state);
	ASSERT_EQ(0, set_knob(&self->edu, "delay_arc", "clear"));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, device_works(&self->edu));
}

/* ---- dirty_rate ---- */

TEST_F_TIMEOUT(faults, device_is_dirtied_until_it_stops, 120)
{
	struct pollfd pollfd = { .events = POLLIN };
	struct edu *edu = &self->edu;
	int i;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, set_knob(edu, "dirty_rate", "1000000"));
	EXPECT_TRUE(is_shown(edu, "dirty_rate", "1000000\n"));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &pollfd.fd));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(-ENOMSG, read_more(pollfd.fd, &self->stream));
		EXPECT_EQ(1, poll(&pollfd, 1, LONG_MS));
		EXPECT_EQ(FRAME + EDU_BUFFER_SIZE, dirty_bytes(pollfd.fd));
	}
	EXPECT_LE(5 * EDU_BUFFER_SIZE, self->stream.size);

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(0, read_more(pollfd.fd, &self->stream));
	close(pollfd.fd);
	ASSERT_EQ(0, load_and_stop(&self->dst, self->stream.bytes,
				   self->stream.size, 1000));
	EXPECT_TRUE(is_marked(&self->dst));
}

TEST_F_TIMEOUT(faults, device_is_dirtied_no_more_once_cleared, 120)
{
	struct pollfd pollfd = { .events = POLLIN };
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, set_knob(edu, "dirty_rate", "0x10000000000"));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &pollfd.fd));
	EXPECT_EQ(-ENOMSG, read_more(pollfd.fd, &self->stream));
	EXPECT_EQ(1, poll(&pollfd, 1, LONG_MS));
	ASSERT_EQ(0, set_knob(edu, "dirty_rate", "clear"));
	EXPECT_EQ(-ENOMSG, read_more(pollfd.fd, &self->stream));
	/* Many times as long as it took to be dirtied. */
	EXPECT_EQ(0, poll(&pollfd, 1, 300));
	EXPECT_EQ(0, dirty_bytes(pollfd.fd));
	close(pollfd.fd);
}

/* ---- short_save ---- */

TEST_F(faults, stream_that_ends_short_is_refused)
{
	size_t whole, sizes[] = { 0, 1, HEADER, HEADER + 1, 0, 0 };
	struct edu *edu = &self->edu;
	char text[32];
	unsigned int i;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, save_and_stop(edu, &self->stream));
	whole = self->stream.size;
	sizes[4] = whole / 2;
	sizes[5] = whole - 1;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		snprintf(text, sizeof(text), "%zu\n", sizes[i]);
		ASSERT_EQ(0, set_knob(edu, "short_save", text));
		EXPECT_TRUE(is_shown(edu, "short_save", text));
		ASSERT_EQ(0, save_and_stop(edu, &self->stream));
		EXPECT_EQ(sizes[i], self->stream.size);
		EXPECT_GT(0, load_and_stop(&self->dst, self->stream.bytes,
					   self->stream.size, 1000));
		ASSERT_EDU(&self->dst, vfiomig_reset(self->dst.dev,
						     &self->dst.error));
	}
	ASSERT_EQ(0, set_knob(edu, "short_save", "clear"));
	ASSERT_EQ(0, save_and_stop(edu, &self->stream));
	EXPECT_EQ(whole, self->stream.size);
	EXPECT_EQ(0, load_and_stop(&self->dst, self->stream.bytes, whole,
				   1000));
}

TEST_F(faults, short_pre_copy_has_nothing_more_to_say)
{
	struct pollfd pollfd = { .events = POLLIN };
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, set_knob(edu, "short_save", "1000"));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &pollfd.fd));
	EXPECT_EQ(-ENOMSG, read_more(pollfd.fd, &self->stream));
	EXPECT_EQ(1000, self->stream.size);
	EXPECT_EQ(0, poll(&pollfd, 1, 0));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(0, read_more(pollfd.fd, &self->stream));
	EXPECT_EQ(1000, self->stream.size);
	close(pollfd.fd);
}

/* ---- stuck_dirty ---- */

TEST_F(faults, dirty_bytes_are_stuck)
{
	struct edu *edu = &self->edu;
	int data_fd;

	ASSERT_EQ(0, set_knob(edu, "stuck_dirty", "100000"));
	EXPECT_TRUE(is_shown(edu, "stuck_dirty", "100000\n"));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(100000, dirty_bytes(data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	EXPECT_EQ(100000, dirty_bytes(data_fd));
	ASSERT_EQ(0, set_knob(edu, "stuck_dirty", "1"));
	EXPECT_EQ(1, dirty_bytes(data_fd));
	ASSERT_EQ(0, set_knob(edu, "stuck_dirty", "clear"));
	EXPECT_EQ(0, dirty_bytes(data_fd));
	close(data_fd);
}

TEST_HARNESS_MAIN
