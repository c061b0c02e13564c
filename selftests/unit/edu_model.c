// SPDX-License-Identifier: GPL-2.0
/*
 * An edu in software answers as QEMU's does.  What that does is here a second time, as a
 * table of its registers, and both get the same accesses: those that matter by name, and
 * many by chance.
 */
#include <stdint.h>
#include <string.h>

#include "model.h"

#include "kselftest_harness.h"

#define ONES		UINT64_MAX
#define MASK		0xfffffffull
#define STEPS		300000

/* ---- QEMU's device, as a table ---- */

enum access {
	NOTHING,	/* a hole; reads ones */
	CONSTANT,
	PLAIN,
	COMPLEMENT,	/* reads the complement of what was written */
	ARGUMENT,
	STATUS,
	RAISED,		/* read only */
	RAISE,
	LOWER,
	LOCKED,		/* not written while a command is pending */
	COMMAND,
};

static const struct {
	uint32_t at;
	enum access access;
	unsigned int slot;
} map[] = {
	{ 0x00, CONSTANT, 0 }, { 0x04, COMPLEMENT, 1 }, { 0x08, ARGUMENT, 2 },
	{ 0x20, STATUS, 3 }, { 0x24, RAISED, 4 }, { 0x60, RAISE, 0 },
	{ 0x64, LOWER, 0 }, { 0x80, LOCKED, 5 }, { 0x88, LOCKED, 6 },
	{ 0x90, LOCKED, 7 }, { 0x98, COMMAND, 8 },
};

/**
 * struct oracle - a device
 * @slot: Its registers: id, liveness, factorial, status, interrupts, and the four of DMA.
 * @buffer: The DMA engine's.
 * @line: The level of its INTx, without MSI.
 * @messages: How many it has sent, with MSI.
 */
struct oracle {
	uint64_t slot[9];
	uint8_t buffer[4096];
	bool line;
	unsigned int messages;
};

static int find(uint32_t at, uint32_t width)
{
	unsigned int i;

	/* QEMU's memory core lets nothing through but 4 and 8 bytes. */
	if (width < 4 || (at < 0x80 && width == 8))
		return -1;
	for (i = 0; i < sizeof(map) / sizeof(*map); i++)
		if (map[i].at == at)
			return i;
	return -1;
}

static uint64_t oracle_read(const struct oracle *oracle, uint32_t at,
			    uint32_t width)
{
	int row = find(at, width);

	if (width < 4)
		return 0;
	if (row < 0 || map[row].access == RAISE || map[row].access == LOWER)
		return ONES;
	return oracle->slot[map[row].slot];
}

static void oracle_raise(struct oracle *oracle, uint32_t bits)
{
	oracle->slot[4] |= bits;
	if (!oracle->slot[4])
		return;
	oracle->line = true;
	oracle->messages++;
}

static void oracle_write(struct oracle *oracle, uint32_t at, uint64_t value,
			 uint32_t width)
{
	int row = find(at, width);
	uint64_t *slot = row < 0 ? NULL : &oracle->slot[map[row].slot];
	uint32_t low = value;

	if (width == 4)
		value = low;
	switch (row < 0 ? NOTHING : map[row].access) {
	case COMPLEMENT:
		*slot = (uint32_t)~low;
		break;
	case ARGUMENT:
		if (oracle->slot[3] & 1)
			break;
		*slot = low;
		oracle->slot[3] |= 1;
		break;
	case STATUS:
		*slot = (*slot & 1) | (low & 0x80);
		break;
	case RAISE:
		oracle_raise(oracle, low);
		break;
	case LOWER:
		oracle->slot[4] &= ~low;
		if (!oracle->slot[4])
			oracle->line = false;
		break;
	case COMMAND:
		if (!(value & 1))
			break;
		__attribute__((__fallthrough__));
	case LOCKED:
		if (!(oracle->slot[8] & 1))
			*slot = value;
		break;
	default:
		break;
	}
}

static void oracle_computed(struct oracle *oracle)
{
	uint32_t n = oracle->slot[2], result = 1;

	/* A product with 34 factors and more has 32 factors of two. */
	for (n = n > 40 ? 40 : n; n; n--)
		result *= n;
	oracle->slot[2] = result;
	oracle->slot[3] &= ~1ull;
	if (oracle->slot[3] & 0x80)
		oracle_raise(oracle, 1);
}

/* Where a command reaches in the buffer, or -1: QEMU 10 moves nothing then. */
static int64_t inside(const struct oracle *oracle)
{
	uint64_t at = oracle->slot[8] & 2 ? oracle->slot[5] : oracle->slot[6];
	uint64_t count = oracle->slot[7];

	if (at < 0x40000 || at + count < at || at + count > 0x41000)
		return -1;
	return at - 0x40000;
}

static void oracle_transferred(struct oracle *oracle, const uint8_t *memory)
{
	int64_t at = inside(oracle);

	if (at >= 0 && !(oracle->slot[8] & 2))
		memcpy(oracle->buffer + at, memory, oracle->slot[7]);
	oracle->slot[8] &= ~1ull;
	if (oracle->slot[8] & 4)
		oracle_raise(oracle, 0x100);
}

/* ---- both ---- */

/**
 * struct both - the model, and what is to be the same
 * @state: The model's.
 * @oracle: The other.
 * @line: The level of the model's INTx.
 * @messages: How many it has sent.
 * @memory: What a command reads.
 * @transfer: What the model moves.
 */
struct both {
	struct edu_state state;
	struct oracle oracle;
	bool line;
	unsigned int messages;
	uint8_t memory[4096];
	struct edu_transfer transfer;
};

FIXTURE(edu)
{
	struct both both;
};

FIXTURE_SETUP(edu)
{
	unsigned int i;

	memset(self, 0, sizeof(*self));
	self->both.oracle.slot[0] = 0x010000ed;
	for (i = 0; i < sizeof(self->both.memory); i++)
		self->both.memory[i] = i * 2654435761u >> 24;
}

FIXTURE_TEARDOWN(edu)
{
}

static void carry_out(struct both *both, unsigned int effects)
{
	if (effects & EDU_SETS_LINE)
		both->line = both->state.irq_status;
	both->messages += !!(effects & EDU_SENDS_MESSAGE);
}

static void write_both(struct both *both, uint32_t at, uint64_t value,
		       uint32_t width)
{
	carry_out(both, edu_model_write(&both->state, at, value, width));
	oracle_write(&both->oracle, at, value, width);
}

static uint64_t cut(uint64_t value, uint32_t width)
{
	return width == 8 ? value : value & ((1ull << 8 * width) - 1);
}

static void compare_read(struct __test_metadata *_metadata,
			 struct both *both, uint32_t at, uint32_t width)
{
	ASSERT_EQ(cut(oracle_read(&both->oracle, at, width), width),
		  cut(edu_model_read(&both->state, at, width), width))
		TH_LOG("%u bytes at %#x", width, at);
}

static void compare(struct __test_metadata *_metadata, struct both *both)
{
	uint32_t at;

	for (at = 0; at < 0xc0; at += 4) {
		compare_read(_metadata, both, at, 4);
		if (!(at % 8))
			compare_read(_metadata, both, at, 8);
	}
	ASSERT_EQ(both->oracle.line, both->line);
	ASSERT_EQ(both->oracle.messages, both->messages);
	ASSERT_EQ(0, memcmp(both->oracle.buffer, both->state.buffer, 4096));
}

static void compute_both(struct both *both)
{
	if (!(both->state.status & EDU_STATUS_COMPUTING))
		return;
	carry_out(both, edu_model_computed(&both->state));
	oracle_computed(&both->oracle);
}

static void transfer_both(struct __test_metadata *_metadata,
			  struct both *both)
{
	struct edu_transfer *transfer = &both->transfer;
	int64_t at = inside(&both->oracle);
	bool moves;

	if (!(both->state.dma_command & EDU_DMA_RUN))
		return;
	moves = edu_model_decode(&both->state, MASK, transfer);
	ASSERT_EQ(at >= 0, moves);
	if (moves) {
		ASSERT_EQ(at, transfer->offset);
		ASSERT_EQ(both->oracle.slot[7], transfer->count);
		ASSERT_EQ(both->oracle.slot[both->oracle.slot[8] & 2 ? 6 : 5] & MASK,
			  transfer->address);
		if (transfer->to_memory) {
			ASSERT_EQ(0, memcmp(both->oracle.buffer + at,
					    transfer->bytes, transfer->count));
		} else {
			memcpy(transfer->bytes, both->memory, transfer->count);
		}
	}
	carry_out(both, edu_model_transferred(&both->state,
					      moves ? transfer : NULL));
	oracle_transferred(&both->oracle, both->memory);
}

/* ---- by name ---- */

TEST_F(edu, each_address_and_width_is_decoded_as_qemu_decodes_it)
{
	static const uint32_t widths[] = { 1, 2, 4, 8 };
	unsigned int i;
	uint32_t at;

	for (i = 0; i < 4; i++)
		for (at = 0; at < 0x200; at += widths[i]) {
			write_both(&self->both, at, 0x1122334455667788ull, widths[i]);
			compare_read(_metadata, &self->both, at, widths[i]);
			compare(_metadata, &self->both);
			compute_both(&self->both);
		}
}

TEST_F(edu, each_argument_gives_its_factorial)
{
	static const uint32_t large[] = { 100, 0x80000000, UINT32_MAX };
	unsigned int i;

	for (i = 0; i < 40 + 3; i++) {
		write_both(&self->both, EDU_FACTORIAL, i < 40 ? i : large[i - 40], 4);
		compare(_metadata, &self->both);
		compute_both(&self->both);
		compare(_metadata, &self->both);
	}
	EXPECT_EQ(0, self->both.state.factorial);
	EXPECT_EQ(3628800, edu_model_factorial(10));
}

TEST_F(edu, a_result_leads_back_to_its_argument)
{
	unsigned int n;

	EXPECT_EQ(0, edu_model_argument_of(1));
	for (n = 2; n <= 34; n++)
		EXPECT_EQ(edu_model_factorial(n),
			  edu_model_factorial(edu_model_argument_of(edu_model_factorial(n))));
	EXPECT_EQ(-1, edu_model_argument_of(3));
}

/* A message for each raise while a bit is set, new or not; the line stays up. */
TEST_F(edu, raise_without_a_bit_tells_nobody)
{
	write_both(&self->both, EDU_IRQ_RAISE, 0, 4);
	EXPECT_EQ(0, self->both.messages);
	write_both(&self->both, EDU_IRQ_RAISE, 1, 4);
	write_both(&self->both, EDU_IRQ_RAISE, 0, 4);
	EXPECT_EQ(2, self->both.messages);
	compare(_metadata, &self->both);
	write_both(&self->both, EDU_IRQ_ACK, ~1u, 4);
	EXPECT_TRUE(self->both.line);
	write_both(&self->both, EDU_IRQ_ACK, 1, 4);
	EXPECT_FALSE(self->both.line);
	compare(_metadata, &self->both);
}

TEST_F(edu, command_locks_its_registers_and_takes_its_time)
{
	write_both(&self->both, EDU_DMA_SRC, 0x1000, 8);
	write_both(&self->both, EDU_DMA_DST, EDU_BUFFER, 8);
	write_both(&self->both, EDU_DMA_COUNT, 4096, 4);
	EXPECT_EQ(0, edu_model_write(&self->both.state, EDU_DMA_COMMAND, EDU_DMA_IRQ, 8));
	EXPECT_EQ(EDU_STARTS_DMA,
		  edu_model_write(&self->both.state, EDU_DMA_COMMAND,
				  EDU_DMA_RUN | EDU_DMA_IRQ, 8));
	oracle_write(&self->both.oracle, EDU_DMA_COMMAND, EDU_DMA_RUN | EDU_DMA_IRQ, 8);
	EXPECT_EQ(EDU_DMA_DELAY_US, self->both.state.dma_remaining_us);
	write_both(&self->both, EDU_DMA_SRC, 0x2000, 8);
	write_both(&self->both, EDU_DMA_COMMAND, EDU_DMA_RUN, 8);
	compare(_metadata, &self->both);
	transfer_both(_metadata, &self->both);
	compare(_metadata, &self->both);
	EXPECT_EQ(0, memcmp(self->both.memory, self->both.state.buffer, 4096));
}

/* ---- by chance ---- */

static uint32_t chance(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint64_t)*seed * below >> 32;
}

static uint64_t some_value(uint32_t *seed)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 4, 5, 7, 0x80, 0x81, 0x100, 10, 33, 34, 4096, 4095,
		0x40000, 0x40001, 0x40fff, 0x41000, 0x41001, 0x3ffff, 0x12345678,
		UINT32_MAX, UINT64_MAX, 1ull << 32, (1ull << 32) | 0x40000,
	};

	return values[chance(seed, sizeof(values) / sizeof(*values))];
}

TEST_F_TIMEOUT(edu, any_accesses_have_the_same_result, 120)
{
	unsigned int i, moved = 0;
	uint32_t seed = 22;

	for (i = 0; i < STEPS; i++) {
		uint32_t width = 1 << chance(&seed, 4);
		uint32_t at = width < 4 ? chance(&seed, 0x100) & ~(width - 1) :
					  map[chance(&seed, 11)].at;

		if (width == 8)
			at &= ~7u;
		if (chance(&seed, 4))
			write_both(&self->both, at, some_value(&seed), width);
		compare_read(_metadata, &self->both, at, width);
		if (!chance(&seed, 8))
			compute_both(&self->both);
		if (!chance(&seed, 8)) {
			moved += inside(&self->both.oracle) >= 0;
			transfer_both(_metadata, &self->both);
		}
		if (!chance(&seed, 64))
			compare(_metadata, &self->both);
	}
	compare(_metadata, &self->both);
	/* Or the engine was hardly tried. */
	EXPECT_GT(moved, 1000);
}

TEST_HARNESS_MAIN
