// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints: one event for each arc that is taken, with where it leads,
 * what it took and how it ended; and one for a reset.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define TRACING	"/sys/kernel/tracing/"

FIXTURE(trace)
{
	struct edu edu;
	FILE *events;
	char line[512];
};

FIXTURE_SETUP(trace)
{
	self->events = NULL;
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	ASSERT_EQ(0, write_file(TRACING "events/vfio_mig/enable", "1"));
	ASSERT_EQ(0, write_file(TRACING "trace", ""));
}

FIXTURE_TEARDOWN(trace)
{
	if (self->events)
		fclose(self->events);
	write_file(TRACING "events/vfio_mig/enable", "0");
	edu_close(&self->edu);
}

/* The next event of our device, from its name on; NULL if there is none. */
static const char *next_event(FILE **events, char *line, int size,
			      const char *bdf)
{
	char *event;

	if (!*events)
		*events = fopen(TRACING "trace", "r");
	while (*events && fgets(line, size, *events)) {
		event = strstr(line, bdf);
		if (event)
			return event;
	}
	return NULL;
}

#define NEXT_EVENT() \
	next_event(&self->events, self->line, sizeof(self->line), \
		   self->edu.bdf)

struct event {
	char from[16];
	char to[16];
	unsigned long long ns;
	int result;
};

/* The next event is of an arc; zeroes if it is not. */
static struct event parse(const char *text)
{
	struct event event = {};

	if (text && sscanf(text, "%*s %15s -> %15s %llu ns result %d",
			   event.from, event.to, &event.ns,
			   &event.result) != 4)
		memset(&event, 0, sizeof(event));
	return event;
}

static void expect_arc(struct __test_metadata *_metadata, const char *text,
		       const char *from, const char *to, int result)
{
	struct event event = parse(text);

	EXPECT_STREQ(from, event.from);
	EXPECT_STREQ(to, event.to);
	EXPECT_EQ(result, event.result);
	EXPECT_NE(0, event.ns);
}

TEST_F(trace, each_arc_of_a_combination_is_an_event)
{
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY, NULL));
	expect_arc(_metadata, NEXT_EVENT(), "RUNNING", "RUNNING_P2P", 0);
	expect_arc(_metadata, NEXT_EVENT(), "RUNNING_P2P", "STOP", 0);
	expect_arc(_metadata, NEXT_EVENT(), "STOP", "STOP_COPY", 0);
	EXPECT_EQ(NULL, NEXT_EVENT());
}

TEST_F(trace, failed_arc_and_the_way_back_are_events)
{
	ASSERT_EQ(0, fail_arc(&self->edu, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
			      EDOM, 1));
	ASSERT_EQ(-EDOM, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	expect_arc(_metadata, NEXT_EVENT(), "RUNNING", "RUNNING_P2P", 0);
	expect_arc(_metadata, NEXT_EVENT(), "RUNNING_P2P", "STOP", -EDOM);
	expect_arc(_metadata, NEXT_EVENT(), "RUNNING_P2P", "RUNNING", 0);
	EXPECT_EQ(NULL, NEXT_EVENT());
}

TEST_F(trace, refused_request_is_no_event)
{
	ASSERT_EQ(-EINVAL, set_state(&self->edu, VFIO_MIG_ERROR, NULL));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(NULL, NEXT_EVENT());
}

TEST_F(trace, reset_is_an_event)
{
	const char *text;

	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP, NULL));
	ASSERT_EQ(0, write_file(TRACING "trace", ""));
	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev,
					     &self->edu.error));
	text = NEXT_EVENT();
	ASSERT_NE(NULL, text);
	EXPECT_NE(NULL, strstr(text, "from STOP result 0"));
}

TEST_HARNESS_MAIN
