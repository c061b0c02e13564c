// SPDX-License-Identifier: GPL-2.0
/* The calls of QEMU 10, of QEMU 11.1 and of cloud-hypervisor, in their order. */
#include "replay.h"

static const struct step qemu_save[] = {
	{ .action = GET_FEATURES },
	{ .action = PROBE_LOGGING },
	{ GET_DATA_SIZE, .needs = NEEDS_DATA_SIZE },
	{ SET_STATE, VFIO_MIG_PRE_COPY, VFIO_MIG_RUNNING, NEEDS_PRE_COPY },
	{ GET_INFO, .needs = NEEDS_PRE_COPY },
	{ READ_SOME, .needs = NEEDS_PRE_COPY },
	{ GET_DATA_SIZE, .needs = NEEDS_DATA_SIZE },
	{ GET_INFO, .needs = NEEDS_PRE_COPY },
	{ READ_SOME, .needs = NEEDS_PRE_COPY },
	{ SET_STATE, VFIO_MIG_PRE_COPY_P2P, VFIO_MIG_ERROR,
	  NEEDS_PRE_COPY | NEEDS_P2P },
	{ SET_STATE, VFIO_MIG_RUNNING_P2P, VFIO_MIG_ERROR,
	  NEEDS_NO_PRE_COPY | NEEDS_P2P },
	{ SET_STATE, VFIO_MIG_STOP, VFIO_MIG_ERROR, NEEDS_NO_PRE_COPY },
	{ SET_STATE, VFIO_MIG_STOP_COPY, VFIO_MIG_STOP, 0 },
	{ .action = READ_ALL },
	{ SET_STATE, VFIO_MIG_STOP, VFIO_MIG_ERROR, 0 },
	{ .action = CLOSE_FILE },
	{}
};

static const struct step qemu_load[] = {
	{ .action = GET_FEATURES },
	{ SET_STATE, VFIO_MIG_RESUMING, VFIO_MIG_RUNNING, 0 },
	{ .action = WRITE_ALL },
	{ WRITE_CONFIG, .needs = NEEDS_PCI },
	{ .action = CLOSE_FILE },
	{ SET_STATE, VFIO_MIG_RUNNING_P2P, VFIO_MIG_ERROR, NEEDS_P2P },
	{ SET_STATE, VFIO_MIG_RUNNING, VFIO_MIG_ERROR, 0 },
	{}
};

static const struct vmm qemu = {
	.save = qemu_save,
	.load = qemu_load,
	.runs_by_p2p = true,
};

/*
 * It waits for the initial bytes, as with switchover-ack, and for those of a REINIT again;
 * and it asks once more when its guest has stopped.
 */
static const struct step qemu_11_1_save[] = {
	{ .action = GET_FEATURES },
	{ OPT_IN, .needs = NEEDS_PRE_COPY },
	{ .action = PROBE_LOGGING },
	{ GET_DATA_SIZE, .needs = NEEDS_DATA_SIZE },
	{ SET_STATE, VFIO_MIG_PRE_COPY, VFIO_MIG_RUNNING, NEEDS_PRE_COPY },
	{ GET_INFO, .needs = NEEDS_PRE_COPY },
	{ READ_SOME, .needs = NEEDS_PRE_COPY },
	{ CHANGE, .needs = NEEDS_PRE_COPY },
	{ GET_DATA_SIZE, .needs = NEEDS_DATA_SIZE },
	{ GET_INFO, .needs = NEEDS_PRE_COPY },
	{ SEND_INITIAL, .needs = NEEDS_PRE_COPY },
	{ SET_STATE, VFIO_MIG_PRE_COPY_P2P, VFIO_MIG_ERROR,
	  NEEDS_PRE_COPY | NEEDS_P2P },
	{ GET_DATA_SIZE, .needs = NEEDS_DATA_SIZE },
	{ GET_INFO, .needs = NEEDS_PRE_COPY },
	{ SET_STATE, VFIO_MIG_RUNNING_P2P, VFIO_MIG_ERROR,
	  NEEDS_NO_PRE_COPY | NEEDS_P2P },
	{ SET_STATE, VFIO_MIG_STOP, VFIO_MIG_ERROR, NEEDS_NO_PRE_COPY },
	{ SET_STATE, VFIO_MIG_STOP_COPY, VFIO_MIG_STOP, 0 },
	{ GET_DATA_SIZE, .needs = NEEDS_DATA_SIZE },
	{ .action = READ_ALL },
	{ SET_STATE, VFIO_MIG_STOP, VFIO_MIG_ERROR, 0 },
	{ .action = CLOSE_FILE },
	{}
};

static const struct vmm qemu_11_1 = {
	.save = qemu_11_1_save,
	.load = qemu_load,
	.runs_by_p2p = true,
	.changes_in_pre_copy = true,
};

static const struct step cloud_hypervisor_save[] = {
	{ .action = GET_FEATURES },
	{ START_LOGGING, .needs = NEEDS_LOGGING },
	{ REPORT_LOGGING, .needs = NEEDS_LOGGING },
	{ SET_STATE, VFIO_MIG_STOP, VFIO_MIG_ERROR, 0 },
	{ REPORT_LOGGING, .needs = NEEDS_LOGGING },
	{ SET_STATE, VFIO_MIG_STOP_COPY, VFIO_MIG_STOP, 0 },
	{ .action = READ_ALL },
	{ SET_STATE, VFIO_MIG_STOP, VFIO_MIG_ERROR, 0 },
	{ .action = CLOSE_FILE },
	{ REPORT_LOGGING, .needs = NEEDS_LOGGING },
	{ STOP_LOGGING, .needs = NEEDS_LOGGING },
	{}
};

static const struct step cloud_hypervisor_load[] = {
	{ .action = GET_FEATURES },
	{ SET_STATE, VFIO_MIG_RESUMING, VFIO_MIG_STOP, 0 },
	{ .action = WRITE_ALL },
	{ WRITE_CONFIG, .needs = NEEDS_PCI },
	{ SET_STATE, VFIO_MIG_RUNNING, VFIO_MIG_ERROR, 0 },
	{ .action = CLOSE_FILE },
	{}
};

static const struct vmm cloud_hypervisor = {
	.save = cloud_hypervisor_save,
	.load = cloud_hypervisor_load,
	.config_after_reset = true,
};

static void qemu_whole(struct verify *v)
{
	replay_whole(v, &qemu);
}

static void qemu_cancelled(struct verify *v)
{
	replay_cancelled(v, &qemu);
}

static void qemu_load_cancelled(struct verify *v)
{
	replay_load_cancelled(v, &qemu);
}

static void qemu_failed(struct verify *v)
{
	replay_failed(v, &qemu);
}

static void qemu_load_failed(struct verify *v)
{
	replay_load_failed(v, &qemu);
}

static void qemu_11_1_whole(struct verify *v)
{
	replay_whole(v, &qemu_11_1);
}

static void qemu_11_1_cancelled(struct verify *v)
{
	replay_cancelled(v, &qemu_11_1);
}

static void qemu_11_1_load_cancelled(struct verify *v)
{
	replay_load_cancelled(v, &qemu_11_1);
}

static void qemu_11_1_failed(struct verify *v)
{
	replay_failed(v, &qemu_11_1);
}

static void qemu_11_1_load_failed(struct verify *v)
{
	replay_load_failed(v, &qemu_11_1);
}

static void cloud_hypervisor_whole(struct verify *v)
{
	replay_whole(v, &cloud_hypervisor);
}

static void cloud_hypervisor_cancelled(struct verify *v)
{
	replay_cancelled(v, &cloud_hypervisor);
}

static void cloud_hypervisor_load_cancelled(struct verify *v)
{
	replay_load_cancelled(v, &cloud_hypervisor);
}

static void cloud_hypervisor_failed(struct verify *v)
{
	replay_failed(v, &cloud_hypervisor);
}

static void cloud_hypervisor_load_failed(struct verify *v)
{
	replay_load_failed(v, &cloud_hypervisor);
}

#define MIGRATES_RULE	"Any sequence of transitions between the supported states is allowed; this is one that guests are migrated with."
#define CANCEL_RULE	"A migration can be given up at any time: the source returns to RUNNING by transitions, a destination by a reset."
#define FAILURE_RULE	"After a transition that failed, the user resets the device, or goes back, or to another state."
#define ANCHOR		"enum vfio_device_mig_state"
#define ANCHOR_SET	"VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE"
#define RESETS		(WANTS_CONTENT | NEEDS_DESTRUCTIVE | NEEDS_RESET)

static const struct check qemu_checks[] = {
	{ "qemu_migrates", MIGRATES_RULE, ANCHOR, WANTS_CONTENT,
	  qemu_whole },
	{ "qemu_cancels_a_source_after_each_call", CANCEL_RULE, ANCHOR,
	  WANTS_CONTENT, qemu_cancelled },
	{ "qemu_cancels_a_destination_after_each_call", CANCEL_RULE,
	  ANCHOR ": RESUMING -> STOP", WANTS_CONTENT | NEEDS_DESTRUCTIVE,
	  qemu_load_cancelled },
	{ "qemu_recovers_a_source_from_each_failure", FAILURE_RULE, ANCHOR_SET,
	  RESETS, qemu_failed },
	{ "qemu_recovers_a_destination_from_each_failure", FAILURE_RULE,
	  ANCHOR_SET, RESETS, qemu_load_failed },
	{}
};

static const struct check qemu_11_1_checks[] = {
	{ "qemu_11_1_migrates", MIGRATES_RULE, ANCHOR, WANTS_CONTENT,
	  qemu_11_1_whole },
	{ "qemu_11_1_cancels_a_source_after_each_call", CANCEL_RULE, ANCHOR,
	  WANTS_CONTENT, qemu_11_1_cancelled },
	{ "qemu_11_1_cancels_a_destination_after_each_call", CANCEL_RULE,
	  ANCHOR ": RESUMING -> STOP", WANTS_CONTENT | NEEDS_DESTRUCTIVE,
	  qemu_11_1_load_cancelled },
	{ "qemu_11_1_recovers_a_source_from_each_failure", FAILURE_RULE, ANCHOR_SET,
	  RESETS, qemu_11_1_failed },
	{ "qemu_11_1_recovers_a_destination_from_each_failure", FAILURE_RULE,
	  ANCHOR_SET, RESETS, qemu_11_1_load_failed },
	{}
};

static const struct check cloud_hypervisor_checks[] = {
	{ "cloud_hypervisor_migrates", MIGRATES_RULE, ANCHOR, WANTS_CONTENT,
	  cloud_hypervisor_whole },
	{ "cloud_hypervisor_cancels_a_source_after_each_call", CANCEL_RULE, ANCHOR,
	  WANTS_CONTENT, cloud_hypervisor_cancelled },
	{ "cloud_hypervisor_cancels_a_destination_after_each_call", CANCEL_RULE,
	  ANCHOR ": RESUMING -> STOP", WANTS_CONTENT | NEEDS_DESTRUCTIVE,
	  cloud_hypervisor_load_cancelled },
	{ "cloud_hypervisor_recovers_a_source_from_each_failure", FAILURE_RULE, ANCHOR_SET,
	  RESETS, cloud_hypervisor_failed },
	{ "cloud_hypervisor_recovers_a_destination_from_each_failure", FAILURE_RULE,
	  ANCHOR_SET, RESETS, cloud_hypervisor_load_failed },
	{}
};

const struct check_group qemu_group = { "qemu", qemu_checks };
const struct check_group qemu_11_1_group = { "qemu-11.1", qemu_11_1_checks };
const struct check_group cloud_hypervisor_group = {
	"cloud-hypervisor", cloud_hypervisor_checks
};
