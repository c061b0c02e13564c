/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What newer kernels want a vfio-pci variant driver to fill in of struct vfio_device_ops.
 * What older ones lack of it is in compat.h.
 */
#ifndef VFIO_MIG_PCI_NEW_OPS_H
#define VFIO_MIG_PCI_NEW_OPS_H

#include <linux/vfio_pci_core.h>

#ifndef VFIO_MIG_PCI_OPS_BY
#define VFIO_MIG_PCI_OPS_BY(way)						\
	.bind_iommufd = way##_bind,					\
	.unbind_iommufd = way##_unbind,					\
	.attach_ioas = way##_attach_ioas,				\
	.detach_ioas = way##_detach_ioas,				\
	.pasid_attach_ioas = vfio_iommufd_physical_pasid_attach_ioas,	\
	.pasid_detach_ioas = vfio_iommufd_physical_pasid_detach_ioas,	\
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,		\
	.match_token_uuid = vfio_pci_core_match_token_uuid
#endif

#ifndef VFIO_MIG_PCI_NEW_OPS
#define VFIO_MIG_PCI_NEW_OPS	VFIO_MIG_PCI_OPS_BY(vfio_iommufd_physical)

/* The same where the core has an access to the user's memory. */
#define VFIO_MIG_PCI_MEMORY_OPS	VFIO_MIG_PCI_OPS_BY(vfio_mig_memory)
#endif

#endif /* VFIO_MIG_PCI_NEW_OPS_H */
