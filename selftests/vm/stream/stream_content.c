// SPDX-License-Identifier: GPL-2.0
/*
 * Streams whose checksums are right and which are wrong all the same, as a
 * newer, a broken or a hostile writer would send them; and those that look
 * odd and have to be taken.
 */
#include "kselftest_harness.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "craft.h"
#include "refusal.h"

#define REGISTERS	VFIO_MIG_SECTION_EDU_REGISTERS
#define BUFFER		VFIO_MIG_SECTION_EDU_BUFFER
#define DMA		VFIO_MIG_SECTION_EDU_DMA
#define UNKNOWN		0x6564fff0
#define KNOWN		VFIO_MIG_EDU_DMA_PENDING
#define REQUIRED	VFIO_MIG_FRAME_REQUIRED

FIXTURE(content)
{
	struct edu edu;
	struct craft craft;
};

FIXTURE_SETUP(content)
{
	char bdf[64];

	ASSERT_EQ(0, edu_find(0, true, bdf, sizeof(bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, bdf));
	ASSERT_EDU(&self->edu, craft_init(&self->craft, &self->edu));
}

/* After all that was done to it. */
FIXTURE_TEARDOWN(content)
{
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->edu));
	EXPECT_EQ(0, device_works(&self->edu));
	edu_close(&self->edu);
}

#define REFUSED(what, at, error, section) do {				\
	const struct refusal refusal = { what, at, error, section };	\
	craft_end(&self->craft);					\
	is_refused(_metadata, &self->edu, &self->craft.stream, &refusal); \
} while (0)

#define TAKEN() do {							\
	craft_end(&self->craft);					\
	is_taken(_metadata, &self->edu, &self->craft.stream,		\
		 &self->craft.registers);				\
} while (0)

/* ---- the header ---- */

#define OTHER(field, bits) do {						\
	const struct vfio_mig_stream_header good = self->craft.header;	\
	uint8_t *bytes = (uint8_t *)&self->craft.header.field;		\
	unsigned int bit;						\
									\
	for (bit = 0; bit < (bits); bit++) {				\
		bytes[bit / 8] ^= 1 << bit % 8;				\
		craft_begin(&self->craft);				\
		craft_registers(&self->craft);				\
		REFUSED(#field, bit, EINVAL, 0);			\
		self->craft.header = good;				\
	}								\
} while (0)

TEST_F_TIMEOUT(content, stream_of_another_device_is_refused, 120)
{
	OTHER(vendor, 16);
	OTHER(device, 16);
	OTHER(subsystem_vendor, 16);
	OTHER(subsystem_device, 16);
	OTHER(revision, 8);
	OTHER(geometry, 256);
}

TEST_F_TIMEOUT(content, unknown_behaviour_is_refused_if_required, 120)
{
	struct craft *craft = &self->craft;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		craft->header.optional = htole64(1ull << bit);
		craft->header.required = 0;
		craft_begin(craft);
		craft_registers(craft);
		TAKEN();
		craft->header.required = htole64(1ull << bit);
		craft_begin(craft);
		craft_registers(craft);
		if (1ull << bit & KNOWN)
			TAKEN();
		else
			REFUSED("required", bit, EOPNOTSUPP, 0);
	}
}

TEST_F(content, header_that_is_no_header_is_refused)
{
	struct craft *craft = &self->craft;
	static const __u16 lengths[] = { 0, 32, 79, 4097, 0xffff };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		craft_begin(craft);
		craft_header(craft)->zero[i] = 1;
		craft_seal_header(craft, sizeof(craft->header));
		REFUSED("zero", i, EINVAL, 0);
	}
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		craft_begin(craft);
		craft_header(craft)->header_len = htole16(lengths[i]);
		craft_seal_header(craft, sizeof(craft->header));
		REFUSED("header_len", lengths[i], EBADMSG, 0);
	}
	craft_begin(craft);
	craft_header(craft)->framing = htole16(2);
	craft_seal_header(craft, sizeof(craft->header));
	REFUSED("framing", 2, EOPNOTSUPP, 0);
	craft_begin(craft);
	craft_header(craft)->magic[7] = 0;
	craft_seal_header(craft, sizeof(craft->header));
	REFUSED("magic", 7, EINVAL, 0);
}

/* A newer writer's header goes on, and its bytes count for the checksum. */
TEST_F(content, longer_header_is_taken_if_it_is_whole)
{
	struct craft *craft = &self->craft;
	static const __u16 lengths[] = { 81, 112, 4096 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		craft_begin(craft);
		craft_header(craft)->reserved = htole32(0xffffffff);
		craft_header(craft)->header_len = htole16(lengths[i]);
		memset(craft_header(craft) + 1, 0x5a, lengths[i] - sizeof(craft->header));
		craft_seal_header(craft, lengths[i]);
		craft->writer.used = lengths[i];
		craft_registers(craft);
		craft_buffer(craft);
		TAKEN();
		craft->stream.bytes[lengths[i] - 1] ^= 1;
		REFUSED("beyond the header", lengths[i], EBADMSG, 0);
	}
}

/* ---- sections ---- */

TEST_F(content, sections_may_come_in_any_order)
{
	struct craft *craft = &self->craft;

	craft->registers.dma_command = htole64(EDU_DMA_RUN);
	craft_begin(craft);
	craft_dma(craft);
	craft_buffer(craft);
	craft_registers(craft);
	TAKEN();
	craft_begin(craft);
	craft_buffer(craft);
	craft_registers(craft);
	craft_dma(craft);
	TAKEN();
}

TEST_F(content, section_that_comes_twice_is_refused)
{
	struct craft *craft = &self->craft;

	craft_begin(craft);
	craft_registers(craft);
	craft_buffer(craft);
	craft_registers(craft);
	REFUSED("registers", 2, EBADMSG, REGISTERS);
	craft_begin(craft);
	craft_buffer(craft);
	craft_buffer(craft);
	craft_registers(craft);
	REFUSED("buffer", 2, EBADMSG, BUFFER);
}

TEST_F(content, only_the_registers_must_be_there)
{
	struct craft *craft = &self->craft;

	craft_begin(craft);
	REFUSED("no section", 0, EINVAL, REGISTERS);
	craft_begin(craft);
	craft_buffer(craft);
	REFUSED("no registers", 0, EINVAL, REGISTERS);
	craft_begin(craft);
	craft_registers(craft);
	TAKEN();
}

/* What a reader does not know it skips, however large it is. */
TEST_F(content, unknown_optional_section_is_skipped)
{
	struct craft *craft = &self->craft;

	craft_begin(craft);
	craft_section(craft, UNKNOWN, 0, craft->buffer, 0);
	craft_registers(craft);
	craft_section(craft, UNKNOWN + 1, 0, craft->buffer, EDU_BUFFER_SIZE);
	craft_section(craft, UNKNOWN + 2, 0, craft->buffer, 10);
	TAKEN();
}

TEST_F(content, unknown_optional_section_is_checked_all_the_same)
{
	struct craft *craft = &self->craft;

	craft_begin(craft);
	craft_registers(craft);
	craft_section(craft, UNKNOWN, 0, craft->buffer, 10);
	craft->stream.bytes[craft->writer.used - 1] ^= 1;
	REFUSED("unknown", 10, EBADMSG, UNKNOWN);
}

TEST_F(content, unknown_required_section_is_refused)
{
	struct craft *craft = &self->craft;

	craft_begin(craft);
	craft_registers(craft);
	craft_section(craft, UNKNOWN, REQUIRED, craft->buffer, 10);
	REFUSED("unknown", 10, EOPNOTSUPP, UNKNOWN);
	craft_begin(craft);
	craft_section(craft, UNKNOWN, REQUIRED, craft->buffer, 0);
	craft_registers(craft);
	REFUSED("unknown", 0, EOPNOTSUPP, UNKNOWN);
}

TEST_F(content, section_of_another_size_is_refused)
{
	struct craft *craft = &self->craft;
	static const struct {
		__u32 id;
		__u32 size;
	} wrong[] = {
		{ REGISTERS, 0 }, { REGISTERS, 47 }, { REGISTERS, 49 },
		{ REGISTERS, EDU_BUFFER_SIZE }, { BUFFER, 0 },
		{ BUFFER, EDU_BUFFER_SIZE - 1 }, { BUFFER, EDU_BUFFER_SIZE + 1 },
		{ DMA, 0 }, { DMA, 7 }, { DMA, 9 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		craft_begin(craft);
		craft_section(craft, wrong[i].id, REQUIRED, craft->buffer, wrong[i].size);
		REFUSED("size", wrong[i].size, EINVAL, wrong[i].id);
	}
}

/* ---- values ---- */

TEST_F(content, status_that_cannot_be_is_refused)
{
	struct craft *craft = &self->craft;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (bit == 0 || bit == 7)
			continue;
		craft->registers.status = htole32(1u << bit);
		craft_begin(craft);
		craft_registers(craft);
		REFUSED("status, bit", bit, EINVAL, REGISTERS);
	}
}

TEST_F(content, number_that_is_no_factorial_is_refused_unless_computing)
{
	struct craft *craft = &self->craft;
	static const __u32 wrong[] = { 3, 5, 25, 121, 0xffffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		craft->registers.factorial = htole32(wrong[i]);
		craft->registers.status = 0;
		craft_begin(craft);
		craft_registers(craft);
		REFUSED("factorial", wrong[i], EINVAL, REGISTERS);
		craft->registers.status = htole32(EDU_STATUS_COMPUTING);
		craft_begin(craft);
		craft_registers(craft);
		TAKEN();
	}
	craft->registers.status = 0;
	for (i = 0; i <= 34; i++) {
		craft->registers.factorial = htole32(edu_factorial(i));
		craft_begin(craft);
		craft_registers(craft);
		TAKEN();
	}
}

TEST_F(content, command_and_its_section_come_together)
{
	struct craft *craft = &self->craft;

	craft_begin(craft);
	craft_registers(craft);
	craft_dma(craft);
	REFUSED("dma and no command", 0, EINVAL, DMA);
	craft->registers.dma_command = htole64(EDU_DMA_RUN);
	craft_begin(craft);
	craft_registers(craft);
	REFUSED("command and no dma", 0, EINVAL, DMA);
	craft_begin(craft);
	craft_registers(craft);
	craft_dma(craft);
	TAKEN();
}

TEST_F(content, time_left_is_at_most_that_of_a_command)
{
	struct craft *craft = &self->craft;
	static const __u32 wrong[] = { 100001, 0x80000000, 0xffffffff };
	unsigned int i;

	craft->registers.dma_command = htole64(EDU_DMA_RUN);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		craft->dma.remaining_us = htole32(wrong[i]);
		craft_begin(craft);
		craft_registers(craft);
		craft_dma(craft);
		REFUSED("time left", wrong[i], EINVAL, DMA);
	}
	craft->dma.remaining_us = htole32(100000);
	craft->dma.reserved = htole32(0xffffffff);
	craft_begin(craft);
	craft_registers(craft);
	craft_dma(craft);
	TAKEN();
}

TEST_HARNESS_MAIN
