// SPDX-License-Identifier: GPL-2.0
/* The steps that VMMs take: what each of them calls, and what has to come of it. */
#include <errno.h>
#include <linux/pci_regs.h>

#include "replay.h"

#define CHUNK	0x100000

/* So often may a device that is left alone say REINIT. */
#define REINITS		8

/* What a device is asked to log, and in pages of which size. */
#define PAGE		4096ull
#define LOG_IOVA	0x10000000ull
#define LOG_LENGTH	(64 * PAGE)

struct view replay_before;
bool replay_is_filled;

bool replay_has_content(const struct verify *v)
{
	return v->content && v->has & NEEDS_TARGET;
}

bool replay_fills_late(const struct verify *v, const struct vmm *vmm)
{
	return vmm->changes_in_pre_copy && v->has & NEEDS_PRE_COPY;
}

bool replay_set(struct replay *replay, __u32 state)
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

/* Before Linux 7.1 there is none. */
static bool opt_in(struct replay *replay)
{
	int ret = call_precopy_v2(replay->v, replay->side);

	return expect(replay->v, !ret || ret == -ENOTTY, "success or ENOTTY",
		      "SET of MIG_PRECOPY_INFOv2: %s", errno_text(ret));
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

/* The destination says when it has all initial bytes: those of a REINIT too. */
static bool send_initial(struct replay *replay)
{
	struct vfio_precopy_info info;
	unsigned int i;
	int ret;

	for (i = 0; i < REINITS; i++) {
		if (!read_stream(replay, false))
			return false;
		ret = call_precopy_info(replay->v, replay->side->data_fd,
					sizeof(info), &info, NULL);
		if (!expect_ok(replay->v, ret, "PRECOPY_INFO"))
			return false;
		if (!(info.flags & PRECOPY_INFO_REINIT))
			break;
	}
	return expect(replay->v, !info.initial_bytes, "all of them sent",
		      "%llu initial bytes are left", info.initial_bytes);
}

/* Once: what an earlier round has put into it is still there. */
static bool fill(struct replay *replay)
{
	if (replay_is_filled || !replay_has_content(replay->v) ||
	    !replay_fills_late(replay->v, replay->vmm))
		return true;
	replay_is_filled = true;
	return prepared(replay->v, replay->side, &replay_before);
}

bool replay_write_config(struct replay *replay)
{
	__u16 command;
	int ret;

	/* Until then nothing of it was there: memory is not decoded. */
	if (replay_is_filled)
		return set_decode(replay->v, replay->side, true);

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

bool replay_stop_logging(struct replay *replay)
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
	case OPT_IN:
		return opt_in(replay);
	case GET_INFO:
		return get_info(replay);
	case SEND_INITIAL:
		return send_initial(replay);
	case CHANGE:
		return fill(replay);
	case SET_STATE:
		return replay_set(replay, step->state);
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
		return replay_write_config(replay);
	case CLOSE_FILE:
		close_data(replay->v, replay->side);
		return true;
	case START_LOGGING:
		return start_logging(replay);
	case REPORT_LOGGING:
		return report_logging(replay);
	case STOP_LOGGING:
		return replay_stop_logging(replay);
	case END:
		break;
	}
	return false;
}

bool replay_steps(struct replay *replay, const struct step *steps,
		  unsigned int count)
{
	for (; count && steps->action != END; count--, steps++)
		if (!(steps->needs & ~replay->v->has) &&
		    !take(replay, steps))
			return false;
	return true;
}

void replay_set_up(struct replay *replay, struct verify *v,
		   const struct vmm *vmm, struct side *side)
{
	*replay = (struct replay) {
		.vmm = vmm,
		.v = v,
		.side = side,
		.state = VFIO_MIG_RUNNING,
	};
}
