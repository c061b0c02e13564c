// SPDX-License-Identifier: GPL-2.0
/*
 * Named properties, in sysfs: /sys/bus/pci/devices/<device>/vfio_mig/<name>.
 *
 * Each reads 0 or 1, and can be written while nobody has the device open
 * (EBUSY otherwise).  A driver's behaviours decide which sections its stream
 * may have, so that an administrator can pin what an older peer understands;
 * the optional states of the machine and DMA logging can be hidden.  New properties are
 * switched on by default, and none is ever renamed.
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "mig.h"

/**
 * struct mig_property - a file
 * @attr: It.
 * @mig: The device.
 * @behaviour: The bit of the driver's behaviours that it switches, or 0.
 * @feature: The VFIO_MIG_HAS_* that it shows or hides, or 0.
 */
struct mig_property {
	struct device_attribute attr;
	struct vfio_mig_device *mig;
	u64 behaviour;
	u32 feature;
};

static const struct {
	const char *name;
	u32 feature;
} features[] = {
	{ "p2p", VFIO_MIG_HAS_P2P },
	{ "pre-copy", VFIO_MIG_HAS_PRE_COPY },
	{ "dma-logging", VFIO_MIG_HAS_DMA_LOG },
};

/* What this kernel lets the device have, hidden or not. */
u32 vfio_mig_possible_features(struct vfio_mig_device *mig)
{
	u32 features = mig->ops->features;

	if (!VFIO_MIG_KERNEL_REPORTS_DMA)
		features &= ~VFIO_MIG_HAS_DMA_LOG;
	return features;
}

/*
 * Called at init, and under state_lock while the device is closed: then nobody in
 * VFIO's core reads what it calls constant; Documentation/core.md says why.
 */
void vfio_mig_apply_features(struct vfio_mig_device *mig)
{
	u32 offered = vfio_mig_possible_features(mig) & ~mig->priv->hidden;
	bool logs = offered & VFIO_MIG_HAS_DMA_LOG;

	offered &= ~VFIO_MIG_HAS_DMA_LOG;
	vfio_mig_routes_init(&mig->priv->routes, offered);
	WRITE_ONCE(mig->vdev->migration_flags, offered);
	WRITE_ONCE(mig->vdev->log_ops, logs ? &vfio_mig_log_ops : NULL);
	vfio_mig_status_features(mig, offered);
}

/* One bit, and whoever holds state_lock may be on an arc: it is just read. */
static ssize_t property_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct mig_property *property =
		container_of(attr, struct mig_property, attr);
	u64 behaviours = READ_ONCE(property->mig->behaviours);
	u32 hidden = READ_ONCE(property->mig->priv->hidden);

	return sysfs_emit(buf, "%d\n", property->behaviour ?
			  !!(behaviours & property->behaviour) :
			  !(hidden & property->feature));
}

static void switch_locked(struct mig_property *property, bool on)
{
	struct vfio_mig_device *mig = property->mig;
	u64 behaviours = mig->behaviours & ~property->behaviour;
	u32 hidden = mig->priv->hidden & ~property->feature;

	lockdep_assert_held(&mig->priv->state_lock);

	if (on)
		behaviours |= property->behaviour;
	else
		hidden |= property->feature;
	WRITE_ONCE(mig->behaviours, behaviours);
	WRITE_ONCE(mig->priv->hidden, hidden);
	vfio_mig_apply_features(mig);
}

static ssize_t property_store(struct device *dev,
			      struct device_attribute *attr, const char *buf,
			      size_t count)
{
	struct mig_property *property =
		container_of(attr, struct mig_property, attr);
	struct vfio_mig_device *mig = property->mig;
	ssize_t ret = count;
	bool on;

	if (kstrtobool(buf, &on))
		return -EINVAL;
	/* Not to wait for an arc before that is said. */
	if (READ_ONCE(mig->priv->opened))
		return -EBUSY;
	if (mutex_lock_killable(&mig->priv->state_lock))
		return -EINTR;
	if (mig->priv->opened)
		ret = -EBUSY;
	else
		switch_locked(property, on);
	mutex_unlock(&mig->priv->state_lock);
	return ret;
}

static void fill(struct mig_property *property, struct vfio_mig_device *mig,
		 const char *name)
{
	property->mig = mig;
	sysfs_attr_init(&property->attr.attr);
	property->attr.attr.name = name;
	property->attr.attr.mode = 0644;
	property->attr.show = property_show;
	property->attr.store = property_store;
}

/* At most @max of them; returns how many. */
static unsigned int list_properties(struct vfio_mig_device *mig,
				    struct mig_property *list, unsigned int max)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features) && count < max; i++) {
		if (!(vfio_mig_possible_features(mig) & features[i].feature))
			continue;
		list[count].feature = features[i].feature;
		fill(&list[count++], mig, features[i].name);
	}
	for (i = 0; i < 64 && count < max; i++) {
		const char *name = vfio_mig_behaviour_of(mig->ops, BIT_ULL(i));

		if (!(vfio_mig_known_behaviours(mig->ops) & BIT_ULL(i)) || !name)
			continue;
		list[count].behaviour = BIT_ULL(i);
		fill(&list[count++], mig, name);
	}
	return count;
}

/**
 * struct folder - all of a device's files, in one allocation
 * @group: What sysfs wants; first.
 * @attrs: Its list, NULL-terminated.
 * @list: The files.
 */
struct folder {
	struct attribute_group group;
	struct attribute *attrs[ARRAY_SIZE(features) + 64 + 1];
	struct mig_property list[];
};

int vfio_mig_properties_create(struct vfio_mig_device *mig)
{
	unsigned int max = ARRAY_SIZE(features) +
			   hweight64(vfio_mig_known_behaviours(mig->ops));
	struct folder *folder;
	unsigned int count, i;
	int ret;

	folder = kzalloc(struct_size(folder, list, max), GFP_KERNEL);
	if (!folder)
		return -ENOMEM;
	count = list_properties(mig, folder->list, max);
	for (i = 0; i < count; i++)
		folder->attrs[i] = &folder->list[i].attr.attr;
	folder->group.name = "vfio_mig";
	folder->group.attrs = folder->attrs;

	ret = sysfs_create_group(&vfio_mig_dev(mig)->kobj, &folder->group);
	if (ret) {
		kfree(folder);
		return ret;
	}
	mig->priv->properties = &folder->group;
	return 0;
}

void vfio_mig_properties_remove(struct vfio_mig_device *mig)
{
	sysfs_remove_group(&vfio_mig_dev(mig)->kobj, mig->priv->properties);
	kfree(container_of(mig->priv->properties, struct folder, group));
	mig->priv->properties = NULL;
}
