/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of refused streams share; after kselftest_harness.h. */
#ifndef SELFTESTS_STREAM_REFUSAL_H
#define SELFTESTS_STREAM_REFUSAL_H

#include "stream_listener.h"

/* Set a field of a frame of the sample, and make its checksums right. */
static inline void forge(struct sample *sample, size_t frame, size_t field,
			 size_t size, __u64 value)
{
	set_field(sample->bytes.at + frame + field, size, value);
	reseal_frame(&sample->bytes, frame);
}

/*
 * The stream is refused, with this errno, for this section, and with a
 * sentence; after what was told before, and nothing is told afterwards.
 */
#define EXPECT_REFUSED(heard, bytes, with, section_at_fault, after) do { \
	struct listener *heard_ = (heard); \
	const struct vfio_mig_refusal *why_ = &heard_->reader.why; \
	const char *after_ = (after); \
	int with_ = (with); \
	EXPECT_EQ(with_, hear(heard_, bytes, ~0UL)) \
		TH_LOG("%s", why_->text); \
	EXPECT_EQ(with_, why_->error); \
	EXPECT_EQ(section_at_fault, why_->section); \
	EXPECT_NE('\0', why_->text[0]); \
	EXPECT_STREQ(after_, heard_->events); \
	EXPECT_EQ(NULL, heard_->disorder) \
		TH_LOG("%s", heard_->disorder); \
	EXPECT_EQ(with_, vfio_mig_reader_finish(&heard_->reader)); \
	EXPECT_EQ(with_, vfio_mig_reader_feed(&heard_->reader, "", 1)); \
	EXPECT_STREQ(after_, heard_->events); \
} while (0)

/* What the sample's reader is told before each of its sections. */
#define BEFORE_BETA	"H F11+9 D11 "
#define BEFORE_BETA_2	BEFORE_BETA "F22+4 D22 "
#define BEFORE_BETA_3	BEFORE_BETA_2 "F22+3 D22 "
#define BEFORE_GAMMA	BEFORE_BETA_3 "F22+1 D22 "
#define BEFORE_END	BEFORE_GAMMA "F33+0 D33 "

#endif /* SELFTESTS_STREAM_REFUSAL_H */
