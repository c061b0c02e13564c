// SPDX-License-Identifier: GPL-2.0
/*
 * A display's registers: as those of the bare hardware, exact across a move,
 * still when they have to be, and gone for the next user; and what the kernel has of
 * its BARs.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "displays.h"

#define ACCESSES	4000
#define SEED		20261121

FIXTURE(registers)
{
	struct bochs src;
	struct bochs dst;
};

FIXTURE_SETUP(registers)
{
	ASSERT_BOCHS(&self->src, displays_open(&self->src, &self->dst));
}

FIXTURE_TEARDOWN(registers)
{
	bochs_close(&self->dst);
	bochs_close(&self->src);
}

/* The same accesses each time; what is read goes to @seen. */
static void exercise(struct bochs *bochs, uint32_t *seen)
{
	static const unsigned int sizes[] = { 1, 2, 4 };
	unsigned int i, index;

	for (index = 0; index < BOCHS_NR_MODE; index++)
		bochs_set(bochs, index, 0);
	bochs_set_order(bochs, BOCHS_LITTLE_ENDIAN);
	srandom(SEED);
	for (i = 0; i < ACCESSES; i++) {
		unsigned int size = sizes[random() % 3];
		unsigned int reg = random() % 4 ? 0x500 + random() % 0x18 :
						  0x600 + random() % 0x10;
		uint32_t value = random() % 8 ? (uint32_t)random() :
						BOCHS_BIG_ENDIAN;

		reg -= reg % size;
		if (random() % 2) {
			vfiomig_write(bochs->dev, BOCHS_REGISTERS, reg, &value,
				      size, NULL);
			continue;
		}
		value = 0;
		vfiomig_read(bochs->dev, BOCHS_REGISTERS, reg, &value, size,
			     NULL);
		seen[i] = value;
	}
}

static void scramble(struct bochs *bochs)
{
	unsigned int index;

	for (index = BOCHS_XRES; index < BOCHS_NR_MODE; index++)
		bochs_set(bochs, index, 0xf00f + 0x111 * index);
	bochs_set_order(bochs, BOCHS_BIG_ENDIAN);
}

static unsigned int count_scrambled(struct bochs *bochs)
{
	unsigned int index, count = 0;

	for (index = BOCHS_XRES; index < BOCHS_NR_MODE; index++)
		count += bochs_get(bochs, index) == 0xf00f + 0x111 * index;
	return count + (bochs_get_order(bochs) == BOCHS_BIG_ENDIAN);
}

TEST_F(registers, registers_are_those_of_the_bare_device)
{
	static uint32_t here[ACCESSES], bare[ACCESSES];
	char bdf[64];

	exercise(&self->src, here);
	snprintf(bdf, sizeof(bdf), "%s", self->src.bdf);
	bochs_close(&self->src);
	ASSERT_BOCHS(&self->src,
		     bochs_open_driver(&self->src, bdf, "vfio-pci"));
	exercise(&self->src, bare);
	EXPECT_EQ(0, memcmp(here, bare, sizeof(here)));
}

TEST_F(registers, registers_move_exactly)
{
	scramble(&self->src);
	ASSERT_EQ(0, display_move(&self->src, &self->dst));
	EXPECT_EQ(10, count_scrambled(&self->dst));
	EXPECT_EQ(10, count_scrambled(&self->src));
}

TEST_F(registers, registers_wait_for_the_end_of_the_stream)
{
	static struct display_stream stream;
	int data_fd;

	scramble(&self->src);
	ASSERT_EQ(0, forge_begin(&stream, &self->src));
	forge_registers(&stream, BOCHS_LITTLE_ENDIAN);
	forge_zeros(&stream, 0, self->src.size);
	ASSERT_EQ(0, forge_load(&stream, &self->src, &data_fd));
	EXPECT_EQ(10, count_scrambled(&self->src));
	EXPECT_EQ(-ENODATA, display_set(&self->src, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(10, count_scrambled(&self->src));
	stream.writer.base = stream.writer.used;
	stream.writer.used = 0;
	vfio_mig_write_end(&stream.writer);
	EXPECT_EQ(stream.writer.used,
		  write(data_fd, stream.bytes, stream.writer.used));
	EXPECT_EQ(0, display_set(&self->src, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(640, bochs_get(&self->src, BOCHS_XRES));
	EXPECT_EQ(BOCHS_LITTLE_ENDIAN, bochs_get_order(&self->src));
	close(data_fd);
}

TEST_F(registers, stopped_registers_can_be_read_and_not_be_written)
{
	uint16_t value = 77;

	scramble(&self->src);
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(-EBUSY, vfiomig_write(self->src.dev, BOCHS_REGISTERS,
					BOCHS_MODE(BOCHS_XRES), &value, 2,
					NULL));
	EXPECT_EQ(10, count_scrambled(&self->src));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	bochs_set(&self->src, BOCHS_XRES, value);
	EXPECT_EQ(value, bochs_get(&self->src, BOCHS_XRES));
}

TEST_F(registers, registers_cannot_be_mapped)
{
	struct vfio_region_info info;

	ASSERT_EQ(0, vfiomig_region_info(self->src.dev, BOCHS_REGISTERS, &info,
					 NULL));
	EXPECT_EQ(0, info.flags & VFIO_REGION_INFO_FLAG_MMAP);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, info.size, PROT_READ, MAP_SHARED,
				   vfiomig_fd(self->src.dev), info.offset));
}

TEST_F(registers, reset_leaves_nothing)
{
	scramble(&self->src);
	display_fill(&self->src, 1);
	ASSERT_BOCHS(&self->src, vfiomig_reset(self->src.dev,
					       &self->src.error));
	EXPECT_TRUE(display_is_blank(&self->src));
}

TEST_F(registers, nothing_is_left_for_the_next_user)
{
	char bdf[64];

	scramble(&self->src);
	display_fill(&self->src, 2);
	snprintf(bdf, sizeof(bdf), "%s", self->src.bdf);
	bochs_close(&self->src);
	ASSERT_BOCHS(&self->src,
		     bochs_open_driver(&self->src, bdf, "vfio-pci"));
	EXPECT_TRUE(display_is_blank(&self->src));
	scramble(&self->src);
	display_fill(&self->src, 3);
	bochs_close(&self->src);
	ASSERT_BOCHS(&self->src, bochs_open(&self->src, 0));
	EXPECT_TRUE(display_is_blank(&self->src));
}

/* ---- what the kernel has of its BARs ---- */

/* How many lines of the file have both words, the second of which may be "". */
static unsigned int count_lines(const char *path, const char *first,
				const char *second)
{
	FILE *file = fopen(path, "re");
	unsigned int count = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, first) && strstr(line, second);
	if (file)
		fclose(file);
	return count;
}

static int find_bar(const struct bochs *bochs, unsigned int bar,
		    unsigned long long *start, unsigned long long *end)
{
	char path[128];
	FILE *file;
	int ret = -EINVAL;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource",
		 bochs->bdf);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	do {
		if (fscanf(file, "%llx %llx %*x", start, end) != 2)
			break;
		ret = bar ? -EINVAL : 0;
	} while (bar--);
	fclose(file);
	return ret;
}

TEST_F(registers, bars_are_requested_and_mapped_once)
{
	static const unsigned int bars[] = { BOCHS_MEMORY, BOCHS_REGISTERS };
	struct bochs *src = &self->src;
	unsigned long long start, end;
	unsigned int i;
	char what[64];

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, find_bar(src, bars[i], &start, &end));
		snprintf(what, sizeof(what), "%08llx-%08llx : ", start, end);
		EXPECT_EQ(1, count_lines("/proc/iomem", what, "vfio"));
		bochs_get(src, BOCHS_XRES);
		snprintf(what, sizeof(what), "phys=0x%016llx ", start);
		EXPECT_EQ(1, count_lines("/proc/vmallocinfo", what, ""));
	}
}

TEST_HARNESS_MAIN
