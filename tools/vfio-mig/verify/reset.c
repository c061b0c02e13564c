// SPDX-License-Identifier: GPL-2.0
/* Resets and reopening: the way back to RUNNING from everywhere. */
#include <linux/pci_regs.h>
#include <stdio.h>
#include <unistd.h>

#include "check.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX

/* Once in every state: is it RUNNING then? */
static void running_after(struct verify *v,
			  int (*act)(struct verify *v, struct side *side),
			  const char *what)
{
	unsigned int i;
	char when[64];

	for (i = 0; i < v->count; i++) {
		if (!enter(v, &v->self, v->states[i]))
			return;
		if (!expect_ok(v, act(v, &v->self), what))
			return;
		snprintf(when, sizeof(when), "%s in %s", what,
			 vfio_mig_state_name(v->states[i]));
		if (!expect_state(v, &v->self, VFIO_MIG_RUNNING, when))
			return;
	}
}

static void reset_everywhere(struct verify *v)
{
	running_after(v, call_reset, "VFIO_DEVICE_RESET");
}

static void hot_reset_everywhere(struct verify *v)
{
	if (call_hot_reset(v, &v->self))
		skip(v, "its bus cannot be reset");
	else
		running_after(v, call_hot_reset, "a reset of the bus");
}

/* The PCI Express capability, 0 if there is none. */
static __u8 find_express(struct verify *v)
{
	__u8 at = 0, id[2];
	int limit = 48;

	if (vfiomig_read(v->self.dev, CONFIG, PCI_CAPABILITY_LIST, &at, 1,
			 NULL))
		return 0;
	while (at >= 0x40 && limit--) {
		if (vfiomig_read(v->self.dev, CONFIG, at & ~3, id, 2, NULL))
			return 0;
		if (id[0] == PCI_CAP_ID_EXP)
			return at & ~3;
		at = id[1];
	}
	return 0;
}

static int call_flr(struct verify *v, struct side *side)
{
	__u8 at = find_express(v);
	__u16 control;
	int ret;

	ret = call_config_read(v, side, at + PCI_EXP_DEVCTL, &control, 2);
	control |= PCI_EXP_DEVCTL_BCR_FLR;
	return ret ? ret : call_config_write(v, side, at + PCI_EXP_DEVCTL,
					     &control, 2);
}

static void flr_everywhere(struct verify *v)
{
	__u8 at = find_express(v);
	__u32 caps = 0;

	if (at)
		vfiomig_read(v->self.dev, CONFIG, at + PCI_EXP_DEVCAP, &caps,
			     sizeof(caps), NULL);
	if (caps & PCI_EXP_DEVCAP_FLR)
		running_after(v, call_flr, "a function level reset");
	else
		skip(v, "the device has no function level reset");
}

/* One that is not told of is not used by those who ask first. */
static void reset_is_told(struct verify *v)
{
	__u32 flags;
	int ret;

	call_info(v, &v->self, &flags);
	ret = call_reset(v, &v->self);
	if (flags & VFIO_DEVICE_FLAGS_RESET)
		expect_ok(v, ret, "VFIO_DEVICE_RESET");
	else
		expect_failure(v, ret, "VFIO_DEVICE_RESET without its flag");
}

static void session_ends(struct verify *v, __u32 state)
{
	int data_fd;

	if (!enter(v, &v->self, state))
		return;
	data_fd = take_data_fd(&v->self);
	if (call_reset(v, &v->self))
		blocked(v, "the device cannot be reset");
	else
		expect_over(v, data_fd, vfio_mig_is_saving(state),
			    "after the reset");
	close(data_fd);
}

static void saving_ends(struct verify *v)
{
	session_ends(v, VFIO_MIG_STOP_COPY);
}

static void loading_ends(struct verify *v)
{
	session_ends(v, VFIO_MIG_RESUMING);
}

static void pre_copy_ends(struct verify *v)
{
	session_ends(v, VFIO_MIG_PRE_COPY);
}

static void half_loaded(struct verify *v)
{
	write_half(v);
	if (v->verdict != VERDICT_PASS)
		return;
	if (call_reset(v, &v->self))
		blocked(v, "the device cannot be reset");
	else
		expect_state(v, &v->self, VFIO_MIG_RUNNING,
			     "reset with half a stream written");
}

static void usable_after(struct verify *v)
{
	struct bytes bytes = {};

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	if (call_reset(v, &v->self) ||
	    state_of(&v->self) != VFIO_MIG_RUNNING) {
		blocked(v, "a reset does not make it RUNNING");
		return;
	}
	close_data(v, &v->self);
	expect(v, save(v, &v->self, &bytes), "it saves again", "it does not");
	if (v->verdict == VERDICT_BLOCKED) {
		v->verdict = VERDICT_PASS;
		expect(v, false, "it saves again", "%s", v->reason);
	}
	free_bytes(&bytes);
}

static void reopened_everywhere(struct verify *v)
{
	unsigned int i;
	char when[64];

	for (i = 0; i < v->count; i++) {
		if (!enter(v, &v->self, v->states[i]))
			return;
		close_data(v, &v->self);
		if (!reopen(v, &v->self))
			return;
		snprintf(when, sizeof(when), "closed in %s and opened",
			 vfio_mig_state_name(v->states[i]));
		if (!expect_state(v, &v->self, VFIO_MIG_RUNNING, when))
			return;
	}
}

/* A data file may be open longer than its device. */
static void outlived(struct verify *v, __u32 state)
{
	int data_fd;

	if (!enter(v, &v->self, state))
		return;
	data_fd = take_data_fd(&v->self);
	if (reopen(v, &v->self))
		expect_over(v, data_fd, vfio_mig_is_saving(state),
			    "after the device was closed");
	close(data_fd);
}

static void saving_outlived(struct verify *v)
{
	outlived(v, VFIO_MIG_STOP_COPY);
}

static void loading_outlived(struct verify *v)
{
	outlived(v, VFIO_MIG_RESUMING);
}

#define ANCHOR		"enum vfio_device_mig_state: any -> ERROR"
#define RESET_RULE	"A reset returns the device to RUNNING."
#define OVER_RULE	"The session ends with its state, however that is left."
#define OPEN_RULE	"A device's state lasts as long as it is open; a new user finds it RUNNING."
#define RESETS		(NEEDS_DESTRUCTIVE | NEEDS_RESET)

static const struct check checks[] = {
	{ "reset_is_there_if_the_flags_say_so",
	  "VFIO_DEVICE_FLAGS_RESET says that the device supports reset.",
	  "struct vfio_device_info", NEEDS_DESTRUCTIVE, reset_is_told },
	{ "reset_in_every_state_makes_it_running", RESET_RULE, ANCHOR, RESETS,
	  reset_everywhere },
	{ "flr_in_every_state_makes_it_running", RESET_RULE, ANCHOR,
	  RESETS | NEEDS_PCI, flr_everywhere },
	{ "bus_reset_in_every_state_makes_it_running", RESET_RULE, ANCHOR,
	  RESETS | NEEDS_PCI, hot_reset_everywhere },
	{ "reset_ends_saving", OVER_RULE, ANCHOR, RESETS, saving_ends },
	{ "reset_ends_loading", OVER_RULE, ANCHOR, RESETS, loading_ends },
	{ "reset_ends_pre_copy", OVER_RULE, ANCHOR, RESETS | NEEDS_PRE_COPY,
	  pre_copy_ends },
	{ "reset_aborts_loading",
	  "To abort a RESUMING session the device must be reset.",
	  "enum vfio_device_mig_state: RESUMING -> STOP", RESETS,
	  half_loaded },
	{ "device_saves_after_a_reset", RESET_RULE, ANCHOR, RESETS,
	  usable_after },
	{ "reopened_in_every_state_it_is_running", OPEN_RULE,
	  "enum vfio_device_mig_state", NEEDS_DESTRUCTIVE,
	  reopened_everywhere },
	{ "saving_file_is_over_when_the_device_is_closed", OVER_RULE,
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", NEEDS_DESTRUCTIVE,
	  saving_outlived },
	{ "loading_file_is_over_when_the_device_is_closed", OVER_RULE,
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", NEEDS_DESTRUCTIVE,
	  loading_outlived },
	{}
};

const struct check_group reset_group = { "reset", checks };
