// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfio_mig.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/vfio_mig_netlink.h>
#include <linux/vfio.h>
#include <linux/vfio.h>

/* Global operation policy for vfio_mig */
const struct nla_policy vfio_mig_device_nl_policy[VFIO_MIG_A_DEVICE_NAME + 1] = {
	[VFIO_MIG_A_DEVICE_NAME] = { .type = NLA_NUL_STRING, .len = 63, },
};

/* Ops table for vfio_mig */
const struct genl_small_ops vfio_mig_nl_ops[1] = {
	{
		.cmd	= VFIO_MIG_CMD_GET,
		.doit	= vfio_mig_nl_get_doit,
		.dumpit	= vfio_mig_nl_get_dumpit,
		.flags	= GENL_ADMIN_PERM,
	},
};

static const struct genl_multicast_group vfio_mig_nl_mcgrps[] = {
	[VFIO_MIG_NLGRP_STATE] = { "state", },
	[VFIO_MIG_NLGRP_PROGRESS] = { "progress", },
	[VFIO_MIG_NLGRP_ERROR] = { "error", },
};
