// SPDX-License-Identifier: GPL-2.0
/*
 * A driver's own use of its device, whatever the user has switched off.  An edu has
 * neither I/O ports nor a sleep of its own: these are other devices, with a driver
 * of the tests' own that looks at PCI_COMMAND when it stops.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "common.h"
#include "stub.h"
#include "vfiomig_access.h"
#include "vm_monitor.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX

/* Each q35 has one, and nobody in here uses it: an SMBus with I/O ports. */
#define SMBUS	"0000:00:1f.3"

FIXTURE(access)
{
	struct edu edu;
	struct vm_monitor monitor;
	char bdf[64];
	bool plugged;
};

FIXTURE_SETUP(access)
{
	self->monitor.fd = -1;
}

FIXTURE_TEARDOWN(access)
{
	stub_close(&self->edu);
	if (self->plugged) {
		EXPECT_EQ(0, vm_monitor_unplug(&self->monitor, "sleeper",
					       self->bdf));
		EXPECT_EQ(0, vm_monitor_plug(&self->monitor,
					     "edu,bus=rp2,id=edu1",
					     self->bdf));
	}
	vm_monitor_close(&self->monitor);
}

TEST_F(access, io_decode_is_on_meanwhile_and_as_it_was_afterwards)
{
	struct edu *edu = &self->edu;
	struct vfiomig_info info;
	int ret;

	if (vfiomig_lookup(SMBUS, &info, NULL))
		SKIP(return, "there is no " SMBUS);
	ret = stub_open_device(edu, SMBUS);
	if (ret == -ENOPKG)
		SKIP(return, "there are no modules for tests");
	ASSERT_EDU(edu, ret);
	ASSERT_EQ(0, stub_set("fault", "looks"));
	ASSERT_EDU(edu, vfiomig_pci_command(edu->dev, 0, PCI_COMMAND_IO |
					    PCI_COMMAND_MEMORY, &edu->error));
	ASSERT_EQ(0, pci_command_of(SMBUS) & PCI_COMMAND_IO);
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(PCI_COMMAND_IO, stub_count("command") & PCI_COMMAND_IO);
	EXPECT_EQ(0, pci_command_of(SMBUS) & PCI_COMMAND_IO);
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));

	ASSERT_EDU(edu, vfiomig_pci_command(edu->dev, PCI_COMMAND_IO, 0,
					    &edu->error));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(PCI_COMMAND_IO, pci_command_of(SMBUS) & PCI_COMMAND_IO);
}

/* Where the register is by which a device is put to sleep; 0 if it has none. */
static uint8_t power_register(struct edu *edu)
{
	uint8_t capability[2], at = PCI_CAPABILITY_LIST;

	if (vfiomig_read(edu->dev, CONFIG, at, &at, 1, &edu->error))
		return 0;
	while (at && !vfiomig_read(edu->dev, CONFIG, at, capability, 2,
				   &edu->error)) {
		if (capability[0] == PCI_CAP_ID_PM)
			return at + PCI_PM_CTRL;
		at = capability[1];
	}
	return 0;
}

static int set_power(struct edu *edu, uint16_t power)
{
	return vfiomig_write(edu->dev, CONFIG, power_register(edu), &power,
			     sizeof(power), &edu->error);
}

TEST_F_TIMEOUT(access, sleeping_device_is_left_alone_and_woken_for_the_next_user, 120)
{
	struct edu *edu = &self->edu;
	long cleared;
	int ret;

	if (!has_test_modules())
		SKIP(return, "there are no modules for tests");
	ASSERT_EQ(0, vm_monitor_open(&self->monitor));
	ASSERT_EQ(0, edu_find(1, false, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, vm_monitor_unplug(&self->monitor, "edu1", self->bdf));
	self->plugged = true;
	ASSERT_EQ(0, vm_monitor_plug(&self->monitor,
				     "virtio-rng-pci,bus=rp2,id=sleeper",
				     self->bdf));
	/* A driver can have it a little later. */
	while ((ret = stub_open_device(edu, self->bdf)) == -ENODEV)
		continue;
	ASSERT_EDU(edu, ret);
	ASSERT_EQ(0, stub_set("fault", "looks"));
	ASSERT_NE(0, power_register(edu));
	ASSERT_EDU(edu, set_power(edu, 3));
	EXPECT_EQ(-EIO, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	ASSERT_EDU(edu, set_power(edu, 0));
	EXPECT_EQ(0, set_state(edu, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(PCI_COMMAND_MEMORY,
		  stub_count("command") & PCI_COMMAND_MEMORY);

	/* But for who comes next. */
	ASSERT_EDU(edu, set_power(edu, 3));
	cleared = stub_count("cleared");
	edu_close(edu);
	EXPECT_EQ(cleared + 1, stub_count("cleared"));
}

TEST_HARNESS_MAIN
