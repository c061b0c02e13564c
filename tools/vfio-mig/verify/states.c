// SPDX-License-Identifier: GPL-2.0
/* SET and GET of the state: every pair of states, and what is none. */
#include <errno.h>
#include <stdio.h>

#include "check.h"
#include "uapi/linux/vfio_mig.h"

#define OFFERED(v, state)	vfio_mig_state_offered((v)->features, state)

static bool settable(const struct verify *v, __u32 from, __u32 to)
{
	return v->rules.settable & VFIO_MIG_PAIR(from, to);
}

/* One SET from @from to wherever it may lead. */
static void pairs_from(struct verify *v, __u32 from)
{
	char pair[64];
	unsigned int i;
	int ret;

	if (!OFFERED(v, from)) {
		skip(v, "the device has no %s", vfio_mig_state_name(from));
		return;
	}
	for (i = 0; i < v->count; i++) {
		__u32 to = v->states[i];

		if (!settable(v, from, to) || from == to)
			continue;
		if (!enter(v, &v->self, from))
			return;
		snprintf(pair, sizeof(pair), "%s -> %s",
			 vfio_mig_state_name(from), vfio_mig_state_name(to));
		ret = call_set(v, &v->self, to, NULL);
		if (!expect_ok(v, ret, pair) ||
		    !expect_state(v, &v->self, to, pair))
			return;
	}
}

static void from_running(struct verify *v)
{
	pairs_from(v, VFIO_MIG_RUNNING);
}

static void from_stop(struct verify *v)
{
	pairs_from(v, VFIO_MIG_STOP);
}

static void from_stop_copy(struct verify *v)
{
	pairs_from(v, VFIO_MIG_STOP_COPY);
}

static void from_resuming(struct verify *v)
{
	pairs_from(v, VFIO_MIG_RESUMING);
}

static void from_running_p2p(struct verify *v)
{
	pairs_from(v, VFIO_MIG_RUNNING_P2P);
}

static void from_pre_copy(struct verify *v)
{
	pairs_from(v, VFIO_MIG_PRE_COPY);
}

static void from_pre_copy_p2p(struct verify *v)
{
	pairs_from(v, VFIO_MIG_PRE_COPY_P2P);
}

/* Hop by hop through all states that the device shows. */
static bool walk_to(struct verify *v, __u32 from, __u32 to)
{
	int data_fd, ret;
	__u32 at = from;

	while (at != to) {
		__u32 next = v->rules.hop[at][to];

		ret = call_set(v, &v->self, next, &data_fd);
		if (ret)
			return expect(v, false, "each hop of the path works",
				      "%s -> %s: %s", vfio_mig_state_name(at),
				      vfio_mig_state_name(next),
				      errno_text(ret));
		if (data_fd >= 0)
			call_close(v, data_fd);
		at = next;
		if (!expect_state(v, &v->self, at, "after a hop"))
			return false;
	}
	return true;
}

static void combinations_by_hops(struct verify *v)
{
	unsigned int i, j;

	for (i = 0; i < v->count; i++) {
		for (j = 0; j < v->count; j++) {
			__u32 from = v->states[i], to = v->states[j];

			if (!settable(v, from, to) || from == to ||
			    v->rules.direct & VFIO_MIG_PAIR(from, to))
				continue;
			if (!enter(v, &v->self, from) ||
			    !walk_to(v, from, to))
				return;
		}
	}
}

static void refuse_in_every_state(struct verify *v, const __u32 *wrong,
				  unsigned int count)
{
	unsigned int i, j;
	char what[64];
	int ret;

	for (i = 0; i < v->count; i++) {
		if (!enter(v, &v->self, v->states[i]))
			return;
		for (j = 0; j < count; j++) {
			snprintf(what, sizeof(what), "SET of %s (%u) in %s",
				 vfio_mig_state_name(wrong[j]), wrong[j],
				 vfio_mig_state_name(v->states[i]));
			ret = call_set(v, &v->self, wrong[j], NULL);
			if (!expect_failure(v, ret, what) ||
			    !expect_state(v, &v->self, v->states[i], what))
				return;
		}
	}
}

static void error_not_set(struct verify *v)
{
	static const __u32 wrong[] = { VFIO_MIG_ERROR };

	refuse_in_every_state(v, wrong, ARRAY_SIZE(wrong));
}

static void unknown_not_set(struct verify *v)
{
	static const __u32 wrong[] = { 8, 9, 255, 0x80000000, 0xffffffff };

	refuse_in_every_state(v, wrong, ARRAY_SIZE(wrong));
}

static void p2p_not_set(struct verify *v)
{
	static const __u32 wrong[] = { VFIO_MIG_RUNNING_P2P,
				       VFIO_MIG_PRE_COPY_P2P };

	refuse_in_every_state(v, wrong, ARRAY_SIZE(wrong));
}

static void pre_copy_not_set(struct verify *v)
{
	static const __u32 wrong[] = { VFIO_MIG_PRE_COPY,
				       VFIO_MIG_PRE_COPY_P2P };

	refuse_in_every_state(v, wrong, ARRAY_SIZE(wrong));
}

static void never_back(struct verify *v, __u32 to)
{
	int ret;

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	ret = call_set(v, &v->self, to, NULL);
	if (expect_failure(v, ret, vfio_mig_state_name(to)))
		expect_state(v, &v->self, VFIO_MIG_STOP_COPY,
			     "after the refusal");
}

static void stop_copy_to_pre_copy(struct verify *v)
{
	never_back(v, VFIO_MIG_PRE_COPY);
}

static void stop_copy_to_pre_copy_p2p(struct verify *v)
{
	never_back(v, VFIO_MIG_PRE_COPY_P2P);
}

static void refusal_ends_nothing(struct verify *v)
{
	struct bytes rest = {};
	int ret;

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	call_set(v, &v->self, VFIO_MIG_ERROR, NULL);
	ret = call_read_all(v, v->self.data_fd, &rest, 4096);
	expect(v, !ret && rest.size, "the stream can still be read",
	       "%zu bytes, then %s", rest.size, errno_text(ret));
	free_bytes(&rest);
}

static void same_state(struct verify *v)
{
	unsigned int i;
	int ret, data_fd;

	for (i = 0; i < v->count; i++) {
		const char *name = vfio_mig_state_name(v->states[i]);

		if (!enter(v, &v->self, v->states[i]))
			return;
		ret = call_set(v, &v->self, v->states[i], &data_fd);
		if (!expect_ok(v, ret, name))
			return;
		if (data_fd >= 0)
			call_close(v, data_fd);
		if (!expect(v, data_fd == -1, "data_fd is -1",
			    "%s again: a data_fd", name) ||
		    !expect_state(v, &v->self, v->states[i], "afterwards"))
			return;
	}
}

static void same_state_keeps_session(struct verify *v)
{
	struct bytes rest = {};
	int ret;

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	if (call_set(v, &v->self, VFIO_MIG_STOP_COPY, NULL)) {
		blocked(v, "STOP_COPY cannot be set again");
		return;
	}
	ret = call_read_all(v, v->self.data_fd, &rest, 4096);
	expect(v, !ret && rest.size, "the stream can still be read",
	       "%zu bytes, then %s", rest.size, errno_text(ret));
	free_bytes(&rest);
}

static void nothing_by_itself(struct verify *v)
{
	unsigned int i;

	for (i = 0; i < v->count; i++) {
		if (!enter(v, &v->self, v->states[i]))
			return;
		call_sleep(v, &v->self, 300);
		if (!expect_state(v, &v->self, v->states[i], "0.3 s later"))
			return;
	}
}

static void probe_says_the_same(struct verify *v)
{
	struct vfio_device_mig_arc query;

	if (!expect_ok(v, call_arcs(v, &v->self, &query), "MIG_ARC_SUPPORTED"))
		return;
	expect(v, query.settable == v->rules.settable &&
	       query.direct == v->rules.direct,
	       "the pairs that follow from the features",
	       "settable 0x%llx, not 0x%llx; direct 0x%llx, not 0x%llx",
	       query.settable, v->rules.settable, query.direct,
	       v->rules.direct);
}

#define ANCHOR		"enum vfio_device_mig_state"
#define PAIR_RULE	"All other transitions are combinations of the arcs: the shortest path, without saving states in its interior."
#define OPTIONAL_RULE	"An optional state that a device does not support cannot be set."
#define BACK_RULE	"This arc is not permitted and returns an error."

static const struct check checks[] = {
	{ "from_running_every_state_is_reached", PAIR_RULE, ANCHOR, 0,
	  from_running },
	{ "from_stop_every_state_is_reached", PAIR_RULE, ANCHOR, 0,
	  from_stop },
	{ "from_stop_copy_every_allowed_state_is_reached", PAIR_RULE, ANCHOR,
	  0, from_stop_copy },
	{ "from_resuming_every_state_is_reached", PAIR_RULE, ANCHOR, 0,
	  from_resuming },
	{ "from_running_p2p_every_state_is_reached", PAIR_RULE, ANCHOR, 0,
	  from_running_p2p },
	{ "from_pre_copy_every_state_is_reached", PAIR_RULE, ANCHOR, 0,
	  from_pre_copy },
	{ "from_pre_copy_p2p_every_state_is_reached", PAIR_RULE, ANCHOR, 0,
	  from_pre_copy_p2p },
	{ "combinations_can_be_walked_hop_by_hop", PAIR_RULE, ANCHOR, 0,
	  combinations_by_hops },
	{ "error_cannot_be_set",
	  "ERROR cannot be specified as a device state.",
	  ANCHOR ": any -> ERROR", 0, error_not_set },
	{ "unknown_states_cannot_be_set",
	  "The new state is one of the enum.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", 0, unknown_not_set },
	{ "missing_p2p_states_cannot_be_set", OPTIONAL_RULE, ANCHOR,
	  NEEDS_NO_P2P, p2p_not_set },
	{ "missing_pre_copy_states_cannot_be_set", OPTIONAL_RULE, ANCHOR,
	  NEEDS_NO_PRE_COPY, pre_copy_not_set },
	{ "stop_copy_to_pre_copy_is_refused", BACK_RULE,
	  ANCHOR ": STOP_COPY -> PRE_COPY", NEEDS_PRE_COPY | NEEDS_NO_LOOP,
	  stop_copy_to_pre_copy },
	{ "stop_copy_to_pre_copy_p2p_is_refused", BACK_RULE,
	  ANCHOR ": STOP_COPY -> PRE_COPY_P2P",
	  NEEDS_PRE_COPY | NEEDS_P2P | NEEDS_NO_LOOP,
	  stop_copy_to_pre_copy_p2p },
	{ "refused_set_leaves_the_session",
	  "A request that is refused as such executes no arc, so it ends no session.",
	  ANCHOR, 0, refusal_ends_nothing },
	{ "set_of_the_current_state_succeeds",
	  "No arc is on the way to where the device is, so nothing happens.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", 0, same_state },
	{ "set_of_the_current_state_leaves_the_session",
	  "No arc is on the way to where the device is, so nothing happens.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", 0,
	  same_state_keeps_session },
	{ "state_does_not_change_by_itself",
	  "A driver makes no transitions that the user has not asked for.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", 0, nothing_by_itself },
	{ "arc_probe_agrees_with_the_features",
	  "The answer equals what a SET would accept (vfio_mig.h).",
	  "VFIO_DEVICE_MIG_ARC_SUPPORTED", NEEDS_CORE, probe_says_the_same },
	{}
};

const struct check_group states_group = { "states", checks };
