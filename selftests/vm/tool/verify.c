// SPDX-License-Identifier: GPL-2.0
/*
 * vfio-mig verify: this project's driver keeps to all the rules, whatever the
 * device shows, and what cannot be migrated is told apart from what fails.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

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

static int show(const char *bdf, const char *property, bool shown)
{
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio_mig/%s",
		 bdf, property);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, shown ? "1" : "0", 1) == 1 ? 0 : -1;
	close(fd);
	return ret;
}

static int show_states(const char *bdf, bool p2p, bool pre_copy)
{
	return show(bdf, "p2p", p2p) | show(bdf, "pre-copy", pre_copy);
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

/* Without --destructive and --peer less is checked, and that is no failure. */
TEST_F_TIMEOUT(verify, what_is_not_asked_for_is_skipped, 200)
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

TEST_F(verify, one_check_as_json)
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

TEST_F(verify, wrong_usage_is_told)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --only nothing 2>&1", self->src);
	EXPECT_EQ(2, run(command));
	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --profile xen 2>&1", self->src);
	EXPECT_EQ(2, run(command));
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
