// SPDX-License-Identifier: GPL-2.0
/*
 * BAR0 as a guest sees it.  The region is trapped whole: every access comes
 * through here, is cut into what a bus would carry, and decoded as the device
 * decodes it.
 */
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>
#include <asm/byteorder.h>

#include "edu.h"

/* Registers of 4 bytes that the hardware has, and a frozen device remembers. */
static u32 read_narrow(struct edu_device *edu, u32 reg)
{
	const struct edu_state *state = &edu->state;

	if (edu->mode != EDU_FROZEN)
		return edu_hw_read(edu, reg);
	switch (reg) {
	case EDU_ID:
		/* The same at all times; reading it does no harm. */
		return edu_hw_read(edu, reg);
	case EDU_LIVENESS:
		return state->liveness;
	case EDU_FACTORIAL:
		return state->factorial;
	case EDU_STATUS:
		return state->status;
	case EDU_IRQ_STATUS:
		return state->irq_status;
	default:
		return U32_MAX;
	}
}

/* What does not fit the device's decoder never reaches a register. */
static u64 read_access(struct edu_device *edu, u32 reg, u32 size)
{
	if (size < 4)
		return 0;
	if (reg >= EDU_WIDE)
		return edu_dma_read_reg(edu, reg);
	if (size != 4)
		return U64_MAX;
	return read_narrow(edu, reg);
}

static void write_access(struct edu_device *edu, u32 reg, u64 value, u32 size)
{
	if (edu->mode == EDU_FROZEN || size < 4)
		return;
	if (reg >= EDU_WIDE)
		edu_dma_write_reg(edu, reg, value);
	else if (size == 4)
		edu_hw_write(edu, reg, value);
}

static int access(struct edu_device *edu, u32 reg, u64 *value, u32 size,
		  bool write)
{
	struct vfio_pci_core_device *core = &edu->pci.core;
	int ret = -EIO;

	down_read(&core->memory_lock);
	if (!vfio_mig_memory_enabled(&edu->pci.mig))
		goto out;
	mutex_lock(&edu->lock);
	if (write)
		write_access(edu, reg, *value, size);
	else
		*value = read_access(edu, reg, size);
	mutex_unlock(&edu->lock);
	ret = 0;
out:
	up_read(&core->memory_lock);
	return ret;
}

/* One access; user memory is touched with no lock held. */
static int access_user(struct edu_device *edu, u32 reg, char __user *buf,
		       u32 size, bool write)
{
	u64 value = 0;
	__le64 wire = 0;
	int ret;

	if (write && copy_from_user(&wire, buf, size))
		return -EFAULT;
	value = le64_to_cpu(wire);
	ret = access(edu, reg, &value, size, write);
	if (ret || write)
		return ret;
	wire = cpu_to_le64(value);
	return copy_to_user(buf, &wire, size) ? -EFAULT : 0;
}

/* The largest naturally aligned access at @pos, of at most @count bytes. */
static u32 access_size(u64 pos, size_t count)
{
	u32 size = 8;

	while (size > count || pos % size)
		size /= 2;
	return size;
}

static ssize_t rw(struct edu_device *edu, char __user *buf, size_t count,
		  u64 pos, bool write)
{
	size_t done = 0;
	u32 size;
	int ret;

	while (done < count) {
		size = access_size(pos + done, count - done);
		ret = access_user(edu, pos + done, buf + done, size, write);
		if (ret)
			return ret;
		done += size;
	}
	return done;
}

ssize_t edu_bar_rw(struct edu_device *edu, char __user *buf, size_t count,
		   loff_t *ppos, bool write)
{
	struct device *dev = &edu->pci.core.pdev->dev;
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	ssize_t ret;

	if (!count)
		return 0;
	if (pos >= EDU_BAR_SIZE)
		return -EINVAL;
	count = min_t(size_t, count, EDU_BAR_SIZE - pos);

	/* A user may have let the device sleep. */
	if (pm_runtime_resume_and_get(dev))
		return -EIO;
	ret = vfio_mig_finish_reset(&edu->pci.mig);
	if (!ret)
		ret = rw(edu, buf, count, pos, write);
	pm_runtime_put(dev);
	if (ret > 0)
		*ppos += ret;
	return ret;
}
