// SPDX-License-Identifier: GPL-2.0
/*
 * Whether somebody holds a device, as sysfs has it: whatever an unbind would wait
 * for is said, and nothing else.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "hold.h"
#include "mig_netlink.h"

FIXTURE(use)
{
	struct edu edu;
	char bdf[64];
};

FIXTURE_SETUP(use)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	snprintf(self->bdf, sizeof(self->bdf), "%s", self->edu.bdf);
}

FIXTURE_TEARDOWN(use)
{
	edu_close(&self->edu);
	EXPECT_EQ(0, vfiomig_bind(self->bdf, "edu_vfio_pci", NULL));
}

TEST_F_TIMEOUT(use, a_device_is_from_open_to_close, 120)
{
	EXPECT_EQ(1, is_in_use(self->bdf));
	edu_close(&self->edu);
	EXPECT_EQ(0, is_in_use(self->bdf));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(1, is_in_use(self->bdf));
}

TEST_F_TIMEOUT(use, a_device_without_its_group_is, 120)
{
	int fd;

	edu_close(&self->edu);
	fd = hold_device_alone(self->bdf);
	ASSERT_LE(0, fd);
	EXPECT_EQ(1, is_in_use(self->bdf));
	close(fd);
	EXPECT_EQ(0, is_in_use(self->bdf));
}

/* The driver has not been called: it is not open, and yet an unbind would wait. */
TEST_F_TIMEOUT(use, a_character_device_that_is_bound_to_nothing_is, 120)
{
	struct told_device told;
	int fd;

	edu_close(&self->edu);
	fd = hold_character_device(self->bdf);
	if (fd == -ENOENT)
		SKIP(return, "this kernel lacks CONFIG_VFIO_DEVICE_CDEV");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ask_device(self->bdf, &told));
	EXPECT_FALSE(told.open);
	EXPECT_EQ(1, is_in_use(self->bdf));
	close(fd);
	EXPECT_EQ(0, is_in_use(self->bdf));
}

/* A data file holds the module, and not the device. */
TEST_F_TIMEOUT(use, a_data_file_alone_is_no_use, 120)
{
	int data_fd;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, &data_fd));
	edu_close(&self->edu);
	EXPECT_EQ(0, is_in_use(self->bdf));
	ASSERT_EQ(0, vfiomig_bind(self->bdf, "vfio-pci", NULL));
	EXPECT_EQ(-ENOENT, is_in_use(self->bdf));
	close(data_fd);
}

static void *take_from_driver(void *ctx)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind",
		 (char *)ctx);
	return (void *)(long)write_file(path, ctx);
}

/* The device asks its user to let go, so it is known that somebody waits. */
TEST_F_TIMEOUT(use, a_device_is_while_an_unbind_waits, 120)
{
	int request = eventfd(0, EFD_CLOEXEC);
	struct pollfd asked = { .fd = request, .events = POLLIN };
	pthread_t thread;
	void *result;

	ASSERT_LE(0, request);
	ASSERT_EDU(&self->edu, vfiomig_irq_enable(self->edu.dev,
						  VFIO_PCI_REQ_IRQ_INDEX,
						  &request, 1,
						  &self->edu.error));
	ASSERT_EQ(0, pthread_create(&thread, NULL, take_from_driver,
				    self->bdf));
	EXPECT_EQ(1, poll(&asked, 1, EDU_TIMEOUT_MS));
	EXPECT_EQ(1, is_in_use(self->bdf));
	edu_close(&self->edu);
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(NULL, result);
	EXPECT_EQ(-ENOENT, is_in_use(self->bdf));
	close(request);
}

TEST_F(use, anybody_may_read_it_and_nobody_write)
{
	struct stat file;
	char path[128];

	snprintf(path, sizeof(path),
		 "/sys/bus/pci/devices/%s/vfio_mig_in_use", self->bdf);
	ASSERT_EQ(0, stat(path, &file));
	EXPECT_EQ(0444, file.st_mode & 07777);
}

TEST_HARNESS_MAIN
