// SPDX-License-Identifier: GPL-2.0
/* The PCI driver, and the parameters by which a test says what happens. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/vfio.h>

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

module_param_named(resets, stub_resets, ulong, 0444);
MODULE_PARM_DESC(resets, "How often a device was told that it was reset");

module_param_named(command, stub_command, ulong, 0444);
MODULE_PARM_DESC(command, "PCI_COMMAND as it was when it looked (fault=looks)");

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

static int stub_init(struct vfio_device *vdev)
{
	struct stub *stub = stub_from_vdev(vdev);

	stub_declare(stub);
	return vfio_mig_init_dev(vdev, &stub->ops);
}

static int stub_open(struct vfio_device *vdev)
{
	struct stub *stub = stub_from_vdev(vdev);
	int ret;

	ret = vfio_mig_enable(&stub->pci);
	if (ret)
		return ret;
	if (stub_fails("reset_while_it_opens"))
		vfio_mig_note_reset(&stub->pci.mig);
	vfio_mig_offer_reset(&stub->pci);
	vfio_pci_core_finish_enable(&stub->pci.core);
	memset(stub->data, 1, sizeof(stub->data));
	vfio_mig_open(&stub->pci);
	return 0;
}

static void stub_close(struct vfio_device *vdev)
{
	vfio_mig_close(&stub_from_vdev(vdev)->pci);
	vfio_pci_core_close_device(vdev);
}

static const struct vfio_device_ops stub_ops = {
	.name = "stub-vfio-pci",
	.init = stub_init,
	.release = vfio_mig_release_dev,
	.open_device = stub_open,
	.close_device = stub_close,
	.ioctl = vfio_mig_ioctl,
	.device_feature = vfio_mig_feature,
	.read = vfio_pci_core_read,
	.write = vfio_mig_write,
	.mmap = vfio_pci_core_mmap,
	.request = vfio_pci_core_request,
	.match = vfio_pci_core_match,
	VFIO_MIG_PCI_NEW_OPS
};

static int stub_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct stub *stub;
	int ret;

	stub = vfio_alloc_device(stub, pci.core.vdev, &pdev->dev, &stub_ops);
	if (IS_ERR(stub))
		return PTR_ERR(stub);
	dev_set_drvdata(&pdev->dev, &stub->pci.core);
	ret = vfio_mig_register(&stub->pci);
	if (ret)
		vfio_put_device(&stub->pci.core.vdev);
	return ret;
}

static void stub_remove(struct pci_dev *pdev)
{
	struct vfio_pci_core_device *core = dev_get_drvdata(&pdev->dev);

	vfio_mig_unregister(vfio_mig_pci_from_vdev(&core->vdev));
	vfio_put_device(&core->vdev);
}

/* Any device, but only by driver_override. */
static const struct pci_device_id stub_ids[] = {
	{ PCI_DRIVER_OVERRIDE_DEVICE_VFIO(PCI_ANY_ID, PCI_ANY_ID) },
	{}
};

static struct pci_driver stub_driver = {
	.name = KBUILD_MODNAME,
	.id_table = stub_ids,
	.probe = stub_probe,
	.remove = stub_remove,
	.err_handler = &vfio_mig_err_handlers,
	.driver_managed_dma = true,
};

module_pci_driver(stub_driver);

MODULE_DESCRIPTION("VFIO driver with migration that touches no device");
MODULE_LICENSE("GPL");
