// SPDX-License-Identifier: GPL-2.0
/* Streams that are not what a device saved, and the device afterwards. */
#include <string.h>
#include <unistd.h>

#include "check.h"

#define CHUNK	0x100000

/* A stream that has to be refused, by a write() or by leaving RESUMING. */
static bool refused(struct verify *v, const struct bytes *bytes,
		    const char *what)
{
	int ret;

	if (!fresh(v, &v->self) || !go(v, &v->self, VFIO_MIG_RESUMING))
		return false;
	ret = call_write_all(v, v->self.data_fd, bytes, CHUNK);
	if (!ret)
		ret = call_set(v, &v->self, VFIO_MIG_STOP, NULL);
	return expect_failure(v, ret, what);
}

static void truncated(struct verify *v)
{
	const struct bytes *whole = saved(v);
	struct bytes part;
	size_t cuts[] = { 1, 16, 0, 0 };
	unsigned int i;

	if (!whole)
		return;
	cuts[2] = whole->size / 2;
	cuts[3] = whole->size - 1;
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		part = (struct bytes) { whole->data, cuts[i] };
		if (!cuts[i] || cuts[i] >= whole->size)
			continue;
		if (!refused(v, &part, "a stream that was cut off"))
			return;
	}
}

static void extended(struct verify *v)
{
	const struct bytes *whole = saved(v);
	struct bytes longer = {};

	if (!whole || !copy_bytes(v, &longer, whole))
		return;
	longer.data[longer.size++] = 0;
	refused(v, &longer, "a stream with a byte more");
	free_bytes(&longer);
}

static void bad_start(struct verify *v)
{
	const struct bytes *whole = saved(v);
	struct bytes bad = {};
	size_t i;

	if (!whole || !copy_bytes(v, &bad, whole))
		return;
	for (i = 0; i < bad.size && i < 16; i++)
		bad.data[i] ^= 0xff;
	refused(v, &bad, "a stream whose first 16 bytes are wrong");
	free_bytes(&bad);
}

/* Only a checksum finds them all, and only this core is known to have it. */
static void any_flip(struct verify *v)
{
	const struct bytes *whole = saved(v);
	struct bytes bad = {};
	size_t i, at;

	if (!whole || !copy_bytes(v, &bad, whole))
		return;
	for (i = 0; i < 16; i++) {
		at = i * (bad.size - 1) / 15;
		bad.data[at] ^= 1 << i % 8;
		if (!refused(v, &bad, "a stream with one bit flipped"))
			break;
		bad.data[at] ^= 1 << i % 8;
	}
	free_bytes(&bad);
}

/* Half a stream, then a SET that has to be refused: the state, or -1. */
static int state_after_refusal(struct verify *v, __u32 to)
{
	int ret = write_half(v);

	if (!ret)
		ret = call_set(v, &v->self, to, NULL);
	if (!ret)
		blocked(v, "a stream that was cut off is not refused");
	return v->verdict == VERDICT_PASS ? state_of(&v->self) : -1;
}

static void state_afterwards(struct verify *v)
{
	int state = state_after_refusal(v, VFIO_MIG_STOP);

	if (state >= 0)
		expect(v, state == VFIO_MIG_RESUMING ||
		       state == VFIO_MIG_ERROR, "RESUMING or ERROR", "%s",
		       vfio_mig_state_name(state));
}

static void combination_refuses_too(struct verify *v)
{
	int state = state_after_refusal(v, VFIO_MIG_RUNNING);

	if (state >= 0)
		expect(v, state != VFIO_MIG_RUNNING && state != VFIO_MIG_STOP,
		       "not a state beyond the arc that failed", "%s",
		       vfio_mig_state_name(state));
}

/* Reset a device that is left in RESUMING or ERROR, and use it again. */
static void usable_afterwards(struct verify *v)
{
	const struct bytes *whole = saved(v);

	if (!whole || state_after_refusal(v, VFIO_MIG_STOP) < 0)
		return;
	close_data(v, &v->self);
	if (call_reset(v, &v->self) ||
	    state_of(&v->self) != VFIO_MIG_RUNNING)
		blocked(v, "a reset does not make it RUNNING");
	else if (expect_ok(v, load(v, &v->self, whole, CHUNK),
			   "loading a good stream after a bad one"))
		expect_ok(v, call_set(v, &v->self, VFIO_MIG_RUNNING, NULL),
			  "RUNNING");
}

static void error_is_left_by_reset_only(struct verify *v)
{
	int state = state_after_refusal(v, VFIO_MIG_STOP);
	unsigned int i;

	if (state >= 0 && state != VFIO_MIG_ERROR)
		skip(v, "a bad stream does not bring this device to ERROR");
	for (i = 0; v->verdict == VERDICT_PASS && i < v->count; i++)
		expect_failure(v, call_set(v, &v->self, v->states[i], NULL),
			       "a SET in ERROR");
}

#define ANCHOR		"enum vfio_device_mig_state: RESUMING -> STOP"
#define INVALID_RULE	"If what was written is incomplete, inconsistent or otherwise invalid, leaving RESUMING fails."

static const struct check checks[] = {
	{ "truncated_stream_is_refused", INVALID_RULE, ANCHOR,
	  NEEDS_DESTRUCTIVE, truncated },
	{ "extended_stream_is_refused", INVALID_RULE, ANCHOR,
	  NEEDS_DESTRUCTIVE, extended },
	{ "stream_with_a_wrong_start_is_refused", INVALID_RULE, ANCHOR,
	  NEEDS_DESTRUCTIVE, bad_start },
	{ "stream_with_a_flipped_bit_is_refused", INVALID_RULE, ANCHOR,
	  NEEDS_DESTRUCTIVE | NEEDS_CORE, any_flip },
	{ "refusal_leaves_resuming_or_error",
	  "A transition that fails leaves the state it began in, or one on its way, or ERROR.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", NEEDS_DESTRUCTIVE,
	  state_afterwards },
	{ "refusal_ends_a_combination",
	  "If a combination fails, the state is one along its path up to the arc that failed.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", NEEDS_DESTRUCTIVE,
	  combination_refuses_too },
	{ "device_is_usable_after_a_refusal",
	  "To abort RESUMING, or to recover from ERROR, the device is reset.",
	  ANCHOR, NEEDS_DESTRUCTIVE | NEEDS_RESET, usable_afterwards },
	{ "error_is_left_by_a_reset_only",
	  "To recover from ERROR the device must be reset.",
	  "enum vfio_device_mig_state: any -> ERROR",
	  NEEDS_DESTRUCTIVE | NEEDS_CORE, error_is_left_by_reset_only },
	{}
};

const struct check_group refusals_group = { "refusals", checks };
