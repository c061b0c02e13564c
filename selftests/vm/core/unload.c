// SPDX-License-Identifier: GPL-2.0
/*
 * The modules can be taken away, but not from under anybody; and come again.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

#define KNOBS	"/sys/kernel/debug/vfio_mig"
#define HOLDERS	"/sys/module/vfio_mig/holders"

/* In the order in which they are loaded: the core, and whatever drivers there are. */
#define MODULES_MAX	16
static char modules[MODULES_MAX][64] = { "vfio_mig" };
static unsigned int nr_modules = 1;

/* Those that are there but the core: they stand on it, and on none of each other. */
static void find_drivers(void)
{
	glob_t found = {};
	char path[256];
	size_t i;

	snprintf(path, sizeof(path), "%s/*.ko", getenv("VFIO_MIG_MODULES"));
	nr_modules = 1;
	glob(path, 0, NULL, &found);
	for (i = 0; i < found.gl_pathc && nr_modules < MODULES_MAX; i++)
		if (sscanf(strrchr(found.gl_pathv[i], '/'), "/%63[^.]",
			   modules[nr_modules]) == 1 &&
		    strcmp(modules[nr_modules], modules[0]))
			nr_modules++;
	globfree(&found);
}

static bool is_ours(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_modules; i++)
		if (!strcmp(name, modules[i]))
			return true;
	return false;
}

/* Drivers that only tests have stand on the core, too, and stay where one was loaded. */
static int unload_drivers_of_tests(void)
{
	DIR *folder = opendir(HOLDERS);
	struct dirent *entry;
	int ret = 0;

	if (!folder)
		return -errno;
	while (!ret && (entry = readdir(folder)))
		if (entry->d_name[0] != '.' && !is_ours(entry->d_name))
			ret = unload_module(entry->d_name);
	closedir(folder);
	return ret;
}

static int load(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s.ko", getenv("VFIO_MIG_MODULES"),
		 name);
	return load_module(path);
}

/* Whatever a test found, the next one has its modules. */
FIXTURE(modules)
{
	struct edu edu;
	char bdf[64];
	int data_fd;
};

FIXTURE_SETUP(modules)
{
	if (!getenv("VFIO_MIG_MODULES"))
		SKIP(return, "nobody says where the modules are, to load them again");
	find_drivers();
	ASSERT_LT(2, nr_modules);
	ASSERT_EQ(0, unload_drivers_of_tests());
	ASSERT_EQ(0, edu_find(0, true, self->bdf, sizeof(self->bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_STOP_COPY,
			       &self->data_fd));
}

FIXTURE_TEARDOWN(modules)
{
	unsigned int i;
	int ret;

	edu_close(&self->edu);
	close(self->data_fd);
	for (i = 0; i < nr_modules; i++) {
		ret = load(modules[i]);
		EXPECT_TRUE(!ret || ret == -EEXIST);
	}
	ASSERT_EDU(&self->edu, edu_open(&self->edu, self->bdf));
	EXPECT_EQ(0, device_works(&self->edu));
	edu_close(&self->edu);
}

TEST_F_TIMEOUT(modules, stay_while_the_device_is_open, 60)
{
	EXPECT_EQ(-EWOULDBLOCK, unload_module("edu_vfio_pci"));
	EXPECT_EQ(-EWOULDBLOCK, unload_module("vfio_mig"));
	EXPECT_EQ(VFIO_MIG_STOP_COPY, state_of(&self->edu));
}

/* The file is the core's: the driver need not wait for it, the core has to. */
TEST_F_TIMEOUT(modules, go_when_nobody_has_a_device_or_a_file, 60)
{
	unsigned int i;
	uint8_t byte;

	edu_close(&self->edu);
	for (i = nr_modules; --i;)
		ASSERT_EQ(0, unload_module(modules[i]));
	EXPECT_EQ(-EWOULDBLOCK, unload_module("vfio_mig"));
	EXPECT_EQ(-1, read(self->data_fd, &byte, 1));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(0, close(self->data_fd));
	self->data_fd = -1;
	EXPECT_EQ(0, access(KNOBS, F_OK));
	ASSERT_EQ(0, unload_module("vfio_mig"));
	EXPECT_EQ(-1, access(KNOBS, F_OK));
}

TEST_F_TIMEOUT(modules, come_again_as_often_as_they_go, 120)
{
	unsigned int round, i;

	edu_close(&self->edu);
	close(self->data_fd);
	self->data_fd = -1;
	for (round = 0; round < 10; round++) {
		for (i = nr_modules; i--;)
			ASSERT_EQ(0, unload_module(modules[i]));
		for (i = 0; i < nr_modules; i++)
			ASSERT_EQ(0, load(modules[i]));
	}
}

TEST_HARNESS_MAIN
