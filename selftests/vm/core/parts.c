// SPDX-License-Identifier: GPL-2.0
/*
 * Of a BAR that a driver traps, users can map what it declares, and nothing else: there
 * they have the hardware, and elsewhere the driver.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "bochs.h"
#include "common.h"

#define DRIVER	"parts_vfio_pci"
#define BAR	VFIO_PCI_BAR0_REGION_INDEX
#define PAGE	4096

/* As the driver has declared them. */
#define FIRST		(2 * PAGE)
#define FIRST_BYTES	(2 * PAGE)
#define SECOND		(8 * PAGE)

FIXTURE(parts)
{
	struct vfiomig_dev *dev;
	struct vfiomig_error error;
	struct vfio_region_info bar;
	char bdf[64];
};

FIXTURE_SETUP(parts)
{
	if (!has_test_modules())
		SKIP(return, "there are no modules for tests");
	ASSERT_EQ(0, bochs_find(0, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, load_test_module(DRIVER));
	ASSERT_EQ(0, vfiomig_bind(self->bdf, DRIVER, &self->error));
	ASSERT_EQ(0, vfiomig_open(self->bdf, VFIOMIG_IOMMU_AUTO, &self->dev,
				  &self->error));
	ASSERT_EQ(0, vfiomig_pci_command(self->dev, PCI_COMMAND_MEMORY, 0,
					 &self->error));
	ASSERT_EQ(0, vfiomig_region_info(self->dev, BAR, &self->bar,
					 &self->error));
}

FIXTURE_TEARDOWN(parts)
{
	vfiomig_close(self->dev);
	if (self->bdf[0])
		EXPECT_EQ(0, vfiomig_bind(self->bdf, "bochs_vfio_pci",
					  &self->error));
}

/* The region with its capabilities; the caller's to free. */
static struct vfio_region_info *full_info(struct vfiomig_dev *dev)
{
	struct vfio_region_info *info;
	size_t size = sizeof(*info);

	for (;;) {
		info = calloc(1, size);
		if (!info)
			return NULL;
		info->argsz = size;
		info->index = BAR;
		if (ioctl(vfiomig_fd(dev), VFIO_DEVICE_GET_REGION_INFO, info) ||
		    info->argsz <= size)
			return info;
		size = info->argsz;
		free(info);
	}
}

static void *map(struct vfiomig_dev *dev, uint64_t offset, size_t bytes)
{
	errno = 0;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		    vfiomig_fd(dev), offset);
}

static void put(void *at, uint64_t value)
{
	__atomic_store_n((uint64_t *)at, value, __ATOMIC_SEQ_CST);
}

static uint64_t get(const void *at)
{
	return __atomic_load_n((const uint64_t *)at, __ATOMIC_SEQ_CST);
}

TEST_F(parts, region_tells_which_they_are)
{
	struct vfio_region_info_cap_sparse_mmap *sparse;
	struct vfio_region_info *info = full_info(self->dev);

	ASSERT_NE(NULL, info);
	EXPECT_EQ(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
		  VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS,
		  info->flags);
	EXPECT_EQ(self->bar.size, info->size);
	EXPECT_EQ(self->bar.offset, info->offset);
	ASSERT_EQ(sizeof(*info), info->cap_offset);
	sparse = (void *)((char *)info + info->cap_offset);
	EXPECT_EQ(VFIO_REGION_INFO_CAP_SPARSE_MMAP, sparse->header.id);
	EXPECT_EQ(1, sparse->header.version);
	EXPECT_EQ(0, sparse->header.next);
	ASSERT_EQ(2, sparse->nr_areas);
	EXPECT_EQ(FIRST, sparse->areas[0].offset);
	EXPECT_EQ(FIRST_BYTES, sparse->areas[0].size);
	EXPECT_EQ(SECOND, sparse->areas[1].offset);
	EXPECT_EQ(PAGE, sparse->areas[1].size);
	free(info);
}

/* Who has room for the struct alone is told how much there is. */
TEST_F(parts, region_without_room_for_them_says_how_much_it_takes)
{
	EXPECT_LT(sizeof(self->bar), self->bar.argsz);
	EXPECT_EQ(0, self->bar.cap_offset);
	EXPECT_NE(0, self->bar.flags & VFIO_REGION_INFO_FLAG_CAPS);
}

TEST_F(parts, region_that_has_none_is_as_vfio_pci_tells_it)
{
	struct vfio_region_info config;

	ASSERT_EQ(0, vfiomig_region_info(self->dev, VFIO_PCI_CONFIG_REGION_INDEX,
					 &config, &self->error));
	EXPECT_EQ(VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
		  config.flags);
}

TEST_F(parts, what_is_beside_them_cannot_be_mapped)
{
	static const struct {
		uint64_t at;
		size_t bytes;
	} beside[] = {
		{ 0, PAGE }, { FIRST - PAGE, 2 * PAGE },
		{ FIRST, FIRST_BYTES + PAGE }, { FIRST + FIRST_BYTES, PAGE },
		{ SECOND, 2 * PAGE }, { SECOND + PAGE, PAGE }, { 0, SECOND + PAGE },
	};
	unsigned int i;

	for (i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		EXPECT_EQ(MAP_FAILED, map(self->dev,
					  self->bar.offset + beside[i].at,
					  beside[i].bytes));
		EXPECT_EQ(EINVAL, errno);
	}
}

/* Page by page as well as at once. */
TEST_F(parts, they_are_mapped_and_are_what_the_file_has)
{
	uint64_t value = 0x1122334455667788, seen = 0;
	char *first, *last, *second;

	first = map(self->dev, self->bar.offset + FIRST, FIRST_BYTES);
	ASSERT_NE(MAP_FAILED, first);
	last = map(self->dev, self->bar.offset + FIRST + PAGE, PAGE);
	ASSERT_NE(MAP_FAILED, last);
	second = map(self->dev, self->bar.offset + SECOND, PAGE);
	ASSERT_NE(MAP_FAILED, second);

	put(first + PAGE + 8, value);
	EXPECT_EQ(value, get(last + 8));
	ASSERT_EQ(0, vfiomig_read(self->dev, BAR, FIRST + PAGE + 8, &seen,
				  sizeof(seen), &self->error));
	EXPECT_EQ(value, seen);
	value = ~value;
	ASSERT_EQ(0, vfiomig_write(self->dev, BAR, SECOND + 16, &value,
				   sizeof(value), &self->error));
	EXPECT_EQ(value, get(second + 16));
	munmap(first, FIRST_BYTES);
	munmap(last, PAGE);
	munmap(second, PAGE);
}

/* The driver has 16 words, again and again; the hardware has other bytes in each place. */
TEST_F(parts, elsewhere_is_the_driver)
{
	uint32_t value = 0;

	ASSERT_EQ(0, vfiomig_write32(self->dev, BAR, 4, 0x12345678, &self->error));
	ASSERT_EQ(0, vfiomig_read32(self->dev, BAR, FIRST - 60, &value,
				    &self->error));
	EXPECT_EQ(0x12345678, value);
	ASSERT_EQ(0, vfiomig_read32(self->dev, BAR, FIRST + FIRST_BYTES + 4,
				    &value, &self->error));
	EXPECT_EQ(0x12345678, value);
	ASSERT_EQ(0, vfiomig_write32(self->dev, BAR, FIRST + 4, 0, &self->error));
	ASSERT_EQ(0, vfiomig_read32(self->dev, BAR, FIRST + 4, &value,
				    &self->error));
	EXPECT_EQ(0, value);
	/* That was the hardware, though the driver has a word for this place too. */
	ASSERT_EQ(0, vfiomig_read32(self->dev, BAR, 4, &value, &self->error));
	EXPECT_EQ(0x12345678, value);
}

TEST_F(parts, access_ends_at_an_edge)
{
	uint64_t at = self->bar.offset + FIRST - 8;
	uint32_t words[4] = { 1, 2, 3, 4 };
	int fd = vfiomig_fd(self->dev);

	EXPECT_EQ(8, pwrite(fd, words, sizeof(words), at));
	EXPECT_EQ(8, pwrite(fd, words + 2, 8, at + 8));
	memset(words, 0, sizeof(words));
	EXPECT_EQ(8, pread(fd, words, sizeof(words), at));
	EXPECT_EQ(8, pread(fd, words + 2, 8, at + 8));
	EXPECT_EQ(1, words[0]);
	EXPECT_EQ(2, words[1]);
	EXPECT_EQ(3, words[2]);
	EXPECT_EQ(4, words[3]);
}

TEST_HARNESS_MAIN
