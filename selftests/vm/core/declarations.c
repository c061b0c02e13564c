// SPDX-License-Identifier: GPL-2.0
/*
 * What a driver declares has to hold together, or it is not registered: one mistake at
 * a time, of a driver that makes none otherwise.
 */
#include "kselftest_harness.h"

#include <errno.h>

#include "common.h"
#include "stub.h"

static const char * const mistakes[] = {
	"no_name",
	"no_ids",
	"no_hardware",
	"no_size",
	"state_outside",
	"registers_nowhere",
	"memory_twice",
	"memory_of_ports",
	"memory_beyond_bulk",
	"memory_without_section",
	"trapped_without_size",
	"read_without_write",
	"bar_of_three_bytes",
	"least_beyond_most",
	"part_of_no_pages",
	"part_without_bytes",
	"parts_that_overlap",
	"part_beyond_the_least",
	"part_that_is_not_trapped",
	"part_of_ports",
	"held_without_parts",
	"held_and_memory",
	"arc_twice",
	"arc_of_pre_copy",
	"no_stop_copy",
	"unknown_feature",
	"no_scrub",
	"no_state",
	"no_sections",
	"xxh64_without_memory",
	"unknown_stream",
	"pre_copy_does_less",
	"behaviour_without_name",
	"behaviour_of_two_bits",
	"behaviour_that_no_terminal_shows",
	"geometry_without_value",
	"geometry_that_no_terminal_shows",
	"section_without_name",
	"section_that_no_terminal_shows",
	"section_that_is_the_end",
	"section_of_the_core",
	"section_twice",
	"section_of_a_flag",
	"section_of_no_behaviour",
	"condition_that_is_no_number",
	"section_without_fields",
	"fields_and_pieces",
	"field_of_three_bytes",
	"field_outside_of_the_state",
	"field_that_is_not_aligned",
	"field_that_no_terminal_shows",
	"rule_for_bytes",
	"list_of_bytes",
	"list_that_overlaps",
	"list_outside_of_the_state",
	"field_that_cannot_be_at_first",
	"extent_without_place",
	"place_without_extent",
	"memory_with_fields",
	"memory_that_is_live",
	"memory_with_a_condition",
	"memory_without_pieces",
	"memory_without_track",
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

TEST_F_TIMEOUT(declarations, mistake_is_refused_and_a_driver_taken_without, 120)
{
	unsigned int i;

	for (i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		EXPECT_EQ(-EINVAL, stub_set("declare", mistakes[i]))
			TH_LOG("%s", mistakes[i]);
		ASSERT_EQ(0, stub_set("declare", "none"));
	}
}

TEST_HARNESS_MAIN
