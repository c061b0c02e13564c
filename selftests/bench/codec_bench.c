// SPDX-License-Identifier: GPL-2.0
/*
 * The codec in user space beside memcpy(), with either checksum.
 *
 *	codec_bench [-j] [MIB]
 *
 * It drives no device: what it says of a real processor is said where it runs on one.
 * The kernel's codec is the same source, but its crc32c is not: so that is measured
 * alone by the processor's instruction too, where there is one.  VFIO_MIG_ROUNDS says
 * how often each thing is measured; they take turns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "codec.h"
#include "figures.h"
#include "stream.h"
#include "stream_env.h"

#define ROUNDS_USUAL	5
#define ROUNDS_MAX	100
/* More than fits into a cache. */
#define MIB_USUAL	64

enum { STREAM_CRC32C, STREAM_XXH64, STREAMS };

/**
 * struct work - what it is done with
 * @bytes, @size: What is sent.
 * @out, @room: Where it goes.
 * @stream, @length: Streams that have it, by their checksum.
 */
struct work {
	uint8_t *bytes;
	size_t size;
	uint8_t *out;
	size_t room;
	uint8_t *stream[STREAMS];
	size_t length[STREAMS];
};

/* ---- what is measured: each returns what came of it, so that it is not left out ---- */

static uint64_t copy(struct work *work)
{
	memcpy(work->out, work->bytes, work->size);
	return work->out[work->size / 2];
}

static uint64_t sum_crc32c(struct work *work)
{
	return stream_crc(STREAM_CRC_INIT, work->bytes, work->size);
}

static uint64_t sum_xxh64(struct work *work)
{
	return stream_xxh64(work->bytes, work->size);
}

#ifdef __x86_64__
static bool has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2")))
static uint64_t sum_by_instruction(struct work *work)
{
	uint64_t crc = STREAM_CRC_INIT, word;
	size_t i;

	for (i = 0; i < work->size; i += sizeof(word)) {
		memcpy(&word, work->bytes + i, sizeof(word));
		crc = __builtin_ia32_crc32di(crc, word);
	}
	return crc;
}
#else
static bool has_instruction(void)
{
	return false;
}

static uint64_t sum_by_instruction(struct work *work)
{
	return 0;
}
#endif

static uint64_t save(struct work *work, const struct codec *codec, int stream)
{
	return codec->save_pieces(work->out, work->room, work->bytes,
				  work->size, stream == STREAM_XXH64);
}

static uint64_t load(struct work *work, const struct codec *codec, int stream)
{
	if (codec->load(work->stream[stream], work->length[stream]))
		die("the codec refuses its own stream");
	return 1;
}

static uint64_t save_crc32c(struct work *work)
{
	return save(work, &codec_whole, STREAM_CRC32C);
}

static uint64_t save_xxh64(struct work *work)
{
	return save(work, &codec_whole, STREAM_XXH64);
}

static uint64_t save_bare(struct work *work)
{
	return save(work, &codec_bare, STREAM_CRC32C);
}

static uint64_t load_crc32c(struct work *work)
{
	return load(work, &codec_whole, STREAM_CRC32C);
}

static uint64_t load_xxh64(struct work *work)
{
	return load(work, &codec_whole, STREAM_XXH64);
}

/**
 * struct line - a line of the table
 * @name: For programs.
 * @text: For people.
 * @run: Does it once.
 * @can: Can it be done here?  NULL: always.
 */
struct line {
	const char *name;
	const char *text;
	uint64_t (*run)(struct work *work);
	bool (*can)(void);
};

/* The first is what the others are compared to. */
static const struct line lines[] = {
	{ "memcpy", "memcpy()", copy, NULL },
	{ "crc32c", "crc32c alone, the tool's", sum_crc32c, NULL },
	{ "crc32c_instruction", "crc32c alone, by instruction",
	  sum_by_instruction, has_instruction },
	{ "xxh64", "xxh64 alone", sum_xxh64, NULL },
	{ "save_crc32c", "codec: save with crc32c", save_crc32c, NULL },
	{ "save_xxh64", "codec: save with xxh64", save_xxh64, NULL },
	{ "save_bare", "codec: save without a checksum", save_bare, NULL },
	{ "load_crc32c", "codec: load with crc32c", load_crc32c, NULL },
	{ "load_xxh64", "codec: load with xxh64", load_xxh64, NULL },
};

#define LINES	(sizeof(lines) / sizeof(*lines))

/* ---- */

static uint8_t *allocate(size_t size)
{
	uint8_t *bytes = malloc(size);

	if (!bytes)
		die("no memory");
	/* So that all pages are there. */
	memset(bytes, 1, size);
	return bytes;
}

static void work_init(struct work *work, size_t size)
{
	size_t i;

	work->size = size;
	work->room = size + size / 1024 + 4096;
	work->bytes = allocate(size);
	work->out = allocate(work->room);
	for (i = 0; i < size; i++)
		work->bytes[i] = i * 2654435761u >> 24;
	for (i = 0; i < STREAMS; i++) {
		work->stream[i] = allocate(work->room);
		work->length[i] =
			codec_whole.save_pieces(work->stream[i], work->room,
						work->bytes, size,
						i == STREAM_XXH64);
	}
}

static void work_free(struct work *work)
{
	int i;

	for (i = 0; i < STREAMS; i++)
		free(work->stream[i]);
	free(work->out);
	free(work->bytes);
}

static void measure(struct work *work, double rates[LINES],
		    unsigned int rounds)
{
	static double measured[LINES][ROUNDS_MAX];
	unsigned int round, i;
	uint64_t came = 0;
	double start;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < LINES; i++) {
			if (lines[i].can && !lines[i].can())
				continue;
			start = seconds();
			came |= lines[i].run(work);
			measured[i][round] = work->size / MIB /
					     (seconds() - start);
		}
	}
	if (!came)
		die("nothing came of it");
	for (i = 0; i < LINES; i++)
		rates[i] = median(measured[i], rounds);
}

static void print_table(const double rates[LINES], size_t mib)
{
	unsigned int i;

	printf("The codec in user space, %zu MiB of bulk memory\n\n%-36s %10s %9s\n",
	       mib, "", "MiB/s", "/ memcpy");
	for (i = 0; i < LINES; i++)
		if (rates[i])
			printf("%-36s %10.0f %9.3f\n", lines[i].text, rates[i],
			       rates[i] / rates[0]);
		else
			printf("%-36s %10s\n", lines[i].text, "-");
}

static void print_json(const double rates[LINES], size_t mib)
{
	unsigned int i;

	printf("{\"mib\": %zu", mib);
	for (i = 0; i < LINES; i++)
		if (rates[i])
			printf(", \"%s_mib_per_s\": %.1f", lines[i].name,
			       rates[i]);
	printf("}\n");
}

int main(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	unsigned int rounds = rounds_wanted(ROUNDS_USUAL, ROUNDS_MAX);
	size_t mib = MIB_USUAL;
	double rates[LINES];
	struct work work = {};

	if (argc > 1 + json)
		mib = atoi(argv[1 + json]);
	if (!mib || mib > 1024)
		die("usage: codec_bench [-j] [MIB, at most 1024]");
	work_init(&work, mib << 20);
	measure(&work, rates, rounds);
	if (json)
		print_json(rates, mib);
	else
		print_table(rates, mib);
	work_free(&work);
	return 0;
}
