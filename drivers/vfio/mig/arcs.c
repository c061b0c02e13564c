// SPDX-License-Identifier: GPL-2.0
/*
 * The table of direct arcs, and the routes through it.
 *
 * Everything else that knows about states (the machine, the probe ioctl, the
 * tool's picture, the tests) asks this file.
 */
#include "arcs.h"

#define ARC(from, to) \
	{ VFIO_MIG_##from, VFIO_MIG_##to, VFIO_MIG_##from##_TO_##to }

const struct vfio_mig_arc vfio_mig_arcs[VFIO_MIG_NR_ACTIONS] = {
	/* Other devices stop, or may again, talking to this one. */
	ARC(RUNNING, RUNNING_P2P),
	ARC(RUNNING_P2P, RUNNING),
	/* The device stands still, or moves again. */
	ARC(RUNNING_P2P, STOP),
	ARC(STOP, RUNNING_P2P),
	/* A saving session opens, or ends. */
	ARC(STOP, STOP_COPY),
	ARC(STOP_COPY, STOP),
	/* A loading session opens, or ends with all of its data applied. */
	ARC(STOP, RESUMING),
	ARC(RESUMING, STOP),
	/* A saving session opens, or is given up, on a device at work. */
	ARC(RUNNING, PRE_COPY),
	ARC(PRE_COPY, RUNNING),
	ARC(RUNNING_P2P, PRE_COPY_P2P),
	ARC(PRE_COPY_P2P, RUNNING_P2P),
	/* The session stays; only the device changes. */
	ARC(PRE_COPY, PRE_COPY_P2P),
	ARC(PRE_COPY_P2P, PRE_COPY),
	ARC(PRE_COPY_P2P, STOP_COPY),
};

static const char * const state_names[VFIO_MIG_NR_STATES] = {
	[VFIO_MIG_ERROR] = "ERROR",
	[VFIO_MIG_STOP] = "STOP",
	[VFIO_MIG_RUNNING] = "RUNNING",
	[VFIO_MIG_STOP_COPY] = "STOP_COPY",
	[VFIO_MIG_RESUMING] = "RESUMING",
	[VFIO_MIG_RUNNING_P2P] = "RUNNING_P2P",
	[VFIO_MIG_PRE_COPY] = "PRE_COPY",
	[VFIO_MIG_PRE_COPY_P2P] = "PRE_COPY_P2P",
};

const char *vfio_mig_state_name(unsigned int state)
{
	return state < VFIO_MIG_NR_STATES ? state_names[state] : "invalid";
}

int vfio_mig_is_saving(unsigned int state)
{
	return state == VFIO_MIG_STOP_COPY || state == VFIO_MIG_PRE_COPY ||
	       state == VFIO_MIG_PRE_COPY_P2P;
}

int vfio_mig_has_session(unsigned int state)
{
	return vfio_mig_is_saving(state) || state == VFIO_MIG_RESUMING;
}

int vfio_mig_closes_session(unsigned int from, unsigned int to)
{
	if (from == VFIO_MIG_RESUMING)
		return to != VFIO_MIG_RESUMING;
	return vfio_mig_is_saving(from) && !vfio_mig_is_saving(to);
}

int vfio_mig_opens_session(unsigned int from, unsigned int to)
{
	return vfio_mig_closes_session(to, from);
}

int vfio_mig_state_offered(__u32 features, unsigned int state)
{
	__u32 need = VFIO_MIG_HAS_STOP_COPY;

	switch (state) {
	case VFIO_MIG_STOP:
	case VFIO_MIG_RUNNING:
	case VFIO_MIG_STOP_COPY:
	case VFIO_MIG_RESUMING:
		break;
	case VFIO_MIG_RUNNING_P2P:
		need |= VFIO_MIG_HAS_P2P;
		break;
	case VFIO_MIG_PRE_COPY:
		need |= VFIO_MIG_HAS_PRE_COPY;
		break;
	case VFIO_MIG_PRE_COPY_P2P:
		need |= VFIO_MIG_HAS_P2P | VFIO_MIG_HAS_PRE_COPY;
		break;
	default:
		return 0;
	}
	return (features & need) == need;
}

const struct vfio_mig_arc *vfio_mig_find_arc(unsigned int from,
					     unsigned int to)
{
	unsigned int i;

	for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++)
		if (vfio_mig_arcs[i].from == from && vfio_mig_arcs[i].to == to)
			return &vfio_mig_arcs[i];
	return (const struct vfio_mig_arc *)0;
}

/*
 * May a combination from @from to @to pass through @state?  Never through
 * RESUMING: it would end a load that nobody wrote.  Through the saving group
 * just when both ends are in it: such a combination has one session all the
 * way, and any other would open and lose one.
 */
static int may_pass(unsigned int from, unsigned int to, unsigned int state)
{
	int within = vfio_mig_is_saving(from) && vfio_mig_is_saving(to);

	return state != VFIO_MIG_RESUMING &&
	       vfio_mig_is_saving(state) == within;
}

/*
 * Fill @next[to] for one pair: distances to @to are relaxed over the table
 * until they are final, which takes at most as many rounds as there are
 * states.  The table leaves no two shortest ways under the rule above (the
 * unit tests check that), so the order of its rows does not matter.
 */
static __u8 first_arc(unsigned int from, unsigned int to)
{
	__u8 distance[VFIO_MIG_NR_STATES];
	__u8 next = VFIO_MIG_NO_ROUTE;
	unsigned int round, i;

	for (i = 0; i < VFIO_MIG_NR_STATES; i++)
		distance[i] = i == to ? 0 : VFIO_MIG_NO_ROUTE;

	for (round = 0; round < VFIO_MIG_NR_STATES; round++) {
		for (i = 0; i < VFIO_MIG_NR_ACTIONS; i++) {
			const struct vfio_mig_arc *arc = &vfio_mig_arcs[i];

			if (distance[arc->to] == VFIO_MIG_NO_ROUTE ||
			    distance[arc->to] + 1 >= distance[arc->from])
				continue;
			if (arc->to != to && !may_pass(from, to, arc->to))
				continue;
			distance[arc->from] = distance[arc->to] + 1;
			if (arc->from == from)
				next = arc->to;
		}
	}
	return next;
}

/*
 * From every state, the silent ones too: a combination that passes through
 * one, or turns back in one, asks for the way on from there.
 */
static void find_routes(struct vfio_mig_routes *routes)
{
	unsigned int from, to;

	for (from = 0; from < VFIO_MIG_NR_STATES; from++) {
		for (to = 0; to < VFIO_MIG_NR_STATES; to++) {
			routes->next[from][to] = VFIO_MIG_NO_ROUTE;
			if (from != to &&
			    vfio_mig_state_offered(routes->features, to))
				routes->next[from][to] = first_arc(from, to);
		}
	}
}

/* What is seen of the route: the states on it that the device offers. */
static void describe_route(struct vfio_mig_routes *routes, unsigned int from,
			   unsigned int to)
{
	unsigned int state = from;
	__u8 hop = VFIO_MIG_NO_ROUTE;
	__u8 hops = 0;

	while (state != to) {
		state = routes->next[state][to];
		if (!vfio_mig_state_offered(routes->features, state))
			continue;
		if (!hops++)
			hop = state;
	}
	routes->hop[from][to] = hop;
	routes->hops[from][to] = hops;
	routes->settable |= VFIO_MIG_PAIR(from, to);
	if (hops == 1)
		routes->direct |= VFIO_MIG_PAIR(from, to);
}

void vfio_mig_routes_init(struct vfio_mig_routes *routes, __u32 features)
{
	unsigned int from, to;

	routes->features = features;
	routes->direct = 0;
	routes->settable = 0;
	find_routes(routes);

	for (from = 0; from < VFIO_MIG_NR_STATES; from++) {
		for (to = 0; to < VFIO_MIG_NR_STATES; to++) {
			routes->hop[from][to] = VFIO_MIG_NO_ROUTE;
			routes->hops[from][to] = 0;
			if (!vfio_mig_state_offered(features, from))
				continue;
			if (from == to)
				routes->settable |= VFIO_MIG_PAIR(from, to);
			else if (routes->next[from][to] != VFIO_MIG_NO_ROUTE)
				describe_route(routes, from, to);
		}
	}
}
