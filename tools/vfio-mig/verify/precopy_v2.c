// SPDX-License-Identifier: GPL-2.0
/*
 * MIG_PRECOPY_INFOv2: who asks for it is told by the flags of PRECOPY_INFO when a device
 * that still runs has become another, and initial bytes begin anew.
 */
#include <errno.h>

#include "content.h"

#define CHUNK	0x100000
#define HEAD	sizeof(struct vfio_device_feature)
#define V2	FEATURE_PRECOPY_INFO_V2
#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE

/* Flags that nobody has written who does not give back what he is given. */
#define GIVEN	0xa5a5a5a4

static bool opt_in(struct verify *v)
{
	int ret = call_precopy_v2(v, &v->self);

	return ret ? blocked(v, "it cannot be asked for: %s",
			     errno_text(ret)) : true;
}

static bool ask(struct verify *v, __u32 flags, struct vfio_precopy_info *info)
{
	int ret = call_precopy_flags(v, v->self.data_fd, sizeof(*info), flags,
				     info, NULL);

	return ret ? blocked(v, "PRECOPY_INFO fails: %s", errno_text(ret)) :
		     true;
}

/* ---- the feature ---- */

static void probes(struct verify *v)
{
	expect_ok(v, call_feature(v, &v->self, PROBE | V2, HEAD, NULL, 0),
		  "PROBE");
	expect_ok(v, call_feature(v, &v->self, PROBE | SET | V2, HEAD, NULL, 0),
		  "PROBE SET");
}

static void not_read(struct verify *v)
{
	__u64 data = 0;

	expect_failure(v, call_feature(v, &v->self, PROBE | GET | V2, HEAD,
				       NULL, 0), "PROBE GET");
	expect_failure(v, call_feature(v, &v->self, GET | V2,
				       HEAD + sizeof(data), &data,
				       sizeof(data)), "GET");
}

static void data_is_ignored(struct verify *v)
{
	__u64 data = ~0ull;

	if (!expect_ok(v, call_precopy_v2(v, &v->self), "SET without data"))
		return;
	expect_ok(v, call_feature(v, &v->self, SET | V2, HEAD + sizeof(data),
				  &data, sizeof(data)), "SET with data");
}

static void needs_pre_copy(struct verify *v)
{
	expect_errno(v, call_precopy_v2(v, &v->self), EINVAL, "SET");
}

/* ---- how long it lasts ---- */

/* In PRE_COPY: are the flags given back as they came? */
static bool given_back(struct verify *v, bool *same)
{
	struct vfio_precopy_info info;

	if (!fresh(v, &v->self) || !go(v, &v->self, VFIO_MIG_PRE_COPY) ||
	    !ask(v, GIVEN, &info))
		return false;
	*same = info.flags == GIVEN;
	return true;
}

static void expect_output(struct verify *v, const char *when)
{
	struct vfio_precopy_info info;

	if (!go(v, &v->self, VFIO_MIG_PRE_COPY) || !ask(v, GIVEN, &info))
		return;
	expect(v, !(info.flags & ~PRECOPY_INFO_REINIT), "flags that are defined",
	       "%s they are %#x", when, info.flags);
}

static void flags_are_output(struct verify *v)
{
	if (opt_in(v))
		expect_output(v, "after the SET");
}

static void lasts_over_reset(struct verify *v)
{
	bool same;

	if (!opt_in(v))
		return;
	v->notes.keeps = true;
	if (!given_back(v, &same))
		return;
	if (same)
		blocked(v, "flags are no output before the reset either");
	else if (call_reset(v, &v->self))
		blocked(v, "the device cannot be reset");
	else
		expect_output(v, "after a reset");
}

/* Only a driver that gives flags back where nobody asked for them shows it. */
static void ends_with_last_close(struct verify *v)
{
	bool before, after;

	if (!given_back(v, &before))
		return;
	if (!before) {
		skip(v, "flags are written where it was not asked for too");
		return;
	}
	v->notes.keeps = true;
	if (opt_in(v) && reopen(v, &v->self) && given_back(v, &after))
		expect(v, after, "flags as they were given",
		       "closing the device does not end it");
}

/* ---- another device ---- */

/* All there was has been read, and then its state changes. */
static bool change_in_pre_copy(struct verify *v)
{
	struct bytes bytes = {};
	bool good = false;
	int ret;

	if (go(v, &v->self, VFIO_MIG_PRE_COPY)) {
		ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
		good = !ret || ret == -ENOMSG ?
		       v->content->prepare(v, &v->self) :
		       blocked(v, "reading in PRE_COPY: %s", errno_text(ret));
	}
	free_bytes(&bytes);
	return good;
}

static bool reinit_comes(struct verify *v, struct vfio_precopy_info *info)
{
	if (!begin(v) || !opt_in(v) || !change_in_pre_copy(v) ||
	    !ask(v, 0, info))
		return false;
	if (info->flags & PRECOPY_INFO_REINIT)
		return true;
	skip(v, "a change of its state is no reason for it to say REINIT");
	return false;
}

static void what_waits_is_initial(struct verify *v)
{
	struct vfio_precopy_info info;

	if (reinit_comes(v, &info))
		expect(v, info.initial_bytes && !info.dirty_bytes,
		       "initial bytes, and no dirty ones",
		       "initial %llu, dirty %llu", info.initial_bytes,
		       info.dirty_bytes);
}

static void told_once(struct verify *v)
{
	struct vfio_precopy_info info;

	if (reinit_comes(v, &info) && ask(v, 0, &info))
		expect(v, !(info.flags & PRECOPY_INFO_REINIT),
		       "REINIT once", "once more, for nothing");
}

static void told_to_who_asked(struct verify *v)
{
	struct vfio_precopy_info info;

	if (begin(v) && change_in_pre_copy(v) && ask(v, 0, &info))
		expect(v, !(info.flags & PRECOPY_INFO_REINIT), "no REINIT",
		       "REINIT without a SET");
}

static void ends_again(struct verify *v)
{
	struct vfio_precopy_info info;
	struct bytes bytes = {};
	int ret;

	if (!reinit_comes(v, &info))
		return;
	ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
	if (ret != -ENOMSG)
		blocked(v, "reading in PRE_COPY: %s", errno_text(ret));
	else if (ask(v, 0, &info))
		expect(v, !info.initial_bytes && !info.dirty_bytes,
		       "0 and 0 at the temporary end",
		       "initial %llu, dirty %llu", info.initial_bytes,
		       info.dirty_bytes);
	free_bytes(&bytes);
}

#define ANCHOR		"VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2"
#define ANCHOR_INFO	"VFIO_MIG_GET_PRECOPY_INFO"
#define ANCHOR_FEATURE	"VFIO_DEVICE_FEATURE"
#define NEEDS		(NEEDS_PRECOPY_V2 | NEEDS_PRE_COPY)
#define OUTPUT_RULE	"From the SET on, flags is a valid output of PRECOPY_INFO."
#define LASTS_RULE	"It is the user's, not the device's state: it ends when the device is closed, and not with a reset."

static const struct check checks[] = {
	/* First, while nobody has asked for it. */
	{ "precopy_v2_ends_with_the_last_close", LASTS_RULE, ANCHOR,
	  NEEDS, ends_with_last_close },
	{ "precopy_v2_can_be_probed",
	  "A probe succeeds if the feature and the methods asked for are there.",
	  ANCHOR_FEATURE, NEEDS, probes },
	{ "precopy_v2_cannot_be_read", "It can be set only.", ANCHOR, NEEDS,
	  not_read },
	{ "precopy_v2_takes_no_data",
	  "It is set without data, and what is given is ignored.", ANCHOR,
	  NEEDS, data_is_ignored },
	{ "precopy_v2_is_refused_without_pre_copy",
	  "It is about PRE_COPY; a device without it says EINVAL.", ANCHOR,
	  NEEDS_PRECOPY_V2 | NEEDS_NO_PRE_COPY, needs_pre_copy },
	{ "precopy_v2_makes_flags_an_output", OUTPUT_RULE, ANCHOR, NEEDS,
	  flags_are_output },
	{ "precopy_v2_outlives_a_reset", LASTS_RULE, ANCHOR,
	  NEEDS | NEEDS_RESET | NEEDS_DESTRUCTIVE, lasts_over_reset },
	{ "reinit_is_told_to_who_asked",
	  "REINIT comes only after a SET of MIG_PRECOPY_INFOv2.", ANCHOR_INFO,
	  NEEDS | NEEDS_CONTENT, told_to_who_asked },
	{ "reinit_makes_what_waits_initial",
	  "With REINIT there are initial bytes again, and dirty_bytes is 0.",
	  ANCHOR_INFO, NEEDS | NEEDS_CONTENT, what_waits_is_initial },
	{ "reinit_is_told_once",
	  "REINIT says that new initial data is there; a VMM waits for that each time.",
	  ANCHOR_INFO, NEEDS | NEEDS_CONTENT, told_once },
	{ "initial_bytes_end_again_after_reinit",
	  "The new initial bytes go down to 0 as they are read.",
	  ANCHOR_INFO, NEEDS | NEEDS_CONTENT, ends_again },
	{}
};

const struct check_group precopy_v2_group = { "precopy-v2", checks };
