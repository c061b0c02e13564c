// SPDX-License-Identifier: GPL-2.0
/* BARs and config space. */
#include <endian.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib.h"

int vfiomig_region_info(struct vfiomig_dev *dev, __u32 region,
			struct vfio_region_info *info,
			struct vfiomig_error *error)
{
	memset(info, 0, sizeof(*info));
	info->argsz = sizeof(*info);
	info->index = region;
	if (ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, info))
		return lib_fail_errno(error, -errno,
				      "%s: cannot ask for region %u",
				      dev->info.name, region);
	return 0;
}

/* Where the region starts in the device's file. */
static int find_region(struct vfiomig_dev *dev, __u32 region, __u64 *start,
		       struct vfiomig_error *error)
{
	struct vfio_region_info info;
	int err;

	if (region < LIB_REGIONS && dev->regions[region].known) {
		*start = dev->regions[region].start;
		return 0;
	}
	err = vfiomig_region_info(dev, region, &info, error);
	if (err)
		return err;
	*start = info.offset;
	if (region < LIB_REGIONS) {
		dev->regions[region].known = true;
		dev->regions[region].start = info.offset;
	}
	return 0;
}

static int check_access(struct vfiomig_dev *dev, __u32 region, __u64 offset,
			ssize_t done, size_t size, const char *what,
			struct vfiomig_error *error)
{
	int err = done < 0 ? -errno : -EIO;

	if (done == (ssize_t)size)
		return 0;
	return lib_fail_errno(error, err, "%s: cannot %s %zu bytes at 0x%llx of region %u",
			      dev->info.name, what, size, offset, region);
}

int vfiomig_read(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		 void *data, size_t size, struct vfiomig_error *error)
{
	__u64 start;
	int err = find_region(dev, region, &start, error);

	if (err)
		return err;
	return check_access(dev, region, offset,
			    pread(dev->fd, data, size, start + offset), size,
			    "read", error);
}

int vfiomig_write(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		  const void *data, size_t size, struct vfiomig_error *error)
{
	__u64 start;
	int err = find_region(dev, region, &start, error);

	if (err)
		return err;
	return check_access(dev, region, offset,
			    pwrite(dev->fd, data, size, start + offset), size,
			    "write", error);
}

int vfiomig_read32(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		   __u32 *value, struct vfiomig_error *error)
{
	int err;

	*value = 0;
	err = vfiomig_read(dev, region, offset, value, sizeof(*value), error);
	*value = le32toh(*value);
	return err;
}

int vfiomig_write32(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		    __u32 value, struct vfiomig_error *error)
{
	value = htole32(value);
	return vfiomig_write(dev, region, offset, &value, sizeof(value), error);
}

int vfiomig_read64(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		   __u64 *value, struct vfiomig_error *error)
{
	int err;

	*value = 0;
	err = vfiomig_read(dev, region, offset, value, sizeof(*value), error);
	*value = le64toh(*value);
	return err;
}

int vfiomig_write64(struct vfiomig_dev *dev, __u32 region, __u64 offset,
		    __u64 value, struct vfiomig_error *error)
{
	value = htole64(value);
	return vfiomig_write(dev, region, offset, &value, sizeof(value), error);
}

int vfiomig_region_map(struct vfiomig_dev *dev, __u32 region, void **memory,
		       size_t *size, struct vfiomig_error *error)
{
	const __u32 both = VFIO_REGION_INFO_FLAG_READ |
			   VFIO_REGION_INFO_FLAG_WRITE |
			   VFIO_REGION_INFO_FLAG_MMAP;
	struct vfio_region_info info;
	void *map;
	int err;

	*memory = NULL;
	*size = 0;
	err = vfiomig_region_info(dev, region, &info, error);
	if (err)
		return err;
	if ((info.flags & both) != both)
		return lib_fail(error, -EOPNOTSUPP,
				"%s: region %u cannot be mapped",
				dev->info.name, region);
	map = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   dev->fd, info.offset);
	if (map == MAP_FAILED)
		return lib_fail_errno(error, -errno,
				      "%s: cannot map region %u",
				      dev->info.name, region);
	*memory = map;
	*size = info.size;
	return 0;
}

int vfiomig_pci_command(struct vfiomig_dev *dev, __u16 set, __u16 clear,
			struct vfiomig_error *error)
{
	__u16 command;
	int err;

	err = vfiomig_read(dev, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND,
			   &command, sizeof(command), error);
	if (err)
		return err;
	command = htole16((le16toh(command) & ~clear) | set);
	return vfiomig_write(dev, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND,
			     &command, sizeof(command), error);
}
