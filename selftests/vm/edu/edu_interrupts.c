// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of a mediated edu against those of the bare hardware: when one
 * comes, when none does, and what the status says.
 */
#include "kselftest_harness.h"

#include "edu_twins.h"

FIXTURE(interrupts)
{
	struct twins twins;
};

FIXTURE_VARIANT(interrupts)
{
	enum edu_irq irq;
};

FIXTURE_VARIANT_ADD(interrupts, intx)
{
	.irq = EDU_INTX,
};

FIXTURE_VARIANT_ADD(interrupts, msi)
{
	.irq = EDU_MSI,
};

FIXTURE_SETUP(interrupts)
{
	struct twins *twins = &self->twins;

	ASSERT_EQ(0, twins_open(twins));
	ASSERT_EDU(&twins->bare, edu_enable_irq(&twins->bare, variant->irq));
	ASSERT_EDU(&twins->edu, edu_enable_irq(&twins->edu, variant->irq));
}

FIXTURE_TEARDOWN(interrupts)
{
	twins_close(&self->twins);
}

/* Each device's own DMA says when an interrupt would have come. */
static void expect_irqs(struct __test_metadata *_metadata, struct twins *twins,
			uint64_t expected)
{
	EXPECT_EQ(expected, count_irqs(&twins->bare, &twins->bare, expected));
	EXPECT_EQ(expected, count_irqs(&twins->edu, &twins->edu, expected));
	EXPECT_TWINS(twins);
}

static void unmask(struct twins *twins, enum edu_irq irq)
{
	if (irq != EDU_INTX)
		return;
	edu_unmask_intx(&twins->bare);
	edu_unmask_intx(&twins->edu);
}

TEST_F_TIMEOUT(interrupts, raise_and_ack_act_equally, 120)
{
	struct twins *twins = &self->twins;
	bool msi = variant->irq == EDU_MSI;

	twins_set(twins, EDU_IRQ_RAISE, 0);
	expect_irqs(_metadata, twins, 0);
	twins_set(twins, EDU_IRQ_RAISE, 0x80000001);
	expect_irqs(_metadata, twins, 1);
	/* A level that is up already tells nothing new; a message does. */
	twins_set(twins, EDU_IRQ_RAISE, 0);
	expect_irqs(_metadata, twins, msi);
	twins_set(twins, EDU_IRQ_RAISE, 2);
	expect_irqs(_metadata, twins, msi);
	twins_set(twins, EDU_IRQ_ACK, 1);
	expect_irqs(_metadata, twins, 0);
	EXPECT_EQ(0x80000002, edu_get(&twins->edu, EDU_IRQ_STATUS));
	unmask(twins, variant->irq);
	expect_irqs(_metadata, twins, !msi);
	twins_set(twins, EDU_IRQ_ACK, UINT32_MAX);
	unmask(twins, variant->irq);
	expect_irqs(_metadata, twins, 0);
	twins_set(twins, EDU_IRQ_RAISE, 0);
	expect_irqs(_metadata, twins, 0);
	EXPECT_EQ(0, edu_get(&twins->edu, EDU_IRQ_STATUS));
}

TEST_F_TIMEOUT(interrupts, factorial_interrupts_if_asked_to, 120)
{
	struct twins *twins = &self->twins;

	twins_set(twins, EDU_FACTORIAL, 7);
	expect_irqs(_metadata, twins, 0);
	twins_set(twins, EDU_STATUS, EDU_STATUS_IRQ);
	expect_irqs(_metadata, twins, 0);
	twins_set(twins, EDU_FACTORIAL, 8);
	expect_irqs(_metadata, twins, 1);
	EXPECT_EQ(EDU_IRQ_FACTORIAL, edu_get(&twins->edu, EDU_IRQ_STATUS));
}

static void arm(struct edu *edu, uint32_t before, uint32_t meanwhile)
{
	edu_set(edu, EDU_STATUS, before);
	edu_set(edu, EDU_FACTORIAL, LONG_FACTORIAL);
	edu_set(edu, EDU_STATUS, meanwhile);
}

TEST_F_TIMEOUT(interrupts, factorial_can_be_asked_while_it_computes, 120)
{
	struct twins *twins = &self->twins;

	arm(&twins->bare, 0, EDU_STATUS_IRQ);
	arm(&twins->edu, 0, EDU_STATUS_IRQ);
	twins_wait(twins);
	expect_irqs(_metadata, twins, 1);
	twins_set(twins, EDU_IRQ_ACK, UINT32_MAX);
	unmask(twins, variant->irq);
	arm(&twins->bare, EDU_STATUS_IRQ, 0);
	arm(&twins->edu, EDU_STATUS_IRQ, 0);
	twins_wait(twins);
	expect_irqs(_metadata, twins, 0);
}

TEST_HARNESS_MAIN
