// SPDX-License-Identifier: GPL-2.0
/* The states, and the mistakes that can be made with them. */
#include <linux/file.h>
#include <linux/vfio.h>

#include "broken.h"

static void enter_state(struct broken *broken, u8 state)
{
	broken->state = state;
	broken->since = ktime_get();
	if (state == VFIO_MIG_STOP && is_broken("writes_in_stop"))
		schedule_delayed_work(&broken->dma,
				      msecs_to_jiffies(BROKEN_DMA_MS));
	/* It may have been loaded, or waited for this. */
	if (broken_get(broken, BROKEN_TICKS))
		schedule_delayed_work(&broken->tick, 0);
}

static void fill_data(struct broken *broken)
{
	unsigned int i;

	for (i = 0; i < BROKEN_REGISTERS; i++)
		broken->data[i] = i + 1;
	memset(broken->data + BROKEN_REGISTERS, 0, BROKEN_REGISTERS_SIZE);
}

/* Reset, opened or closed. */
void broken_start_over(struct broken *broken, enum broken_end end)
{
	lockdep_assert_held(&broken_lock);

	broken_session_end(broken, end);
	fill_data(broken);
	if (end == BROKEN_BY_RESET && is_broken("v2_ends_with_a_reset"))
		broken->v2 = false;
	broken->number++;
	broken->saved = false;
	broken->loaded = false;
	enter_state(broken, VFIO_MIG_RUNNING);
}

static int step(struct broken *broken, u8 to, struct file **filp)
{
	u8 from = broken->state;
	struct file *file = NULL;
	int ret;

	/* It has none if closing the device has ended it, but not the state. */
	if (from == VFIO_MIG_RESUMING && broken->session) {
		ret = broken_session_load(broken);
		if (ret)
			return ret;
	}
	if (vfio_mig_opens_session(from, to)) {
		file = broken_session_open(broken, to);
		if (IS_ERR(file))
			return PTR_ERR(file);
	}
	if (vfio_mig_closes_session(from, to))
		broken_session_end(broken, BROKEN_BY_ARC);
	if (from == VFIO_MIG_STOP_COPY && is_broken("loses_its_state_when_saved"))
		broken_set(broken, 0x0c, 0);
	enter_state(broken, to);
	/* Pre-copy was of what it was; this is what counts. */
	if (to == VFIO_MIG_STOP_COPY && !is_broken("stale_after_pre_copy"))
		broken_session_refresh(broken);
	*filp = file;
	return 0;
}

/* What a bad stream does to the state. */
static void fail_to_load(struct broken *broken, u8 to)
{
	if ((to == VFIO_MIG_STOP && is_broken("advances_before_it_fails")) ||
	    (to == VFIO_MIG_RUNNING && is_broken("goes_on_after_a_failure"))) {
		broken_session_end(broken, BROKEN_BY_ARC);
		enter_state(broken, to);
	}
}

static struct file *walk(struct broken *broken, u8 to)
{
	struct file *filp = NULL;
	u8 start = broken->state;
	int ret;

	while (broken->state != to) {
		ret = step(broken, broken->routes.next[broken->state][to],
			   &filp);
		if (ret) {
			if (start == VFIO_MIG_RESUMING)
				fail_to_load(broken, to);
			return ERR_PTR(ret);
		}
		if (start == VFIO_MIG_RUNNING && to == VFIO_MIG_STOP &&
		    is_broken("stops_halfway"))
			break;
	}
	return filp;
}

static void leak_a_file(void)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return;
	file = broken_no_file();
	if (IS_ERR(file))
		put_unused_fd(fd);
	else
		fd_install(fd, file);
}

/* A file too few or too many. */
static struct file *return_file(u8 from, u8 to, struct file *filp)
{
	if (to == VFIO_MIG_RESUMING && is_broken("leaks_a_file"))
		leak_a_file();
	if (from == VFIO_MIG_STOP_COPY && to == VFIO_MIG_STOP &&
	    is_broken("file_where_none_is"))
		return broken_no_file();
	if (filp && to == VFIO_MIG_PRE_COPY && is_broken("no_file_for_pre_copy")) {
		fput(filp);
		return NULL;
	}
	return filp;
}

static struct file *stay(struct broken *broken)
{
	if (broken->state == VFIO_MIG_STOP && is_broken("file_when_set_again"))
		return broken_no_file();
	if (broken->state == VFIO_MIG_STOP_COPY &&
	    is_broken("set_again_ends_the_session"))
		broken_session_end(broken, BROKEN_BY_ARC);
	return NULL;
}

static struct file *refuse(struct broken *broken, u32 to)
{
	if (broken->state == VFIO_MIG_STOP && to == VFIO_MIG_ERROR &&
	    is_broken("error_can_be_set"))
		return NULL;
	if (broken->state == VFIO_MIG_STOP && to >= VFIO_MIG_NR_STATES &&
	    is_broken("any_number_is_a_state"))
		return NULL;
	if (broken->state == VFIO_MIG_STOP_COPY && to == VFIO_MIG_PRE_COPY &&
	    is_broken("goes_back_to_pre_copy")) {
		enter_state(broken, to);
		return NULL;
	}
	if (broken->state == VFIO_MIG_STOP_COPY &&
	    is_broken("refusal_ends_the_session"))
		broken_session_end(broken, BROKEN_BY_ARC);
	return ERR_PTR(-EINVAL);
}

static struct file *set_locked(struct broken *broken, u32 to)
{
	u8 from = broken->state;
	struct file *filp;

	if (to >= VFIO_MIG_NR_STATES ||
	    !(broken->routes.settable & VFIO_MIG_PAIR(from, to)))
		return refuse(broken, to);
	if (from == to)
		return stay(broken);
	if (from == VFIO_MIG_PRE_COPY_P2P && to == VFIO_MIG_PRE_COPY &&
	    is_broken("lacks_an_arc"))
		return ERR_PTR(-EINVAL);
	filp = walk(broken, to);
	return IS_ERR(filp) ? filp : return_file(from, to, filp);
}

static struct file *set_state(struct vfio_device *vdev,
			      enum vfio_device_mig_state to)
{
	struct broken *broken = broken_from_vdev(vdev);
	struct file *filp;

	mutex_lock(&broken->work_lock);
	mutex_lock(&broken_lock);
	filp = set_locked(broken, to);
	mutex_unlock(&broken_lock);
	mutex_unlock(&broken->work_lock);
	return filp;
}

static int get_state(struct vfio_device *vdev,
		     enum vfio_device_mig_state *state)
{
	struct broken *broken = broken_from_vdev(vdev);

	mutex_lock(&broken_lock);
	*state = broken->state;
	if (broken->state == VFIO_MIG_RUNNING_P2P &&
	    is_broken("state_changes_by_itself") &&
	    ktime_ms_delta(ktime_get(), broken->since) > 250)
		*state = VFIO_DEVICE_STATE_RUNNING;
	mutex_unlock(&broken_lock);
	return 0;
}

/* Nobody calls it where VFIO has no MIG_DATA_SIZE. */
static int __maybe_unused get_data_size(struct vfio_device *vdev,
					unsigned long *length)
{
	struct broken *broken = broken_from_vdev(vdev);
	u8 state;

	mutex_lock(&broken_lock);
	state = broken->state;
	mutex_unlock(&broken_lock);
	*length = BROKEN_STREAM;
	if (state == VFIO_MIG_RESUMING && is_broken("no_size_in_resuming"))
		return -EIO;
	if (state == VFIO_MIG_STOP_COPY && is_broken("size_is_zero"))
		*length = 0;
	return 0;
}

const struct vfio_migration_ops broken_mig_ops = {
	.migration_set_state = set_state,
	.migration_get_state = get_state,
	VFIO_MIG_DATA_SIZE_OP(get_data_size)
};
