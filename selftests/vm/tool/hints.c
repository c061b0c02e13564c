// SPDX-License-Identifier: GPL-2.0
/*
 * What the library says beyond an errno where the tool does not come: memory
 * that may not be locked, features that are not there.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common.h"
#include "edu_stream.h"
#include "vfiomig_monitor.h"

#define SIZE	(1 << 20)

FIXTURE(hints)
{
	struct edu edu;
	void *memory;
};

/* Populated: on 6.1 nobody accounts for what has no page of its own. */
FIXTURE_SETUP(hints)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	self->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(MAP_FAILED, self->memory);
}

FIXTURE_TEARDOWN(hints)
{
	munmap(self->memory, SIZE);
	edu_close(&self->edu);
	set_property(self->edu.bdf, "dma-logging", true);
}

/* This process may not any more.  Each test has its own. */
static int drop_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[0].effective &= ~(1u << capability);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* Root may lock what it wants. */
static int forbid_locking(void)
{
	struct rlimit none = {};

	return setrlimit(RLIMIT_MEMLOCK, &none) ? -errno :
	       drop_capability(CAP_IPC_LOCK);
}

TEST_F(hints, memory_that_may_not_be_locked)
{
	struct vfiomig_error error;
	__u64 iova = 1ull << 26;

	ASSERT_EQ(0, vfiomig_dma_map(self->edu.dev, self->memory, iova, SIZE,
				     VFIOMIG_DMA_READ, &error));
	ASSERT_EQ(0, vfiomig_dma_unmap(self->edu.dev, iova, SIZE, &error));
	ASSERT_EQ(0, forbid_locking());
	ASSERT_EQ(-ENOMEM, vfiomig_dma_map(self->edu.dev, self->memory, iova,
					   SIZE, VFIOMIG_DMA_READ, &error));
	EXPECT_NE(NULL, strstr(error.hint, "raise ulimit -l"));
}

TEST_F(hints, no_hint_where_memory_is_not_it)
{
	struct vfiomig_error error;

	ASSERT_EQ(-EINVAL, vfiomig_dma_map(self->edu.dev, self->memory, 1,
					   SIZE, VFIOMIG_DMA_READ, &error));
	EXPECT_STREQ("", error.hint);
}

/* On 6.1 there is DMA logging, and on the others no such property. */
TEST_F(hints, a_feature_that_is_not_there_has_a_name)
{
	__u32 feature = VFIO_DEVICE_FEATURE_SET |
			VFIO_DEVICE_FEATURE_DMA_LOGGING_START;
	struct vfiomig_error error;

	edu_close(&self->edu);
	set_property(self->edu.bdf, "dma-logging", false);
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	ASSERT_EQ(-ENOTTY, vfiomig_feature_probe(self->edu.dev, feature,
						 &error));
	EXPECT_NE(NULL, strstr(error.text,
			       "edu_vfio_pci has no VFIO feature 6 (DMA logging)"));
	EXPECT_STREQ("", error.hint);
}

TEST_F(hints, an_unknown_feature_has_its_number)
{
	struct vfiomig_error error;

	ASSERT_EQ(-ENOTTY, vfiomig_feature_probe(self->edu.dev, 0x7777,
						 &error));
	EXPECT_NE(NULL, strstr(error.text, "VFIO feature 30583"));
}

TEST_F(hints, who_may_not_ask_how_a_device_is_is_told_why)
{
	struct vfiomig_status status;
	struct vfiomig_error error;

	ASSERT_EQ(0, vfiomig_status(self->edu.bdf, &status, &error));
	ASSERT_EQ(0, drop_capability(CAP_NET_ADMIN));
	ASSERT_EQ(-EPERM, vfiomig_status(self->edu.bdf, &status, &error));
	EXPECT_STREQ("that takes CAP_NET_ADMIN", error.hint);
}

TEST_HARNESS_MAIN
