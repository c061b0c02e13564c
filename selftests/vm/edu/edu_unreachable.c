// SPDX-License-Identifier: GPL-2.0
/*
 * A device whose config space does not answer, as that of one that was pulled out:
 * the port before it leads to another bus, and what is read is ones.  (Its BAR
 * answers as ever.  QEMU has none that reads as ones: one that is not there is 0.)
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "edu_view.h"

#define ANOTHER_BUS	0xfe

FIXTURE(unreachable)
{
	struct edu edu;
	int port;
	uint8_t bus;
};

static int lead_to(int port, uint8_t bus)
{
	return pwrite(port, &bus, 1, PCI_SECONDARY_BUS) == 1 ? 0 : -errno;
}

FIXTURE_SETUP(unreachable)
{
	char path[128];

	self->port = -1;
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/../config",
		 self->edu.bdf);
	self->port = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->port);
	ASSERT_EQ(1, pread(self->port, &self->bus, 1, PCI_SECONDARY_BUS));
}

FIXTURE_TEARDOWN(unreachable)
{
	if (self->port >= 0)
		lead_to(self->port, self->bus);
	close(self->port);
	edu_close(&self->edu);
}

TEST_F_TIMEOUT(unreachable, device_is_not_stopped_and_is_whole_when_it_is_back, 120)
{
	struct edu *edu = &self->edu;
	struct stream stream;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, lead_to(self->port, ANOTHER_BUS));
	ASSERT_EQ(0xffff, pci_command_of(edu->bdf));
	EXPECT_EQ(-ENODEV, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(-ENODEV, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	ASSERT_EQ(0, lead_to(self->port, self->bus));
	EXPECT_TRUE(is_marked(edu));
	EXPECT_EQ(0, save_and_stop(edu, &stream));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(edu));
	EXPECT_TRUE(is_buffer_marked(edu));
	EXPECT_EQ(0, device_works(edu));
}

/* Ones in its command register do not make it a bus master. */
TEST_F_TIMEOUT(unreachable, command_completes_and_writes_no_memory, 120)
{
	struct edu *edu = &self->edu;
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), 1);
	ASSERT_EDU(edu, edu_fill_buffer(edu, bytes));
	make_pattern(edu->memory, EDU_MEMORY_SIZE, 2);
	ASSERT_EQ(0, lead_to(self->port, ANOTHER_BUS));
	edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, EDU_DMA_IRQ);
	EXPECT_EDU(edu, edu_wait_dma(edu));
	EXPECT_TRUE(has_pattern(edu->memory, EDU_MEMORY_SIZE, 2));
	ASSERT_EQ(0, lead_to(self->port, self->bus));
	EXPECT_EQ(0, device_works(edu));
}

TEST_HARNESS_MAIN
