// SPDX-License-Identifier: GPL-2.0
/*
 * Does somebody hold a device, so that an unbind would wait?  That is what
 * /sys/bus/pci/devices/<device>/vfio_mig_in_use says: 1 or 0.
 *
 * A driver hears of open and close, which is less: a character device that was
 * opened and bound to nothing holds the device, too.  What an unbind waits for
 * are the references to VFIO's registration, one of VFIO's own as long as the
 * device is registered, and one of each file.
 */
#include <linux/compiler.h>
#include <linux/device.h>
#include <linux/refcount.h>
#include <linux/sysfs.h>

#include "mig.h"

/* Takes no lock, so it never waits for whoever has the device. */
static ssize_t in_use_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct vfio_mig_private *priv =
		container_of(attr, struct vfio_mig_private, in_use);
	struct vfio_device *vdev = priv->mig->vdev;

	return sysfs_emit(buf, "%d\n", READ_ONCE(priv->leaving) ||
			  refcount_read(&vdev->refcount) > 1);
}

int vfio_mig_in_use_create(struct vfio_mig_device *mig)
{
	struct device_attribute *attr = &mig->priv->in_use;

	sysfs_attr_init(&attr->attr);
	attr->attr.name = "vfio_mig_in_use";
	attr->attr.mode = 0444;
	attr->show = in_use_show;
	return device_create_file(vfio_mig_dev(mig), attr);
}

/* An unbind begins: whoever comes now would wait behind it. */
void vfio_mig_in_use_leave(struct vfio_mig_device *mig)
{
	WRITE_ONCE(mig->priv->leaving, true);
}

void vfio_mig_in_use_remove(struct vfio_mig_device *mig)
{
	device_remove_file(vfio_mig_dev(mig), &mig->priv->in_use);
}
