// SPDX-License-Identifier: GPL-2.0
/*
 * Config space of an edu in software beside that of QEMU's on plain vfio-pci: the same at
 * first, and after any write, but for what differs between two of QEMU's as well.  The
 * first of VFIO_MIG_EDU is the bare one, the second the other.
 */
#include "kselftest_harness.h"

#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common.h"

#define CONFIG	VFIO_PCI_CONFIG_REGION_INDEX
#define MSI	0x40
#define END	0x4e	/* of what there is behind the header */

FIXTURE(config)
{
	struct edu bare;
	struct edu edu;
};

FIXTURE_SETUP(config)
{
	char bdf[64];

	ASSERT_EQ(0, edu_find(0, false, bdf, sizeof(bdf)));
	ASSERT_EDU(&self->bare, edu_open_driver(&self->bare, bdf, "vfio-pci"));
	ASSERT_EQ(0, edu_find(1, false, bdf, sizeof(bdf)));
	ASSERT_EDU(&self->edu, edu_open(&self->edu, bdf));
}

FIXTURE_TEARDOWN(config)
{
	edu_close(&self->bare);
	edu_close(&self->edu);
}

static uint32_t get(struct edu *edu, uint32_t at, uint32_t width)
{
	uint32_t value = 0;

	vfiomig_read(edu->dev, CONFIG, at, &value, width, &edu->error);
	return value;
}

static void set(struct edu *edu, uint32_t at, uint32_t value, uint32_t width)
{
	vfiomig_write(edu->dev, CONFIG, at, &value, width, &edu->error);
}

/* Where the two have to be the same. */
static uint8_t compared(uint32_t at)
{
	switch (at) {
	/* Where firmware and kernel have put something. */
	case PCI_COMMAND:
		return ~PCI_COMMAND_IO;
	case PCI_COMMAND + 1:
		return ~(PCI_COMMAND_SERR >> 8);
	case PCI_INTERRUPT_LINE:
	case PCI_BASE_ADDRESS_0 ... PCI_BASE_ADDRESS_0 + 3:
		return 0;
	case MSI + PCI_MSI_ADDRESS_LO ... END - 1:
		return 0;
	default:
		return 0xff;
	}
}

static void compare(struct __test_metadata *_metadata, struct edu *bare,
		    struct edu *edu)
{
	uint32_t at;

	for (at = 0; at < END; at++)
		EXPECT_EQ(get(bare, at, 1) & compared(at),
			  get(edu, at, 1) & compared(at)) {
			TH_LOG("at %#x", at);
		}
}

TEST_F(config, same_at_first)
{
	compare(_metadata, &self->bare, &self->edu);
}

static const uint32_t values[] = { 0, 0xffffffff, 0xaaaaaaaa, 0x55555555 };

/* Each register by 4 bytes; what is not the device's has to be brought back. */
TEST_F(config, same_bits_can_be_written)
{
	uint32_t at, before, i;

	for (at = 0; at < END - 2; at += 4) {
		before = get(&self->bare, at, 4);
		for (i = 0; i < 4; i++) {
			set(&self->bare, at, values[i], 4);
			set(&self->edu, at, values[i], 4);
			EXPECT_EQ(get(&self->bare, at, 4), get(&self->edu, at, 4)) {
				TH_LOG("%#x at %#x", values[i], at);
			}
		}
		set(&self->bare, at, before, 4);
		set(&self->edu, at, before, 4);
	}
}

TEST_F(config, size_of_the_bar_is_found_in_the_same_way)
{
	set(&self->bare, PCI_BASE_ADDRESS_0, 0xffffffff, 4);
	set(&self->edu, PCI_BASE_ADDRESS_0, 0xffffffff, 4);
	EXPECT_EQ(0xfff00000, get(&self->bare, PCI_BASE_ADDRESS_0, 4));
	EXPECT_EQ(0xfff00000, get(&self->edu, PCI_BASE_ADDRESS_0, 4));
}

/* VFIO's calls switch it on; only then the bit can be set. */
TEST_F(config, msi_s_enable_is_vfio_s)
{
	ASSERT_EDU(&self->bare, edu_enable_irq(&self->bare, EDU_MSI));
	ASSERT_EDU(&self->edu, edu_enable_irq(&self->edu, EDU_MSI));
	set(&self->bare, MSI + PCI_MSI_FLAGS, 1, 2);
	set(&self->edu, MSI + PCI_MSI_FLAGS, 1, 2);
	EXPECT_EQ(get(&self->bare, MSI + PCI_MSI_FLAGS, 2),
		  get(&self->edu, MSI + PCI_MSI_FLAGS, 2));
}

/* The status of a line that is up. */
TEST_F(config, interrupt_is_in_the_status)
{
	unsigned int up;

	for (up = 1; up < 3; up++) {
		edu_set(&self->bare, up & 1 ? EDU_IRQ_RAISE : EDU_IRQ_ACK, 1);
		edu_set(&self->edu, up & 1 ? EDU_IRQ_RAISE : EDU_IRQ_ACK, 1);
		EXPECT_EQ(get(&self->bare, PCI_STATUS, 2),
			  get(&self->edu, PCI_STATUS, 2)) {
			TH_LOG("line %s", up & 1 ? "up" : "down");
		}
	}
}

TEST_HARNESS_MAIN
