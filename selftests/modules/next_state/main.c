// SPDX-License-Identifier: GPL-2.0
/*
 * Does arcs.c say what the running kernel's vfio_mig_get_next_state() says?
 * <debugfs>/vfio_mig_next_state answers, in KTAP, each time it is read.
 *
 * Not asked: what is next in ERROR or in a state that the device lacks, which
 * makes the kernel warn; and STOP_COPY to PRE_COPY or PRE_COPY_P2P, of which
 * kernels before 6.12.96 never return.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vfio.h>

#include "arcs.h"

#define BEYOND	2	/* numbers that are no state, asked for as well */

#ifdef VFIO_MIGRATION_PRE_COPY
#define KERNEL_FEATURES \
	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P | VFIO_MIG_HAS_PRE_COPY)
#else
#define KERNEL_FEATURES	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P)
#endif

static const struct {
	const char *name;
	u32 features;
} devices[] = {
	{ "stop_copy", VFIO_MIG_HAS_STOP_COPY },
	{ "p2p", VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P },
	{ "pre_copy", VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_PRE_COPY },
	{ "p2p_pre_copy", VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P |
			  VFIO_MIG_HAS_PRE_COPY },
};

static struct dentry *file;

/* The state after @from on the way to @to, or -EINVAL. */
static int ours(const struct vfio_mig_routes *routes, unsigned int from,
		unsigned int to)
{
	if (to >= VFIO_MIG_NR_STATES ||
	    !(routes->settable & VFIO_MIG_PAIR(from, to)))
		return -EINVAL;
	return from == to ? from : routes->hop[from][to];
}

static int kernels(struct vfio_device *device, unsigned int from,
		   unsigned int to)
{
	enum vfio_device_mig_state next;
	int ret;

	ret = vfio_mig_get_next_state(device, from, to, &next);
	return ret ?: next;
}

static bool may_ask(const struct vfio_mig_routes *routes, unsigned int from,
		    unsigned int to)
{
	if (!vfio_mig_state_offered(routes->features, from))
		return false;
	return from != VFIO_MIG_STOP_COPY ||
	       (to != VFIO_MIG_PRE_COPY && to != VFIO_MIG_PRE_COPY_P2P);
}

static unsigned int compare(struct seq_file *seq, struct vfio_device *device,
			    const struct vfio_mig_routes *routes,
			    unsigned int *asked)
{
	unsigned int differences = 0;
	unsigned int from, to;
	int our, their;

	for (from = 0; from < VFIO_MIG_NR_STATES; from++) {
		for (to = 0; to < VFIO_MIG_NR_STATES + BEYOND; to++) {
			if (!may_ask(routes, from, to))
				continue;
			++*asked;
			our = ours(routes, from, to);
			their = kernels(device, from, to);
			if (our == their)
				continue;
			differences++;
			seq_printf(seq, "# %s -> %s: %d, the kernel says %d\n",
				   vfio_mig_state_name(from),
				   vfio_mig_state_name(to), our, their);
		}
	}
	return differences;
}

static void show_device(struct seq_file *seq, struct vfio_device *device,
			unsigned int which)
{
	u32 features = devices[which].features;
	struct vfio_mig_routes routes;
	unsigned int asked = 0;
	unsigned int differences;

	if (features & ~KERNEL_FEATURES) {
		seq_printf(seq, "ok %u %s # SKIP this kernel has no PRE_COPY\n",
			   which + 1, devices[which].name);
		return;
	}
	vfio_mig_routes_init(&routes, features);
	device->migration_flags = features;
	differences = compare(seq, device, &routes, &asked);
	seq_printf(seq, "# %u of %u pairs differ\n", differences, asked);
	seq_printf(seq, "%s %u %s\n", differences || !asked ? "not ok" : "ok",
		   which + 1, devices[which].name);
}

static int next_state_show(struct seq_file *seq, void *unused)
{
	struct vfio_device *device;
	unsigned int i;

	/* All that is looked at is its migration_flags. */
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return -ENOMEM;
	seq_printf(seq, "TAP version 13\n1..%zu\n", ARRAY_SIZE(devices));
	for (i = 0; i < ARRAY_SIZE(devices); i++)
		show_device(seq, device, i);
	kfree(device);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(next_state);

static int __init next_state_module_init(void)
{
	file = debugfs_create_file("vfio_mig_next_state", 0400, NULL, NULL,
				   &next_state_fops);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit next_state_module_exit(void)
{
	debugfs_remove(file);
}

module_init(next_state_module_init);
module_exit(next_state_module_exit);

MODULE_DESCRIPTION("Compares the VFIO migration arcs with the kernel's");
MODULE_LICENSE("GPL");
