// SPDX-License-Identifier: GPL-2.0
/*
 * Who is killed while a device takes its time: on an arc, on its way back, or
 * while he waits for somebody else's; and who need not wait for that.  And an arc
 * that cannot take back what it has done.  The device is a driver of the tests'
 * own, which waits where it is told to.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"
#include "stub.h"
#include "uapi/linux/vfio_mig.h"

FIXTURE(killed)
{
	struct edu edu;
	struct stream stream;
	pid_t child;
};

FIXTURE_SETUP(killed)
{
	int ret = stub_open(&self->edu);

	if (ret == -ENOPKG)
		SKIP(return, "there are no modules for tests");
	ASSERT_EDU(&self->edu, ret);
}

FIXTURE_TEARDOWN(killed)
{
	stub_set("hold", "none");
	if (self->child > 0) {
		kill(self->child, SIGKILL);
		waitpid(self->child, NULL, 0);
	}
	if (self->edu.dev)
		clear_faults(&self->edu);
	stub_close(&self->edu);
}

/* A child that sets @state, and waits for the device where that is told to. */
static pid_t set_in_child(struct edu *edu, uint32_t state)
{
	long before = stub_count("held");
	pid_t child = fork();

	if (!child)
		_exit(-set_state(edu, state, NULL) & 0xff);
	if (child > 0)
		stub_wait_for_holder(before);
	return child;
}

/* What it dies of; 0 if it lives. */
static int signal_of(pid_t *child)
{
	pid_t pid = *child;
	int status;

	*child = 0;
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return 0;
	return WTERMSIG(status);
}

/* ---- arcs ---- */

TEST_F(killed, arc_that_gives_up_leaves_the_state)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, stub_set("hold", "stop"));
	self->child = set_in_child(edu, VFIO_MIG_STOP);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kill(self->child, SIGKILL));
	EXPECT_EQ(SIGKILL, signal_of(&self->child));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	ASSERT_EQ(0, stub_set("hold", "none"));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
}

/* It is killed on the way back, and the device is to come back all the same. */
TEST_F(killed, way_back_is_not_given_up)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, fail_arc(edu, VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, 55, 1));
	ASSERT_EQ(0, stub_set("hold", "start"));
	self->child = set_in_child(edu, VFIO_MIG_STOP_COPY);
	ASSERT_LT(0, self->child);
	ASSERT_EQ(0, kill(self->child, SIGKILL));
	ASSERT_EQ(0, stub_set("hold", "none"));
	EXPECT_EQ(SIGKILL, signal_of(&self->child));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
}

/* ---- who waits for an arc of another ---- */

static int ask_state(struct edu *edu)
{
	return state_of(edu);
}

static int ask_size(struct edu *edu)
{
	__u64 size;

	return vfiomig_data_size(edu->dev, &size, &edu->error);
}

static int ask_set(struct edu *edu)
{
	return set_state(edu, VFIO_MIG_PRE_COPY, NULL);
}

static int ask_reset(struct edu *edu)
{
	return vfiomig_reset(edu->dev, &edu->error);
}

static int (* const waiters[])(struct edu *edu) = {
	ask_state, ask_size, ask_set, ask_reset,
};

/* Killed when it blocks; what it dies of. */
static int kill_waiter(int (*wait)(struct edu *edu), struct edu *edu)
{
	char path[64], state = 0;
	pid_t pid = fork();
	int status;
	FILE *file;

	if (!pid) {
		wait(edu);
		_exit(0);
	}
	if (pid < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != 'D' && state != 'Z') {
		file = fopen(path, "re");
		if (!file)
			return -1;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(file);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

TEST_F(killed, nobody_waits_for_the_arc_of_another)
{
	struct edu *edu = &self->edu;
	unsigned int i;

	ASSERT_EQ(0, stub_set("hold", "stop"));
	self->child = set_in_child(edu, VFIO_MIG_STOP);
	ASSERT_LT(0, self->child);
	for (i = 0; i < sizeof(waiters) / sizeof(*waiters); i++)
		EXPECT_EQ(SIGKILL, kill_waiter(waiters[i], edu))
			TH_LOG("waiter %u", i);
	/* The arc is not over; the reset comes when it is. */
	EXPECT_EQ(0, waitpid(self->child, NULL, WNOHANG));
	ASSERT_EQ(0, stub_set("hold", "none"));
	waitpid(self->child, NULL, 0);
	self->child = 0;
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
}

/* Neither its reader nor who would change it: the device is open. */
TEST_F(killed, property_waits_for_no_arc)
{
	char path[128], text[8] = "";
	FILE *file;

	device_file(path, sizeof(path), self->edu.bdf, "vfio_mig/p2p");
	ASSERT_EQ(0, stub_set("hold", "stop"));
	self->child = set_in_child(&self->edu, VFIO_MIG_STOP);
	ASSERT_LT(0, self->child);
	file = fopen(path, "re");
	ASSERT_NE(NULL, file);
	EXPECT_NE(NULL, fgets(text, sizeof(text), file));
	EXPECT_STREQ("1\n", text);
	fclose(file);
	EXPECT_EQ(-EBUSY, write_file(path, "0"));
	EXPECT_EQ(0, waitpid(self->child, NULL, WNOHANG));
}

/* ---- neither state ---- */

static void is_in_error(struct __test_metadata *_metadata, struct edu *edu)
{
	struct vfio_device_mig_error last;

	EXPECT_EQ(VFIO_MIG_ERROR, state_of(edu));
	ASSERT_EQ(0, vfiomig_last_error(edu->dev, &last));
	EXPECT_EQ(EIO, last.error);
	EXPECT_NE(NULL, strstr((char *)last.text, "neither state"));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, stub_set("fault", "none"));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
}

TEST_F(killed, arc_that_cannot_be_taken_back_ends_in_error)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, stub_set("fault", "stop_is_lost"));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP, NULL));
	is_in_error(_metadata, edu);
}

TEST_F(killed, error_ends_the_session_that_was_opened)
{
	struct edu *edu = &self->edu;
	int data_fd;

	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &data_fd));
	ASSERT_EQ(0, stub_set("fault", "stop_is_lost"));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(-ENODEV, read_more(data_fd, &self->stream));
	close(data_fd);
	is_in_error(_metadata, edu);
}

/* The first failure is what the SET returns, and the state what came of it. */
TEST_F(killed, way_back_that_is_lost_ends_in_error)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, fail_arc(edu, VFIO_MIG_STOP, VFIO_MIG_STOP_COPY, 55, 1));
	ASSERT_EQ(0, stub_set("fault", "start_is_lost"));
	EXPECT_EQ(-55, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(VFIO_MIG_ERROR, state_of(edu));
}

TEST_F(killed, reset_that_is_lost_ends_in_error)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, stub_set("fault", "reset_is_lost"));
	EXPECT_EQ(-EIO, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(VFIO_MIG_ERROR, state_of(edu));
	ASSERT_EQ(0, stub_set("fault", "none"));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
}

TEST_HARNESS_MAIN
