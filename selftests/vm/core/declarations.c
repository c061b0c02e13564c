// SPDX-License-Identifier: GPL-2.0
/*
 * What a driver declares has to hold together, or it gets no device: one mistake at
 * a time, of a driver that makes none otherwise.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>

#include "common.h"
#include "stub.h"

static const char * const mistakes[] = {
	"no_stop_copy",
	"unknown_feature",
	"no_hardware",
	"no_identity",
	"no_load",
	"no_reset",
	"no_scrub",
	"no_sections",
	"xxh64_without_memory",
	"pre_copy_does_not_stop",
	"pre_copy_has_no_p2p",
	"section_without_name",
	"section_that_is_the_end",
	"section_twice",
	"section_of_a_flag",
	"section_of_no_behaviour",
	"section_without_size",
	"section_without_save",
	"piece_without_track",
	"extent_without_place",
	"place_without_extent",
	"memory_with_save",
	"memory_with_check",
	"memory_with_size",
	"memory_without_pieces",
};

FIXTURE(declarations)
{
	struct edu edu;
};

FIXTURE_SETUP(declarations)
{
	int ret = stub_bind(&self->edu);

	if (ret == -ENOPKG)
		SKIP(return, "there are no modules for tests");
	ASSERT_EDU(&self->edu, ret);
}

FIXTURE_TEARDOWN(declarations)
{
	stub_close(&self->edu);
}

TEST_F_TIMEOUT(declarations, mistake_is_refused_and_a_device_made_without, 120)
{
	struct edu *edu = &self->edu;
	unsigned int i;

	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		ASSERT_EDU(edu, vfiomig_bind(edu->bdf, "vfio-pci",
					     &edu->error));
		ASSERT_EQ(0, stub_set("fault", mistakes[i]));
		EXPECT_EQ(-EINVAL, vfiomig_bind(edu->bdf, "stub_vfio_pci",
						&edu->error))
			TH_LOG("%s", mistakes[i]);
		ASSERT_EQ(0, stub_set("fault", "none"));
		ASSERT_EDU(edu, vfiomig_bind(edu->bdf, "stub_vfio_pci",
					     &edu->error));
	}
}

TEST_HARNESS_MAIN
