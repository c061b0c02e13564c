// SPDX-License-Identifier: GPL-2.0
/* Data files: when one comes, what it can do, and when it is over. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"

/* Does each SET from @from return a file just where it has to? */
static bool files_from(struct verify *v, __u32 from, bool wanted)
{
	unsigned int i;
	char pair[64];
	int data_fd;

	for (i = 0; i < v->count; i++) {
		__u32 to = v->states[i];

		if (!(v->rules.settable & VFIO_MIG_PAIR(from, to)) ||
		    from == to || opens(from, to) != wanted)
			continue;
		if (!enter(v, &v->self, from))
			return false;
		snprintf(pair, sizeof(pair), "%s -> %s",
			 vfio_mig_state_name(from), vfio_mig_state_name(to));
		if (call_set(v, &v->self, to, &data_fd))
			return blocked(v, "%s fails", pair);
		if (data_fd >= 0)
			call_close(v, data_fd);
		if (!expect(v, wanted ? data_fd >= 0 : data_fd == -1,
			    wanted ? "a new data_fd" : "data_fd is -1",
			    "%s: data_fd is %d", pair, data_fd))
			return false;
	}
	return true;
}

static void file_where_session_opens(struct verify *v)
{
	unsigned int i;

	for (i = 0; i < v->count; i++)
		if (!files_from(v, v->states[i], true))
			return;
}

static void no_file_elsewhere(struct verify *v)
{
	unsigned int i;

	for (i = 0; i < v->count; i++)
		if (!files_from(v, v->states[i], false))
			return;
}

/* After each SET that ends the session of @from, is its file done with? */
static void files_are_over(struct verify *v, __u32 from)
{
	bool saving = vfio_mig_is_saving(from);
	unsigned int i;
	char pair[64];
	int data_fd;

	for (i = 0; i < v->count; i++) {
		__u32 to = v->states[i];

		if (!(v->rules.settable & VFIO_MIG_PAIR(from, to)) ||
		    !ends(from, to))
			continue;
		if (!enter(v, &v->self, from))
			return;
		data_fd = take_data_fd(&v->self);
		snprintf(pair, sizeof(pair), "after %s -> %s",
			 vfio_mig_state_name(from), vfio_mig_state_name(to));
		if (call_set(v, &v->self, to, NULL))
			blocked(v, "it fails: %s", pair + 6);
		else
			expect_over(v, data_fd, saving, pair);
		close(data_fd);
		if (v->verdict != VERDICT_PASS)
			return;
	}
}

static void over_after_stop_copy(struct verify *v)
{
	files_are_over(v, VFIO_MIG_STOP_COPY);
}

static void over_after_resuming(struct verify *v)
{
	files_are_over(v, VFIO_MIG_RESUMING);
}

static void over_after_pre_copy(struct verify *v)
{
	files_are_over(v, VFIO_MIG_PRE_COPY);
}

static void over_after_pre_copy_p2p(struct verify *v)
{
	files_are_over(v, VFIO_MIG_PRE_COPY_P2P);
}

static void over_for_good(struct verify *v)
{
	int data_fd;

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	data_fd = take_data_fd(&v->self);
	if (go(v, &v->self, VFIO_MIG_STOP) &&
	    go(v, &v->self, VFIO_MIG_STOP_COPY))
		expect_over(v, data_fd, true, "in the session after its own");
	close(data_fd);
}

static void not_written(struct verify *v)
{
	char byte = 0;

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	expect_failure(v, call_write(v, v->self.data_fd, &byte, 1),
		       "write in STOP_COPY");
}

static void not_read(struct verify *v)
{
	char byte;

	if (!enter(v, &v->self, VFIO_MIG_RESUMING))
		return;
	expect_failure(v, call_read(v, v->self.data_fd, &byte, 1),
		       "read in RESUMING");
}

static void no_seek(struct verify *v, __u32 state)
{
	if (enter(v, &v->self, state))
		expect_errno(v, call_seek(v, v->self.data_fd), ESPIPE,
			     "lseek");
}

static void no_seek_saving(struct verify *v)
{
	no_seek(v, VFIO_MIG_STOP_COPY);
}

static void no_seek_loading(struct verify *v)
{
	no_seek(v, VFIO_MIG_RESUMING);
}

static void no_position(struct verify *v)
{
	if (enter(v, &v->self, VFIO_MIG_STOP_COPY) &&
	    expect_errno(v, call_pread(v, v->self.data_fd), ESPIPE,
			 "pread") &&
	    enter(v, &v->self, VFIO_MIG_RESUMING))
		expect_errno(v, call_pwrite(v, v->self.data_fd), ESPIPE,
			     "pwrite");
}

static void close_early(struct verify *v)
{
	static const __u32 states[] = { VFIO_MIG_STOP_COPY,
					VFIO_MIG_RESUMING };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		if (!enter(v, &v->self, states[i]))
			return;
		close_data(v, &v->self);
		if (!expect_state(v, &v->self, states[i], "file closed"))
			return;
		expect_ok(v, call_set(v, &v->self, VFIO_MIG_STOP, NULL),
			  "STOP, with the file closed before");
	}
}

static void each_its_own(struct verify *v)
{
	struct bytes first = {}, second = {};

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	call_read_all(v, v->self.data_fd, &first, 4096);
	if (go(v, &v->self, VFIO_MIG_STOP) &&
	    go(v, &v->self, VFIO_MIG_STOP_COPY)) {
		call_read_all(v, v->self.data_fd, &second, 4096);
		expect(v, second.size, "the stream from its beginning",
		       "no byte");
	}
	free_bytes(&first);
	free_bytes(&second);
}

static void unknown_ioctl(struct verify *v)
{
	if (enter(v, &v->self, VFIO_MIG_STOP_COPY))
		expect_errno(v, call_file_ioctl(v, v->self.data_fd, 99),
			     ENOTTY, "an unknown ioctl on the file");
}

/* One round of a session in each direction, and a SET that is refused. */
static bool go_round(struct verify *v)
{
	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY) ||
	    !enter(v, &v->self, VFIO_MIG_RESUMING) || !fresh(v, &v->self))
		return false;
	call_set(v, &v->self, VFIO_MIG_ERROR, NULL);
	return true;
}

static void nothing_leaks(struct verify *v)
{
	int before, after, i;

	/* What is asked for the first time is asked before it is counted. */
	if (!go_round(v) || !fresh(v, &v->self))
		return;
	v->notes.keeps = true;
	before = call_count_files(v, &v->self);
	for (i = 0; i < 4; i++)
		if (!go_round(v))
			return;
	after = call_count_files(v, &v->self);
	expect(v, before == after, "as many open files as before",
	       "%d, and before that %d", after, before);
}

#define ANCHOR		"enum vfio_device_mig_state"
#define ANCHOR_FD	"VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE"
#define OVER_RULE	"Leaving the saving group, or RESUMING, terminates the data transfer session."
#define SEEK_RULE	"The stream is opaque and its order is preserved; it is read and written in sequence."

static const struct check checks[] = {
	{ "data_fd_comes_where_a_session_opens",
	  "If the new state starts a data transfer session, its file is returned in data_fd.",
	  ANCHOR_FD, 0, file_where_session_opens },
	{ "no_data_fd_comes_elsewhere",
	  "Moving within the saving group or to a state without a session opens none.",
	  ANCHOR ": saving group", 0, no_file_elsewhere },
	{ "stop_copy_file_is_over_afterwards", OVER_RULE,
	  ANCHOR ": STOP_COPY -> STOP", 0, over_after_stop_copy },
	{ "resuming_file_is_over_afterwards", OVER_RULE,
	  ANCHOR ": RESUMING -> STOP", 0, over_after_resuming },
	{ "pre_copy_file_is_over_afterwards", OVER_RULE,
	  ANCHOR ": PRE_COPY -> RUNNING", NEEDS_PRE_COPY,
	  over_after_pre_copy },
	{ "pre_copy_p2p_file_is_over_afterwards", OVER_RULE,
	  ANCHOR ": PRE_COPY_P2P -> RUNNING_P2P",
	  NEEDS_PRE_COPY | NEEDS_P2P, over_after_pre_copy_p2p },
	{ "old_file_stays_over_in_the_next_session", OVER_RULE, ANCHOR, 0,
	  over_for_good },
	{ "saving_file_cannot_be_written",
	  "In the saving group the state is read out.",
	  ANCHOR ": STOP_COPY", 0, not_written },
	{ "loading_file_cannot_be_read",
	  "In RESUMING the data stream is fed into the file.",
	  ANCHOR ": STOP -> RESUMING", 0, not_read },
	{ "saving_file_cannot_seek", SEEK_RULE, ANCHOR_FD, 0,
	  no_seek_saving },
	{ "loading_file_cannot_seek", SEEK_RULE, ANCHOR_FD, 0,
	  no_seek_loading },
	{ "files_have_no_positions", SEEK_RULE, ANCHOR_FD, 0, no_position },
	{ "closing_the_file_changes_no_state",
	  "The user closes the file when it is finished with it; the state is changed by SET only.",
	  ANCHOR_FD, 0, close_early },
	{ "each_session_begins_its_stream_anew",
	  "Entering STOP_COPY from STOP begins the process of saving and returns a new data_fd.",
	  ANCHOR ": STOP -> STOP_COPY", 0, each_its_own },
	{ "unknown_ioctl_on_a_file_is_enotty",
	  "VFIO_MIG_GET_PRECOPY_INFO is the only ioctl of the file.",
	  "VFIO_MIG_GET_PRECOPY_INFO", 0, unknown_ioctl },
	{ "sessions_leak_no_files",
	  "One file belongs to a session, and closing it is all that a user has to do.",
	  ANCHOR_FD, 0, nothing_leaks },
	{}
};

const struct check_group sessions_group = { "sessions", checks };
