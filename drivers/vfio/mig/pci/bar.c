// SPDX-License-Identifier: GPL-2.0
/*
 * A BAR whose accesses the driver sees.  What a user reads and writes is cut into what a
 * bus would carry, and each access is one call of the driver.  User memory is touched
 * with no lock held: it may be this very BAR.
 */
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/pm_runtime.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "pci.h"

/* Bytes of memory that are taken over from a user at a time. */
#define CHUNK	256

/* What the guest believes, but for devices that lie, and for those that sleep. */
bool vfio_mig_decodes(struct vfio_mig_pci_device *pci, bool io)
{
	struct vfio_pci_core_device *core = &pci->core;
	u16 command;

	lockdep_assert_held(&core->memory_lock);

	command = le16_to_cpu(*(__le16 *)&core->vconfig[PCI_COMMAND]);
	if (vfio_mig_is_asleep(core->pdev))
		return false;
	return core->pdev->no_command_memory ||
	       command & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);
}

/**
 * struct access - what is done at once
 * @bar: Where.
 * @pos: And at which byte of it.
 * @length: How many bytes.
 * @write: Written, and not read.
 * @number: They, as on the bus.
 * @bytes: They, of memory.
 */
struct access {
	const struct vfio_mig_pci_bar *bar;
	u64 pos;
	u32 length;
	bool write;
	union {
		__le64 number;
		u8 bytes[CHUNK];
	};
};

static int call_locked(struct vfio_mig_device *mig, struct access *access)
{
	const struct vfio_mig_pci_bar *bar = access->bar;
	u64 value;

	lockdep_assert_held(&mig->lock);

	if (access->write && vfio_mig_memory_held(vfio_mig_pci(mig)))
		return -EBUSY;
	if (access->write && bar->memory) {
		vfio_mig_memory_put(vfio_mig_pci(mig), access->pos,
				    access->bytes, access->length);
		return 0;
	}
	if (access->write)
		return bar->write(mig, access->pos,
				  le64_to_cpu(access->number), access->length);
	value = bar->read(mig, access->pos, access->length);
	access->number = cpu_to_le64(value);
	return 0;
}

static int call(struct vfio_mig_pci_device *pci, struct access *access)
{
	struct vfio_mig_device *mig = &pci->mig;
	int ret = -EIO;

	vfio_mig_memory_enter(pci);
	down_read(&pci->core.memory_lock);
	if (vfio_mig_decodes(pci, access->bar->io)) {
		mutex_lock(&mig->lock);
		ret = call_locked(mig, access);
		mutex_unlock(&mig->lock);
	}
	up_read(&pci->core.memory_lock);
	vfio_mig_memory_leave(pci);
	return ret;
}

/* The largest naturally aligned access at @pos, of at most @count bytes. */
static u32 access_length(const struct vfio_mig_pci_bar *bar, bool write, u64 pos,
			 size_t count)
{
	u32 length = bar->widest ?: 4;

	if (write && bar->memory)
		return min_t(size_t, count, CHUNK - pos % CHUNK);
	while (length > count || !IS_ALIGNED(pos, length))
		length /= 2;
	return length;
}

static int access_user(struct vfio_mig_pci_device *pci, struct access *access,
		       char __user *buf)
{
	int ret;

	access->number = 0;
	if (access->write && copy_from_user(access->bytes, buf, access->length))
		return -EFAULT;
	ret = call(pci, access);
	if (ret || access->write)
		return ret;
	return copy_to_user(buf, access->bytes, access->length) ? -EFAULT : 0;
}

/* What was done before something failed has been done. */
static ssize_t access_all(struct vfio_mig_pci_device *pci,
			  const struct vfio_mig_pci_bar *bar, char __user *buf,
			  size_t count, u64 pos, bool write)
{
	struct access access = { .bar = bar, .write = write };
	size_t done = 0;
	int ret;

	while (done < count) {
		access.pos = pos + done;
		access.length = access_length(bar, write, pos + done,
					      count - done);
		ret = access_user(pci, &access, buf + done);
		if (ret)
			return done ?: ret;
		done += access.length;
		cond_resched();
	}
	return done;
}

static ssize_t rw(struct vfio_mig_pci_device *pci, unsigned int index,
		  char __user *buf, size_t count, loff_t *ppos, bool write)
{
	const struct vfio_mig_pci_bar *bar =
		&vfio_mig_pci_driver(pci)->bars[index];
	u64 size = pci_resource_len(pci->core.pdev, index);
	struct device *dev = &pci->core.pdev->dev;
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	ssize_t ret;

	if (!count)
		return 0;
	if (pos >= size)
		return -EINVAL;
	count = min_t(u64, count, size - pos);

	/* A user may have let the device sleep. */
	if (pm_runtime_resume_and_get(dev))
		return -EIO;
	ret = vfio_mig_finish_reset(&pci->mig);
	if (!ret)
		ret = access_all(pci, bar, buf, count, pos, write);
	pm_runtime_put(dev);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

ssize_t vfio_mig_bar_read(struct vfio_mig_pci_device *pci, unsigned int bar,
			  char __user *buf, size_t count, loff_t *ppos)
{
	return rw(pci, bar, buf, count, ppos, false);
}

ssize_t vfio_mig_bar_write(struct vfio_mig_pci_device *pci, unsigned int bar,
			   const char __user *buf, size_t count, loff_t *ppos)
{
	return rw(pci, bar, (char __user *)buf, count, ppos, true);
}
