/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A reader's caller that writes down what it is told, and whether it is told
 * so in the order that stream.h promises.
 */
#ifndef SELFTESTS_STREAM_LISTENER_H
#define SELFTESTS_STREAM_LISTENER_H

#include "stream.h"
#include "stream_bytes.h"

/**
 * struct listener - a reader, and what it told
 * @reader: The reader.
 * @events: "H " a header, "F11+9 " a frame of section 0x11 with 9 bytes,
 *	"D11 " that frame done, "E " the end.
 * @data: The payloads that were wanted, one after the other.
 * @length: Bytes in @data.
 * @room: Bytes that @data has room for; more are counted only.
 * @header: What came with the header.
 * @skip: A section that is not wanted.
 * @fail_at: The event, as a letter (P is a payload), at which to refuse.
 * @error: What is returned then; 0 never to refuse.
 * @sentence: The reason that is given then; NULL for none.
 * @disorder: What came out of order, NULL if nothing did.
 *
 * The rest is where the stream is: within @frame, with @left bytes to come.
 */
struct listener {
	struct vfio_mig_reader reader;
	char events[512];
	__u8 *data;
	size_t length;
	size_t room;
	struct vfio_mig_stream_header header;
	__u32 skip;
	char fail_at;
	int error;
	const char *sentence;
	const char *disorder;

	bool began, ended, failed;
	bool in_frame, wanted;
	__u32 frame;
	__u32 left;
	__u64 offset;
};

/* @room: Bytes of payload to keep. */
void listener_init(struct listener *listener, size_t room);
void listener_free(struct listener *listener);

/* To hear another stream with the same settings. */
void listener_restart(struct listener *listener);

/* Feed all, @chunk bytes at a time, up to a refusal: what feeding returned. */
int hear(struct listener *listener, const struct bytes *bytes, size_t chunk);

/* The same, and then what vfio_mig_reader_finish() thinks of it. */
int hear_all(struct listener *listener, const struct bytes *bytes,
	     size_t chunk);

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

#endif /* SELFTESTS_STREAM_LISTENER_H */
