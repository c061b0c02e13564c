// SPDX-License-Identifier: GPL-2.0
/*
 * A device that somebody holds is not taken away, though /proc does not show by
 * whom: the kernel would wait for that, for ever.  It keeps its driver, and its
 * driver_override.  This process holds it, which the library does not look for.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "hold.h"
#include "setting.h"

FIXTURE(held)
{
	char bdf[64];
	char override[64];
	int fd;
};

FIXTURE_VARIANT(held)
{
	const char *driver;
	const char *other;
};

FIXTURE_VARIANT_ADD(held, on_vfio_mig) {
	.driver = "edu_vfio_pci", .other = "vfio-pci"
};

FIXTURE_VARIANT_ADD(held, on_vfio_pci) {
	.driver = "vfio-pci", .other = "edu_vfio_pci"
};

static void read_override(const char *bdf, char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override",
		 bdf);
	file = fopen(path, "re");
	if (!file || !fgets(text, size, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
}

FIXTURE_SETUP(held)
{
	struct vfiomig_error error;

	self->fd = -1;
	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, vfiomig_bind(self->bdf, variant->driver, &error)) {
		TH_LOG("%s", error.text);
	}
	read_override(self->bdf, self->override, sizeof(self->override));
}

FIXTURE_TEARDOWN(held)
{
	if (self->fd >= 0)
		close(self->fd);
	EXPECT_EQ(0, vfiomig_bind(self->bdf, "edu_vfio_pci", NULL));
}

/**
 * struct attempt - to take a device away
 * @bdf: The device.
 * @driver: To which driver it shall go; NULL: back to the one it had.
 * @error: What the library says.
 * @ret: What it returned.
 */
struct attempt {
	const char *bdf;
	const char *driver;
	struct vfiomig_error error;
	int ret;
};

static void *make_attempt(void *ctx)
{
	struct attempt *attempt = ctx;

	attempt->ret = attempt->driver ?
		       vfiomig_bind(attempt->bdf, attempt->driver,
				    &attempt->error) :
		       vfiomig_unbind(attempt->bdf, &attempt->error);
	return NULL;
}

/* If it waits for the holder, which is @fd, let it go, or it never returns. */
static int try_to_take(struct attempt *attempt, int *fd)
{
	struct timespec until;
	pthread_t thread;
	int ret;

	if (pthread_create(&thread, NULL, make_attempt, attempt))
		return -EAGAIN;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20 * patience();
	ret = pthread_timedjoin_np(thread, NULL, &until);
	if (!ret)
		return attempt->ret;
	close(*fd);
	*fd = -1;
	pthread_join(thread, NULL);
	return -ret;
}

static void is_as_it_was(struct __test_metadata *_metadata, const char *bdf,
			 const char *driver, const char *override)
{
	struct vfiomig_info info;
	char now[64];

	ASSERT_EQ(0, vfiomig_lookup(bdf, &info, NULL));
	EXPECT_STREQ(driver, info.driver);
	read_override(bdf, now, sizeof(now));
	EXPECT_STREQ(override, now);
}

/* Neither gives it back, nor gives it to another driver. */
static void is_refused(struct __test_metadata *_metadata, const char *bdf,
		       const char *other, int *fd)
{
	struct attempt back = { .bdf = bdf };
	struct attempt to_other = { .bdf = bdf, .driver = other };
	struct vfiomig_binding plan;

	EXPECT_EQ(-EBUSY, try_to_take(&back, fd));
	EXPECT_NE(NULL, strstr(back.error.text,
			       "in use by a process that cannot be seen")) {
		TH_LOG("%s", back.error.text);
	}
	EXPECT_STREQ("it is in another PID namespace, or was given the device by another process",
		     back.error.hint);
	EXPECT_EQ(-EBUSY, try_to_take(&to_other, fd));
	EXPECT_EQ(-EBUSY, vfiomig_plan_unbind(bdf, &plan, NULL));
	EXPECT_EQ(-EBUSY, vfiomig_plan_bind(bdf, other, &plan, NULL));
}

TEST_F_TIMEOUT(held, device_without_its_group_is_not_taken, 240)
{
	self->fd = hold_device_alone(self->bdf);
	ASSERT_LE(0, self->fd);
	is_refused(_metadata, self->bdf, variant->other, &self->fd);
	is_as_it_was(_metadata, self->bdf, variant->driver, self->override);
	/* To bind it to what it is bound to is nothing to wait for. */
	EXPECT_EQ(0, vfiomig_bind(self->bdf, variant->driver, NULL));
}

/* Of vfio-pci nobody but /proc knows. */
TEST_F_TIMEOUT(held, character_device_that_is_bound_to_nothing_is_not_taken,
	       240)
{
	if (strcmp(variant->driver, "edu_vfio_pci"))
		SKIP(return, "its driver cannot be asked");
	self->fd = hold_character_device(self->bdf);
	if (self->fd == -ENOENT)
		SKIP(return, "this kernel lacks CONFIG_VFIO_DEVICE_CDEV");
	ASSERT_LE(0, self->fd);
	is_refused(_metadata, self->bdf, variant->other, &self->fd);
	is_as_it_was(_metadata, self->bdf, variant->driver, self->override);
}

TEST_F_TIMEOUT(held, device_that_this_process_has_open_is_not_taken, 240)
{
	struct attempt back = { .bdf = self->bdf };
	struct vfiomig_error error;
	struct vfiomig_dev *dev;
	int fd;

	ASSERT_EQ(0, vfiomig_open(self->bdf, VFIOMIG_IOMMU_AUTO, &dev,
				  &error)) { TH_LOG("%s", error.text); }
	EXPECT_EQ(1, vfiomig_in_use(vfiomig_info(dev)));
	fd = vfiomig_fd(dev);
	EXPECT_EQ(-EBUSY, try_to_take(&back, &fd));
	EXPECT_NE(NULL, strstr(back.error.text, "in use by this process")) {
		TH_LOG("%s", back.error.text);
	}
	vfiomig_close(dev);
	is_as_it_was(_metadata, self->bdf, variant->driver, self->override);
	EXPECT_EQ(0, vfiomig_bind(self->bdf, variant->other, NULL));
	is_as_it_was(_metadata, self->bdf, variant->other, variant->other);
}

TEST_HARNESS_MAIN
