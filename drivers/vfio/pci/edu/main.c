// SPDX-License-Identifier: GPL-2.0
/* The PCI driver, and the VFIO callbacks. */
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

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

const struct vfio_mig_hardware edu_hardware = {
	.name = "edu",
	.vendor = EDU_VENDOR,
	.device = EDU_DEVICE,
	.class = EDU_CLASS,
	.bars[EDU_BAR] = { EDU_BAR_SIZE, EDU_BAR_SIZE },
	.register_bar = EDU_BAR,
	.recognize = recognize,
};

static int edu_init(struct vfio_device *vdev)
{
	struct edu_device *edu = edu_from_vdev(vdev);
	int ret;

	ret = vfio_mig_init_dev(vdev, &edu_mig_ops);
	if (ret)
		return ret;
	mutex_init(&edu->lock);
	edu_dma_init(edu);
	return 0;
}

static void edu_release(struct vfio_device *vdev)
{
	mutex_destroy(&edu_from_vdev(vdev)->lock);
	vfio_mig_release_dev(vdev);
}

static int edu_open(struct vfio_device *vdev)
{
	struct edu_device *edu = edu_from_vdev(vdev);
	struct vfio_pci_core_device *core = &edu->pci.core;
	int ret;

	ret = vfio_mig_enable(&edu->pci);
	if (ret)
		return ret;
	edu->bar = pci_iomap(core->pdev, EDU_BAR, 0);
	if (!edu->bar) {
		ret = -ENOMEM;
		goto err_disable;
	}
	ret = edu_hw_scrub(edu, false);
	if (ret)
		goto err_unmap;

	/* The reset of a bus leaves an edu as it is: the driver is what does. */
	vfio_mig_offer_reset(&edu->pci);
	vfio_pci_core_finish_enable(core);
	/* It is there that vfio-pci looks which BARs can be mapped. */
	core->bar_mmap_supported[EDU_BAR] = false;
	vfio_mig_open(&edu->pci);
	return 0;

err_unmap:
	pci_iounmap(core->pdev, edu->bar);
	edu->bar = NULL;
err_disable:
	vfio_pci_core_disable(core);
	return ret;
}

static void edu_close(struct vfio_device *vdev)
{
	struct edu_device *edu = edu_from_vdev(vdev);

	vfio_mig_close(&edu->pci);
	/*
	 * Whoever is next, by another driver too, finds nothing of this user.  If
	 * this fails, so will the next open, which tries again.
	 */
	edu_hw_scrub(edu, true);
	edu_dma_quiesce(edu, true);
	pci_iounmap(edu->pci.core.pdev, edu->bar);
	edu->bar = NULL;
	vfio_pci_core_close_device(vdev);
}

static long edu_ioctl(struct vfio_device *vdev, unsigned int cmd,
		      unsigned long arg)
{
	/* It would write to the BAR behind our back; there is no other. */
	if (cmd == VFIO_DEVICE_IOEVENTFD)
		return -EINVAL;
	return vfio_mig_ioctl(vdev, cmd, arg);
}

static bool in_bar(loff_t pos)
{
	return VFIO_PCI_OFFSET_TO_INDEX(pos) == VFIO_PCI_BAR0_REGION_INDEX;
}

static ssize_t edu_read(struct vfio_device *vdev, char __user *buf,
			size_t count, loff_t *ppos)
{
	if (in_bar(*ppos))
		return edu_bar_rw(edu_from_vdev(vdev), buf, count, ppos, false);
	return vfio_pci_core_read(vdev, buf, count, ppos);
}

static ssize_t edu_write(struct vfio_device *vdev, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	if (in_bar(*ppos))
		return edu_bar_rw(edu_from_vdev(vdev), (char __user *)buf,
				  count, ppos, true);
	return vfio_mig_write(vdev, buf, count, ppos);
}

static const struct vfio_device_ops edu_ops = {
	.name = "edu-vfio-pci",
	.init = edu_init,
	.release = edu_release,
	.open_device = edu_open,
	.close_device = edu_close,
	.ioctl = edu_ioctl,
	.device_feature = vfio_mig_feature,
	.read = edu_read,
	.write = edu_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	VFIO_MIG_PCI_MEMORY_OPS
};

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct edu_device *edu;
	int ret;

	edu = vfio_alloc_device(edu_device, pci.core.vdev, &pdev->dev,
				&edu_ops);
	if (IS_ERR(edu))
		return PTR_ERR(edu);
	dev_set_drvdata(&pdev->dev, &edu->pci.core);
	ret = vfio_mig_register(&edu->pci);
	if (ret)
		vfio_put_device(&edu->pci.core.vdev);
	return ret;
}

static void edu_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_mig_unregister(vfio_mig_pci_from_vdev(&core->vdev));
	vfio_put_device(&core->vdev);
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(EDU_VENDOR, EDU_DEVICE) },
	{}
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
	.err_handler = &vfio_mig_err_handlers,
	.driver_managed_dma = true,
};

static int __init edu_module_init(void)
{
	int ret;

	edu_workqueue = alloc_workqueue("edu_vfio_pci", WQ_UNBOUND, 0);
	if (!edu_workqueue)
		return -ENOMEM;
	ret = pci_register_driver(&edu_driver);
	if (ret)
		destroy_workqueue(edu_workqueue);
	return ret;
}

static void __exit edu_module_exit(void)
{
	pci_unregister_driver(&edu_driver);
	destroy_workqueue(edu_workqueue);
}

module_init(edu_module_init);
module_exit(edu_module_exit);

MODULE_DESCRIPTION("VFIO driver with migration for QEMU's edu device");
MODULE_LICENSE("GPL");
