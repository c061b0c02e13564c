// SPDX-License-Identifier: GPL-2.0
/*
 * What edu_vfio_pci declares: its device, its arcs, its sections.  Documentation/edu.md
 * says what each arc means for the device, and has the rules of the sections.
 */
#include <linux/io.h>
#include <linux/module.h>

#include "edu.h"

u64 edu_dma_mask = DMA_BIT_MASK(28);
module_param_named(dma_mask, edu_dma_mask, ullong, 0444);
MODULE_PARM_DESC(dma_mask,
		 "The devices' dma_mask property (default 0xfffffff)");

/* Any minor version: what a driver of 1.0 knows is there. */
static bool recognize(const void __iomem *registers)
{
	return (ioread32(registers + EDU_ID) & EDU_ID_MASK) == EDU_ID_VALUE;
}

/* ---- arcs ---- */

/* Towards a peer that cannot be told of a pending command, it has to end. */
static int running_to_running_p2p(struct vfio_mig_device *mig)
{
	struct edu_device *edu = edu_from_mig(mig);
	int ret = 0;

	if (!(mig->behaviours & EDU_PENDING))
		ret = edu_dma_drain(edu);
	return ret ?: edu_dma_quiesce(edu, false);
}

static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	return edu_hw_thaw(edu_from_mig(mig), false);
}

/* ---- the stream ---- */

static const struct vfio_mig_field registers[] = {
	EDU_FIELD("liveness", liveness, .hex = true),
	EDU_FIELD("factorial", factorial),
	EDU_FIELD("status", status, .hex = true,
		  .mask = EDU_STATUS_COMPUTING | EDU_STATUS_IRQ),
	EDU_FIELD("interrupt", irq_status, .hex = true),
	EDU_FIELD("dma_src", dma_src, .hex = true),
	EDU_FIELD("dma_dst", dma_dst, .hex = true),
	EDU_FIELD("dma_count", dma_count),
	EDU_FIELD("dma_command", dma_command, .hex = true),
};

static const struct vfio_mig_field buffer[] = {
	EDU_FIELD("buffer", buffer),
};

static const struct vfio_mig_field dma[] = {
	EDU_FIELD("remaining_us", dma_remaining_us, .most = EDU_DMA_DELAY_US),
	VFIO_MIG_PAD(4),
};

static const struct vfio_mig_section sections[] = {
	{ "registers", EDU_SECTION_REGISTERS, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(registers), .always = true },
	{ "buffer", EDU_SECTION_BUFFER, VFIO_MIG_FRAME_REQUIRED,
	  VFIO_MIG_FIELDS(buffer), .live = true },
	{ "dma", EDU_SECTION_DMA, VFIO_MIG_FRAME_REQUIRED, EDU_PENDING,
	  VFIO_MIG_FIELDS(dma), .if_field = "dma_command", .if_bits = EDU_DMA_RUN },
};

static const struct vfio_mig_behaviour behaviours[] = {
	{ EDU_PENDING, "dma-pending", "a DMA command is pending" },
};

static const u64 buffer_bytes = EDU_BUFFER_SIZE;

static const struct vfio_mig_geometry geometry[] = {
	{ "dma mask", NULL, &edu_dma_mask, "load edu_vfio_pci with dma_mask=%#llx" },
	{ "buffer bytes", NULL, &buffer_bytes },
	{}
};

static int check(struct vfio_mig_device *mig, const void *state,
		 struct vfio_mig_refusal *why)
{
	const struct edu_state *edu = state;

	if (edu->status & EDU_STATUS_COMPUTING ||
	    edu_hw_argument_of(edu->factorial) >= 0)
		return 0;
	return vfio_mig_refuse(why, -EINVAL, EDU_SECTION_REGISTERS,
			       "section registers: %u is no factorial modulo 2^32",
			       edu->factorial);
}

/* ---- the driver ---- */

static const struct pci_device_id ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(EDU_VENDOR, EDU_DEVICE) },
	{}
};
MODULE_DEVICE_TABLE(pci, ids);

static struct vfio_mig_pci_driver edu_driver = {
	.name = "edu",
	.ids = ids,
	.size = sizeof(struct edu_device),
	.class = EDU_CLASS,
	.bars[EDU_BAR] = {
		.least = EDU_BAR_SIZE,
		.most = EDU_BAR_SIZE,
		.widest = 8,
		.read = edu_bar_read,
		.write = edu_bar_write,
	},
	.register_bar = EDU_BAR,
	.recognize = recognize,
	.moves_bytes = true,
	.ops = {
		.features = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
			    VFIO_MIG_HAS_PRE_COPY | VFIO_MIG_HAS_DMA_LOG,
		VFIO_MIG_STATE(struct edu_device, state),
		VFIO_MIG_SECTIONS(sections),
		VFIO_MIG_BEHAVIOURS(behaviours),
		.geometry = geometry,
		.init = edu_dma_init,
		.arc = {
			[VFIO_MIG_RUNNING_TO_RUNNING_P2P] = running_to_running_p2p,
			[VFIO_MIG_RUNNING_P2P_TO_RUNNING] = edu_dma_run,
			[VFIO_MIG_RUNNING_P2P_TO_STOP] = edu_hw_freeze,
			[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		},
		.scrub = edu_hw_scrub,
		.check = check,
	},
};
module_vfio_mig_pci_driver(edu_driver);

MODULE_DESCRIPTION("VFIO driver with migration for QEMU's edu device");
MODULE_LICENSE("GPL");
