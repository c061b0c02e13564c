// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU's bochs-display: memory that users map, which the core sees to, and registers that
 * can all be read and set.  Documentation/bochs.md says what each arc means for it.
 */
#include <linux/io.h>
#include <linux/vfio_mig_pci.h>

#include "regs.h"

#define SECTION_REGISTERS	0x62640001
#define SECTION_MEMORY		0x62640002

/**
 * struct bochs_registers - all that can be read and set
 * @mode: By BOCHS_XRES and so on; 0 is not used.
 * @byte_order: BOCHS_LITTLE_ENDIAN or BOCHS_BIG_ENDIAN.
 */
struct bochs_registers {
	u16 mode[BOCHS_NR_MODE];
	u32 byte_order;
};

/**
 * struct bochs_device - a display
 * @pci: vfio-pci's part and the migration core's; first.
 * @saved: The registers, while the device stands still.
 * @due: @saved has not reached the hardware yet; under state_lock.
 */
struct bochs_device {
	struct vfio_mig_pci_device pci;
	struct bochs_registers saved;
	bool due;
};

static bool trust_dma;
module_param_named(dma_compare, trust_dma, invbool, 0644);
MODULE_PARM_DESC(dma_compare,
		 "Compare all of the memory when a device stops, for DMA by others (default Y)");

static struct bochs_device *bochs_of(struct vfio_mig_device *mig)
{
	return container_of(mig, struct bochs_device, pci.mig);
}

static void __iomem *registers_of(struct bochs_device *bochs)
{
	return bochs->pci.bar[BOCHS_REGISTERS_BAR];
}

/*
 * QEMU's secondary-vga has the same ids, class and BARs, and all registers of a
 * bochs-display; and VGA's, which would be neither saved nor scrubbed.  So those
 * are looked for first.
 */
static bool recognize(const void __iomem *registers)
{
	return ioread8(registers + BOCHS_VGA_PORT) == BOCHS_NO_VGA &&
	       ioread16(registers + BOCHS_MODE + 2 * BOCHS_ID) ==
			BOCHS_ID_VALUE &&
	       ioread32(registers + BOCHS_EXTENDED) == BOCHS_EXTENDED_SIZE;
}

/* ---- what a user writes ---- */

/* Width, height and depth of the picture, and whether there is one. */
static u64 geometry_of(struct bochs_device *bochs)
{
	void __iomem *mode = registers_of(bochs) + BOCHS_MODE;
	u64 geometry = 0;
	unsigned int i;

	for (i = BOCHS_XRES; i <= BOCHS_ENABLE; i++)
		geometry = geometry << 16 | ioread16(mode + 2 * i);
	return geometry;
}

/*
 * A picture of another size or depth is drawn anew, all of it: what was sent of
 * the old one was in vain.  Moving about in the memory, as those do who draw one
 * picture while another is shown, is no such thing.
 */
static int write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	struct bochs_device *bochs = bochs_of(mig);
	u64 before = geometry_of(bochs);

	if (width == 4)
		iowrite32(value, registers_of(bochs) + reg);
	else if (width == 2)
		iowrite16(value, registers_of(bochs) + reg);
	else
		iowrite8(value, registers_of(bochs) + reg);
	if (geometry_of(bochs) != before)
		vfio_mig_reinit(mig);
	return 0;
}

/* ---- arcs ---- */

/* Two mode registers at a time, as each access takes long.  The first is no state. */
static void read_registers(struct bochs_device *bochs)
{
	struct bochs_registers *saved = &bochs->saved;
	void __iomem *registers = registers_of(bochs);
	unsigned int i;
	u32 two;

	for (i = 0; i < BOCHS_NR_MODE; i += 2) {
		two = ioread32(registers + BOCHS_MODE + 2 * i);
		saved->mode[i] = two;
		saved->mode[i + 1] = two >> 16;
	}
	saved->mode[BOCHS_ID] = 0;
	saved->byte_order = ioread32(registers + BOCHS_BYTE_ORDER);
}

static int running_p2p_to_stop(struct vfio_mig_device *mig)
{
	int ret;

	ret = vfio_mig_access_begin(mig);
	if (ret)
		return ret;
	read_registers(bochs_of(mig));
	ret = vfio_mig_access_check(mig);
	vfio_mig_access_end(mig);
	return ret;
}

/* ENABLE comes last, so that no picture is shown in half a mode. */
static int set_registers(struct bochs_device *bochs)
{
	const struct bochs_registers *saved = &bochs->saved;
	void __iomem *registers = registers_of(bochs);
	void __iomem *mode = registers + BOCHS_MODE;
	unsigned int i;
	int ret;

	ret = vfio_mig_access_begin(&bochs->pci.mig);
	if (ret)
		return ret;
	iowrite16(0, mode + 2 * BOCHS_ENABLE);
	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		if (i != BOCHS_ENABLE)
			iowrite16(saved->mode[i], mode + 2 * i);
	iowrite32(saved->byte_order, registers + BOCHS_BYTE_ORDER);
	iowrite16(saved->mode[BOCHS_ENABLE], mode + 2 * BOCHS_ENABLE);
	vfio_mig_access_end(&bochs->pci.mig);
	return 0;
}

/* If the hardware cannot be reached now, it will be when the device runs. */
static void load(struct vfio_mig_device *mig)
{
	bochs_of(mig)->due = set_registers(bochs_of(mig));
}

static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	struct bochs_device *bochs = bochs_of(mig);
	int ret = bochs->due ? set_registers(bochs) : 0;

	bochs->due = ret;
	return ret;
}

/* A reset of the bus does not bring it about. */
static int scrub(struct vfio_mig_device *mig)
{
	struct bochs_device *bochs = bochs_of(mig);

	mutex_lock(&mig->lock);
	vfio_mig_power_on(mig);
	mutex_unlock(&mig->lock);
	bochs->due = false;
	return set_registers(bochs);
}

/* ---- what is declared ---- */

#define FIELD(label, member, ...)					\
	VFIO_MIG_FIELD(label, struct bochs_registers, member, ##__VA_ARGS__)

static const u64 byte_orders[] = { BOCHS_LITTLE_ENDIAN, BOCHS_BIG_ENDIAN };

static const struct vfio_mig_field registers[] = {
	FIELD("xres", mode[BOCHS_XRES]),
	FIELD("yres", mode[BOCHS_YRES]),
	FIELD("bpp", mode[BOCHS_BPP]),
	FIELD("enable", mode[BOCHS_ENABLE]),
	FIELD("bank", mode[BOCHS_BANK]),
	FIELD("virt_width", mode[BOCHS_VIRT_WIDTH]),
	FIELD("virt_height", mode[BOCHS_VIRT_HEIGHT]),
	FIELD("x_offset", mode[BOCHS_X_OFFSET]),
	FIELD("y_offset", mode[BOCHS_Y_OFFSET]),
	VFIO_MIG_PAD(2),
	FIELD("byte_order", byte_order, .hex = true, .one_of = byte_orders,
	      .nr_one_of = ARRAY_SIZE(byte_orders),
	      .initial = BOCHS_LITTLE_ENDIAN),
};

static const struct vfio_mig_section sections[] = {
	{ "registers", SECTION_REGISTERS, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(registers), .always = true },
	{ "memory", SECTION_MEMORY, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_PCI_MEMORY, .always = true },
};

static const struct vfio_mig_geometry geometry[] = {
	{ "memory bytes", vfio_mig_memory_bytes },
	{}
};

/* By its class too: who looks for a VGA's driver by alias is not sent here. */
static const struct pci_device_id ids[] = {
	{
		PCI_DRIVER_OVERRIDE_DEVICE_VFIO(BOCHS_VENDOR, BOCHS_DEVICE),
		.class = BOCHS_CLASS << 8,
		.class_mask = 0xffff00,
	},
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct vfio_mig_pci_driver bochs_driver = {
	.name = "bochs-display",
	.ids = ids,
	.size = sizeof(struct bochs_device),
	.class = BOCHS_CLASS,
	.bars = {
		[BOCHS_MEMORY_BAR] = {
			.least = PAGE_SIZE,
			.most = VFIO_MIG_BULK_MAX,
			.memory = true,
		},
		[BOCHS_REGISTERS_BAR] = {
			.least = BOCHS_REGISTERS_SIZE,
			.most = BOCHS_REGISTERS_SIZE,
			.write = write,
		},
	},
	.register_bar = BOCHS_REGISTERS_BAR,
	.recognize = recognize,
	.trust_dma = &trust_dma,
	.ops = {
		.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
			    VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG,
		VFIO_MIG_STATE(struct bochs_device, saved),
		VFIO_MIG_SECTIONS(sections),
		.stream = VFIO_MIG_STREAM_XXH64,
		.geometry = geometry,
		.arc[VFIO_MIG_RUNNING_P2P_TO_STOP] = running_p2p_to_stop,
		.arc[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		.scrub = scrub,
		.load = load,
	},
};
module_vfio_mig_pci_driver(bochs_driver);

MODULE_DESCRIPTION("VFIO driver with migration for QEMU's bochs-display");
MODULE_LICENSE("GPL");
