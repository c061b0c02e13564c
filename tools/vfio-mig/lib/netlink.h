/* SPDX-License-Identifier: GPL-2.0 */
/* The two files of the library that speak netlink. */
#ifndef VFIOMIG_NETLINK_H
#define VFIOMIG_NETLINK_H

#include <netlink/attr.h>

#include "vfiomig_monitor.h"

struct nl_sock;

/* Connected to the family vfio_mig, whose number is *@family. */
struct nl_sock *lib_netlink_open(int *family, int *err,
				 struct vfiomig_error *error);

/* Attributes that did not come are 0, and "". */
__u32 lib_attr_u32(struct nlattr *attr);
__u64 lib_attr_u64(struct nlattr *attr);
void lib_attr_text(struct nlattr *attr, char *text, size_t size);
void lib_attr_failure(struct nlattr *nest, struct vfiomig_failure *failure);

#endif /* VFIOMIG_NETLINK_H */
