/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family, as the module and devices' lives see it. */
#ifndef VFIO_MIG_NETLINK_H
#define VFIO_MIG_NETLINK_H

struct vfio_mig_device;

#ifdef CONFIG_VFIO_MIG_NETLINK
/* From here on it is the one that listens (hooks.h). */
int vfio_mig_netlink_init(void);
void vfio_mig_netlink_exit(void);

/* From add to remove a device is in dumps. */
int vfio_mig_netlink_add(struct vfio_mig_device *mig);
void vfio_mig_netlink_remove(struct vfio_mig_device *mig);
#else
static inline int vfio_mig_netlink_init(void)
{
	return 0;
}

static inline void vfio_mig_netlink_exit(void)
{
}

static inline int vfio_mig_netlink_add(struct vfio_mig_device *mig)
{
	return 0;
}

static inline void vfio_mig_netlink_remove(struct vfio_mig_device *mig)
{
}
#endif

#endif /* VFIO_MIG_NETLINK_H */
