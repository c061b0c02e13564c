// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family's answers: they are what the device's user reads, they
 * come at any time, and only to those who may ask.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "mig_netlink.h"
#include "slow.h"
#include "threads.h"
#include "uapi/linux/vfio_mig.h"

#define NOBODY	65534

FIXTURE(asked)
{
	struct edu edu;
	char bdf[64];
	struct told_device told;
};

FIXTURE_SETUP(asked)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	snprintf(self->bdf, sizeof(self->bdf), "%s", self->edu.bdf);
}

FIXTURE_TEARDOWN(asked)
{
	clear_faults(&self->edu);
	edu_close(&self->edu);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

#define ASK() ASSERT_EQ(0, ask_device(self->bdf, &self->told))

TEST_F_TIMEOUT(asked, says_which_device_it_is, 120)
{
	const struct vfiomig_info *info = vfiomig_info(self->edu.dev);
	char path[600], name[32];
	__u64 features;

	ASK();
	EXPECT_STREQ(self->bdf, self->told.name);
	EXPECT_STREQ(is_software(self->bdf) ? "edu_mdev" : "edu_vfio_pci",
		     self->told.driver);
	EXPECT_EQ(info->group, self->told.group);
	snprintf(name, sizeof(name), "vfio%u", self->told.index);
	snprintf(path, sizeof(path), "%s/vfio-dev/%s", info->sysfs, name);
	EXPECT_EQ(0, access(path, F_OK)) { TH_LOG("%s", path); }
	ASSERT_EDU(&self->edu, vfiomig_features(self->edu.dev, &features,
						&self->edu.error));
	EXPECT_EQ(features, self->told.features);
}

TEST_F_TIMEOUT(asked, features_are_those_that_are_shown, 120)
{
	edu_close(&self->edu);
	ASSERT_EDU(&self->edu, open_with_states(&self->edu, false, true));
	ASK();
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_PRE_COPY,
		  self->told.features);
	close_and_show(&self->edu);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
}

TEST_F_TIMEOUT(asked, state_is_what_its_user_reads, 120)
{
	struct told_device before;
	unsigned int state;
	int data_fd;

	ASK();
	before = self->told;
	EXPECT_TRUE(before.open);
	for (state = VFIO_MIG_STOP; state < VFIO_MIG_NR_STATES; state++) {
		ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev,
						     &self->edu.error));
		ASSERT_EQ(0, go_to(&self->edu, state, &data_fd));
		ASK();
		EXPECT_EQ(state, self->told.state);
		EXPECT_EQ(state_of(&self->edu), self->told.state);
		close(data_fd);
	}
	/* All but RUNNING, which needed no SET. */
	EXPECT_EQ(before.transitions + 6, self->told.transitions);
	EXPECT_EQ(before.resets + 7, self->told.resets);
	EXPECT_EQ(before.failures, self->told.failures);
	/* Saving from three states, and loading. */
	EXPECT_EQ(before.sessions + 4, self->told.sessions);
	EXPECT_EQ(before.state_seq + 13, self->told.state_seq);
}

TEST_F_TIMEOUT(asked, time_in_a_state_begins_with_it, 120)
{
	uint64_t first, before, after;

	ASK();
	first = self->told.state_ns;
	ASK();
	EXPECT_LT(first, self->told.state_ns);
	before = now_ns();
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	after = now_ns();
	ASK();
	EXPECT_LE(self->told.state_ns, now_ns() - before);
	first = now_ns();
	ASK();
	EXPECT_GE(self->told.state_ns, first - after);
}

TEST_F_TIMEOUT(asked, bytes_are_those_that_were_moved, 120)
{
	struct told_device before;
	struct stream stream;

	ASK();
	before = self->told;
	ASSERT_EQ(0, save_and_stop(&self->edu, &stream));
	ASK();
	EXPECT_EQ(before.bytes_read + stream.size, self->told.bytes_read);
	EXPECT_EQ(stream.size, self->told.session_bytes);
	EXPECT_EQ(before.bytes_written, self->told.bytes_written);
	ASSERT_EQ(0, load_and_stop(&self->edu, stream.bytes, stream.size, 7));
	ASK();
	EXPECT_EQ(before.bytes_written + stream.size,
		  self->told.bytes_written);
	EXPECT_EQ(stream.size, self->told.session_bytes);
}

static ssize_t slow_read(struct slow *slow)
{
	return read(slow->fd, slow->page, SLOW_BYTES);
}

/* Its reader is told that he has read it. */
TEST_F_TIMEOUT(asked, what_is_copied_while_the_session_ends_counts, 120)
{
	struct slow slow = { .use = slow_read };
	struct told_device before;

	ASK();
	before = self->told;
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &slow.fd));
	ASSERT_EQ(0, slow_begin(&slow));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, slow_end(&slow));
	close(slow.fd);
	EXPECT_LT(0, slow.result);
	ASK();
	EXPECT_EQ(before.bytes_read + slow.result, self->told.bytes_read);
	EXPECT_EQ(slow.result, self->told.session_bytes);
}

TEST_F_TIMEOUT(asked, last_error_is_what_its_user_reads, 120)
{
	struct told_device before;
	struct vfio_device_mig_error last;

	ASK();
	before = self->told;
	EXPECT_EQ(0, before.last_error.error);
	ASSERT_EQ(0, fail_arc(&self->edu, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
			      ENOSPC, 1));
	ASSERT_EQ(-ENOSPC, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASK();
	ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
	EXPECT_EQ(ENOSPC, last.error);
	EXPECT_EQ(last.error, self->told.last_error.error);
	EXPECT_EQ(last.from, self->told.last_error.from);
	EXPECT_EQ(last.to, self->told.last_error.to);
	EXPECT_EQ(last.section, self->told.last_error.section);
	EXPECT_STREQ((char *)last.text, self->told.last_error.text);
	EXPECT_EQ(before.failures + 1, self->told.failures);
	EXPECT_EQ(before.error_seq + 1, self->told.error_seq);
	EXPECT_EQ(before.transitions, self->told.transitions);
	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev, &self->edu.error));
	ASK();
	EXPECT_EQ(0, self->told.last_error.error);
}

TEST_F_TIMEOUT(asked, closed_device_is_not_open, 120)
{
	edu_close(&self->edu);
	ASK();
	EXPECT_FALSE(self->told.open);
	EXPECT_EQ(VFIO_MIG_RUNNING, self->told.state);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	ASK();
	EXPECT_TRUE(self->told.open);
}

static bool has(const struct told_device *all, int count, const char *name)
{
	while (count-- > 0)
		if (!strcmp(all[count].name, name))
			return true;
	return false;
}

TEST_F_TIMEOUT(asked, dump_has_each_device_once, 120)
{
	struct told_device all[TOLD_DEVICES];
	int count, i, seen = 0;
	char other[64];

	ASSERT_EQ(0, edu_find(1, false, other, sizeof(other)));
	ASSERT_EQ(0, edu_bind(other, "edu_vfio_pci", NULL));
	ASK();
	count = ask_all(all);
	ASSERT_LE(2, count);
	EXPECT_TRUE(has(all, count, other));
	for (i = 0; i < count; i++) {
		if (strcmp(all[i].name, self->told.name))
			continue;
		seen++;
		EXPECT_LE(self->told.state_ns, all[i].state_ns);
		all[i].state_ns = self->told.state_ns;
		EXPECT_EQ(0, memcmp(&self->told, &all[i], sizeof(all[i])));
	}
	EXPECT_EQ(1, seen);
}

TEST_F(asked, nonsense_is_refused)
{
	EXPECT_EQ(-ENODEV, ask_device("0000:00:00.0", &self->told));
	EXPECT_EQ(-EINVAL, ask_nonsense(false));
	EXPECT_EQ(-EINVAL, ask_nonsense(true));
}

/* ---- at any time ---- */

/**
 * struct held - a transition that is held up half way
 * @edu: The device.
 * @setter: Sets STOP, which is delayed.
 * @tid: Its number.
 * @result: What the SET returned.
 */
struct held {
	struct edu *edu;
	pthread_t setter;
	atomic_int tid;
	int result;
};

static void *set_stop(void *ctx)
{
	struct held *held = ctx;

	atomic_store(&held->tid, gettid());
	held->result = set_state(held->edu, VFIO_MIG_STOP, NULL);
	return NULL;
}

/* If it waited for the transition, that would be over before. */
TEST_F_TIMEOUT(asked, answer_does_not_wait_for_a_transition, 60)
{
	struct edu *edu = &self->edu;
	struct held held = { .edu = edu, .tid = -1 };
	char bytes[64];
	int data_fd;

	ASSERT_EQ(0, set_knob(edu, "delay_arc", "STOP_COPY STOP 60000"));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_STOP_COPY, &data_fd));
	ASSERT_EQ(sizeof(bytes), read(data_fd, bytes, sizeof(bytes)));
	ASSERT_EQ(0, pthread_create(&held.setter, NULL, set_stop, &held));
	wait_for_thread(&held.tid, BLOCKED);

	ASK();
	EXPECT_EQ(VFIO_MIG_STOP_COPY, self->told.state);
	EXPECT_EQ(sizeof(bytes), self->told.session_bytes);

	EXPECT_EQ(0, clear_faults(edu));
	pthread_join(held.setter, NULL);
	EXPECT_EQ(0, held.result);
	ASK();
	EXPECT_EQ(VFIO_MIG_STOP, self->told.state);
	EXPECT_EQ(sizeof(bytes), self->told.session_bytes);
	close(data_fd);
}

/**
 * struct dumping - dumps, until told to stop
 * @there: A device that stays.
 * @stop: Told to.
 * @dumps: How many have been made.
 * @failed: How many of them failed, or lacked @there.
 */
struct dumping {
	const char *there;
	int stop;
	unsigned int dumps;
	unsigned int failed;
};

static void *dump_on(void *ctx)
{
	struct told_device all[TOLD_DEVICES];
	struct dumping *dumping = ctx;

	while (!__atomic_load_n(&dumping->stop, __ATOMIC_ACQUIRE)) {
		if (!has(all, ask_all(all), dumping->there))
			dumping->failed++;
		__atomic_add_fetch(&dumping->dumps, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

TEST_F_TIMEOUT(asked, devices_come_and_go_during_dumps, 240)
{
	struct dumping dumping = { .there = self->bdf };
	struct vfiomig_error error;
	pthread_t thread;
	unsigned int i;
	char bdf[64];

	ASSERT_EQ(0, edu_find(1, false, bdf, sizeof(bdf)));
	ASSERT_EQ(0, pthread_create(&thread, NULL, dump_on, &dumping));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, leave_driver(bdf, &error));
		EXPECT_EQ(-ENODEV, ask_device(bdf, &self->told));
		ASSERT_EQ(0, return_to_driver(bdf, &error));
		ASSERT_EQ(0, ask_device(bdf, &self->told));
	}
	__atomic_store_n(&dumping.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, dumping.failed);
	EXPECT_LT(0, dumping.dumps);
}

/* ---- only to those who may ---- */

static int as_nobody(const char *bdf)
{
	struct told_device all[TOLD_DEVICES];
	struct listener listener;
	int got;

	if (setresuid(NOBODY, NOBODY, NOBODY))
		return 1;
	got = ask_device(bdf, all);
	if (got != -EPERM)
		return 2;
	if (ask_all(all) != -EPERM)
		return 3;
	if (listen_to(&listener, "state progress error") != -EPERM)
		return 4;
	return listener.groups ? 5 : 0;
}

TEST_F(asked, nobody_without_privilege_is_told)
{
	pid_t pid;
	int status;

	ASK();
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(as_nobody(self->bdf));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) { TH_LOG("at %d", WEXITSTATUS(status)); }
}

static int elsewhere(const char *bdf)
{
	struct told_device told;

	if (unshare(CLONE_NEWNET))
		return 1;
	return ask_device(bdf, &told) == -ENOENT ? 0 : 2;
}

TEST_F(asked, other_network_namespaces_do_not_have_it)
{
	pid_t pid;
	int status;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(elsewhere(self->bdf));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) { TH_LOG("at %d", WEXITSTATUS(status)); }
}

TEST_HARNESS_MAIN
