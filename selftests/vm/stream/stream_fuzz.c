// SPDX-License-Identifier: GPL-2.0
/*
 * Damaged streams, many of them, written to real devices in pieces of random
 * size.  Each is refused and changes nothing, or is taken and then the device
 * holds what a reader that shares no code with the driver finds in it.
 *
 * A device in RESUMING answers from the state that it held before, and so
 * shows whether a refused stream has changed it.  What each stream is like
 * follows from its number alone:
 *	VFIO_MIG_FUZZ_STREAMS	how many; $VFIO_MIG_FULL has sixteen times as many
 *	VFIO_MIG_FUZZ_FIRST	the number of the first
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "setting.h"
#include "wreck.h"
#include "uapi/linux/vfio_mig.h"

#define SEED		0x766d696766757a7aULL
#define STREAMS		6250
#define FULL_STREAMS	100000
#define DEVICES		4

static const char * const golden[] = {
	"golden/edu-1-idle", "golden/edu-1-no-dma", "golden/edu-2-computing",
	"golden/edu-2-dma-pending", "golden/edu-2-pre-copy",
};

static struct bytes good[ARRAY_SIZE(golden)];
static atomic_ulong next, end, taken, refused;
static atomic_bool failed;

/**
 * struct worker - a device, and who writes to it
 * @held: What the device holds; it is in STOP.
 * @ours: The header of its own stream.
 * @stream: The damaged one.
 * @number: Which one that is.
 */
struct worker {
	pthread_t thread;
	struct edu edu;
	struct picture held;
	uint8_t ours[HEADER_SIZE];
	struct bytes stream;
	unsigned long number;
};

static int complain(struct worker *worker, const char *what, long value)
{
	struct vfio_device_mig_error last;

	vfiomig_last_error(worker->edu.dev, &last);
	printf("# stream %lu: %s (%ld); last error: %s\n", worker->number,
	       what, value, last.text);
	failed = true;
	return -1;
}

/* Its state is to be told from power-on state, and from most others. */
static void some_state(struct picture *picture)
{
	unsigned int i;

	memset(picture, 0, sizeof(*picture));
	picture->liveness = 0xdecade;
	picture->factorial = 3628800;
	picture->status = 0x80;
	picture->interrupt = 0x5a5a;
	picture->dma_src = 0x123456789abcdef0;
	picture->dma_count = 77;
	for (i = 0; i < EDU_BUFFER_SIZE; i++)
		picture->buffer[i] = i ^ 0x55;
}

/* After a refusal only a reset helps. */
static int begin_again(struct worker *worker)
{
	struct bytes bytes;
	int ret;

	some_state(&worker->held);
	bytes_init(&bytes, STREAM_MAX);
	put_picture(&bytes, worker->ours, &worker->held);
	ret = vfiomig_reset(worker->edu.dev, &worker->edu.error);
	if (!ret)
		ret = load_and_stop(&worker->edu, bytes.at, bytes.length,
				    bytes.length);
	bytes_free(&bytes);
	return ret ? complain(worker, "a good stream is refused", ret) : 0;
}

static int write_pieces(struct dice *dice, int data_fd,
			const struct bytes *stream)
{
	uint32_t most = dice_below(dice, 8) ? 1u << dice_below(dice, 13) : 17;
	size_t done, piece;
	int ret = 0;

	for (done = 0; done < stream->length && !ret; done += piece) {
		piece = 1 + dice_below(dice, most + stream->length / 64);
		if (piece > stream->length - done)
			piece = stream->length - done;
		ret = write_all(data_fd, stream->at + done, piece, piece);
	}
	return ret;
}

static bool is_refusal(int ret)
{
	return ret == -EINVAL || ret == -EBADMSG || ret == -EOPNOTSUPP ||
	       ret == -ENODATA || ret == -E2BIG;
}

/* @ret: what the write that failed has said, or 0 if none has. */
static int check_refused(struct worker *worker, int data_fd, int ret)
{
	struct vfio_device_mig_error last;

	if (ret && write(data_fd, "", 1) >= 0)
		return complain(worker, "a write after the refusal", ret);
	if (state_of(&worker->edu) != VFIO_MIG_RESUMING)
		return complain(worker, "refused, and not RESUMING", ret);
	if (!shows_picture(&worker->edu, &worker->held))
		return complain(worker, "refused, and changed", ret);
	vfiomig_last_error(worker->edu.dev, &last);
	if (!last.error || !last.text[0])
		return complain(worker, "refused for no reason", ret);
	refused++;
	return begin_again(worker);
}

static int check_taken(struct worker *worker, const struct picture *picture)
{
	struct stream saved;
	struct bytes bytes;
	bool same;
	int ret;

	worker->held = *picture;
	if (!shows_picture(&worker->edu, picture))
		return complain(worker, "taken, and another state", 0);
	ret = save_and_stop(&worker->edu, &saved);
	if (ret)
		return complain(worker, "taken, and not to be saved", ret);
	bytes_init(&bytes, STREAM_MAX);
	put_picture(&bytes, worker->ours, picture);
	same = saved.size == bytes.length &&
	       !memcmp(saved.bytes, bytes.at, bytes.length);
	bytes_free(&bytes);
	taken++;
	return same ? 0 : complain(worker, "taken, and another stream", 0);
}

static int try(struct worker *worker)
{
	struct picture picture;
	struct dice dice;
	int data_fd, ret, set;
	bool fits;

	dice_init(&dice, SEED + worker->number);
	worker->stream.length = 0;
	ret = dice_below(&dice, ARRAY_SIZE(golden));
	put_bytes(&worker->stream, good[ret].at, good[ret].length);
	wreck(&dice, &worker->stream);
	fits = find_picture(&worker->stream, worker->ours, DMA_PENDING,
			    &picture);

	ret = set_state(&worker->edu, VFIO_MIG_RESUMING, &data_fd);
	if (ret)
		return complain(worker, "no RESUMING", ret);
	ret = write_pieces(&dice, data_fd, &worker->stream);
	set = set_state(&worker->edu, VFIO_MIG_STOP, NULL);
	if (ret ? set != ret : set && !is_refusal(set))
		set = complain(worker, "write and SET differ", set);
	else if (!set != fits)
		set = complain(worker, fits ? "it was good" : "it was bad", set);
	else if (set)
		set = is_refusal(set) ? check_refused(worker, data_fd, ret) :
			complain(worker, "an errno that is no refusal", set);
	else
		set = check_taken(worker, &picture);
	close(data_fd);
	return set;
}

static void *work(void *ctx)
{
	struct worker *worker = ctx;

	if (begin_again(worker))
		return NULL;
	while (!failed) {
		worker->number = next++;
		if (worker->number >= end || try(worker))
			break;
	}
	return NULL;
}

static int read_golden(unsigned int i)
{
	ssize_t length;
	int fd;

	bytes_init(&good[i], STREAM_MAX);
	fd = open(golden[i], O_RDONLY);
	length = fd < 0 ? -1 : read(fd, good[i].at, good[i].room);
	close(fd);
	good[i].length = length < 0 ? 0 : length;
	return length > 0 ? 0 : -1;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

FIXTURE(fuzz)
{
	struct worker workers[DEVICES];
	unsigned int count;
};

FIXTURE_SETUP(fuzz)
{
	struct worker *worker;
	unsigned int i;
	char bdf[64];

	for (i = 0; i < ARRAY_SIZE(golden); i++)
		ASSERT_EQ(0, read_golden(i));
	while (self->count < DEVICES &&
	       !edu_find(self->count, true, bdf, sizeof(bdf))) {
		worker = &self->workers[self->count++];
		ASSERT_EDU(&worker->edu, edu_open(&worker->edu, bdf));
		ASSERT_EQ(0, own_header(&worker->edu, worker->ours));
		bytes_init(&worker->stream, STREAM_MAX);
	}
	ASSERT_LT(0, self->count);
}

FIXTURE_TEARDOWN(fuzz)
{
	unsigned int i;

	for (i = 0; i < self->count; i++) {
		edu_close(&self->workers[i].edu);
		bytes_free(&self->workers[i].stream);
	}
	for (i = 0; i < ARRAY_SIZE(golden); i++)
		bytes_free(&good[i]);
}

TEST_F_TIMEOUT(fuzz, damaged_stream_is_refused_or_loaded_as_it_says, 3600)
{
	unsigned long first = setting("VFIO_MIG_FUZZ_FIRST", 0);
	unsigned long all = setting("VFIO_MIG_FULL", 0) ? FULL_STREAMS : STREAMS;
	unsigned long count = setting("VFIO_MIG_FUZZ_STREAMS", all);
	double start = seconds();
	unsigned int i;

	next = first;
	end = first + count;
	for (i = 0; i < self->count; i++)
		ASSERT_EQ(0, pthread_create(&self->workers[i].thread, NULL,
					    work, &self->workers[i]));
	for (i = 0; i < self->count; i++)
		pthread_join(self->workers[i].thread, NULL);
	TH_LOG("seed %#llx, streams %lu to %lu on %u devices in %.0f s: %lu refused, %lu taken",
	       SEED, first, first + count - 1, self->count, seconds() - start,
	       (unsigned long)refused, (unsigned long)taken);
	EXPECT_FALSE(failed);
	EXPECT_EQ(count, refused + taken);

	/* None of it has left anything behind. */
	for (i = 0; i < self->count; i++) {
		struct edu *edu = &self->workers[i].edu;

		ASSERT_EQ(0, vfiomig_reset(edu->dev, &edu->error));
		EXPECT_EQ(0, device_works(edu));
	}
}

TEST_HARNESS_MAIN
