// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that traps BAR0 of a display, but for two parts that users map: there is its
 * memory.  Elsewhere are registers that are the driver's alone.
 */
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/vfio_mig_pci.h>

#define SECTION_WORDS	0x70610001

struct parts_state {
	u8 words[64];
};

struct parts {
	struct vfio_mig_pci_device pci;
	struct parts_state state;
};

static u32 *word_at(struct vfio_mig_device *mig, u32 reg)
{
	struct parts *parts = container_of(mig, struct parts, pci.mig);

	return (u32 *)&parts->state.words[reg % sizeof(parts->state.words) & ~3];
}

static u64 read(struct vfio_mig_device *mig, u32 reg, u32 width)
{
	return *word_at(mig, reg);
}

static int write(struct vfio_mig_device *mig, u32 reg, u64 value, u32 width)
{
	*word_at(mig, reg) = value;
	return 0;
}

static int scrub(struct vfio_mig_device *mig)
{
	mutex_lock(&mig->lock);
	vfio_mig_power_on(mig);
	mutex_unlock(&mig->lock);
	return 0;
}

static const struct vfio_mig_field fields[] = {
	VFIO_MIG_FIELD("words", struct parts_state, words),
};

static const struct vfio_mig_section sections[] = {
	{ "words", SECTION_WORDS, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(fields), .always = true },
};

static const struct vfio_mig_pci_part mapped[] = {
	{ .at = SZ_8K, .bytes = SZ_8K },
	{ .at = SZ_32K, .bytes = SZ_4K },
};

static bool recognize(const void __iomem *registers)
{
	return true;
}

/* None by name: it is nobody's first choice while it is loaded. */
static const struct pci_device_id ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

static struct vfio_mig_pci_driver parts_driver = {
	.name = "display in parts",
	.ids = ids,
	.size = sizeof(struct parts),
	.bars[0] = { .least = SZ_64K, .most = VFIO_MIG_BULK_MAX, .read = read,
		     .write = write, VFIO_MIG_MAPPED(mapped) },
	.recognize = recognize,
	.ops = {
		.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P,
		VFIO_MIG_STATE(struct parts, state),
		VFIO_MIG_SECTIONS(sections),
		.scrub = scrub,
	},
};
module_vfio_mig_pci_driver(parts_driver);

MODULE_DESCRIPTION("VFIO driver with migration for a BAR that is trapped in part");
MODULE_LICENSE("GPL");
