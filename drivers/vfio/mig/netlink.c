// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family vfio_mig: what devices are doing, for those who
 * do not have them open.  Documentation/netlink/specs/vfio_mig.yaml describes
 * the messages; netlink_gen.[ch] are made from it.
 *
 * Devices belong to no network namespace, so the family is in the first one
 * only.
 */
#include <linux/iommu.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/xarray.h>

#include "hooks.h"
#include "netlink.h"
#include "netlink_gen.h"

/*
 * All devices that are registered.  Protected by its own lock, a mutex that is
 * held while a device is described: it cannot go away meanwhile.
 */
static DEFINE_XARRAY_ALLOC1(devices);
static DEFINE_MUTEX(devices_lock);

static const struct genl_multicast_group groups[] = {
	[VFIO_MIG_NLGRP_STATE] = {
		.name = VFIO_MIG_MCGRP_STATE,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[VFIO_MIG_NLGRP_PROGRESS] = {
		.name = VFIO_MIG_MCGRP_PROGRESS,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
	[VFIO_MIG_NLGRP_ERROR] = {
		.name = VFIO_MIG_MCGRP_ERROR,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family family __ro_after_init = {
	.name = VFIO_MIG_FAMILY_NAME,
	.version = VFIO_MIG_FAMILY_VERSION,
	.maxattr = ARRAY_SIZE(vfio_mig_device_nl_policy) - 1,
	.policy = vfio_mig_device_nl_policy,
	.small_ops = vfio_mig_nl_ops,
	.n_small_ops = ARRAY_SIZE(vfio_mig_nl_ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.parallel_ops = true,
	.module = THIS_MODULE,
};

/* ---- what messages are made of ---- */

/* An errno that is absent stands for success. */
static int put_errno(struct sk_buff *skb, int attr, int result)
{
	return result ? nla_put_u32(skb, attr, -result) : 0;
}

static int put_failure(struct sk_buff *skb, int attr,
		       const struct vfio_mig_failure *failure)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    nla_put_u32(skb, VFIO_MIG_A_FAILURE_ERRNO, -failure->why.error) ||
	    nla_put_u32(skb, VFIO_MIG_A_FAILURE_FROM, failure->from) ||
	    nla_put_u32(skb, VFIO_MIG_A_FAILURE_TO, failure->to) ||
	    nla_put_string(skb, VFIO_MIG_A_FAILURE_TEXT, failure->why.text))
		return -EMSGSIZE;
	if (failure->why.section &&
	    nla_put_u32(skb, VFIO_MIG_A_FAILURE_SECTION, failure->why.section))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_trail(struct sk_buff *skb, const struct vfio_mig_trail *trail)
{
	const struct vfio_mig_trail_arc *arc;
	struct nlattr *nest;

	for (arc = trail->arc; arc < trail->arc + trail->count; arc++) {
		nest = nla_nest_start(skb, VFIO_MIG_A_EVENT_ARC);
		if (!nest ||
		    nla_put_u32(skb, VFIO_MIG_A_ARC_FROM, arc->from) ||
		    nla_put_u32(skb, VFIO_MIG_A_ARC_TO, arc->to) ||
		    nla_put_u64_64bit(skb, VFIO_MIG_A_ARC_TIME, arc->time,
				      VFIO_MIG_A_ARC_PAD) ||
		    nla_put_u64_64bit(skb, VFIO_MIG_A_ARC_NS, arc->ns,
				      VFIO_MIG_A_ARC_PAD) ||
		    put_errno(skb, VFIO_MIG_A_ARC_ERRNO, arc->result))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

/* ---- get and dump ---- */

static int put_place(struct sk_buff *skb, struct vfio_mig_device *mig)
{
	struct device *dev = vfio_mig_dev(mig);

	if (nla_put_string(skb, VFIO_MIG_A_DEVICE_NAME, dev_name(dev)) ||
	    nla_put_string(skb, VFIO_MIG_A_DEVICE_DRIVER,
			   dev_driver_string(dev)) ||
	    nla_put_u32(skb, VFIO_MIG_A_DEVICE_INDEX, mig->vdev->index))
		return -EMSGSIZE;
	if (mig->priv->group < 0)
		return 0;
	return nla_put_u32(skb, VFIO_MIG_A_DEVICE_GROUP, mig->priv->group);
}

static int put_numbers(struct sk_buff *skb,
		       const struct vfio_mig_status *status)
{
	const struct {
		int attr;
		u64 value;
	} numbers[] = {
		{ VFIO_MIG_A_DEVICE_STATE_NS, ktime_get_ns() - status->since },
		{ VFIO_MIG_A_DEVICE_FEATURES, status->features },
		{ VFIO_MIG_A_DEVICE_BYTES_READ, status->bytes_read },
		{ VFIO_MIG_A_DEVICE_BYTES_WRITTEN, status->bytes_written },
		{ VFIO_MIG_A_DEVICE_SESSION_BYTES, status->session_bytes },
		{ VFIO_MIG_A_DEVICE_SESSIONS, status->sessions },
		{ VFIO_MIG_A_DEVICE_TRANSITIONS, status->transitions },
		{ VFIO_MIG_A_DEVICE_FAILURES, status->failures },
		{ VFIO_MIG_A_DEVICE_RESETS, status->resets },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (nla_put_u64_64bit(skb, numbers[i].attr, numbers[i].value,
				      VFIO_MIG_A_DEVICE_PAD))
			return -EMSGSIZE;
	return 0;
}

static int put_status(struct sk_buff *skb, struct vfio_mig_device *mig)
{
	struct vfio_mig_status status;

	vfio_mig_status_get(mig, &status);
	if (put_numbers(skb, &status) ||
	    nla_put_u32(skb, VFIO_MIG_A_DEVICE_STATE, status.state) ||
	    nla_put_u32(skb, VFIO_MIG_A_DEVICE_STATE_SEQ, status.state_seq) ||
	    nla_put_u32(skb, VFIO_MIG_A_DEVICE_PROGRESS_SEQ,
			status.progress_seq) ||
	    nla_put_u32(skb, VFIO_MIG_A_DEVICE_ERROR_SEQ, status.error_seq))
		return -EMSGSIZE;
	if (status.opened && nla_put_flag(skb, VFIO_MIG_A_DEVICE_OPEN))
		return -EMSGSIZE;
	return 0;
}

static int put_reply(struct sk_buff *skb, u32 portid, u32 seq, int flags,
		     struct vfio_mig_device *mig)
{
	struct vfio_mig_failure failure;
	void *header;

	header = genlmsg_put(skb, portid, seq, &family, flags,
			     VFIO_MIG_CMD_GET);
	if (!header)
		return -EMSGSIZE;
	vfio_mig_last_failure(mig, &failure);
	if (put_place(skb, mig) || put_status(skb, mig) ||
	    (failure.why.error &&
	     put_failure(skb, VFIO_MIG_A_DEVICE_LAST_ERROR, &failure))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

static struct vfio_mig_device *find_device_locked(const struct nlattr *name)
{
	struct vfio_mig_device *mig;
	unsigned long id;

	lockdep_assert_held(&devices_lock);

	xa_for_each(&devices, id, mig)
		if (!nla_strcmp(name, dev_name(vfio_mig_dev(mig))))
			return mig;
	return NULL;
}

int vfio_mig_nl_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[VFIO_MIG_A_DEVICE_NAME];
	struct vfio_mig_device *mig;
	struct sk_buff *reply;
	int ret = -ENODEV;

	if (!name) {
		GENL_SET_ERR_MSG(info, "which device?");
		return -EINVAL;
	}
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	mutex_lock(&devices_lock);
	mig = find_device_locked(name);
	if (mig)
		ret = put_reply(reply, info->snd_portid, info->snd_seq, 0,
				mig);
	mutex_unlock(&devices_lock);
	if (!ret)
		return genlmsg_reply(reply, info);
	nlmsg_free(reply);
	if (ret == -ENODEV)
		GENL_SET_ERR_MSG(info, "no such device with a vfio_mig driver");
	return ret;
}

/* Goes on behind the id that was told last, whatever has come and gone. */
int vfio_mig_nl_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct vfio_mig_device *mig;
	unsigned long id;
	int ret = 0;

	mutex_lock(&devices_lock);
	xa_for_each_start(&devices, id, mig, cb->args[0] + 1) {
		ret = put_reply(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, NLM_F_MULTI, mig);
		if (ret)
			break;
		cb->args[0] = id;
	}
	mutex_unlock(&devices_lock);
	return skb->len ?: ret;
}

/* ---- events ---- */

static bool group_listens(unsigned int group)
{
	return genl_has_listeners(&family, &init_net, group);
}

static bool listens(enum vfio_mig_event event)
{
	static const unsigned int groups_of[] = {
		[VFIO_MIG_EVENT_STATE] = VFIO_MIG_NLGRP_STATE,
		[VFIO_MIG_EVENT_PROGRESS] = VFIO_MIG_NLGRP_PROGRESS,
		[VFIO_MIG_EVENT_FAILURE] = VFIO_MIG_NLGRP_ERROR,
	};

	return group_listens(groups_of[event]);
}

/*
 * An event for which there is no memory is lost, as is one for which a
 * listener has no room; both see it by its number.  So nothing waits here.
 */
static struct sk_buff *begin_event(struct vfio_mig_device *mig,
				   unsigned int group, u8 command, u32 seq,
				   u64 time, void **header)
{
	struct sk_buff *skb;

	lockdep_assert_held(&mig->priv->event_lock);

	if (!group_listens(group))
		return NULL;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (!skb)
		return NULL;
	*header = genlmsg_put(skb, 0, 0, &family, 0, command);
	if (!*header ||
	    nla_put_string(skb, VFIO_MIG_A_EVENT_NAME,
			   dev_name(vfio_mig_dev(mig))) ||
	    nla_put_u32(skb, VFIO_MIG_A_EVENT_SEQ, seq) ||
	    nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_TIME, time,
			      VFIO_MIG_A_EVENT_PAD)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

static void send_event(struct sk_buff *skb, void *header, unsigned int group)
{
	genlmsg_end(skb, header);
	genlmsg_multicast(&family, skb, 0, group, GFP_NOWAIT | __GFP_NOWARN);
}

static int put_state(struct sk_buff *skb,
		     const struct vfio_mig_state_event *event)
{
	u64 ns = event->time - event->trail->start;

	if (nla_put_u32(skb, VFIO_MIG_A_EVENT_CAUSE, event->cause) ||
	    nla_put_u32(skb, VFIO_MIG_A_EVENT_FROM, event->from) ||
	    nla_put_u32(skb, VFIO_MIG_A_EVENT_TO, event->to) ||
	    nla_put_u32(skb, VFIO_MIG_A_EVENT_STATE, event->state) ||
	    put_errno(skb, VFIO_MIG_A_EVENT_ERRNO, event->result) ||
	    nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_SESSION_BYTES,
			      event->session_bytes, VFIO_MIG_A_EVENT_PAD))
		return -EMSGSIZE;
	if (nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_NS, ns,
			      VFIO_MIG_A_EVENT_PAD))
		return -EMSGSIZE;
	return put_trail(skb, event->trail);
}

static void tell_state(struct vfio_mig_device *mig,
		       const struct vfio_mig_state_event *event)
{
	struct sk_buff *skb;
	void *header;

	skb = begin_event(mig, VFIO_MIG_NLGRP_STATE, VFIO_MIG_CMD_STATE,
			  event->seq, event->time, &header);
	if (!skb)
		return;
	if (put_state(skb, event))
		nlmsg_free(skb);
	else
		send_event(skb, header, VFIO_MIG_NLGRP_STATE);
}

static int put_progress(struct sk_buff *skb,
			const struct vfio_mig_progress_event *event)
{
	if (nla_put_u32(skb, VFIO_MIG_A_EVENT_STATE, event->state) ||
	    nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_SESSION_BYTES,
			      event->session_bytes, VFIO_MIG_A_EVENT_PAD))
		return -EMSGSIZE;
	if (event->saving &&
	    nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_REMAINING,
			      event->remaining, VFIO_MIG_A_EVENT_PAD))
		return -EMSGSIZE;
	if (event->pre_copy &&
	    (nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_INITIAL, event->initial,
			       VFIO_MIG_A_EVENT_PAD) ||
	     nla_put_u64_64bit(skb, VFIO_MIG_A_EVENT_DIRTY, event->dirty,
			       VFIO_MIG_A_EVENT_PAD)))
		return -EMSGSIZE;
	return 0;
}

static void tell_progress(struct vfio_mig_device *mig,
			  const struct vfio_mig_progress_event *event)
{
	struct sk_buff *skb;
	void *header;

	skb = begin_event(mig, VFIO_MIG_NLGRP_PROGRESS, VFIO_MIG_CMD_PROGRESS,
			  event->seq, event->time, &header);
	if (!skb)
		return;
	if (put_progress(skb, event))
		nlmsg_free(skb);
	else
		send_event(skb, header, VFIO_MIG_NLGRP_PROGRESS);
}

static void tell_failure(struct vfio_mig_device *mig,
			 const struct vfio_mig_failure *failure, u32 seq,
			 u64 time)
{
	struct sk_buff *skb;
	void *header;

	skb = begin_event(mig, VFIO_MIG_NLGRP_ERROR, VFIO_MIG_CMD_ERROR, seq,
			  time, &header);
	if (!skb)
		return;
	if (put_failure(skb, VFIO_MIG_A_EVENT_FAILURE, failure))
		nlmsg_free(skb);
	else
		send_event(skb, header, VFIO_MIG_NLGRP_ERROR);
}

static const struct vfio_mig_listener listener = {
	.listens = listens,
	.state = tell_state,
	.progress = tell_progress,
	.failure = tell_failure,
};

/* ---- devices ---- */

/*
 * Of a device that is registered.  A group of VFIO's own making is gone with the
 * registration, and iommu_group_get() is not for who may come at the same time.
 */
static int group_of(struct device *dev)
{
	struct iommu_group *group = iommu_group_get(dev);
	int number = group ? iommu_group_id(group) : -1;

	iommu_group_put(group);
	return number;
}

int vfio_mig_netlink_add(struct vfio_mig_device *mig)
{
	static u32 next;
	int ret;

	mig->priv->group = group_of(vfio_mig_dev(mig));
	mutex_lock(&devices_lock);
	ret = xa_alloc_cyclic(&devices, &mig->priv->netlink_id, mig, xa_limit_31b,
			      &next, GFP_KERNEL);
	mutex_unlock(&devices_lock);
	return ret < 0 ? ret : 0;
}

void vfio_mig_netlink_remove(struct vfio_mig_device *mig)
{
	mutex_lock(&devices_lock);
	xa_erase(&devices, mig->priv->netlink_id);
	mutex_unlock(&devices_lock);
}

int __init vfio_mig_netlink_init(void)
{
	vfio_mig_listener = &listener;
	return genl_register_family(&family);
}

void vfio_mig_netlink_exit(void)
{
	genl_unregister_family(&family);
}
