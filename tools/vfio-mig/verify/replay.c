// SPDX-License-Identifier: GPL-2.0
/*
 * What VMMs do, call for call: a whole migration, one that is cancelled after
 * each of its calls, and one in which each of its calls fails.
 *
 * A device cannot be made to fail from outside.  So the call that "fails" is
 * left out, and what the VMM does about it is done.
 */
#include <errno.h>
#include <linux/pci_regs.h>

#include "replay.h"

#define CHUNK	0x100000

/* What a device is asked to log, and in pages of which size. */
#define PAGE		4096ull
#define LOG_IOVA	0x10000000ull
#define LOG_LENGTH	(64 * PAGE)

/**
 * struct replay - a VMM at work
 * @vmm: Which.
 * @v: The check.
 * @side: Its device.
 * @stream: What was read.
 * @given: What is to be written.
 * @state: The state that it believes its device is in.
 * @logging: It has its device log what that writes.
 */
struct replay {
	const struct vmm *vmm;
	struct verify *v;
	struct side *side;
	struct bytes stream;
	const struct bytes *given;
	__u32 state;
	bool logging;
};

static bool set(struct replay *replay, __u32 state)
{
	const char *name = vfio_mig_state_name(state);
	struct side *side = replay->side;
	int data_fd, ret;

	if (replay->state == state)
		return true;
	ret = call_set(replay->v, side, state, &data_fd);
	if (!expect_ok(replay->v, ret, name))
		return false;
	if (data_fd >= 0) {
		close_data(replay->v, side);
		side->data_fd = data_fd;
	}
	replay->state = state;
	return expect(replay->v, !vfio_mig_has_session(state) ||
		      side->data_fd >= 0, "a data_fd", "%s: none", name);
}

/* Whether logging is there makes no difference; the device must answer. */
static bool probe_logging(struct replay *replay)
{
	int ret = call_feature(replay->v, replay->side,
			       VFIO_DEVICE_FEATURE_PROBE |
			       VFIO_DEVICE_FEATURE_SET |
			       VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
			       sizeof(struct vfio_device_feature), NULL, 0);

	return expect(replay->v, !ret || ret == -ENOTTY, "success or ENOTTY",
		      "PROBE of DMA logging: %s", errno_text(ret));
}

static bool get_features(struct replay *replay)
{
	struct vfio_device_feature_migration now = {};
	int ret = call_feature(replay->v, replay->side,
			       VFIO_DEVICE_FEATURE_GET |
			       VFIO_DEVICE_FEATURE_MIGRATION,
			       sizeof(struct vfio_device_feature) + sizeof(now),
			       &now, sizeof(now));

	return expect_ok(replay->v, ret, "GET of MIGRATION");
}

static bool get_data_size(struct replay *replay)
{
	__u64 bytes = 0;
	int ret = call_data_size(replay->v, replay->side, &bytes);

	return expect_ok(replay->v, ret, "MIG_DATA_SIZE") &&
	       expect(replay->v, bytes, "more than 0 bytes", "0");
}

static bool get_info(struct replay *replay)
{
	return expect_ok(replay->v,
			 call_precopy_info(replay->v, replay->side->data_fd,
					   sizeof(struct vfio_precopy_info),
					   NULL, NULL), "PRECOPY_INFO");
}

static bool read_stream(struct replay *replay, bool whole)
{
	int ret = call_read_all(replay->v, replay->side->data_fd,
				&replay->stream, CHUNK);

	return expect(replay->v, !ret || (!whole && ret == -ENOMSG),
		      whole ? "the end of the stream" :
			      "data, ENOMSG or the end", "%s",
		      errno_text(ret));
}

static bool write_config(struct replay *replay)
{
	__u16 command;
	int ret;

	ret = call_config_read(replay->v, replay->side, PCI_COMMAND, &command,
			       sizeof(command));
	if (!ret)
		ret = call_config_write(replay->v, replay->side, PCI_COMMAND,
					&command, sizeof(command));
	return expect_ok(replay->v, ret, "write of config space");
}

static bool start_logging(struct replay *replay)
{
	const struct vfio_device_feature_dma_logging_range range = {
		.iova = LOG_IOVA,
		.length = LOG_LENGTH,
	};

	replay->logging = expect_ok(replay->v,
				    call_log_start(replay->v, replay->side,
						   PAGE, &range, 1),
				    "START of DMA logging");
	return replay->logging;
}

/* A kernel without iova_bitmap can report of no device. */
static bool report_logging(struct replay *replay)
{
	__u64 bitmap = 0;
	int ret = call_log_report(replay->v, replay->side, PAGE, LOG_IOVA,
				  LOG_LENGTH, &bitmap);

	return expect(replay->v, !ret || ret == -EOPNOTSUPP,
		      "success or EOPNOTSUPP", "REPORT of DMA logging: %s",
		      errno_text(ret));
}

static bool stop_logging(struct replay *replay)
{
	replay->logging = false;
	return expect_ok(replay->v, call_log_stop(replay->v, replay->side),
			 "STOP of DMA logging");
}

static bool take(struct replay *replay, const struct step *step)
{
	switch (step->action) {
	case GET_FEATURES:
		return get_features(replay);
	case PROBE_LOGGING:
		return probe_logging(replay);
	case GET_DATA_SIZE:
		return get_data_size(replay);
	case GET_INFO:
		return get_info(replay);
	case SET_STATE:
		return set(replay, step->state);
	case READ_SOME:
		return read_stream(replay, false);
	case READ_ALL:
		return read_stream(replay, true);
	case WRITE_ALL:
		return expect_ok(replay->v,
				 call_write_all(replay->v,
						replay->side->data_fd,
						replay->given, CHUNK),
				 "writing the stream");
	case WRITE_CONFIG:
		return write_config(replay);
	case CLOSE_FILE:
		close_data(replay->v, replay->side);
		return true;
	case START_LOGGING:
		return start_logging(replay);
	case REPORT_LOGGING:
		return report_logging(replay);
	case STOP_LOGGING:
		return stop_logging(replay);
	case END:
		break;
	}
	return false;
}

/* @count steps, or all of them. */
static bool take_steps(struct replay *replay, const struct step *steps,
		       unsigned int count)
{
	for (; count && steps->action != END; count--, steps++)
		if (!(steps->needs & ~replay->v->has) &&
		    !take(replay, steps))
			return false;
	return true;
}

/* @side is RUNNING. */
static void set_up(struct replay *replay, struct verify *v,
		   const struct vmm *vmm, struct side *side)
{
	*replay = (struct replay) {
		.vmm = vmm,
		.v = v,
		.side = side,
		.state = VFIO_MIG_RUNNING,
	};
}

static bool begin(struct replay *replay, struct verify *v,
		  const struct vmm *vmm)
{
	set_up(replay, v, vmm, &v->self);
	return fresh(v, &v->self);
}

/* A source that is given up runs again. */
static bool let_run(struct replay *replay)
{
	if (replay->state == VFIO_MIG_STOP_COPY &&
	    !set(replay, VFIO_MIG_STOP))
		return false;
	if (replay->state == VFIO_MIG_STOP && replay->vmm->runs_by_p2p &&
	    replay->v->has & NEEDS_P2P && !set(replay, VFIO_MIG_RUNNING_P2P))
		return false;
	if (!set(replay, VFIO_MIG_RUNNING))
		return false;
	if (replay->logging && !stop_logging(replay))
		return false;
	close_data(replay->v, replay->side);
	return expect_state(replay->v, replay->side, VFIO_MIG_RUNNING,
			    "given up");
}

static bool start_over(struct replay *replay)
{
	if (!expect_ok(replay->v, call_reset(replay->v, replay->side),
		       "VFIO_DEVICE_RESET"))
		return false;
	close_data(replay->v, replay->side);
	replay->state = VFIO_MIG_RUNNING;
	/* Some end it with the reset, and say so. */
	if (replay->logging)
		call_log_stop(replay->v, replay->side);
	if (replay->vmm->config_after_reset && replay->v->has & NEEDS_PCI &&
	    !write_config(replay))
		return false;
	return expect_state(replay->v, replay->side, VFIO_MIG_RUNNING,
			    "after the reset");
}

void replay_whole(struct verify *v, const struct vmm *vmm)
{
	struct side *target = v->peer.dev ? &v->peer : &v->self;
	struct replay source, sink = {};

	if (target != &v->self && !fresh(v, target))
		return;
	if (begin(&source, v, vmm) &&
	    take_steps(&source, vmm->save, -1) &&
	    (target != &v->self || let_run(&source))) {
		set_up(&sink, v, vmm, target);
		sink.given = &source.stream;
		if (take_steps(&sink, vmm->load, -1))
			expect_state(v, target, VFIO_MIG_RUNNING, "migrated");
	}
	free_bytes(&source.stream);
}

/* Cancelled when 0, 1, 2 ... steps have been taken. */
void replay_cancelled(struct verify *v, const struct vmm *vmm)
{
	struct replay source;
	unsigned int i;
	bool good = true;

	for (i = 0; good && vmm->save[i].action != END; i++) {
		good = begin(&source, v, vmm) &&
		       take_steps(&source, vmm->save, i + 1) &&
		       let_run(&source);
		free_bytes(&source.stream);
	}
	if (good && !enter(v, &v->self, VFIO_MIG_STOP_COPY))
		expect(v, false, "it can be saved afterwards", "%s",
		       v->reason);
}

/* A destination that is given up is closed. */
void replay_load_cancelled(struct verify *v, const struct vmm *vmm)
{
	const struct bytes *stream = saved(v);
	struct replay sink;
	unsigned int i;

	for (i = 0; stream && vmm->load[i].action != END; i++) {
		if (!begin(&sink, v, vmm))
			return;
		sink.given = stream;
		if (!take_steps(&sink, vmm->load, i + 1))
			return;
		close_data(v, sink.side);
		if (!reopen(v, sink.side) ||
		    !expect_state(v, sink.side, VFIO_MIG_RUNNING,
				  "given up, closed and opened"))
			return;
	}
}

/* Step @failing is the one that fails; what is done about that. */
static bool recover(struct replay *replay, const struct step *failing)
{
	if (failing->action == SET_STATE &&
	    failing->recover == VFIO_MIG_ERROR)
		return start_over(replay);
	if (failing->action == SET_STATE && !set(replay, failing->recover))
		return false;
	if (replay->state == VFIO_MIG_RESUMING)
		return start_over(replay);
	return let_run(replay);
}

static void fail_each(struct verify *v, const struct vmm *vmm,
		      const struct step *steps, const struct bytes *given)
{
	struct replay replay;
	bool good = true;
	unsigned int i;

	for (i = 0; good && steps[i].action != END; i++) {
		if (steps[i].needs & ~v->has)
			continue;
		good = begin(&replay, v, vmm);
		replay.given = given;
		good = good && take_steps(&replay, steps, i) &&
		       recover(&replay, &steps[i]);
		free_bytes(&replay.stream);
	}
}

void replay_failed(struct verify *v, const struct vmm *vmm)
{
	fail_each(v, vmm, vmm->save, NULL);
}

void replay_load_failed(struct verify *v, const struct vmm *vmm)
{
	const struct bytes *stream = saved(v);

	if (stream)
		fail_each(v, vmm, vmm->load, stream);
}
