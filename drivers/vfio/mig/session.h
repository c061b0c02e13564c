/* SPDX-License-Identifier: GPL-2.0 */
/* What session.c and transfer.c share: a data session. */
#ifndef VFIO_MIG_SESSION_H
#define VFIO_MIG_SESSION_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/mutex.h>

#include "mig.h"

/* Bytes that a write() takes over from user memory at a time, unless of bulk memory. */
#define VFIO_MIG_SESSION_CHUNK	PAGE_SIZE

/**
 * struct vfio_mig_session - a data session
 * @ref: One reference for the file, one for the device while it lasts.
 * @ready: Where those wait who poll the file.
 * @user_lock: One read() or write() at a time.  User memory is touched under it,
 *	and may never answer: who waits for it can be killed.
 * @chunk: Where written bytes stay while they are taken apart; under @user_lock.
 * @lock: Protects all that follows; never held while user memory is touched.
 *	Inner to @user_lock.
 * @mig: The device; NULL once the session has ended.
 * @save: What is being read.
 * @load: What has been written.
 * @lent: So many bytes of @save a reader copies to himself, or of @load a writer from
 *	himself.  If the session ends meanwhile the reader's count as moved, and it is
 *	for whoever copies to free it.
 */
struct vfio_mig_session {
	struct kref ref;
	struct vfio_mig_ready *ready;
	struct mutex user_lock; /* one read() or write() at a time */
	u8 *chunk;
	struct mutex lock; /* protects all that follows */
	struct vfio_mig_device *mig;
	struct vfio_mig_save *save;
	struct vfio_mig_load *load;
	size_t lent;
};

/* session.c: under the session's lock */
bool vfio_mig_session_ended(struct vfio_mig_session *session);
void vfio_mig_session_release(struct vfio_mig_session *session);

/* transfer.c */
void vfio_mig_session_moved(struct vfio_mig_session *session, size_t bytes);
ssize_t vfio_mig_session_read(struct file *filp, char __user *buf,
			      size_t count, loff_t *ppos);
ssize_t vfio_mig_session_write(struct file *filp, const char __user *buf,
			       size_t count, loff_t *ppos);

#endif /* VFIO_MIG_SESSION_H */
