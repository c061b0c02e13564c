/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs on refused streams share; after kselftest_harness.h. */
#ifndef SELFTESTS_STREAM_REFUSAL_H
#define SELFTESTS_STREAM_REFUSAL_H

#include "stream_listener.h"

FIXTURE(refuse)
{
	struct sample sample;
	struct listener listener;
};

FIXTURE_SETUP(refuse)
{
	sample_init(&self->sample);
	listener_init(&self->listener, 8192);
}

FIXTURE_TEARDOWN(refuse)
{
	listener_free(&self->listener);
	sample_free(&self->sample);
}

/* Set a field of a frame of the sample, and make its checksums right. */
static inline void forge(struct sample *sample, size_t frame, size_t field,
			 size_t size, __u64 value)
{
	set_field(sample->bytes.at + frame + field, size, value);
	reseal_frame(&sample->bytes, frame);
}

/* What the sample's reader is told before each of its sections. */
#define BEFORE_BETA	"H F11+9 D11 "
#define BEFORE_BETA_2	BEFORE_BETA "F22+4 D22 "
#define BEFORE_BETA_3	BEFORE_BETA_2 "F22+3 D22 "
#define BEFORE_GAMMA	BEFORE_BETA_3 "F22+1 D22 "
#define BEFORE_END	BEFORE_GAMMA "F33+0 D33 "

#endif /* SELFTESTS_STREAM_REFUSAL_H */
