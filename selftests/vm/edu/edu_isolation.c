// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing of one user is left for the next, whatever the device was doing and
 * whatever state it was in, and neither is it left over by a reset.
 *
 * The hardware keeps everything across a bus reset, and on the root bus there
 * is not even that.
 */
#include "kselftest_harness.h"

#include <string.h>
#include <unistd.h>

#include "edu_view.h"

FIXTURE(isolation)
{
	struct edu edu;
	struct edu clock;
};

FIXTURE_VARIANT(isolation)
{
	bool on_root_bus;
	enum edu_irq irq;
};

FIXTURE_VARIANT_ADD(isolation, behind_port)
{
	.irq = EDU_MSI,
};

FIXTURE_VARIANT_ADD(isolation, behind_port_intx)
{
	.irq = EDU_INTX,
};

FIXTURE_VARIANT_ADD(isolation, on_root_bus)
{
	.on_root_bus = true, .irq = EDU_MSI,
};

FIXTURE_VARIANT_ADD(isolation, on_root_bus_intx)
{
	.on_root_bus = true, .irq = EDU_INTX,
};

static int open_edu(struct edu *edu, bool on_root_bus, enum edu_irq irq)
{
	int ret = open_nth(edu, 0, on_root_bus);

	return ret ? ret : edu_enable_irq(edu, irq);
}

FIXTURE_SETUP(isolation)
{
	ASSERT_EDU(&self->clock, open_nth(&self->clock, 1, false));
	ASSERT_EDU(&self->edu, open_edu(&self->edu, variant->on_root_bus,
					variant->irq));
}

FIXTURE_TEARDOWN(isolation)
{
	edu_close(&self->edu);
	edu_close(&self->clock);
}

static const uint32_t states[] = {
	VFIO_MIG_RUNNING, VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP,
	VFIO_MIG_STOP_COPY, VFIO_MIG_RESUMING,
};

#define STATES	(sizeof(states) / sizeof(*states))

/* Everything there is, and work that goes on for a while. */
static void use(struct __test_metadata *_metadata, struct edu *edu)
{
	uint8_t bytes[EDU_BUFFER_SIZE];

	make_pattern(bytes, sizeof(bytes), 1);
	ASSERT_EQ(0, edu_fill_buffer(edu, bytes));
	edu_set(edu, EDU_LIVENESS, 0x5ec2e700);
	edu_set(edu, EDU_IRQ_RAISE, 0x80000000);
	EXPECT_EQ(1, edu_wait_irq(edu, EDU_TIMEOUT_MS));
	start_factorial(edu, LONG_FACTORIAL, true);
	edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, EDU_DMA_IRQ);
}

/* As it came from the factory, and nothing comes any more. */
static void expect_fresh(struct __test_metadata *_metadata, struct edu *edu,
			 struct edu *clock)
{
	const struct edu_view power_on = { 0 };
	uint8_t bytes[EDU_BUFFER_SIZE];
	struct edu_view view;

	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(edu));
	edu_look(edu, &view);
	EXPECT_SAME_VIEW(&view, &power_on);
	memset(edu->memory, 0, EDU_MEMORY_SIZE);
	EXPECT_EQ(0, count_irqs(edu, clock, 0));
	let_factorial_pass(clock);
	EXPECT_TRUE(all_zero(edu->memory, EDU_MEMORY_SIZE));
	EXPECT_EQ(0, edu_count_irq(edu));
	edu_look(edu, &view);
	EXPECT_SAME_VIEW(&view, &power_on);
	memset(edu->memory, 0xff, EDU_MEMORY_SIZE);
	EXPECT_EQ(0, edu_dump_buffer(edu, bytes));
	EXPECT_TRUE(all_zero(bytes, sizeof(bytes)));
}

/* It works, and interrupts: once, not more. */
static void expect_useful(struct __test_metadata *_metadata, struct edu *edu,
			  struct edu *clock)
{
	start_factorial(edu, 10, true);
	EXPECT_EQ(1, count_irqs(edu, clock, 1));
	EXPECT_EQ(3628800, edu_get(edu, EDU_FACTORIAL));
	EXPECT_EQ(EDU_IRQ_FACTORIAL, edu_get(edu, EDU_IRQ_STATUS));
	edu_set(edu, EDU_IRQ_ACK, UINT32_MAX);
}

TEST_F_TIMEOUT(isolation, next_user_finds_a_fresh_device, 240)
{
	struct edu *edu = &self->edu;
	unsigned int i;
	int data_fd;

	for (i = 0; i < STATES; i++) {
		use(_metadata, edu);
		ASSERT_EQ(0, go_to(edu, states[i], &data_fd));
		edu_close(edu);
		close(data_fd);
		ASSERT_EDU(edu, open_edu(edu, variant->on_root_bus,
					 variant->irq));
		expect_fresh(_metadata, edu, &self->clock);
		expect_useful(_metadata, edu, &self->clock);
		if (variant->irq == EDU_INTX)
			EXPECT_EDU(edu, edu_unmask_intx(edu));
	}
}

/* Messages that were sent before the reset may still come after it. */
static void reset(struct __test_metadata *_metadata, struct edu *edu,
		  struct edu *clock)
{
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	let_dma_pass(clock);
	if (edu->irq == EDU_INTX)
		EXPECT_EDU(edu, edu_unmask_intx(edu));
	edu_count_irq(edu);
}

TEST_F_TIMEOUT(isolation, reset_leaves_a_fresh_device, 240)
{
	struct edu *edu = &self->edu;
	unsigned int i;
	int data_fd;

	for (i = 0; i < STATES; i++) {
		use(_metadata, edu);
		ASSERT_EQ(0, go_to(edu, states[i], &data_fd));
		reset(_metadata, edu, &self->clock);
		close(data_fd);
		expect_fresh(_metadata, edu, &self->clock);
		expect_useful(_metadata, edu, &self->clock);
		if (variant->irq == EDU_INTX)
			EXPECT_EDU(edu, edu_unmask_intx(edu));
	}
}

/* With no interrupt enabled a raise pulls the line; MSI does not let it go. */
TEST_F_TIMEOUT(isolation, reset_lets_go_of_a_line_that_msi_hides, 120)
{
	struct edu *edu = &self->edu;

	EXPECT_EDU(edu, edu_disable_irq(edu));
	edu_set(edu, EDU_IRQ_RAISE, 1);
	ASSERT_EDU(edu, edu_enable_irq(edu, EDU_MSI));
	ASSERT_EDU(edu, vfiomig_reset(edu->dev, &edu->error));
	EXPECT_EDU(edu, edu_disable_irq(edu));
	ASSERT_EDU(edu, edu_enable_irq(edu, EDU_INTX));
	EXPECT_EQ(0, count_irqs(edu, &self->clock, 0));
	EXPECT_EQ(0, edu_get(edu, EDU_IRQ_STATUS));
}

/* A user of the bare hardware leaves its own DMA engine at work. */
TEST_F_TIMEOUT(isolation, what_plain_vfio_pci_left_is_gone, 120)
{
	struct edu *edu = &self->edu;
	char bdf[64];

	memcpy(bdf, edu->bdf, sizeof(bdf));
	edu_close(edu);
	ASSERT_EDU(edu, edu_open_driver(edu, bdf, "vfio-pci"));
	ASSERT_EDU(edu, edu_enable_irq(edu, variant->irq));
	use(_metadata, edu);
	edu_close(edu);
	ASSERT_EDU(edu, open_edu(edu, variant->on_root_bus, variant->irq));
	expect_fresh(_metadata, edu, &self->clock);
	expect_useful(_metadata, edu, &self->clock);
}

TEST_HARNESS_MAIN
