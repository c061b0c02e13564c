// SPDX-License-Identifier: GPL-2.0
/*
 * edu_mdev: mediated devices, each an edu in software.  Here is the module, the parent
 * that sysfs shows them under, and how one begins and ends.
 */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "edu.h"

u64 edu_dma_mask = DMA_BIT_MASK(28);
module_param_named(dma_mask, edu_dma_mask, ullong, 0444);
MODULE_PARM_DESC(dma_mask,
		 "Bits of memory addresses that the devices have (default 0xfffffff)");

static unsigned int limit = 256;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "So many devices at a time (default 256)");

static int probe(struct mdev_device *mdev)
{
	struct vfio_mig_soft_device *soft;

	soft = vfio_mig_soft_add(&edu_soft_driver, mdev_dev(mdev));
	return PTR_ERR_OR_ZERO(soft);
}

static void remove(struct mdev_device *mdev)
{
	vfio_mig_soft_remove(dev_get_drvdata(mdev_dev(mdev)));
}

static ssize_t show_description(struct mdev_type *type, char *buf)
{
	return sysfs_emit(buf, "QEMU's edu in software, migratable\n");
}

static struct mdev_driver driver = {
	.device_api = VFIO_DEVICE_API_PCI_STRING,
	.probe = probe,
	.remove = remove,
	.show_description = show_description,
	.driver = {
		.name = KBUILD_MODNAME,
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = vfio_mig_soft_groups,
	},
};

static struct mdev_type type = {
	.sysfs_name = "edu",
	.pretty_name = "edu in software",
};

static struct mdev_type *types[] = { &type };
static struct mdev_parent parent;
static struct device *parent_dev;

/* The class gives the type its name: edu_mdev-edu. */
static struct class parent_class = {
	.name = KBUILD_MODNAME,
};

static int __init add_parent(void)
{
	int ret;

	ret = class_register(&parent_class);
	if (ret)
		return ret;
	parent_dev = device_create(&parent_class, NULL, MKDEV(0, 0), NULL,
				   KBUILD_MODNAME);
	if (IS_ERR(parent_dev)) {
		ret = PTR_ERR(parent_dev);
		goto unregister_class;
	}
	ret = mdev_register_parent(&parent, parent_dev, &driver, types,
				   ARRAY_SIZE(types));
	if (ret)
		goto unregister_device;
	return 0;

unregister_device:
	device_unregister(parent_dev);
unregister_class:
	class_unregister(&parent_class);
	return ret;
}

static int __init edu_mdev_init(void)
{
	int ret;

	ret = vfio_mig_soft_prepare(&edu_soft_driver);
	if (ret)
		return ret;
	driver.max_instances = limit;
	ret = mdev_register_driver(&driver);
	if (ret)
		return ret;
	ret = add_parent();
	if (ret)
		mdev_unregister_driver(&driver);
	return ret;
}

/* All devices go first; nobody has one open, or the module could not go. */
static void __exit edu_mdev_exit(void)
{
	mdev_unregister_parent(&parent);
	device_unregister(parent_dev);
	class_unregister(&parent_class);
	mdev_unregister_driver(&driver);
}

module_init(edu_mdev_init);
module_exit(edu_mdev_exit);

MODULE_DESCRIPTION("A migratable VFIO device in software: QEMU's edu");
MODULE_LICENSE("GPL");
/* Nothing else asks for what a container is made of. */
MODULE_SOFTDEP("post: vfio_iommu_type1");
