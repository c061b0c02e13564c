// SPDX-License-Identifier: GPL-2.0
/*
 * A reset, whichever way it comes, leads to RUNNING and to a device that was
 * just powered on: sessions are over, and nothing from before happens later.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"
#include "uapi/linux/vfio_mig.h"

enum way {
	BY_DEVICE,	/* VFIO_DEVICE_RESET */
	BY_BUS,		/* VFIO_DEVICE_PCI_HOT_RESET */
	BY_SYSFS,	/* behind VFIO's back */
};

FIXTURE(reset)
{
	struct edu edu;
};

FIXTURE_VARIANT(reset)
{
	enum way way;
	bool on_root_bus;
};

FIXTURE_VARIANT_ADD(reset, of_device) { .way = BY_DEVICE };
FIXTURE_VARIANT_ADD(reset, of_bus) { .way = BY_BUS };
FIXTURE_VARIANT_ADD(reset, by_sysfs) { .way = BY_SYSFS };
FIXTURE_VARIANT_ADD(reset, of_device_on_root_bus)
{
	.way = BY_DEVICE,
	.on_root_bus = true,
};

FIXTURE_SETUP(reset)
{
	char bdf[64];

	ASSERT_EQ(0, edu_find(0, variant->on_root_bus, bdf, sizeof(bdf)));
	if (variant->way != BY_DEVICE && is_software(bdf))
		SKIP(return, "it is on no bus");
	ASSERT_EDU(&self->edu, edu_open(&self->edu, bdf));
}

FIXTURE_TEARDOWN(reset)
{
	clear_faults(&self->edu);
	edu_close(&self->edu);
}

static int reset_by_sysfs(struct edu *edu)
{
	char path[128];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset",
		 edu->bdf);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, "1", 1) != 1)
		ret = -errno;
	close(fd);
	return ret;
}

static int reset(struct edu *edu, enum way way)
{
	switch (way) {
	case BY_BUS:
		return vfiomig_hot_reset(edu->dev, &edu->error);
	case BY_SYSFS:
		return reset_by_sysfs(edu);
	default:
		return vfiomig_reset(edu->dev, &edu->error);
	}
}

/* ERROR is reached when both a load's end and its way back cannot be. */
static int go_to_error(struct edu *edu, int *data_fd)
{
	int ret = set_state(edu, VFIO_MIG_STOP_COPY, data_fd);

	if (!ret)
		ret = fail_arc(edu, VFIO_MIG_STOP, VFIO_MIG_RUNNING_P2P, 5, 1);
	if (!ret)
		ret = set_state(edu, VFIO_MIG_RUNNING, NULL) == -5 ? 0 : -EINVAL;
	return ret;
}

static void is_new(struct __test_metadata *_metadata, struct edu *edu)
{
	struct vfio_device_mig_error last;

	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	EXPECT_TRUE(is_blank(edu));
	ASSERT_EQ(0, vfiomig_last_error(edu->dev, &last));
	EXPECT_EQ(0, last.error);
	EXPECT_EQ(0, last.text[0]);
}

static void is_over(struct __test_metadata *_metadata, int data_fd,
		    bool saving)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN | POLLOUT };
	uint8_t byte = 0;

	EXPECT_EQ(-1, saving ? read(data_fd, &byte, 1) :
			       write(data_fd, &byte, 1));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(1, poll(&pollfd, 1, 0));
	EXPECT_EQ(POLLERR | POLLHUP, pollfd.revents);
}

TEST_F_TIMEOUT(reset, leads_from_any_state_to_running, 180)
{
	static const unsigned int states[] = {
		VFIO_MIG_STOP, VFIO_MIG_RUNNING, VFIO_MIG_STOP_COPY,
		VFIO_MIG_RESUMING, VFIO_MIG_RUNNING_P2P, VFIO_MIG_ERROR,
	};
	struct edu *edu = &self->edu;
	unsigned int i;
	int data_fd;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		edu_set(edu, EDU_LIVENESS, 0x1234);
		edu_set(edu, EDU_IRQ_RAISE, 0x42);
		ASSERT_EQ(0, states[i] == VFIO_MIG_ERROR ?
			     go_to_error(edu, &data_fd) :
			     go_to(edu, states[i], &data_fd));
		ASSERT_EQ(states[i], state_of(edu));
		ASSERT_EDU(edu, reset(edu, variant->way));
		if (data_fd >= 0)
			is_over(_metadata, data_fd,
				states[i] != VFIO_MIG_RESUMING);
		close(data_fd);
		is_new(_metadata, edu);
	}
	EXPECT_EQ(0, device_works(edu));
}

TEST_F_TIMEOUT(reset, leaves_nothing_in_the_buffer, 120)
{
	uint8_t bytes[EDU_BUFFER_SIZE], zero[EDU_BUFFER_SIZE] = {};

	ASSERT_EQ(0, mark_device(&self->edu));
	ASSERT_EDU(&self->edu, reset(&self->edu, variant->way));
	is_new(_metadata, &self->edu);
	ASSERT_EQ(0, edu_dump_buffer(&self->edu, bytes));
	EXPECT_EQ(0, memcmp(bytes, zero, sizeof(bytes)));
}

TEST_F_TIMEOUT(reset, can_be_followed_by_a_migration, 120)
{
	struct stream stream;
	int data_fd;

	ASSERT_EQ(0, mark_device(&self->edu));
	ASSERT_EQ(0, save_and_stop(&self->edu, &stream));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RESUMING, &data_fd));
	ASSERT_EQ(0, write_all(data_fd, stream.bytes, 100, 100));
	ASSERT_EDU(&self->edu, reset(&self->edu, variant->way));
	close(data_fd);
	ASSERT_EQ(0, load_and_stop(&self->edu, stream.bytes, stream.size,
				   4096));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(&self->edu));
	EXPECT_TRUE(is_buffer_marked(&self->edu));
}

/* ---- what was under way ---- */

/*
 * A command that was started after the reset ends after the time of the
 * earlier one has passed: what that did not do until then, it will not do.
 */
static void nothing_comes_late(struct __test_metadata *_metadata,
			       struct edu *edu)
{
	edu_start_dma(edu, true, 0, EDU_BUFFER_SIZE, 16, 0);
	EXPECT_EQ(0, edu_wait_dma(edu));
	edu_set(edu, EDU_FACTORIAL, 5);
	EXPECT_EQ(0, edu_wait_factorial(edu));
	EXPECT_EQ(120, edu_get(edu, EDU_FACTORIAL));
	EXPECT_EQ(0, edu_get(edu, EDU_IRQ_STATUS));
	EXPECT_EQ(0, edu_count_irq(edu));
}

/* In P2P its time stands still; it is surely pending when the reset comes. */
TEST_F_TIMEOUT(reset, pending_dma_never_runs, 120)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, edu_enable_irq(edu, EDU_MSI));
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING_P2P, NULL));
	edu_start_dma(edu, true, 0, 0, 16, EDU_DMA_IRQ);
	ASSERT_EDU(edu, reset(edu, variant->way));
	is_new(_metadata, edu);
	nothing_comes_late(_metadata, edu);
	EXPECT_EQ(0, edu->memory[0] | edu->memory[1]);
}

/* This one may run until the reset is done, and not a moment longer. */
TEST_F_TIMEOUT(reset, dma_under_way_does_not_run_late, 120)
{
	struct edu *edu = &self->edu;
	uint8_t byte;

	ASSERT_EQ(0, mark_device(edu));
	ASSERT_EQ(0, edu_enable_irq(edu, EDU_MSI));
	edu_start_dma(edu, true, 0, 0, 16, EDU_DMA_IRQ);
	ASSERT_EDU(edu, reset(edu, variant->way));
	is_new(_metadata, edu);
	byte = edu->memory[1];
	edu_count_irq(edu);
	nothing_comes_late(_metadata, edu);
	EXPECT_EQ(byte, edu->memory[1]);
}

TEST_F_TIMEOUT(reset, factorial_under_way_ends_without_interrupt, 180)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, edu_enable_irq(edu, EDU_MSI));
	edu_set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	edu_set(edu, EDU_FACTORIAL, 0x20000000);
	ASSERT_EQ(EDU_STATUS_COMPUTING | EDU_STATUS_IRQ,
		  edu_get(edu, EDU_STATUS));
	ASSERT_EDU(edu, reset(edu, variant->way));
	is_new(_metadata, edu);
	nothing_comes_late(_metadata, edu);
}

/*
 * What is written after it stays, whoever carries the reset out: the caller, or
 * the work item that the kernel may have run meanwhile.
 */
TEST_F_TIMEOUT(reset, is_over_when_its_call_returns, 120)
{
	struct edu *edu = &self->edu;
	unsigned int rounds = variant->on_root_bus ? 100 : 5;

	while (rounds--) {
		ASSERT_EDU(edu, reset(edu, variant->way));
		edu_set(edu, EDU_LIVENESS, rounds);
		ASSERT_EQ(VFIO_MIG_RUNNING, state_of(edu));
		ASSERT_EQ(~rounds, edu_get(edu, EDU_LIVENESS));
	}
}

TEST_F(reset, interrupts_come_as_before)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, edu_enable_irq(edu, EDU_MSI));
	ASSERT_EDU(edu, reset(edu, variant->way));
	is_new(_metadata, edu);
	edu_set(edu, EDU_IRQ_RAISE, 1);
	EXPECT_EQ(1, edu_wait_irq(edu, EDU_TIMEOUT_MS));
}

TEST_F(reset, is_offered)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };

	ASSERT_EQ(0, ioctl(vfiomig_fd(self->edu.dev), VFIO_DEVICE_GET_INFO,
			   &info));
	EXPECT_EQ(VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
		  info.flags & (VFIO_DEVICE_FLAGS_RESET |
				VFIO_DEVICE_FLAGS_PCI));
}

TEST_HARNESS_MAIN
