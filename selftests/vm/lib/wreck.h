/* SPDX-License-Identifier: GPL-2.0 */
/* Damage to the streams of an edu, at random, the same for the same number. */
#ifndef SELFTESTS_VM_WRECK_H
#define SELFTESTS_VM_WRECK_H

#include "edu_stream.h"

/* What is added to a stream is less than this. */
#define WRECK_ROOM	(STREAM_MAX - 8192)

/* A source of random numbers; @state is not 0. */
struct dice {
	uint64_t state;
};

void dice_init(struct dice *dice, uint64_t seed);
uint32_t dice_below(struct dice *dice, uint32_t below);

/*
 * Damage @stream in one place or some, in its bytes, its frames or its values,
 * and most of the time make all checksums and totals right again.
 */
void wreck(struct dice *dice, struct bytes *stream);

#endif /* SELFTESTS_VM_WRECK_H */
