// SPDX-License-Identifier: GPL-2.0
/* Nobody is told, and nobody spoils anything, until somebody is put here. */
#include <linux/cache.h>

#include "hooks.h"

const struct vfio_mig_listener *vfio_mig_listener __ro_after_init;
const struct vfio_mig_spoiler *vfio_mig_spoiler __ro_after_init;
