// SPDX-License-Identifier: GPL-2.0
/*
 * Where the device's bytes go when its user attaches it to another address space of
 * an iommufd, or to none: the driver moves them itself, by an access of its own that
 * has to go where the device goes.  By hand, as the library attaches a device once.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"

#define SPACES	2
#define FDS	64
#define NONE	0xffff	/* of an iommufd's objects none has it */

/**
 * struct space - an address space, besides that of the library
 * @id: What iommufd calls it.
 * @memory: What the device sees in it at EDU_MEMORY_IOVA.
 */
struct space {
	__u32 id;
	uint8_t *memory;
};

FIXTURE(ioas)
{
	struct edu edu;
	char bdf[64];
	int iommufd;
	struct space space[SPACES];
	uint8_t bytes[EDU_BUFFER_SIZE];
};

/* That of the library, or -1 if it opened the device in another way. */
static int find_iommufd(void)
{
	char path[64], name[64];
	ssize_t size;
	int fd;

	for (fd = 0; fd < FDS; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		size = readlink(path, name, sizeof(name) - 1);
		name[size < 0 ? 0 : size] = '\0';
		if (!strcmp(name, "/dev/iommu"))
			return fd;
	}
	return -1;
}

static int make_space(int iommufd, struct space *space)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.length = EDU_MEMORY_SIZE,
		.iova = EDU_MEMORY_IOVA,
	};

	space->memory = mmap(NULL, EDU_MEMORY_SIZE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (space->memory == MAP_FAILED || ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	space->id = alloc.out_ioas_id;
	map.ioas_id = space->id;
	map.user_va = (uintptr_t)space->memory;
	return ioctl(iommufd, IOMMU_IOAS_MAP, &map) ? -errno : 0;
}

static int attach(struct edu *edu, __u32 id)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = id,
	};

	return ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_ATTACH_IOMMUFD_PT,
		     &attach) ? -errno : 0;
}

static int detach(struct edu *edu)
{
	struct vfio_device_detach_iommufd_pt detach = {
		.argsz = sizeof(detach),
	};

	return ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_DETACH_IOMMUFD_PT,
		     &detach) ? -errno : 0;
}

FIXTURE_SETUP(ioas)
{
	unsigned int i;

	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	self->iommufd = find_iommufd();
	if (self->iommufd < 0)
		SKIP(return, "devices are opened without an iommufd here");
	for (i = 0; i < SPACES; i++)
		ASSERT_EQ(0, make_space(self->iommufd, &self->space[i]));
	for (i = 0; i < EDU_BUFFER_SIZE; i++)
		self->bytes[i] = 1 + i % 251;
	ASSERT_EQ(0, edu_fill_buffer(&self->edu, self->bytes));
	memset(self->edu.memory, 0, EDU_MEMORY_SIZE);
}

FIXTURE_TEARDOWN(ioas)
{
	edu_close(&self->edu);
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
	edu_close(&self->edu);
}

/* Do its bytes come there, and nowhere else? */
static void bytes_go_to(struct __test_metadata *_metadata,
			struct _test_data_ioas *self, const uint8_t *there)
{
	static const uint8_t nothing[EDU_BUFFER_SIZE];
	const uint8_t *place[] = {
		self->edu.memory, self->space[0].memory, self->space[1].memory,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(place); i++)
		memset((void *)place[i], 0, EDU_BUFFER_SIZE);
	edu_start_dma(&self->edu, true, 0, 0, EDU_BUFFER_SIZE, 0);
	EXPECT_EQ(0, edu_wait_dma(&self->edu));
	for (i = 0; i < ARRAY_SIZE(place); i++)
		EXPECT_EQ(0, memcmp(place[i], place[i] == there ? self->bytes :
				    nothing, EDU_BUFFER_SIZE));
}

TEST_F_TIMEOUT(ioas, bytes_go_where_the_device_is_attached, 120)
{
	struct edu *edu = &self->edu;

	bytes_go_to(_metadata, self, edu->memory);
	ASSERT_EQ(0, attach(edu, self->space[0].id));
	bytes_go_to(_metadata, self, self->space[0].memory);
	ASSERT_EQ(0, attach(edu, self->space[1].id));
	bytes_go_to(_metadata, self, self->space[1].memory);
	ASSERT_EQ(0, attach(edu, self->space[1].id));
	bytes_go_to(_metadata, self, self->space[1].memory);
}

TEST_F_TIMEOUT(ioas, bytes_go_nowhere_when_it_is_detached, 120)
{
	struct edu *edu = &self->edu;

	ASSERT_EQ(0, detach(edu));
	bytes_go_to(_metadata, self, NULL);
	ASSERT_EQ(0, detach(edu));
	ASSERT_EQ(0, attach(edu, self->space[0].id));
	bytes_go_to(_metadata, self, self->space[0].memory);
}

TEST_F_TIMEOUT(ioas, attachment_that_fails_changes_nothing, 120)
{
	struct edu *edu = &self->edu;

	EXPECT_EQ(-ENOENT, attach(edu, NONE));
	bytes_go_to(_metadata, self, edu->memory);
	ASSERT_EQ(0, detach(edu));
	EXPECT_EQ(-ENOENT, attach(edu, NONE));
	bytes_go_to(_metadata, self, NULL);
	ASSERT_EQ(0, attach(edu, self->space[1].id));
	bytes_go_to(_metadata, self, self->space[1].memory);
}

TEST_HARNESS_MAIN
