// SPDX-License-Identifier: GPL-2.0
/* Brings a changed state into a device, and to another one. */
#include <endian.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "content.h"

#define CHUNK	0x100000
/* In STOP nothing moves; this is longer than any step of what would. */
#define STEADY_MS	150

#define DECODE	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY)

struct side *target(struct verify *v)
{
	return v->has & NEEDS_PEER ? &v->peer : &v->self;
}

void put_away(struct verify *v, struct side *side)
{
	if (!side->dev)
		return;
	if (side->irq >= 0)
		call_irq_off(v, side, side->irq);
	if (side->memory)
		call_unmap(v, side, side->iova);
}

/* Always the same two values: a script does not begin with what was there before. */
bool set_decode(struct verify *v, struct side *side, bool on)
{
	__u16 command = htole16(PCI_COMMAND_MASTER | (on ? DECODE : 0));
	int ret;

	if (!(v->has & NEEDS_PCI))
		return true;
	ret = call_config_write(v, side, PCI_COMMAND, &command,
				sizeof(command));
	return ret ? blocked(v, "the command register cannot be set: %s",
			     errno_text(ret)) : true;
}

/* RUNNING is not enough: what is in it has to go. */
static bool power_off_and_on(struct verify *v, struct side *side)
{
	put_away(v, side);
	if (!fresh(v, side))
		return false;
	if (v->has & NEEDS_RESET) {
		if (call_reset(v, side))
			return blocked(v, "the device cannot be reset");
		return true;
	}
	return reopen(v, side);
}

static bool clear(struct verify *v, struct side *side)
{
	return set_decode(v, side, true) &&
	       (!v->content || !v->content->clear ||
		v->content->clear(v, side));
}

bool begin(struct verify *v)
{
	v->notes.keeps = false;
	if (!power_off_and_on(v, &v->self) ||
	    (v->has & NEEDS_PEER && !power_off_and_on(v, &v->peer)))
		return false;
	notes_forget(v);
	v->notes.keeps = true;
	return clear(v, &v->self) &&
	       (!(v->has & NEEDS_PEER) || clear(v, &v->peer));
}

/* A content may have to look at more than the state; this is of all checks. */
static struct view power_on_view;

static bool glance(struct verify *v, struct view *view)
{
	return v->content->glance ? v->content->glance(v, &v->self, view) :
				    v->content->look(v, &v->self, view);
}

const struct bytes *power_on(struct verify *v, const struct view **view)
{
	if (view)
		*view = &power_on_view;
	if (v->power_on.data)
		return &v->power_on;
	power_on_view.count = 0;
	/* To look may leave traces, so that comes after it was saved. */
	if (!begin(v) || !save(v, &v->self, &v->power_on) ||
	    !go(v, &v->self, VFIO_MIG_STOP) ||
	    !go(v, &v->self, VFIO_MIG_RUNNING) ||
	    !glance(v, &power_on_view)) {
		free_bytes(&v->power_on);
		return NULL;
	}
	return &v->power_on;
}

bool prepared(struct verify *v, struct side *from, struct view *before)
{
	before->count = 0;
	if (!v->content->prepare(v, from))
		return false;
	return v->content->expects ? v->content->expects(v, before) :
				     v->content->look(v, from, before);
}

bool save_prepared(struct verify *v, struct side *from, struct view *before,
		   struct bytes *bytes)
{
	return prepared(v, from, before) && save(v, from, bytes) &&
	       go(v, from, VFIO_MIG_STOP);
}

/* A stopped device is not to run again first; its memory and interrupt stay. */
static bool start_over(struct verify *v, struct side *side)
{
	close_data(v, side);
	if (call_reset(v, side))
		return blocked(v, "the device cannot be reset");
	if (state_of(side) != VFIO_MIG_RUNNING)
		return blocked(v, "after a reset it is not RUNNING");
	if (side->irq >= 0 && call_take_over(v, side, side))
		return blocked(v, "its interrupt cannot be set up again");
	return clear(v, side);
}

bool arrive(struct verify *v, struct side *to, struct side *from)
{
	int ret;

	if (to == from)
		return start_over(v, to);
	ret = call_take_over(v, to, from);
	return ret ? blocked(v, "what a VMM moves besides cannot be set up: %s",
			     errno_text(ret)) : true;
}

bool expect_view(struct verify *v, const struct view *before,
		 const struct view *after)
{
	char text[TEXT_LENGTH] = "";
	bool same = !compare_views(before, after, text);

	return expect(v, same, "what was there before", "%s", text);
}

bool load_and_look(struct verify *v, struct side *to, const struct bytes *bytes,
		   size_t chunk, struct view *after)
{
	int ret = load(v, to, bytes, chunk);

	after->count = 0;
	if (ret)
		return blocked(v, "the stream is not loaded: %s",
			       errno_text(ret));
	return go(v, to, VFIO_MIG_RUNNING) && v->content->look(v, to, after);
}

/* ---- how it ends ---- */

static bool is_swapped(const struct seen *expected, const struct seen *came)
{
	__u64 swapped;

	if (!is_number_size(expected->size) || expected->size == 1)
		return false;
	swapped = __builtin_bswap64(expected->value) >>
		  (64 - 8 * expected->size);
	return came->value == swapped && swapped != expected->value;
}

static enum arrival judge(const struct view *expected, const struct view *came,
			  const struct view *blank_view)
{
	bool swapped = false, some = false, wrong = false;
	unsigned int i;

	for (i = 0; i < expected->count && i < came->count; i++) {
		const struct seen *one = &expected->list[i];
		const struct seen *other = &came->list[i];

		if (!one->counts)
			continue;
		if (one->value != other->value) {
			wrong = true;
			swapped |= is_swapped(one, other);
		}
		if (i < blank_view->count &&
		    one->value != blank_view->list[i].value)
			some |= other->value != blank_view->list[i].value;
	}
	if (!wrong)
		return ARRIVES;
	if (!some)
		return ARRIVES_NOT;
	return swapped ? ARRIVES_SWAPPED : ARRIVES_IN_PART;
}

enum arrival plain_move(struct verify *v, size_t chunk, char *text)
{
	enum arrival arrival = ARRIVES_UNKNOWN;
	struct view before, after;
	const struct view *nothing;
	struct bytes bytes = {};
	const struct bytes *empty = power_on(v, &nothing);

	if (!empty || !begin(v) ||
	    !save_prepared(v, &v->self, &before, &bytes))
		goto out;
	if (bytes.size == empty->size &&
	    !memcmp(bytes.data, empty->data, bytes.size)) {
		if (compare_views(nothing, &before, NULL))
			blocked(v, "its stream does not tell of the state");
		else
			skip(v, "nothing could be made to differ from power-on");
		goto out;
	}
	if (!arrive(v, target(v), &v->self))
		goto out;
	if (!chunk)
		chunk = bytes.size / 3 + 1;
	if (load_and_look(v, target(v), &bytes, chunk, &after)) {
		v->moved = true;
		compare_views(&before, &after, text);
		arrival = judge(&before, &after, nothing);
	}
out:
	free_bytes(&bytes);
	return arrival;
}

bool arrives(struct verify *v)
{
	char text[TEXT_LENGTH] = "";
	enum arrival arrival;

	if (v->arrives < 0) {
		arrival = plain_move(v, CHUNK, text);
		if (arrival == ARRIVES_UNKNOWN)
			return false;
		v->arrives = arrival == ARRIVES;
	}
	return v->arrives ? true : blocked(v, "the state does not arrive");
}

static bool are_same(const struct bytes *one, const struct bytes *other)
{
	return one->size == other->size &&
	       !memcmp(one->data, other->data, one->size);
}

/* False: something was in the way. */
static bool try_power_on_again(struct verify *v, bool *same)
{
	const struct bytes *empty = power_on(v, NULL);
	struct bytes other = {};
	bool good;

	if (!empty || !begin(v) || !arrive(v, target(v), &v->self))
		return false;
	if (load(v, target(v), empty, CHUNK))
		return blocked(v, "the stream is not loaded");
	good = save(v, target(v), &other);
	if (good)
		*same = are_same(empty, &other);
	free_bytes(&other);
	return good;
}

static bool try_twice(struct verify *v, bool *same)
{
	struct bytes one = {}, other = {};
	bool good;

	good = begin(v) && v->content->prepare(v, &v->self) &&
	       save(v, &v->self, &one) && go(v, &v->self, VFIO_MIG_STOP);
	if (good)
		call_sleep(v, &v->self, STEADY_MS);
	good = good && save(v, &v->self, &other);
	if (good)
		*same = are_same(&one, &other);
	free_bytes(&one);
	free_bytes(&other);
	return good;
}

bool is_fixed_point(struct verify *v)
{
	bool one = false, other = false;

	if (v->fixed_point < 0) {
		if (!try_power_on_again(v, &one) || !try_twice(v, &other))
			return false;
		v->fixed_point = one && other;
	}
	return v->fixed_point ? true :
	       blocked(v, "it does not save the same twice, or not what it loads");
}
