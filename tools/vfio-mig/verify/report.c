// SPDX-License-Identifier: GPL-2.0
/* KTAP or JSON. */
#include <stdio.h>

#include "content.h"
#include "print.h"

static const char * const verdicts[] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_SKIP] = "skip",
	[VERDICT_BLOCKED] = "blocked",
};

void report_start(const struct verify *v, unsigned int count)
{
	print_start_object(NULL);
	print_text("KTAP version 1\n");
	print_string("device", "# device: %s\n", vfiomig_name(v->self.dev));
	print_string("driver", "# driver: %s\n",
		     vfiomig_info(v->self.dev)->driver);
	print_text("# features: ");
	print_features("features", v->features);
	print_text("\n");
	print_text("1..%u\n", count);
	print_start_array("checks");
}

void report_group(const struct check_group *group)
{
	print_text("# group: %s\n", group->name);
}

static void print_line(const struct note *note)
{
	print_string(NULL, NULL, note->line);
}

static void print_call(const struct note *note)
{
	char text[2 * NOTE_LENGTH + 2];

	if (!note->result[0])
		return;
	snprintf(text, sizeof(text), "%s: %s", note->line, note->result);
	print_string(NULL, NULL, text);
}

static void print_text_line(const struct note *note)
{
	print_note("#     ", note);
}

/* Its lines, and in JSON once more what came of each call. */
static void print_script(const struct verify *v)
{
	print_text("#   script for vfio-mig -b:\n");
	if (v->notes.count > NOTES_MAX)
		print_text("#     # %u calls more came before these\n",
			   v->notes.count - NOTES_MAX);
	if (!tool.json)
		script_each(v, print_text_line);
	print_start_array("script");
	script_each(v, print_line);
	print_end_array();
	print_start_array("calls");
	script_each(v, print_call);
	print_end_array();
}

static void print_failure(const struct verify *v, const struct check *check)
{
	char command[1024];

	print_string("expected", "#   expected: %s\n", v->expected);
	print_string("came", "#   came: %s\n", v->came);
	print_script(v);
	snprintf(command, sizeof(command),
		 "vfio-mig verify %s --profile %s%s%s%s%s%s%s%s --only %s",
		 v->self.name, v->profile,
		 v->peer.dev ? " --peer " : "",
		 v->peer.dev ? v->peer.name : "",
		 v->prepare ? " --prepare " : "",
		 v->prepare ? v->prepare : "",
		 v->expect ? " --expect " : "",
		 v->expect ? v->expect : "",
		 v->has & NEEDS_DESTRUCTIVE ? " --destructive" : "",
		 check->name);
	print_string("reproduce", "#   reproduce: %s\n", command);
}

void report_check(const struct verify *v, const struct check_group *group,
		  const struct check *check, unsigned int number)
{
	bool failed = v->verdict == VERDICT_FAIL;

	print_start_object(NULL);
	print_number("number", failed ? "not ok %llu " : "ok %llu ", number);
	print_string("name", "%s", check->name);
	print_string("group", NULL, group->name);
	print_string("result", NULL, verdicts[v->verdict]);
	if (v->verdict == VERDICT_SKIP)
		print_string("reason", " # SKIP %s", v->reason);
	else if (v->verdict == VERDICT_BLOCKED)
		print_string("reason", " # SKIP blocked: %s", v->reason);
	print_text("\n");
	if (tool.json || tool.verbose || failed) {
		print_string("rule", "#   rule: %s\n", check->rule);
		print_string("anchor", "#   in <linux/vfio.h>: %s\n",
			     check->anchor);
	}
	if (failed)
		print_failure(v, check);
	print_end_object();
}

/* Never silent about it: where nothing else was moved, much was not seen. */
static void report_moved(const struct verify *v)
{
	print_bool("changed_state_moved", v->moved);
	if (v->moved) {
		print_string("content", "# moved: a changed state (%s)\n",
			     v->content->name);
		return;
	}
	print_text("# moved: only the power-on state, so a pass says nothing of any other\n");
}

void report_end(const struct verify *v,
		const unsigned int counts[VERDICT_BLOCKED + 1])
{
	print_end_array();
	report_moved(v);
	print_start_object("totals");
	print_number("pass", "# pass %llu", counts[VERDICT_PASS]);
	print_number("fail", ", fail %llu", counts[VERDICT_FAIL]);
	print_number("skip", ", skip %llu", counts[VERDICT_SKIP]);
	print_number("blocked", ", blocked %llu\n", counts[VERDICT_BLOCKED]);
	print_end_object();
	print_end_object();
}
