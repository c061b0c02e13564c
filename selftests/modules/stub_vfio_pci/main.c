// SPDX-License-Identifier: GPL-2.0
/* The module, and the parameters by which a test says what happens. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "stub.h"

static char fault[64];
module_param_string(fault, fault, sizeof(fault), 0644);
MODULE_PARM_DESC(fault, "What goes wrong");

static char hold[64];
module_param_string(hold, hold, sizeof(hold), 0644);
MODULE_PARM_DESC(hold, "Where to wait until this says something else");

static unsigned long held;
module_param(held, ulong, 0444);
MODULE_PARM_DESC(held, "How many times somebody has begun to wait");

module_param_named(placed, stub_placed, ulong, 0444);
MODULE_PARM_DESC(placed, "Bytes of memory that were placed");

module_param_named(longest, stub_longest, ulong, 0644);
MODULE_PARM_DESC(longest, "Most bytes that were placed at once");

module_param_named(scrubs, stub_scrubs, ulong, 0444);
MODULE_PARM_DESC(scrubs, "How often a device was told to hold the power-on state");

module_param_named(command, stub_command, ulong, 0444);
MODULE_PARM_DESC(command, "PCI_COMMAND as it was when it looked (fault=looks)");

module_param_named(cleared, stub_cleared, ulong, 0444);
MODULE_PARM_DESC(cleared, "How often the device could be reached for that (fault=looks)");

module_param_named(resuming, stub_resuming, ulong, 0444);
MODULE_PARM_DESC(resuming, "Whether a device was told last that a stream comes");

bool stub_fails(const char *what)
{
	return sysfs_streq(fault, what);
}

static bool holds(const char *where)
{
	return sysfs_streq(hold, where);
}

void stub_wait(const char *where)
{
	if (!holds(where))
		return;
	WRITE_ONCE(held, held + 1);
	while (holds(where))
		usleep_range(1000, 2000);
}

/* Who was killed before it is over has been, whatever is seen first. */
int stub_wait_killable(struct vfio_mig_device *mig, const char *where)
{
	if (!holds(where))
		return 0;
	WRITE_ONCE(held, held + 1);
	while (holds(where) && !vfio_mig_may_give_up(mig))
		usleep_range(1000, 2000);
	return vfio_mig_may_give_up(mig) ? -EINTR : 0;
}

static int declare(const char *mistake, const struct kernel_param *param)
{
	return stub_declare(mistake);
}

static const struct kernel_param_ops declare_ops = { .set = declare };
module_param_cb(declare, &declare_ops, NULL, 0200);
MODULE_PARM_DESC(declare, "A mistake: the core is asked to take such a driver");

module_vfio_mig_pci_driver(stub_driver);

MODULE_DESCRIPTION("VFIO driver with migration that touches no device");
MODULE_LICENSE("GPL");
