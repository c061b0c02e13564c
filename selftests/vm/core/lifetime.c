// SPDX-License-Identifier: GPL-2.0
/*
 * A data file may outlive its session, its device and its driver's hold on
 * that; and it may be in use while any of them ends.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "slow.h"
#include "threads.h"

#define ROUNDS		300

/* On the root bus, where opening takes no reset of a bus. */
FIXTURE(lifetime)
{
	struct edu edu;
	char bdf[64];
	int data_fd;
};

FIXTURE_VARIANT(lifetime)
{
	unsigned int state;
};

FIXTURE_VARIANT_ADD(lifetime, saving) { .state = VFIO_MIG_STOP_COPY };
FIXTURE_VARIANT_ADD(lifetime, loading) { .state = VFIO_MIG_RESUMING };

FIXTURE_SETUP(lifetime)
{
	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	ASSERT_EQ(0, set_state(&self->edu, variant->state, &self->data_fd));
}

FIXTURE_TEARDOWN(lifetime)
{
	edu_close(&self->edu);
}

/* What the file is good for: bytes, or 0 at the end, or -errno. */
static int use(int data_fd, unsigned int state)
{
	uint8_t bytes[16] = {};
	ssize_t ret;

	ret = state == VFIO_MIG_STOP_COPY ?
	      read(data_fd, bytes, sizeof(bytes)) :
	      write(data_fd, bytes, sizeof(bytes));
	return ret < 0 ? -errno : ret;
}

static void is_over(struct __test_metadata *_metadata, int data_fd,
		    unsigned int state)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN | POLLOUT };

	EXPECT_EQ(-ENODEV, use(data_fd, state));
	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_EQ(POLLERR | POLLHUP, pollfd.revents);
}

TEST_F_TIMEOUT(lifetime, closing_the_device_ends_the_session, 120)
{
	edu_close(&self->edu);
	is_over(_metadata, self->data_fd, variant->state);

	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
	EXPECT_TRUE(is_blank(&self->edu));
	is_over(_metadata, self->data_fd, variant->state);
	EXPECT_EQ(0, device_works(&self->edu));
	close(self->data_fd);
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
}

TEST_F_TIMEOUT(lifetime, file_outlives_the_driver, 120)
{
	struct vfiomig_error *error = &self->edu.error;

	edu_close(&self->edu);
	ASSERT_EDU(&self->edu, leave_driver(self->bdf, error));
	is_over(_metadata, self->data_fd, variant->state);
	ASSERT_EDU(&self->edu, return_to_driver(self->bdf, error));
	is_over(_metadata, self->data_fd, variant->state);
	close(self->data_fd);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
}

TEST_F_TIMEOUT(lifetime, last_file_is_closed_without_driver, 120)
{
	struct vfiomig_error *error = &self->edu.error;

	edu_close(&self->edu);
	ASSERT_EDU(&self->edu, leave_driver(self->bdf, error));
	EXPECT_EQ(0, close(self->data_fd));
	ASSERT_EDU(&self->edu, return_to_driver(self->bdf, error));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
}

TEST_F_TIMEOUT(lifetime, device_opens_again_and_again, 120)
{
	unsigned int i;
	int fds = 0;

	for (i = 0; i < 30; i++) {
		close(self->data_fd);
		edu_close(&self->edu);
		EXPECT_EQ(i ? fds : count_fds(), count_fds());
		fds = count_fds();
		ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
		ASSERT_EQ(0, set_state(&self->edu, variant->state,
				       &self->data_fd));
	}
	close(self->data_fd);
}

/* The child's use of the file, as its exit status. */
static int use_in_child(int data_fd, unsigned int state)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(-use(data_fd, state) & 0xff);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return WEXITSTATUS(status);
}

TEST_F(lifetime, child_uses_the_same_file)
{
	/* Both take bytes: so few are not looked at yet. */
	EXPECT_EQ(-16 & 0xff, use_in_child(self->data_fd, variant->state));
	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev, &self->edu.error));
	EXPECT_EQ(ENODEV, use_in_child(self->data_fd, variant->state));
	close(self->data_fd);
}

/* ---- at the same time ---- */

/**
 * struct user - a thread that uses each session's file until it is over
 * @meet: Where it waits for the next file, and says that it is done.
 * @data_fd: The file, or -1 to end.
 * @state: What it is for.
 * @polls: Polls instead.
 * @uses: How often it was good for something.
 * @odd: An errno that cannot be, or 0.
 */
struct user {
	pthread_barrier_t meet;
	int data_fd;
	unsigned int state;
	bool polls;
	unsigned int uses;
	int odd;
};

static int poll_once(int data_fd)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN | POLLOUT };

	if (poll(&pollfd, 1, -1) != 1)
		return -EINVAL;
	return pollfd.revents & POLLHUP ? -ENODEV : 0;
}

static int use_until_over(struct user *user)
{
	int ret;

	for (;;) {
		ret = user->polls ? poll_once(user->data_fd) :
				    use(user->data_fd, user->state);
		if (ret == -ENODEV)
			return 0;
		/* Zeroes are no stream. */
		if (ret < 0 && (user->state == VFIO_MIG_STOP_COPY ||
				ret != -EINVAL))
			return -ret;
		user->uses++;
	}
}

static void *run_user(void *ctx)
{
	struct user *user = ctx;
	int odd;

	for (;;) {
		pthread_barrier_wait(&user->meet);
		if (user->data_fd < 0)
			return NULL;
		odd = use_until_over(user);
		if (odd)
			user->odd = odd;
		pthread_barrier_wait(&user->meet);
	}
}

/* By close, by a transition (which a load without a stream fails), by reset. */
static int end_session(struct edu *edu, unsigned int round, unsigned int state)
{
	int ret;

	if (round % 8 == 0) {
		edu_close(edu);
		return 0;
	}
	if (round % 8 < 5) {
		ret = set_state(edu, VFIO_MIG_STOP, NULL);
		if (!ret || state == VFIO_MIG_STOP_COPY)
			return ret;
	}
	return vfiomig_reset(edu->dev, &edu->error);
}

static void race(struct __test_metadata *_metadata, struct edu *edu,
		 const char *bdf, struct user *user)
{
	unsigned int round;
	pthread_t thread;

	ASSERT_EQ(0, pthread_barrier_init(&user->meet, NULL, 2));
	ASSERT_EQ(0, pthread_create(&thread, NULL, run_user, user));
	for (round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&user->meet);
		ASSERT_EDU(edu, end_session(edu, round, user->state));
		pthread_barrier_wait(&user->meet);
		close(user->data_fd);
		if (!edu->dev)
			ASSERT_EDU(edu, edu_open(edu, bdf));
		ASSERT_EQ(0, set_state(edu, user->state, &user->data_fd));
		ASSERT_LE(0, user->data_fd);
	}
	close(user->data_fd);
	user->data_fd = -1;
	pthread_barrier_wait(&user->meet);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, user->odd);
	EXPECT_LT(0, user->uses);
}

TEST_F_TIMEOUT(lifetime, session_ends_while_its_file_is_used, 300)
{
	struct user user = {
		.data_fd = self->data_fd, .state = variant->state,
	};

	race(_metadata, &self->edu, self->bdf, &user);
}

/* Nothing but the end of the session can end this wait. */
static void *wait_for_end(void *ctx)
{
	struct pollfd pollfd = { .fd = *(int *)ctx };

	poll(&pollfd, 1, -1);
	return (void *)(long)pollfd.revents;
}

TEST_F(lifetime, end_of_a_session_wakes_who_waits_for_it)
{
	unsigned int round;
	pthread_t thread;
	void *revents;

	for (round = 0; round < 3; round++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_end,
					    &self->data_fd));
		ASSERT_EDU(&self->edu, end_session(&self->edu, 2 * round,
						   variant->state));
		ASSERT_EQ(0, pthread_join(thread, &revents));
		EXPECT_EQ(POLLERR | POLLHUP, (long)revents);
		close(self->data_fd);
		if (!self->edu.dev)
			ASSERT_EDU(&self->edu, edu_open(&self->edu,
							self->bdf));
		ASSERT_EQ(0, set_state(&self->edu, variant->state,
				       &self->data_fd));
	}
}

TEST_F_TIMEOUT(lifetime, session_ends_while_its_file_is_polled, 300)
{
	struct user user = {
		.data_fd = self->data_fd, .state = variant->state,
		.polls = true,
	};

	race(_metadata, &self->edu, self->bdf, &user);
}

/* ---- a user whose memory does not answer ---- */

static ssize_t slow_read(struct slow *slow)
{
	return read(slow->fd, slow->page, SLOW_BYTES);
}

static ssize_t slow_write(struct slow *slow)
{
	return write(slow->fd, slow->page, SLOW_BYTES);
}

static ssize_t slow_info(struct slow *slow)
{
	return ioctl(slow->fd, VFIO_MIG_GET_PRECOPY_INFO, slow->page);
}

#define SLOW(self, state) {						\
	.fd = (self)->data_fd,						\
	.use = (state) == VFIO_MIG_STOP_COPY ? slow_read : slow_write,	\
}

/* Whatever else there is to ask, of the device and of the file. */
static void answers(struct __test_metadata *_metadata, struct edu *edu,
		    int data_fd, unsigned int state)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN | POLLOUT };
	__u64 features, size;

	EXPECT_EQ(state, state_of(edu));
	EXPECT_EQ(-EINVAL, set_state(edu, VFIO_MIG_ERROR, NULL));
	EXPECT_EQ(0, vfiomig_features(edu->dev, &features, &edu->error));
	EXPECT_EQ(0, vfiomig_data_size(edu->dev, &size, &edu->error));
	EXPECT_EQ(1, poll(&pollfd, 1, -1));
}

TEST_F(lifetime, user_who_waits_for_his_memory_holds_up_nobody)
{
	struct slow slow = SLOW(self, variant->state);

	ASSERT_EQ(0, slow_begin(&slow));
	answers(_metadata, &self->edu, self->data_fd, variant->state);
	EXPECT_EQ(0, slow_end(&slow));
	/* Zeros are no stream. */
	EXPECT_TRUE(variant->state == VFIO_MIG_STOP_COPY ?
		    slow.result > 0 : slow.result == -EINVAL);
}

/* A load of nothing fails, after it has looked at what there is. */
TEST_F(lifetime, transition_waits_for_no_user)
{
	struct slow slow = SLOW(self, variant->state);
	bool saving = variant->state == VFIO_MIG_STOP_COPY;

	ASSERT_EQ(0, slow_begin(&slow));
	EXPECT_EQ(saving ? 0 : -ENODATA,
		  set_state(&self->edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(saving ? VFIO_MIG_STOP : VFIO_MIG_RESUMING,
		  state_of(&self->edu));
	EXPECT_EQ(0, slow_end(&slow));
	if (!saving)
		return;
	EXPECT_LT(0, slow.result);
	is_over(_metadata, self->data_fd, variant->state);
}

TEST_F(lifetime, progress_is_asked_for_under_no_lock)
{
	struct slow slow = { .use = slow_info };
	struct edu *edu = &self->edu;

	close(self->data_fd);
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &self->data_fd));
	slow.fd = self->data_fd;
	ASSERT_EQ(0, slow_begin(&slow));
	answers(_metadata, edu, self->data_fd, VFIO_MIG_PRE_COPY);
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, slow_end(&slow));
	/* An argsz of 0. */
	EXPECT_EQ(-EINVAL, slow.result);
}

/* What was read is from before the reset, and nothing more of it comes. */
TEST_F(lifetime, reset_waits_for_no_user)
{
	struct slow slow = SLOW(self, variant->state);
	__u64 whole;

	ASSERT_EDU(&self->edu, vfiomig_data_size(self->edu.dev, &whole,
						 &self->edu.error));
	ASSERT_GT(SLOW_BYTES, whole);
	ASSERT_EQ(0, slow_begin(&slow));
	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev, &self->edu.error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
	ASSERT_EQ(0, slow_end(&slow));
	if (variant->state == VFIO_MIG_STOP_COPY) {
		EXPECT_LT(0, slow.result);
		EXPECT_GT(whole, slow.result);
	} else {
		EXPECT_EQ(-ENODEV, slow.result);
	}
	is_over(_metadata, self->data_fd, variant->state);
}

/* By another driver, too: it is not in use any more. */
TEST_F_TIMEOUT(lifetime, closing_waits_for_no_user, 120)
{
	struct slow slow = SLOW(self, variant->state);
	struct vfiomig_error *error = &self->edu.error;

	ASSERT_EQ(0, slow_begin(&slow));
	edu_close(&self->edu);
	ASSERT_EDU(&self->edu, leave_driver(self->bdf, error));
	ASSERT_EDU(&self->edu, return_to_driver(self->bdf, error));
	EXPECT_EQ(0, slow_end(&slow));
	EXPECT_TRUE(variant->state == VFIO_MIG_STOP_COPY ?
		    slow.result > 0 : slow.result == -ENODEV);
	is_over(_metadata, self->data_fd, variant->state);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
}

/* A second one waits for the first, but not if he is killed. */
TEST_F(lifetime, who_waits_for_another_user_can_be_killed)
{
	struct slow slow = SLOW(self, variant->state);
	int status;
	pid_t pid;

	ASSERT_EQ(0, slow_begin(&slow));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		use(self->data_fd, variant->state);
		_exit(0);
	}
	wait_for_process(pid, BLOCKED);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, slow_end(&slow));
}

TEST_HARNESS_MAIN
