// SPDX-License-Identifier: GPL-2.0
/*
 * The core's own calls, by ioctl and by VFIO_DEVICE_FEATURE.  Their contract
 * stands in <linux/vfio_mig.h> (uapi); here is one table of them, and one way in
 * and out for their structs.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vfio.h>

#include "mig.h"

static_assert(sizeof(struct vfio_device_mig_arc) ==
	      VFIO_DEVICE_MIG_ARC_SIZE_V1);
static_assert(sizeof(struct vfio_device_mig_error) ==
	      VFIO_DEVICE_MIG_ERROR_SIZE_V1);
static_assert(sizeof(struct vfio_device_mig_descriptor) ==
	      VFIO_DEVICE_MIG_DESCRIPTOR_SIZE_V1);
static_assert(sizeof(struct vfio_device_mig_compatible) ==
	      VFIO_DEVICE_MIG_COMPATIBLE_SIZE_V1);
static_assert(sizeof(struct vfio_device_mig_names) ==
	      VFIO_DEVICE_MIG_NAMES_SIZE_V1);
static_assert(sizeof_field(struct vfio_device_mig_error, text) ==
	      sizeof_field(struct vfio_mig_refusal, text));

union ioctl_arg {
	struct {
		__u32 argsz;
		__u32 flags;
	};
	struct vfio_device_mig_arc arc;
	struct vfio_device_mig_error error;
	struct vfio_device_mig_descriptor descriptor;
	struct vfio_device_mig_compatible compatible;
	struct vfio_device_mig_names names;
};

/* All transitions at once. */
static int probe_all(struct vfio_mig_device *mig,
		     struct vfio_device_mig_arc *arc)
{
	if (arc->from || arc->to)
		return -EINVAL;
	arc->direct = mig->priv->routes.direct;
	arc->settable = mig->priv->routes.settable;
	return 0;
}

/* The routes are constant, so this waits for nothing. */
static int answer_arc(struct vfio_mig_device *mig, union ioctl_arg *arg)
{
	struct vfio_device_mig_arc *arc = &arg->arc;
	u64 pair;

	if (arc->flags & ~VFIO_MIG_ARC_ALL || arc->reserved)
		return -EINVAL;
	arc->verdict = VFIO_MIG_ARC_STAYS;
	arc->first_hop = 0;
	arc->hops = 0;
	arc->direct = 0;
	arc->settable = 0;
	if (arc->flags & VFIO_MIG_ARC_ALL)
		return probe_all(mig, arc);

	if (arc->from >= VFIO_MIG_NR_STATES || arc->to >= VFIO_MIG_NR_STATES)
		return -EINVAL;
	pair = VFIO_MIG_PAIR(arc->from, arc->to);
	if (!(mig->priv->routes.settable & pair))
		return -EOPNOTSUPP;
	arc->first_hop = arc->from;
	if (arc->from == arc->to)
		return 0;
	arc->verdict = mig->priv->routes.direct & pair ? VFIO_MIG_ARC_DIRECT :
						   VFIO_MIG_ARC_COMBINATION;
	arc->first_hop = mig->priv->routes.hop[arc->from][arc->to];
	arc->hops = mig->priv->routes.hops[arc->from][arc->to];
	return 0;
}

static int answer_error(struct vfio_mig_device *mig, union ioctl_arg *arg)
{
	struct vfio_device_mig_error *error = &arg->error;
	struct vfio_mig_failure failure;

	if (error->flags)
		return -EINVAL;
	vfio_mig_last_failure(mig, &failure);
	error->error = -failure.why.error;
	error->from = failure.from;
	error->to = failure.to;
	error->section = failure.why.section;
	/* What is behind its end may be whatever was on somebody's stack. */
	strscpy_pad((char *)error->text, failure.why.text, sizeof(error->text));
	return 0;
}

/* Identity and behaviours are constant while the device is open. */
static int answer_descriptor(struct vfio_mig_device *mig, union ioctl_arg *arg)
{
	if (arg->descriptor.flags)
		return -EINVAL;
	arg->descriptor.known = vfio_mig_known_behaviours(mig->ops);
	vfio_mig_identity(mig, &arg->descriptor.header);
	vfio_mig_seal_header(&arg->descriptor.header);
	return 0;
}

static int answer_compatible(struct vfio_mig_device *mig, union ioctl_arg *arg)
{
	struct vfio_device_mig_compatible *compatible = &arg->compatible;
	struct vfio_mig_comparison comparison;
	struct vfio_mig_stream_header ours;

	if (compatible->flags)
		return -EINVAL;
	vfio_mig_identity(mig, &ours);
	vfio_mig_seal_header(&ours);
	vfio_mig_compare(&compatible->header, &ours, mig->behaviours,
			 &comparison);
	compatible->count = comparison.count;
	compatible->verdict = comparison.verdict;
	memcpy(compatible->mismatch, comparison.mismatch,
	       sizeof(compatible->mismatch));
	return 0;
}

/* As much of the text as there is room for. */
static int answer_names(struct vfio_mig_device *mig, union ioctl_arg *arg)
{
	struct vfio_device_mig_names *names = &arg->names;
	size_t length;
	char *text;
	int ret = 0;

	if (names->flags)
		return -EINVAL;
	text = vfio_mig_describe(mig->ops, &length);
	if (!text)
		return -ENOMEM;
	if (copy_to_user(u64_to_user_ptr(names->text), text,
			 min_t(size_t, names->room, length)))
		ret = -EFAULT;
	kvfree(text);
	names->size = length;
	return ret;
}

#define CALL(name, type, function) {					\
	.cmd = VFIO_DEVICE_MIG_##name,					\
	.old_cmd = VFIO_DEVICE_MIG_##name##_OLD,			\
	.feature = VFIO_DEVICE_FEATURE_MIG_##name,			\
	.min_size = VFIO_DEVICE_MIG_##type##_SIZE_V1,			\
	.size = sizeof_field(union ioctl_arg, function),		\
	.handler = answer_##function,					\
}

static const struct {
	unsigned int cmd;
	unsigned int old_cmd;
	u32 feature;
	u32 min_size;
	u32 size;
	int (*handler)(struct vfio_mig_device *mig, union ioctl_arg *arg);
} calls[] = {
	CALL(ARC_SUPPORTED, ARC, arc),
	CALL(LAST_ERROR, ERROR, error),
	CALL(DESCRIPTOR, DESCRIPTOR, descriptor),
	CALL(COMPATIBLE, COMPATIBLE, compatible),
	{
		.cmd = VFIO_DEVICE_MIG_NAMES,
		.old_cmd = VFIO_DEVICE_MIG_NAMES,
		.feature = VFIO_DEVICE_FEATURE_MIG_NAMES,
		.min_size = VFIO_DEVICE_MIG_NAMES_SIZE_V1,
		.size = sizeof(struct vfio_device_mig_names),
		.handler = answer_names,
	},
};

/* @room: Bytes that the struct has at most. */
static int call(struct vfio_mig_device *mig, unsigned int which,
		void __user *user, size_t room)
{
	u32 size = calls[which].size;
	union ioctl_arg arg = {};
	u32 argsz;
	int ret;

	if (get_user(argsz, (u32 __user *)user))
		return -EFAULT;
	if (argsz < calls[which].min_size || argsz > room)
		return -EINVAL;
	ret = copy_struct_from_user(&arg, size, user, argsz);
	if (ret)
		return ret;
	ret = calls[which].handler(mig, &arg);
	if (ret)
		return ret;
	arg.argsz = size;
	return copy_to_user(user, &arg, min(size, argsz)) ? -EFAULT : 0;
}

/* -ENOIOCTLCMD: not one of ours. */
long vfio_mig_own_ioctl(struct vfio_mig_device *mig, unsigned int cmd,
			void __user *user)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].cmd == cmd || calls[i].old_cmd == cmd)
			return call(mig, i, user, SIZE_MAX);
	return -ENOIOCTLCMD;
}

/* Only kernels whose vfio core does not know this feature hand it on. */
static int feature_data_size(struct vfio_device *vdev, u32 flags,
			     void __user *arg, size_t argsz)
{
	struct vfio_device_feature_mig_data_size size = {};
	unsigned long length = 0;
	int ret;

	ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
				 sizeof(size));
	if (ret != 1)
		return ret;
	ret = vfio_mig_get_data_size(vdev, &length);
	if (ret)
		return ret;
	size.stop_copy_length = length;
	return copy_to_user(arg, &size, sizeof(size)) ? -EFAULT : 0;
}

/* -ENOIOCTLCMD: not one of ours. */
int vfio_mig_own_feature(struct vfio_mig_device *mig, u32 flags,
			 void __user *user, size_t argsz)
{
	unsigned int i;
	int ret;

	if ((flags & VFIO_DEVICE_FEATURE_MASK) ==
	    VFIO_DEVICE_FEATURE_MIG_DATA_SIZE)
		return feature_data_size(mig->vdev, flags, user, argsz);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (calls[i].feature != (flags & VFIO_DEVICE_FEATURE_MASK))
			continue;
		ret = vfio_check_feature(flags, argsz, VFIO_DEVICE_FEATURE_GET,
					 calls[i].min_size);
		return ret == 1 ? call(mig, i, user, argsz) : ret;
	}
	return -ENOIOCTLCMD;
}
