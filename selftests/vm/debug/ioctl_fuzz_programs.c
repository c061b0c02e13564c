// SPDX-License-Identifier: GPL-2.0
/*
 * Programs of a few calls: made by chance, changed by chance, and written in words
 * that can be read again:
 *
 *	set state=PRE_COPY; read size=0x1000; info argsz=0x18 flags=0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ioctl_fuzz.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

static unsigned int below(unsigned int *seed, unsigned int end)
{
	return rand_r(seed) % end;
}

/* ---- by chance ---- */

static uint64_t any_value(unsigned int *seed)
{
	uint64_t bits = (uint64_t)rand_r(seed) << 33 ^
			(uint64_t)rand_r(seed) << 16 ^ rand_r(seed);

	return bits >> below(seed, 64);
}

/* Those that are right for something, and what is beside them. */
static uint64_t any_size(unsigned int *seed)
{
	static const uint32_t sizes[] = {
		0, 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 256, 480, 1024, 4096,
		8192, 65536, 1 << 20, 0xffffffff,
	};
	uint64_t size = sizes[below(seed, COUNT(sizes))];

	return below(seed, 4) ? size : size + below(seed, 3) - 1;
}

/* Of either device: where registers are, or begin to be others. */
static uint64_t any_offset(unsigned int *seed)
{
	static const uint32_t offsets[] = {
		0, 0x20, 0x60, 0x80, 0x90, 0x500, 0x510, 0x600, 0xff8, 0x1000,
		0x40000, 0xfffe0,
	};

	if (!below(seed, 8))
		return any_value(seed);
	return offsets[below(seed, COUNT(offsets))] + below(seed, 9) * 4;
}

static uint64_t any_arg(enum fuzz_type type, unsigned int *seed)
{
	switch (type) {
	case FUZZ_NONE:
		return 0;
	case FUZZ_STATE:
		return below(seed, 8) ? below(seed, VFIO_MIG_NR_STATES) :
					any_value(seed);
	case FUZZ_SIZE:
		return any_size(seed);
	case FUZZ_SOME:
		return below(seed, 4) ? 0 : any_size(seed);
	case FUZZ_SMALL:
		return below(seed, 16) ? below(seed, 16) : any_value(seed);
	case FUZZ_OFFSET:
		return any_offset(seed);
	case FUZZ_IOVA:
		return below(seed, 4) ? EDU_MEMORY_IOVA + any_size(seed) :
					any_value(seed);
	case FUZZ_VALUE:
		return any_value(seed);
	}
	return 0;
}

/* A SET leads everywhere, so it comes more often. */
static void any_call(struct fuzz_call *call, unsigned int *seed)
{
	unsigned int i;

	call->kind = below(seed, 3) ? below(seed, fuzz_nr_kinds) : 0;
	for (i = 0; i < FUZZ_ARGS; i++)
		call->arg[i] = any_arg(fuzz_kinds[call->kind].arg[i].type, seed);
}

void fuzz_make(struct fuzz_program *program, unsigned int *seed)
{
	unsigned int i;

	program->count = 1 + below(seed, FUZZ_CALLS);
	for (i = 0; i < program->count; i++)
		any_call(&program->call[i], seed);
}

/* ---- changes ---- */

static void change_arg(struct fuzz_call *call, unsigned int *seed)
{
	unsigned int which = below(seed, FUZZ_ARGS);
	enum fuzz_type type = fuzz_kinds[call->kind].arg[which].type;
	uint64_t *arg = &call->arg[which];

	if (type == FUZZ_NONE)
		any_call(call, seed);
	else if (below(seed, 4))
		*arg = any_arg(type, seed);
	else
		*arg ^= 1ull << below(seed, 64);
}

static void insert(struct fuzz_program *program, unsigned int at,
		   unsigned int *seed)
{
	if (program->count == FUZZ_CALLS)
		program->count--;
	if (at > program->count)
		at = program->count;
	memmove(&program->call[at + 1], &program->call[at],
		(program->count - at) * sizeof(*program->call));
	program->count++;
	any_call(&program->call[at], seed);
}

static void take_out(struct fuzz_program *program, unsigned int at)
{
	if (program->count == 1)
		return;
	program->count--;
	memmove(&program->call[at], &program->call[at + 1],
		(program->count - at) * sizeof(*program->call));
}

/* After the call @at, what @other has from some place on. */
static void append(struct fuzz_program *program, unsigned int at,
		   const struct fuzz_program *other, unsigned int *seed)
{
	unsigned int from = below(seed, other->count);

	program->count = at + 1;
	while (program->count < FUZZ_CALLS && from < other->count)
		program->call[program->count++] = other->call[from++];
}

void fuzz_change(struct fuzz_program *program, const struct fuzz_program *other,
		 unsigned int *seed)
{
	unsigned int changes = below(seed, 3);

	while (changes--) {
		unsigned int at = below(seed, program->count);

		switch (below(seed, 6)) {
		case 0:
			insert(program, at, seed);
			break;
		case 1:
			take_out(program, at);
			break;
		case 2:
			append(program, at, other, seed);
			break;
		default:
			change_arg(&program->call[at], seed);
		}
	}
	/* Where it led to, something else may be done. */
	do {
		insert(program, program->count, seed);
	} while (program->count < FUZZ_CALLS && below(seed, 4));
}

/* ---- in words ---- */

static int write_arg(char *text, size_t size, const char *name,
		     enum fuzz_type type, uint64_t value)
{
	if (type == FUZZ_STATE && value < VFIO_MIG_NR_STATES)
		return snprintf(text, size, " %s=%s", name,
				vfio_mig_state_name(value));
	return snprintf(text, size, value < 10 ? " %s=%llu" : " %s=%#llx", name,
			(unsigned long long)value);
}

void fuzz_write(const struct fuzz_program *program, char text[FUZZ_TEXT])
{
	unsigned int i, j, at = 0;

	for (i = 0; i < program->count; i++) {
		const struct fuzz_call *call = &program->call[i];
		const struct fuzz_kind *kind = &fuzz_kinds[call->kind];

		at += snprintf(text + at, FUZZ_TEXT - at, "%s%s",
			       i ? "; " : "", kind->name);
		for (j = 0; j < FUZZ_ARGS && kind->arg[j].type; j++)
			at += write_arg(text + at, FUZZ_TEXT - at,
					kind->arg[j].name, kind->arg[j].type,
					call->arg[j]);
	}
}

static int read_number(const char *text, uint64_t *value)
{
	unsigned int state;
	char *end;

	for (state = 0; state < VFIO_MIG_NR_STATES; state++)
		if (!strcmp(text, vfio_mig_state_name(state)))
			break;
	*value = state;
	if (state < VFIO_MIG_NR_STATES)
		return 0;
	*value = strtoull(text, &end, 0);
	return *text && !*end ? 0 : -EINVAL;
}

static int read_call(struct fuzz_call *call, char *text)
{
	char *word = strsep(&text, " ");
	const struct fuzz_kind *kind;
	unsigned int i = 0;

	memset(call, 0, sizeof(*call));
	while (call->kind < fuzz_nr_kinds &&
	       strcmp(word, fuzz_kinds[call->kind].name))
		call->kind++;
	if (call->kind == fuzz_nr_kinds)
		return -EINVAL;
	kind = &fuzz_kinds[call->kind];
	for (; (word = strsep(&text, " ")); i++) {
		char *name = strsep(&word, "=");

		if (i == FUZZ_ARGS || !kind->arg[i].type || !word ||
		    strcmp(name, kind->arg[i].name) ||
		    read_number(word, &call->arg[i]))
			return -EINVAL;
	}
	return 0;
}

int fuzz_read(struct fuzz_program *program, const char *text)
{
	char copy[FUZZ_TEXT], *rest = copy, *call;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return -EINVAL;
	program->count = 0;
	while ((call = strsep(&rest, ";"))) {
		if (program->count == FUZZ_CALLS ||
		    read_call(&program->call[program->count++],
			      call + strspn(call, " ")))
			return -EINVAL;
	}
	return 0;
}
