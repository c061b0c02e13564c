// SPDX-License-Identifier: GPL-2.0
/*
 * The golden streams of a display, of either checksum: each is loaded into the exact
 * state, comes out again byte for byte, and is made anew by the scenario that
 * selftests/golden/README.md gives.
 *
 * With GOLDEN=dir in the environment, what the scenario makes is left there.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "displays.h"
#include "edu_stream.h"

#define SIZE		(4 << 20)
#define ROOM		(64 << 10)
#define LONE_PAGE	(100 * PAGE)

static const uint16_t modes[BOCHS_NR_MODE] = {
	[BOCHS_XRES] = 640,
	[BOCHS_YRES] = 480,
	[BOCHS_BPP] = 32,
	[BOCHS_ENABLE] = BOCHS_ENABLED,
	[BOCHS_VIRT_WIDTH] = 640,
	[BOCHS_VIRT_HEIGHT] = 960,
	[BOCHS_X_OFFSET] = 8,
	[BOCHS_Y_OFFSET] = 16,
};

static void pattern(uint8_t *bytes, size_t size, unsigned int step)
{
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = i * step + i / 256;
}

static void draw(uint8_t *memory)
{
	memset(memory, 0, SIZE);
	pattern(memory, 2 * PAGE, 7);
	pattern(memory + LONE_PAGE, PAGE, 11);
}

static void make(struct bochs *bochs)
{
	unsigned int index;

	draw(bochs->memory);
	for (index = BOCHS_XRES; index < BOCHS_NR_MODE; index++)
		bochs_set(bochs, index, modes[index]);
	bochs_set_order(bochs, BOCHS_BIG_ENDIAN);
}

static bool shows_it(struct bochs *bochs)
{
	static uint8_t expected[SIZE];
	unsigned int index;

	draw(expected);
	for (index = BOCHS_XRES; index < BOCHS_NR_MODE; index++)
		if (bochs_get(bochs, index) != modes[index])
			return false;
	return bochs_get_order(bochs) == BOCHS_BIG_ENDIAN &&
	       !memcmp(expected, bochs->memory, SIZE);
}

FIXTURE(golden)
{
	char bdf[64];
	struct bochs bochs;
	struct bytes file;
	struct bytes stream;
	int data_fd;
};

FIXTURE_VARIANT(golden)
{
	const char *name;
	bool xxh64;
};

FIXTURE_VARIANT_ADD(golden, bochs_1_picture)
{
	.name = "bochs-1-picture",
	.xxh64 = false,
};

FIXTURE_VARIANT_ADD(golden, bochs_2_picture)
{
	.name = "bochs-2-picture",
	.xxh64 = true,
};

FIXTURE_SETUP(golden)
{
	char path[128];
	ssize_t length;
	int fd;

	self->data_fd = -1;
	ASSERT_EQ(0, bochs_find(0, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, display_set_xxh64(self->bdf, variant->xxh64));
	ASSERT_BOCHS(&self->bochs, bochs_open(&self->bochs, 0));
	ASSERT_EQ(SIZE, self->bochs.size);
	bytes_init(&self->file, ROOM);
	bytes_init(&self->stream, ROOM);
	snprintf(path, sizeof(path), "golden/%s", variant->name);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	length = read(fd, self->file.at, ROOM);
	close(fd);
	ASSERT_LT(0, length);
	self->file.length = length;
}

FIXTURE_TEARDOWN(golden)
{
	if (self->data_fd >= 0)
		close(self->data_fd);
	bochs_close(&self->bochs);
	EXPECT_EQ(0, display_set_xxh64(self->bdf, true));
	bytes_free(&self->stream);
	bytes_free(&self->file);
}

/* Write all of the file, and leave the display in STOP. */
static int load(struct bochs *bochs, const struct bytes *file)
{
	size_t done = 0;
	ssize_t some;
	int data_fd, ret;

	ret = display_set(bochs, VFIO_MIG_RESUMING, &data_fd);
	if (ret)
		return ret;
	for (; done < file->length; done += some) {
		some = write(data_fd, file->at + done, file->length - done);
		if (some <= 0) {
			ret = -errno;
			break;
		}
	}
	close(data_fd);
	return ret ? ret : display_set(bochs, VFIO_MIG_STOP, NULL);
}

static int save(struct bochs *bochs, struct bytes *stream)
{
	int data_fd, ret;
	ssize_t some;

	ret = display_set(bochs, VFIO_MIG_STOP_COPY, &data_fd);
	if (ret)
		return ret;
	stream->length = 0;
	do {
		some = read(data_fd, stream->at + stream->length,
			    stream->room - stream->length);
		stream->length += some > 0 ? some : 0;
	} while (some > 0);
	close(data_fd);
	return some ? -errno : display_set(bochs, VFIO_MIG_STOP, NULL);
}

static bool same(const struct bytes *one, const struct bytes *other)
{
	return one->length == other->length &&
	       !memcmp(one->at, other->at, one->length);
}

TEST_F(golden, file_announces_its_checksum)
{
	EXPECT_EQ(0, judge(&self->file));
	EXPECT_EQ(variant->xxh64 ? REQUIRES_XXH64 : 0,
		  get_field(self->file.at + HEADER_REQUIRED, 8));
	EXPECT_EQ(0, get_field(self->file.at + HEADER_OPTIONAL, 8));
}

TEST_F(golden, file_is_loaded_into_the_exact_state)
{
	ASSERT_EQ(0, load(&self->bochs, &self->file));
	EXPECT_TRUE(shows_it(&self->bochs));
	ASSERT_EQ(0, display_set(&self->bochs, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(shows_it(&self->bochs));
}

/* What is new takes what is old, for ever. */
TEST_F(golden, file_is_taken_by_a_driver_that_has_both_checksums)
{
	bochs_close(&self->bochs);
	ASSERT_EQ(0, display_set_xxh64(self->bdf, true));
	ASSERT_BOCHS(&self->bochs, bochs_open(&self->bochs, 0));
	ASSERT_EQ(0, load(&self->bochs, &self->file));
	EXPECT_TRUE(shows_it(&self->bochs));
}

TEST_F(golden, file_comes_out_byte_for_byte)
{
	ASSERT_EQ(0, load(&self->bochs, &self->file));
	ASSERT_EQ(0, save(&self->bochs, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

static int leave(const char *name, const struct bytes *stream)
{
	const char *dir = getenv("GOLDEN");
	char path[256];
	ssize_t done;
	int fd;

	if (!dir)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		return -1;
	done = write(fd, stream->at, stream->length);
	close(fd);
	return done == (ssize_t)stream->length ? 0 : -1;
}

TEST_F(golden, scenario_makes_the_file)
{
	make(&self->bochs);
	ASSERT_EQ(0, save(&self->bochs, &self->stream));
	ASSERT_EQ(0, leave(variant->name, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_HARNESS_MAIN
