/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The migration state machine as data: its states, its direct arcs, and the
 * routes that follow from them.
 *
 * Nothing in here needs a kernel: the same two files are compiled into
 * vfio_mig.ko, into the user-space tool, into the unit tests and into the
 * proof.  What they are called is in <linux/vfio_mig_types.h>.
 */
#ifndef VFIO_MIG_ARCS_H
#define VFIO_MIG_ARCS_H

#include <linux/types.h>
#include <linux/vfio_mig_types.h>

struct vfio_mig_arc {
	__u8 from;
	__u8 to;
	__u8 action;
};

/* Every direct arc there is; what is not in it cannot be taken. */
extern const struct vfio_mig_arc vfio_mig_arcs[VFIO_MIG_NR_ACTIONS];

#define VFIO_MIG_NO_ROUTE	0xff

/**
 * struct vfio_mig_routes - what a device with a given feature set can do
 * @features: VFIO_MIG_HAS_* of the device.
 * @next: The arc of the table to take first, as its target state, on the way
 *	from [from] to [to]; VFIO_MIG_NO_ROUTE where there is none.  Both may be
 *	states that the device does not offer and passes through silently; only
 *	the end of the way is always an offered one.
 * @hop: The first state entered from [from] that the device does offer;
 *	VFIO_MIG_NO_ROUTE on the diagonal and where SET refuses.
 * @hops: The number of offered states entered on the way, the last included;
 *	0 on the diagonal.
 * @direct: Bit 8 * from + to: one hop leads there.
 * @settable: Bit 8 * from + to: in from, a SET of to is accepted.  Holds the
 *	diagonal of every offered state, since a SET to the current state
 *	succeeds.
 */
struct vfio_mig_routes {
	__u32 features;
	__u8 next[VFIO_MIG_NR_STATES][VFIO_MIG_NR_STATES];
	__u8 hop[VFIO_MIG_NR_STATES][VFIO_MIG_NR_STATES];
	__u8 hops[VFIO_MIG_NR_STATES][VFIO_MIG_NR_STATES];
	__u64 direct;
	__u64 settable;
};

#define VFIO_MIG_PAIR(from, to)	((__u64)1 << (8 * (from) + (to)))

/* Fill @routes for a device that offers @features. */
void vfio_mig_routes_init(struct vfio_mig_routes *routes, __u32 features);

/* The arc of the table from @from to @to, or NULL. */
const struct vfio_mig_arc *vfio_mig_find_arc(unsigned int from,
					     unsigned int to);

/* Is @state one that a device with @features can be set to and report? */
int vfio_mig_state_offered(__u32 features, unsigned int state);

/* The saving group: the states that share one saving session. */
int vfio_mig_is_saving(unsigned int state);

/* Does a data session (and so a data_fd) exist in @state? */
int vfio_mig_has_session(unsigned int state);

/* Does going from @from to @to open a session, so that a data_fd comes back? */
int vfio_mig_opens_session(unsigned int from, unsigned int to);

/* Does going from @from to @to end the session of @from? */
int vfio_mig_closes_session(unsigned int from, unsigned int to);

/* "RUNNING_P2P" and so on; "invalid" for what is no state. */
const char *vfio_mig_state_name(unsigned int state);

#endif /* VFIO_MIG_ARCS_H */
