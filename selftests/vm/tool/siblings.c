// SPDX-License-Identifier: GPL-2.0
/*
 * Two devices in one IOMMU group, as two functions of one device have it: who is in
 * the way of the other is named, wherever that is said.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "vm_monitor.h"

/* A driver that takes any device, and its DMA with it. */
#define OTHER_DRIVER	"uio_pci_generic"

FIXTURE(siblings)
{
	struct vm_monitor monitor;
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	char bdf[64];
	char sibling[64];
	bool two;
};

static bool is_there(const char *bdf)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	return !access(path, F_OK);
}

/* QEMU hears a little later that a device is gone: its name or place is taken. */
static int plug(struct vm_monitor *monitor, const char *command)
{
	int ret;

	do {
		ret = vm_monitor_ask(monitor, command);
	} while (ret == -EREMOTEIO && (strstr(monitor->answer, "uplicate") ||
				       strstr(monitor->answer, "occupied")) &&
		 !usleep(10000));
	return ret;
}

/* One of the functions takes the other with it. */
static int unplug(struct vm_monitor *monitor, const char *bdf,
		  const char *sibling)
{
	int ret = vm_monitor_ask(monitor, "device_del edu0");

	while (!ret && (is_there(bdf) || is_there(sibling)))
		usleep(1000);
	return ret;
}

/* What was just plugged in is there a little before a driver can have it. */
static int bind_when_there(const char *bdf, const char *driver,
			   struct vfiomig_error *error)
{
	int tries = 1000, ret;

	do {
		ret = vfiomig_bind(bdf, driver, error);
	} while (ret == -ENODEV && --tries && !usleep(10000));
	return ret;
}

/* As it was, for who comes next. */
static int plug_one(struct vm_monitor *monitor, const char *bdf)
{
	int ret = plug(monitor, "device_add edu,bus=rp1,id=edu0");

	while (!ret && !is_there(bdf))
		usleep(1000);
	return ret;
}

/*
 * Function 0 comes last: with it the kernel finds all of them.  Each says that it is
 * one of several, as by then the IOMMU has asked.
 */
static int plug_two(struct vm_monitor *monitor, const char *bdf,
		    const char *sibling)
{
	int ret = unplug(monitor, bdf, sibling);

	if (!ret)
		ret = plug(monitor,
			   "device_add edu,bus=rp1,addr=0.1,multifunction=on,id=sibling");
	if (!ret)
		ret = plug(monitor,
			   "device_add edu,bus=rp1,addr=0.0,multifunction=on,id=edu0");
	if (ret) {
		plug_one(monitor, bdf);
		return ret;
	}
	while (!(is_there(bdf) && is_there(sibling)))
		usleep(1000);
	return 0;
}

FIXTURE_SETUP(siblings)
{
	if (vm_monitor_open(&self->monitor))
		SKIP(return, "this VM has no monitor");
	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	memcpy(self->sibling, self->bdf, sizeof(self->sibling));
	self->sibling[strlen(self->sibling) - 1] = '1';
	ASSERT_EQ(0, plug_two(&self->monitor, self->bdf, self->sibling)) {
		TH_LOG("%s", self->monitor.answer);
	}
	self->two = true;
	ASSERT_EQ(0, bind_when_there(self->bdf, "edu_vfio_pci", &self->error)) {
		TH_LOG("%s", self->error.text);
	}
}

FIXTURE_TEARDOWN(siblings)
{
	vfiomig_close(self->dev);
	if (self->two) {
		EXPECT_EQ(0, unplug(&self->monitor, self->bdf, self->sibling));
		EXPECT_EQ(0, plug_one(&self->monitor, self->bdf));
		EXPECT_EQ(0, bind_when_there(self->bdf, "edu_vfio_pci",
					     &self->error));
	}
	vm_monitor_close(&self->monitor);
}

/* The exit status of a command, whose output has @text in it. */
static int says(struct __test_metadata *_metadata, const char *command,
		const char *bdf, const char *text)
{
	char line[256], output[4096];
	int status;

	snprintf(line, sizeof(line), command, bdf);
	status = run_command(line, output, sizeof(output));
	EXPECT_NE(NULL, strstr(output, text)) {
		TH_LOG("%s: no '%s' in: %s", line, text, output);
	}
	EXPECT_EQ(NULL, strstr(output, "not permitted")) {
		TH_LOG("%s: %s", line, output);
	}
	return status;
}

TEST_F_TIMEOUT(siblings, sibling_with_another_driver_is_named, 300)
{
	static const char * const commands[] = {
		"vfio-mig state get %s 2>&1",
		"vfio-mig --iommu group state get %s 2>&1",
		"vfio-mig --iommu iommufd state get %s 2>&1",
		"vfio-mig -j dev show %s",
		"vfio-mig dev show %s",
	};
	char text[256];
	unsigned int i;

	if (bind_when_there(self->sibling, OTHER_DRIVER, &self->error) ==
	    -ENOENT)
		SKIP(return, "this kernel has no " OTHER_DRIVER);
	snprintf(text, sizeof(text),
		 "%s, in it too, has the driver " OTHER_DRIVER ": vfio-mig dev bind %s",
		 self->sibling, self->sibling);
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strstr(commands[i], "iommufd") &&
		    access("/dev/vfio/devices", F_OK))
			continue;
		EXPECT_EQ(i < 3, says(_metadata, commands[i], self->bdf, text));
	}
	EXPECT_EQ(-EPERM, vfiomig_open(self->bdf, VFIOMIG_IOMMU_AUTO,
				       &self->dev, &self->error));
}

/* No other driver could have it meanwhile: the group is this process's. */
TEST_F_TIMEOUT(siblings, device_is_not_taken_while_its_sibling_is_in_use, 300)
{
	struct vfiomig_info info;

	ASSERT_EQ(0, bind_when_there(self->sibling, "edu_vfio_pci",
				     &self->error));
	ASSERT_EQ(0, vfiomig_open(self->sibling, VFIOMIG_IOMMU_GROUP,
				  &self->dev, &self->error)) {
		TH_LOG("%s", self->error.text);
	}
	EXPECT_EQ(1, says(_metadata, "vfio-mig dev unbind %s 2>&1", self->bdf,
			  "in use by siblings (pid "));
	ASSERT_EQ(0, vfiomig_lookup(self->bdf, &info, NULL));
	EXPECT_STREQ("edu_vfio_pci", info.driver);
	EXPECT_EQ(1, vfiomig_in_use(&info));
	vfiomig_close(self->dev);
	self->dev = NULL;
	EXPECT_EQ(0, vfiomig_in_use(&info));
}

TEST_HARNESS_MAIN
