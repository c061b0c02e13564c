// SPDX-License-Identifier: GPL-2.0
/*
 * A variant driver and the life of its devices: all that is the same for each.
 * Documentation/driver-api.md says what a driver has to say itself.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/sysfs.h>
#include <linux/vfio.h>

#include "mem.h"

/* ---- as the core sees it ---- */

static void identity(struct vfio_mig_device *mig,
		     struct vfio_mig_stream_header *header)
{
	struct pci_dev *pdev = vfio_mig_pci(mig)->core.pdev;

	header->vendor = cpu_to_le16(pdev->vendor);
	header->device = cpu_to_le16(pdev->device);
	header->subsystem_vendor = cpu_to_le16(pdev->subsystem_vendor);
	header->subsystem_device = cpu_to_le16(pdev->subsystem_device);
	header->revision = pdev->revision;
}

/* What the driver does. */
int vfio_mig_pci_arc(struct vfio_mig_pci_device *pci, enum vfio_mig_action action)
{
	const struct vfio_mig_pci_driver *driver = vfio_mig_pci_driver(pci);
	int (*arc)(struct vfio_mig_device *mig) = driver->ops.arc[action];

	if (driver->arc[action])
		return vfio_mig_access(&pci->mig, driver->arc[action]);
	return arc ? arc(&pci->mig) : 0;
}

static int act(struct vfio_mig_device *mig, enum vfio_mig_action action)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci(mig);

	if (pci->memory && pci->memory->registers)
		return vfio_mig_held_arc(pci, action);
	if (pci->memory && (action == VFIO_MIG_RUNNING_P2P_TO_STOP ||
			    action == VFIO_MIG_PRE_COPY_P2P_TO_STOP_COPY))
		return vfio_mig_memory_stop(pci, action);
	if (pci->memory && action == VFIO_MIG_STOP_TO_RUNNING_P2P)
		return vfio_mig_memory_start(pci, action);
	return vfio_mig_pci_arc(pci, action);
}

static int scrub(struct vfio_mig_device *mig)
{
	int ret = mig->ops->scrub(mig);

	return ret ?: vfio_mig_memory_scrub(vfio_mig_pci(mig));
}

static int add(struct vfio_mig_device *mig)
{
	return vfio_pci_core_register_device(&vfio_mig_pci(mig)->core);
}

static void remove(struct vfio_mig_device *mig)
{
	vfio_pci_core_unregister_device(&vfio_mig_pci(mig)->core);
}

static const struct vfio_mig_bus bus = {
	.migration = VFIO_MIG_MIGRATION_OPS,
	.offset = offsetof(struct vfio_mig_pci_device, mig),
	.identity = identity,
	.act = act,
	.scrub = scrub,
	.may_dma = vfio_mig_is_master,
	.add = add,
	.remove = remove,
};

/* ---- a device ---- */

static int init(struct vfio_device *vdev)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	int ret;

	ret = vfio_mig_memory_alloc(pci);
	if (ret)
		return ret;
	ret = vfio_mig_device_init(&pci->mig, vdev, &bus,
				   &vfio_mig_pci_driver(pci)->ops);
	if (ret)
		goto free_memory;
	ret = vfio_pci_core_init_dev(vdev);
	if (ret)
		goto release;
	pci->pci_resets = true;
	return 0;

release:
	vfio_mig_device_release(&pci->mig);
free_memory:
	vfio_mig_memory_free(pci);
	return ret;
}

static void release(struct vfio_device *vdev)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);

	vfio_mig_device_release(&pci->mig);
	vfio_mig_memory_free(pci);
	vfio_pci_core_release_dev(vdev);
}

/* vfio-pci requests a BAR and maps it, once, and undoes that when it is disabled. */
static int map_bars(struct vfio_mig_pci_device *pci)
{
	const struct vfio_mig_pci_bar *bars = vfio_mig_pci_driver(pci)->bars;
	void __iomem *where;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		if (!bars[i].most)
			continue;
		where = vfio_pci_core_get_iomap(&pci->core, i);
		if (IS_ERR(where))
			return PTR_ERR(where);
		pci->bar[i] = where;
	}
	vfio_mig_memory_open(pci);
	return 0;
}

/* It is in finish_enable() that vfio-pci looks which BARs can be mapped. */
static void finish_enable(struct vfio_mig_pci_device *pci)
{
	const struct vfio_mig_pci_bar *bars = vfio_mig_pci_driver(pci)->bars;
	unsigned int i;

	vfio_pci_core_finish_enable(&pci->core);
	for (i = 0; i < PCI_STD_NUM_BARS; i++)
		if ((bars[i].read || bars[i].write) && !bars[i].nr_mapped)
			pci->core.bar_mmap_supported[i] = false;
}

static int open_device(struct vfio_device *vdev)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);
	int ret;

	ret = vfio_pci_core_enable(&pci->core);
	/* vfio-pci resets a device that it enables; that is no news. */
	vfio_mig_device_enabled(&pci->mig);
	if (ret)
		return ret;
	ret = map_bars(pci);
	if (!ret)
		ret = vfio_mig_device_begin(&pci->mig);
	if (ret) {
		memset(pci->bar, 0, sizeof(pci->bar));
		vfio_pci_core_disable(&pci->core);
		return ret;
	}
	/* Whatever a reset of the bus leaves, scrub does not. */
	vfio_mig_offer_reset(pci);
	finish_enable(pci);
	vfio_mig_device_open(&pci->mig);
	return 0;
}

static void close_device(struct vfio_device *vdev)
{
	struct vfio_mig_pci_device *pci = vfio_mig_pci_from_vdev(vdev);

	vfio_mig_device_close(&pci->mig);
	if (!pci->pci_resets)
		pci->core.reset_works = false;
	pci->pci_resets = true;
	vfio_mig_wake(pci);
	vfio_mig_shut_down(&pci->mig);
	memset(pci->bar, 0, sizeof(pci->bar));
	vfio_pci_core_close_device(vdev);
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct vfio_mig_pci_driver *driver =
		container_of(to_pci_driver(pdev->dev.driver),
			     struct vfio_mig_pci_driver, pci);
	struct vfio_mig_pci_device *pci;
	struct vfio_device *vdev;
	int ret;

	ret = vfio_mig_check_hardware(pdev, driver);
	if (ret)
		return ret;
	vdev = _vfio_alloc_device(driver->size, &pdev->dev, &driver->vfio);
	if (IS_ERR(vdev))
		return PTR_ERR(vdev);
	pci = vfio_mig_pci_from_vdev(vdev);
	dev_set_drvdata(&pdev->dev, &pci->core);
	ret = vfio_mig_device_add(&pci->mig);
	if (ret)
		vfio_put_device(vdev);
	return ret;
}

static void remove_device(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_mig_device_remove(&vfio_mig_pci_from_vdev(&core->vdev)->mig);
	vfio_put_device(&core->vdev);
}

/* ---- a driver ---- */

/*
 * Which devices it is for, a line each: vendor:device, and the class if that matters.
 * Where a module is not among those that the kernel's aliases are of, there is nobody
 * else to ask.
 */
static ssize_t vfio_mig_ids_show(struct device_driver *dev_driver, char *buf)
{
	struct vfio_mig_pci_driver *driver =
		container_of(dev_driver, struct vfio_mig_pci_driver, pci.driver);
	const struct pci_device_id *id;
	ssize_t used = 0;

	for (id = driver->ids; id->vendor; id++)
		if (id->vendor != (u32)PCI_ANY_ID)
			used += sysfs_emit_at(buf, used, "%04x:%04x %04x\n",
					      id->vendor, id->device,
					      driver->class);
	return used;
}
static DRIVER_ATTR_RO(vfio_mig_ids);

static struct attribute *driver_attrs[] = {
	&driver_attr_vfio_mig_ids.attr,
	NULL
};
ATTRIBUTE_GROUPS(driver);

/* Each returns what is wrong, or NULL. */
static const char *wrong_parts(const struct vfio_mig_pci_bar *bar)
{
	const struct vfio_mig_pci_part *part = bar->mapped;
	const struct vfio_mig_pci_part *end = part + bar->nr_mapped;
	u64 at = 0;

	if (bar->nr_mapped && (!bar->mapped || !bar->read || !bar->write || bar->io))
		return "parts to map of a BAR that is not trapped, or is I/O ports";
	if (bar->held && !bar->nr_mapped)
		return "a BAR whose parts are held, and that has none";
	for (; part < end; part++) {
		if (!part->bytes || !IS_ALIGNED(part->at | part->bytes,
						VFIO_MIG_PART_UNIT))
			return "a part of a BAR that is no pages";
		if (part->at < at || part->at > bar->least ||
		    part->bytes > bar->least - part->at)
			return "parts of a BAR out of order, or beyond its end";
		at = part->at + part->bytes;
	}
	return NULL;
}

static const char *wrong_bar(const struct vfio_mig_pci_bar *bar)
{
	if (!bar->most)
		return vfio_mig_is_trapped(bar) ? "a trapped BAR without a size" :
						  NULL;
	if (bar->least > bar->most)
		return "a BAR that is smaller than it is";
	if (bar->widest > 8 || (bar->widest && !is_power_of_2(bar->widest)))
		return "a BAR with accesses that no bus carries";
	if (bar->read && !bar->write)
		return "a BAR that is read by the driver, and not written";
	if (bar->memory && (bar->io || bar->write))
		return "memory that is written by the driver, or is I/O ports";
	if (bar->memory && bar->most > VFIO_MIG_BULK_MAX)
		return "more memory than bulk memory can be";
	return wrong_parts(bar);
}

static const char *wrong_arcs(const struct vfio_mig_pci_driver *driver)
{
	unsigned int i;

	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++)
		if (driver->arc[i] && (driver->ops.arc[i] ||
				       i >= VFIO_MIG_PRE_COPY_TO_PRE_COPY_P2P))
			return "an arc twice, or by its registers one of PRE_COPY";
	return NULL;
}

static const char *wrong_driver(const struct vfio_mig_pci_driver *driver)
{
	const char *wrong = NULL;
	unsigned int i;

	if (!driver->name || !driver->ids || !driver->recognize)
		return "no name, no ids, or nothing that recognizes a device";
	if (driver->size < sizeof(struct vfio_mig_pci_device) ||
	    driver->ops.state_at < sizeof(struct vfio_mig_pci_device) ||
	    driver->ops.state_size > driver->size ||
	    driver->ops.state_at > driver->size - driver->ops.state_size)
		return "a state that is not in its struct";
	if (driver->register_bar >= PCI_STD_NUM_BARS)
		return "registers in a BAR that there is not";
	for (i = 0; !wrong && i < PCI_STD_NUM_BARS; i++)
		wrong = wrong_bar(&driver->bars[i]);
	return wrong ?: wrong_arcs(driver);
}

static const char *wrong_memory(const struct vfio_mig_pci_driver *driver)
{
	const struct vfio_mig_ops *ops = &driver->ops;
	unsigned int i, bars = 0, held = 0, sections = 0;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		bars += driver->bars[i].memory;
		held += driver->bars[i].held;
	}
	for (i = 0; i < ops->nr_sections; i++)
		sections += ops->sections[i].extent == vfio_mig_memory_bytes;
	if (bars + held > 1)
		return "more than one BAR of memory, or whose parts are held";
	return bars != sections ? "a BAR of memory and no section for it, or the opposite" :
				  NULL;
}

int __vfio_mig_pci_register(struct vfio_mig_pci_driver *driver,
			    struct module *owner, const char *name)
{
	const char *wrong = wrong_driver(driver);

	if (!wrong && vfio_mig_check_ops(name, &driver->ops))
		return -EINVAL;
	wrong = wrong ?: wrong_memory(driver);
	if (wrong) {
		pr_err("vfio_mig: %s declares %s\n", name, wrong);
		return -EINVAL;
	}
	vfio_mig_pci_fill_ops(driver);
	driver->vfio.name = (char *)name;
	driver->vfio.init = init;
	driver->vfio.release = release;
	driver->vfio.open_device = open_device;
	driver->vfio.close_device = close_device;
	driver->pci = (struct pci_driver) {
		.name = name,
		.id_table = driver->ids,
		.probe = probe,
		.remove = remove_device,
		.err_handler = &vfio_mig_err_handlers,
		.groups = driver_groups,
		.driver_managed_dma = true,
	};
	return __pci_register_driver(&driver->pci, owner, name);
}
EXPORT_SYMBOL_GPL(__vfio_mig_pci_register);

void vfio_mig_pci_unregister(struct vfio_mig_pci_driver *driver)
{
	pci_unregister_driver(&driver->pci);
}
EXPORT_SYMBOL_GPL(vfio_mig_pci_unregister);
