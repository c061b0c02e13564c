/* SPDX-License-Identifier: GPL-2.0 */
/* The fixture of the tests that put streams together frame by frame. */
#ifndef SELFTESTS_VM_CRAFTED_H
#define SELFTESTS_VM_CRAFTED_H

#include "kselftest_harness.h"

#include "craft.h"
#include "refusal.h"

#define REGISTERS	VFIO_MIG_SECTION_EDU_REGISTERS
#define BUFFER		VFIO_MIG_SECTION_EDU_BUFFER
#define END		VFIO_MIG_SECTION_END
#define UNKNOWN		0x6564fff0
#define REQUIRED	VFIO_MIG_FRAME_REQUIRED
#define MORE		VFIO_MIG_FRAME_MORE
#define PIECE		VFIO_MIG_FRAME_PIECE

FIXTURE(crafted)
{
	struct edu edu;
	struct craft craft;
};

FIXTURE_SETUP(crafted)
{
	char bdf[64];

	ASSERT_EQ(0, edu_find(0, true, bdf, sizeof(bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, bdf));
	ASSERT_EDU(&self->edu, craft_init(&self->craft, &self->edu));
	craft_begin(&self->craft);
}

/* After all that was done to it. */
FIXTURE_TEARDOWN(crafted)
{
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
	EXPECT_EQ(0, device_works(&self->edu));
	edu_close(&self->edu);
}

/* The stream as it stands; the next one begins. */
#define REFUSED(what, at, error, section) do {				\
	const struct refusal refusal = { what, at, error, section };	\
	is_refused(_metadata, &self->edu, &self->craft.stream, &refusal); \
	craft_begin(&self->craft);					\
} while (0)

#define TAKEN() do {							\
	is_taken(_metadata, &self->edu, &self->craft.stream,		\
		 &self->craft.registers);				\
	craft_begin(&self->craft);					\
} while (0)

#endif /* SELFTESTS_VM_CRAFTED_H */
