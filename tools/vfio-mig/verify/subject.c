// SPDX-License-Identifier: GPL-2.0
/* Brings devices to where a check begins. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

#define CHUNK	0x100000

bool opens(__u32 from, __u32 to)
{
	return from != to && vfio_mig_has_session(to) &&
	       !(vfio_mig_is_saving(from) && vfio_mig_is_saving(to));
}

bool ends(__u32 from, __u32 to)
{
	return from != to && vfio_mig_has_session(from) &&
	       !(vfio_mig_is_saving(from) && vfio_mig_is_saving(to));
}

void close_data(struct verify *v, struct side *side)
{
	if (side->data_fd >= 0)
		call_close(v, side->data_fd);
	side->data_fd = -1;
}

int take_data_fd(struct side *side)
{
	int data_fd = side->data_fd;

	side->data_fd = -1;
	return data_fd;
}

void free_bytes(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes) {};
}

bool copy_bytes(struct verify *v, struct bytes *to, const struct bytes *from)
{
	/* One more, for those who want to extend it. */
	to->data = calloc(1, from->size + 1);
	to->size = from->size;
	if (!to->data)
		return blocked(v, "there is no memory");
	memcpy(to->data, from->data, from->size);
	return true;
}

bool reopen(struct verify *v, struct side *side)
{
	struct vfiomig_error error;

	note_line(v, "dev close %s", side->name);
	vfiomig_close(side->dev);
	side->dev = NULL;
	note_line(v, "dev open %s", side->name);
	if (!vfiomig_open(side->name, tool.iommu, &side->dev, &error))
		return true;
	if (side == &v->peer)
		v->has &= ~NEEDS_PEER;
	else
		snprintf(v->dead, sizeof(v->dead), "%s", error.text);
	return blocked(v, "%s", error.text);
}

static bool is_fresh(struct verify *v, int state)
{
	if (state != VFIO_MIG_RUNNING)
		return false;
	notes_forget(v);
	return true;
}

/* The gentlest way that works: RUNNING, reset, close, a reset not offered. */
bool fresh(struct verify *v, struct side *side)
{
	int state = state_of(side);

	close_data(v, side);
	if (is_fresh(v, state))
		return true;
	if (state > VFIO_MIG_ERROR && state != VFIO_MIG_RESUMING &&
	    !call_set(v, side, VFIO_MIG_RUNNING, NULL) &&
	    is_fresh(v, state_of(side)))
		return true;
	if (v->has & NEEDS_RESET && !call_reset(v, side) &&
	    is_fresh(v, state_of(side)))
		return true;
	if (reopen(v, side) && is_fresh(v, state_of(side)))
		return true;
	if (side->dev && !call_reset(v, side) && is_fresh(v, state_of(side)))
		return true;
	return blocked(v, "the device cannot be brought to RUNNING");
}

bool go(struct verify *v, struct side *side, __u32 state)
{
	int from = state_of(side);
	int data_fd, ret;

	ret = call_set(v, side, state, &data_fd);
	if (ret)
		return blocked(v, "cannot reach %s: %s",
			       vfio_mig_state_name(state), errno_text(ret));
	if (from >= 0 && ends(from, state))
		close_data(v, side);
	if (data_fd >= 0) {
		close_data(v, side);
		side->data_fd = data_fd;
	}
	if (vfio_mig_has_session(state) && side->data_fd < 0)
		return blocked(v, "%s came without a data_fd",
			       vfio_mig_state_name(state));
	if (state_of(side) != (int)state)
		return blocked(v, "SET of %s leads elsewhere",
			       vfio_mig_state_name(state));
	return true;
}

bool enter(struct verify *v, struct side *side, __u32 state)
{
	const struct bytes *stream = NULL;
	int ret;

	if (state == VFIO_MIG_RESUMING) {
		stream = saved(v);
		if (!stream)
			return false;
	}
	if (!fresh(v, side))
		return false;
	if (state != VFIO_MIG_RUNNING && !go(v, side, state))
		return false;
	if (!stream)
		return true;
	ret = call_write_all(v, side->data_fd, stream, CHUNK);
	return ret ? blocked(v, "its own stream is not taken: %s",
			     errno_text(ret)) : true;
}

bool save(struct verify *v, struct side *side, struct bytes *bytes)
{
	int ret;

	if (!go(v, side, VFIO_MIG_STOP_COPY))
		return false;
	ret = call_read_all(v, side->data_fd, bytes, CHUNK);
	if (ret)
		return blocked(v, "the stream cannot be read: %s",
			       errno_text(ret));
	return bytes->size ? true : blocked(v, "the stream is empty");
}

/* What a script has to do first if it needs it. */
static void keep_saving(struct verify *v)
{
	struct notes *notes = &v->notes;
	unsigned int i;

	for (i = 0; i < notes->count && i < ARRAY_SIZE(notes->saving); i++)
		notes->saving[i] = notes->list[i];
	notes->saving_count = i;
}

const struct bytes *saved(struct verify *v)
{
	if (v->saved.data)
		return &v->saved;
	if (!fresh(v, &v->self) || !save(v, &v->self, &v->saved)) {
		free_bytes(&v->saved);
		return NULL;
	}
	close_data(v, &v->self);
	call_set(v, &v->self, VFIO_MIG_RUNNING, NULL);
	keep_saving(v);
	return fresh(v, &v->self) ? &v->saved : NULL;
}

int load(struct verify *v, struct side *side, const struct bytes *bytes,
	 size_t chunk)
{
	int data_fd, ret;

	close_data(v, side);
	ret = call_set(v, side, VFIO_MIG_RESUMING, &data_fd);
	if (ret)
		return ret;
	ret = call_write_all(v, data_fd, bytes, chunk);
	call_close(v, data_fd);
	return ret ? ret : call_set(v, side, VFIO_MIG_STOP, NULL);
}

int write_half(struct verify *v)
{
	const struct bytes *whole = saved(v);
	struct bytes part;

	if (!whole || !fresh(v, &v->self) ||
	    !go(v, &v->self, VFIO_MIG_RESUMING))
		return -ENOTSUP;
	part = (struct bytes) { whole->data, whole->size / 2 };
	return call_write_all(v, v->self.data_fd, &part, CHUNK);
}
