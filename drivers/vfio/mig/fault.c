// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on demand, for those who test a VMM: <debugfs>/vfio_mig/<device>/ has
 * a file for each knob.  Writing arms it, "clear" takes that back, and reading
 * shows what is armed.  <debugfs>/vfio_mig/knobs says what there is; the rest is
 * in Documentation/faults.md.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "fault.h"
#include "hooks.h"

/* What is written at once, at most. */
#define TEXT_MAX	128

static struct dentry *root;

static const struct vfio_mig_knob * const knobs[VFIO_MIG_NR_KNOBS] = {
	&vfio_mig_knob_fail_arc,
	&vfio_mig_knob_error_arc,
	&vfio_mig_knob_delay_arc,
	&vfio_mig_knob_dirty_rate,
	&vfio_mig_knob_dirty_share,
	&vfio_mig_knob_short_save,
	&vfio_mig_knob_stuck_dirty,
};

static int take_words(const struct vfio_mig_knob_file *file, int argc,
		      char **argv)
{
	const struct vfio_mig_knob *knob = file->knob;

	if (argc == 1 && !strcmp(argv[0], "clear")) {
		knob->clear(file->faults);
		return 0;
	}
	if (argc < knob->min_args || argc > knob->max_args)
		return -EINVAL;
	return knob->set(file->faults, argc, argv);
}

static ssize_t knob_write(struct file *filp, const char __user *buf,
			  size_t count, loff_t *ppos)
{
	struct seq_file *seq = filp->private_data;
	char **argv;
	char *text;
	int argc;
	int ret;

	if (count > TEXT_MAX)
		return -EINVAL;
	text = memdup_user_nul(buf, count);
	if (IS_ERR(text))
		return PTR_ERR(text);
	argv = argv_split(GFP_KERNEL, text, &argc);
	kfree(text);
	if (!argv)
		return -ENOMEM;
	ret = take_words(seq->private, argc, argv);
	argv_free(argv);
	return ret ?: count;
}

static int knob_show(struct seq_file *seq, void *unused)
{
	struct vfio_mig_knob_file *file = seq->private;

	file->knob->show(file->faults, seq);
	return 0;
}

static int knob_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, knob_show, inode->i_private);
}

static const struct file_operations knob_fops = {
	.owner = THIS_MODULE,
	.open = knob_open,
	.read = seq_read,
	.write = knob_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int knobs_show(struct seq_file *seq, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		seq_printf(seq, "%s %s: %s\n", knobs[i]->name, knobs[i]->args,
			   knobs[i]->text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(knobs);

int vfio_mig_fault_alloc(struct vfio_mig_device *mig)
{
	struct vfio_mig_faults *faults;

	faults = kzalloc(sizeof(*faults), GFP_KERNEL);
	if (!faults)
		return -ENOMEM;
	faults->mig = mig;
	spin_lock_init(&faults->lock);
	init_waitqueue_head(&faults->cleared);
	INIT_DELAYED_WORK(&faults->dirty_work, vfio_mig_fault_dirty_work);
	mig->priv->faults = faults;
	return 0;
}

void vfio_mig_fault_free(struct vfio_mig_device *mig)
{
	kfree(mig->priv->faults);
	mig->priv->faults = NULL;
}

/* No errors to handle: a kernel without debugfs has no faults on demand. */
void vfio_mig_fault_create(struct vfio_mig_device *mig)
{
	struct vfio_mig_faults *faults = mig->priv->faults;
	unsigned int i;

	faults->debugfs = debugfs_create_dir(dev_name(vfio_mig_dev(mig)), root);
	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (knobs[i]->offered && !knobs[i]->offered(mig))
			continue;
		faults->files[i].faults = faults;
		faults->files[i].knob = knobs[i];
		debugfs_create_file(knobs[i]->name, 0600, faults->debugfs,
				    &faults->files[i], &knob_fops);
	}
}

/* Nothing stays armed, and nobody is writing any more. */
void vfio_mig_fault_remove(struct vfio_mig_device *mig)
{
	unsigned int i;

	debugfs_remove_recursive(mig->priv->faults->debugfs);
	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		knobs[i]->clear(mig->priv->faults);
}

static const struct vfio_mig_spoiler spoiler = {
	.arc = vfio_mig_fault_arc,
	.cut = vfio_mig_fault_cut,
	.dirty = vfio_mig_fault_dirty,
	.share = vfio_mig_fault_share,
};

void __init vfio_mig_fault_init(void)
{
	vfio_mig_spoiler = &spoiler;
	root = debugfs_create_dir("vfio_mig", NULL);
	debugfs_create_file("knobs", 0400, root, NULL, &knobs_fops);
}

void vfio_mig_fault_exit(void)
{
	debugfs_remove_recursive(root);
}
