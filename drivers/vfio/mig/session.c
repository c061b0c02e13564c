// SPDX-License-Identifier: GPL-2.0
/*
 * Data sessions: the files behind a data_fd, and how long they are good for.
 *
 * A file may be kept open for ever.  It therefore owns its session, and the
 * session knows its device only as long as it lasts.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>
#include <linux/wait.h>

#include "ready.h"
#include "session.h"

/* ---- a session's life ---- */

void vfio_mig_session_release(struct vfio_mig_session *session)
{
	vfio_mig_save_free(session->save);
	session->save = NULL;
	vfio_mig_load_free(session->load);
	session->load = NULL;
}

static void session_free(struct kref *ref)
{
	struct vfio_mig_session *session =
		container_of(ref, struct vfio_mig_session, ref);

	vfio_mig_session_release(session);
	vfio_mig_ready_put(session->ready);
	kfree(session->chunk);
	mutex_destroy(&session->lock);
	mutex_destroy(&session->user_lock);
	kfree(session);
}

/* Over, by a transition, or by a reset that has yet to be carried out. */
bool vfio_mig_session_ended(struct vfio_mig_session *session)
{
	return !session->mig || vfio_mig_reset_pending(session->mig);
}

/* ---- the files ---- */

static __poll_t poll_mask(struct vfio_mig_session *session)
{
	if (vfio_mig_session_ended(session))
		return EPOLLERR | EPOLLHUP;
	if (session->load)
		return EPOLLOUT | EPOLLWRNORM;
	if (vfio_mig_save_readable(session->save))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static __poll_t session_poll(struct file *filp, poll_table *wait)
{
	struct vfio_mig_session *session = filp->private_data;
	__poll_t mask;

	poll_wait(filp, &session->ready->queue, wait);
	mutex_lock(&session->lock);
	mask = poll_mask(session);
	mutex_unlock(&session->lock);
	return mask;
}

/* @reinit: The user is told to wait for initial bytes again. */
static int precopy_info(struct vfio_mig_session *session,
			struct vfio_precopy_info *info, bool *reinit)
{
	u64 initial, dirty;
	int ret;

	if (vfio_mig_session_ended(session))
		return -ENODEV;
	if (vfio_mig_precopy_v2(session->mig->vdev)) {
		*reinit = vfio_mig_save_reinit(session->save);
		info->flags = *reinit ? VFIO_PRECOPY_INFO_REINIT : 0;
	}
	ret = vfio_mig_save_precopy_info(session->save, &initial, &dirty);
	if (ret)
		return ret;
	info->initial_bytes = initial;
	info->dirty_bytes = dirty;
	return 0;
}

/* The user has not heard of it, and is to be told when he asks again. */
static void tell_again(struct vfio_mig_session *session)
{
	mutex_lock(&session->lock);
	if (session->mig)
		vfio_mig_reinit(session->mig);
	mutex_unlock(&session->lock);
}

static long session_ioctl(struct file *filp, unsigned int cmd,
			  unsigned long arg)
{
	size_t size = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct vfio_mig_session *session = filp->private_data;
	void __user *user = (void __user *)arg;
	struct vfio_precopy_info info;
	bool reinit = false;
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return -ENOTTY;
	if (copy_from_user(&info, user, size))
		return -EFAULT;
	if (info.argsz < size)
		return -EINVAL;
	mutex_lock(&session->lock);
	ret = precopy_info(session, &info, &reinit);
	mutex_unlock(&session->lock);
	if (!ret && copy_to_user(user, &info, size))
		ret = -EFAULT;
	if (ret == -EFAULT && reinit)
		tell_again(session);
	return ret;
}

static int session_release(struct inode *inode, struct file *filp)
{
	struct vfio_mig_session *session = filp->private_data;

	kref_put(&session->ref, session_free);
	return 0;
}

static const struct file_operations saving_fops = {
	.owner = THIS_MODULE,
	.read = vfio_mig_session_read,
	.poll = session_poll,
	.unlocked_ioctl = session_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = session_release,
};

static const struct file_operations loading_fops = {
	.owner = THIS_MODULE,
	.write = vfio_mig_session_write,
	.poll = session_poll,
	.release = session_release,
};

static int prepare_saving(struct vfio_mig_session *session, bool early)
{
	struct vfio_mig_save *save = vfio_mig_save_alloc(session->mig, early);

	if (IS_ERR(save))
		return PTR_ERR(save);
	session->save = save;
	return 0;
}

static int prepare_loading(struct vfio_mig_session *session)
{
	session->chunk = kmalloc(VFIO_MIG_SESSION_CHUNK, GFP_KERNEL_ACCOUNT);
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

/* The session of @state, which the device is about to enter. */
struct file *vfio_mig_session_open(struct vfio_mig_device *mig, u8 state)
{
	bool saving = vfio_mig_is_saving(state);
	struct vfio_mig_session *session;
	struct file *filp;
	int ret;

	lockdep_assert_held(&mig->priv->state_lock);

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		return ERR_PTR(-ENOMEM);
	kref_init(&session->ref);
	mutex_init(&session->user_lock);
	mutex_init(&session->lock);
	session->mig = mig;
	session->ready = mig->priv->ready;
	kref_get(&session->ready->ref);

	ret = saving ? prepare_saving(session, state != VFIO_MIG_STOP_COPY) :
		       prepare_loading(session);
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
	mig->priv->session = session;
	vfio_mig_status_session(mig);
	return filp;
}

/*
 * Waits for no user.  What a reader copies to himself is his: he is told that he has
 * read it, so it counts.
 */
void vfio_mig_session_end(struct vfio_mig_device *mig)
{
	struct vfio_mig_session *session = mig->priv->session;

	lockdep_assert_held(&mig->priv->state_lock);

	if (!session)
		return;
	mig->priv->session = NULL;
	mutex_lock(&session->lock);
	if (session->save)
		vfio_mig_session_moved(session, session->lent);
	vfio_mig_save_stop(session->save);
	session->mig = NULL;
	if (!session->lent)
		vfio_mig_session_release(session);
	mutex_unlock(&session->lock);
	kref_put(&session->ref, session_free);
	vfio_mig_data_ready(mig);
}

int vfio_mig_session_load(struct vfio_mig_device *mig,
			  struct vfio_mig_refusal *why)
{
	struct vfio_mig_session *session = mig->priv->session;
	int ret;

	lockdep_assert_held(&mig->priv->state_lock);

	mutex_lock(&session->lock);
	ret = vfio_mig_load_apply(session->load, why);
	mutex_unlock(&session->lock);
	return ret;
}

/* A saving device has stopped. */
int vfio_mig_session_finish(struct vfio_mig_device *mig,
			    struct vfio_mig_refusal *why)
{
	struct vfio_mig_session *session = mig->priv->session;
	int ret;

	lockdep_assert_held(&mig->priv->state_lock);

	mutex_lock(&session->lock);
	ret = vfio_mig_save_finish(session->save, why);
	mutex_unlock(&session->lock);
	if (!ret)
		vfio_mig_data_ready(mig);
	return ret;
}

/* Bytes that STOP_COPY would have to move; never 0. */
unsigned long vfio_mig_session_bound(struct vfio_mig_device *mig)
{
	struct vfio_mig_session *session = mig->priv->session;
	u64 bytes;

	lockdep_assert_held(&mig->priv->state_lock);

	if (!session)
		return vfio_mig_save_bound(mig, NULL);
	mutex_lock(&session->lock);
	bytes = vfio_mig_save_bound(mig, session->save);
	mutex_unlock(&session->lock);
	return bytes;
}
