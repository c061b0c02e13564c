// SPDX-License-Identifier: GPL-2.0
/*
 * The knob dirty_share: of the memory that is watched, that much counts as written
 * when DMA logging starts, and so is reported once.  Where there is no DMA logging
 * there is no such knob.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "common.h"
#include "dma_log.h"

#define PAGE	4096ull
#define PAGES	200
#define IOVA	(1ull << 30)
#define KNOB	"dirty_share"

FIXTURE(share)
{
	struct edu edu;
};

FIXTURE_SETUP(share)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
}

FIXTURE_TEARDOWN(share)
{
	clear_faults(&self->edu);
	edu_close(&self->edu);
}

static bool logs(struct edu *edu)
{
	return !dma_log_probe(edu, VFIO_DEVICE_FEATURE_DMA_LOGGING_START);
}

static int start(struct edu *edu)
{
	const struct vfio_device_feature_dma_logging_range range = {
		.iova = IOVA, .length = PAGES * PAGE,
	};
	__u64 page_size = PAGE;

	return dma_log_start(edu, &range, 1, &page_size);
}

static int report(struct edu *edu, bool *dirty)
{
	__u64 bitmap[PAGES / 64 + 1] = {};
	int i, ret = dma_log_report(edu, IOVA, PAGES * PAGE, PAGE, bitmap);

	for (i = 0; i < PAGES; i++)
		dirty[i] = bitmap[i / 64] >> i % 64 & 1;
	return ret;
}

TEST_F(share, knob_is_there_where_logging_is)
{
	char path[128];
	struct stat is;

	snprintf(path, sizeof(path), "/sys/kernel/debug/vfio_mig/%s/" KNOB,
		 self->edu.bdf);
	EXPECT_EQ(logs(&self->edu) ? 0 : -1, stat(path, &is));
}

TEST_F(share, each_start_makes_it_dirty_and_one_report_tells)
{
	static const unsigned int percents[] = { 1, 25, 50, 100 };
	struct edu *edu = &self->edu;
	bool dirty[PAGES];
	unsigned int i, page;
	char text[16];

	if (!logs(edu))
		SKIP(return, "there is no DMA logging");
	for (i = 0; i < sizeof(percents) / sizeof(*percents); i++) {
		snprintf(text, sizeof(text), "%u", percents[i]);
		ASSERT_EQ(0, set_knob(edu, KNOB, text));
		ASSERT_EQ(0, start(edu));
		ASSERT_EQ(0, report(edu, dirty));
		for (page = 0; page < PAGES; page++)
			EXPECT_EQ(page % (100 / percents[i]) == 0, dirty[page]) {
				TH_LOG("%u %%, page %u", percents[i], page);
			}
		ASSERT_EQ(0, report(edu, dirty));
		for (page = 0; page < PAGES; page++)
			EXPECT_FALSE(dirty[page]);
		ASSERT_EQ(0, dma_log_stop(edu));
	}
}

TEST_F(share, a_share_that_does_not_divide_is_spread)
{
	unsigned int page, count = 0, run = 0, longest = 0;
	struct edu *edu = &self->edu;
	bool dirty[PAGES];

	if (!logs(edu))
		SKIP(return, "there is no DMA logging");
	ASSERT_EQ(0, set_knob(edu, KNOB, "37"));
	ASSERT_EQ(0, start(edu));
	ASSERT_EQ(0, report(edu, dirty));
	for (page = 0; page < PAGES; page++) {
		count += dirty[page];
		run = dirty[page] ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	EXPECT_EQ(PAGES * 37 / 100, count);
	EXPECT_EQ(2, longest);
}

/* A log of a GiB that was written is some MiB. */
TEST_F(share, log_is_to_the_account_of_who_asked_for_it)
{
	const struct vfio_device_feature_dma_logging_range range = {
		.iova = IOVA, .length = 1 << 30,
	};
	struct edu *edu = &self->edu;
	__u64 page_size = PAGE;
	long long before;

	if (!logs(edu))
		SKIP(return, "there is no DMA logging");
	if (cgroup_enter("dirty_share") || cgroup_kernel_bytes() < 0)
		SKIP(return, "no memory cgroup");
	ASSERT_EQ(0, set_knob(edu, KNOB, "100"));
	before = cgroup_kernel_bytes();
	ASSERT_EQ(0, dma_log_start(edu, &range, 1, &page_size));
	EXPECT_LT(before + (1 << 20), cgroup_kernel_bytes());
	ASSERT_EQ(0, dma_log_stop(edu));
	EXPECT_GT(before + (1 << 20), cgroup_kernel_bytes());
}

TEST_F(share, what_is_cleared_or_refused_makes_nothing_dirty)
{
	static const char * const wrong[] = { "0", "101", "-1", "x", "1 2" };
	struct edu *edu = &self->edu;
	bool dirty[PAGES];
	unsigned int i;

	if (!logs(edu))
		SKIP(return, "there is no DMA logging");
	ASSERT_EQ(0, set_knob(edu, KNOB, "50"));
	ASSERT_EQ(0, set_knob(edu, KNOB, "clear"));
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		EXPECT_NE(0, set_knob(edu, KNOB, wrong[i]));
	ASSERT_EQ(0, start(edu));
	ASSERT_EQ(0, report(edu, dirty));
	for (i = 0; i < PAGES; i++)
		EXPECT_FALSE(dirty[i]);
}

TEST_HARNESS_MAIN
