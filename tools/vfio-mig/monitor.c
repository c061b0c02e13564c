// SPDX-License-Identifier: GPL-2.0
/* vfio-mig monitor */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "arcs.h"
#include "downtime.h"
#include "print.h"
#include "tool.h"
#include "vfiomig_monitor.h"

#define POLL_MS		100
#define INDENT		27

static bool poll_debugfs;

/* The devices that were asked for; all if there are none. */
static struct vfiomig_info *chosen;
static int nr_chosen;

static bool is_chosen(const char *name)
{
	int i;

	for (i = 0; i < nr_chosen; i++)
		if (!strcmp(chosen[i].name, name))
			return true;
	return !nr_chosen;
}

static __u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* ---- lines ---- */

/* @time is of CLOCK_MONOTONIC; people read the time of day. */
static void begin_line(const char *event, const char *device, __u64 time)
{
	__u64 now = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC) + time;
	time_t seconds = now / 1000000000;
	char text[16];

	strftime(text, sizeof(text), "%H:%M:%S", localtime(&seconds));
	print_start_object(NULL);
	print_string("event", NULL, event);
	print_number("time_ns", NULL, now);
	print_text("%s.%03u ", text, (unsigned int)(now / 1000000 % 1000));
	if (device)
		print_device("device", "%-12s  ", device);
}

/* Each is complete when it is there, for whoever reads it from a pipe. */
static int end_line(void)
{
	print_end_object();
	return print_finish();
}

static void print_arcs(const struct vfiomig_event *event)
{
	const struct vfiomig_event_arc *arc = event->arc;
	bool shown = tool.json || (tool.verbose && event->arcs > 1);
	unsigned int i;

	print_start_array("arcs");
	for (i = 0; i < event->arcs && shown; i++, arc++) {
		print_start_object(NULL);
		print_text("%*s", INDENT, "");
		print_text("  ");
		print_state("from", "%-12s", arc->from);
		print_text(" -> ");
		print_state("to", "%-12s", arc->to);
		print_ns("ns", "  %10s", arc->ns);
		if (arc->error)
			print_number("errno", NULL, arc->error);
		if (arc->error)
			print_string("error", "  %s",
				     strerrorname_np(arc->error) ?: "failed");
		print_text("\n");
		print_end_object();
	}
	print_end_array();
}

/* Opening and closing have no way that is worth telling people about. */
static void print_way(const struct vfiomig_event *event)
{
	bool told = event->cause <= VFIOMIG_CAUSE_RESET;
	bool closed = event->cause == VFIOMIG_CAUSE_CLOSE;
	bool elsewhere = event->error && event->state != event->from;

	print_text(closed ? "in " : "");
	print_state("from", told || closed ? "%s" : NULL, event->from);
	print_text(told ? " -> " : "");
	print_state("to", told ? "%s" : NULL, event->to);
	if (event->error) {
		print_number("errno", NULL, event->error);
		print_string("error", " failed: %s",
			     strerrorname_np(event->error) ?: "unknown");
	}
	print_text(elsewhere ? ", now " : "");
	print_state("state", elsewhere ? "%s" : NULL, event->state);
	print_ns("ns", event->error ? NULL : "  %s", event->ns);
}

static void print_transition(const struct vfiomig_event *event)
{
	static const char * const causes[] = {
		[VFIOMIG_CAUSE_SET] = "set",
		[VFIOMIG_CAUSE_RESET] = "reset",
		[VFIOMIG_CAUSE_OPEN] = "open",
		[VFIOMIG_CAUSE_CLOSE] = "close",
	};
	const char *cause = (size_t)event->cause < ARRAY_SIZE(causes) ?
			    causes[event->cause] : "other";

	print_string("cause", event->cause == VFIOMIG_CAUSE_SET ? NULL : "%s ",
		     cause);
	print_way(event);
	print_number("session_bytes", NULL, event->session_bytes);
	print_text("\n");
	print_arcs(event);
}

static void print_progress(const struct vfiomig_event *event)
{
	print_state("state", "%s", event->state);
	print_bytes("session_bytes", ": %s moved", event->session_bytes);
	if (event->saving)
		print_bytes("remaining", ", %s to go", event->remaining);
	if (event->pre_copy) {
		print_number("initial", NULL, event->initial);
		print_number("dirty", NULL, event->dirty);
	}
	print_text("\n");
}

static void print_failure(const struct vfiomig_event *event)
{
	const struct vfiomig_failure *failure = &event->failure;

	print_number("errno", NULL, failure->error);
	print_state("from", NULL, failure->from);
	print_state("to", NULL, failure->to);
	if (failure->section)
		print_number("section", NULL, failure->section);
	print_lines("reason", INDENT, failure->text);
}

static int print_event(const struct vfiomig_event *event)
{
	static const char * const names[] = {
		[VFIOMIG_EVENT_STATE] = "state",
		[VFIOMIG_EVENT_PROGRESS] = "progress",
		[VFIOMIG_EVENT_ERROR] = "error",
	};

	begin_line(names[event->kind], event->name, event->time);
	if (event->lost)
		print_number("lost", "(%llu lost) ", event->lost);
	if (event->kind == VFIOMIG_EVENT_STATE)
		print_transition(event);
	else if (event->kind == VFIOMIG_EVENT_PROGRESS)
		print_progress(event);
	else
		print_failure(event);
	return end_line();
}

static int print_migration(const struct downtime *downtime, __u64 time)
{
	begin_line("migration", downtime->destination, time);
	print_text("from ");
	print_device("source", "%s", downtime->source);
	print_ns("downtime_ns", ": downtime %s, ", downtime->ns);
	print_bytes("bytes", "%s\n", downtime->bytes);
	return end_line();
}

static int print_status(const struct vfiomig_status *status, void *ctx)
{
	(void)ctx;
	if (!is_chosen(status->name))
		return 0;
	begin_line("device", status->name, clock_ns(CLOCK_MONOTONIC));
	print_state("state", "%s", status->state);
	print_ns("state_ns", " for %s", status->state_ns);
	print_bool("open", status->open);
	print_text(", %s", status->open ? "open" : "closed");
	print_string("driver", ", %s\n", status->driver);
	return end_line();
}

/* Said when nothing that happens from now on will be missed. */
static int print_note(const char *event, const char *text)
{
	begin_line(event, NULL, clock_ns(CLOCK_MONOTONIC));
	print_text("%s\n", text);
	return end_line();
}

/* ---- by netlink ---- */

static int sync_all(struct vfiomig_monitor *monitor,
		    struct vfiomig_error *error)
{
	return vfiomig_monitor_sync(monitor, print_status, NULL, error);
}

static int take_event(struct vfiomig_monitor *monitor,
		      const struct vfiomig_event *event,
		      struct vfiomig_error *error)
{
	struct downtime downtime;
	bool over;
	int err;

	if (event->kind == VFIOMIG_EVENT_LOST) {
		err = print_note("lost", "events were lost; this is how it is now:");
		return err ? err : sync_all(monitor, error);
	}
	/* The other device of a migration may not have been asked for. */
	over = downtime_take(event, &downtime);
	err = is_chosen(event->name) ? print_event(event) : 0;
	if (!err && over && (is_chosen(downtime.destination) ||
			     is_chosen(downtime.source)))
		err = print_migration(&downtime, event->time);
	return err;
}

/* Until it fails, or nobody reads what is said. */
static void listen_on(struct vfiomig_monitor *monitor,
		      struct vfiomig_error *error)
{
	struct vfiomig_event event;
	int err;

	err = sync_all(monitor, error);
	if (!err)
		err = print_note("listening", "listening; Ctrl-C ends it");
	while (!err) {
		err = vfiomig_monitor_next(monitor, &event, error);
		if (err == -EINTR) {
			memset(error, 0, sizeof(*error));
			err = 0;
		} else if (!err) {
			err = take_event(monitor, &event, error);
		}
	}
}

static int monitor_netlink(void)
{
	struct vfiomig_monitor *monitor;
	struct vfiomig_error error = {};

	if (!vfiomig_monitor_open(&monitor, &error)) {
		listen_on(monitor, &error);
		vfiomig_monitor_close(monitor);
	}
	/* The output is gone, which main() says. */
	return error.err ? fail(&error) : EXIT_OK;
}

/* ---- by debugfs ---- */

static int choose(const struct vfiomig_info *info, void *ctx)
{
	struct vfiomig_info *more;

	(void)ctx;
	more = realloc(chosen, (nr_chosen + 1) * sizeof(*chosen));
	if (!more)
		return -ENOMEM;
	chosen = more;
	chosen[nr_chosen++] = *info;
	return 0;
}

static int print_polled(const struct vfiomig_info *info, int before,
			__u32 state)
{
	begin_line(before < 0 ? "device" : "state", info->name,
		   clock_ns(CLOCK_MONOTONIC));
	if (before >= 0) {
		print_state("from", "%s", before);
		print_text(" -> ");
	}
	print_state("state", "%s", state);
	print_text("\n");
	return end_line();
}

static int poll_once(int *states, struct vfiomig_error *error)
{
	__u32 state;
	int i, err;

	for (i = 0; i < nr_chosen; i++) {
		err = vfiomig_debugfs_state(&chosen[i], &state, error);
		if (err)
			return err;
		if (states[i] == (int)state)
			continue;
		err = print_polled(&chosen[i], states[i], state);
		if (err)
			return err;
		states[i] = state;
	}
	return 0;
}

static int monitor_debugfs(void)
{
	struct vfiomig_error error = {};
	int *states, i, err = 0;

	if (!nr_chosen)
		err = vfiomig_list(choose, NULL);
	states = calloc(nr_chosen + 1, sizeof(*states));
	if (err || !states || !nr_chosen) {
		free(states);
		return fail_plain("there is no VFIO device; make one with: vfio-mig dev bind DEVICE");
	}
	for (i = 0; i < nr_chosen; i++)
		states[i] = -1;
	err = poll_once(states, &error);
	if (!err)
		err = print_note("listening", "polling; Ctrl-C ends it");
	while (!err) {
		poll(NULL, 0, POLL_MS);
		err = poll_once(states, &error);
	}
	free(states);
	return error.err ? fail(&error) : EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct vfiomig_error error;
	struct vfiomig_info info;
	int i, status = EXIT_OK;

	for (i = 0; i < argc && !status; i++) {
		if (vfiomig_lookup(argv[i], &info, &error))
			status = fail(&error);
		else if (choose(&info, NULL))
			status = fail_plain("there is no memory");
	}
	if (!status)
		status = poll_debugfs ? monitor_debugfs() : monitor_netlink();
	/* In a batch there may be another one. */
	free(chosen);
	chosen = NULL;
	nr_chosen = 0;
	return status;
}

static const struct command_option options[] = {
	{ "poll", "read states from VFIO's debugfs ten times a second",
	  &poll_debugfs },
	{}
};

const struct command monitor_command = {
	.name = "monitor",
	.args = "[DEVICE...]",
	.max_args = 64,
	.brief = "tell what happens to devices",
	.text =
"Tells what happens to devices that others have open: a line for each transition\n"
"with its time (with -v for each arc), for progress, for a failure and its\n"
"reason, until it is interrupted.  With -j each line is a JSON object.  It begins\n"
"with how each device is, and says when it listens.\n"
"\n"
"A migration between two devices of this machine ends with its downtime: from\n"
"when the source stood still until the destination is RUNNING.\n"
"\n"
"The driver has to be on the vfio_mig core, and listening takes CAP_NET_ADMIN.\n"
"With --poll any driver will do, but the kernel must have VFIO's debugfs; then\n"
"only states are told, and what does not last may be missed.",
	.options = options,
	.run = run,
};
