// SPDX-License-Identifier: GPL-2.0
/*
 * A device that does not answer: the port before it lets no access through, which is
 * how one reads that was pulled out.  What comes back is ones, and no state of it.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "common.h"

FIXTURE(unreachable)
{
	struct edu edu;
};

FIXTURE_SETUP(unreachable)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
}

/* Of the port that the device is behind. */
static int let_through(struct edu *edu, bool on)
{
	uint16_t command;
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/../config",
		 edu->bdf);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = pread(fd, &command, sizeof(command), PCI_COMMAND);
	command &= ~PCI_COMMAND_MEMORY;
	command |= on ? PCI_COMMAND_MEMORY : 0;
	if (ret == sizeof(command))
		ret = pwrite(fd, &command, sizeof(command), PCI_COMMAND);
	close(fd);
	return ret == sizeof(command) ? 0 : -EIO;
}

FIXTURE_TEARDOWN(unreachable)
{
	let_through(&self->edu, true);
	edu_close(&self->edu);
}

TEST_F_TIMEOUT(unreachable, device_is_not_saved_and_is_whole_when_it_is_back, 120)
{
	struct edu *edu = &self->edu;
	struct stream stream;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, let_through(edu, false));
	ASSERT_EQ(UINT32_MAX, edu_get(edu, EDU_STATUS));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	ASSERT_EQ(0, let_through(edu, true));
	EXPECT_TRUE(is_marked(edu));
	EXPECT_TRUE(is_buffer_marked(edu));
	EXPECT_EQ(0, save_and_stop(edu, &stream));
	EXPECT_TRUE(is_marked(edu));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, device_works(edu));
}

TEST_HARNESS_MAIN
