// SPDX-License-Identifier: GPL-2.0
/*
 * The user's memory, for a driver that moves its device's bytes itself.
 *
 * Of a user with a container VFIO's core knows where the memory is.  With an
 * iommufd it knows that of devices without an IOMMU only; for those with one
 * this has an access of its own, beside the device's attachment, and keeps it
 * in the same address space.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/vfio.h>
#include <linux/workqueue.h>

#include "mig.h"

#if IS_ENABLED(CONFIG_IOMMUFD)
#include <linux/iommufd.h>

MODULE_INFO(import_ns, "IOMMUFD");

/* Nothing is pinned, so there is nothing to let go of. */
static void access_unmap(void *data, unsigned long iova, unsigned long length)
{
}

static const struct iommufd_access_ops access_ops = {
	.unmap = access_unmap,
};

int vfio_mig_memory_bind(struct vfio_device *vdev, struct iommufd_ctx *ictx,
			 u32 *out_device_id)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	struct iommufd_access *access;
	u32 id;
	int ret;

	ret = vfio_iommufd_physical_bind(vdev, ictx, out_device_id);
	if (ret)
		return ret;
	access = iommufd_access_create(ictx, &access_ops, mig, &id);
	if (IS_ERR(access)) {
		vfio_iommufd_physical_unbind(vdev);
		return PTR_ERR(access);
	}
	mig->priv->access = access;
	return 0;
}

/* The device is closed, so nobody uses the access any more. */
void vfio_mig_memory_unbind(struct vfio_device *vdev)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);

	iommufd_access_destroy(mig->priv->access);
	mig->priv->access = NULL;
	mig->priv->ioas = 0;
	vfio_iommufd_physical_unbind(vdev);
}

/* Ids begin at 1; 0 is nowhere. */
static int move_access(struct vfio_mig_device *mig, u32 ioas)
{
	int ret = 0;

	if (!ioas)
		iommufd_access_detach(mig->priv->access);
	else if (mig->priv->ioas)
		ret = iommufd_access_replace(mig->priv->access, ioas);
	else
		ret = iommufd_access_attach(mig->priv->access, ioas);
	if (!ret)
		mig->priv->ioas = ioas;
	return ret;
}

/*
 * The access goes first: it is what refuses a page table (a HWPT), of which
 * nobody outside of iommufd can tell whose memory is in it.  If the device cannot
 * follow, it goes back.  That can fail for want of memory; then it is nowhere, and
 * a transfer finds nothing mapped, until the device is attached anew.  Where the
 * device is not it must not stay: bytes would go to memory that is not its own.
 */
int vfio_mig_memory_attach_ioas(struct vfio_device *vdev, u32 *pt_id)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);
	u32 before = mig->priv->ioas;
	int ret;

	ret = move_access(mig, *pt_id);
	if (ret)
		return ret;
	ret = vfio_iommufd_physical_attach_ioas(vdev, pt_id);
	if (ret && move_access(mig, before))
		move_access(mig, 0);
	return ret;
}

void vfio_mig_memory_detach_ioas(struct vfio_device *vdev)
{
	struct vfio_mig_device *mig = vfio_mig_from_vdev(vdev);

	vfio_iommufd_physical_detach_ioas(vdev);
	if (mig->priv->ioas)
		move_access(mig, 0);
}

static int access_rw(struct vfio_mig_device *mig, dma_addr_t iova, void *data,
		     size_t length, bool write)
{
	return iommufd_access_rw(mig->priv->access, iova, data, length,
				 (write ? IOMMUFD_ACCESS_RW_WRITE : 0) |
				 IOMMUFD_ACCESS_RW_KTHREAD);
}
#else
static int access_rw(struct vfio_mig_device *mig, dma_addr_t iova, void *data,
		     size_t length, bool write)
{
	return -EINVAL;
}
#endif /* CONFIG_IOMMUFD */

static int rw(struct vfio_mig_device *mig, dma_addr_t iova, void *data,
	      size_t length, bool write)
{
	if (mig->priv->access)
		return access_rw(mig, iova, data, length, write);
	return vfio_dma_rw(mig->vdev, iova, data, length, write);
}

/*
 * A user decides when his memory answers: it may be behind a userfaultfd, or in a
 * file system in user space.  VFIO or iommufd hold a lock of theirs meanwhile, which
 * nobody who maps, unmaps or closes waits for in a way that he can be killed.  So an
 * access that has come to nothing by then is ended.
 */
#define ATTEMPT_MS	20

/**
 * struct attempt - an access that ends in time
 * @end: Ends it.
 * @task: Whose it is.
 */
struct attempt {
	struct delayed_work end;
	struct task_struct *task;
};

/* What ends the wait of a process that is killed. */
static void end_attempt(struct work_struct *work)
{
	struct attempt *attempt = container_of(to_delayed_work(work),
					       struct attempt, end);

	send_sig(SIGKILL, attempt->task, 1);
}

/* A thread of the kernel takes a signal only while it allows that. */
int vfio_mig_dma_rw(struct vfio_mig_device *mig, dma_addr_t iova, void *data,
		    size_t length, bool write)
{
	struct attempt attempt = { .task = current };
	int ret;

	if (WARN_ON_ONCE(!(current->flags & PF_KTHREAD)))
		return -EINVAL;
	if (!vfio_mig_bus(mig->vdev)->may_dma(mig))
		return -EPERM;
	INIT_DELAYED_WORK_ONSTACK(&attempt.end, end_attempt);
	allow_kernel_signal(SIGKILL);
	schedule_delayed_work(&attempt.end, msecs_to_jiffies(ATTEMPT_MS));
	ret = rw(mig, iova, data, length, write);
	cancel_delayed_work_sync(&attempt.end);
	/* EBUSY: its user is moving his memory (VFIO_DMA_UNMAP_FLAG_VADDR). */
	if ((ret == -EFAULT && signal_pending(current)) || ret == -EBUSY)
		ret = -EAGAIN;
	/* And what is pending is forgotten. */
	disallow_signal(SIGKILL);
	destroy_delayed_work_on_stack(&attempt.end);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_mig_dma_rw);
