// SPDX-License-Identifier: GPL-2.0
/*
 * As fail_nth does with a device that is open, here with one that comes and goes:
 * each allocation and each copy that this project's modules have a part in is
 * failed once in opening, closing, binding and unbinding.  What cannot fail has to
 * be done all the same, and what did fail can be done again.  Just one at a time:
 * with more of them the kernel's own vmalloc() warns when a device is opened.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "inject.h"

/*
 * On the root bus, where neither open nor close takes the reset of a bus.  The
 * kernel's ACPI interpreter is spared: out of memory while it looks for the
 * interrupt's route, as it does when a device is enabled or disabled, it later
 * uses what it has freed.
 */
FIXTURE(device)
{
	struct edu edu;
	char bdf[64];
};

FIXTURE_SETUP(device)
{
	ASSERT_EQ(0, inject_all_after(false));
	ASSERT_EQ(0, inject_spare("acpi_ds_execute_arguments",
				  "acpi_ut_update_interfaces"));
	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
}

FIXTURE_TEARDOWN(device)
{
	edu_close(&self->edu);
}

/* One in software is created, and deleted. */
static int tell_driver(const char *file, const char *bdf)
{
	char path[96];

	if (is_software(bdf))
		return strcmp(file, "bind") ? leave_driver(bdf, NULL) :
					      return_to_driver(bdf, NULL);
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/edu_vfio_pci/%s",
		 file);
	return write_file(path, bdf);
}

/*
 * How VFIO says it is not the driver's: memory, mostly, and what that became.  Of one in
 * software all that opening needs is there since it was created.
 */
TEST_F_TIMEOUT(device, device_opens_after_an_open_that_fails, 300)
{
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	bool failed = true;
	unsigned int nth;
	int ret;

	edu_close(&self->edu);
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		int fds = count_fds();

		inject_begin(nth);
		ret = vfiomig_open(self->bdf, VFIOMIG_IOMMU_AUTO, &dev,
				   &error);
		failed = inject_end();
		vfiomig_close(dev);
		EXPECT_TRUE(!ret || failed) {
			TH_LOG("%u: %s", nth, error.text);
		}
		EXPECT_EQ(fds, count_fds());
	}
	EXPECT_LT(is_software(self->bdf) ? 1 : 5, nth);
	EXPECT_GT(INJECT_MOST, nth);
	TH_LOG("%u failures", nth - 2);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_TRUE(is_blank(&self->edu));
	EXPECT_EQ(0, device_works(&self->edu));
}

/*
 * It cannot say so.  By its group: of a device that an iommufd lets go of, the
 * kernel itself warns if it cannot give it its own page tables back.
 */
TEST_F_TIMEOUT(device, close_has_no_way_to_fail, 300)
{
	bool failed = true;
	unsigned int nth;
	int fds;

	edu_close(&self->edu);
	ASSERT_EQ(0, setenv("VFIO_MIG_IOMMU", "group", 1));
	fds = count_fds();
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		ASSERT_EDU(&self->edu,
			   edu_open(&self->edu, self->bdf));
		EXPECT_TRUE(is_blank(&self->edu));
		EXPECT_EQ(0, mark_device(&self->edu));
		inject_begin(nth);
		edu_close(&self->edu);
		failed = inject_end();
		EXPECT_EQ(fds, count_fds());
	}
	EXPECT_GT(INJECT_MOST, nth);
	TH_LOG("%u failures", nth - 2);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_TRUE(is_blank(&self->edu));
	EXPECT_EQ(0, device_works(&self->edu));
}

/*
 * VFIO's core is spared where it makes a group: on the way back it warns that
 * it still has its IOMMU group.
 */
TEST_F_TIMEOUT(device, device_binds_after_a_bind_that_fails, 300)
{
	bool failed = true;
	unsigned int nth;
	int ret;

	edu_close(&self->edu);
	ASSERT_EQ(0, inject_spare("vfio_create_group", "vfio_create_group"));
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		ASSERT_EQ(0, tell_driver("unbind", self->bdf));
		inject_begin(nth);
		ret = tell_driver("bind", self->bdf);
		failed = inject_end();
		EXPECT_TRUE(!ret || failed);
		if (ret)
			ASSERT_EQ(0, tell_driver("bind", self->bdf));
	}
	EXPECT_LT(10, nth);
	EXPECT_GT(INJECT_MOST, nth);
	TH_LOG("%u failures", nth - 2);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
}

TEST_F_TIMEOUT(device, unbind_has_no_way_to_fail, 300)
{
	bool failed = true;
	unsigned int nth;
	int ret;

	edu_close(&self->edu);
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		inject_begin(nth);
		ret = tell_driver("unbind", self->bdf);
		failed = inject_end();
		EXPECT_TRUE(!ret || failed);
		if (ret)
			ASSERT_EQ(0, tell_driver("unbind", self->bdf));
		ASSERT_EQ(0, tell_driver("bind", self->bdf));
	}
	EXPECT_GT(INJECT_MOST, nth);
	TH_LOG("%u failures", nth - 2);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
}

int main(int argc, char **argv)
{
	return inject_main(argc, argv, test_harness_run);
}
