// SPDX-License-Identifier: GPL-2.0
/*
 * Linked into the kernel's own tests of VFIO: where they do not say how to open
 * a device they mean iommufd; here VFIO_MODE says it.
 */
#include <stdlib.h>

#include <libvfio.h>

static void __attribute__((constructor)) set_default_mode(void)
{
	const char *mode = getenv("VFIO_MODE");

	if (mode)
		default_iommu_mode = mode;
}
