// SPDX-License-Identifier: GPL-2.0
/* Streams that a reader takes, and its caller refuses. */
#include "kselftest_harness.h"

#include "stream_listener.h"

FIXTURE(caller)
{
	struct sample sample;
	struct listener listener;
};

FIXTURE_VARIANT(caller)
{
	char at;
	__u32 section;
	const char *events;
};

FIXTURE_VARIANT_ADD(caller, at_the_header)
{
	.at = 'H',
	.section = 0,
	.events = "H ",
};

FIXTURE_VARIANT_ADD(caller, at_a_frame)
{
	.at = 'F',
	.section = ALPHA,
	.events = "H F11+9 ",
};

FIXTURE_VARIANT_ADD(caller, at_a_payload)
{
	.at = 'P',
	.section = ALPHA,
	.events = "H F11+9 ",
};

FIXTURE_VARIANT_ADD(caller, at_a_frame_done)
{
	.at = 'D',
	.section = ALPHA,
	.events = "H F11+9 D11 ",
};

FIXTURE_VARIANT_ADD(caller, at_the_end)
{
	.at = 'E',
	.section = END,
	.events = SAMPLE_EVENTS,
};

FIXTURE_SETUP(caller)
{
	sample_init(&self->sample);
	listener_init(&self->listener, 8192);
	self->listener.fail_at = variant->at;
	self->listener.error = -ENOMEM;
}

FIXTURE_TEARDOWN(caller)
{
	listener_free(&self->listener);
	sample_free(&self->sample);
}

TEST_F(caller, is_believed_without_a_sentence)
{
	EXPECT_REFUSED(&self->listener, &self->sample.bytes, -ENOMEM,
		       variant->section, variant->events);
}

TEST_F(caller, has_its_sentence_kept)
{
	self->listener.sentence = "there is no room";
	EXPECT_EQ(-ENOMEM, hear(&self->listener, &self->sample.bytes, 1));
	EXPECT_STREQ("there is no room", self->listener.reader.why.text);
	EXPECT_EQ(-ENOMEM, self->listener.reader.why.error);
	EXPECT_EQ(-ENOMEM, hear(&self->listener, &self->sample.bytes, 1));
	EXPECT_EQ(-ENOMEM, vfio_mig_reader_finish(&self->listener.reader));
	EXPECT_STREQ(variant->events, self->listener.events);
	EXPECT_EQ(NULL, self->listener.disorder)
		TH_LOG("%s", self->listener.disorder);
}

TEST_HARNESS_MAIN
