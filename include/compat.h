/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels, force-included into every file of the modules, whose source
 * reads as for the newest kernel.  VFIO_MIG_HAVE_* come from compat.mk, which looks into the
 * kernel's headers: a distribution may have any of them at any version.
 */
#ifndef VFIO_MIG_COMPAT_H
#define VFIO_MIG_COMPAT_H

#include <linux/kconfig.h>
#include <linux/types.h>

/* crc32c() moved here from the crypto API, which costs more than a frame's few bytes. */
#ifdef VFIO_MIG_HAVE_CRC32C_H
#include <linux/crc32c.h>
#endif
#ifdef VFIO_MIG_HAVE_CRC32C_LE
#include <linux/crc32.h>
static inline u32 vfio_mig_crc32c(u32 crc, const void *data, size_t length)
{
	return length < 64 ? __crc32c_le(crc, data, length) : crc32c(crc, data, length);
}
#else
#define vfio_mig_crc32c(crc, data, length)	crc32c(crc, data, length)
#endif

/* How often an eventfd is signalled could be said once. */
#ifdef VFIO_MIG_HAVE_EVENTFD_N
#include <linux/eventfd.h>
#define eventfd_signal(ctx)	eventfd_signal(ctx, 1)
#endif

/* A frame's number was a type of its own for a while. */
#ifdef VFIO_MIG_HAVE_PFN_T
#include <linux/pfn_t.h>
#define vmf_insert_pfn_pmd(vmf, pfn, write)				\
	vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV), write)
#endif

/* DMA logging's report moved to iommufd; without that vfio takes a START, and cannot report. */
#ifdef VFIO_MIG_HAVE_IOMMUFD_BITMAP
#define VFIO_MIG_KERNEL_REPORTS_DMA	IS_ENABLED(CONFIG_IOMMUFD_DRIVER)
#else
#define VFIO_MIG_KERNEL_REPORTS_DMA	true
#endif

/* Members that struct vfio_device_ops gained, oldest first. */
#ifndef VFIO_MIG_HAVE_REGION_INFO_CAPS
#ifdef VFIO_MIG_HAVE_DETACH_IOAS
#define VFIO_MIG_PCI_OPS_BY(way)						\
	.bind_iommufd = way##_bind,					\
	.unbind_iommufd = way##_unbind,					\
	.attach_ioas = way##_attach_ioas,				\
	.detach_ioas = way##_detach_ioas
#define VFIO_MIG_SOFT_NEW_OPS(...)	VFIO_MIG_PCI_OPS_BY(vfio_iommufd_emulated),
#else
#define VFIO_MIG_PCI_NEW_OPS	/* none */
#define VFIO_MIG_PCI_MEMORY_OPS	/* none */
#define VFIO_MIG_SOFT_NEW_OPS(...)	/* none */
#endif
#endif

/* VFIO frees a device by itself. */
#ifndef VFIO_MIG_HAVE_FREE_DEVICE
#define vfio_free_device(vdev)	((void)(vdev))
#endif

/* That BARs are requested and mapped when a device is opened, instead of when used. */
#ifndef VFIO_MIG_HAVE_GET_IOMAP
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>
static inline void __iomem *
vfio_pci_core_get_iomap(struct vfio_pci_core_device *core, unsigned int bar)
{
	int ret;

	if (core->barmap[bar])
		return core->barmap[bar];
	ret = pci_request_selected_regions(core->pdev, BIT(bar), "vfio-pci");
	if (ret)
		return IOMEM_ERR_PTR(ret);
	core->barmap[bar] = pci_iomap(core->pdev, bar, 0);
	if (core->barmap[bar])
		return core->barmap[bar];
	pci_release_selected_regions(core->pdev, BIT(bar));
	return IOMEM_ERR_PTR(-ENOMEM);
}
#endif

/* MIG_DATA_SIZE; without it the number reaches the driver all the same. */
#ifdef VFIO_MIG_HAVE_DATA_SIZE
#define VFIO_MIG_DATA_SIZE_OP(get)	.migration_get_data_size = (get),
#else
#define VFIO_MIG_DATA_SIZE_OP(...)	/* none */
#define VFIO_DEVICE_FEATURE_MIG_DATA_SIZE 9
struct vfio_device_feature_mig_data_size {
	__aligned_u64 stop_copy_length;
};
#endif

/* PRE_COPY; the core hands its states on to the driver all the same. */
#ifndef VFIO_MIG_HAVE_PRE_COPY
#define VFIO_MIG_GET_PRECOPY_INFO _IO(';', 100 + 21)
struct vfio_precopy_info {
	__u32 argsz;
	__u32 flags;
	__aligned_u64 initial_bytes;
	__aligned_u64 dirty_bytes;
};
#endif

/* Before MIG_PRECOPY_INFOv2, flags went back as they came. */
#ifdef VFIO_MIG_HAVE_PRECOPY_V2
#define vfio_mig_precopy_v2(vdev)	((vdev)->precopy_info_v2)
#else
#define VFIO_PRECOPY_INFO_REINIT	1
#define vfio_mig_precopy_v2(vdev)	((void)(vdev), false)
#endif
#endif /* VFIO_MIG_COMPAT_H */
