// SPDX-License-Identifier: GPL-2.0
/* The PCI driver, and the mistakes that can be made outside of a session. */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "../../../drivers/vfio/mig/pci/new_ops.h"
#include "broken.h"

/* All that the driver knows; one for all devices. */
DEFINE_MUTEX(broken_lock);

static char fault[64];
module_param_string(fault, fault, sizeof(fault), 0644);
MODULE_PARM_DESC(fault, "The mistake to make");

bool is_broken(const char *name)
{
	return sysfs_streq(fault, name);
}

static bool is_stopped(struct vfio_device *vdev)
{
	bool stopped;

	mutex_lock(&broken_lock);
	stopped = broken_from_vdev(vdev)->state == VFIO_MIG_STOP;
	mutex_unlock(&broken_lock);
	return stopped;
}

/* As a device would that was not stopped. */
static void broken_dma(struct work_struct *work)
{
	struct broken *broken = container_of(to_delayed_work(work),
					     struct broken, dma);
	u8 byte = 0;

	vfio_dma_rw(&broken->core.vdev, BROKEN_IOVA, &byte, sizeof(byte), true);
}

static void offer_states(struct broken *broken)
{
	struct vfio_device *vdev = &broken->core.vdev;

	vdev->migration_flags = VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P;
	if (!is_broken("v2_without_pre_copy"))
		vdev->migration_flags |= VFIO_MIG_HAS_PRE_COPY;
	vfio_mig_routes_init(&broken->routes, vdev->migration_flags);
	if (is_broken("unknown_flag"))
		vdev->migration_flags |= BIT(3);
}

static int broken_init(struct vfio_device *vdev)
{
	struct broken *broken = broken_from_vdev(vdev);

	vdev->mig_ops = &broken_mig_ops;
	offer_states(broken);
	broken->state = VFIO_MIG_RUNNING;
	broken->kept = VFIO_MIG_RUNNING;
	INIT_DELAYED_WORK(&broken->dma, broken_dma);
	INIT_DELAYED_WORK(&broken->tick, broken_tick);
	mutex_init(&broken->work_lock);
	return vfio_pci_core_init_dev(vdev);
}

static int broken_open(struct vfio_device *vdev)
{
	struct broken *broken = broken_from_vdev(vdev);
	int ret;

	ret = vfio_pci_core_enable(&broken->core);
	if (ret)
		return ret;
	vfio_pci_core_finish_enable(&broken->core);
	mutex_lock(&broken_lock);
	offer_states(broken);
	broken_start_over(broken, BROKEN_BY_CLOSE);
	if (is_broken("close_keeps_the_state"))
		broken->state = broken->kept;
	mutex_unlock(&broken_lock);
	return 0;
}

static void broken_close(struct vfio_device *vdev)
{
	struct broken *broken = broken_from_vdev(vdev);

	cancel_delayed_work_sync(&broken->dma);
	cancel_delayed_work_sync(&broken->tick);
	broken_set_trigger(broken, -1);
	mutex_lock(&broken_lock);
	broken->kept = is_broken("close_keeps_the_state") ? broken->state :
							    VFIO_MIG_RUNNING;
	broken->v2_left = broken->v2 && is_broken("v2_outlives_closing");
	broken->v2 = false;
	broken_start_over(broken, BROKEN_BY_CLOSE);
	mutex_unlock(&broken_lock);
	vfio_pci_core_close_device(vdev);
}

/* The device's own interrupt is signalled where MSI is. */
static int take_trigger(struct vfio_device *vdev, const struct vfio_irq_set *set,
			unsigned long arg)
{
	s32 fd = -1;

	if (set->index != VFIO_PCI_MSI_IRQ_INDEX ||
	    !(set->flags & VFIO_IRQ_SET_ACTION_TRIGGER))
		return 0;
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD && set->count) {
		if (get_user(fd, (s32 __user *)(arg + sizeof(*set))))
			return -EFAULT;
	} else if (set->count) {
		return 0;
	}
	broken_set_trigger(broken_from_vdev(vdev), fd);
	return 0;
}

/* What an interrupt's setup comes to: 1 if it is to be done. */
static int set_irqs(struct vfio_device *vdev, unsigned long arg)
{
	struct vfio_irq_set set;
	int ret;

	if (copy_from_user(&set, (void __user *)arg,
			   offsetofend(struct vfio_irq_set, count)))
		return -EFAULT;
	ret = take_trigger(vdev, &set, arg);
	if (ret)
		return ret;
	if (!is_stopped(vdev))
		return 1;
	if (set.flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return is_broken("no_interrupts_in_stop") ? -EIO : 1;
	return set.count && is_broken("interrupts_are_lost_in_stop") ? 0 : 1;
}

static int hide_reset(struct vfio_device_info __user *info)
{
	u32 flags;

	if (get_user(flags, &info->flags))
		return -EFAULT;
	return put_user(flags & ~VFIO_DEVICE_FLAGS_RESET, &info->flags);
}

/* What the hardware has is nobody's. */
static int reset_at_once(struct broken *broken)
{
	bool stopped;

	mutex_lock(&broken_lock);
	stopped = broken->state == VFIO_MIG_STOP;
	broken_start_over(broken, BROKEN_BY_RESET);
	if (stopped && is_broken("stop_survives_a_reset"))
		broken->state = VFIO_MIG_STOP;
	mutex_unlock(&broken_lock);
	return 0;
}

static long broken_ioctl(struct vfio_device *vdev, unsigned int cmd,
			 unsigned long arg)
{
	struct broken *broken = broken_from_vdev(vdev);
	long ret;

	if (cmd == VFIO_DEVICE_SET_IRQS) {
		ret = set_irqs(vdev, arg);
		if (ret <= 0)
			return ret;
	}
	if (cmd == VFIO_DEVICE_RESET && broken->core.reset_works)
		return reset_at_once(broken);
	ret = vfio_pci_core_ioctl(vdev, cmd, arg);
	if (cmd == VFIO_DEVICE_GET_INFO && !ret && is_broken("hides_its_reset"))
		return hide_reset((void __user *)arg);
	return ret;
}

/* What VFIO itself does from Linux 7.1 on: an older one hands it on to the driver. */
static int precopy_info_v2(struct vfio_device *vdev, u32 flags, size_t argsz)
{
	struct broken *broken = broken_from_vdev(vdev);
	u32 methods = VFIO_DEVICE_FEATURE_SET;
	int ret;

	if (!(vdev->migration_flags & VFIO_MIG_HAS_PRE_COPY) &&
	    !is_broken("v2_without_pre_copy"))
		return -EINVAL;
	if (argsz && is_broken("v2_refuses_data"))
		return -EINVAL;
	if (is_broken("v2_can_be_read"))
		methods |= VFIO_DEVICE_FEATURE_GET;
	ret = vfio_check_feature(flags, argsz, methods, 0);
	if (ret != 1)
		return ret;
	mutex_lock(&broken_lock);
	broken->v2 = true;
	mutex_unlock(&broken_lock);
	return 0;
}

static int broken_feature(struct vfio_device *vdev, u32 flags,
			  void __user *arg, size_t argsz)
{
	if ((flags & VFIO_DEVICE_FEATURE_MASK) == BROKEN_PRECOPY_INFO_V2)
		return precopy_info_v2(vdev, flags, argsz);
	/* But for the calls of <linux/vfio_mig.h>, whose answers would be believed. */
	if (is_broken("any_feature_is_there") &&
	    (flags & VFIO_DEVICE_FEATURE_MASK & ~0xf) != VFIO_MIG_FEATURE_BASE)
		return 0;
	return vfio_pci_core_ioctl_feature(vdev, flags, arg, argsz);
}

static bool in_config(loff_t pos)
{
	return VFIO_PCI_OFFSET_TO_INDEX(pos) == VFIO_PCI_CONFIG_REGION_INDEX;
}

static bool in_bar(loff_t pos)
{
	return VFIO_PCI_OFFSET_TO_INDEX(pos) == VFIO_PCI_BAR0_REGION_INDEX;
}

static ssize_t broken_read(struct vfio_device *vdev, char __user *buf,
			   size_t count, loff_t *ppos)
{
	bool at_start = in_config(*ppos) && !(*ppos & VFIO_PCI_OFFSET_MASK);

	if (in_bar(*ppos))
		return broken_bar_read(broken_from_vdev(vdev), buf, count,
				       *ppos & VFIO_PCI_OFFSET_MASK);

	if (at_start && is_stopped(vdev) && is_broken("config_is_lost_in_stop"))
		return clear_user(buf, count) ? -EFAULT : count;
	return vfio_pci_core_read(vdev, buf, count, ppos);
}

static ssize_t broken_write(struct vfio_device *vdev, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	if (in_bar(*ppos))
		return broken_bar_write(broken_from_vdev(vdev), buf, count,
					*ppos & VFIO_PCI_OFFSET_MASK);
	if (in_config(*ppos) && is_stopped(vdev) &&
	    is_broken("config_is_read_only_in_stop"))
		return count;
	return vfio_pci_core_write(vdev, buf, count, ppos);
}

static const struct vfio_device_ops broken_ops = {
	.name = "broken-vfio-pci",
	.init = broken_init,
	.release = vfio_pci_core_release_dev,
	.open_device = broken_open,
	.close_device = broken_close,
	.ioctl = broken_ioctl,
	.device_feature = broken_feature,
	.read = broken_read,
	.write = broken_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	VFIO_MIG_PCI_NEW_OPS
};

/*
 * vfio-pci resets the bus whenever the device is opened and closed.  An emulated device
 * is there again at once, and nobody here looks at it, so the kernel need not wait.
 */
static int broken_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct broken *broken;
	int ret;

	broken = vfio_alloc_device(broken, core.vdev, &pdev->dev, &broken_ops);
	if (IS_ERR(broken))
		return PTR_ERR(broken);
	dev_set_drvdata(&pdev->dev, &broken->core);
	broken->reset_delay = pdev->d3cold_delay;
	pdev->d3cold_delay = 0;
	ret = vfio_pci_core_register_device(&broken->core);
	if (ret) {
		pdev->d3cold_delay = broken->reset_delay;
		vfio_put_device(&broken->core.vdev);
	}
	return ret;
}

static void broken_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_pci_core_unregister_device(core);
	pdev->d3cold_delay = broken_from_vdev(&core->vdev)->reset_delay;
	vfio_put_device(&core->vdev);
}

static void broken_reset_done(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	mutex_lock(&broken_lock);
	broken_start_over(broken_from_vdev(&core->vdev), BROKEN_BY_RESET);
	mutex_unlock(&broken_lock);
}

static const struct pci_error_handlers broken_err_handlers = {
	.reset_done = broken_reset_done,
	.error_detected = vfio_pci_core_aer_err_detected,
};

/* Any device, but only by driver_override. */
static const struct pci_device_id broken_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

static struct pci_driver broken_driver = {
	.name = KBUILD_MODNAME,
	.id_table = broken_ids,
	.probe = broken_probe,
	.remove = broken_remove,
	.err_handler = &broken_err_handlers,
	.driver_managed_dma = true,
};

module_pci_driver(broken_driver);

MODULE_DESCRIPTION("VFIO driver that makes the mistake it is told to make");
MODULE_LICENSE("GPL");
