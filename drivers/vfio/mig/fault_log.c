// SPDX-License-Identifier: GPL-2.0
/* The knob about DMA logging: dirty_share. */
#include <linux/kstrtox.h>
#include <linux/seq_file.h>

#include "fault.h"

static bool share_offered(struct vfio_mig_device *mig)
{
	return vfio_mig_possible_features(mig) & VFIO_MIG_HAS_DMA_LOG;
}

static void keep_share(struct vfio_mig_faults *faults, unsigned int percent)
{
	spin_lock(&faults->lock);
	faults->dirty_share = percent;
	spin_unlock(&faults->lock);
}

static int set_share(struct vfio_mig_faults *faults, int argc, char **argv)
{
	unsigned int percent;
	int ret;

	ret = kstrtouint(argv[0], 0, &percent);
	if (ret)
		return ret;
	if (!percent || percent > 100)
		return -ERANGE;
	keep_share(faults, percent);
	return 0;
}

/* See struct vfio_mig_spoiler. */
unsigned int vfio_mig_fault_share(struct vfio_mig_device *mig)
{
	struct vfio_mig_faults *faults = mig->priv->faults;
	unsigned int percent;

	spin_lock(&faults->lock);
	percent = faults->dirty_share;
	spin_unlock(&faults->lock);
	return percent;
}

static void show_share(struct vfio_mig_faults *faults, struct seq_file *seq)
{
	unsigned int percent = vfio_mig_fault_share(faults->mig);

	if (percent)
		seq_printf(seq, "%u\n", percent);
}

static void clear_share(struct vfio_mig_faults *faults)
{
	keep_share(faults, 0);
}

const struct vfio_mig_knob vfio_mig_knob_dirty_share = {
	.name = "dirty_share",
	.args = "PERCENT",
	.text = "when DMA logging starts, that much of the memory counts as written",
	.min_args = 1,
	.max_args = 1,
	.offered = share_offered,
	.set = set_share,
	.show = show_share,
	.clear = clear_share,
};
