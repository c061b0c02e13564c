// SPDX-License-Identifier: GPL-2.0
/* The bytes: their end, their size, how they are cut, that they come again. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "check.h"

#define CHUNK	0x100000

/* As far as it is read and written byte by byte. */
#define SMALL	0x10000

static void has_an_end(struct verify *v)
{
	struct bytes bytes = {};
	int ret;

	if (!enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	ret = call_read_all(v, v->self.data_fd, &bytes, CHUNK);
	expect_ok(v, ret, "reading to the end");
	free_bytes(&bytes);
}

static void has_content(struct verify *v)
{
	__u8 byte;

	if (enter(v, &v->self, VFIO_MIG_STOP_COPY))
		expect(v, call_read(v, v->self.data_fd, &byte, 1) == 1,
		       "at least a byte", "none");
}

static bool read_out(struct verify *v)
{
	struct bytes bytes = {};
	bool good;

	good = enter(v, &v->self, VFIO_MIG_STOP_COPY) &&
	       save(v, &v->self, &bytes);
	free_bytes(&bytes);
	return good;
}

static void end_lasts(struct verify *v)
{
	ssize_t done;
	__u8 byte;
	int i;

	if (!read_out(v))
		return;
	for (i = 0; i < 5; i++) {
		done = call_read(v, v->self.data_fd, &byte, 1);
		if (!expect(v, !done, "0, the end of the stream",
			    "read %d after the end: %zd", i + 1, done))
			return;
	}
}

static void end_is_readable(struct verify *v)
{
	if (read_out(v))
		expect(v, call_poll(v, v->self.data_fd) & POLLIN, "POLLIN",
		       "poll does not say so");
}

/* Is the stream the same, however many bytes are read at a time? */
static void read_by(struct verify *v, size_t chunk)
{
	const struct bytes *whole = saved(v);
	struct bytes bytes = {};
	int ret;

	if (!whole || !enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	if (chunk < 16 && whole->size > SMALL) {
		skip(v, "its stream is too long to be read byte by byte");
		return;
	}
	ret = call_read_all(v, v->self.data_fd, &bytes, chunk);
	if (expect_ok(v, ret, "reading"))
		expect(v, bytes.size == whole->size,
		       "as many bytes as otherwise", "%zu, not %zu",
		       bytes.size, whole->size);
	free_bytes(&bytes);
}

static void read_by_one(struct verify *v)
{
	read_by(v, 1);
}

static void read_by_odd(struct verify *v)
{
	read_by(v, 4099);
}

static void save_again(struct verify *v)
{
	struct bytes one = {}, other = {};

	if (enter(v, &v->self, VFIO_MIG_STOP) && save(v, &v->self, &one) &&
	    go(v, &v->self, VFIO_MIG_STOP) && save(v, &v->self, &other))
		expect_same(v, &one, &other, "saved twice in STOP");
	free_bytes(&one);
	free_bytes(&other);
}

static void loads_itself(struct verify *v)
{
	const struct bytes *bytes = saved(v);

	if (bytes && fresh(v, &v->self) &&
	    expect_ok(v, load(v, &v->self, bytes, CHUNK), "loading"))
		expect_state(v, &v->self, VFIO_MIG_STOP, "loaded");
}

static void write_by(struct verify *v, size_t chunk)
{
	const struct bytes *bytes = saved(v);

	if (!bytes || !fresh(v, &v->self))
		return;
	if (chunk < 16 && bytes->size > SMALL)
		skip(v, "its stream is too long to be written byte by byte");
	else
		expect_ok(v, load(v, &v->self, bytes, chunk), "loading");
}

static void write_by_one(struct verify *v)
{
	write_by(v, 1);
}

static void write_by_odd(struct verify *v)
{
	write_by(v, 4099);
}

/* From STOP; false if it is not the same each time. */
static bool save_twice(struct verify *v, struct side *side, struct bytes *one)
{
	struct bytes other = {};
	bool good;

	good = save(v, side, one) && go(v, side, VFIO_MIG_STOP) &&
	       save(v, side, &other);
	if (good && (one->size != other.size ||
		     memcmp(one->data, other.data, one->size)))
		good = blocked(v, "it does not save the same bytes twice");
	free_bytes(&other);
	return good;
}

/* What @to saves once it has loaded what @from saved. */
static void fixed_point(struct verify *v, struct side *from, struct side *to)
{
	struct bytes one = {}, other = {};
	int ret;

	if (!fresh(v, to) || !enter(v, from, VFIO_MIG_STOP) ||
	    !save_twice(v, from, &one))
		goto out;
	ret = load(v, to, &one, CHUNK);
	if (ret)
		blocked(v, "the stream is not loaded: %s", errno_text(ret));
	else if (save(v, to, &other))
		expect_same(v, &one, &other, "saved, loaded, saved");
out:
	free_bytes(&one);
	free_bytes(&other);
}

static void fixed_point_self(struct verify *v)
{
	fixed_point(v, &v->self, &v->self);
}

static void fixed_point_peer(struct verify *v)
{
	fixed_point(v, &v->self, &v->peer);
}

static void peer_runs(struct verify *v)
{
	const struct bytes *bytes = saved(v);
	int ret;

	if (!bytes || !fresh(v, &v->peer) || !fresh(v, &v->self))
		return;
	ret = load(v, &v->peer, bytes, CHUNK);
	if (expect_ok(v, ret, "loading into the peer") &&
	    expect_ok(v, call_set(v, &v->peer, VFIO_MIG_RUNNING, NULL),
		      "RUNNING"))
		expect_state(v, &v->peer, VFIO_MIG_RUNNING, "peer");
}

static void peer_back(struct verify *v)
{
	fixed_point(v, &v->peer, &v->self);
}

static void bad_read(struct verify *v)
{
	const struct bytes *whole = saved(v);
	struct bytes bytes = {};
	int ret;

	if (!whole || !enter(v, &v->self, VFIO_MIG_STOP_COPY))
		return;
	ret = call_read_bad(v, v->self.data_fd, 16);
	if (expect_errno(v, ret, EFAULT, "read to a bad address")) {
		call_read_all(v, v->self.data_fd, &bytes, CHUNK);
		expect(v, bytes.size == whole->size,
		       "nothing is lost", "%zu bytes of %zu", bytes.size,
		       whole->size);
	}
	free_bytes(&bytes);
}

static void bad_write(struct verify *v)
{
	const struct bytes *whole = saved(v);
	int ret;

	if (!whole || !fresh(v, &v->self) ||
	    !go(v, &v->self, VFIO_MIG_RESUMING))
		return;
	ret = call_write_bad(v, v->self.data_fd, 16);
	if (expect_errno(v, ret, EFAULT, "write from a bad address")) {
		ret = call_write_all(v, v->self.data_fd, whole, CHUNK);
		if (!ret)
			ret = call_set(v, &v->self, VFIO_MIG_STOP, NULL);
		expect_ok(v, ret, "the whole stream after that");
	}
}

/* In every state, or in one. */
static void data_size(struct verify *v, bool nonzero)
{
	unsigned int i;
	__u64 bytes;
	int ret;

	for (i = 0; i < v->count; i++) {
		const char *name = vfio_mig_state_name(v->states[i]);

		if (!enter(v, &v->self, v->states[i]))
			return;
		ret = call_data_size(v, &v->self, &bytes);
		if (!nonzero && !expect_ok(v, ret, name))
			return;
		if (nonzero && !ret &&
		    !expect(v, bytes, "more than 0 bytes", "0 in %s", name))
			return;
	}
}

static void data_size_everywhere(struct verify *v)
{
	data_size(v, false);
}

static void data_size_not_zero(struct verify *v)
{
	data_size(v, true);
}

#define ANCHOR		"enum vfio_device_mig_state"
#define ANCHOR_FD	"VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE"
#define ANCHOR_SIZE	"VFIO_DEVICE_FEATURE_MIG_DATA_SIZE"
#define END_RULE	"In STOP_COPY the end is permanent: read() returns 0 from then on, and poll says readable."
#define CUT_RULE	"The order of the bytes is preserved, but not how they were cut into pieces."
#define LOAD_RULE	"What is loaded is what one file gave while a compatible device was saved."
#define SAME_RULE	"A device in STOP does not change its internal state."
#define ADDRESS_RULE	"A read() or write() that fails has moved nothing, as with any file."

static const struct check checks[] = {
	{ "stop_copy_stream_has_an_end",
	  "The end of the stream says that all of the device's state was transferred.",
	  ANCHOR ": STOP_COPY", 0, has_an_end },
	{ "stop_copy_stream_has_content",
	  "The internal state of the device can be read out.",
	  ANCHOR ": STOP_COPY", 0, has_content },
	{ "end_of_stream_is_permanent", END_RULE,
	  "VFIO_MIG_GET_PRECOPY_INFO", 0, end_lasts },
	{ "end_of_stream_polls_readable", END_RULE,
	  "VFIO_MIG_GET_PRECOPY_INFO", 0, end_is_readable },
	{ "one_byte_reads_give_the_whole_stream", CUT_RULE, ANCHOR_FD, 0,
	  read_by_one },
	{ "odd_reads_give_the_whole_stream", CUT_RULE, ANCHOR_FD, 0,
	  read_by_odd },
	{ "saving_twice_gives_the_same_bytes", SAME_RULE, ANCHOR ": STOP", 0,
	  save_again },
	{ "device_loads_its_own_stream", LOAD_RULE,
	  ANCHOR ": STOP -> RESUMING", 0, loads_itself },
	{ "one_byte_writes_load_as_well", CUT_RULE, ANCHOR_FD, 0,
	  write_by_one },
	{ "odd_writes_load_as_well", CUT_RULE, ANCHOR_FD, 0, write_by_odd },
	{ "save_load_save_is_a_fixed_point", LOAD_RULE,
	  ANCHOR ": RESUMING -> STOP", 0, fixed_point_self },
	{ "peer_loads_and_runs", LOAD_RULE, ANCHOR ": RESUMING -> STOP",
	  NEEDS_PEER, peer_runs },
	{ "peer_saves_what_it_loaded", LOAD_RULE,
	  ANCHOR ": RESUMING -> STOP", NEEDS_PEER, fixed_point_peer },
	{ "device_saves_what_it_loaded_from_its_peer", LOAD_RULE,
	  ANCHOR ": RESUMING -> STOP", NEEDS_PEER, peer_back },
	{ "failed_read_loses_nothing", ADDRESS_RULE, ANCHOR_FD, 0, bad_read },
	{ "failed_write_loses_nothing", ADDRESS_RULE, ANCHOR_FD, 0,
	  bad_write },
	{ "data_size_can_be_asked_in_every_state",
	  "It can be called in each device state.",
	  ANCHOR_SIZE, NEEDS_DATA_SIZE, data_size_everywhere },
	{ "data_size_is_never_zero",
	  "It estimates what stop-copy will take; there is always something.",
	  ANCHOR_SIZE, NEEDS_DATA_SIZE, data_size_not_zero },
	{}
};

const struct check_group streams_group = { "streams", checks };
