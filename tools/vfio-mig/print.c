// SPDX-License-Identifier: GPL-2.0
/* Text or JSON on stdout. */
#define _GNU_SOURCE
#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arcs.h"
#include "print.h"
#include "tool.h"

#define DEPTH_MAX	8

/* The object or array that is being filled, and those around it. */
static struct json_object *open_nodes[DEPTH_MAX];
static int depth;
static struct json_object *root;
static bool wrote;
/* What the outermost object is, e.g. "dev-show-1". */
static char schema[48];

void print_set_schema(const char * const *words, int count, int version)
{
	int used = 0, i;

	for (i = 0; i < count && used < (int)sizeof(schema); i++)
		used += snprintf(schema + used, sizeof(schema) - used, "%s-",
				 words[i]);
	if (used < (int)sizeof(schema))
		snprintf(schema + used, sizeof(schema) - used, "%d", version);
}

static void add(const char *key, struct json_object *value)
{
	struct json_object *parent = depth ? open_nodes[depth - 1] : NULL;
	char *name;

	if (!parent) {
		root = value;
	} else if (json_object_is_type(parent, json_type_array)) {
		json_object_array_add(parent, value);
	} else {
		/* Of properties they are the driver's words. */
		name = printable(key);
		json_object_object_add(parent, name ? name : "", value);
		free(name);
	}
}

static void start(const char *key, struct json_object *node)
{
	add(key, node);
	if (depth < DEPTH_MAX)
		open_nodes[depth++] = node;
}

static void end(void)
{
	if (tool.json && depth)
		depth--;
}

void print_start_object(const char *key)
{
	if (!tool.json)
		return;
	start(key, json_object_new_object());
	if (depth == 1)
		print_string("schema", NULL, schema);
}

void print_end_object(void)
{
	end();
}

void print_start_array(const char *key)
{
	if (tool.json)
		start(key, json_object_new_array());
}

void print_end_array(void)
{
	end();
}

void print_string(const char *key, const char *format, const char *value)
{
	char *text;

	if (!tool.json && !format)
		return;
	text = tool.json ? printable(value) : printable_here(value);
	if (tool.json)
		add(key, json_object_new_string(text ? text : ""));
	else
		printf(format, text ? text : "");
	free(text);
}

/* As iproute2: what is up is green, what is down is red. */
static const char *state_colour(__u32 state)
{
	switch (state) {
	case VFIO_MIG_RUNNING:
	case VFIO_MIG_RUNNING_P2P:
		return "32";
	case VFIO_MIG_STOP:
		return "33";
	case VFIO_MIG_ERROR:
		return "31";
	default:
		return "35";
	}
}

static void print_coloured(const char *key, const char *format,
			   const char *value, const char *colour)
{
	bool coloured = tool.colour && format && !tool.json;

	if (coloured)
		printf("\033[%sm", colour);
	print_string(key, format, value);
	if (coloured)
		fputs("\033[0m", stdout);
}

void print_state(const char *key, const char *format, __u32 state)
{
	print_coloured(key, format, vfio_mig_state_name(state),
		       state_colour(state));
}

void print_device(const char *key, const char *format, const char *name)
{
	print_coloured(key, format, name, "36");
}

void print_number(const char *key, const char *format, __u64 value)
{
	if (tool.json)
		add(key, json_object_new_uint64(value));
	else if (format)
		printf(format, value);
}

void print_bytes(const char *key, const char *format, __u64 bytes)
{
	char text[32];

	format_bytes(text, sizeof(text), bytes);
	if (tool.json)
		print_number(key, NULL, bytes);
	else
		print_string(key, format, text);
}

void print_decimal(const char *key, double value)
{
	char text[32];

	if (!tool.json)
		return;
	/* As many digits as mean something, not all that the number has. */
	snprintf(text, sizeof(text), "%.6g", value);
	add(key, json_object_new_double_s(value, text));
}

void print_bool(const char *key, bool value)
{
	if (tool.json)
		add(key, json_object_new_boolean(value));
}

/* Line by line: where they end is the format's to say. */
static void put_lines(char *lines)
{
	char *line, *text;

	while ((line = strsep(&lines, "\n"))) {
		text = printable_here(line);
		fputs(text ? text : "", stdout);
		free(text);
		if (lines)
			putchar('\n');
	}
}

void print_text(const char *format, ...)
{
	va_list args;
	char *text;

	if (tool.json)
		return;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	if (text)
		put_lines(text);
	free(text);
}

#define LINE_MAX_BYTES	79

static void break_lines(int indent, const char *text)
{
	size_t length, used = indent;

	while (*text) {
		length = strcspn(text, " ");
		if (used > (size_t)indent &&
		    used + 1 + length > LINE_MAX_BYTES) {
			printf("\n%*s", indent, "");
			used = indent;
		} else if (used > (size_t)indent) {
			putchar(' ');
			used++;
		}
		printf("%.*s", (int)length, text);
		used += length;
		text += length;
		text += strspn(text, " ");
	}
	putchar('\n');
}

/* The first line begins where the cursor is, taken to be at @indent. */
void print_lines(const char *key, int indent, const char *value)
{
	char *text;

	if (tool.json) {
		print_string(key, NULL, value);
		return;
	}
	text = printable_here(value);
	break_lines(indent, text ? text : "");
	free(text);
}

void print_ns(const char *key, const char *format, __u64 ns)
{
	char text[32];

	if (tool.json) {
		print_number(key, NULL, ns);
		return;
	}
	if (ns < 1000000)
		snprintf(text, sizeof(text), "%.1f us", ns / 1e3);
	else if (ns < 1000000000)
		snprintf(text, sizeof(text), "%.2f ms", ns / 1e6);
	else
		snprintf(text, sizeof(text), "%.2f s", ns / 1e9);
	print_string(key, format, text);
}

void format_bytes(char *text, size_t size, __u64 bytes)
{
	if (bytes < 10 * 1024)
		snprintf(text, size, "%llu bytes", bytes);
	else if (bytes < 1024 * 1024)
		snprintf(text, size, "%.1f KiB", bytes / 1024.0);
	else if (bytes < 1024 * 1024 * 1024)
		snprintf(text, size, "%.1f MiB", bytes / 1048576.0);
	else
		snprintf(text, size, "%.2f GiB", bytes / 1073741824.0);
}

void print_features(const char *key, __u64 features)
{
	static const char * const names[] = { "STOP_COPY", "P2P", "PRE_COPY" };
	const char *format = "%s";
	size_t i;

	print_start_array(key);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(features & (1ull << i)))
			continue;
		print_string(NULL, format, names[i]);
		format = " %s";
	}
	print_end_array();
}

void print_step(const struct vfiomig_step *step, bool with_device)
{
	print_start_object(NULL);
	if (with_device)
		print_device("device", "%-12s  ", step->device);
	print_state("from", "%-12s", step->from);
	print_text(" -> ");
	print_state("to", "%-12s", step->to);
	print_ns("ns", step->ns || tool.json ? "  %10s" : NULL, step->ns);
	if (step->err) {
		print_number("errno", NULL, -step->err);
		print_string("error", "  %s", strerror(-step->err));
	}
	print_text("\n");
	print_end_object();
}

int print_finish(void)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (root) {
		flags |= tool.pretty ? JSON_C_TO_STRING_PRETTY |
				       JSON_C_TO_STRING_SPACED :
				       JSON_C_TO_STRING_PLAIN;
		puts(json_object_to_json_string_ext(root, flags));
		wrote = true;
		json_object_put(root);
		root = NULL;
		depth = 0;
	}
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

void print_begin(void)
{
	wrote = false;
}

bool print_wrote(void)
{
	return wrote;
}
