// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs the two devices of a migration on this machine.
 *
 * Nobody says which source a destination's stream comes from.  It is taken to
 * be that of a device
 *  - that was saved while the destination was loaded: their data sessions
 *    overlap in time; so a file that is loaded later is no migration;
 *  - that stands still since before the destination's stream was complete, and
 *    has not run, or been reset, since;
 *  - of several such, one of whose stream as many bytes were read as the
 *    destination took, and of those the one that stood still last.
 */
#include <stdlib.h>
#include <string.h>

#include "arcs.h"
#include "downtime.h"

/**
 * struct session - a data session, as far as it is known
 * @valid: There was one, and it still counts.
 * @begin, @end: When; @end is 0 while it lasts.
 * @bytes: Bytes moved, once it is over.
 */
struct session {
	bool valid;
	__u64 begin;
	__u64 end;
	__u64 bytes;
};

/**
 * struct device - one that has been heard of
 * @name: Its address.
 * @stopped: When it came to a standstill, 0 while it runs.
 * @save, @load: Its last sessions.
 */
struct device {
	char name[64];
	__u64 stopped;
	struct session save;
	struct session load;
};

static struct device *devices;
static unsigned int count;

static struct device *find(const char *name)
{
	struct device *more;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!strcmp(devices[i].name, name))
			return &devices[i];
	more = realloc(devices, (count + 1) * sizeof(*devices));
	if (!more)
		return NULL;
	devices = more;
	memset(&devices[count], 0, sizeof(*devices));
	memcpy(devices[count].name, name, sizeof(devices[count].name) - 1);
	return &devices[count++];
}

static bool runs(__u32 state)
{
	return state == VFIO_MIG_RUNNING || state == VFIO_MIG_RUNNING_P2P ||
	       state == VFIO_MIG_PRE_COPY || state == VFIO_MIG_PRE_COPY_P2P;
}

static void begin(struct session *session, const struct vfiomig_event_arc *arc)
{
	*session = (struct session) {
		.valid = true,
		.begin = arc->time - arc->ns,
	};
}

static void end(struct session *session, __u64 time, __u64 bytes)
{
	if (!session->valid || session->end)
		return;
	session->end = time;
	session->bytes = bytes;
}

static void take_arc(struct device *device, const struct vfiomig_event *event,
		     const struct vfiomig_event_arc *arc)
{
	bool saves = vfio_mig_is_saving(arc->to);
	bool saved = vfio_mig_is_saving(arc->from);

	if (saves && !saved)
		begin(&device->save, arc);
	if (saved && !saves)
		end(&device->save, arc->time, event->session_bytes);
	if (arc->to == VFIO_MIG_RESUMING)
		begin(&device->load, arc);
	if (arc->from == VFIO_MIG_RESUMING)
		end(&device->load, arc->time, event->session_bytes);
	if (runs(arc->from) && !runs(arc->to))
		device->stopped = arc->time;
	if (!runs(arc->from) && runs(arc->to)) {
		device->stopped = 0;
		device->save.valid = false;
	}
}

static bool overlap(const struct session *left, const struct session *right)
{
	return (!left->end || left->end >= right->begin) &&
	       (!right->end || right->end >= left->begin);
}

static bool is_source(const struct device *source,
		      const struct device *destination)
{
	return source != destination && source->save.valid &&
	       source->stopped &&
	       source->stopped <= destination->load.end &&
	       overlap(&source->save, &destination->load);
}

static bool is_better(const struct device *source, const struct device *other,
		      __u64 bytes)
{
	bool fits = source->save.bytes == bytes;
	bool other_fits;

	if (!other)
		return true;
	other_fits = other->save.bytes == bytes;
	return fits == other_fits ? source->stopped > other->stopped : fits;
}

static const struct device *find_source(const struct device *destination)
{
	const struct device *best = NULL;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (is_source(&devices[i], destination) &&
		    is_better(&devices[i], best, destination->load.bytes))
			best = &devices[i];
	return best;
}

/* The destination runs with what it has loaded. */
static bool finish(struct device *device, __u64 time,
		   struct downtime *downtime)
{
	const struct device *source;

	if (!device->load.valid || !device->load.end)
		return false;
	source = find_source(device);
	device->load.valid = false;
	if (!source)
		return false;
	memcpy(downtime->source, source->name, sizeof(downtime->source));
	memcpy(downtime->destination, device->name,
	       sizeof(downtime->destination));
	downtime->ns = time - source->stopped;
	downtime->bytes = device->load.bytes;
	return true;
}

bool downtime_take(const struct vfiomig_event *event,
		   struct downtime *downtime)
{
	struct device *device;
	bool over = false;
	unsigned int i;

	if (event->kind != VFIOMIG_EVENT_STATE)
		return false;
	device = find(event->name);
	if (!device)
		return false;
	if (event->cause != VFIOMIG_CAUSE_SET)
		device->load.valid = false;
	if (event->cause == VFIOMIG_CAUSE_CLOSE)
		end(&device->save, event->time, event->session_bytes);
	else if (event->cause != VFIOMIG_CAUSE_SET)
		device->save.valid = false;
	for (i = 0; i < event->arcs; i++) {
		if (event->arc[i].error)
			continue;
		take_arc(device, event, &event->arc[i]);
		if (event->arc[i].to == VFIO_MIG_RUNNING)
			over |= finish(device, event->arc[i].time, downtime);
	}
	return over;
}
