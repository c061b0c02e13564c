// SPDX-License-Identifier: GPL-2.0
/*
 * A content that the user brings: calls of vfio-mig call in files.  What prepares a
 * device may have it work too; what is expected waits for the end of that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "call.h"
#include "content.h"

#define LINES_MAX	256

/* What stands for the device, since that is one at a time. */
#define ANY_DEVICE	"DEVICE"

enum kind {
	OTHER,
	READ_BAR,
	READ_MEMORY,
	COUNT_IRQS,
};

/**
 * struct line - a line of a file
 * @words, @count: The call and its arguments.
 * @kind: What is seen by it.
 * @region, @at, @size: Of a read: what.
 * @value: What has to be read, or NULL.
 */
struct line {
	char **words;
	int count;
	enum kind kind;
	__u64 region;
	__u64 at;
	__u64 size;
	const char *value;
};

static struct file {
	struct line lines[LINES_MAX];
	unsigned int count;
} prepare_file, expect_file, *loading;

static bool given;

/* The last words of a read, which begin with OFFSET or IOVA. */
static bool understand(struct line *line)
{
	char **args = line->words + 1;
	int count = line->count - 1;

	if (!strcmp(line->words[0], "irq-count")) {
		line->kind = COUNT_IRQS;
		line->value = count > 1 ? args[1] : NULL;
		return true;
	}
	if (!strcmp(line->words[0], "memory-read")) {
		line->kind = READ_MEMORY;
	} else if (!strcmp(line->words[0], "bar-read")) {
		line->kind = READ_BAR;
		if (!call_number(args[0], &line->region))
			return false;
		args++;
		count--;
	} else {
		return true;
	}
	line->value = count > 2 ? args[2] : NULL;
	return call_number(args[0], &line->at) &&
	       call_number(args[1], &line->size);
}

static char **copy_words(char **words, int count)
{
	char **copy = calloc(count + 1, sizeof(*copy));
	int i;

	for (i = 0; copy && i < count; i++) {
		copy[i] = strdup(words[i]);
		if (!copy[i])
			return NULL;
	}
	return copy;
}

/* "call DEVICE CALL ARGUMENT..." behind the name of the program. */
static int load_line(int count, char **words)
{
	struct line *line = &loading->lines[loading->count];
	int status;

	if (count < 4 || strcmp(words[1], "call") ||
	    strcmp(words[2], ANY_DEVICE))
		return fail_usage("each line must be: call DEVICE CALL [ARGUMENT...]");
	status = call_check(words + 3, count - 3);
	if (status)
		return status;
	if (loading->count == LINES_MAX)
		return fail_usage("more than %d lines", LINES_MAX);
	*line = (struct line) {
		.words = copy_words(words + 3, count - 3),
		.count = count - 3,
	};
	if (!line->words)
		return fail_plain("there is no memory");
	if (!understand(line))
		return EXIT_USAGE;
	loading->count++;
	return EXIT_OK;
}

int load_files(const char *prepare, const char *expect)
{
	int status = EXIT_OK;

	prepare_file.count = 0;
	expect_file.count = 0;
	given = prepare;
	if (expect && !prepare)
		return fail_usage("--expect: without --prepare there is nothing to be expected");
	if (prepare) {
		loading = &prepare_file;
		status = batch_each(prepare, false, load_line);
	}
	if (!status && expect) {
		loading = &expect_file;
		status = batch_each(expect, false, load_line);
	}
	return status;
}

static bool fits(struct verify *v)
{
	(void)v;
	return given;
}

/* False: the line is wrong, and the error is on stderr. */
static bool make(struct verify *v, struct side *side, const struct line *line)
{
	if (call_make(v, side, line->words, line->count) == EXIT_OK)
		return true;
	return blocked(v, "%s: wrong arguments", line->words[0]);
}

static bool prepare(struct verify *v, struct side *side)
{
	unsigned int i;

	for (i = 0; i < prepare_file.count; i++) {
		if (!make(v, side, &prepare_file.lines[i]))
			return false;
		if (call_differs[0])
			return blocked(v, "preparing it: %s", call_differs);
	}
	return true;
}

static bool see(struct verify *v, struct side *side, const struct line *line,
		struct view *view)
{
	bool good = line->kind == READ_BAR ?
		    see_register(v, side, view, line->region, line->at,
				 line->size) :
		    see_memory(v, side, view, line->at, line->size);

	if (good)
		view->list[view->count - 1].counts = line->value;
	return good;
}

/* Memory that was not made yet is not to be seen either. */
static bool is_seen(const struct side *side, const struct line *line)
{
	return line->kind == READ_BAR ||
	       (line->kind == READ_MEMORY &&
		memory_at(side, line->at, line->size));
}

/* Each line in its order: what is to be read may have to be waited for. */
static bool look(struct verify *v, struct side *side, struct view *view)
{
	unsigned int i;

	for (i = 0; i < expect_file.count; i++) {
		const struct line *line = &expect_file.lines[i];

		if (line->kind == READ_BAR ? !see(v, side, line, view) :
					     !make(v, side, line))
			return false;
	}
	return true;
}

static bool glance(struct verify *v, struct side *side, struct view *view)
{
	unsigned int i;

	for (i = 0; i < expect_file.count; i++) {
		const struct line *line = &expect_file.lines[i];

		if (line->kind == READ_BAR && !see(v, side, line, view))
			return false;
	}
	return true;
}

/* What the file says; memory is no state of the device's. */
static bool expects(struct verify *v, struct view *view)
{
	unsigned int i;

	for (i = 0; i < expect_file.count; i++) {
		const struct line *line = &expect_file.lines[i];
		struct seen *seen;
		__u8 *data;

		if (line->kind != READ_BAR)
			continue;
		data = calloc(1, line->size);
		if (!data)
			return blocked(v, "there is no memory");
		if (line->value && !call_value(line->value, data, line->size)) {
			free(data);
			return blocked(v, "%s: not a value", line->value);
		}
		seen = add_seen(view, SEEN_REGISTER, line->size,
				value_of(data, line->size));
		snprintf(seen->name, sizeof(seen->name), "region %llu, %#llx",
			 line->region, line->at);
		seen->counts = line->value;
		free(data);
	}
	return true;
}

static bool watch(struct verify *v, struct side *side, struct view *view)
{
	unsigned int i;

	for (i = 0; i < expect_file.count; i++) {
		const struct line *line = &expect_file.lines[i];

		if (is_seen(side, line) && !see(v, side, line, view))
			return false;
	}
	return see_irqs(v, side, view);
}

/* Each line in its order; what is not as it says is the outcome. */
static bool finish(struct verify *v, struct side *side, struct outcome *outcome)
{
	static const unsigned int kinds[] = {
		[OTHER] = SEEN_REGISTER,
		[READ_BAR] = SEEN_REGISTER,
		[READ_MEMORY] = SEEN_MEMORY,
	};
	unsigned int i;
	__u64 count;

	for (i = 0; i < expect_file.count; i++) {
		const struct line *line = &expect_file.lines[i];

		if (line->kind == COUNT_IRQS && line->value) {
			if (!call_number(line->value, &count))
				return blocked(v, "%s: not a number",
					       line->value);
			if (!check_irqs(v, side, count, outcome))
				return false;
			continue;
		}
		if (!make(v, side, line))
			return false;
		if (call_differs[0])
			add_wrong(outcome, kinds[line->kind % COUNT_IRQS],
				  "%s", call_differs);
	}
	return true;
}

const struct content files_content = {
	.name = "by files",
	.fits = fits,
	.prepare = prepare,
	.look = look,
	.glance = glance,
	.expects = expects,
	/* What is prepared may work. */
	.start = prepare,
	.watch = watch,
	.finish = finish,
};
