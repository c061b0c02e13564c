/* SPDX-License-Identifier: GPL-2.0 */
/* Frames between a guest and somebody else; after kselftest_harness.h. */
#ifndef IGBVF_SPEAK_H
#define IGBVF_SPEAK_H

#include "igbvf_pair.h"

/* @count frames each way, with numbers from @first on. */
static void speak(struct __test_metadata *_metadata, struct vf *guest,
		  struct vf *other, uint32_t first, uint32_t count)
{
	uint32_t i, number;

	for (i = first; i < first + count; i++) {
		vf_send(guest, OTHER, i);
		ASSERT_EQ(0, vf_wait(other, &number));
		EXPECT_EQ(i, number);
		vf_send(other, GUEST, i);
		ASSERT_EQ(0, vf_wait(guest, &number));
		EXPECT_EQ(i, number);
	}
}

#endif /* IGBVF_SPEAK_H */
