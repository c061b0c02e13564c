/* SPDX-License-Identifier: GPL-2.0 */
/* What has to be true of a stream that a device refuses, or takes. */
#ifndef SELFTESTS_VM_REFUSAL_H
#define SELFTESTS_VM_REFUSAL_H

#include "kselftest_harness.h"

#include <string.h>
#include <unistd.h>

#include "common.h"
#include "uapi/linux/vfio_mig.h"

#define BEFORE	0x11223344

/**
 * struct refusal - how a stream is to be refused
 * @what: What is wrong with it, for the log.
 * @at: Where, for the log.
 * @error: The errno, positive.
 * @section: The section at fault, or 0.
 */
struct refusal {
	const char *what;
	unsigned int at;
	int error;
	__u32 section;
};

#define LOG_REFUSAL(refusal) TH_LOG("%s %u", (refusal)->what, (refusal)->at)

static inline void reason_is(struct __test_metadata *_metadata,
			     struct edu *edu, const struct refusal *refusal)
{
	struct vfio_device_mig_error last;

	ASSERT_EQ(0, vfiomig_last_error(edu->dev, &last));
	EXPECT_EQ(refusal->error, last.error) { LOG_REFUSAL(refusal); }
	EXPECT_EQ(refusal->section, last.section) { LOG_REFUSAL(refusal); }
	EXPECT_EQ(VFIO_MIG_RESUMING, last.from);
	EXPECT_EQ(VFIO_MIG_STOP, last.to);
	EXPECT_NE(0, last.text[0]);
	EXPECT_LT(strnlen((char *)last.text, sizeof(last.text)),
		  sizeof(last.text));
}

/*
 * The transition fails and says why, the device is what it was, and a reset
 * makes it work again.  The device must be RUNNING, and is so afterwards.
 */
static inline void is_refused(struct __test_metadata *_metadata,
			      struct edu *edu, const struct stream *stream,
			      const struct refusal *refusal)
{
	int data_fd, written, ret;

	edu_set(edu, EDU_LIVENESS, ~BEFORE);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RESUMING, &data_fd));
	written = write_all(data_fd, stream->bytes, stream->size, STREAM_MAX);
	if (written) {
		EXPECT_EQ(-refusal->error, written) { LOG_REFUSAL(refusal); }
		reason_is(_metadata, edu, refusal);
		EXPECT_EQ(written, write_all(data_fd, stream->bytes, 1, 1));
	}
	ret = set_state(edu, VFIO_MIG_STOP, NULL);
	EXPECT_EQ(-refusal->error, ret) { LOG_REFUSAL(refusal); }
	reason_is(_metadata, edu, refusal);
	EXPECT_EQ(VFIO_MIG_RESUMING, state_of(edu));
	EXPECT_EQ(BEFORE, edu_get(edu, EDU_LIVENESS)) { LOG_REFUSAL(refusal); }
	EXPECT_EQ(0, edu_get64(edu, EDU_DMA_COMMAND));
	close(data_fd);
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
}

/* Taken, and what is saved then has these @registers. */
static inline void is_taken(struct __test_metadata *_metadata, struct edu *edu,
			    const struct stream *stream,
			    const struct vfio_mig_edu_registers *registers)
{
	const size_t at = sizeof(struct vfio_mig_stream_header) +
			  sizeof(struct vfio_mig_frame);
	struct vfio_device_mig_error last;
	struct stream again;
	int ret;

	ret = load_and_stop(edu, stream->bytes, stream->size, 1000);
	vfiomig_last_error(edu->dev, &last);
	ASSERT_EQ(0, ret) { TH_LOG("%s", last.text); }
	ASSERT_EQ(0, save_and_stop(edu, &again));
	EXPECT_EQ(0, memcmp(again.bytes + at, registers, sizeof(*registers)));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
}

#endif /* SELFTESTS_VM_REFUSAL_H */
