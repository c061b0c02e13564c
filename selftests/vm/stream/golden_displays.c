// SPDX-License-Identifier: GPL-2.0
/*
 * The golden streams of a display, of either checksum: each is loaded into the exact
 * state, comes out again byte for byte, and is made anew by the scenario that
 * selftests/golden/README.md gives.
 *
 * With GOLDEN=dir in the environment, what the scenario makes is left there.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <stdio.h>
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
	bochs_close(&self->bochs);
	EXPECT_EQ(0, display_set_xxh64(self->bdf, true));
	bytes_free(&self->stream);
	bytes_free(&self->file);
}

/* All of the file; the display is in STOP afterwards. */
static int load(struct bochs *bochs, const struct bytes *file)
{
	int ret = display_load(bochs, file, file->length);

	return ret ? ret : display_set(bochs, VFIO_MIG_STOP, NULL);
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
	ASSERT_EQ(0, display_save(&self->bochs, &self->stream));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_F(golden, scenario_makes_the_file)
{
	make(&self->bochs);
	ASSERT_EQ(0, display_save(&self->bochs, &self->stream));
	ASSERT_EQ(0, leave_golden(variant->name, self->stream.at,
				  self->stream.length));
	EXPECT_TRUE(same(&self->stream, &self->file));
}

TEST_HARNESS_MAIN
