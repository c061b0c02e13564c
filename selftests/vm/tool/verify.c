// SPDX-License-Identifier: GPL-2.0
/*
 * vfio-mig verify: this project's driver keeps to all the rules, whatever the
 * device shows, and what cannot be migrated is told apart from what fails.
 */
#include "kselftest_harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "edu_stream.h"

#define CHECKS_MIN	60

/* What the tool said. */
static char output[256 * 1024];

FIXTURE(verify)
{
	char src[64];
	char dst[64];
};

FIXTURE_VARIANT(verify)
{
	bool p2p;
	bool pre_copy;
};

FIXTURE_VARIANT_ADD(verify, all_states)
{
	.p2p = true,
	.pre_copy = true,
};

FIXTURE_VARIANT_ADD(verify, without_p2p)
{
	.pre_copy = true,
};

FIXTURE_VARIANT_ADD(verify, without_pre_copy)
{
	.p2p = true,
};

FIXTURE_VARIANT_ADD(verify, without_optional_states) {};

static int show_states(const char *bdf, bool p2p, bool pre_copy)
{
	return set_property(bdf, "p2p", p2p) |
	       set_property(bdf, "pre-copy", pre_copy);
}

FIXTURE_SETUP(verify)
{
	ASSERT_EQ(0, edu_find(0, false, self->src, sizeof(self->src)));
	ASSERT_EQ(0, edu_find(1, false, self->dst, sizeof(self->dst)));
	ASSERT_EQ(0, vfiomig_bind(self->src, "edu_vfio_pci", NULL));
	ASSERT_EQ(0, vfiomig_bind(self->dst, "edu_vfio_pci", NULL));
	ASSERT_EQ(0, show_states(self->src, variant->p2p, variant->pre_copy));
	ASSERT_EQ(0, show_states(self->dst, variant->p2p, variant->pre_copy));
}

FIXTURE_TEARDOWN(verify)
{
	show_states(self->src, true, true);
	show_states(self->dst, true, true);
}

static int run(const char *command)
{
	return run_command(command, output, sizeof(output));
}

static void log_failures(struct __test_metadata *_metadata)
{
	char *rest = output, *line;
	bool failing = false;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "#  ", 3))
			failing = !strncmp(line, "not ok", 6);
		if (failing || strstr(line, "SKIP blocked"))
			TH_LOG("%s", line);
	}
}

static unsigned int count_passes(void)
{
	unsigned int passes = 0;
	const char *end;

	end = strstr(output, "\n# pass ");
	if (end)
		sscanf(end, "\n# pass %u", &passes);
	return passes;
}

static void keeps_to(struct __test_metadata *_metadata, const char *src,
		     const char *dst, const char *profile, unsigned int least)
{
	char command[256];
	int status;

	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --peer %s --destructive --profile %s",
		 src, dst, profile);
	status = run(command);
	EXPECT_LE(least, count_passes());
	EXPECT_EQ(0, status)
		log_failures(_metadata);
}

TEST_F_TIMEOUT(verify, driver_keeps_to_the_rules, 200)
{
	keeps_to(_metadata, self->src, self->dst, "uapi", CHECKS_MIN);
}

TEST_F_TIMEOUT(verify, driver_serves_qemu, 200)
{
	keeps_to(_metadata, self->src, self->dst, "qemu", 5);
}

TEST_F_TIMEOUT(verify, driver_serves_cloud_hypervisor, 200)
{
	keeps_to(_metadata, self->src, self->dst, "cloud-hypervisor", 5);
}

/* What does not depend on the states that a device has. */
FIXTURE(one)
{
	char src[64];
	char dst[64];
};

FIXTURE_SETUP(one)
{
	ASSERT_EQ(0, edu_find(0, false, self->src, sizeof(self->src)));
	ASSERT_EQ(0, edu_find(1, false, self->dst, sizeof(self->dst)));
	ASSERT_EQ(0, vfiomig_bind(self->src, "edu_vfio_pci", NULL));
	ASSERT_EQ(0, vfiomig_bind(self->dst, "edu_vfio_pci", NULL));
}

FIXTURE_TEARDOWN(one)
{
}

/* Without --destructive and --peer less is checked, and that is no failure. */
TEST_F_TIMEOUT(one, what_is_not_asked_for_is_skipped, 200)
{
	char command[128];

	snprintf(command, sizeof(command), "vfio-mig verify %s", self->src);
	EXPECT_EQ(0, run(command));
	EXPECT_LE(CHECKS_MIN, count_passes());
	EXPECT_NE(NULL, strstr(output,
			       "peer_loads_and_runs # SKIP there is no --peer"));
	EXPECT_NE(NULL, strstr(output,
			       "reset_ends_saving # SKIP it may leave"));
}

/* What it has built in for an edu; the check that needs it is the one that says so. */
TEST_F_TIMEOUT(one, a_changed_state_is_moved, 200)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "vfio-mig -j verify %s --peer %s --only state_arrives",
		 self->src, self->dst);
	EXPECT_EQ(0, run(command));
	EXPECT_NE(NULL, strstr(output, "\"result\":\"pass\""));
	EXPECT_NE(NULL, strstr(output, "\"changed_state_moved\":true"));
	EXPECT_NE(NULL, strstr(output, "\"content\":\"edu\""));
	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --only work_goes_on_at_the_destination",
		 self->src);
	EXPECT_EQ(0, run(command));
	EXPECT_NE(NULL, strstr(output, "\n# moved: a changed state (edu)\n"));
	EXPECT_EQ(NULL, strstr(output, "SKIP"));
}

TEST_F(one, it_is_told_that_only_the_power_on_state_was_moved)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --only save_load_save_is_a_fixed_point",
		 self->src);
	EXPECT_EQ(0, run(command));
	EXPECT_NE(NULL, strstr(output,
			       "\n# moved: only the power-on state,"));
	snprintf(command, sizeof(command),
		 "vfio-mig -j verify %s --only save_load_save_is_a_fixed_point",
		 self->src);
	EXPECT_EQ(0, run(command));
	EXPECT_NE(NULL, strstr(output, "\"changed_state_moved\":false"));
}

#define PREPARE	"/tmp/verify.prepare"
#define EXPECT	"/tmp/verify.expect"

static int verify_files(struct __test_metadata *_metadata, const char *src,
			const char *dst, const char *prepare,
			const char *expect, const char *only)
{
	char command[256];

	EXPECT_EQ(0, make_file(PREPARE, prepare, strlen(prepare)));
	EXPECT_EQ(0, make_file(EXPECT, expect, strlen(expect)));
	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --peer %s --prepare " PREPARE
		 " --expect " EXPECT " --only %s 2>&1", src, dst, only);
	return run(command);
}

/* A state that the user brings, and what has to be there. */
TEST_F_TIMEOUT(one, files_bring_a_state, 200)
{
	static const char prepare[] =
		"call DEVICE bar-write 0 0x4 4 0x12345678\n";
	static const char right[] =
		"call DEVICE bar-read 0 0x4 4 0xedcba987\n";
	static const char wrong[] =
		"call DEVICE bar-read 0 0x4 4 0xedcba986\n";

	EXPECT_EQ(0, verify_files(_metadata, self->src, self->dst, prepare,
				  right, "state_arrives"));
	EXPECT_NE(NULL, strstr(output,
			       "\n# moved: a changed state (by files)\n"));
	EXPECT_EQ(1, verify_files(_metadata, self->src, self->dst, prepare,
				  wrong, "all_of_the_state_arrives"));
	EXPECT_NE(NULL, strstr(output, "\nnot ok 1 all_of_the_state_arrives"));
	EXPECT_NE(NULL, strstr(output,
			       "came: region 0, 0x4: 0xedcba987, not 0xedcba986"));
	EXPECT_NE(NULL, strstr(output, "--prepare " PREPARE " --expect " EXPECT));
}

/* It is at work when it is stopped, and what is expected waits for that. */
TEST_F_TIMEOUT(one, files_bring_work, 200)
{
	static const char prepare[] =
		"call DEVICE map 0x100000 0x1000\n"
		"call DEVICE irq-on 1\n"
		"call DEVICE bar-write 0 0x80 8 0x40000\n"
		"call DEVICE bar-write 0 0x88 8 0x100000\n"
		"call DEVICE bar-write 0 0x90 8 4096\n"
		"call DEVICE bar-write 0 0x98 8 7\n";
	static const char expect[] =
		"call DEVICE bar-wait 0 0x98 8 1 0\n"
		"call DEVICE bar-read 0 0x98 8 6\n"
		"call DEVICE memory-read 0x100000 4096 00x4096\n"
		"call DEVICE irq-count 1000 1\n";
	static const char * const checks[] = {
		"dma_waits_in_stop", "interrupts_wait_in_stop",
		"work_goes_on_at_the_destination", "no_interrupt_is_lost",
		"no_interrupt_is_doubled",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		EXPECT_EQ(0, verify_files(_metadata, self->src, self->dst,
					  prepare, expect, checks[i]));
		EXPECT_EQ(NULL, strstr(output, "SKIP"))
			TH_LOG("%s", output);
	}
}

TEST_F(one, one_check_as_json)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "vfio-mig -j verify %s --only error_cannot_be_set", self->src);
	EXPECT_EQ(0, run(command));
	EXPECT_NE(NULL, strstr(output,
			       "\"name\":\"error_cannot_be_set\""));
	EXPECT_NE(NULL, strstr(output, "\"result\":\"pass\""));
	EXPECT_NE(NULL, strstr(output, "\"rule\":"));
	EXPECT_NE(NULL, strstr(output, "\"fail\":0"));
}

TEST_F(one, wrong_usage_is_told)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --only nothing 2>&1", self->src);
	EXPECT_EQ(2, run(command));
	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --profile xen 2>&1", self->src);
	EXPECT_EQ(2, run(command));
	EXPECT_EQ(2, verify_files(_metadata, self->src, self->dst,
				  "call DEVICE dance\n", "", "state_arrives"));
	EXPECT_NE(NULL, strstr(output, PREPARE ":1: dance: no such call"));
	EXPECT_EQ(2, verify_files(_metadata, self->src, self->dst,
				  "call DEVICE get\n", "\n\nreset DEVICE\n",
				  "state_arrives"));
	EXPECT_NE(NULL, strstr(output, EXPECT ":3: each line must be"));
	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --expect " EXPECT " 2>&1", self->src);
	EXPECT_EQ(2, run(command));
	EXPECT_NE(NULL, strstr(output, "without --prepare"));
}

TEST(what_cannot_be_migrated_is_unsupported)
{
	char bdf[64], command[128];

	ASSERT_EQ(0, edu_find(0, false, bdf, sizeof(bdf)));
	ASSERT_EQ(0, vfiomig_bind(bdf, "vfio-pci", NULL));
	snprintf(command, sizeof(command), "vfio-mig verify %s 2>&1", bdf);
	EXPECT_EQ(4, run(command));
	EXPECT_NE(NULL, strstr(output, "cannot migrate"));
	EXPECT_EQ(0, vfiomig_bind(bdf, "edu_vfio_pci", NULL));
}

TEST_HARNESS_MAIN
