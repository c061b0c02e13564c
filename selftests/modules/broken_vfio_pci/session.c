// SPDX-License-Identifier: GPL-2.0
/* The data files, and the mistakes that can be made with them. */
#include <linux/anon_inodes.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "broken.h"

/**
 * struct broken_session - a data session
 * @ref: One reference for the file, one for the device while it lasts.
 * @broken: The device; NULL once it has ended.
 * @end: How.
 * @last: The state that it ended in.
 * @number: The how-manieth it is.
 * @early: Did it begin in PRE_COPY?
 * @ready: Bytes of @stream that can be read before the device stands still.
 * @initial: Those of them that are initial ones.
 * @reinit: There are new ones, and nobody was told.
 * @pos: Bytes read or written.
 * @pieces: How many writes there were.
 * @piece: Where the last one began.
 * @stream: They.
 */
struct broken_session {
	struct kref ref;
	struct broken *broken;
	enum broken_end end;
	u8 last;
	unsigned int number;
	bool early;
	size_t ready;
	size_t initial;
	bool reinit;
	size_t pos;
	unsigned int pieces;
	size_t piece;
	u8 stream[BROKEN_STREAM];
};

/* How many there have been, and what the last is for. */
static unsigned int sessions;
static bool last_saves;

static const u8 magic[8] = "BROKEN!\n";

/* What there is more, each time, and at most: bytes that never change. */
#define MORE		16UL
#define READY_MAX	(BROKEN_HEAD + 256UL)

static void session_free(struct kref *ref)
{
	kfree(container_of(ref, struct broken_session, ref));
}

static u32 sum(const u8 *data)
{
	unsigned int i;
	u32 total = 0;

	for (i = 0; i < BROKEN_DATA; i++)
		total = total * 31 + data[i];
	return total;
}

static void fill_stream(struct broken_session *session)
{
	struct broken *broken = session->broken;
	u8 *data = session->stream + BROKEN_HEAD;
	__le32 total;

	memcpy(session->stream, magic, sizeof(magic));
	memcpy(data, broken->data, BROKEN_DATA);
	if (is_broken("never_the_same_twice"))
		data[7] = session->number;
	if (is_broken("saves_no_registers") ||
	    (is_broken("saves_nothing_without_decode") &&
	     !broken_decodes(broken)))
		memset(data + BROKEN_REGISTERS, 0, BROKEN_REGISTERS_SIZE);
	total = cpu_to_le32(sum(data));
	memcpy(session->stream + BROKEN_SUM, &total, sizeof(total));
}

void broken_session_refresh(struct broken *broken)
{
	lockdep_assert_held(&broken_lock);

	if (broken->session && broken->session->early)
		fill_stream(broken->session);
}

/* A device that runs has become another: so there is more to be read before it stops. */
void broken_session_changed(struct broken *broken)
{
	struct broken_session *session = broken->session;

	lockdep_assert_held(&broken_lock);

	if (!session || !vfio_mig_is_saving(broken->state))
		return;
	session->ready = min(session->ready + MORE, READY_MAX);
	session->reinit = true;
}

/* How far a reader may come now. */
static size_t limit(const struct broken_session *session)
{
	return session->broken->state == VFIO_MIG_STOP_COPY ? BROKEN_STREAM :
							      session->ready;
}

static ssize_t read_ended(const struct broken_session *session)
{
	bool latest = session->number == sessions;

	switch (session->end) {
	case BROKEN_BY_ARC:
		if (session->last == VFIO_MIG_STOP_COPY && latest &&
		    is_broken("data_after_stop_copy"))
			return 1;
		if (session->last == VFIO_MIG_STOP_COPY && !latest && last_saves &&
		    is_broken("data_in_the_next_session"))
			return 1;
		if (session->last == VFIO_MIG_PRE_COPY &&
		    is_broken("end_after_pre_copy"))
			return 0;
		break;
	case BROKEN_BY_RESET:
		if (session->last == VFIO_MIG_STOP_COPY &&
		    is_broken("data_after_reset"))
			return 1;
		break;
	case BROKEN_BY_CLOSE:
		if (is_broken("data_after_close"))
			return 1;
		break;
	case BROKEN_LIVES:
		break;
	}
	return -ENODEV;
}

/* At the end, of what there is now or of all. */
static ssize_t read_nothing(struct broken_session *session)
{
	if (session->broken->state != VFIO_MIG_STOP_COPY)
		return is_broken("end_in_pre_copy") ? 0 : -ENOMSG;
	if (session->early && is_broken("enomsg_in_stop_copy"))
		return -ENOMSG;
	if (is_broken("starts_over_at_the_end"))
		session->pos = 0;
	return 0;
}

/* How many bytes were put into @data. */
static ssize_t take_bytes(struct broken_session *session, u8 *data,
			  size_t count)
{
	size_t asked = count;

	if (!session->broken)
		return read_ended(session);
	if (session->pos >= limit(session))
		return read_nothing(session);
	count = min(count, limit(session) - session->pos);
	memcpy(data, session->stream + session->pos, count);
	session->pos += count;
	if ((asked == 1 && is_broken("skips_in_one_byte_reads")) ||
	    (asked == 4099 && is_broken("skips_in_odd_reads")))
		session->pos++;
	return count;
}

static ssize_t saving_read(struct file *filp, char __user *buf, size_t count,
			   loff_t *ppos)
{
	struct broken_session *session = filp->private_data;
	ssize_t done;
	u8 *data;

	if (ppos && ppos != &filp->f_pos)
		return -ESPIPE;
	count = min_t(size_t, count, BROKEN_STREAM);
	data = kzalloc(BROKEN_STREAM, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	mutex_lock(&broken_lock);
	done = take_bytes(session, data, count);
	mutex_unlock(&broken_lock);
	if (done > 0 && copy_to_user(buf, data, done)) {
		if (!is_broken("failed_read_loses_bytes")) {
			mutex_lock(&broken_lock);
			session->pos -= done;
			mutex_unlock(&broken_lock);
		}
		done = -EFAULT;
	}
	kfree(data);
	return done;
}

static ssize_t put_bytes(struct broken_session *session, const u8 *data,
			 size_t count)
{
	size_t room = BROKEN_STREAM - session->pos;

	if (!session->broken)
		return session->end == BROKEN_BY_ARC &&
		       is_broken("takes_bytes_after_resuming") ? count :
								 -ENODEV;
	if (count > room && !is_broken("ignores_a_surplus"))
		return -EINVAL;
	memcpy(session->stream + session->pos, data, min(count, room));
	session->pieces++;
	session->piece = session->pos;
	session->pos += min(count, room);
	return count;
}

static ssize_t loading_write(struct file *filp, const char __user *buf,
			     size_t count, loff_t *ppos)
{
	struct broken_session *session = filp->private_data;
	ssize_t done;
	u8 *data;

	count = min_t(size_t, count, BROKEN_STREAM + 1);
	data = memdup_user(buf, count);
	if (IS_ERR(data))
		return PTR_ERR(data);
	mutex_lock(&broken_lock);
	done = put_bytes(session, data, count);
	mutex_unlock(&broken_lock);
	kfree(data);
	return done;
}

/* Nobody waits for long: what is there comes with a transition. */
static __poll_t saving_poll(struct file *filp, poll_table *wait)
{
	struct broken_session *session = filp->private_data;
	__poll_t mask = EPOLLIN;

	mutex_lock(&broken_lock);
	if (!session->broken)
		mask = EPOLLERR | EPOLLHUP;
	else if (session->pos >= BROKEN_STREAM)
		mask = is_broken("poll_waits_at_the_end") ? 0 : EPOLLIN;
	else if (session->pos >= limit(session))
		mask = is_broken("poll_never_waits") ? EPOLLIN : 0;
	mutex_unlock(&broken_lock);
	return mask;
}

/* Before MIG_PRECOPY_INFOv2 was asked for, flags go back as they came. */
static void fill_flags(struct broken_session *session,
		       struct vfio_precopy_info *info)
{
	struct broken *broken = session->broken;
	bool v2 = broken->v2 || vfio_mig_precopy_v2(&broken->core.vdev);

	if ((v2 || broken->v2_left) && !is_broken("flags_come_back"))
		info->flags = 0;
	if (!session->reinit || (!v2 && !is_broken("reinit_unasked")))
		return;
	info->flags |= VFIO_PRECOPY_INFO_REINIT;
	session->reinit = is_broken("reinit_again_and_again");
	session->initial = session->ready;
}

/* What is wrong with the first ones, and with those after a REINIT. */
static void spoil_info(const struct broken_session *session, size_t left,
		       struct vfio_precopy_info *info)
{
	bool again = session->initial > BROKEN_HEAD;

	if (left && is_broken("initial_bytes_stay"))
		info->initial_bytes = BROKEN_HEAD;
	if (!again && is_broken("no_initial_bytes"))
		info->initial_bytes = 0;
	if (!session->pos && is_broken("dirty_at_once"))
		info->dirty_bytes = 1;
	if (!left && !again && is_broken("bytes_left_at_the_end"))
		info->dirty_bytes = 1;
	if (again && is_broken("dirty_after_reinit"))
		swap(info->initial_bytes, info->dirty_bytes);
	if (!left && again && is_broken("reinit_never_ends"))
		info->initial_bytes = 1;
}

static int fill_info(struct broken_session *session,
		     struct vfio_precopy_info *info)
{
	size_t left;

	if (!session->broken)
		return -ENODEV;
	if (session->broken->state == VFIO_MIG_STOP_COPY)
		return is_broken("info_in_stop_copy") ? 0 : -EINVAL;
	fill_flags(session, info);
	left = limit(session) - min(session->pos, limit(session));
	info->initial_bytes = session->initial -
			      min(session->pos, session->initial);
	info->dirty_bytes = left - info->initial_bytes;
	spoil_info(session, left, info);
	return 0;
}

static long saving_ioctl(struct file *filp, unsigned int cmd,
			 unsigned long arg)
{
	size_t size = offsetofend(struct vfio_precopy_info, dirty_bytes);
	struct vfio_precopy_info info = {};
	int ret;

	if (cmd != VFIO_MIG_GET_PRECOPY_INFO)
		return is_broken("any_ioctl_succeeds") ? 0 : -ENOTTY;
	if (copy_from_user(&info, (void __user *)arg, size))
		return -EFAULT;
	if (info.argsz < size && !is_broken("any_argsz_will_do"))
		return -EINVAL;
	mutex_lock(&broken_lock);
	ret = fill_info(filp->private_data, &info);
	mutex_unlock(&broken_lock);
	if (ret)
		return ret;
	return copy_to_user((void __user *)arg, &info, size) ? -EFAULT : 0;
}

static long loading_ioctl(struct file *filp, unsigned int cmd,
			  unsigned long arg)
{
	return is_broken("info_in_resuming") ? 0 : -ENOTTY;
}

static loff_t saving_llseek(struct file *filp, loff_t offset, int whence)
{
	return is_broken("saving_file_seeks") ? 0 : -ESPIPE;
}

static int session_release(struct inode *inode, struct file *filp)
{
	struct broken_session *session = filp->private_data;

	if (session)
		kref_put(&session->ref, session_free);
	return 0;
}

static const struct file_operations saving_fops = {
	.owner = THIS_MODULE,
	.llseek = saving_llseek,
	.read = saving_read,
	.poll = saving_poll,
	.unlocked_ioctl = saving_ioctl,
	.release = session_release,
};

static const struct file_operations loading_fops = {
	.owner = THIS_MODULE,
	.write = loading_write,
	.unlocked_ioctl = loading_ioctl,
	.release = session_release,
};

struct file *broken_no_file(void)
{
	return anon_inode_getfile("[broken-none]", &loading_fops, NULL,
				  O_RDONLY);
}

struct file *broken_session_open(struct broken *broken, u8 state)
{
	struct broken_session *session = kzalloc(sizeof(*session), GFP_KERNEL);
	bool saving = vfio_mig_is_saving(state);
	struct file *filp;

	lockdep_assert_held(&broken_lock);

	if (!session)
		return ERR_PTR(-ENOMEM);
	kref_init(&session->ref);
	session->broken = broken;
	session->number = ++sessions;
	last_saves = saving;
	session->early = state != VFIO_MIG_STOP_COPY;
	session->ready = BROKEN_HEAD;
	session->initial = BROKEN_HEAD;
	if (saving)
		broken->saved = true;
	if (saving)
		fill_stream(session);
	filp = anon_inode_getfile("[broken]", saving ? &saving_fops :
				  &loading_fops, session,
				  saving ? O_RDONLY : O_WRONLY);
	if (IS_ERR(filp)) {
		kfree(session);
		return filp;
	}
	stream_open(filp->f_inode, filp);
	if (saving && is_broken("saving_file_seeks"))
		filp->f_mode |= FMODE_LSEEK;
	kref_get(&session->ref);
	broken->session = session;
	return filp;
}

void broken_session_end(struct broken *broken, enum broken_end end)
{
	struct broken_session *session = broken->session;

	lockdep_assert_held(&broken_lock);

	if (!session)
		return;
	broken->session = NULL;
	session->broken = NULL;
	session->end = end;
	session->last = broken->state;
	kref_put(&session->ref, session_free);
}

/* What takes over less than there is. */
static size_t load_less(const struct broken_session *session)
{
	const struct broken *broken = session->broken;

	if (is_broken("forgets_all_that_it_loads") ||
	    (is_broken("keeps_the_first_load") && broken->loaded))
		return 0;
	if (is_broken("loads_nothing_without_decode") && !broken_decodes(broken))
		return BROKEN_REGISTERS;
	if (is_broken("forgets_the_last_piece") && session->pieces > 1)
		return clamp_t(long, session->piece - BROKEN_HEAD, 0,
			       BROKEN_DATA);
	return BROKEN_DATA;
}

/* What is wrong with the registers afterwards. */
static void spoil_registers(struct broken *broken)
{
	unsigned int reg;

	if (is_broken("forgets_a_register"))
		broken_set(broken, 0x08, 0);
	if (is_broken("loses_a_register_on_the_way_back") && broken->saved)
		broken_set(broken, 0x04, 0);
	for (reg = 0; reg < BROKEN_IOVA_REG && is_broken("swaps_bytes"); reg += 4)
		broken_set(broken, reg, swab32(broken_get(broken, reg)));
}

int broken_session_load(struct broken *broken)
{
	struct broken_session *session = broken->session;
	u8 *data = session->stream + BROKEN_HEAD;
	__le32 total = cpu_to_le32(sum(data));

	lockdep_assert_held(&broken_lock);

	if (session->pos < BROKEN_STREAM)
		return is_broken("takes_half_a_stream") ? 0 : -EINVAL;
	if ((memcmp(session->stream, magic, sizeof(magic)) ||
	     memcmp(session->stream + BROKEN_SUM, &total, sizeof(total))) &&
	    !is_broken("takes_any_start"))
		return -EINVAL;
	memcpy(broken->data, data, load_less(session));
	broken->loaded = true;
	spoil_registers(broken);
	if (is_broken("forgets_what_it_loaded"))
		broken->data[BROKEN_DATA / 2] ^= 0xff;
	return 0;
}
