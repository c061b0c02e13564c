// SPDX-License-Identifier: GPL-2.0
/*
 * The DMA engine, mediated, against the bare hardware's: the same commands move
 * the same bytes, and complete alike.
 */
#include "kselftest_harness.h"

#include <linux/pci_regs.h>
#include <string.h>
#include <sys/mman.h>

#include "edu_twins.h"

#define PAGE		4096ull
#define BUFFER		((uint64_t)EDU_BUFFER)
#define BUFFER_END	(BUFFER + EDU_BUFFER_SIZE)
#define MEMORY		((uint64_t)EDU_MEMORY_IOVA)
#define MEMORY_END	(MEMORY + EDU_MEMORY_SIZE)
#define ISLAND		(MEMORY_END + 16 * PAGE)	/* a page by itself */
#define MASK		0xfffffffull			/* the device's */
#define BEYOND		(MASK + 1)
#define TOP		(BEYOND - PAGE)			/* two pages */

#define TO_MEMORY	(EDU_DMA_RUN | EDU_DMA_TO_MEMORY)
#define FROM_MEMORY	EDU_DMA_RUN

/* The last page of the memory is for looking into the buffer. */
#define COMPARED	(EDU_MEMORY_SIZE - PAGE)
#define EXTRA		(3 * PAGE)

/**
 * struct scene - both devices
 * @twins: They.
 * @bare_extra: Pages of the bare one, besides those that each has anyway.
 * @extra: Those of the other.
 */
struct scene {
	struct twins twins;
	uint8_t *bare_extra;
	uint8_t *extra;
};

FIXTURE(dma)
{
	struct scene scene;
};

static int map_extra(struct edu *edu, uint8_t **extra)
{
	const uint32_t access = VFIOMIG_DMA_READ | VFIOMIG_DMA_WRITE;
	uint8_t *memory = mmap(NULL, EXTRA, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
			       -1, 0);
	int ret;

	if (memory == MAP_FAILED)
		return -1;
	*extra = memory;
	ret = vfiomig_dma_map(edu->dev, memory, ISLAND, PAGE, access,
			      &edu->error);
	if (!ret)
		ret = vfiomig_dma_map(edu->dev, memory + PAGE, TOP, 2 * PAGE,
				      access, &edu->error);
	return ret;
}

FIXTURE_SETUP(dma)
{
	struct twins *twins = &self->scene.twins;
	struct scene *scene = &self->scene;

	ASSERT_EQ(0, twins_open(twins));
	ASSERT_EDU(&twins->bare, map_extra(&twins->bare, &scene->bare_extra));
	ASSERT_EDU(&twins->edu, map_extra(&twins->edu, &scene->extra));
	ASSERT_EDU(&twins->bare, edu_enable_irq(&twins->bare, EDU_MSI));
	ASSERT_EDU(&twins->edu, edu_enable_irq(&twins->edu, EDU_MSI));
}

FIXTURE_TEARDOWN(dma)
{
	twins_close(&self->scene.twins);
	munmap(self->scene.bare_extra, EXTRA);
	munmap(self->scene.extra, EXTRA);
}

/**
 * struct command - what is written to the registers
 * @moves: Whether bytes are to move, or not one.
 */
struct command {
	const char *name;
	uint64_t src;
	uint64_t dst;
	uint64_t count;
	uint64_t command;
	bool moves;
};

static void prepare_one(struct __test_metadata *_metadata, struct edu *edu,
			uint8_t *extra)
{
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), 1);
	ASSERT_EQ(0, edu_fill_buffer(edu, bytes));
	make_pattern(edu->memory, EDU_MEMORY_SIZE, 2);
	make_pattern(extra, EXTRA, 3);
}

static void prepare(struct __test_metadata *_metadata, struct scene *scene)
{
	prepare_one(_metadata, &scene->twins.bare, scene->bare_extra);
	prepare_one(_metadata, &scene->twins.edu, scene->extra);
}

static void start(struct scene *scene, const struct command *command)
{
	twins_set64(&scene->twins, EDU_DMA_SRC, command->src);
	twins_set64(&scene->twins, EDU_DMA_DST, command->dst);
	twins_set64(&scene->twins, EDU_DMA_COUNT, command->count);
	twins_set64(&scene->twins, EDU_DMA_COMMAND, command->command);
}

/* Memory, registers and buffer; and did anything move? */
static void compare(struct __test_metadata *_metadata, struct scene *scene,
		    bool moves)
{
	uint8_t bare[EDU_BUFFER_SIZE], edu[EDU_BUFFER_SIZE];
	struct twins *twins = &scene->twins;
	bool moved;

	EXPECT_TWINS(twins);
	EXPECT_EQ(0, memcmp(twins->bare.memory, twins->edu.memory, COMPARED));
	EXPECT_EQ(0, memcmp(scene->bare_extra, scene->extra, EXTRA));
	moved = !has_pattern(twins->edu.memory, COMPARED, 2) ||
		!has_pattern(scene->extra, EXTRA, 3);
	EXPECT_EQ(0, edu_dump_buffer(&twins->bare, bare));
	EXPECT_EQ(0, edu_dump_buffer(&twins->edu, edu));
	EXPECT_EQ(0, memcmp(bare, edu, sizeof(bare)));
	moved = moved || !has_pattern(edu, sizeof(edu), 1);
	EXPECT_EQ(moves, moved);
}

static void run(struct __test_metadata *_metadata, struct scene *scene,
		const struct command *command)
{
	prepare(_metadata, scene);
	start(scene, command);
	twins_wait(&scene->twins);
	if (command->command & EDU_DMA_IRQ) {
		EXPECT_EQ(1, edu_wait_irq(&scene->twins.bare, EDU_TIMEOUT_MS));
		EXPECT_EQ(1, edu_wait_irq(&scene->twins.edu, EDU_TIMEOUT_MS));
	}
	compare(_metadata, scene, command->moves);
	EXPECT_EQ(0, edu_count_irq(&scene->twins.bare));
	EXPECT_EQ(0, edu_count_irq(&scene->twins.edu));
	twins_set(&scene->twins, EDU_IRQ_ACK, UINT32_MAX);
	if (!__test_passed(_metadata))
		TH_LOG("failed by then: %s", command->name);
}

static void run_all(struct __test_metadata *_metadata, struct scene *scene,
		    const struct command *commands, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		run(_metadata, scene, &commands[i]);
}

#define RUN_ALL(commands) \
	run_all(_metadata, &self->scene, commands, \
		sizeof(commands) / sizeof(*(commands)))

/* ---- the commands ---- */

TEST_F_TIMEOUT(dma, bytes_move_within_the_buffer, 120)
{
	static const struct command commands[] = {
		{ "all, out", BUFFER, MEMORY, 4096, TO_MEMORY, true },
		{ "all, in", MEMORY, BUFFER, 4096, FROM_MEMORY, true },
		{ "with interrupt", BUFFER, MEMORY, 4096,
		  TO_MEMORY | EDU_DMA_IRQ, true },
		{ "in, with interrupt", MEMORY, BUFFER, 4096,
		  FROM_MEMORY | EDU_DMA_IRQ, true },
		{ "unknown bits", MEMORY, BUFFER, 64,
		  FROM_MEMORY | ~7ull, true },
		{ "first byte", BUFFER, MEMORY + 5, 1, TO_MEMORY, true },
		{ "last byte", MEMORY + 5, BUFFER_END - 1, 1, FROM_MEMORY,
		  true },
		{ "odd places", BUFFER + 13, MEMORY + 7, 1001, TO_MEMORY,
		  true },
		{ "a page's end, out", BUFFER + 1, MEMORY + PAGE - 3, 4095,
		  TO_MEMORY, true },
		{ "a page's end, in", MEMORY + PAGE - 3, BUFFER + 1, 4095,
		  FROM_MEMORY, true },
	};

	RUN_ALL(commands);
}

TEST_F_TIMEOUT(dma, nothing_moves_outside_of_the_buffer, 120)
{
	static const struct command commands[] = {
		{ "no bytes, out", BUFFER, MEMORY, 0, TO_MEMORY, false },
		{ "no bytes, in", MEMORY, BUFFER, 0, FROM_MEMORY, false },
		{ "no bytes at the end", BUFFER_END, MEMORY, 0,
		  TO_MEMORY | EDU_DMA_IRQ, false },
		{ "one at the end", BUFFER_END, MEMORY, 1,
		  TO_MEMORY | EDU_DMA_IRQ, false },
		{ "one too many, out", BUFFER + 1, MEMORY, 4096, TO_MEMORY,
		  false },
		{ "one too many, in", MEMORY, BUFFER + 1, 4096, FROM_MEMORY,
		  false },
		{ "one before, out", BUFFER - 1, MEMORY, 2, TO_MEMORY, false },
		{ "one before, in", MEMORY, BUFFER - 1, 2, FROM_MEMORY,
		  false },
		{ "a wrap, out", BUFFER, MEMORY, ~0ull, TO_MEMORY, false },
		{ "a wrap, in", MEMORY, ~0ull, 2, FROM_MEMORY, false },
		{ "the wrong way, out", MEMORY, BUFFER, 8, TO_MEMORY, false },
		{ "the wrong way, in", BUFFER, MEMORY, 8,
		  FROM_MEMORY | EDU_DMA_IRQ, false },
	};

	RUN_ALL(commands);
}

TEST_F_TIMEOUT(dma, what_is_not_mapped_reads_as_0_and_drops_writes, 120)
{
	static const struct command commands[] = {
		{ "nothing there, out", BUFFER, MEMORY_END, 4096, TO_MEMORY,
		  false },
		{ "nothing there, in", MEMORY_END, BUFFER, 4096,
		  FROM_MEMORY | EDU_DMA_IRQ, true },
		{ "the first half, out", BUFFER, ISLAND + PAGE / 2 + 3, 4000,
		  TO_MEMORY, true },
		{ "the first half, in", ISLAND + PAGE / 2 + 3, BUFFER, 4000,
		  FROM_MEMORY, true },
		{ "the second half, out", BUFFER, ISLAND - PAGE / 2 - 3, 4000,
		  TO_MEMORY, true },
		{ "the second half, in", ISLAND - PAGE / 2 - 3, BUFFER, 4000,
		  FROM_MEMORY, true },
		{ "at 0, in", 0, BUFFER, 16, FROM_MEMORY, true },
	};

	RUN_ALL(commands);
}

TEST_F_TIMEOUT(dma, addresses_are_clamped_at_their_start_only, 120)
{
	static const struct command commands[] = {
		{ "bit 28, out", BUFFER, MEMORY + BEYOND, 100, TO_MEMORY,
		  true },
		{ "bit 28, in", MEMORY + BEYOND, BUFFER, 100, FROM_MEMORY,
		  true },
		{ "bit 31", BUFFER, MEMORY | 1u << 31, 100, TO_MEMORY, true },
		{ "over the mask, out", BUFFER, MASK - 99, 200, TO_MEMORY,
		  true },
		{ "over the mask, in", MASK - 99, BUFFER, 200, FROM_MEMORY,
		  true },
	};
	static const struct command wide[] = {
		{ "all bits", BUFFER, MEMORY | ~MASK, 100, TO_MEMORY, true },
	};

	RUN_ALL(commands);
	if (self->scene.twins.wide)
		RUN_ALL(wide);
}

/* ---- around the commands ---- */

static void set_pci_command(struct scene *scene, uint16_t set,
			    uint16_t clear)
{
	struct edu *bare = &scene->twins.bare, *edu = &scene->twins.edu;

	vfiomig_pci_command(bare->dev, set, clear, &bare->error);
	vfiomig_pci_command(edu->dev, set, clear, &edu->error);
}

static void run_unmastered(struct __test_metadata *_metadata,
			   struct scene *scene,
			   const struct command *command)
{
	struct twins *twins = &scene->twins;

	prepare(_metadata, scene);
	set_pci_command(scene, 0, PCI_COMMAND_MASTER);
	start(scene, command);
	twins_wait(twins);
	EXPECT_EQ(EDU_IRQ_DMA, edu_get(&twins->edu, EDU_IRQ_STATUS));
	set_pci_command(scene, PCI_COMMAND_MASTER, 0);
	/* Its dump takes long enough for messages that should not come. */
	compare(_metadata, scene, command->moves);
	EXPECT_EQ(0, edu_count_irq(&twins->bare));
	EXPECT_EQ(0, edu_count_irq(&twins->edu));
	twins_set(twins, EDU_IRQ_ACK, UINT32_MAX);
}

TEST_F(dma, without_bus_mastering_no_byte_and_no_message_gets_out)
{
	static const struct command out = {
		"out", BUFFER, MEMORY, 4096, TO_MEMORY | EDU_DMA_IRQ, false
	};
	static const struct command in = {
		"in", MEMORY, BUFFER, 4096, FROM_MEMORY | EDU_DMA_IRQ, true
	};

	run_unmastered(_metadata, &self->scene, &out);
	run_unmastered(_metadata, &self->scene, &in);
}

TEST_F(dma, memory_decode_does_not_matter_to_a_command_under_way)
{
	static const struct command out = {
		"out", BUFFER, MEMORY, 4096, TO_MEMORY | EDU_DMA_IRQ, true
	};

	prepare(_metadata, &self->scene);
	start(&self->scene, &out);
	set_pci_command(&self->scene, 0, PCI_COMMAND_MEMORY);
	EXPECT_EQ(1, edu_wait_irq(&self->scene.twins.bare, EDU_TIMEOUT_MS));
	EXPECT_EQ(1, edu_wait_irq(&self->scene.twins.edu, EDU_TIMEOUT_MS));
	set_pci_command(&self->scene, PCI_COMMAND_MEMORY, 0);
	compare(_metadata, &self->scene, true);
}

/*
 * Both devices must have been running for all of it, or it says nothing: then
 * the machine was too slow, and it is tried again.
 */
static bool write_while_running(struct twins *twins)
{
	twins_set64(twins, EDU_DMA_SRC, BUFFER);
	twins_set64(twins, EDU_DMA_DST, MEMORY);
	twins_set64(twins, EDU_DMA_COUNT, 64);
	twins_set64(twins, EDU_DMA_COMMAND, TO_MEMORY);
	twins_set64(twins, EDU_DMA_SRC, 1);
	twins_set64(twins, EDU_DMA_DST, 2);
	twins_set(twins, EDU_DMA_COUNT, 3);
	twins_set64(twins, EDU_DMA_COMMAND, FROM_MEMORY | EDU_DMA_IRQ);
	twins_set64(twins, EDU_DMA_COMMAND, 0);
	return edu_get(&twins->bare, EDU_DMA_COMMAND) == TO_MEMORY &&
	       edu_get(&twins->edu, EDU_DMA_COMMAND) == TO_MEMORY;
}

TEST_F_TIMEOUT(dma, registers_are_locked_while_a_command_runs, 120)
{
	struct edu *edu = &self->scene.twins.edu;
	int tries = 100;

	while (!write_while_running(&self->scene.twins) && --tries)
		twins_wait(&self->scene.twins);
	ASSERT_LT(0, tries);
	twins_wait(&self->scene.twins);
	EXPECT_EQ(BUFFER, edu_get64(edu, EDU_DMA_SRC));
	EXPECT_EQ(MEMORY, edu_get64(edu, EDU_DMA_DST));
	EXPECT_EQ(64, edu_get64(edu, EDU_DMA_COUNT));
	EXPECT_EQ(EDU_DMA_TO_MEMORY, edu_get64(edu, EDU_DMA_COMMAND));
	EXPECT_TWINS(&self->scene.twins);
}

TEST_F(dma, command_without_run_is_ignored)
{
	struct twins *twins = &self->scene.twins;

	twins_set64(twins, EDU_DMA_COMMAND, TO_MEMORY);
	twins_wait(twins);
	twins_set64(twins, EDU_DMA_COMMAND, ~(uint64_t)EDU_DMA_RUN);
	EXPECT_EQ(EDU_DMA_TO_MEMORY, edu_get64(&twins->edu, EDU_DMA_COMMAND));
	EXPECT_TWINS(twins);
}

TEST_HARNESS_MAIN
