// SPDX-License-Identifier: GPL-2.0
/*
 * One user after another: what the first leaves behind, other than in the device,
 * is of no use to anybody; and what only root may change.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio_mig.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define NOBODY	65534

FIXTURE(users)
{
	struct edu edu;
	char bdf[64];
};

FIXTURE_SETUP(users)
{
	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
}

FIXTURE_TEARDOWN(users)
{
	edu_close(&self->edu);
}

#define NEXT_USER(self) do {						\
	edu_close(&(self)->edu);					\
	ASSERT_EDU(&(self)->edu, edu_open(&(self)->edu, (self)->bdf));	\
} while (0)

TEST_F_TIMEOUT(users, last_error_is_not_told_to_the_next, 120)
{
	struct vfio_device_mig_error last;

	ASSERT_EQ(0, fail_arc(&self->edu, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
			      ENOSPC, 1));
	ASSERT_EQ(-ENOSPC, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
	ASSERT_EQ(ENOSPC, last.error);
	NEXT_USER(self);
	ASSERT_EQ(0, vfiomig_last_error(self->edu.dev, &last));
	EXPECT_EQ(0, last.error);
	EXPECT_EQ(0, last.section);
	EXPECT_STREQ("", (char *)last.text);
}

/* While the next user's session goes on, which takes no notice. */
TEST_F_TIMEOUT(users, old_file_reads_nothing_of_the_next, 120)
{
	uint8_t bytes[64], first;
	int old, new;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &old));
	NEXT_USER(self);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &new));
	ASSERT_EQ(1, read(new, &first, 1));
	EXPECT_EQ(-1, read(old, bytes, sizeof(bytes)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, close(old));
	EXPECT_LT(0, read(new, bytes, sizeof(bytes)));
	EXPECT_EQ(VFIO_MIG_STOP_COPY, state_of(&self->edu));
	close(new);
}

TEST_F_TIMEOUT(users, old_file_writes_nothing_to_the_next, 120)
{
	struct stream stream;
	int old, new;

	ASSERT_EQ(0, save_and_stop(&self->edu, &stream));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &old));
	NEXT_USER(self);
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &new));
	EXPECT_EQ(-1, write(old, "nonsense", 8));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, close(old));
	EXPECT_EQ(stream.size, write(new, stream.bytes, stream.size));
	EXPECT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	close(new);
}

/* ---- what only root may change ---- */

static int as_nobody(const char *path)
{
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return 1;
	if (open(path, O_WRONLY) >= 0)
		return 2;
	return errno == EACCES ? 0 : 3;
}

static int nobody_may_write(const char *path)
{
	struct stat stat_of;
	int status;
	pid_t pid;

	if (stat(path, &stat_of))
		return 4;
	pid = fork();
	if (pid < 0)
		return 5;
	if (!pid)
		_exit(as_nobody(path));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 6;
	return WEXITSTATUS(status);
}

TEST_F(users, properties_are_for_root_to_set)
{
	static const char * const names[] = { "p2p", "pre-copy" };
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path),
			 "/sys/bus/pci/devices/%s/vfio_mig/%s", self->bdf,
			 names[i]);
		EXPECT_EQ(0, nobody_may_write(path)) { TH_LOG("%s", path); }
	}
}

TEST_F(users, parameters_are_for_root_to_set)
{
	static const char * const names[] = {
		"edu_vfio_pci/parameters/dma_mask",
		"bochs_vfio_pci/parameters/dma_compare",
	};
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/module/%s", names[i]);
		EXPECT_EQ(0, nobody_may_write(path)) { TH_LOG("%s", path); }
	}
}

TEST_HARNESS_MAIN
