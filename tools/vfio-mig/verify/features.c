// SPDX-License-Identifier: GPL-2.0
/* VFIO_DEVICE_FEATURE: what a device says it can do, and how it is asked. */
#include <errno.h>
#include <string.h>

#include "check.h"

#define KNOWN	(VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | \
		 VFIO_MIGRATION_PRE_COPY)
#define HEAD	sizeof(struct vfio_device_feature)
#define GET	VFIO_DEVICE_FEATURE_GET
#define SET	VFIO_DEVICE_FEATURE_SET
#define PROBE	VFIO_DEVICE_FEATURE_PROBE
#define STATE	VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE
#define SIZE	VFIO_DEVICE_FEATURE_MIG_DATA_SIZE

/* As they are now; 0 if they cannot be had. */
static __u64 flags_now(struct verify *v)
{
	struct vfio_device_feature_migration now = {};
	int ret = call_feature(v, &v->self,
			       GET | VFIO_DEVICE_FEATURE_MIGRATION,
			       HEAD + sizeof(now), &now, sizeof(now));

	if (ret)
		blocked(v, "GET of MIGRATION: %s", errno_text(ret));
	return now.flags;
}

static void stop_copy_offered(struct verify *v)
{
	__u64 flags = flags_now(v);

	expect(v, flags & VFIO_MIGRATION_STOP_COPY, "STOP_COPY",
	       "flags are 0x%llx", flags);
}

static void flags_known(struct verify *v)
{
	__u64 flags = flags_now(v);

	expect(v, !(flags & ~(__u64)KNOWN), "STOP_COPY, P2P, PRE_COPY",
	       "flags are 0x%llx", flags);
}

static void flags_constant(struct verify *v)
{
	struct vfio_device_feature_migration now;
	unsigned int i;
	int ret;

	for (i = 0; i < v->count; i++) {
		if (!enter(v, &v->self, v->states[i]))
			return;
		memset(&now, 0xff, sizeof(now));
		ret = call_feature(v, &v->self,
				   GET | VFIO_DEVICE_FEATURE_MIGRATION,
				   HEAD + sizeof(now), &now, sizeof(now));
		if (!expect_ok(v, ret, vfio_mig_state_name(v->states[i])))
			return;
		if (!expect(v, now.flags == v->features, "the same flags",
			    "in %s they are 0x%llx, before 0x%llx",
			    vfio_mig_state_name(v->states[i]), now.flags,
			    v->features))
			return;
	}
}

static void probe(struct verify *v, __u32 flags, bool good, const char *what)
{
	int ret = call_feature(v, &v->self, PROBE | flags, HEAD, NULL, 0);

	if (good)
		expect_ok(v, ret, what);
	else
		expect_failure(v, ret, what);
}

static void migration_probes(struct verify *v)
{
	probe(v, VFIO_DEVICE_FEATURE_MIGRATION, true, "PROBE");
	probe(v, VFIO_DEVICE_FEATURE_MIGRATION | GET, true, "PROBE GET");
}

static void migration_not_set(struct verify *v)
{
	__u64 flags = KNOWN;

	probe(v, VFIO_DEVICE_FEATURE_MIGRATION | SET, false, "PROBE SET");
	expect_failure(v, call_feature(v, &v->self,
				       SET | VFIO_DEVICE_FEATURE_MIGRATION,
				       HEAD + sizeof(flags), &flags,
				       sizeof(flags)), "SET");
}

static void state_probes(struct verify *v)
{
	probe(v, STATE, true, "PROBE");
	probe(v, STATE | GET, true, "PROBE GET");
	probe(v, STATE | SET, true, "PROBE SET");
	probe(v, STATE | GET | SET, true, "PROBE GET SET");
}

static void data_size_probes(struct verify *v)
{
	probe(v, SIZE, true, "PROBE");
	probe(v, SIZE | GET, true, "PROBE GET");
}

static void data_size_not_set(struct verify *v)
{
	probe(v, SIZE | SET, false, "PROBE SET");
}

static void data_size_there(struct verify *v)
{
	__u64 bytes;

	expect_ok(v, call_data_size(v, &v->self, &bytes), "MIG_DATA_SIZE");
}

static int state_call(struct verify *v, __u32 flags, size_t argsz)
{
	struct vfio_device_feature_mig_state state = {
		.device_state = VFIO_MIG_STOP,
	};

	return call_feature(v, &v->self, flags, argsz, &state, sizeof(state));
}

static void get_and_set_at_once(struct verify *v)
{
	expect_errno(v, state_call(v, STATE | GET | SET, HEAD + 8), EINVAL,
		     "GET and SET");
	expect_state(v, &v->self, VFIO_MIG_RUNNING, "afterwards");
}

static void argsz_without_head(struct verify *v)
{
	expect_errno(v, state_call(v, STATE | GET, HEAD - 1), EINVAL,
		     "argsz shorter than the struct");
	expect_errno(v, state_call(v, STATE | GET, 0), EINVAL, "argsz 0");
}

static void argsz_without_data(struct verify *v)
{
	expect_errno(v, state_call(v, STATE | GET, HEAD), EINVAL,
		     "GET without room for data");
	expect_errno(v, state_call(v, STATE | GET, HEAD + 7), EINVAL,
		     "GET without room for all of it");
}

static void set_argsz_short(struct verify *v)
{
	expect_errno(v, state_call(v, STATE | SET, HEAD + 7), EINVAL,
		     "SET with less than the data");
	expect_state(v, &v->self, VFIO_MIG_RUNNING, "afterwards");
}

static void argsz_long(struct verify *v)
{
	__u8 data[32];
	size_t i;

	memset(data, 0xa5, sizeof(data));
	if (!expect_ok(v, call_feature(v, &v->self, STATE | GET,
				       HEAD + sizeof(data), data,
				       sizeof(data)), "GET with more room"))
		return;
	for (i = sizeof(struct vfio_device_feature_mig_state);
	     i < sizeof(data); i++)
		expect(v, data[i] == 0xa5, "bytes beyond the data untouched",
		       "byte %zu is 0x%02x", i, data[i]);
}

static void unknown_feature(struct verify *v)
{
	__u64 data = 0;

	expect_errno(v, call_feature(v, &v->self, PROBE | 0xfff0, HEAD, NULL,
				     0), ENOTTY, "PROBE of feature 0xfff0");
	expect_errno(v, call_feature(v, &v->self, GET | 0xfff0,
				     HEAD + sizeof(data), &data,
				     sizeof(data)), ENOTTY,
		     "GET of feature 0xfff0");
}

static void unknown_flag(struct verify *v)
{
	expect_errno(v, state_call(v, STATE | GET | 1u << 19, HEAD + 8),
		     EINVAL, "bit 19 of flags");
	expect_errno(v, state_call(v, STATE | GET | 1u << 31, HEAD + 8),
		     EINVAL, "bit 31 of flags");
}

static void neither_get_nor_set(struct verify *v)
{
	expect_failure(v, state_call(v, STATE, HEAD + 8),
		       "no GET, SET or PROBE");
}

static void opened_running(struct verify *v)
{
	if (reopen(v, &v->self))
		expect_state(v, &v->self, VFIO_MIG_RUNNING, "just opened");
}

static void get_without_data_fd(struct verify *v)
{
	struct vfio_device_feature_mig_state now;
	unsigned int i;

	for (i = 0; i < v->count; i++) {
		if (!enter(v, &v->self, v->states[i]))
			return;
		if (!expect_ok(v, call_get(v, &v->self, &now), "GET"))
			return;
		if (!expect(v, now.data_fd == -1, "data_fd is -1",
			    "in %s it is %d",
			    vfio_mig_state_name(v->states[i]), now.data_fd))
			return;
	}
}

#define ANCHOR_FEATURE	"VFIO_DEVICE_FEATURE"
#define ANCHOR_MIGRATION "VFIO_DEVICE_FEATURE_MIGRATION"
#define ANCHOR_STATE	"VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE"
#define ANCHOR_SIZE	"VFIO_DEVICE_FEATURE_MIG_DATA_SIZE"

static const struct check checks[] = {
	{ "migration_offers_stop_copy",
	  "A device that has the feature sets at least the flag STOP_COPY.",
	  ANCHOR_MIGRATION, 0, stop_copy_offered },
	{ "migration_flags_are_defined_ones",
	  "What flags other than these and their combinations mean is left to the future.",
	  ANCHOR_MIGRATION, 0, flags_known },
	{ "migration_flags_are_the_same_in_every_state",
	  "The flags say which states are supported, which does not depend on the state.",
	  ANCHOR_MIGRATION, 0, flags_constant },
	{ "migration_feature_can_be_probed",
	  "A probe succeeds if the feature and the methods asked for are there.",
	  ANCHOR_FEATURE, 0, migration_probes },
	{ "migration_feature_cannot_be_set",
	  "It tells what a device can do; a probe of a method that is not there fails.",
	  ANCHOR_MIGRATION, 0, migration_not_set },
	{ "state_feature_can_be_probed",
	  "The state can be read and set; a probe may ask for both at once.",
	  ANCHOR_FEATURE, 0, state_probes },
	{ "data_size_is_there",
	  "The length that stop-copy will take can be asked for; VMMs rely on it.",
	  ANCHOR_SIZE, 0, data_size_there },
	{ "data_size_can_be_probed",
	  "A probe succeeds if the feature and the methods asked for are there.",
	  ANCHOR_FEATURE, NEEDS_DATA_SIZE, data_size_probes },
	{ "data_size_cannot_be_set",
	  "It can be read only.",
	  ANCHOR_SIZE, NEEDS_DATA_SIZE, data_size_not_set },
	{ "get_and_set_exclude_each_other",
	  "GET and SET are mutually exclusive, except in a probe.",
	  ANCHOR_FEATURE, 0, get_and_set_at_once },
	{ "argsz_must_hold_the_struct",
	  "argsz covers at least the struct itself.",
	  ANCHOR_FEATURE, 0, argsz_without_head },
	{ "get_needs_room_for_its_data",
	  "argsz covers the feature's data too, unless it is a probe.",
	  ANCHOR_FEATURE, 0, argsz_without_data },
	{ "set_needs_all_of_its_data",
	  "argsz covers the feature's data too, unless it is a probe.",
	  ANCHOR_FEATURE, 0, set_argsz_short },
	{ "more_room_than_needed_is_left_alone",
	  "argsz may be more than this kernel knows of.",
	  ANCHOR_FEATURE, 0, argsz_long },
	{ "unknown_feature_is_enotty",
	  "A feature that is not supported is told by ENOTTY.",
	  ANCHOR_FEATURE, 0, unknown_feature },
	{ "unknown_feature_flags_are_refused",
	  "Flags other than the index, GET, SET and PROBE are undefined.",
	  ANCHOR_FEATURE, 0, unknown_flag },
	{ "feature_without_a_method_is_refused",
	  "One of GET, SET and PROBE says what to do.",
	  ANCHOR_FEATURE, 0, neither_get_nor_set },
	{ "device_is_running_when_opened",
	  "RUNNING is the normal state, and the one that a device starts in.",
	  "enum vfio_device_mig_state", 0, opened_running },
	{ "get_of_the_state_has_no_data_fd",
	  "A GET returns the current state and -1 for data_fd.",
	  ANCHOR_STATE, 0, get_without_data_fd },
	{}
};

const struct check_group features_group = { "features", checks };
