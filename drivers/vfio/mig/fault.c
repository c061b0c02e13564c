// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on demand, for tests: <debugfs>/vfio_mig/<device>/fail_arc.
 *
 *	FROM TO ERRNO [NTH]	that arc fails with ERRNO (1 to 4095), the NTH
 *				time from now that it is taken, once
 *	clear			nothing fails
 *
 * Reading it shows what is armed.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "mig.h"

static struct dentry *root;

/* 0, or the errno that @arc is to fail with this time. */
int vfio_mig_fault_take(struct vfio_mig_device *mig,
			const struct vfio_mig_arc *arc)
{
	struct vfio_mig_fault *fault = &mig->faults[arc->action];
	int error;

	lockdep_assert_held(&mig->state_lock);

	if (!fault->countdown || --fault->countdown)
		return 0;
	error = fault->error;
	fault->error = 0;
	return error;
}

static int parse_state(const char *name)
{
	unsigned int state;

	for (state = 0; state < VFIO_MIG_NR_STATES; state++)
		if (!strcmp(name, vfio_mig_state_name(state)))
			return state;
	return -EINVAL;
}

static int arm(struct vfio_mig_device *mig, const char *text)
{
	const struct vfio_mig_arc *arc;
	char from[16], to[16];
	unsigned int nth = 1;
	unsigned int error;

	if (sscanf(text, "%15s %15s %u %u", from, to, &error, &nth) < 3)
		return -EINVAL;
	if (!error || error > MAX_ERRNO || !nth)
		return -EINVAL;
	if (parse_state(from) < 0 || parse_state(to) < 0)
		return -EINVAL;
	arc = vfio_mig_find_arc(parse_state(from), parse_state(to));
	if (!arc)
		return -EINVAL;
	mutex_lock(&mig->state_lock);
	mig->faults[arc->action].error = -(int)error;
	mig->faults[arc->action].countdown = nth;
	mutex_unlock(&mig->state_lock);
	return 0;
}

static void clear(struct vfio_mig_device *mig)
{
	mutex_lock(&mig->state_lock);
	memset(mig->faults, 0, sizeof(mig->faults));
	mutex_unlock(&mig->state_lock);
}

static ssize_t fail_arc_write(struct file *filp, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	struct seq_file *seq = filp->private_data;
	struct vfio_mig_device *mig = seq->private;
	char text[64];
	int ret;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, buf, count))
		return -EFAULT;
	text[count] = '\0';
	if (!strcmp(strim(text), "clear")) {
		clear(mig);
		return count;
	}
	ret = arm(mig, text);
	return ret ?: count;
}

static int fail_arc_show(struct seq_file *seq, void *unused)
{
	struct vfio_mig_device *mig = seq->private;
	unsigned int i;

	mutex_lock(&mig->state_lock);
	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++) {
		const struct vfio_mig_arc *arc = &vfio_mig_arcs[i];
		struct vfio_mig_fault *fault = &mig->faults[arc->action];

		if (fault->countdown)
			seq_printf(seq, "%s %s %d %u\n",
				   vfio_mig_state_name(arc->from),
				   vfio_mig_state_name(arc->to),
				   -fault->error, fault->countdown);
	}
	mutex_unlock(&mig->state_lock);
	return 0;
}

static int fail_arc_open(struct inode *inode, struct file *filp)
{
	return single_open(filp, fail_arc_show, inode->i_private);
}

static const struct file_operations fail_arc_fops = {
	.owner = THIS_MODULE,
	.open = fail_arc_open,
	.read = seq_read,
	.write = fail_arc_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/* No errors to handle: a kernel without debugfs has no faults on demand. */
void vfio_mig_fault_create(struct vfio_mig_device *mig)
{
	mig->debugfs = debugfs_create_dir(dev_name(vfio_mig_dev(mig)), root);
	debugfs_create_file("fail_arc", 0600, mig->debugfs, mig,
			    &fail_arc_fops);
}

void vfio_mig_fault_remove(struct vfio_mig_device *mig)
{
	debugfs_remove_recursive(mig->debugfs);
}

void vfio_mig_fault_init(void)
{
	root = debugfs_create_dir("vfio_mig", NULL);
}

void vfio_mig_fault_exit(void)
{
	debugfs_remove_recursive(root);
}
