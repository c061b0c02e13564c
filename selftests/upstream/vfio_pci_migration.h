/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of migration need besides the library: states, data files, and something to
 * be moved.  Most of it ends the test if the device does not do it, as the library does.
 */
#ifndef SELFTESTS_VFIO_PCI_MIGRATION_H
#define SELFTESTS_VFIO_PCI_MIGRATION_H

#include <linux/types.h>
#include <linux/vfio.h>

#include <libvfio.h>

#define NR_STATES	(VFIO_DEVICE_STATE_PRE_COPY_P2P + 1)

extern const char * const state_names[NR_STATES];

u64 migration_flags(struct vfio_pci_device *device);
u32 state_get(struct vfio_pci_device *device);

/* 0 or -errno; *@data_fd is -1 if none came. */
int state_set(struct vfio_pci_device *device, u32 state, int *data_fd);

/* What <linux/vfio.h> says of states and of pairs of them, ERROR left out. */
bool is_offered(u64 flags, u32 state);
bool is_saving(u32 state);

/* Who has stopped for good does not go back to pre-copy; all else is a way of arcs. */
bool is_allowed(u32 from, u32 to);
bool opens_a_file(u32 from, u32 to);

/* By address; or by UUID, which is of a mediated device, and has a group only. */
struct vfio_pci_device *device_open(const char *name, struct iommu *iommu);
void device_close(struct vfio_pci_device *device);
bool is_mediated(const char *name);

/* Whatever it was doing; what can only be reset then is. */
void let_run(struct vfio_pci_device *device);

/**
 * struct known_device - a device that the tests can put something into
 * @vendor, @device: Its ids.
 * @region, @offset, @size: A register that keeps what is written.
 * @complement: It keeps the complement of that.
 */
struct known_device {
	u16 vendor;
	u16 device;
	u32 region;
	u64 offset;
	size_t size;
	bool complement;
};

/* NULL: it is not known. */
const struct known_device *find_known(struct vfio_pci_device *device);
void enable_decode(struct vfio_pci_device *device);
void known_write(struct vfio_pci_device *device, const struct known_device *known,
		 u32 value);
u32 known_read(struct vfio_pci_device *device, const struct known_device *known);

struct stream {
	u8 *data;
	size_t size;
};

/* Append what there is: 0 at the end, or the errno of read(). */
int stream_read(int data_fd, struct stream *stream, size_t chunk);
int stream_write(int data_fd, const struct stream *stream, size_t size, size_t chunk);
void stream_free(struct stream *stream);

/* From RUNNING or STOP to STOP; load() says why not. */
void save(struct vfio_pci_device *device, struct stream *stream, size_t chunk);
int load(struct vfio_pci_device *device, const struct stream *stream, size_t chunk);

/* From RUNNING; in RESUMING @stream is written, so that it can be left again. */
int enter(struct vfio_pci_device *device, u32 state, const struct stream *stream);

#endif /* SELFTESTS_VFIO_PCI_MIGRATION_H */
