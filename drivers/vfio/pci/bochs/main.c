// SPDX-License-Identifier: GPL-2.0
/* The PCI driver, and the VFIO callbacks. */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio.h>

#include "bochs.h"

bool bochs_dma_compare = true;
module_param_named(dma_compare, bochs_dma_compare, bool, 0644);
MODULE_PARM_DESC(dma_compare,
		 "Compare all of the memory when a device stops, for DMA by others (default Y)");

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

const struct vfio_mig_hardware bochs_hardware = {
	.name = "bochs-display",
	.vendor = BOCHS_VENDOR,
	.device = BOCHS_DEVICE,
	.class = BOCHS_CLASS,
	.bars = {
		[BOCHS_MEMORY_BAR] = { PAGE_SIZE, VFIO_MIG_BULK_MAX },
		[BOCHS_REGISTERS_BAR] = { BOCHS_REGISTERS_SIZE,
					  BOCHS_REGISTERS_SIZE },
	},
	.register_bar = BOCHS_REGISTERS_BAR,
	.recognize = recognize,
};

static int bochs_init(struct vfio_device *vdev)
{
	struct bochs_device *bochs = bochs_from_vdev(vdev);
	int ret;

	ret = vfio_mig_init_dev(vdev, &bochs_mig_ops);
	if (ret)
		return ret;
	mutex_init(&bochs->track_lock);
	init_rwsem(&bochs->gate);
	return 0;
}

static void bochs_release(struct vfio_device *vdev)
{
	mutex_destroy(&bochs_from_vdev(vdev)->track_lock);
	vfio_mig_release_dev(vdev);
}

/* vfio-pci requests a BAR and maps it, once, and undoes that when it is disabled. */
static int map_bars(struct bochs_device *bochs)
{
	struct vfio_pci_core_device *core = &bochs->pci.core;
	void __iomem *memory, *registers;

	memory = vfio_pci_core_get_iomap(core, BOCHS_MEMORY_BAR);
	if (IS_ERR(memory))
		return PTR_ERR(memory);
	registers = vfio_pci_core_get_iomap(core, BOCHS_REGISTERS_BAR);
	if (IS_ERR(registers))
		return PTR_ERR(registers);
	bochs->memory = memory;
	bochs->registers = registers;
	bochs->size = pci_resource_len(core->pdev, BOCHS_MEMORY_BAR);
	return 0;
}

static void forget_bars(struct bochs_device *bochs)
{
	bochs->memory = NULL;
	bochs->registers = NULL;
}

static int bochs_open(struct vfio_device *vdev)
{
	struct bochs_device *bochs = bochs_from_vdev(vdev);
	struct vfio_pci_core_device *core = &bochs->pci.core;
	int ret;

	ret = vfio_mig_enable(&bochs->pci);
	if (ret)
		return ret;
	ret = map_bars(bochs);
	if (!ret)
		ret = bochs_hw_scrub(bochs);
	if (ret) {
		forget_bars(bochs);
		vfio_pci_core_disable(core);
		return ret;
	}
	bochs->held = false;
	bochs->due = false;

	/* The reset of a bus leaves memory and registers as they are. */
	vfio_mig_offer_reset(&bochs->pci);
	vfio_pci_core_finish_enable(core);
	/* It is there that vfio-pci looks which BARs can be mapped. */
	core->bar_mmap_supported[BOCHS_REGISTERS_BAR] = false;
	vfio_mig_open(&bochs->pci);
	return 0;
}

static void bochs_close(struct vfio_device *vdev)
{
	struct bochs_device *bochs = bochs_from_vdev(vdev);

	vfio_mig_close(&bochs->pci);
	/* If this fails, so will the next open, which tries again. */
	bochs_hw_scrub(bochs);
	forget_bars(bochs);
	vfio_pci_core_close_device(vdev);
}

static long bochs_ioctl(struct vfio_device *vdev, unsigned int cmd,
			unsigned long arg)
{
	/* It would write to the BARs behind our back. */
	if (cmd == VFIO_DEVICE_IOEVENTFD)
		return -EINVAL;
	return vfio_mig_ioctl(vdev, cmd, arg);
}

static ssize_t bochs_write(struct vfio_device *vdev, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	unsigned int bar = VFIO_PCI_OFFSET_TO_INDEX(*ppos);

	if (bar == BOCHS_MEMORY_BAR || bar == BOCHS_REGISTERS_BAR)
		return bochs_bar_write(bochs_from_vdev(vdev), bar, buf, count,
				       ppos);
	return vfio_mig_write(vdev, buf, count, ppos);
}

static const struct vfio_device_ops bochs_ops = {
	.name = "bochs-vfio-pci",
	.init = bochs_init,
	.release = bochs_release,
	.open_device = bochs_open,
	.close_device = bochs_close,
	.ioctl = bochs_ioctl,
	.device_feature = vfio_mig_feature,
	.read = vfio_pci_core_read,
	.write = bochs_write,
	.mmap = bochs_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	VFIO_MIG_PCI_NEW_OPS
};

static int bochs_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct bochs_device *bochs;
	int ret;

	bochs = vfio_alloc_device(bochs_device, pci.core.vdev, &pdev->dev,
				  &bochs_ops);
	if (IS_ERR(bochs))
		return PTR_ERR(bochs);
	dev_set_drvdata(&pdev->dev, &bochs->pci.core);
	ret = vfio_mig_register(&bochs->pci);
	if (ret)
		vfio_put_device(&bochs->pci.core.vdev);
	return ret;
}

static void bochs_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_mig_unregister(vfio_mig_pci_from_vdev(&core->vdev));
	vfio_put_device(&core->vdev);
}

/* By its class too: who looks for a VGA's driver by alias is not sent here. */
static const struct pci_device_id bochs_ids[] = {
	{
		PCI_DRIVER_OVERRIDE_DEVICE_VFIO(BOCHS_VENDOR, BOCHS_DEVICE),
		.class = BOCHS_CLASS << 8,
		.class_mask = 0xffff00,
	},
	{}
};
MODULE_DEVICE_TABLE(pci, bochs_ids);

static struct pci_driver bochs_driver = {
	.name = KBUILD_MODNAME,
	.id_table = bochs_ids,
	.probe = bochs_probe,
	.remove = bochs_remove,
	.err_handler = &vfio_mig_err_handlers,
	.driver_managed_dma = true,
};
module_pci_driver(bochs_driver);

MODULE_DESCRIPTION("VFIO driver with migration for QEMU's bochs-display");
MODULE_LICENSE("GPL");
