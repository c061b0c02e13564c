// SPDX-License-Identifier: GPL-2.0
/* The interrupts of a device in software, told by eventfds as vfio-pci tells them. */
#include <linux/eventfd.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "soft.h"

#define NO_IRQ	VFIO_PCI_NUM_IRQS

static void tell_line_locked(struct vfio_mig_soft_irq *irq)
{
	lockdep_assert_held(&irq->lock);

	if (irq->type != VFIO_PCI_INTX_IRQ_INDEX || !irq->trigger ||
	    !irq->line || irq->masked || irq->disabled)
		return;
	irq->masked = true;
	eventfd_signal(irq->trigger);
}

/* ---- as the driver and config space see them ---- */

void vfio_mig_soft_line(struct vfio_mig_device *mig, bool up)
{
	struct vfio_mig_soft_irq *irq = &vfio_mig_soft(mig)->irq;

	mutex_lock(&irq->lock);
	if (irq->type != VFIO_PCI_MSI_IRQ_INDEX) {
		irq->line = up;
		tell_line_locked(irq);
	}
	mutex_unlock(&irq->lock);
}
EXPORT_SYMBOL_GPL(vfio_mig_soft_line);

/* A message is a write to memory, which takes a bus master. */
void vfio_mig_soft_message(struct vfio_mig_device *mig)
{
	struct vfio_mig_soft_device *soft = vfio_mig_soft(mig);
	struct vfio_mig_soft_irq *irq = &soft->irq;

	lockdep_assert_held(&mig->lock);

	mutex_lock(&irq->lock);
	if (irq->type == VFIO_PCI_MSI_IRQ_INDEX && irq->trigger &&
	    soft->config[PCI_COMMAND] & PCI_COMMAND_MASTER)
		eventfd_signal(irq->trigger);
	mutex_unlock(&irq->lock);
}
EXPORT_SYMBOL_GPL(vfio_mig_soft_message);

void vfio_mig_soft_irq_disable(struct vfio_mig_soft_device *soft, bool disabled)
{
	struct vfio_mig_soft_irq *irq = &soft->irq;

	mutex_lock(&irq->lock);
	irq->disabled = disabled;
	tell_line_locked(irq);
	mutex_unlock(&irq->lock);
}

/* One word each, of which an old one will do. */
bool vfio_mig_soft_line_is_up(struct vfio_mig_soft_device *soft)
{
	return READ_ONCE(soft->irq.line);
}

bool vfio_mig_soft_sends_messages(struct vfio_mig_soft_device *soft)
{
	return READ_ONCE(soft->irq.type) == VFIO_PCI_MSI_IRQ_INDEX;
}

/* Somebody waits for the device to be closed. */
void vfio_mig_soft_request(struct vfio_device *vdev, unsigned int count)
{
	struct vfio_mig_soft_irq *irq = &vfio_mig_soft_from_vdev(vdev)->irq;

	mutex_lock(&irq->lock);
	if (irq->request)
		eventfd_signal(irq->request);
	else if (!count)
		dev_notice(vdev->dev, "no way to ask its user to give it back\n");
	mutex_unlock(&irq->lock);
}

/* ---- as a user sets them ---- */

/* The line is as it was; who sends messages has it down. */
static void replace_trigger(struct vfio_mig_soft_irq *irq, u32 type,
			    struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old;

	mutex_lock(&irq->lock);
	old = irq->trigger;
	irq->trigger = trigger;
	if (irq->type != type)
		irq->masked = false;
	irq->type = type;
	if (type == VFIO_PCI_MSI_IRQ_INDEX)
		irq->line = false;
	tell_line_locked(irq);
	mutex_unlock(&irq->lock);
	if (old)
		eventfd_ctx_put(old);
}

static void replace_request(struct vfio_mig_soft_irq *irq,
			    struct eventfd_ctx *request)
{
	struct eventfd_ctx *old;

	mutex_lock(&irq->lock);
	old = irq->request;
	irq->request = request;
	mutex_unlock(&irq->lock);
	if (old)
		eventfd_ctx_put(old);
}

static void switch_off(struct vfio_mig_soft_irq *irq)
{
	/* Waits for its work, so not under the lock. */
	vfio_virqfd_disable(&irq->unmask);
	replace_trigger(irq, NO_IRQ, NULL);
}

static void set_masked(struct vfio_mig_soft_irq *irq, bool masked)
{
	mutex_lock(&irq->lock);
	irq->masked = masked;
	tell_line_locked(irq);
	mutex_unlock(&irq->lock);
}

static void unmask_work(void *opaque, void *unused)
{
	struct vfio_mig_soft_device *soft = opaque;

	set_masked(&soft->irq, false);
}

/* What was given: nothing (yes), a byte that says so, or an eventfd. */
static bool says_yes(const struct vfio_irq_set *set, const void *data)
{
	return set->flags & VFIO_IRQ_SET_DATA_NONE ||
	       (set->flags & VFIO_IRQ_SET_DATA_BOOL && *(const u8 *)data);
}

/* NULL: none any more; or an errno. */
static struct eventfd_ctx *get_eventfd(const void *data)
{
	s32 fd = *(const s32 *)data;

	if (fd < -1)
		return ERR_PTR(-EINVAL);
	return fd < 0 ? NULL : eventfd_ctx_fdget(fd);
}

static int set_mask(struct vfio_mig_soft_device *soft,
		    const struct vfio_irq_set *set, const void *data, bool mask)
{
	struct vfio_mig_soft_irq *irq = &soft->irq;
	s32 fd;

	if (set->index != VFIO_PCI_INTX_IRQ_INDEX)
		return -ENOTTY;
	if (irq->type != VFIO_PCI_INTX_IRQ_INDEX || set->start ||
	    set->count != 1)
		return -EINVAL;
	if (!(set->flags & VFIO_IRQ_SET_DATA_EVENTFD)) {
		if (says_yes(set, data))
			set_masked(irq, mask);
		return 0;
	}
	if (mask)
		return -ENOTTY;
	fd = *(const s32 *)data;
	if (fd >= 0)
		return vfio_virqfd_enable(soft, NULL, unmask_work, NULL,
					  &irq->unmask, fd);
	vfio_virqfd_disable(&irq->unmask);
	return 0;
}

static void trigger_by_hand(struct vfio_mig_soft_irq *irq,
			    struct eventfd_ctx **trigger)
{
	mutex_lock(&irq->lock);
	if (*trigger)
		eventfd_signal(*trigger);
	mutex_unlock(&irq->lock);
}

static int set_trigger(struct vfio_mig_soft_device *soft,
		       const struct vfio_irq_set *set, const void *data)
{
	struct vfio_mig_soft_irq *irq = &soft->irq;
	struct eventfd_ctx *trigger;

	if (irq->type == set->index && !set->count &&
	    set->flags & VFIO_IRQ_SET_DATA_NONE) {
		switch_off(irq);
		return 0;
	}
	if ((irq->type != set->index && irq->type != NO_IRQ) || set->start ||
	    set->count != 1)
		return -EINVAL;
	if (set->flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		trigger = get_eventfd(data);
		if (IS_ERR(trigger))
			return PTR_ERR(trigger);
		replace_trigger(irq, set->index, trigger);
		return 0;
	}
	if (irq->type != set->index)
		return -EINVAL;
	if (says_yes(set, data))
		trigger_by_hand(irq, &irq->trigger);
	return 0;
}

static int set_request(struct vfio_mig_soft_device *soft,
		       const struct vfio_irq_set *set, const void *data)
{
	struct vfio_mig_soft_irq *irq = &soft->irq;
	struct eventfd_ctx *request;

	if (set->start || set->count > 1)
		return -EINVAL;
	if (!set->count) {
		if (!(set->flags & VFIO_IRQ_SET_DATA_NONE))
			return -EINVAL;
		replace_request(irq, NULL);
		return 0;
	}
	if (!(set->flags & VFIO_IRQ_SET_DATA_EVENTFD)) {
		if (says_yes(set, data))
			trigger_by_hand(irq, &irq->request);
		return 0;
	}
	request = get_eventfd(data);
	if (IS_ERR(request))
		return PTR_ERR(request);
	replace_request(irq, request);
	return 0;
}

static int set_irqs(struct vfio_mig_soft_device *soft,
		    const struct vfio_irq_set *set, const void *data)
{
	bool request = set->index == VFIO_PCI_REQ_IRQ_INDEX;

	switch (set->flags & VFIO_IRQ_SET_ACTION_TYPE_MASK) {
	case VFIO_IRQ_SET_ACTION_MASK:
		return set_mask(soft, set, data, true);
	case VFIO_IRQ_SET_ACTION_UNMASK:
		return set_mask(soft, set, data, false);
	case VFIO_IRQ_SET_ACTION_TRIGGER:
		return request ? set_request(soft, set, data) :
				 set_trigger(soft, set, data);
	default:
		return -ENOTTY;
	}
}

static u32 number_of(u32 index)
{
	return index == VFIO_PCI_INTX_IRQ_INDEX ||
	       index == VFIO_PCI_MSI_IRQ_INDEX ||
	       index == VFIO_PCI_REQ_IRQ_INDEX;
}

long vfio_mig_soft_set_irqs(struct vfio_mig_soft_device *soft,
			    struct vfio_irq_set __user *user)
{
	size_t head = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	size_t data_size = 0;
	void *data = NULL;
	int ret;

	if (copy_from_user(&set, user, head))
		return -EFAULT;
	ret = vfio_set_irqs_validate_and_prepare(&set, number_of(set.index),
						 VFIO_PCI_NUM_IRQS, &data_size);
	if (ret)
		return ret;
	if (data_size)
		data = memdup_user((void __user *)user + head, data_size);
	if (IS_ERR(data))
		return PTR_ERR(data);
	mutex_lock(&soft->irq.set_lock);
	ret = set_irqs(soft, &set, data);
	mutex_unlock(&soft->irq.set_lock);
	kfree(data);
	return ret;
}

long vfio_mig_soft_irq_info(struct vfio_irq_info __user *user)
{
	size_t size = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, user, size))
		return -EFAULT;
	/* VFIO_PCI_ERR_IRQ_INDEX is of PCI Express. */
	if (info.argsz < size || info.index >= VFIO_PCI_NUM_IRQS ||
	    info.index == VFIO_PCI_ERR_IRQ_INDEX)
		return -EINVAL;
	info.count = number_of(info.index);
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	info.flags |= info.index == VFIO_PCI_INTX_IRQ_INDEX ?
		      VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED :
		      VFIO_IRQ_INFO_NORESIZE;
	return copy_to_user(user, &info, size) ? -EFAULT : 0;
}

/* ---- a device's life ---- */

void vfio_mig_soft_irq_init(struct vfio_mig_soft_device *soft)
{
	mutex_init(&soft->irq.set_lock);
	mutex_init(&soft->irq.lock);
	soft->irq.type = NO_IRQ;
}

void vfio_mig_soft_irq_destroy(struct vfio_mig_soft_device *soft)
{
	mutex_destroy(&soft->irq.lock);
	mutex_destroy(&soft->irq.set_lock);
}

/* Nobody can set them any more. */
void vfio_mig_soft_irq_close(struct vfio_mig_soft_device *soft)
{
	mutex_lock(&soft->irq.set_lock);
	switch_off(&soft->irq);
	replace_request(&soft->irq, NULL);
	mutex_unlock(&soft->irq.set_lock);
}
