// SPDX-License-Identifier: GPL-2.0
/*
 * Data sessions: the files behind a data_fd, and how long they are good for.
 *
 * A file may be kept open for ever.  It therefore owns its session, and the
 * session knows its device only as long as it lasts.
 */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "mig.h"

/* Bytes that a write() takes over from user memory at a time. */
#define CHUNK	PAGE_SIZE

/**
 * struct vfio_mig_session - a data session
 * @ref: One reference for the file, one for the device while it lasts.
 * @lock: Protects all that follows.
 * @mig: The device; NULL once the session has ended.
 * @stream: What is being read.
 * @size: Bytes of it.
 * @position: Bytes of it that have been read.
 * @load: What has been written.
 * @chunk: Where written bytes stay while they are taken apart.
 */
struct vfio_mig_session {
	struct kref ref;
	struct mutex lock; /* protects all that follows */
	struct vfio_mig_device *mig;
	u8 *stream;
	size_t size;
	size_t position;
	struct vfio_mig_load *load;
	u8 *chunk;
};

static void release_data(struct vfio_mig_session *session)
{
	kvfree(session->stream);
	session->stream = NULL;
	vfio_mig_load_free(session->load);
	session->load = NULL;
	kfree(session->chunk);
	session->chunk = NULL;
}

static void session_free(struct kref *ref)
{
	struct vfio_mig_session *session =
		container_of(ref, struct vfio_mig_session, ref);

	release_data(session);
	mutex_destroy(&session->lock);
	kfree(session);
}

/* Over, by a transition, or by a reset that has yet to be carried out. */
static bool ended(struct vfio_mig_session *session)
{
	return !session->mig || test_bit(0, &session->mig->reset_pending);
}

static ssize_t session_read(struct file *filp, char __user *buf, size_t count,
			    loff_t *ppos)
{
	struct vfio_mig_session *session = filp->private_data;
	ssize_t ret = -ENODEV;

	mutex_lock(&session->lock);
	if (ended(session))
		goto out;
	count = min(count, session->size - session->position);
	ret = -EFAULT;
	if (copy_to_user(buf, session->stream + session->position, count))
		goto out;
	session->position += count;
	ret = count;
out:
	mutex_unlock(&session->lock);
	return ret;
}

static int feed(struct vfio_mig_session *session, const char __user *buf,
		size_t count)
{
	struct vfio_mig_refusal why = {};
	int ret;

	if (copy_from_user(session->chunk, buf, count))
		return -EFAULT;
	ret = vfio_mig_load_feed(session->load, session->chunk, count, &why);
	if (ret)
		vfio_mig_note_failure(session->mig, VFIO_MIG_RESUMING,
				      VFIO_MIG_STOP, &why);
	return ret;
}

/*
 * A refusal fails this write and all later ones, even where earlier bytes of
 * the same write were good: nothing of the stream will be used.
 */
static ssize_t session_write(struct file *filp, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	struct vfio_mig_session *session = filp->private_data;
	size_t done = 0;
	int ret = 0;

	mutex_lock(&session->lock);
	while (done < count) {
		size_t piece = min_t(size_t, count - done, CHUNK);

		ret = -ENODEV;
		if (ended(session))
			break;
		ret = feed(session, buf + done, piece);
		if (ret)
			break;
		done += piece;
		ret = -EINTR;
		if (fatal_signal_pending(current))
			break;
		ret = 0;
		cond_resched();
	}
	mutex_unlock(&session->lock);
	if (done && (!ret || ret == -EFAULT || ret == -EINTR))
		return done;
	return ret;
}

static __poll_t session_poll(struct file *filp, poll_table *wait)
{
	struct vfio_mig_session *session = filp->private_data;
	__poll_t mask;

	mutex_lock(&session->lock);
	if (ended(session))
		mask = EPOLLERR | EPOLLHUP;
	else if (session->load)
		mask = EPOLLOUT | EPOLLWRNORM;
	else
		mask = EPOLLIN | EPOLLRDNORM;
	mutex_unlock(&session->lock);
	return mask;
}

static int session_release(struct inode *inode, struct file *filp)
{
	struct vfio_mig_session *session = filp->private_data;

	kref_put(&session->ref, session_free);
	return 0;
}

static const struct file_operations saving_fops = {
	.owner = THIS_MODULE,
	.read = session_read,
	.poll = session_poll,
	.release = session_release,
};

static const struct file_operations loading_fops = {
	.owner = THIS_MODULE,
	.write = session_write,
	.poll = session_poll,
	.release = session_release,
};

static int prepare_saving(struct vfio_mig_session *session,
			  struct vfio_mig_refusal *why)
{
	return vfio_mig_save(session->mig, &session->stream, &session->size,
			     why);
}

static int prepare_loading(struct vfio_mig_session *session)
{
	session->chunk = kmalloc(CHUNK, GFP_KERNEL_ACCOUNT);
	session->load = vfio_mig_load_alloc(session->mig);
	return session->chunk && session->load ? 0 : -ENOMEM;
}

static struct file *session_file(struct vfio_mig_session *session, bool saving)
{
	struct file *filp;

	filp = anon_inode_getfile(saving ? "[vfio-mig-saving]" :
				  "[vfio-mig-loading]",
				  saving ? &saving_fops : &loading_fops,
				  session, saving ? O_RDONLY : O_WRONLY);
	/* Neither seeks nor positions: pread() and lseek() give ESPIPE. */
	if (!IS_ERR(filp))
		stream_open(filp->f_inode, filp);
	return filp;
}

struct file *vfio_mig_session_open(struct vfio_mig_device *mig, bool saving,
				   struct vfio_mig_refusal *why)
{
	struct vfio_mig_session *session;
	struct file *filp;
	int ret;

	lockdep_assert_held(&mig->state_lock);

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		return ERR_PTR(-ENOMEM);
	kref_init(&session->ref);
	mutex_init(&session->lock);
	session->mig = mig;

	ret = saving ? prepare_saving(session, why) : prepare_loading(session);
	if (ret) {
		kref_put(&session->ref, session_free);
		return ERR_PTR(ret);
	}
	filp = session_file(session, saving);
	if (IS_ERR(filp)) {
		kref_put(&session->ref, session_free);
		return filp;
	}
	kref_get(&session->ref);
	mig->session = session;
	return filp;
}

void vfio_mig_session_end(struct vfio_mig_device *mig)
{
	struct vfio_mig_session *session = mig->session;

	lockdep_assert_held(&mig->state_lock);

	if (!session)
		return;
	mig->session = NULL;
	mutex_lock(&session->lock);
	session->mig = NULL;
	release_data(session);
	mutex_unlock(&session->lock);
	kref_put(&session->ref, session_free);
}

int vfio_mig_session_load(struct vfio_mig_device *mig,
			  struct vfio_mig_refusal *why)
{
	struct vfio_mig_session *session = mig->session;
	int ret;

	lockdep_assert_held(&mig->state_lock);

	mutex_lock(&session->lock);
	ret = vfio_mig_load_apply(session->load, why);
	mutex_unlock(&session->lock);
	return ret;
}
