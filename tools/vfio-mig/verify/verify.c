// SPDX-License-Identifier: GPL-2.0
/* vfio-mig verify: the command, and how the checks are run. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include "content.h"
#include "print.h"

/* A check that takes longer is interrupted, and again every second. */
#define CHECK_SECONDS	120

static const char *peer_name, *profile_name, *only_name;
static const char *prepare_name, *expect_name;
static bool destructive;

static const struct check_group * const uapi_groups[] = {
	&features_group, &states_group, &sessions_group, &streams_group,
	&refusals_group, &precopy_group, &precopy_v2_group, &stopped_group,
	&reset_group, &logging_group, &content_group, &work_group, NULL
};

static const struct check_group * const qemu_groups[] = {
	&qemu_group, NULL
};

static const struct check_group * const qemu_11_1_groups[] = {
	&qemu_11_1_group, NULL
};

static const struct check_group * const cloud_hypervisor_groups[] = {
	&cloud_hypervisor_group, NULL
};

static const struct profile {
	const char *name;
	const struct check_group * const *groups;
} profiles[] = {
	{ "uapi", uapi_groups },
	{ "qemu", qemu_groups },
	{ "qemu-11.1", qemu_11_1_groups },
	{ "cloud-hypervisor", cloud_hypervisor_groups },
};

/* What is missing, where a check is skipped; in the order of the bits. */
static const char * const missing[] = {
	"the device has no P2P",
	"the device has no PRE_COPY",
	"the device has P2P",
	"the device has PRE_COPY",
	"the device has no MIG_DATA_SIZE",
	"there is no --peer",
	"it may leave the device in ERROR or resets it: --destructive",
	"the device has no VFIO_DEVICE_RESET",
	"it is no PCI device",
	"the device has no DMA logging",
	"its driver is not on the vfio_mig core",
	"this kernel may never return from it (before 6.12.96)",
	"nobody knows how to change its state: --prepare, or --destructive to look for registers",
	"nobody knows how to have it work: --prepare",
	"there is no --peer, and no reset",
	"this kernel has no MIG_PRECOPY_INFOv2",
};

/* Set by the signal's handler. */
static int timed_out;

static void on_alarm(int signal)
{
	(void)signal;
	__atomic_store_n(&timed_out, 1, __ATOMIC_RELAXED);
}

/* Blocking calls return EINTR then; a call that the kernel loops in does not. */
static void set_alarm(unsigned int seconds)
{
	struct itimerval timer = {
		.it_value.tv_sec = seconds,
		.it_interval.tv_sec = seconds ? 1 : 0,
	};

	__atomic_store_n(&timed_out, 0, __ATOMIC_RELAXED);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void catch_alarm(void)
{
	struct sigaction action = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &action, NULL);
}

/* Does VFIO's own table return from STOP_COPY -> PRE_COPY? */
static bool kernel_returns(void)
{
	unsigned int major = 0, minor = 0, patch = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u.%u", &major, &minor,
				   &patch) < 2)
		return false;
	if (major == 6 && minor == 12)
		return patch >= 96;
	return major > 7 || (major == 7 && minor >= 2);
}

/* That a device without PRE_COPY is refused it is another answer. */
static bool knows_precopy_v2(struct verify *v)
{
	return vfiomig_feature_probe(v->self.dev, VFIO_DEVICE_FEATURE_SET |
				     FEATURE_PRECOPY_INFO_V2, NULL) != -ENOTTY;
}

static unsigned int what_there_is(struct verify *v)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	unsigned int has = 0;
	__u64 bytes;

	has |= v->features & VFIO_MIGRATION_P2P ? NEEDS_P2P : NEEDS_NO_P2P;
	has |= v->features & VFIO_MIGRATION_PRE_COPY ? NEEDS_PRE_COPY :
						       NEEDS_NO_PRE_COPY;
	if (!vfiomig_data_size(v->self.dev, &bytes, NULL))
		has |= NEEDS_DATA_SIZE;
	if (v->peer.dev)
		has |= NEEDS_PEER;
	if (destructive)
		has |= NEEDS_DESTRUCTIVE;
	if (!ioctl(vfiomig_fd(v->self.dev), VFIO_DEVICE_GET_INFO, &info)) {
		has |= info.flags & VFIO_DEVICE_FLAGS_RESET ||
		       (destructive && !vfiomig_reset(v->self.dev, NULL)) ?
		       NEEDS_RESET : 0;
		has |= info.flags & VFIO_DEVICE_FLAGS_PCI ? NEEDS_PCI : 0;
	}
	if (!vfiomig_feature_probe(v->self.dev, VFIO_DEVICE_FEATURE_SET |
				   VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
				   NULL))
		has |= NEEDS_LOGGING;
	if (knows_precopy_v2(v))
		has |= NEEDS_PRECOPY_V2;
	if (vfiomig_arcs_asked(v->self.dev))
		has |= NEEDS_CORE | NEEDS_NO_LOOP;
	if (kernel_returns())
		has |= NEEDS_NO_LOOP;
	if (has & (NEEDS_PEER | NEEDS_RESET))
		has |= NEEDS_TARGET;
	return has;
}

/* What the device is; its own answer about its arcs is not taken. */
static int learn(struct verify *v)
{
	struct vfiomig_error error;
	struct vfio_mig_routes asked;
	__u32 state;

	if (vfiomig_features(v->self.dev, &v->features, &error) ||
	    vfiomig_arcs(v->self.dev, &asked, &error))
		return fail(&error);
	vfio_mig_routes_init(&v->rules, v->features);
	for (state = VFIO_MIG_STOP; state < VFIO_MIG_NR_STATES; state++)
		if (vfio_mig_state_offered(v->features, state))
			v->states[v->count++] = state;
	v->has = what_there_is(v);
	v->arrives = -1;
	v->fixed_point = -1;
	v->moving = -1;
	return EXIT_OK;
}

/* Looked for when it is first needed: what is written for that changes the device. */
static void need_content(struct verify *v)
{
	if (v->asked_for_content || v->dead[0])
		return;
	v->asked_for_content = true;
	set_alarm(CHECK_SECONDS);
	if (fresh(v, &v->self))
		v->content = find_content(v);
	set_alarm(0);
	if (v->content)
		v->has |= NEEDS_CONTENT;
	if (v->content && v->content->start)
		v->has |= NEEDS_WORK;
}

/* What a check asked for is not the next one's, nor in that one's script. */
static bool not_opted_in(struct verify *v)
{
	if (!v->opted_in)
		return true;
	v->opted_in = false;
	put_away(v, &v->self);
	return reopen(v, &v->self);
}

static void run_check(struct verify *v, const struct check *check)
{
	unsigned int lacking;

	if (check->needs & (NEEDS_CONTENT | WANTS_CONTENT))
		need_content(v);
	lacking = check->needs & ~v->has & ~WANTS_CONTENT;
	v->verdict = VERDICT_PASS;
	v->notes.keeps = false;
	notes_forget(v);
	if (lacking & NEEDS_CONTENT && v->has & NEEDS_DESTRUCTIVE) {
		skip(v, "no register was found that keeps what is written");
		return;
	}
	if (lacking) {
		skip(v, "%s", missing[__builtin_ctz(lacking)]);
		return;
	}
	if (v->dead[0]) {
		blocked(v, "%s", v->dead);
		return;
	}
	set_alarm(CHECK_SECONDS);
	if (not_opted_in(v) && fresh(v, &v->self))
		check->run(v);
	if (__atomic_load_n(&timed_out, __ATOMIC_RELAXED))
		expect(v, false, "an end in time", "none in %d s",
		       CHECK_SECONDS);
	set_alarm(0);
	close_data(v, &v->self);
	close_data(v, &v->peer);
}

static bool wanted(const struct check *check)
{
	return !only_name || !strcmp(only_name, check->name);
}

static unsigned int count_checks(const struct check_group * const *groups)
{
	const struct check *check;
	unsigned int count = 0;

	for (; *groups; groups++)
		for (check = (*groups)->checks; check->name; check++)
			count += wanted(check);
	return count;
}

static int run_groups(struct verify *v,
		      const struct check_group * const *groups)
{
	unsigned int counts[VERDICT_BLOCKED + 1] = {};
	const struct check *check;
	unsigned int number = 0;

	report_start(v, count_checks(groups));
	for (; *groups; groups++) {
		if (!only_name)
			report_group(*groups);
		for (check = (*groups)->checks; check->name; check++) {
			if (!wanted(check))
				continue;
			run_check(v, check);
			counts[v->verdict]++;
			report_check(v, *groups, check, ++number);
		}
	}
	report_end(v, counts);
	return counts[VERDICT_FAIL] || counts[VERDICT_BLOCKED] ? EXIT_FAILED :
								 EXIT_OK;
}

static int verify(struct verify *v, const struct profile *profile)
{
	int status;

	status = open_device_alone(v->self.name, &v->self.dev);
	if (!status && v->peer.name && is_device(v->self.dev, v->peer.name))
		status = fail_plain("%s: a device is no peer of itself; give another one like it",
				    v->peer.name);
	if (!status && v->peer.name)
		status = open_device_alone(v->peer.name, &v->peer.dev);
	if (!status)
		status = learn(v);
	if (!status) {
		catch_alarm();
		status = run_groups(v, profile->groups);
	}
	close_data(v, &v->self);
	close_data(v, &v->peer);
	put_away(v, &v->self);
	put_away(v, &v->peer);
	vfiomig_close(v->peer.dev);
	vfiomig_close(v->self.dev);
	free_bytes(&v->saved);
	free_bytes(&v->power_on);
	return status;
}

static const struct profile *find_profile(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	return NULL;
}

int verify_vmm(const char *vmm, const char *device, const char *peer)
{
	struct verify v = {
		.profile = vmm,
		.self = CLOSED_SIDE(device),
		.peer = CLOSED_SIDE(peer),
	};
	const struct profile *profile = find_profile(vmm);

	if (!profile || profile->groups == uapi_groups)
		return fail_usage("%s: the VMM must be qemu, qemu-11.1 or cloud-hypervisor",
				  vmm);
	destructive = true;
	load_files(NULL, NULL);
	return verify(&v, profile);
}

static int run(int argc, char **argv)
{
	struct verify v = {
		.self = CLOSED_SIDE(argv[0]),
		.peer = CLOSED_SIDE(peer_name),
	};
	const struct profile *profile;
	int status;

	(void)argc;
	profile = find_profile(profile_name ? profile_name : "uapi");
	if (!profile)
		return fail_usage("--profile %s: it must be uapi, qemu, qemu-11.1 or cloud-hypervisor",
				  profile_name);
	if (only_name && !count_checks(profile->groups))
		return fail_usage("--only %s: profile %s has no such check",
				  only_name, profile->name);
	v.profile = profile->name;
	v.prepare = prepare_name;
	v.expect = expect_name;
	status = load_files(prepare_name, expect_name);
	return status ? status : verify(&v, profile);
}

static const struct command_option options[] = {
	{ "destructive", "also what resets, leads to ERROR, writes to BARs",
	  &destructive },
	{}
};

static const struct command_value values[] = {
	{ "peer", "DEVICE", "another one like it, for what takes two",
	  &peer_name },
	{ "profile", "NAME", "uapi (default), qemu, qemu-11.1, cloud-hypervisor",
	  &profile_name },
	{ "only", "CHECK", "run one check", &only_name },
	{ "prepare", "FILE", "calls that give it a state to be moved",
	  &prepare_name },
	{ "expect", "FILE", "calls that say what has to be there then",
	  &expect_name },
	{}
};

const struct command verify_command = {
	.name = "verify",
	.args = "DEVICE",
	.min_args = 1,
	.max_args = 1,
	.brief = "check that a driver keeps to the rules",
	.text =
"Opens a device and checks from outside whether its driver does what\n"
"<linux/vfio.h> says of migration.  Works with every driver; what it expects\n"
"follows from the features that the device reports.  Nobody else may use the\n"
"device, and what is in it is lost.\n"
"\n"
"The result is KTAP.  A check is skipped if the device lacks what it is about,\n"
"and blocked if another fault is in its way.  A check that fails says what was\n"
"expected, what came, and the calls that lead there, as a script for vfio-mig\n"
"-b (what is indented by five blanks); with -v each says its rule.\n"
"\n"
"What a pass shows depends on what was in the device.  verify knows how to fill\n"
"an edu, a bochs-display, a pci-serial and a VF of igb, and how to have an edu\n"
"work.  For others --prepare has lines of vfio-mig call that do that, with the\n"
"word DEVICE for the device, and --expect those that wait for its work and say\n"
"what has to be there then.  Without, --destructive looks for registers that\n"
"keep what is written.\n"
"The last lines say whether more than the state after power-on was moved.\n"
"\n"
"Profile uapi checks rule by rule; qemu (10.0), qemu-11.1 and cloud-hypervisor\n"
"make the calls of those programs in their order, cancelled after each of them\n"
"too, and move what was put into the device if it is known how.\n"
"\n"
"Exit status: 0 nothing failed, 1 something failed or was blocked, 4 the\n"
"device cannot be migrated.",
	.options = options,
	.values = values,
	.run = run,
};
