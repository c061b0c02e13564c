// SPDX-License-Identifier: GPL-2.0
/*
 * A reset while a device is being opened: between its driver's bringing it to the
 * power-on state and its being open there is no other moment at which it can be
 * acted upon.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>

#include "common.h"
#include "stub.h"

FIXTURE(opening)
{
	struct edu edu;
};

FIXTURE_SETUP(opening)
{
	int ret = stub_bind(&self->edu);

	if (ret == -ENOPKG)
		SKIP(return, "there are no modules for tests");
	ASSERT_EDU(&self->edu, ret);
}

FIXTURE_TEARDOWN(opening)
{
	stub_close(&self->edu);
}

static int open_once(struct edu *edu)
{
	char bdf[sizeof(edu->bdf)];

	memcpy(bdf, edu->bdf, sizeof(bdf));
	return edu_open_driver(edu, bdf, "stub_vfio_pci");
}

/* vfio-pci resets what it opens; the driver is told once to hold the power-on state. */
TEST_F(opening, reset_that_belongs_to_it_is_no_news)
{
	long before = stub_count("scrubs");

	ASSERT_EDU(&self->edu, open_once(&self->edu));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
	EXPECT_EQ(before + 1, stub_count("scrubs"));
}

TEST_F(opening, reset_that_comes_meanwhile_is_acted_upon)
{
	long before = stub_count("scrubs");

	ASSERT_EQ(0, stub_set("fault", "reset_while_it_opens"));
	ASSERT_EDU(&self->edu, open_once(&self->edu));
	EXPECT_EQ(before + 2, stub_count("scrubs"));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
	EXPECT_EQ(before + 2, stub_count("scrubs"));
}

/* It may have come before, and only be acted upon now.  Closing scrubs once, too. */
TEST_F(opening, reset_of_a_closed_device_is_none)
{
	long before = stub_count("scrubs");

	ASSERT_EQ(0, stub_set("fault", "reset_while_it_opens"));
	ASSERT_EDU(&self->edu, open_once(&self->edu));
	edu_close(&self->edu);
	ASSERT_EQ(0, stub_set("fault", "none"));
	EXPECT_EQ(before + 3, stub_count("scrubs"));
	ASSERT_EDU(&self->edu, open_once(&self->edu));
	EXPECT_EQ(before + 4, stub_count("scrubs"));
}

TEST_HARNESS_MAIN
