// SPDX-License-Identifier: GPL-2.0
/* A state that is not that of power-on: does it arrive, and does it stay? */
#include <errno.h>
#include <string.h>

#include "content.h"

#define CHUNK	0x100000

static void tells_of_the_state(struct verify *v)
{
	const struct view *nothing;
	const struct bytes *empty = power_on(v, &nothing);
	struct bytes bytes = {};
	struct view before;
	bool differs;

	if (!empty || !begin(v) ||
	    !save_prepared(v, &v->self, &before, &bytes))
		goto out;
	differs = bytes.size != empty->size ||
		  memcmp(bytes.data, empty->data, bytes.size);
	if (!differs && !compare_views(nothing, &before, NULL))
		skip(v, "nothing could be made to differ from power-on");
	else
		expect(v, differs, "another stream than after power-on",
		       "the same");
out:
	free_bytes(&bytes);
}

/* One way in which the plain move can end is the check's. */
static void moves(struct verify *v, size_t chunk, enum arrival is_wrong)
{
	char text[TEXT_LENGTH] = "";
	enum arrival arrival = plain_move(v, chunk, text);

	if (arrival == ARRIVES || arrival == ARRIVES_UNKNOWN)
		return;
	if (arrival == is_wrong)
		expect(v, false, "what was there before the move", "%s", text);
	else
		blocked(v, "the state does not arrive: %s", text);
}

static void state_arrives(struct verify *v)
{
	moves(v, CHUNK, ARRIVES_NOT);
}

static void all_of_it_arrives(struct verify *v)
{
	moves(v, CHUNK, ARRIVES_IN_PART);
}

static void in_its_byte_order(struct verify *v)
{
	moves(v, CHUNK, ARRIVES_SWAPPED);
}

/* In three pieces, of which the last is no whole one. */
static void in_pieces(struct verify *v)
{
	char text[TEXT_LENGTH] = "";
	enum arrival arrival;

	if (!arrives(v))
		return;
	arrival = plain_move(v, 0, text);
	if (arrival != ARRIVES_UNKNOWN)
		expect(v, arrival == ARRIVES, "what was there before the move",
		       "%s", text);
}

static void saves_the_same(struct verify *v)
{
	struct bytes one = {}, other = {};
	struct view before;

	if (!arrives(v) || !is_fixed_point(v) || !begin(v) ||
	    !save_prepared(v, &v->self, &before, &one) ||
	    !arrive(v, target(v), &v->self))
		goto out;
	if (load(v, target(v), &one, CHUNK))
		blocked(v, "the stream is not loaded");
	else if (save(v, target(v), &other))
		expect_same(v, &one, &other, "saved, loaded, saved");
out:
	free_bytes(&one);
	free_bytes(&other);
}

/* Load it where it is not RUNNING yet, and save what was loaded. */
static bool pass_on(struct verify *v, struct side *to,
		    const struct bytes *bytes, struct bytes *again)
{
	if (load(v, to, bytes, CHUNK))
		return blocked(v, "the stream is not loaded");
	return save(v, to, again) && go(v, to, VFIO_MIG_STOP);
}

/* There, back into the source as it stands, and there once more. */
static void second_trip(struct verify *v)
{
	struct bytes one = {}, two = {}, three = {};
	struct view before, after;

	if (!arrives(v) || !is_fixed_point(v) || !begin(v) ||
	    !save_prepared(v, &v->self, &before, &one) ||
	    !arrive(v, target(v), &v->self) ||
	    !pass_on(v, target(v), &one, &two))
		goto out;
	if (two.size != one.size || memcmp(two.data, one.data, one.size)) {
		blocked(v, "the first round trip changes it");
		goto out;
	}
	if (pass_on(v, &v->self, &two, &three) &&
	    expect_same(v, &two, &three, "after the second load") &&
	    arrive(v, target(v), &v->self) &&
	    load_and_look(v, target(v), &three, CHUNK, &after))
		expect_view(v, &before, &after);
out:
	free_bytes(&one);
	free_bytes(&two);
	free_bytes(&three);
}

static void source_keeps_it(struct verify *v)
{
	struct view before, after = {};
	struct bytes bytes = {};

	if (power_on(v, NULL) && begin(v) &&
	    save_prepared(v, &v->self, &before, &bytes) &&
	    go(v, &v->self, VFIO_MIG_RUNNING) &&
	    v->content->look(v, &v->self, &after))
		expect_view(v, &before, &after);
	free_bytes(&bytes);
}

/* As QEMU does, which loads devices before config space. */
static void moved_without_decode(struct verify *v, bool at_source)
{
	struct view before, after = {};
	struct bytes bytes = {};
	struct side *to = target(v);

	if (!arrives(v) || !begin(v) || !prepared(v, &v->self, &before))
		return;
	if (at_source && !set_decode(v, &v->self, false))
		return;
	if (!expect_ok(v, call_set(v, &v->self, VFIO_MIG_STOP, NULL), "STOP") ||
	    !save(v, &v->self, &bytes) || !go(v, &v->self, VFIO_MIG_STOP) ||
	    !set_decode(v, &v->self, true) || !arrive(v, to, &v->self))
		goto out;
	if (!at_source && !set_decode(v, to, false))
		goto out;
	if (expect_ok(v, load(v, to, &bytes, CHUNK), "loading") &&
	    set_decode(v, to, true) && go(v, to, VFIO_MIG_RUNNING) &&
	    v->content->look(v, to, &after))
		expect_view(v, &before, &after);
out:
	free_bytes(&bytes);
}

static void saved_without_decode(struct verify *v)
{
	moved_without_decode(v, true);
}

static void loaded_without_decode(struct verify *v)
{
	moved_without_decode(v, false);
}

/* First the prepared state and then another, or the other way round. */
static void load_both(struct verify *v, bool prepared_last)
{
	struct bytes empty = {}, full = {}, now = {};
	const struct bytes *first = prepared_last ? &empty : &full;
	const struct bytes *last = prepared_last ? &full : &empty;
	struct view before;
	struct side *to = target(v);

	if (begin(v) && save(v, &v->self, &empty) &&
	    go(v, &v->self, VFIO_MIG_STOP) &&
	    go(v, &v->self, VFIO_MIG_RUNNING) &&
	    save_prepared(v, &v->self, &before, &full) &&
	    arrive(v, to, &v->self)) {
		if (load(v, to, first, CHUNK) || load(v, to, last, CHUNK))
			blocked(v, "the streams are not loaded one after the other");
		else if (save(v, to, &now))
			expect_same(v, last, &now, "the second that was loaded, and what is saved");
	}
	free_bytes(&empty);
	free_bytes(&full);
	free_bytes(&now);
}

static void second_replaces_first(struct verify *v)
{
	if (!arrives(v) || !is_fixed_point(v))
		return;
	load_both(v, false);
	if (v->verdict == VERDICT_PASS)
		load_both(v, true);
}

/* Read what there is; the file may say that this is all for now. */
static bool read_now(struct verify *v, struct bytes *bytes)
{
	int ret = call_read_all(v, v->self.data_fd, bytes, CHUNK);

	return !ret || ret == -ENOMSG ? true :
	       blocked(v, "reading in PRE_COPY: %s", errno_text(ret));
}

/* Of the state after power-on first, and then of another. */
static void newest_after_pre_copy(struct verify *v)
{
	struct bytes bytes = {};
	struct view before = {}, after;
	int ret;

	if (!arrives(v) || !begin(v) || !go(v, &v->self, VFIO_MIG_PRE_COPY) ||
	    !read_now(v, &bytes) || !prepared(v, &v->self, &before))
		goto out;
	if (!read_now(v, &bytes) || !go(v, &v->self, VFIO_MIG_STOP_COPY))
		goto out;
	ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
	if (ret)
		blocked(v, "the stream cannot be read: %s", errno_text(ret));
	else if (go(v, &v->self, VFIO_MIG_STOP) &&
		 arrive(v, target(v), &v->self) &&
		 load_and_look(v, target(v), &bytes, CHUNK, &after))
		expect_view(v, &before, &after);
out:
	free_bytes(&bytes);
}

#define ANCHOR		"enum vfio_device_mig_state"
#define NEEDS		(NEEDS_CONTENT | NEEDS_TARGET)
#define MOVE_RULE	"What was saved is the internal state of the device, and loading it restores that."
#define DECODE_RULE	"The state does not depend on what config space lets through; VMMs load devices before config space."

static const struct check checks[] = {
	{ "stream_tells_of_the_state",
	  "The stream is the internal state of the device.",
	  ANCHOR ": STOP_COPY", NEEDS_CONTENT, tells_of_the_state },
	{ "state_arrives", MOVE_RULE, ANCHOR ": RESUMING -> STOP", NEEDS,
	  state_arrives },
	{ "all_of_the_state_arrives", MOVE_RULE, ANCHOR ": RESUMING -> STOP",
	  NEEDS, all_of_it_arrives },
	{ "state_arrives_in_its_byte_order", MOVE_RULE,
	  ANCHOR ": RESUMING -> STOP", NEEDS, in_its_byte_order },
	{ "state_arrives_in_pieces",
	  "The order of the bytes is preserved, but not how they were cut into pieces.",
	  "VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", NEEDS, in_pieces },
	{ "destination_saves_what_was_saved", MOVE_RULE,
	  ANCHOR ": RESUMING -> STOP", NEEDS, saves_the_same },
	{ "second_round_trip_changes_nothing", MOVE_RULE,
	  ANCHOR ": STOP -> RESUMING", NEEDS, second_trip },
	{ "source_keeps_its_state",
	  "What is saved stays in the device: a migration may be given up.",
	  ANCHOR ": STOP -> RUNNING", NEEDS_CONTENT, source_keeps_it },
	{ "state_is_saved_without_decode", DECODE_RULE, ANCHOR ": STOP",
	  NEEDS | NEEDS_PCI, saved_without_decode },
	{ "state_is_loaded_without_decode", DECODE_RULE,
	  ANCHOR ": RESUMING -> STOP", NEEDS | NEEDS_PCI,
	  loaded_without_decode },
	{ "second_load_replaces_the_first",
	  "Loading restores the state that was saved, whatever the device had.",
	  ANCHOR ": STOP -> RESUMING", NEEDS, second_replaces_first },
	{ "pre_copy_ends_in_the_newest_state",
	  "Data of PRE_COPY may be superseded; the whole stream is the state in STOP_COPY.",
	  ANCHOR ": PRE_COPY", NEEDS | NEEDS_PRE_COPY,
	  newest_after_pre_copy },
	{}
};

const struct check_group content_group = { "content", checks };
