// SPDX-License-Identifier: GPL-2.0
/*
 * What edu_vfio_pci declares: its device and its arcs.  Documentation/edu.md says what
 * each arc means for the device; the sections are in state.c.
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

static int running_to_running_p2p(struct vfio_mig_device *mig)
{
	return edu_dma_leave(&edu_from_mig(mig)->dma);
}

static int running_p2p_to_running(struct vfio_mig_device *mig)
{
	return edu_dma_run(&edu_from_mig(mig)->dma);
}

static int stop_to_running_p2p(struct vfio_mig_device *mig)
{
	return edu_hw_thaw(edu_from_mig(mig), false);
}

/* A device that cannot be reached completes as well, and tells nobody. */
static void complete_dma(struct edu_dma *dma, bool moved)
{
	struct vfio_mig_device *mig = dma->mig;

	if (vfio_mig_access_begin(mig)) {
		mutex_lock(&mig->lock);
		edu_dma_complete_locked(dma, moved);
		mutex_unlock(&mig->lock);
		return;
	}
	if (edu_dma_complete_locked(dma, moved))
		edu_hw_write(edu_from_mig(mig), EDU_IRQ_RAISE, EDU_IRQ_DMA);
	vfio_mig_access_end(mig);
}

static void init(struct vfio_mig_device *mig)
{
	edu_dma_init(&edu_from_mig(mig)->dma, mig, complete_dma);
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
		EDU_STREAM(struct edu_device, dma.state),
		.init = init,
		.arc = {
			[VFIO_MIG_RUNNING_TO_RUNNING_P2P] = running_to_running_p2p,
			[VFIO_MIG_RUNNING_P2P_TO_RUNNING] = running_p2p_to_running,
			[VFIO_MIG_RUNNING_P2P_TO_STOP] = edu_hw_freeze,
			[VFIO_MIG_STOP_TO_RUNNING_P2P] = stop_to_running_p2p,
		},
		.scrub = edu_hw_scrub,
	},
};
module_vfio_mig_pci_driver(edu_driver);

MODULE_DESCRIPTION("VFIO driver with migration for QEMU's edu device");
MODULE_LICENSE("GPL");
