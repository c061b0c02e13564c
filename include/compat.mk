# SPDX-License-Identifier: GPL-2.0
# What compat.h has to supply is found by looking into the kernel's headers,
# not at its version.

vfio_h := $(srctree)/include/linux/vfio.h
has = $(if $(shell grep -sw $(1) $(vfio_h)),-DVFIO_MIG_HAVE_$(2))

compat-flags := $(if $(wildcard $(srctree)/include/linux/crc32c.h),-DVFIO_MIG_HAVE_CRC32C_H)
compat-flags += $(if $(shell grep -sw __crc32c_le $(srctree)/include/linux/crc32.h),-DVFIO_MIG_HAVE_CRC32C_LE)
compat-flags += $(call has,detach_ioas,DETACH_IOAS)
compat-flags += $(call has,vfio_free_device,FREE_DEVICE)
compat-flags += $(call has,get_region_info_caps,REGION_INFO_CAPS)
compat-flags += $(call has,migration_get_data_size,DATA_SIZE)
compat-flags += $(call has,precopy_info_v2,PRECOPY_V2)
compat-flags += $(if $(shell grep -sw VFIO_MIG_GET_PRECOPY_INFO $(srctree)/include/uapi/linux/vfio.h),-DVFIO_MIG_HAVE_PRE_COPY)
compat-flags += $(if $(wildcard $(srctree)/include/linux/pfn_t.h),-DVFIO_MIG_HAVE_PFN_T)
compat-flags += $(if $(shell grep -sw vfio_pci_core_get_iomap $(srctree)/include/linux/vfio_pci_core.h),-DVFIO_MIG_HAVE_GET_IOMAP)
# Where DMA logging's report is made: in vfio itself, or in iommufd.
compat-flags += $(if $(shell grep -sw CONFIG_IOMMUFD_DRIVER $(srctree)/include/linux/iova_bitmap.h),-DVFIO_MIG_HAVE_IOMMUFD_BITMAP)

compat-flags += $(if $(shell grep -s '__u64 eventfd_signal' $(srctree)/include/linux/eventfd.h),-DVFIO_MIG_HAVE_EVENTFD_N)

# Is what a region is like asked by an operation of its own?
has-region-info-caps := $(shell grep -sw get_region_info_caps $(vfio_h))

# Does vfio-pci keep a list of mappings?
has-vma-list := $(shell grep -sw vma_list $(srctree)/include/linux/vfio_pci_core.h)
