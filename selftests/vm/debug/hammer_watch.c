// SPDX-License-Identifier: GPL-2.0
/*
 * The threads of the hammer that look at a device while others hit it: what they
 * see is true at any time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arc_oracle.h"
#include "feature.h"
#include "hammer.h"
#include "mig_netlink.h"
#include "uapi/linux/vfio_mig.h"

/* ERROR is a state that every device can be in. */
static void check_state(struct hammer *hammer, const char *who,
			uint64_t features, uint32_t state)
{
	if (state && (state >= VFIO_MIG_NR_STATES ||
		      !oracle_offers(features, state)))
		hammer_complain(hammer, "%s: state %u of a device with features %#lx",
				who, state, (unsigned long)features);
}

void hammer_get(struct hammer *hammer, unsigned int *seed)
{
	static const __u32 features[3] = {
		VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
		VFIO_DEVICE_FEATURE_MIGRATION,
		VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
	};
	unsigned int which = rand_r(seed) % 3;
	int ret, fd = hammer_take_device(hammer);
	__u64 value = 0;

	if (fd < 0)
		return;
	ret = feature_call(fd, VFIO_DEVICE_FEATURE_GET | features[which], &value,
			   sizeof(value));
	if (ret)
		hammer_complain(hammer, "GET %u: %s", features[which],
				strerror(-ret));
	else if (which == 0)
		check_state(hammer, "GET", atomic_load(&hammer->features),
			    (__u32)value);
	else if (which == 1 && value != atomic_load(&hammer->features))
		hammer_complain(hammer, "features became %#llx", value);
	else if (which == 2 && !value)
		hammer_complain(hammer, "a stream has no bytes");
	close(fd);
}

static bool accepts(uint64_t features, const struct vfio_device_mig_arc *arc)
{
	return arc->from && arc->to && oracle_offers(features, arc->from) &&
	       oracle_accepts(features, arc->from, arc->to);
}

void hammer_probe(struct hammer *hammer, unsigned int *seed)
{
	struct vfio_device_mig_error last = { .argsz = sizeof(last) };
	struct vfio_device_mig_arc arc = {
		.argsz = sizeof(arc),
		.from = rand_r(seed) % VFIO_MIG_NR_STATES,
		.to = rand_r(seed) % VFIO_MIG_NR_STATES,
	};
	int fd = hammer_take_device(hammer);
	int error;

	if (fd < 0)
		return;
	error = ioctl(fd, VFIO_DEVICE_MIG_ARC_SUPPORTED, &arc) ? errno : 0;
	if (error != (accepts(atomic_load(&hammer->features), &arc) ?
		      0 : EOPNOTSUPP))
		hammer_complain(hammer, "probe of %s to %s: %s",
				vfio_mig_state_name(arc.from),
				vfio_mig_state_name(arc.to), strerror(error));
	if (ioctl(fd, VFIO_DEVICE_MIG_LAST_ERROR, &last) ||
	    !memchr(last.text, 0, sizeof(last.text)) ||
	    !last.error != !last.text[0])
		hammer_complain(hammer, "last error %u: '%.*s'", last.error,
				(int)sizeof(last.text), last.text);
	close(fd);
}

/* ---- over netlink ---- */

static bool has_gone_back(const struct told_device *before,
			  const struct told_device *now)
{
	return now->bytes_read < before->bytes_read ||
	       now->bytes_written < before->bytes_written ||
	       now->sessions < before->sessions ||
	       now->transitions < before->transitions ||
	       now->failures < before->failures ||
	       now->resets < before->resets ||
	       now->state_seq < before->state_seq ||
	       now->progress_seq < before->progress_seq ||
	       now->error_seq < before->error_seq;
}

/* Nothing counts backwards as long as the device is bound. */
void hammer_ask(struct hammer *hammer, unsigned int *seed)
{
	static struct told_device told_before;
	static unsigned int bound_before;
	unsigned int bound = atomic_load(&hammer->bound);
	struct told_device devices[TOLD_DEVICES], now;
	int ret = ask_all(devices);

	if (ret < 0)
		hammer_complain(hammer, "dump: %s", strerror(-ret));
	ret = ask_device(hammer->bdf, &now);
	if (ret && ret != -ENODEV)
		hammer_complain(hammer, "get: %s", strerror(-ret));
	if (ret)
		return;
	check_state(hammer, "netlink", now.features, now.state);
	if (bound & 1 || bound != atomic_load(&hammer->bound))
		return;
	if (bound == bound_before && has_gone_back(&told_before, &now))
		hammer_complain(hammer, "a counter went backwards");
	told_before = now;
	bound_before = bound;
}

/* The last event, or one without a number. */
static struct told_event before;

/* Each begins where the one before it ended. */
static void take_event(struct hammer *hammer, const struct told_event *event)
{
	if (strcmp(event->name, hammer->bdf))
		return;
	check_state(hammer, "event", ~0, event->state);
	if (event->seq == before.seq + 1 && event->seq != 1) {
		if (event->from != before.state)
			hammer_complain(hammer, "event %u begins in %s, %u ended in %s",
					event->seq,
					vfio_mig_state_name(event->from),
					before.seq,
					vfio_mig_state_name(before.state));
		if (event->time < before.time)
			hammer_complain(hammer, "event %u was before event %u",
					event->seq, before.seq);
	} else if (event->seq != 1 && before.seq) {
		hammer_complain(hammer, "event %u comes after event %u",
				event->seq, before.seq);
	}
	before = *event;
}

void hammer_listen(struct hammer *hammer, unsigned int *seed)
{
	static struct listener listener;
	struct told_event event;
	int ret;

	if (!listener.sock && listen_to(&listener, "state")) {
		hammer_complain(hammer, "cannot listen");
		return;
	}
	while ((ret = listen_next(&listener, &event)) > 0)
		take_event(hammer, &event);
	/* Some were lost: not here, but behind those that wait to be read. */
	if (ret == -ENOBUFS) {
		listen_drain(&listener);
		before.seq = 0;
	}
}
