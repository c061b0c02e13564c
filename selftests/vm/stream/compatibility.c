// SPDX-License-Identifier: GPL-2.0
/*
 * Old and new drivers, side by side: an edu whose property dma-pending is
 * switched off is one whose driver has never heard of pending commands.  And
 * the properties themselves.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edu_stream.h"
#include "uapi/linux/vfio_mig.h"

#define PLACE		0x2000
#define MESSAGE		"moved by a pending command"

FIXTURE(pair)
{
	char src_bdf[64], dst_bdf[64];
	struct edu src, dst;
	struct stream stream;
};

FIXTURE_SETUP(pair)
{
	ASSERT_EQ(0, edu_find(0, true, self->src_bdf, sizeof(self->src_bdf)));
	ASSERT_EQ(0, edu_find(0, false, self->dst_bdf, sizeof(self->dst_bdf)));
}

FIXTURE_TEARDOWN(pair)
{
	edu_close(&self->src);
	edu_close(&self->dst);
	EXPECT_EQ(0, set_property(self->src_bdf, "dma-pending", true));
	EXPECT_EQ(0, set_property(self->dst_bdf, "dma-pending", true));
	EXPECT_EQ(0, set_property(self->src_bdf, "p2p", true));
	EXPECT_EQ(0, set_property(self->dst_bdf, "p2p", true));
}

static int open_as(struct edu *edu, const char *bdf, bool dma_pending)
{
	int ret = set_property(bdf, "dma-pending", dma_pending);

	return ret ? ret : edu_open(edu, bdf);
}

/* A command that will write MESSAGE into the buffer of a marked device. */
static int leave_pending(struct edu *edu)
{
	int ret = mark_device(edu);

	memcpy(edu->memory + PLACE, MESSAGE, sizeof(MESSAGE));
	edu_start_dma(edu, false, 0, PLACE, sizeof(MESSAGE), EDU_DMA_IRQ);
	return ret;
}

static bool has_message(struct edu *edu)
{
	char buffer[EDU_BUFFER_SIZE];

	return !edu_dump_buffer(edu, buffer) && !strcmp(buffer, MESSAGE);
}

static struct vfio_device_mig_error last_error(struct edu *edu)
{
	struct vfio_device_mig_error last;

	vfiomig_last_error(edu->dev, &last);
	return last;
}

/* ---- from old to new ---- */

TEST_F(pair, old_to_new)
{
	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, false));
	ASSERT_EDU(&self->dst, open_as(&self->dst, self->dst_bdf, true));
	ASSERT_EQ(0, mark_device(&self->src));
	ASSERT_EQ(0, move_state(&self->src, &self->dst));
	EXPECT_TRUE(is_marked(&self->dst));
	EXPECT_TRUE(is_buffer_marked(&self->dst));
}

/* It cannot say so in its stream, so it must not be pending any more. */
TEST_F(pair, old_to_new_with_pending_dma_lets_it_run_first)
{
	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, false));
	ASSERT_EDU(&self->dst, open_as(&self->dst, self->dst_bdf, true));
	ASSERT_EQ(0, leave_pending(&self->src));
	ASSERT_EQ(0, move_state(&self->src, &self->dst));
	EXPECT_EQ(0, edu_get64(&self->dst, EDU_DMA_COMMAND) & EDU_DMA_RUN);
	EXPECT_EQ(EDU_IRQ_DMA, edu_get(&self->dst, EDU_IRQ_STATUS));
	EXPECT_TRUE(has_message(&self->dst));
}

/* ---- from new to old ---- */

TEST_F(pair, new_to_old_with_nothing_pending)
{
	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, true));
	ASSERT_EDU(&self->dst, open_as(&self->dst, self->dst_bdf, false));
	ASSERT_EQ(0, mark_device(&self->src));
	ASSERT_EQ(0, move_state(&self->src, &self->dst));
	EXPECT_TRUE(is_marked(&self->dst));
	EXPECT_TRUE(is_buffer_marked(&self->dst));
}

TEST_F(pair, new_to_old_with_pending_dma_is_refused_by_name)
{
	struct vfio_device_mig_error last;
	int data_fd;

	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, true));
	ASSERT_EDU(&self->dst, open_as(&self->dst, self->dst_bdf, false));
	ASSERT_EQ(0, leave_pending(&self->src));
	ASSERT_EQ(0, save_and_stop(&self->src, &self->stream));
	ASSERT_NE(0, edu_get64(&self->src, EDU_DMA_COMMAND) & EDU_DMA_RUN);

	ASSERT_EQ(0, set_state(&self->dst, VFIO_MIG_RESUMING, &data_fd));
	EXPECT_EQ(-EOPNOTSUPP, write_all(data_fd, self->stream.bytes,
					 self->stream.size, STREAM_MAX));
	last = last_error(&self->dst);
	EXPECT_EQ(EOPNOTSUPP, last.error);
	EXPECT_EQ(DMA, last.section);
	EXPECT_NE(NULL, strstr((char *)last.text, "section dma"));
	EXPECT_EQ(-EOPNOTSUPP, set_state(&self->dst, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(VFIO_MIG_RESUMING, state_of(&self->dst));
	EXPECT_TRUE(is_blank(&self->dst));
	close(data_fd);
	ASSERT_EQ(0, vfiomig_reset(self->dst.dev, &self->dst.error));
	EXPECT_EQ(0, device_works(&self->dst));

	/* The source has lost nothing. */
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, edu_wait_dma(&self->src));
	EXPECT_TRUE(has_message(&self->src));
}

/* What an administrator does who knows of an older peer. */
TEST_F(pair, source_pinned_to_old_is_taken_by_old)
{
	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, false));
	ASSERT_EDU(&self->dst, open_as(&self->dst, self->dst_bdf, false));
	ASSERT_EQ(0, leave_pending(&self->src));
	ASSERT_EQ(0, move_state(&self->src, &self->dst));
	EXPECT_TRUE(has_message(&self->dst));
}

/* The guest writes a command after the last moment at which it could run. */
TEST_F(pair, pending_dma_that_cannot_be_said_fails_the_save_by_name)
{
	struct vfio_device_mig_error last;

	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, false));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING_P2P, NULL));
	memcpy(self->src.memory + PLACE, MESSAGE, sizeof(MESSAGE));
	edu_start_dma(&self->src, false, 0, PLACE, sizeof(MESSAGE), 0);
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP, NULL));
	EXPECT_EQ(-EOPNOTSUPP,
		  set_state(&self->src, VFIO_MIG_STOP_COPY, NULL));
	EXPECT_EQ(VFIO_MIG_STOP, state_of(&self->src));
	last = last_error(&self->src);
	EXPECT_EQ(EOPNOTSUPP, last.error);
	EXPECT_EQ(DMA, last.section);
	EXPECT_NE(NULL, strstr((char *)last.text, "section dma"));

	/* Nothing is lost, and the next attempt succeeds. */
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING, NULL));
	ASSERT_EQ(0, save_and_stop(&self->src, &self->stream));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(has_message(&self->src));
}

/* The same at the end of a pre-copy: the refusal must leave it under way. */
TEST_F(pair, pending_dma_that_cannot_be_said_leaves_pre_copy_as_it_was)
{
	int data_fd, second;

	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, false));
	ASSERT_EDU(&self->dst, open_as(&self->dst, self->dst_bdf, false));
	ASSERT_EQ(0, mark_device(&self->src));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, &data_fd));
	EXPECT_EQ(-ENOMSG, read_more(data_fd, &self->stream));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY_P2P, NULL));
	memcpy(self->src.memory + PLACE, MESSAGE, sizeof(MESSAGE));
	edu_start_dma(&self->src, false, 0, PLACE, sizeof(MESSAGE), 0);
	EXPECT_EQ(-EOPNOTSUPP,
		  set_state(&self->src, VFIO_MIG_STOP_COPY, &second));
	EXPECT_EQ(-1, second);
	EXPECT_EQ(VFIO_MIG_PRE_COPY_P2P, state_of(&self->src));
	EXPECT_EQ(DMA, last_error(&self->src).section);

	/* It runs on, does the command, and the same session ends well. */
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_PRE_COPY, NULL));
	ASSERT_EQ(0, edu_wait_dma(&self->src));
	ASSERT_EQ(0, set_state(&self->src, VFIO_MIG_STOP_COPY, NULL));
	ASSERT_EQ(0, read_more(data_fd, &self->stream));
	close(data_fd);
	ASSERT_EQ(0, load_and_stop(&self->dst, self->stream.bytes,
				   self->stream.size, STREAM_MAX));
	ASSERT_EQ(0, set_state(&self->dst, VFIO_MIG_RUNNING, NULL));
	EXPECT_TRUE(is_marked(&self->dst));
	EXPECT_TRUE(has_message(&self->dst));
}

/* ---- the properties ---- */

TEST_F(pair, properties_are_on_unless_switched_off)
{
	ASSERT_EDU(&self->src, edu_open(&self->src, self->src_bdf));
	EXPECT_EQ(1, get_property(self->src_bdf, "dma-pending"));
	EXPECT_EQ(1, get_property(self->src_bdf, "p2p"));
	EXPECT_EQ(1, get_property(self->src_bdf, "pre-copy"));
}

TEST_F(pair, properties_are_fixed_while_the_device_is_open)
{
	static const char * const names[] = {
		"dma-pending", "p2p", "pre-copy",
	};
	unsigned int i;

	ASSERT_EDU(&self->src, edu_open(&self->src, self->src_bdf));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(-EBUSY, set_property(self->src_bdf, names[i], false));
		EXPECT_EQ(-EBUSY, set_property(self->src_bdf, names[i], true));
		EXPECT_EQ(1, get_property(self->src_bdf, names[i]));
	}
	edu_close(&self->src);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(0, set_property(self->src_bdf, names[i], false));
		EXPECT_EQ(0, get_property(self->src_bdf, names[i]));
		EXPECT_EQ(0, set_property(self->src_bdf, names[i], true));
	}
	/* The other device has its own. */
	ASSERT_EQ(0, set_property(self->dst_bdf, "p2p", true));
	EXPECT_EQ(1, get_property(self->dst_bdf, "dma-pending"));
}

TEST_F(pair, property_decides_what_the_descriptor_says)
{
	uint8_t header[HEADER_SIZE];

	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, false));
	ASSERT_EQ(0, own_header(&self->src, header));
	EXPECT_EQ(0, get_field(header + HEADER_OPTIONAL, 8));
	edu_close(&self->src);
	ASSERT_EDU(&self->src, open_as(&self->src, self->src_bdf, true));
	ASSERT_EQ(0, own_header(&self->src, header));
	EXPECT_EQ(DMA_PENDING, get_field(header + HEADER_OPTIONAL, 8));
}

static uint64_t settable(struct edu *edu)
{
	struct vfio_mig_routes routes = {};

	vfiomig_arcs(edu->dev, &routes, &edu->error);
	return routes.settable;
}

TEST_F(pair, hidden_p2p_is_nowhere_and_the_device_still_migrates)
{
	unsigned int state;
	__u64 features;

	ASSERT_EQ(0, set_property(self->src_bdf, "p2p", false));
	ASSERT_EDU(&self->src, edu_open(&self->src, self->src_bdf));
	ASSERT_EDU(&self->dst, edu_open(&self->dst, self->dst_bdf));
	ASSERT_EQ(0, vfiomig_features(self->src.dev, &features,
				      &self->src.error));
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY, features & ~VFIO_MIGRATION_PRE_COPY);
	for (state = 0; state < 8; state++) {
		EXPECT_EQ(0, settable(&self->src) &
			  VFIO_MIG_PAIR(state, VFIO_MIG_RUNNING_P2P));
		EXPECT_EQ(0, settable(&self->src) &
			  VFIO_MIG_PAIR(VFIO_MIG_RUNNING_P2P, state));
	}
	EXPECT_NE(0, settable(&self->src) &
		  VFIO_MIG_PAIR(VFIO_MIG_RUNNING, VFIO_MIG_STOP_COPY));
	EXPECT_EQ(-EINVAL,
		  set_state(&self->src, VFIO_MIG_RUNNING_P2P, NULL));

	/* There and back again, to one that has it. */
	ASSERT_EQ(0, leave_pending(&self->src));
	ASSERT_EQ(0, move_state(&self->src, &self->dst));
	memcpy(self->dst.memory + PLACE, MESSAGE, sizeof(MESSAGE));
	ASSERT_EQ(0, edu_wait_dma(&self->dst));
	EXPECT_TRUE(has_message(&self->dst));
	ASSERT_EQ(0, mark_device(&self->dst));
	ASSERT_EQ(0, move_state(&self->dst, &self->src));
	EXPECT_TRUE(is_marked(&self->src));
	EXPECT_TRUE(is_buffer_marked(&self->src));
}

TEST_F(pair, shown_again_p2p_is_there_again)
{
	__u64 features;

	ASSERT_EQ(0, set_property(self->src_bdf, "p2p", false));
	ASSERT_EQ(0, set_property(self->src_bdf, "p2p", true));
	ASSERT_EDU(&self->src, edu_open(&self->src, self->src_bdf));
	ASSERT_EQ(0, vfiomig_features(self->src.dev, &features,
				      &self->src.error));
	EXPECT_NE(0, features & VFIO_MIGRATION_P2P);
	EXPECT_EQ(0, set_state(&self->src, VFIO_MIG_RUNNING_P2P, NULL));
}

TEST_HARNESS_MAIN
