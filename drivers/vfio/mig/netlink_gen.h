/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/vfio_mig.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_VFIO_MIG_GEN_H
#define _LINUX_VFIO_MIG_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/vfio_mig_netlink.h>
#include <linux/vfio.h>
#include <linux/vfio.h>

/* Global operation policy for vfio_mig */
extern const struct nla_policy vfio_mig_device_nl_policy[VFIO_MIG_A_DEVICE_NAME + 1];

/* Ops table for vfio_mig */
extern const struct genl_small_ops vfio_mig_nl_ops[1];

int vfio_mig_nl_get_doit(struct sk_buff *skb, struct genl_info *info);
int vfio_mig_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	VFIO_MIG_NLGRP_STATE,
	VFIO_MIG_NLGRP_PROGRESS,
	VFIO_MIG_NLGRP_ERROR,
};

#endif /* _LINUX_VFIO_MIG_GEN_H */
