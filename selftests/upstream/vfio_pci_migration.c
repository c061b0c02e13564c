// SPDX-License-Identifier: GPL-2.0-only
/* vfio_pci_migration.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sys/ioctl.h>

#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/pci_regs.h>
#include <linux/sizes.h>
#include <linux/vfio.h>

#include <libvfio.h>

#include "vfio_pci_migration.h"

#define FEATURE_ROOM	32
#define STREAM_MAX	SZ_64M

const char * const state_names[NR_STATES] = {
	[VFIO_DEVICE_STATE_ERROR] = "ERROR",
	[VFIO_DEVICE_STATE_STOP] = "STOP",
	[VFIO_DEVICE_STATE_RUNNING] = "RUNNING",
	[VFIO_DEVICE_STATE_STOP_COPY] = "STOP_COPY",
	[VFIO_DEVICE_STATE_RESUMING] = "RESUMING",
	[VFIO_DEVICE_STATE_RUNNING_P2P] = "RUNNING_P2P",
	[VFIO_DEVICE_STATE_PRE_COPY] = "PRE_COPY",
	[VFIO_DEVICE_STATE_PRE_COPY_P2P] = "PRE_COPY_P2P",
};

static const struct known_device known_devices[] = {
	/* QEMU's edu: the liveness check */
	{ 0x1234, 0x11e8, VFIO_PCI_BAR0_REGION_INDEX, 0x04, 4, true },
	/* QEMU's bochs-display: the width of the screen */
	{ 0x1234, 0x1111, VFIO_PCI_BAR2_REGION_INDEX, 0x502, 2, false },
	/* samples/vfio-mdev/mtty.c: the scratch register of its first port */
	{ 0x4348, 0x3253, VFIO_PCI_BAR0_REGION_INDEX, 0x07, 1, false },
};

/* ---- the feature ---- */

static int feature_ioctl(struct vfio_pci_device *device, u32 flags, void *data, size_t size)
{
	u64 buf[(sizeof(struct vfio_device_feature) + FEATURE_ROOM) / sizeof(u64)] = {};
	struct vfio_device_feature *feature = (void *)buf;

	VFIO_ASSERT_LE(size, FEATURE_ROOM);
	feature->argsz = sizeof(*feature) + size;
	feature->flags = flags;
	memcpy(feature->data, data, size);
	if (ioctl(device->fd, VFIO_DEVICE_FEATURE, feature))
		return -errno;
	memcpy(data, feature->data, size);
	return 0;
}

u64 migration_flags(struct vfio_pci_device *device)
{
	struct vfio_device_feature_migration migration = {};
	int ret;

	ret = feature_ioctl(device, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION,
			    &migration, sizeof(migration));
	VFIO_ASSERT_EQ(ret, 0, "%s does not migrate\n", device->bdf);
	return migration.flags;
}

int state_set(struct vfio_pci_device *device, u32 state, int *data_fd)
{
	struct vfio_device_feature_mig_state mig = { .device_state = state, .data_fd = -1 };
	int ret;

	ret = feature_ioctl(device, VFIO_DEVICE_FEATURE_SET |
			    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &mig, sizeof(mig));
	*data_fd = ret ? -1 : mig.data_fd;
	return ret;
}

u32 state_get(struct vfio_pci_device *device)
{
	struct vfio_device_feature_mig_state mig = {};
	int ret;

	ret = feature_ioctl(device, VFIO_DEVICE_FEATURE_GET |
			    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &mig, sizeof(mig));
	VFIO_ASSERT_EQ(ret, 0, "%s: its state cannot be read\n", device->bdf);
	return mig.device_state;
}

bool is_offered(u64 flags, u32 state)
{
	switch (state) {
	case VFIO_DEVICE_STATE_ERROR:
		return false;
	case VFIO_DEVICE_STATE_RUNNING_P2P:
		return flags & VFIO_MIGRATION_P2P;
	case VFIO_DEVICE_STATE_PRE_COPY:
		return flags & VFIO_MIGRATION_PRE_COPY;
	case VFIO_DEVICE_STATE_PRE_COPY_P2P:
		return flags & VFIO_MIGRATION_PRE_COPY && flags & VFIO_MIGRATION_P2P;
	default:
		return state < NR_STATES;
	}
}

static bool is_pre_copy(u32 state)
{
	return state == VFIO_DEVICE_STATE_PRE_COPY ||
	       state == VFIO_DEVICE_STATE_PRE_COPY_P2P;
}

bool is_saving(u32 state)
{
	return state == VFIO_DEVICE_STATE_STOP_COPY || is_pre_copy(state);
}

bool is_allowed(u32 from, u32 to)
{
	return !(from == VFIO_DEVICE_STATE_STOP_COPY && is_pre_copy(to));
}

bool opens_a_file(u32 from, u32 to)
{
	if (from == to)
		return false;
	return to == VFIO_DEVICE_STATE_RESUMING || (is_saving(to) && !is_saving(from));
}

/* ---- a device ---- */

bool is_mediated(const char *name)
{
	return !strchr(name, ':');
}

/* As vfio_pci_group_setup(), for what is no PCI device of this machine. */
static void mediated_group_setup(struct vfio_pci_device *device)
{
	char path[PATH_MAX], target[PATH_MAX];
	int group, ret;
	ssize_t length;

	snprintf_assert(path, sizeof(path), "/sys/bus/mdev/devices/%s/iommu_group",
			device->bdf);
	length = readlink(path, target, sizeof(target) - 1);
	VFIO_ASSERT_GT(length, 0, "readlink(%s) failed\n", path);
	target[length] = '\0';
	ret = sscanf(strrchr(target, '/'), "/%d", &group);
	VFIO_ASSERT_EQ(ret, 1);
	snprintf_assert(path, sizeof(path), "/dev/vfio/%d", group);
	device->group_fd = open(path, O_RDWR);
	VFIO_ASSERT_GE(device->group_fd, 0, "open(%s) failed\n", path);
	ioctl_assert(device->group_fd, VFIO_GROUP_SET_CONTAINER,
		     &device->iommu->container_fd);
}

struct vfio_pci_device *device_open(const char *name, struct iommu *iommu)
{
	struct vfio_pci_device *device;

	if (!is_mediated(name))
		return vfio_pci_device_init(name, iommu);

	device = vfio_pci_device_alloc(name, iommu);
	mediated_group_setup(device);
	vfio_container_set_iommu(device);
	__vfio_pci_group_get_device_fd(device, name, NULL);
	VFIO_ASSERT_GE(device->fd, 0);
	device->info.argsz = sizeof(device->info);
	ioctl_assert(device->fd, VFIO_DEVICE_GET_INFO, &device->info);
	return device;
}

void device_close(struct vfio_pci_device *device)
{
	if (!is_mediated(device->bdf)) {
		vfio_pci_device_cleanup(device);
		return;
	}
	VFIO_ASSERT_EQ(close(device->fd), 0);
	VFIO_ASSERT_EQ(close(device->group_fd), 0);
	vfio_pci_device_free(device);
}

void let_run(struct vfio_pci_device *device)
{
	int data_fd;

	if (state_set(device, VFIO_DEVICE_STATE_RUNNING, &data_fd))
		vfio_pci_device_reset(device);
	VFIO_ASSERT_EQ(state_get(device), VFIO_DEVICE_STATE_RUNNING);
}

static void region_access(struct vfio_pci_device *device, u32 index, u64 offset, void *data,
			  size_t size, bool write)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };
	ssize_t done;

	ioctl_assert(device->fd, VFIO_DEVICE_GET_REGION_INFO, &info);
	done = write ? pwrite(device->fd, data, size, info.offset + offset) :
		       pread(device->fd, data, size, info.offset + offset);
	VFIO_ASSERT_EQ(done, size, "region %u, %#llx\n", index, (unsigned long long)offset);
}

const struct known_device *find_known(struct vfio_pci_device *device)
{
	u16 ids[2];
	int i;

	region_access(device, VFIO_PCI_CONFIG_REGION_INDEX, PCI_VENDOR_ID, ids, sizeof(ids),
		      false);
	for (i = 0; i < ARRAY_SIZE(known_devices); i++)
		if (known_devices[i].vendor == ids[0] && known_devices[i].device == ids[1])
			return &known_devices[i];
	return NULL;
}

void enable_decode(struct vfio_pci_device *device)
{
	u16 command = PCI_COMMAND_IO | PCI_COMMAND_MEMORY;

	region_access(device, VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND, &command,
		      sizeof(command), true);
}

void known_write(struct vfio_pci_device *device, const struct known_device *known,
		 u32 value)
{
	region_access(device, known->region, known->offset, &value, known->size, true);
}

u32 known_read(struct vfio_pci_device *device, const struct known_device *known)
{
	u32 value = 0;

	region_access(device, known->region, known->offset, &value, known->size, false);
	if (known->complement)
		value = ~value;
	return value;
}

/* ---- a stream ---- */

int stream_read(int data_fd, struct stream *stream, size_t chunk)
{
	ssize_t done;

	if (!stream->data)
		stream->data = malloc_assert(STREAM_MAX);
	do {
		VFIO_ASSERT_LE(stream->size + chunk, STREAM_MAX);
		done = read(data_fd, stream->data + stream->size, chunk);
		if (done > 0)
			stream->size += done;
	} while (done > 0);
	return done < 0 ? -errno : 0;
}

int stream_write(int data_fd, const struct stream *stream, size_t size, size_t chunk)
{
	size_t at = 0;
	ssize_t done;

	while (at < size) {
		done = write(data_fd, stream->data + at, min_t(size_t, chunk, size - at));
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		at += done;
	}
	return 0;
}

void stream_free(struct stream *stream)
{
	free(stream->data);
	*stream = (struct stream) {};
}

void save(struct vfio_pci_device *device, struct stream *stream, size_t chunk)
{
	int data_fd, none;

	VFIO_ASSERT_EQ(state_set(device, VFIO_DEVICE_STATE_STOP_COPY, &data_fd), 0);
	VFIO_ASSERT_EQ(stream_read(data_fd, stream, chunk), 0);
	VFIO_ASSERT_EQ(state_set(device, VFIO_DEVICE_STATE_STOP, &none), 0);
	VFIO_ASSERT_EQ(close(data_fd), 0);
}

int load(struct vfio_pci_device *device, const struct stream *stream, size_t chunk)
{
	int data_fd, none, ret;

	VFIO_ASSERT_EQ(state_set(device, VFIO_DEVICE_STATE_RESUMING, &data_fd), 0);
	ret = stream_write(data_fd, stream, stream->size, chunk);
	if (!ret)
		ret = state_set(device, VFIO_DEVICE_STATE_STOP, &none);
	VFIO_ASSERT_EQ(close(data_fd), 0);
	return ret;
}

int enter(struct vfio_pci_device *device, u32 state, const struct stream *stream)
{
	int data_fd;

	VFIO_ASSERT_EQ(state_set(device, state, &data_fd), 0, "%s\n", state_names[state]);
	if (state == VFIO_DEVICE_STATE_RESUMING)
		VFIO_ASSERT_EQ(stream_write(data_fd, stream, stream->size, SZ_1M), 0);
	return data_fd;
}
