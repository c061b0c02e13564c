// SPDX-License-Identifier: GPL-2.0
/*
 * vfio-mig -b: commands from a file, as iproute2 takes them: one a line, words
 * in quotes, what follows a # is left out, and a line that ends in a \ goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "tool.h"

#define WORDS_MAX	1100

/**
 * struct batch - a file of commands
 * @name: What it is called in errors; NULL if there is none.
 * @file: The file.
 * @line: The line that is carried out, or the first of them if it goes on.
 * @next: The line after it.
 */
static struct batch {
	const char *name;
	FILE *file;
	unsigned int line;
	unsigned int next;
} batch;

bool in_batch(void)
{
	return batch.name;
}

void batch_place(char *text, size_t size)
{
	text[0] = '\0';
	if (batch.name)
		snprintf(text, size, "%s:%u: ", batch.name, batch.line);
}

unsigned int batch_line(void)
{
	return batch.name ? batch.line : 0;
}

/* Commands that read stdin shall not eat the lines that are to come. */
static FILE *take_stdin(void)
{
	int fd = dup(STDIN_FILENO);
	int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 || none < 0 || dup2(none, STDIN_FILENO) < 0 ?
		     NULL : fdopen(fd, "re");

	if (none >= 0)
		close(none);
	if (!file && fd >= 0)
		close(fd);
	return file;
}

/* Does it end in an odd number of \? */
static bool goes_on(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && text[length - 1 - count] == '\\')
		count++;
	return count % 2;
}

/* The next line, with those that it goes on in; NULL at the end. */
static char *read_line(void)
{
	char *line = NULL, *part = NULL, *longer;
	size_t room = 0, used = 0;
	ssize_t length;
	bool more = true;

	batch.line = batch.next + 1;
	while (more && (length = getline(&part, &room, batch.file)) >= 0) {
		batch.next++;
		if (length && part[length - 1] == '\n')
			length--;
		more = goes_on(part, length);
		longer = realloc(line, used + length + 1);
		if (!longer) {
			errno = ENOMEM;
			break;
		}
		line = longer;
		memcpy(line + used, part, length);
		used += more ? length - 1 : length;
		line[used] = '\0';
	}
	free(part);
	return line;
}

/*
 * Take @line apart, in place.  The number of words, or -1: a quote has no end,
 * or there are too many.
 */
static int split(char *line, char **words)
{
	char *at = line, *to = line, quote;
	int count = 1;

	for (;;) {
		at += strspn(at, " \t\r");
		if (!*at || *at == '#')
			break;
		if (count == WORDS_MAX)
			return -1;
		words[count++] = to;
		for (quote = 0; *at && (quote || !strchr(" \t\r", *at)); at++) {
			if (*at == quote)
				quote = 0;
			else if (!quote && (*at == '"' || *at == '\''))
				quote = *at;
			else
				*to++ = *at;
		}
		if (quote)
			return -1;
		/* What stood between the words is room for their ends. */
		at += !!*at;
		*to++ = '\0';
	}
	words[count] = NULL;
	return count;
}

/* No command line is made of it, which would tell. */
static int refuse_line(void)
{
	int status = fail_usage("too long, or a quote that is not closed");

	if (tool.json)
		fail_print("", status);
	fail_forget();
	return status;
}

static int run_words(char *line, batch_run_line run)
{
	char name[] = "vfio-mig";
	char *words[WORDS_MAX + 1] = { name };
	const struct tool before = tool;
	int status = EXIT_OK;
	int count = split(line, words);

	if (count < 0)
		status = refuse_line();
	else if (count > 1)
		status = run(count, words);
	tool = before;
	return status;
}

static int run_lines(bool force, batch_run_line run)
{
	int first = EXIT_OK, status;
	char *line;

	while ((line = read_line())) {
		status = run_words(line, run);
		free(line);
		if (!first)
			first = status;
		if (status && !force)
			break;
	}
	return first;
}

int batch_each(const char *path, bool force, batch_run_line run)
{
	const struct batch outer = batch;
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? take_stdin() : fopen(path, "re");
	int status;

	if (!file)
		return fail_plain("%s: %s; is it the right file?", path,
				  strerror(errno));
	batch = (struct batch) {
		.name = is_stdin ? "stdin" : path,
		.file = file,
	};
	status = run_lines(force, run);
	if (ferror(file))
		status = fail_plain("it cannot be read further");
	batch = outer;
	fclose(file);
	return status;
}

int batch_run(const char *path, bool force)
{
	int status;

	if (in_batch())
		return fail_usage("-b: not in a batch");
	status = batch_each(path, force, run_line);
	release_devices();
	return status;
}
