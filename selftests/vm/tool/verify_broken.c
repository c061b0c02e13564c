// SPDX-License-Identifier: GPL-2.0
/*
 * Each check of vfio-mig verify can fail: a driver that makes one mistake is
 * reported by the check that is named after it, and by no other; and the script
 * in the report shows the mistake again.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common.h"

#define DRIVER	"broken_vfio_pci"
#define FAULT	"/sys/module/" DRIVER "/parameters/fault"
#define SCRIPT	"/tmp/verify_broken.script"

/* How a line of a script begins in a report. */
#define INDENT	"#     "

static const struct fault {
	const char *fault;
	const char *check;
} faults[] = {
	{ "unknown_flag", "migration_flags_are_defined_ones" },
	{ "any_feature_is_there", "unknown_feature_is_enotty" },
	{ "stops_halfway", "from_running_every_state_is_reached" },
	{ "lacks_an_arc", "from_pre_copy_p2p_every_state_is_reached" },
	{ "error_can_be_set", "error_cannot_be_set" },
	{ "any_number_is_a_state", "unknown_states_cannot_be_set" },
	{ "goes_back_to_pre_copy", "stop_copy_to_pre_copy_is_refused" },
	{ "refusal_ends_the_session", "refused_set_leaves_the_session" },
	{ "file_when_set_again", "set_of_the_current_state_succeeds" },
	{ "set_again_ends_the_session",
	  "set_of_the_current_state_leaves_the_session" },
	{ "state_changes_by_itself", "state_does_not_change_by_itself" },
	{ "no_file_for_pre_copy", "data_fd_comes_where_a_session_opens" },
	{ "file_where_none_is", "no_data_fd_comes_elsewhere" },
	{ "data_after_stop_copy", "stop_copy_file_is_over_afterwards" },
	{ "takes_bytes_after_resuming", "resuming_file_is_over_afterwards" },
	{ "end_after_pre_copy", "pre_copy_file_is_over_afterwards" },
	{ "data_in_the_next_session",
	  "old_file_stays_over_in_the_next_session" },
	{ "saving_file_seeks", "saving_file_cannot_seek" },
	{ "any_ioctl_succeeds", "unknown_ioctl_on_a_file_is_enotty" },
	{ "leaks_a_file", "sessions_leak_no_files" },
	{ "starts_over_at_the_end", "end_of_stream_is_permanent" },
	{ "poll_waits_at_the_end", "end_of_stream_polls_readable" },
	{ "skips_in_one_byte_reads", "one_byte_reads_give_the_whole_stream" },
	{ "skips_in_odd_reads", "odd_reads_give_the_whole_stream" },
	{ "never_the_same_twice", "saving_twice_gives_the_same_bytes" },
	{ "forgets_what_it_loaded", "save_load_save_is_a_fixed_point" },
	{ "failed_read_loses_bytes", "failed_read_loses_nothing" },
	{ "no_size_in_resuming", "data_size_can_be_asked_in_every_state" },
	{ "size_is_zero", "data_size_is_never_zero" },
	{ "takes_half_a_stream", "truncated_stream_is_refused" },
	{ "ignores_a_surplus", "extended_stream_is_refused" },
	{ "takes_any_start", "stream_with_a_wrong_start_is_refused" },
	{ "advances_before_it_fails", "refusal_leaves_resuming_or_error" },
	{ "goes_on_after_a_failure", "refusal_ends_a_combination" },
	{ "no_initial_bytes", "initial_bytes_start_above_zero" },
	{ "dirty_at_once", "dirty_bytes_start_at_zero" },
	{ "initial_bytes_stay", "initial_bytes_decrease_as_data_is_read" },
	{ "any_argsz_will_do", "precopy_info_with_a_short_argsz_is_refused" },
	{ "info_in_stop_copy", "precopy_info_is_refused_in_stop_copy" },
	{ "info_in_resuming", "precopy_info_is_refused_in_resuming" },
	{ "end_in_pre_copy", "temporary_end_is_enomsg" },
	{ "bytes_left_at_the_end", "nothing_is_left_at_the_temporary_end" },
	{ "poll_never_waits", "poll_waits_at_the_temporary_end" },
	{ "enomsg_in_stop_copy", "stop_copy_never_says_enomsg" },
	{ "config_is_lost_in_stop", "config_space_is_read_while_stopped" },
	{ "config_is_read_only_in_stop",
	  "config_space_is_written_while_stopped" },
	{ "no_interrupts_in_stop", "interrupts_are_set_up_while_stopped" },
	{ "interrupts_are_lost_in_stop",
	  "interrupts_are_delivered_while_stopped" },
	{ "writes_in_stop", "memory_is_left_alone_while_stopped" },
	{ "hides_its_reset", "reset_is_there_if_the_flags_say_so" },
	{ "stop_survives_a_reset",
	  "reset_in_every_state_makes_it_running" },
	{ "data_after_reset", "reset_ends_saving" },
	{ "close_keeps_the_state", "reopened_in_every_state_it_is_running" },
	{ "data_after_close",
	  "saving_file_is_over_when_the_device_is_closed" },
	{ "saves_no_registers", "stream_tells_of_the_state" },
	{ "forgets_all_that_it_loads", "state_arrives" },
	{ "forgets_a_register", "all_of_the_state_arrives" },
	{ "swaps_bytes", "state_arrives_in_its_byte_order" },
	{ "forgets_the_last_piece", "state_arrives_in_pieces" },
	{ "loses_a_register_on_the_way_back",
	  "second_round_trip_changes_nothing" },
	{ "loses_its_state_when_saved", "source_keeps_its_state" },
	{ "saves_nothing_without_decode", "state_is_saved_without_decode" },
	{ "loads_nothing_without_decode", "state_is_loaded_without_decode" },
	{ "keeps_the_first_load", "second_load_replaces_the_first" },
	{ "stale_after_pre_copy", "pre_copy_ends_in_the_newest_state" },
	{ "v2_outlives_closing", "precopy_v2_ends_with_the_last_close" },
	{ "v2_can_be_read", "precopy_v2_cannot_be_read" },
	{ "v2_refuses_data", "precopy_v2_takes_no_data" },
	{ "v2_without_pre_copy", "precopy_v2_is_refused_without_pre_copy" },
	{ "v2_ends_with_a_reset", "precopy_v2_outlives_a_reset" },
	{ "flags_come_back", "precopy_v2_makes_flags_an_output" },
	{ "reinit_unasked", "reinit_is_told_to_who_asked" },
	{ "dirty_after_reinit", "reinit_makes_what_waits_initial" },
	{ "reinit_again_and_again", "reinit_is_told_once" },
	{ "reinit_never_ends", "initial_bytes_end_again_after_reinit" },
};

/* Those of a device at work, which it is told to do by files. */
static const struct fault work_faults[] = {
	{ "counts_on_in_stop", "registers_stand_still_in_stop" },
	{ "dma_in_stop", "dma_waits_in_stop" },
	{ "interrupts_in_stop", "interrupts_wait_in_stop" },
	{ "dma_in_p2p", "dma_waits_in_p2p" },
	{ "loses_an_interrupt", "no_interrupt_is_lost" },
	{ "doubles_an_interrupt", "no_interrupt_is_doubled" },
};

/* 30 times it writes how often to memory, then it interrupts (broken.h). */
#define PREPARE	"/tmp/verify_broken.prepare"
#define EXPECT	"/tmp/verify_broken.expect"

static const char prepare_lines[] =
	"call DEVICE map 0x3000000 4096\n"
	"call DEVICE irq-on 1\n"
	"call DEVICE bar-write 0 0x0 4 0x11223344\n"
	"call DEVICE bar-write 0 0x10 4 0x3000000\n"
	"call DEVICE bar-write 0 0x1c 4 1\n"
	"call DEVICE bar-write 0 0x14 4 30\n";

static const char expect_lines[] =
	"call DEVICE bar-wait 0 0x14 4 0xffffffff 0\n"
	"call DEVICE bar-read 0 0x14 4 0\n"
	"call DEVICE bar-read 0 0x18 4 30\n"
	"call DEVICE bar-read 0 0x0 4 0x11223344\n"
	"call DEVICE memory-read 0x3000000 4 30\n"
	"call DEVICE irq-count 0 1\n";

/*
 * Where the mistake is that there are two different numbers, they are others
 * each time; this is what stands around them, or NULL.
 */
static const char *varies(const char *fault)
{
	if (!strcmp(fault, "leaks_a_file"))
		return "# %u are open";
	if (!strcmp(fault, "never_the_same_twice") ||
	    !strcmp(fault, "forgets_what_it_loaded"))
		return "# 4112 bytes, sum %x";
	return NULL;
}

/* It needs a container: with an iommufd it takes more to do DMA. */
static bool has_dma(void)
{
	const char *way = getenv("VFIO_MIG_IOMMU");

	return access("/dev/vfio/devices", F_OK) ||
	       (way && !strcmp(way, "group"));
}

static bool kernel_is_older_than(unsigned int major, unsigned int minor)
{
	struct utsname kernel;
	unsigned int is_major = 0, is_minor = 0;

	return uname(&kernel) ||
	       sscanf(kernel.release, "%u.%u", &is_major, &is_minor) != 2 ||
	       is_major < major || (is_major == major && is_minor < minor);
}

/* Where VFIO knows MIG_PRECOPY_INFOv2 itself, it does not ask the driver. */
static bool can_be_made(const char *fault)
{
	if (!strncmp(fault, "v2_", 3))
		return kernel_is_older_than(7, 1);
	return strcmp(fault, "writes_in_stop") || has_dma();
}

/* A script begins with a device that was closed, and so not where these do. */
static bool outlives_closing(const char *fault)
{
	return !strcmp(fault, "close_keeps_the_state") ||
	       !strcmp(fault, "data_after_close") ||
	       !strcmp(fault, "v2_outlives_closing");
}

FIXTURE(broken)
{
	char bdf[64];
	char output[256 * 1024];
	char again[128 * 1024];
};

static int make_mistake(const char *fault)
{
	int fd = open(FAULT, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -1;
	ret = dprintf(fd, "%s\n", fault) > 0 ? 0 : -1;
	close(fd);
	return ret;
}

/* It goes through VFIO for everything, which on 6.1 lacks much of it. */
static bool kernel_is_too_old(void)
{
	return kernel_is_older_than(6, 6);
}

FIXTURE_SETUP(broken)
{
	if (kernel_is_too_old())
		SKIP(return, "it needs Linux 6.6");
	if (!has_test_modules())
		SKIP(return, "there are no modules for tests");
	ASSERT_EQ(0, load_test_module(DRIVER));
	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, make_mistake("none"));
	ASSERT_EQ(0, vfiomig_bind(self->bdf, DRIVER, NULL));
}

FIXTURE_TEARDOWN(broken)
{
	if (kernel_is_too_old())
		return;
	make_mistake("none");
	EXPECT_EQ(0, vfiomig_bind(self->bdf, "edu_vfio_pci", NULL));
}

/*
 * Does @check fail, or nothing if it is NULL?  Others that fail are shown.
 * A check that fails must say what it expected and how to see it again.
 * @output is cut into lines, and of no use afterwards.
 */
static bool only_fails(struct __test_metadata *_metadata, char *output,
		       const char *check)
{
	bool found = !check, told = !check, alone = true;
	char *line, *name;

	while ((line = strsep(&output, "\n"))) {
		if (!strncmp(line, "#   reproduce: vfio-mig verify ", 31))
			told = true;
		if (strncmp(line, "not ok ", 7))
			continue;
		name = strrchr(line, ' ') + 1;
		if (check && !strcmp(name, check)) {
			found = true;
			continue;
		}
		TH_LOG("%s fails too", name);
		alone = false;
	}
	return found && told && alone;
}

/* What is in the reports of checks that failed. */
static int write_script(const char *output)
{
	FILE *file = fopen(SCRIPT, "we");
	const char *line, *end;

	if (!file)
		return -1;
	for (line = output; *line; line = end + !!*end) {
		end = strchrnul(line, '\n');
		if (!strncmp(line, INDENT, strlen(INDENT)))
			fprintf(file, "%.*s\n",
				(int)(end - line - strlen(INDENT)),
				line + strlen(INDENT));
	}
	return fclose(file);
}

/* Two different numbers where there should be one. */
static bool two_numbers(char *text, const char *format)
{
	unsigned int number, first = 0, count = 0;
	char *line, *result;
	bool differ = false;

	while ((line = strsep(&text, "\n"))) {
		result = strstr(line, "# ");
		if (!result || sscanf(result, format, &number) != 1)
			continue;
		if (!count++)
			first = number;
		differ |= number != first;
	}
	return differ;
}

/* What the script says when it is run is what stands in it already. */
static bool says_the_same(char *text)
{
	char line[512];
	FILE *file = fopen(SCRIPT, "re");
	bool same = file && *text;

	while (same && fgets(line, sizeof(line), file)) {
		same = !strncmp(text, line, strlen(line));
		text += strlen(line);
	}
	same &= !*text;
	if (file)
		fclose(file);
	return same;
}

static bool script_shows_it(struct __test_metadata *_metadata, char *output,
			    char *again, size_t size, const char *fault)
{
	bool shows;

	if (write_script(output) ||
	    run_command("vfio-mig -b " SCRIPT " 2>&1", again, size))
		shows = false;
	else
		shows = varies(fault) ? two_numbers(again, varies(fault)) :
					says_the_same(again);
	if (!shows) {
		TH_LOG("the script says:\n%s", again);
		run_command("cat " SCRIPT, again, size);
		TH_LOG("instead of:\n%s", again);
	}
	return shows;
}

static int run_checks(const char *bdf, const char *options, char *output,
		      size_t size)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --destructive %s", bdf, options);
	return run_command(command, output, size);
}

/* How far the work has come when it is looked at is another thing each time. */
static bool script_runs(char *output, char *again, size_t size)
{
	return !write_script(output) &&
	       !run_command("vfio-mig -b " SCRIPT " 2>&1", again, size);
}

TEST_F_TIMEOUT(broken, without_a_mistake_nothing_fails, 120)
{
	EXPECT_EQ(0, run_checks(self->bdf, "", self->output,
				sizeof(self->output)));
	EXPECT_EQ(NULL, strstr(self->output, "SKIP blocked"));
	EXPECT_NE(NULL, strstr(self->output,
			       "# moved: a changed state (registers that keep"));
	EXPECT_TRUE(only_fails(_metadata, self->output, NULL));
}

/* All of its work is there to be seen, and none of it is skipped. */
TEST_F_TIMEOUT(broken, without_a_mistake_work_goes_on, 120)
{
	const char *group;

	if (!has_dma())
		SKIP(return, "it takes a container");
	ASSERT_EQ(0, make_file(PREPARE, prepare_lines, strlen(prepare_lines)));
	ASSERT_EQ(0, make_file(EXPECT, expect_lines, strlen(expect_lines)));
	EXPECT_EQ(0, run_checks(self->bdf,
				"--prepare " PREPARE " --expect " EXPECT,
				self->output, sizeof(self->output)))
		TH_LOG("%s", self->output);
	group = strstr(self->output, "# group: work\n");
	ASSERT_NE(NULL, group);
	EXPECT_EQ(NULL, strstr(group, "SKIP"))
		TH_LOG("%s", group);
}

TEST_F_TIMEOUT(broken, each_mistake_of_work_is_caught_by_its_check_alone, 600)
{
	unsigned int i;

	if (!has_dma())
		SKIP(return, "it takes a container");
	ASSERT_EQ(0, make_file(PREPARE, prepare_lines, strlen(prepare_lines)));
	ASSERT_EQ(0, make_file(EXPECT, expect_lines, strlen(expect_lines)));
	for (i = 0; i < ARRAY_SIZE(work_faults); i++) {
		ASSERT_EQ(0, make_mistake(work_faults[i].fault));
		EXPECT_EQ(1, run_checks(self->bdf,
					"--prepare " PREPARE " --expect " EXPECT,
					self->output, sizeof(self->output)));
		EXPECT_TRUE(script_runs(self->output, self->again,
					sizeof(self->again)))
			TH_LOG("%s: %s", work_faults[i].fault, self->again);
		EXPECT_TRUE(only_fails(_metadata, self->output,
				       work_faults[i].check))
			TH_LOG("%s", work_faults[i].fault);
	}
}

/* Of mistakes that show by MIG_PRECOPY_INFOv2 only, others know nothing. */
static bool is_of_precopy_v2(const char *fault)
{
	return !strncmp(fault, "v2_", 3) || strstr(fault, "reinit") ||
	       !strcmp(fault, "flags_come_back");
}

TEST_F_TIMEOUT(broken, each_mistake_is_caught_by_its_check_alone, 1200)
{
	char options[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		options[0] = '\0';
		if (!can_be_made(faults[i].fault))
			continue;
		ASSERT_EQ(0, make_mistake(faults[i].fault));
		if (is_of_precopy_v2(faults[i].fault) && !getenv("VFIO_MIG_FULL"))
			snprintf(options, sizeof(options), "--only %s",
				 faults[i].check);
		EXPECT_EQ(1, run_checks(self->bdf, options, self->output,
					sizeof(self->output)));
		EXPECT_TRUE(outlives_closing(faults[i].fault) ||
			    script_shows_it(_metadata, self->output,
					    self->again, sizeof(self->again),
					    faults[i].fault))
			TH_LOG("%s", faults[i].fault);
		EXPECT_TRUE(only_fails(_metadata, self->output,
				       faults[i].check))
			TH_LOG("%s", faults[i].fault);
	}
}

/* VMMs' calls move what was put into the device, and do not just come to their end. */
TEST_F_TIMEOUT(broken, mistakes_are_seen_by_a_vmm_too, 300)
{
	static const struct {
		const char *fault;
		const char *profile;
		const char *check;
	} seen[] = {
		{ "none", "qemu-11.1", NULL },
		{ "forgets_a_register", "qemu", "qemu_migrates" },
		{ "forgets_a_register", "cloud-hypervisor", "cloud_hypervisor_migrates" },
		{ "stale_after_pre_copy", "qemu-11.1", "qemu_11_1_migrates" },
		{ "loses_its_state_when_saved", "cloud-hypervisor",
		  "cloud_hypervisor_cancels_a_source_after_each_call" },
	};
	char options[128];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seen); i++) {
		ASSERT_EQ(0, make_mistake(seen[i].fault));
		snprintf(options, sizeof(options), "--profile %s%s%s", seen[i].profile,
			 seen[i].check ? " --only " : "",
			 seen[i].check ? seen[i].check : "");
		EXPECT_EQ(!!seen[i].check, run_checks(self->bdf, options, self->output,
						      sizeof(self->output)))
			TH_LOG("%s: %s", seen[i].fault, self->output);
		EXPECT_TRUE(!seen[i].check ||
			    script_shows_it(_metadata, self->output, self->again,
					    sizeof(self->again), seen[i].fault))
			TH_LOG("%s", seen[i].fault);
		EXPECT_TRUE(only_fails(_metadata, self->output, seen[i].check))
			TH_LOG("%s", seen[i].fault);
	}
}

TEST_HARNESS_MAIN
