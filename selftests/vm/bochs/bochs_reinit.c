// SPDX-License-Identifier: GPL-2.0
/*
 * A display that is given another geometry while it is pre-copied: a VMM that
 * asked for MIG_PRECOPY_INFOv2 is told to wait for the initial bytes again, and
 * no other VMM sees a thing.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "displays.h"
#include "feature.h"

/* Newer than the headers that this is built with. */
#define FEATURE_PRECOPY_INFO_V2	12
#define INFO_REINIT		1

#define UNTOUCHED		0xa5a5a5a5

#define NOT_THERE	"this kernel has no MIG_PRECOPY_INFOv2"

FIXTURE(reinit)
{
	struct bochs src;
	struct bochs dst;
	int from;
	int to;
};

FIXTURE_SETUP(reinit)
{
	uint64_t bytes;

	ASSERT_BOCHS(&self->src, displays_open(&self->src, &self->dst));
	display_fill(&self->src, 1);
	bochs_show(&self->src, 640, 480);
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RESUMING, &self->to));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_PRE_COPY, &self->from));
	ASSERT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
}

FIXTURE_TEARDOWN(reinit)
{
	close(self->from);
	close(self->to);
	bochs_close(&self->dst);
	bochs_close(&self->src);
}

/* 0, or -ENOTTY where the kernel does not know it. */
static int opt_in(struct _test_data_reinit *self)
{
	return feature_call(vfiomig_fd(self->src.dev), VFIO_DEVICE_FEATURE_SET |
			    FEATURE_PRECOPY_INFO_V2, NULL, 0);
}

static struct vfio_precopy_info info_of(struct _test_data_reinit *self)
{
	struct vfio_precopy_info info = {
		.argsz = sizeof(info),
		.flags = UNTOUCHED,
	};

	if (ioctl(self->from, VFIO_MIG_GET_PRECOPY_INFO, &info))
		abort();
	return info;
}

/* Pages that are no neighbours, so each is a piece of the stream. */
static void draw(struct bochs *bochs, size_t pages, unsigned int seed)
{
	size_t i;

	for (i = 0; i < pages; i++)
		memset(bochs->memory + 2 * i * PAGE, seed, PAGE);
}

/*
 * Do the headers of this kernel, which the modules are built with, know it?
 * They are in a folder of all of its flavours; -1 if they are not there.
 */
static int kernel_knows_it(void)
{
	glob_t found = {};
	struct utsname name;
	char path[256];
	FILE *file = NULL;
	int ret;

	uname(&name);
	*(strrchr(name.release, '-') ?: name.release) = '\0';
	snprintf(path, sizeof(path),
		 "/usr/src/linux-headers-%s-*/include/uapi/linux/vfio.h",
		 name.release);
	if (!glob(path, 0, NULL, &found))
		file = fopen(found.gl_pathv[0], "r");
	globfree(&found);
	if (!file)
		return -1;
	for (ret = 0; !ret && fgets(path, sizeof(path), file);)
		ret = !!strstr(path, "VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2");
	fclose(file);
	return ret;
}

TEST_F(reinit, is_there_where_the_kernel_knows_it)
{
	int known = kernel_knows_it();

	ASSERT_LE(0, known);
	EXPECT_EQ(known ? 0 : -ENOTTY, opt_in(self));
}

TEST_F(reinit, nobody_is_told_who_did_not_ask)
{
	struct vfio_precopy_info info;

	bochs_show(&self->src, 800, 600);
	draw(&self->src, 10, 1);
	info = info_of(self);
	EXPECT_EQ(UNTOUCHED, info.flags);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(10 * (PAGE + FRAME), info.dirty_bytes);
}

TEST_F(reinit, another_geometry_makes_what_waits_initial)
{
	struct vfio_precopy_info info;
	uint64_t bytes;

	if (opt_in(self) == -ENOTTY)
		SKIP(return, NOT_THERE);
	EXPECT_EQ(0, info_of(self).flags);
	bochs_show(&self->src, 800, 600);
	draw(&self->src, 10, 1);
	info = info_of(self);
	EXPECT_EQ(INFO_REINIT, info.flags);
	EXPECT_EQ(10 * (PAGE + FRAME), info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);

	/* Told once; the bytes fall as they are read, and what comes is dirty. */
	ASSERT_EQ(0, display_pump(self->from, self->to, PAGE + FRAME, &bytes));
	self->src.memory[40 * PAGE]++;
	info = info_of(self);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(9 * (PAGE + FRAME), info.initial_bytes);
	EXPECT_EQ(PAGE + FRAME, info.dirty_bytes);
	EXPECT_EQ(-ENOMSG, display_pump(self->from, self->to, ANY_AMOUNT,
					&bytes));
	info = info_of(self);
	EXPECT_EQ(0, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
}

/* The struct can be read, and not written. */
TEST_F(reinit, told_again_if_it_could_not_be_told)
{
	struct vfio_precopy_info *info = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					      MAP_PRIVATE | MAP_ANONYMOUS, -1,
					      0);

	if (opt_in(self) == -ENOTTY)
		SKIP(return, NOT_THERE);
	ASSERT_NE(MAP_FAILED, (void *)info);
	info->argsz = sizeof(*info);
	ASSERT_EQ(0, mprotect(info, PAGE, PROT_READ));
	bochs_show(&self->src, 800, 600);
	draw(&self->src, 10, 1);
	EXPECT_EQ(-1, ioctl(self->from, VFIO_MIG_GET_PRECOPY_INFO, info));
	EXPECT_EQ(EFAULT, errno);
	munmap(info, PAGE);
	EXPECT_EQ(INFO_REINIT, info_of(self).flags);
	EXPECT_EQ(0, info_of(self).flags);
}

/* The flag says that there is something to read. */
TEST_F(reinit, told_when_something_waits)
{
	if (opt_in(self) == -ENOTTY)
		SKIP(return, NOT_THERE);
	bochs_set(&self->src, BOCHS_BPP, 16);
	EXPECT_EQ(0, info_of(self).flags);
	draw(&self->src, 1, 1);
	EXPECT_EQ(INFO_REINIT, info_of(self).flags);
	draw(&self->src, 1, 2);
	EXPECT_EQ(0, info_of(self).flags);
}

TEST_F(reinit, other_registers_are_no_geometry)
{
	if (opt_in(self) == -ENOTTY)
		SKIP(return, NOT_THERE);
	bochs_set(&self->src, BOCHS_XRES, bochs_get(&self->src, BOCHS_XRES));
	bochs_set(&self->src, BOCHS_Y_OFFSET, 480);
	bochs_set(&self->src, BOCHS_VIRT_HEIGHT, 960);
	bochs_set_order(&self->src, BOCHS_BIG_ENDIAN);
	draw(&self->src, 1, 1);
	EXPECT_EQ(0, info_of(self).flags);
	EXPECT_EQ(0, info_of(self).initial_bytes);
}

/* What was done before belongs to no stream, nor does the wish of another. */
TEST_F(reinit, begins_with_the_session)
{
	if (opt_in(self) == -ENOTTY)
		SKIP(return, NOT_THERE);
	bochs_show(&self->src, 1024, 768);
	close(self->from);
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_PRE_COPY, &self->from));
	EXPECT_EQ(0, info_of(self).flags);
	EXPECT_LT(0, info_of(self).initial_bytes);
}

TEST_F(reinit, destination_is_what_the_source_was_at_stop)
{
	uint64_t bytes;

	if (opt_in(self) == -ENOTTY)
		SKIP(return, NOT_THERE);
	bochs_show(&self->src, 800, 600);
	draw(&self->src, 100, 7);
	EXPECT_EQ(INFO_REINIT, info_of(self).flags);
	ASSERT_EQ(0, display_pump(self->from, self->to, 5 * PAGE, &bytes));
	ASSERT_EQ(0, display_set(&self->src, VFIO_MIG_STOP_COPY, NULL));
	ASSERT_EQ(0, display_pump(self->from, self->to, ANY_AMOUNT, &bytes));
	ASSERT_EQ(0, display_set(&self->dst, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0, memcmp(self->src.memory, self->dst.memory,
			    self->src.size));
	EXPECT_EQ(800, bochs_get(&self->dst, BOCHS_XRES));
	EXPECT_EQ(600, bochs_get(&self->dst, BOCHS_YRES));
}

TEST_HARNESS_MAIN
