// SPDX-License-Identifier: GPL-2.0
/* PRE_COPY: what a device that still runs says of itself. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "check.h"

#define CHUNK	0x100000
#define SIZE	sizeof(struct vfio_precopy_info)

static bool ask(struct verify *v, struct vfio_precopy_info *info)
{
	int ret;

	ret = call_precopy_info(v, v->self.data_fd, sizeof(*info), info, NULL);
	return ret ? blocked(v, "PRECOPY_INFO fails: %s", errno_text(ret)) :
		     true;
}

static void info_works(struct verify *v, __u32 state)
{
	if (enter(v, &v->self, state))
		expect_ok(v, call_precopy_info(v, v->self.data_fd, SIZE, NULL,
					       NULL), "PRECOPY_INFO");
}

static void info_in_pre_copy(struct verify *v)
{
	info_works(v, VFIO_MIG_PRE_COPY);
}

static void info_in_pre_copy_p2p(struct verify *v)
{
	info_works(v, VFIO_MIG_PRE_COPY_P2P);
}

static void starts_with_initial_bytes(struct verify *v)
{
	struct vfio_precopy_info info;

	if (enter(v, &v->self, VFIO_MIG_PRE_COPY) && ask(v, &info))
		expect(v, info.initial_bytes, "initial_bytes more than 0",
		       "0");
}

static void starts_clean(struct verify *v)
{
	struct vfio_precopy_info info;

	if (enter(v, &v->self, VFIO_MIG_PRE_COPY) && ask(v, &info))
		expect(v, !info.dirty_bytes, "dirty_bytes is 0", "%llu",
		       info.dirty_bytes);
}

static void initial_bytes_go_down(struct verify *v)
{
	struct vfio_precopy_info before, after;
	ssize_t done;
	char byte;

	if (!enter(v, &v->self, VFIO_MIG_PRE_COPY) || !ask(v, &before))
		return;
	done = call_read(v, v->self.data_fd, &byte, 1);
	if (done != 1 || !before.initial_bytes) {
		skip(v, "it sends nothing in PRE_COPY");
		return;
	}
	if (ask(v, &after))
		expect(v, after.initial_bytes < before.initial_bytes,
		       "fewer than before", "%llu, before that %llu",
		       after.initial_bytes, before.initial_bytes);
}

static void info_argsz_short(struct verify *v)
{
	if (enter(v, &v->self, VFIO_MIG_PRE_COPY))
		expect_errno(v, call_precopy_info(v, v->self.data_fd, SIZE - 1,
						  NULL, NULL),
			     EINVAL, "argsz one too small");
}

static void info_argsz_long(struct verify *v)
{
	bool exceeded;

	if (!enter(v, &v->self, VFIO_MIG_PRE_COPY))
		return;
	if (expect_ok(v, call_precopy_info(v, v->self.data_fd, SIZE + 32, NULL,
					   &exceeded), "argsz with more room"))
		expect(v, !exceeded, "bytes beyond the struct untouched",
		       "they are not");
}

static void info_elsewhere(struct verify *v, __u32 state)
{
	int ret;

	if (!enter(v, &v->self, state))
		return;
	ret = call_precopy_info(v, v->self.data_fd, SIZE, NULL, NULL);
	if (v->has & NEEDS_PRE_COPY && state == VFIO_MIG_STOP_COPY)
		expect_errno(v, ret, EINVAL, vfio_mig_state_name(state));
	else
		expect_failure(v, ret, vfio_mig_state_name(state));
}

static void info_in_stop_copy(struct verify *v)
{
	info_elsewhere(v, VFIO_MIG_STOP_COPY);
}

static void info_in_resuming(struct verify *v)
{
	info_elsewhere(v, VFIO_MIG_RESUMING);
}

static void info_after_session(struct verify *v)
{
	int data_fd;

	if (!enter(v, &v->self, VFIO_MIG_PRE_COPY))
		return;
	data_fd = take_data_fd(&v->self);
	if (go(v, &v->self, VFIO_MIG_RUNNING))
		expect_failure(v, call_precopy_info(v, data_fd, SIZE, NULL,
						    NULL),
			       "PRECOPY_INFO after the session");
	close(data_fd);
}

/* To the temporary end: what read() said then. */
static int drain(struct verify *v, struct bytes *bytes)
{
	int ret = call_read_all(v, v->self.data_fd, bytes, CHUNK);

	if (ret && ret != -ENOMSG)
		blocked(v, "reading in PRE_COPY: %s", errno_text(ret));
	return ret;
}

static void end_is_temporary(struct verify *v)
{
	struct bytes bytes = {};

	if (enter(v, &v->self, VFIO_MIG_PRE_COPY))
		expect_errno(v, call_read_all(v, v->self.data_fd, &bytes,
					      CHUNK),
			     ENOMSG, "read when there is nothing more");
	free_bytes(&bytes);
}

static void nothing_left_at_the_end(struct verify *v)
{
	struct vfio_precopy_info info;
	struct bytes bytes = {};

	if (enter(v, &v->self, VFIO_MIG_PRE_COPY) &&
	    drain(v, &bytes) == -ENOMSG && ask(v, &info))
		expect(v, !info.initial_bytes && !info.dirty_bytes,
		       "0 and 0 at the temporary end",
		       "initial %llu, dirty %llu", info.initial_bytes,
		       info.dirty_bytes);
	free_bytes(&bytes);
}

static void poll_at_the_end(struct verify *v)
{
	struct bytes bytes = {};

	if (enter(v, &v->self, VFIO_MIG_PRE_COPY) &&
	    drain(v, &bytes) == -ENOMSG)
		expect(v, !(call_poll(v, v->self.data_fd) & POLLIN),
		       "no POLLIN at the temporary end", "POLLIN");
	free_bytes(&bytes);
}

static void no_enomsg_when_stopped(struct verify *v)
{
	struct bytes bytes = {};
	int ret;

	if (!enter(v, &v->self, VFIO_MIG_PRE_COPY))
		return;
	drain(v, &bytes);
	if (go(v, &v->self, VFIO_MIG_STOP_COPY)) {
		ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
		expect(v, ret != -ENOMSG, "data or the end", "ENOMSG");
	}
	free_bytes(&bytes);
}

/* Through the saving group: the file must be the same, and go on. */
static void session_lasts(struct verify *v, const __u32 *way, size_t count)
{
	struct bytes bytes = {};
	int data_fd, ret = 0;
	size_t i;

	if (!enter(v, &v->self, way[0]))
		return;
	drain(v, &bytes);
	for (i = 1; i < count; i++) {
		ret = call_set(v, &v->self, way[i], &data_fd);
		if (!ret && data_fd >= 0)
			call_close(v, data_fd);
		if (ret) {
			blocked(v, "cannot reach %s",
				vfio_mig_state_name(way[i]));
			goto out;
		}
	}
	ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
	expect(v, !ret || ret == -ENOMSG, "the file goes on", "%s",
	       errno_text(ret));
out:
	free_bytes(&bytes);
}

static void lasts_into_stop_copy(struct verify *v)
{
	static const __u32 way[] = { VFIO_MIG_PRE_COPY, VFIO_MIG_STOP_COPY };

	session_lasts(v, way, ARRAY_SIZE(way));
}

static void lasts_through_p2p(struct verify *v)
{
	static const __u32 way[] = { VFIO_MIG_PRE_COPY,
				     VFIO_MIG_PRE_COPY_P2P,
				     VFIO_MIG_PRE_COPY,
				     VFIO_MIG_PRE_COPY_P2P,
				     VFIO_MIG_STOP_COPY };

	session_lasts(v, way, ARRAY_SIZE(way));
}

/* PRE_COPY and STOP_COPY of one file, loaded. */
static void loads(struct verify *v, bool drained)
{
	struct bytes bytes = {};
	int ret;

	if (!enter(v, &v->self, VFIO_MIG_PRE_COPY))
		return;
	if (drained)
		drain(v, &bytes);
	if (go(v, &v->self, VFIO_MIG_STOP_COPY)) {
		ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
		if (ret)
			blocked(v, "the stream cannot be read: %s",
				errno_text(ret));
		else
			expect_ok(v, load(v, &v->self, &bytes, CHUNK),
				  "loading");
	}
	free_bytes(&bytes);
}

static void loads_drained(struct verify *v)
{
	loads(v, true);
}

static void loads_hurried(struct verify *v)
{
	loads(v, false);
}

static void begins_again(struct verify *v)
{
	struct bytes one = {}, other = {};

	if (enter(v, &v->self, VFIO_MIG_PRE_COPY)) {
		drain(v, &one);
		if (go(v, &v->self, VFIO_MIG_RUNNING) &&
		    go(v, &v->self, VFIO_MIG_PRE_COPY)) {
			drain(v, &other);
			expect(v, !one.size || other.size,
			       "the stream from its beginning", "no byte");
		}
	}
	free_bytes(&one);
	free_bytes(&other);
}

#define ANCHOR		"VFIO_MIG_GET_PRECOPY_INFO"
#define ANCHOR_STATE	"enum vfio_device_mig_state"
#define ONLY_RULE	"It is valid in the PRE_COPY states only, and EINVAL in others."
#define GROUP_RULE	"Moving between the states of the saving group does not affect the session's file."
#define LOAD_RULE	"What is loaded is what one file gave during saving, from first to last."

static const struct check checks[] = {
	{ "precopy_info_works_in_pre_copy",
	  "A driver with PRE_COPY must support it.",
	  ANCHOR, NEEDS_PRE_COPY, info_in_pre_copy },
	{ "precopy_info_works_in_pre_copy_p2p",
	  "It is valid in both PRE_COPY states.",
	  ANCHOR, NEEDS_PRE_COPY | NEEDS_P2P, info_in_pre_copy_p2p },
	{ "initial_bytes_start_above_zero",
	  "initial_bytes has a value other than 0 at first.",
	  ANCHOR, NEEDS_PRE_COPY, starts_with_initial_bytes },
	{ "dirty_bytes_start_at_zero", "dirty_bytes starts at 0.",
	  ANCHOR, NEEDS_PRE_COPY, starts_clean },
	{ "initial_bytes_decrease_as_data_is_read",
	  "initial_bytes goes down as data is read.",
	  ANCHOR, NEEDS_PRE_COPY, initial_bytes_go_down },
	{ "precopy_info_with_a_short_argsz_is_refused",
	  "argsz covers the struct.", ANCHOR, NEEDS_PRE_COPY,
	  info_argsz_short },
	{ "precopy_info_with_a_long_argsz_works",
	  "argsz may be more than this kernel knows of.",
	  ANCHOR, NEEDS_PRE_COPY, info_argsz_long },
	{ "precopy_info_is_refused_in_stop_copy", ONLY_RULE, ANCHOR, 0,
	  info_in_stop_copy },
	{ "precopy_info_is_refused_in_resuming", ONLY_RULE, ANCHOR, 0,
	  info_in_resuming },
	{ "precopy_info_is_refused_after_the_session", ONLY_RULE, ANCHOR,
	  NEEDS_PRE_COPY, info_after_session },
	{ "temporary_end_is_enomsg",
	  "At the temporary end of the stream read() returns ENOMSG.",
	  ANCHOR, NEEDS_PRE_COPY, end_is_temporary },
	{ "nothing_is_left_at_the_temporary_end",
	  "The temporary end is reached when initial_bytes and dirty_bytes are both 0.",
	  ANCHOR, NEEDS_PRE_COPY, nothing_left_at_the_end },
	{ "poll_waits_at_the_temporary_end",
	  "A user can wait with poll for more data.",
	  ANCHOR, NEEDS_PRE_COPY, poll_at_the_end },
	{ "stop_copy_never_says_enomsg",
	  "ENOMSG may not be returned in STOP_COPY.",
	  ANCHOR, NEEDS_PRE_COPY, no_enomsg_when_stopped },
	{ "session_lasts_from_pre_copy_to_stop_copy", GROUP_RULE,
	  ANCHOR_STATE ": saving group", NEEDS_PRE_COPY,
	  lasts_into_stop_copy },
	{ "session_lasts_through_pre_copy_p2p_and_back", GROUP_RULE,
	  ANCHOR_STATE ": PRE_COPY_P2P -> PRE_COPY",
	  NEEDS_PRE_COPY | NEEDS_P2P, lasts_through_p2p },
	{ "stream_with_pre_copy_loads", LOAD_RULE,
	  ANCHOR_STATE ": STOP -> RESUMING", NEEDS_PRE_COPY, loads_drained },
	{ "pre_copy_may_be_left_early",
	  "Leaving PRE_COPY before initial_bytes is 0 is slower, but allowed.",
	  ANCHOR, NEEDS_PRE_COPY, loads_hurried },
	{ "pre_copy_given_up_begins_anew",
	  "Leaving PRE_COPY for RUNNING ends the session; entering it again starts another.",
	  ANCHOR_STATE ": PRE_COPY -> RUNNING", NEEDS_PRE_COPY,
	  begins_again },
	{}
};

const struct check_group precopy_group = { "precopy", checks };
