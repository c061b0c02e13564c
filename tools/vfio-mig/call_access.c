// SPDX-License-Identifier: GPL-2.0
/* vfio-mig call: registers, memory and interrupts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"

/* At a time; as much as the memory of a display may be. */
#define DATA_MAX	(256ull << 20)

char call_differs[TEXT_LENGTH];

/**
 * struct access - the arguments of an access
 * @at: OFFSET or IOVA.
 * @size: SIZE.
 * @text: VALUE, or NULL.
 * @data: Its bytes, or room for as many.
 */
struct access {
	__u64 at;
	__u64 size;
	const char *text;
	__u8 *data;
};

/* OFFSET SIZE [VALUE], or IOVA; the data is the caller's to free. */
static int parse_access(struct access *access, char **args, int count)
{
	*access = (struct access) { .text = count > 2 ? args[2] : NULL };
	if (!call_number(args[0], &access->at) ||
	    !call_number(args[1], &access->size))
		return EXIT_USAGE;
	if (!access->size || access->size > DATA_MAX)
		return fail_usage("%s: it must be 1 to %llu", args[1],
				  DATA_MAX);
	access->data = calloc(1, access->size);
	if (!access->data)
		return fail_plain("there is no memory");
	if (!access->text ||
	    call_value(access->text, access->data, access->size))
		return EXIT_OK;
	free(access->data);
	access->data = NULL;
	return EXIT_USAGE;
}

static void compare(const char *what, const struct access *access, int ret,
		    const __u8 *came)
{
	char one[40], other[40];

	if (!access->text)
		return;
	if (ret)
		snprintf(call_differs, sizeof(call_differs), "%s: %s", what,
			 errno_text(ret));
	else if (memcmp(came, access->data, access->size))
		snprintf(call_differs, sizeof(call_differs), "%s: %s, not %s",
			 what, data_text(one, sizeof(one), came, access->size),
			 data_text(other, sizeof(other), access->data,
				   access->size));
}

/* Read as @access says, and compare if it says with what. */
static int read_access(struct side *side, const __u64 *region,
		       struct access *access)
{
	__u8 *came = calloc(1, access->size);
	char what[64];
	int ret;

	if (!came)
		return fail_plain("there is no memory");
	if (region) {
		snprintf(what, sizeof(what), "region %llu, %#llx", *region,
			 access->at);
		ret = call_bar_read(calls, side, *region, access->at, came,
				    access->size);
	} else {
		snprintf(what, sizeof(what), "memory %#llx", access->at);
		ret = call_memory_read(calls, side, access->at, came,
				       access->size);
	}
	compare(what, access, ret, came);
	free(came);
	return EXIT_OK;
}

static int write_access(struct side *side, const __u64 *region,
			struct access *access)
{
	if (region)
		call_bar_write(calls, side, *region, access->at, access->data,
			       access->size, access->text);
	else
		call_memory_write(calls, side, access->at, access->data,
				  access->size, access->text);
	return EXIT_OK;
}

/* Of a region, whose number comes first, or of memory. */
static int with_access(struct side *side, char **args, int count, bool bar,
		       int (*run)(struct side *side, const __u64 *region,
				  struct access *access))
{
	struct access access;
	__u64 region;
	int status;

	if (bar && !call_number(args[0], &region))
		return EXIT_USAGE;
	status = parse_access(&access, args + bar, count - bar);
	if (!status)
		status = run(side, bar ? &region : NULL, &access);
	free(access.data);
	return status;
}

int call_run_bar_read(struct side *side, char **args, int count)
{
	return with_access(side, args, count, true, read_access);
}

int call_run_bar_write(struct side *side, char **args, int count)
{
	return with_access(side, args, count, true, write_access);
}

int call_run_memory_read(struct side *side, char **args, int count)
{
	return with_access(side, args, count, false, read_access);
}

int call_run_memory_write(struct side *side, char **args, int count)
{
	return with_access(side, args, count, false, write_access);
}

int call_run_bar_wait(struct side *side, char **args, int count)
{
	__u64 number[5];
	int ret, i;

	for (i = 0; i < count; i++)
		if (!call_number(args[i], &number[i]))
			return EXIT_USAGE;
	if (!is_number_size(number[2]))
		return fail_usage("%s: it must be 1, 2, 4 or 8", args[2]);
	ret = call_bar_wait(calls, side, number[0], number[1], number[2],
			    number[3], number[4]);
	if (ret)
		snprintf(call_differs, sizeof(call_differs),
			 "region %llu, %#llx: %s", number[0], number[1],
			 errno_text(ret));
	return EXIT_OK;
}

int call_run_irq_count(struct side *side, char **args, int count)
{
	__u64 ms, came, expected;

	if (!call_number(args[0], &ms) ||
	    (count > 1 && !call_number(args[1], &expected)))
		return EXIT_USAGE;
	call_irq_count(calls, side, ms, &came);
	if (count > 1 && came != expected)
		snprintf(call_differs, sizeof(call_differs),
			 "interrupts: %llu, not %llu", came, expected);
	return EXIT_OK;
}

int call_run_take_over(struct side *side, char **args, int count)
{
	struct side *from = call_find_side(args[0]);

	(void)count;
	if (!from || !from->dev)
		return fail_usage("%s: no call of it has been made in this batch",
				  args[0]);
	call_take_over(calls, side, from);
	return EXIT_OK;
}
