// SPDX-License-Identifier: GPL-2.0
/* Interrupts, as eventfds. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "lib.h"

int vfiomig_irq_info(struct vfiomig_dev *dev, __u32 index,
		     struct vfio_irq_info *info, struct vfiomig_error *error)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = index;
	if (ioctl(dev->fd, VFIO_DEVICE_GET_IRQ_INFO, info))
		return lib_fail_errno(error, -errno,
				      "%s: cannot ask for interrupt %u",
				      dev->info.name, index);
	return 0;
}

static int set_irqs(struct vfiomig_dev *dev, const struct vfio_irq_set *set,
		    const char *what, struct vfiomig_error *error)
{
	if (ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, set))
		return lib_fail_errno(error, -errno,
				      "%s: cannot %s interrupt %u",
				      dev->info.name, what, set->index);
	return 0;
}

int vfiomig_irq_enable(struct vfiomig_dev *dev, __u32 index,
		       const int *eventfds, unsigned int count,
		       struct vfiomig_error *error)
{
	size_t size = sizeof(struct vfio_irq_set) + count * sizeof(*eventfds);
	struct vfio_irq_set *set = calloc(1, size);
	int err;

	if (!set)
		return lib_fail_errno(error, -ENOMEM, "%s", dev->info.name);
	set->argsz = size;
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = index;
	set->count = count;
	memcpy(set->data, eventfds, count * sizeof(*eventfds));
	err = set_irqs(dev, set, "enable", error);
	free(set);
	return err;
}

int vfiomig_irq_disable(struct vfiomig_dev *dev, __u32 index,
			struct vfiomig_error *error)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index,
	};

	return set_irqs(dev, &set, "disable", error);
}

static int act_on(struct vfiomig_dev *dev, __u32 index, __u32 vector,
		  __u32 action, const char *what, struct vfiomig_error *error)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | action,
		.index = index,
		.start = vector,
		.count = 1,
	};

	return set_irqs(dev, &set, what, error);
}

int vfiomig_irq_mask(struct vfiomig_dev *dev, __u32 index, __u32 vector,
		     struct vfiomig_error *error)
{
	return act_on(dev, index, vector, VFIO_IRQ_SET_ACTION_MASK, "mask",
		      error);
}

int vfiomig_irq_unmask(struct vfiomig_dev *dev, __u32 index, __u32 vector,
		       struct vfiomig_error *error)
{
	return act_on(dev, index, vector, VFIO_IRQ_SET_ACTION_UNMASK,
		      "unmask", error);
}

int vfiomig_irq_trigger(struct vfiomig_dev *dev, __u32 index, __u32 vector,
			struct vfiomig_error *error)
{
	return act_on(dev, index, vector, VFIO_IRQ_SET_ACTION_TRIGGER,
		      "trigger", error);
}
