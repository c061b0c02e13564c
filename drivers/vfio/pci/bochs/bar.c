// SPDX-License-Identifier: GPL-2.0
/*
 * What a user writes to the BARs through the file.  A device that stands still
 * takes nothing, and a tracker learns of what goes to the memory.
 */
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/uaccess.h>
#include <asm/byteorder.h>

#include "bochs.h"

/* Bytes that are taken over from user memory at a time. */
#define CHUNK	256

static void write_memory(struct bochs_device *bochs, u64 pos, const void *data,
			 size_t count)
{
	if (bochs->tracker) {
		bochs_track_touch(bochs, pos >> PAGE_SHIFT);
		bochs_track_touch(bochs,
				  (pos + count - 1) >> PAGE_SHIFT);
	}
	memcpy_toio(bochs->memory + pos, data, count);
}

/* As the bus would carry it: naturally aligned accesses, 4 bytes at most. */
static void put_registers(struct bochs_device *bochs, u64 pos, const u8 *data,
			  size_t count)
{
	while (count) {
		void __iomem *reg = bochs->registers + pos;
		__le32 wire = 0;
		size_t size = 4;

		while (size > count || pos % size)
			size /= 2;
		memcpy(&wire, data, size);
		if (size == 4)
			iowrite32(le32_to_cpu(wire), reg);
		else if (size == 2)
			iowrite16(le32_to_cpu(wire), reg);
		else
			iowrite8(le32_to_cpu(wire), reg);
		pos += size;
		data += size;
		count -= size;
	}
}

/*
 * A picture of another size or depth is drawn anew, all of it: what was sent of
 * the old one was in vain.  Moving about in the memory, as those do who draw one
 * picture while another is shown, is no such thing.
 */
static void write_registers(struct bochs_device *bochs, u64 pos,
			    const u8 *data, size_t count)
{
	u64 before = bochs->tracker ? bochs_hw_geometry(bochs) : 0;

	put_registers(bochs, pos, data, count);
	if (bochs->tracker && bochs_hw_geometry(bochs) != before)
		vfio_mig_reinit(&bochs->pci.mig);
}

static int write_chunk(struct bochs_device *bochs, unsigned int bar, u64 pos,
		       const void *data, size_t count)
{
	struct vfio_pci_core_device *core = &bochs->pci.core;
	int ret = -EIO;

	down_read(&bochs->gate);
	down_read(&core->memory_lock);
	if (!vfio_mig_memory_enabled(&bochs->pci.mig))
		goto out;
	ret = -EBUSY;
	if (bochs->held)
		goto out;
	if (bar == BOCHS_MEMORY_BAR)
		write_memory(bochs, pos, data, count);
	else
		write_registers(bochs, pos, data, count);
	ret = 0;
out:
	up_read(&core->memory_lock);
	up_read(&bochs->gate);
	return ret;
}

/* User memory is touched with no lock held: it may be this very BAR. */
static ssize_t write_all(struct bochs_device *bochs, unsigned int bar, u64 pos,
			 const char __user *buf, size_t count)
{
	u8 chunk[CHUNK];
	size_t done = 0;
	size_t size;
	int ret;

	while (done < count) {
		size = min_t(size_t, count - done, CHUNK - pos % CHUNK);
		ret = -EFAULT;
		if (!copy_from_user(chunk, buf + done, size))
			ret = write_chunk(bochs, bar, pos, chunk, size);
		if (ret)
			return done ?: ret;
		done += size;
		pos += size;
		cond_resched();
	}
	return done;
}

ssize_t bochs_bar_write(struct bochs_device *bochs, unsigned int bar,
			const char __user *buf, size_t count, loff_t *ppos)
{
	struct pci_dev *pdev = bochs->pci.core.pdev;
	u64 pos = *ppos & VFIO_PCI_OFFSET_MASK;
	ssize_t ret;

	if (!count)
		return 0;
	if (pos >= pci_resource_len(pdev, bar))
		return -EINVAL;
	count = min_t(u64, count, pci_resource_len(pdev, bar) - pos);

	/* A user may have let the device sleep. */
	if (pm_runtime_resume_and_get(&pdev->dev))
		return -EIO;
	ret = vfio_mig_finish_reset(&bochs->pci.mig);
	if (!ret)
		ret = write_all(bochs, bar, pos, buf, count);
	pm_runtime_put(&pdev->dev);
	if (ret > 0)
		*ppos += ret;
	return ret;
}
