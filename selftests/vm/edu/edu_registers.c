// SPDX-License-Identifier: GPL-2.0
/*
 * The same accesses on the bare hardware (an edu on plain vfio-pci) and on one
 * that is mediated: every answer is the same, bit for bit.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "edu_twins.h"

#define BAR_SIZE	0x100000

/**
 * struct bars - both devices
 * @twins: They.
 * @bare: Where BAR0 is in the file of the bare one.
 * @edu: And in that of the other.
 */
struct bars {
	struct twins twins;
	uint64_t bare;
	uint64_t edu;
};

FIXTURE(registers)
{
	struct bars bars;
};

static uint64_t bar_start(struct edu *edu)
{
	struct vfio_region_info info;

	vfiomig_region_info(edu->dev, VFIO_PCI_BAR0_REGION_INDEX, &info,
			    &edu->error);
	return info.offset;
}

FIXTURE_SETUP(registers)
{
	ASSERT_EQ(0, twins_open(&self->bars.twins));
	self->bars.bare = bar_start(&self->bars.twins.bare);
	self->bars.edu = bar_start(&self->bars.twins.edu);
}

FIXTURE_TEARDOWN(registers)
{
	twins_close(&self->bars.twins);
}

/* ---- accesses ---- */

/**
 * struct answer - what a read() or write() did
 * @bytes: Read.
 * @size: How many, or -errno.
 */
struct answer {
	uint8_t bytes[32];
	ssize_t size;
};

static struct answer read_at(struct edu *edu, uint64_t at, size_t size)
{
	struct answer answer;

	memset(answer.bytes, 0xa5, sizeof(answer.bytes));
	answer.size = pread(vfiomig_fd(edu->dev), answer.bytes, size, at);
	if (answer.size < 0)
		answer.size = -errno;
	return answer;
}

static bool reads_equal(struct bars *bars, uint64_t offset,
			size_t size)
{
	struct answer bare, edu;

	bare = read_at(&bars->twins.bare, bars->bare + offset, size);
	edu = read_at(&bars->twins.edu, bars->edu + offset, size);
	return bare.size == edu.size &&
	       !memcmp(bare.bytes, edu.bytes, sizeof(bare.bytes));
}

static void compare_reads(struct __test_metadata *_metadata,
			  struct bars *bars, uint64_t from,
			  uint64_t to)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24 };
	uint64_t offset;
	unsigned int i;

	for (offset = from; offset < to; offset++) {
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			if (!twins_comparable(&bars->twins, offset, sizes[i]))
				continue;
			EXPECT_TRUE(reads_equal(bars, offset, sizes[i])) {
				TH_LOG("%zu bytes at %#llx differ", sizes[i],
				       (unsigned long long)offset);
			}
		}
	}
}

/* ---- reads ---- */

TEST_F(registers, reads_of_registers_and_holes_are_equal)
{
	struct twins *twins = &self->bars.twins;

	/* So that every register says something of its own. */
	twins_set(twins, EDU_LIVENESS, 0x12345678);
	twins_set(twins, EDU_FACTORIAL, 12);
	twins_wait(twins);
	twins_set(twins, EDU_IRQ_RAISE, 0x04030201);
	twins_set(twins, EDU_STATUS, EDU_STATUS_IRQ);
	twins_set64(twins, EDU_DMA_SRC, 0x1122334455667788);
	twins_set64(twins, EDU_DMA_DST, 0x99aabbccddeeff00);
	twins_set64(twins, EDU_DMA_COUNT, 0x0123456789abcdef);
	twins_set64(twins, EDU_DMA_COMMAND, 0xfedcba9876543211);
	twins_wait(twins);
	compare_reads(_metadata, &self->bars, 0, 0x140);
}

TEST_F(registers, reads_of_what_lies_beyond_are_equal)
{
	compare_reads(_metadata, &self->bars, EDU_BUFFER - 8, EDU_BUFFER + 24);
	compare_reads(_metadata, &self->bars, BAR_SIZE - 32, BAR_SIZE + 16);
}

TEST_F(registers, id_is_edus)
{
	struct twins *twins = &self->bars.twins;

	EXPECT_EQ(0x010000ed, edu_get(&twins->bare, EDU_ID));
	EXPECT_EQ(0x010000ed, edu_get(&twins->edu, EDU_ID));
}

/* ---- writes ---- */

static ssize_t write_at(struct edu *edu, uint64_t at, uint64_t value,
			size_t size)
{
	ssize_t done = pwrite(vfiomig_fd(edu->dev), &value, size, at);

	return done < 0 ? -errno : done;
}

static bool writes_equal(struct bars *bars, uint64_t offset,
			 uint64_t value, size_t size)
{
	ssize_t bare, edu;

	bare = write_at(&bars->twins.bare, bars->bare + offset, value,
			size);
	edu = write_at(&bars->twins.edu, bars->edu + offset, value, size);
	return bare == edu;
}

/* All ones as an argument would take seconds to compute, and tell nothing. */
static bool starts_long(uint64_t offset, uint64_t value, size_t size)
{
	return value == UINT64_MAX && offset + size > EDU_FACTORIAL &&
	       offset < EDU_FACTORIAL + 4;
}

static void compare_writes(struct __test_metadata *_metadata,
			   struct bars *bars, uint64_t value)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 6, 8 };
	uint64_t offset;
	unsigned int i;

	/* No interrupt that may come a little later here than there. */
	twins_set(&bars->twins, EDU_STATUS, 0);
	for (offset = 0; offset < 0xa4; offset++) {
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
			if (starts_long(offset, value, sizes[i]) ||
			    !twins_comparable(&bars->twins, offset, sizes[i]))
				continue;
			EXPECT_TRUE(writes_equal(bars, offset, value,
						 sizes[i]));
			twins_wait(&bars->twins);
			EXPECT_TWINS(&bars->twins) {
				TH_LOG("after %zu bytes at %#llx", sizes[i],
				       (unsigned long long)offset);
			}
		}
	}
}

TEST_F_TIMEOUT(registers, writes_of_ones_and_zeroes_act_equally, 300)
{
	compare_writes(_metadata, &self->bars, UINT64_MAX);
	compare_writes(_metadata, &self->bars, 0);
}

TEST_F_TIMEOUT(registers, writes_of_different_bytes_act_equally, 300)
{
	compare_writes(_metadata, &self->bars, 0x0807060504030201);
	compare_writes(_metadata, &self->bars, 0x0102030405060780);
}

TEST_F(registers, writes_beyond_the_end_fail_equally)
{
	uint64_t offset;

	for (offset = BAR_SIZE - 8; offset < BAR_SIZE + 8; offset++)
		EXPECT_TRUE(writes_equal(&self->bars, offset, 0, 8));
}

TEST_F(registers, liveness_is_the_complement)
{
	static const uint32_t values[] = { 0, 1, 0x80000000, 0xcafef00d, ~0u };
	struct twins *twins = &self->bars.twins;
	unsigned int i;

	for (i = 0; i < sizeof(values) / sizeof(*values); i++) {
		twins_set(twins, EDU_LIVENESS, values[i]);
		EXPECT_EQ(~values[i], edu_get(&twins->bare, EDU_LIVENESS));
		EXPECT_EQ(~values[i], edu_get(&twins->edu, EDU_LIVENESS));
	}
}

TEST_F(registers, only_bit_7_of_the_status_can_be_written)
{
	struct twins *twins = &self->bars.twins;
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		twins_set(twins, EDU_STATUS, 1u << bit);
		EXPECT_EQ(bit == 7 ? EDU_STATUS_IRQ : 0,
			  edu_get(&twins->edu, EDU_STATUS));
		EXPECT_TWINS(twins);
	}
}

/* ---- the factorial engine ---- */

static void compare_factorial(struct __test_metadata *_metadata,
			      struct bars *bars, uint32_t n)
{
	twins_set(&bars->twins, EDU_FACTORIAL, n);
	ASSERT_EQ(0, edu_wait_factorial(&bars->twins.bare));
	ASSERT_EQ(0, edu_wait_factorial(&bars->twins.edu));
	EXPECT_EQ(edu_factorial(n), edu_get(&bars->twins.edu, EDU_FACTORIAL));
	EXPECT_TWINS(&bars->twins);
}

TEST_F(registers, factorials_are_equal)
{
	static const uint32_t large[] = { 100, 65535, 65536, 999999, 10000000 };
	uint32_t n;

	for (n = 0; n <= 40; n++)
		compare_factorial(_metadata, &self->bars, n);
	for (n = 0; n < sizeof(large) / sizeof(*large); n++)
		compare_factorial(_metadata, &self->bars, large[n]);
}

static void compute(struct __test_metadata *_metadata, struct edu *edu)
{
	edu_set(edu, EDU_FACTORIAL, LONG_FACTORIAL);
	edu_set(edu, EDU_FACTORIAL, 5);
	edu_set(edu, EDU_STATUS, EDU_STATUS_IRQ);
	EXPECT_EQ(LONG_FACTORIAL, edu_get(edu, EDU_FACTORIAL));
	edu_set(edu, EDU_STATUS, 0);
	EXPECT_EQ(EDU_STATUS_COMPUTING, edu_get(edu, EDU_STATUS));
	EXPECT_EQ(0, edu_wait_factorial(edu));
	EXPECT_EQ(0, edu_get(edu, EDU_FACTORIAL));
	EXPECT_EQ(0, edu_get(edu, EDU_IRQ_STATUS));
}

TEST_F_TIMEOUT(registers, argument_is_locked_while_computing, 120)
{
	struct twins *twins = &self->bars.twins;

	compute(_metadata, &twins->bare);
	compute(_metadata, &twins->edu);
}

TEST_HARNESS_MAIN
