// SPDX-License-Identifier: GPL-2.0
/*
 * What a stream costs, and how much of that is its checksum.
 *
 *	stream_bench [-j] [MIB]
 *
 * VFIO_MIG_ROUNDS says how often an edu is saved, and is the most for MIB as well.
 *
 * The kernel's codec has no switch for its checksum, and is not to have one.
 * So the same bytes are loaded through a real data_fd, then run through the
 * kernel's crc32c alone; and the codec is measured in user space as it is and
 * built without the checksum.  Compare only what one run has printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "codec.h"
#include "edu_stream.h"
#include "figures.h"
#include "setting.h"
#include "sum.h"

#define MIB_USUAL	256
#define ROUNDS_USUAL	1000

/**
 * struct line - a line of the table
 * @name: For programs.
 * @text: For people.
 * @rate: MiB a second; 0 if it could not be measured.
 */
struct line {
	const char *name;
	const char *text;
	double rate;
};

enum {
	LOAD, CRC, SAVE, CODEC_LOAD, CODEC_LOAD_BARE, CODEC_SAVE,
	CODEC_SAVE_BARE, LINES
};

static struct line lines[LINES] = {
	[LOAD] = { "load", "kernel: load through a data_fd", 0 },
	[CRC] = { "crc", "kernel: crc32c alone", 0 },
	[SAVE] = { "save", "kernel: save an edu, transitions included", 0 },
	[CODEC_LOAD] = { "codec_load", "codec: load", 0 },
	[CODEC_LOAD_BARE] = { "codec_load_bare",
			      "codec: load without checksum", 0 },
	[CODEC_SAVE] = { "codec_save", "codec: save", 0 },
	[CODEC_SAVE_BARE] = { "codec_save_bare",
			      "codec: save without checksum", 0 },
};

/* ---- the codec alone ---- */

static double rate_of_load(const struct codec *codec, const void *stream,
			   size_t size)
{
	double start = seconds();

	if (codec->load(stream, size))
		die("the codec refuses its own stream");
	return size / MIB / (seconds() - start);
}

static double rate_of_save(const struct codec *codec, void *out, size_t room,
			   const void *section, size_t size)
{
	double start = seconds();

	codec->save(out, room, section, size);
	return size / MIB / (seconds() - start);
}

static void measure_codec(const void *section, size_t size)
{
	size_t room = size + size / 1024 + 4096;
	void *stream = malloc(room);
	size_t length;

	if (!stream)
		die("no memory");
	/* Once for nothing, so that all pages are there. */
	memset(stream, 1, room);
	lines[CODEC_SAVE].rate =
		rate_of_save(&codec_whole, stream, room, section, size);
	length = codec_whole.save(stream, room, section, size);
	lines[CODEC_LOAD].rate = rate_of_load(&codec_whole, stream, length);
	lines[CODEC_SAVE_BARE].rate =
		rate_of_save(&codec_bare, stream, room, section, size);
	lines[CODEC_LOAD_BARE].rate = rate_of_load(&codec_bare, stream, length);
	free(stream);
}

/* ---- a device ---- */

/* A stream of the device's, with one more section of @size bytes. */
static void make_stream(struct edu *edu, struct bytes *bytes,
			const void *section, size_t size)
{
	static const struct picture blank;
	uint8_t header[HEADER_SIZE];
	struct bytes own;
	size_t codec;

	if (own_header(edu, header))
		die("the device has no descriptor");
	bytes_init(&own, STREAM_MAX);
	put_picture(&own, header, &blank);
	bytes_init(bytes, size + size / 1024 + STREAM_MAX);
	codec = codec_whole.save(bytes->at, bytes->room, section, size);
	/* Its frames are good for any device; header and end are not. */
	memcpy(bytes->at, header, HEADER_SIZE);
	bytes->length = codec - FRAME_SIZE - END_SIZE;
	bytes->frames = (size + FRAME_LONGEST - 1) / FRAME_LONGEST + 1;
	put_bytes(bytes, own.at + HEADER_SIZE,
		  own.length - HEADER_SIZE - FRAME_SIZE - END_SIZE);
	put_end(bytes);
	bytes_free(&own);
}

static void measure_load(struct edu *edu, const void *section, size_t size)
{
	struct bytes bytes;
	double start;
	int data_fd;

	make_stream(edu, &bytes, section, size);
	if (set_state(edu, VFIO_MIG_RESUMING, &data_fd))
		die("no RESUMING");
	start = seconds();
	if (write_all(data_fd, bytes.at, bytes.length, 1 << 20) ||
	    set_state(edu, VFIO_MIG_STOP, NULL))
		die("the device refuses the stream");
	lines[LOAD].rate = bytes.length / MIB / (seconds() - start);
	close(data_fd);
	bytes_free(&bytes);
}

static void measure_save(struct edu *edu, unsigned int rounds)
{
	struct stream stream;
	unsigned int i;
	double start;

	if (vfiomig_reset(edu->dev, &edu->error) || mark_device(edu) ||
	    set_state(edu, VFIO_MIG_STOP, NULL))
		die("the device does not stop");
	start = seconds();
	for (i = 0; i < rounds; i++)
		if (save_and_stop(edu, &stream))
			die("the device cannot be saved");
	lines[SAVE].rate = stream.size * rounds / MIB / (seconds() - start);
}

/* ---- */

static void print_table(size_t mib)
{
	double load = lines[CODEC_LOAD].rate / lines[CODEC_LOAD_BARE].rate;
	double save = lines[CODEC_SAVE].rate / lines[CODEC_SAVE_BARE].rate;
	double share = lines[CRC].rate ? lines[LOAD].rate / lines[CRC].rate : 0;
	unsigned int i;

	printf("%zu MiB in one section\n\n%-44s %10s\n", mib, "", "MiB/s");
	for (i = 0; i < LINES; i++)
		if (lines[i].rate)
			printf("%-44s %10.1f\n", lines[i].text, lines[i].rate);
		else
			printf("%-44s %10s\n", lines[i].text, "-");
	if (share)
		printf("\nOf the time to load in the kernel, the checksum takes about %.0f %%.\n",
		       share < 1 ? 100 * share : 100);
	printf("In user space the codec without it is %.1f times (load) and %.1f times (save) as fast.\n",
	       1 / load, 1 / save);
}

static void print_json(size_t mib)
{
	unsigned int i;

	printf("{\"mib\": %zu", mib);
	for (i = 0; i < LINES; i++)
		printf(", \"%s_mib_per_s\": %.1f", lines[i].name,
		       lines[i].rate);
	printf("}\n");
}

static struct edu open_device(void)
{
	struct edu edu;
	char bdf[64];

	if (edu_find(0, true, bdf, sizeof(bdf)) || edu_open(&edu, bdf))
		die("no edu on the root bus");
	return edu;
}

int main(int argc, char **argv)
{
	bool json = argc > 1 && !strcmp(argv[1], "-j");
	size_t rounds = setting("VFIO_MIG_ROUNDS", ROUNDS_USUAL);
	size_t mib = rounds < MIB_USUAL ? rounds : MIB_USUAL, size, i;
	uint8_t *section;
	struct edu edu;

	if (argc > 1 + json)
		mib = atoi(argv[1 + json]);
	size = mib << 20;
	section = malloc(size);
	if (!mib || mib > 1024 || !section)
		die("usage: stream_bench [-j] [MIB, at most 1024]");
	for (i = 0; i < size; i++)
		section[i] = i * 2654435761u >> 24;
	edu = open_device();
	measure_load(&edu, section, size);
	lines[CRC].rate = sum_rate(SUM_CRC32C, section, size);
	measure_save(&edu, rounds);
	edu_close(&edu);
	measure_codec(section, size);
	if (json)
		print_json(mib);
	else
		print_table(mib);
	free(section);
	return 0;
}
