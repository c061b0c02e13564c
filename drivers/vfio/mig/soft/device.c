// SPDX-License-Identifier: GPL-2.0
/* The life of a PCI device in software, and what the core has to know of it. */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/pci_regs.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "soft.h"

/* ---- as the core sees it ---- */

static void identity(struct vfio_mig_device *mig,
		     struct vfio_mig_stream_header *header)
{
	const struct vfio_mig_soft_driver *driver =
		vfio_mig_soft_driver(vfio_mig_soft(mig));

	header->vendor = cpu_to_le16(driver->vendor);
	header->device = cpu_to_le16(driver->device);
	header->subsystem_vendor = cpu_to_le16(driver->subsystem_vendor);
	header->subsystem_device = cpu_to_le16(driver->subsystem_device);
	header->revision = driver->revision;
}

static int act(struct vfio_mig_device *mig, enum vfio_mig_action action)
{
	int (*arc)(struct vfio_mig_device *mig) = mig->ops->arc[action];

	return arc ? arc(mig) : 0;
}

static int scrub(struct vfio_mig_device *mig)
{
	return mig->ops->scrub(mig);
}

/* Takes no lock: a transfer that is just under way is as on a bus. */
static bool may_dma(struct vfio_mig_device *mig)
{
	return READ_ONCE(vfio_mig_soft(mig)->config[PCI_COMMAND]) &
	       PCI_COMMAND_MASTER;
}

static int add(struct vfio_mig_device *mig)
{
	return vfio_register_emulated_iommu_dev(mig->vdev);
}

static void remove(struct vfio_mig_device *mig)
{
	vfio_unregister_group_dev(mig->vdev);
}

static const struct vfio_mig_bus bus = {
	.migration = VFIO_MIG_MIGRATION_OPS,
	.offset = offsetof(struct vfio_mig_soft_device, mig),
	.identity = identity,
	.act = act,
	.scrub = scrub,
	.may_dma = may_dma,
	.add = add,
	.remove = remove,
};

/* ---- a device ---- */

static int init(struct vfio_device *vdev)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);

	vfio_mig_soft_irq_init(soft);
	return vfio_mig_device_init(&soft->mig, vdev, &bus,
				    &vfio_mig_soft_driver(soft)->ops);
}

static void release(struct vfio_device *vdev)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);

	vfio_mig_device_release(&soft->mig);
	vfio_mig_soft_irq_destroy(soft);
	vfio_free_device(vdev);
}

static int open_device(struct vfio_device *vdev)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);
	int ret;

	mutex_lock(&soft->mig.lock);
	vfio_mig_soft_config_init(soft);
	mutex_unlock(&soft->mig.lock);
	vfio_mig_soft_irq_disable(soft, false);
	vfio_mig_device_enabled(&soft->mig);
	ret = vfio_mig_device_begin(&soft->mig);
	if (ret)
		return ret;
	vfio_mig_device_open(&soft->mig);
	return 0;
}

static void close_device(struct vfio_device *vdev)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft_from_vdev(vdev);

	vfio_mig_device_close(&soft->mig);
	vfio_mig_shut_down(&soft->mig);
	vfio_mig_soft_irq_close(soft);
}

/* Its ids, as sysfs has those of a PCI device. */
static const struct vfio_mig_soft_driver *driver_of(struct device *dev)
{
	return vfio_mig_soft_driver(dev_get_drvdata(dev));
}

static ssize_t vendor_show(struct device *dev,
			   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%04x\n", driver_of(dev)->vendor);
}
static DEVICE_ATTR_RO(vendor);

static ssize_t device_show(struct device *dev,
			   struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%04x\n", driver_of(dev)->device);
}
static DEVICE_ATTR_RO(device);

static ssize_t subsystem_vendor_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%04x\n", driver_of(dev)->subsystem_vendor);
}
static DEVICE_ATTR_RO(subsystem_vendor);

static ssize_t subsystem_device_show(struct device *dev,
				     struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%04x\n", driver_of(dev)->subsystem_device);
}
static DEVICE_ATTR_RO(subsystem_device);

static ssize_t revision_show(struct device *dev,
			     struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "0x%02x\n", driver_of(dev)->revision);
}
static DEVICE_ATTR_RO(revision);

static struct attribute *id_attrs[] = {
	&dev_attr_vendor.attr,
	&dev_attr_device.attr,
	&dev_attr_subsystem_vendor.attr,
	&dev_attr_subsystem_device.attr,
	&dev_attr_revision.attr,
	NULL
};

static const struct attribute_group id_group = {
	.attrs = id_attrs,
};

const struct attribute_group *vfio_mig_soft_groups[] = { &id_group, NULL };
EXPORT_SYMBOL_GPL(vfio_mig_soft_groups);

struct vfio_mig_soft_device *
vfio_mig_soft_add(struct vfio_mig_soft_driver *driver, struct device *parent)
{
	struct vfio_mig_soft_device *soft;
	struct vfio_device *vdev;
	int ret;

	vdev = _vfio_alloc_device(driver->size, parent, &driver->vfio);
	if (IS_ERR(vdev))
		return ERR_CAST(vdev);
	soft = vfio_mig_soft_from_vdev(vdev);
	dev_set_drvdata(parent, soft);
	ret = vfio_mig_device_add(&soft->mig);
	if (!ret)
		return soft;
	dev_set_drvdata(parent, NULL);
	vfio_put_device(vdev);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(vfio_mig_soft_add);

void vfio_mig_soft_remove(struct vfio_mig_soft_device *soft)
{
	vfio_mig_device_remove(&soft->mig);
	vfio_put_device(&soft->vdev);
}
EXPORT_SYMBOL_GPL(vfio_mig_soft_remove);

/* ---- a driver ---- */

/* What is wrong, or NULL. */
static const char *wrong_driver(const struct vfio_mig_soft_driver *driver)
{
	const struct vfio_mig_pci_bar *bar = &driver->bar;

	if (driver->size < sizeof(struct vfio_mig_soft_device) ||
	    driver->ops.state_at < sizeof(struct vfio_mig_soft_device) ||
	    driver->ops.state_size > driver->size ||
	    driver->ops.state_at > driver->size - driver->ops.state_size)
		return "a state that is not in its struct";
	if (!bar->read || !bar->write || bar->io || bar->memory || bar->held ||
	    bar->nr_mapped)
		return "a BAR0 that is not trapped";
	if (bar->most < 16 || bar->most > SZ_2G || !is_power_of_2(bar->most))
		return "a BAR0 of a size that no BAR has";
	if (bar->widest > 8 || (bar->widest && !is_power_of_2(bar->widest)))
		return "a BAR0 with accesses that no bus carries";
	return NULL;
}

int __vfio_mig_soft_prepare(struct vfio_mig_soft_driver *driver,
			    const char *name)
{
	const char *wrong = wrong_driver(driver);

	if (wrong) {
		pr_err("vfio_mig: %s declares %s\n", name, wrong);
		return -EINVAL;
	}
	if (vfio_mig_check_ops(name, &driver->ops))
		return -EINVAL;
	vfio_mig_soft_fill_ops(driver);
	driver->vfio.name = (char *)name;
	driver->vfio.init = init;
	driver->vfio.release = release;
	driver->vfio.open_device = open_device;
	driver->vfio.close_device = close_device;
	return 0;
}
EXPORT_SYMBOL_GPL(__vfio_mig_soft_prepare);
