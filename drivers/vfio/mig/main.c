// SPDX-License-Identifier: GPL-2.0
/* The module. */
#include <linux/module.h>

#include "mig.h"
#include "netlink.h"

static int __init vfio_mig_module_init(void)
{
	int ret;

	ret = vfio_mig_machine_init();
	if (ret)
		return ret;
	ret = vfio_mig_netlink_init();
	if (ret) {
		vfio_mig_machine_exit();
		return ret;
	}
	vfio_mig_fault_init();
	return 0;
}

static void __exit vfio_mig_module_exit(void)
{
	vfio_mig_fault_exit();
	vfio_mig_netlink_exit();
	vfio_mig_machine_exit();
}

module_init(vfio_mig_module_init);
module_exit(vfio_mig_module_exit);

MODULE_DESCRIPTION("VFIO migration state machine for variant drivers");
MODULE_LICENSE("GPL");
