// SPDX-License-Identifier: GPL-2.0
/* What a check says: as expected, not so, or that it cannot tell. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

const char *errno_text(int ret)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	if (ret >= 0)
		return "success";
	return name ? name : "an unknown errno";
}

static void set_failed(struct verify *v, const char *expected)
{
	v->verdict = VERDICT_FAIL;
	snprintf(v->expected, sizeof(v->expected), "%s", expected);
}

/* Only the first thing that a check finds counts. */
bool expect(struct verify *v, bool good, const char *expected,
	    const char *came, ...)
{
	va_list args;

	if (good || v->verdict != VERDICT_PASS)
		return good;
	set_failed(v, expected);
	va_start(args, came);
	vsnprintf(v->came, sizeof(v->came), came, args);
	va_end(args);
	return false;
}

bool expect_ok(struct verify *v, int ret, const char *what)
{
	return expect(v, ret >= 0, "success", "%s: %s", what, errno_text(ret));
}

bool expect_errno(struct verify *v, int ret, int err, const char *what)
{
	return expect(v, ret == -err, errno_text(-err), "%s: %s", what,
		      errno_text(ret));
}

bool expect_failure(struct verify *v, int ret, const char *what)
{
	return expect(v, ret < 0, "an error", "%s: success", what);
}

bool expect_state(struct verify *v, struct side *side, __u32 state,
		  const char *when)
{
	struct vfio_device_feature_mig_state now;
	int ret = call_get(v, side, &now);

	if (ret)
		return blocked(v, "the state cannot be read: %s",
			       errno_text(ret));
	return expect(v, now.device_state == state, vfio_mig_state_name(state),
		      "%s: the state is %s", when,
		      vfio_mig_state_name(now.device_state));
}

bool expect_over(struct verify *v, int data_fd, bool saving, const char *when)
{
	char byte = 0;
	ssize_t done;

	done = saving ? call_read(v, data_fd, &byte, 1) :
			call_write(v, data_fd, &byte, 1);
	if (done >= 0)
		return expect(v, false, "ENODEV", "%s: %s", when, !saving ?
			      "a byte was taken" : done ?
			      "data" : "the end of a stream");
	return expect_errno(v, done, ENODEV, when);
}

bool expect_same(struct verify *v, const struct bytes *one,
		 const struct bytes *other, const char *what)
{
	size_t i;

	if (!expect(v, one->size == other->size, "streams of the same size",
		    "%s: %zu and %zu bytes", what, one->size, other->size))
		return false;
	for (i = 0; i < one->size && one->data[i] == other->data[i]; i++)
		continue;
	return expect(v, i == one->size, "the same bytes",
		      "%s: they differ at byte %zu", what, i);
}

void skip(struct verify *v, const char *format, ...)
{
	va_list args;

	if (v->verdict != VERDICT_PASS)
		return;
	v->verdict = VERDICT_SKIP;
	va_start(args, format);
	vsnprintf(v->reason, sizeof(v->reason), format, args);
	va_end(args);
}

bool blocked(struct verify *v, const char *format, ...)
{
	va_list args;

	if (v->verdict != VERDICT_PASS)
		return false;
	v->verdict = VERDICT_BLOCKED;
	va_start(args, format);
	vsnprintf(v->reason, sizeof(v->reason), format, args);
	va_end(args);
	return false;
}
