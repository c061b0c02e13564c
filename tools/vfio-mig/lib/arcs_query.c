// SPDX-License-Identifier: GPL-2.0
/* Which transitions does a device support, and why did the last one fail? */
#include <errno.h>
#include <string.h>

#include "lib.h"
#include "uapi/linux/vfio_mig.h"

bool vfiomig_arcs_asked(const struct vfiomig_dev *dev)
{
	return dev->arcs_asked;
}

int vfiomig_arcs(struct vfiomig_dev *dev, struct vfio_mig_routes *routes,
		 struct vfiomig_error *error)
{
	struct vfio_device_mig_arc query = {
		.argsz = sizeof(query),
		.flags = VFIO_MIG_ARC_ALL,
	};
	__u64 features;
	int err;

	memset(routes, 0, sizeof(*routes));
	err = vfiomig_features(dev, &features, error);
	if (err)
		return err;
	vfio_mig_routes_init(routes, features);
	err = vfiomig_call(dev, VFIOMIG_ARC_SUPPORTED, &query);
	dev->arcs_asked = !err;
	if (dev->arcs_asked) {
		routes->direct = query.direct;
		routes->settable = query.settable;
	} else if (err != -ENOTTY) {
		return lib_fail_errno(error, err,
				      "%s: cannot ask for its transitions",
				      dev->info.name);
	}
	return 0;
}

static int fail_pair(const struct vfiomig_dev *dev, __u32 from, __u32 to,
		     int err, struct vfiomig_error *error)
{
	lib_fail(error, err, "%s: it does not support %s -> %s",
		 dev->info.name, vfio_mig_state_name(from),
		 vfio_mig_state_name(to));
	lib_hint(error, "see what it does with: vfio-mig arcs show %s",
		 dev->info.name);
	return err;
}

static int derive_arc(struct vfiomig_dev *dev, __u32 from, __u32 to,
		      struct vfiomig_arc *arc, struct vfiomig_error *error)
{
	struct vfio_mig_routes routes;
	__u64 features;
	int err;

	err = vfiomig_features(dev, &features, error);
	if (err)
		return err;
	if (from >= VFIO_MIG_NR_STATES || to >= VFIO_MIG_NR_STATES)
		return fail_pair(dev, from, to, -EINVAL, error);
	vfio_mig_routes_init(&routes, features);
	if (!(routes.settable & VFIO_MIG_PAIR(from, to)))
		return fail_pair(dev, from, to, -EOPNOTSUPP, error);
	arc->hops = routes.hops[from][to];
	arc->first_hop = from == to ? from : routes.hop[from][to];
	arc->verdict = from == to ? VFIO_MIG_ARC_STAYS :
		       arc->hops == 1 ? VFIO_MIG_ARC_DIRECT :
					VFIO_MIG_ARC_COMBINATION;
	return 0;
}

int vfiomig_arc(struct vfiomig_dev *dev, __u32 from, __u32 to,
		struct vfiomig_arc *arc, struct vfiomig_error *error)
{
	struct vfio_device_mig_arc query = {
		.argsz = sizeof(query),
		.from = from,
		.to = to,
	};
	int err = vfiomig_call(dev, VFIOMIG_ARC_SUPPORTED, &query);

	memset(arc, 0, sizeof(*arc));
	if (err == -ENOTTY)
		return derive_arc(dev, from, to, arc, error);
	if (err)
		return fail_pair(dev, from, to, err, error);
	arc->verdict = query.verdict;
	arc->first_hop = query.first_hop;
	arc->hops = query.hops;
	return 0;
}

int vfiomig_last_error(struct vfiomig_dev *dev,
		       struct vfio_device_mig_error *last)
{
	int err;

	memset(last, 0, sizeof(*last));
	last->argsz = sizeof(*last);
	err = vfiomig_call(dev, VFIOMIG_LAST_ERROR, last);
	if (err)
		memset(last, 0, sizeof(*last));
	last->text[sizeof(last->text) - 1] = '\0';
	return err == -ENOTTY ? 0 : err;
}

/* Append the driver's own sentence, if it has one for this failure. */
void lib_add_reason(struct vfiomig_dev *dev, struct vfiomig_error *error)
{
	struct vfio_device_mig_error last;
	char text[160];

	if (!error || vfiomig_last_error(dev, &last) || !last.text[0] ||
	    -(int)last.error != error->err)
		return;
	lib_name_section((const char *)last.text, text, sizeof(text));
	lib_append(error, ": %s", text);
}

int lib_check_pair(struct vfiomig_dev *dev,
		   const struct vfio_mig_routes *routes, __u32 from, __u32 to,
		   struct vfiomig_error *error)
{
	if (from < VFIO_MIG_NR_STATES && to < VFIO_MIG_NR_STATES &&
	    routes->settable & VFIO_MIG_PAIR(from, to))
		return 0;
	return fail_pair(dev, from, to, -EOPNOTSUPP, error);
}

/* The state to enter next; @to itself where only the driver knows the way. */
__u32 lib_next_hop(const struct vfio_mig_routes *routes, __u32 from, __u32 to)
{
	__u8 hop = routes->hop[from][to];

	if (hop == VFIO_MIG_NO_ROUTE ||
	    routes->direct & VFIO_MIG_PAIR(from, to))
		return to;
	return hop;
}
