// SPDX-License-Identifier: GPL-2.0
/*
 * A breadth-first search forward over an edge list of its own, with the
 * refusals named one by one.  arcs.c relaxes distances backward over its table
 * and derives the refusals from one rule; nothing is shared with it, not even
 * the names of the states.
 */
#include "arc_oracle.h"

enum {
	ERROR = VFIO_DEVICE_STATE_ERROR,
	STOP = VFIO_DEVICE_STATE_STOP,
	RUNNING = VFIO_DEVICE_STATE_RUNNING,
	STOP_COPY = VFIO_DEVICE_STATE_STOP_COPY,
	RESUMING = VFIO_DEVICE_STATE_RESUMING,
	RUNNING_P2P = VFIO_DEVICE_STATE_RUNNING_P2P,
	PRE_COPY = VFIO_DEVICE_STATE_PRE_COPY,
	PRE_COPY_P2P = VFIO_DEVICE_STATE_PRE_COPY_P2P,
};

#define NR_EDGES	8

static const struct {
	unsigned int one;
	unsigned int other;
	bool both_ways;
} edges[NR_EDGES] = {
	{ RUNNING, RUNNING_P2P, true },
	{ RUNNING, PRE_COPY, true },
	{ RUNNING_P2P, PRE_COPY_P2P, true },
	{ PRE_COPY, PRE_COPY_P2P, true },
	{ PRE_COPY_P2P, STOP_COPY, false },
	{ RUNNING_P2P, STOP, true },
	{ STOP, STOP_COPY, true },
	{ STOP, RESUMING, true },
};

static bool adjacent(unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = 0; i < NR_EDGES; i++) {
		if (edges[i].one == from && edges[i].other == to)
			return true;
		if (edges[i].both_ways && edges[i].other == from &&
		    edges[i].one == to)
			return true;
	}
	return false;
}

enum oracle_session oracle_session(unsigned int state)
{
	switch (state) {
	case PRE_COPY:
	case PRE_COPY_P2P:
	case STOP_COPY:
		return ORACLE_SAVING;
	case RESUMING:
		return ORACLE_LOADING;
	default:
		return ORACLE_NO_SESSION;
	}
}

static bool refused(unsigned int from, unsigned int to)
{
	if (from == ERROR || to == ERROR)
		return true;
	return from == STOP_COPY && (to == PRE_COPY || to == PRE_COPY_P2P);
}

static bool fit_for_interior(unsigned int state, unsigned int from,
			     unsigned int to)
{
	if (state == RESUMING)
		return false;
	if (oracle_session(from) == ORACLE_SAVING &&
	    oracle_session(to) == ORACLE_SAVING)
		return true;
	return oracle_session(state) != ORACLE_SAVING;
}

struct oracle_way oracle_search(unsigned int from, unsigned int to)
{
	unsigned int depth[ORACLE_STATES] = { 0 };
	unsigned int ways[ORACLE_STATES] = { 0 };
	unsigned int parent[ORACLE_STATES] = { 0 };
	unsigned int queue[ORACLE_STATES];
	unsigned int head = 0, tail = 0, at, next, i;
	struct oracle_way found = { 0 };

	if (refused(from, to))
		return found;

	ways[from] = 1;
	queue[tail++] = from;
	while (head < tail) {
		at = queue[head++];
		if (at == to)
			break;
		if (at != from && !fit_for_interior(at, from, to))
			continue;
		for (next = 0; next < ORACLE_STATES; next++) {
			if (!adjacent(at, next))
				continue;
			if (!ways[next]) {
				depth[next] = depth[at] + 1;
				parent[next] = at;
				queue[tail++] = next;
			}
			if (depth[next] == depth[at] + 1)
				ways[next] += ways[at];
		}
	}

	found.ways = ways[to];
	found.length = depth[to];
	for (i = found.length, at = to; i > 0; i--, at = parent[at])
		found.state[i - 1] = at;
	return found;
}

bool oracle_offers(__u32 features, unsigned int state)
{
	bool p2p = features & VFIO_MIGRATION_P2P;
	bool pre_copy = features & VFIO_MIGRATION_PRE_COPY;

	if (!(features & VFIO_MIGRATION_STOP_COPY) || state == ERROR ||
	    state >= ORACLE_STATES)
		return false;
	if (!p2p && (state == RUNNING_P2P || state == PRE_COPY_P2P))
		return false;
	return pre_copy || (state != PRE_COPY && state != PRE_COPY_P2P);
}

bool oracle_accepts(__u32 features, unsigned int from, unsigned int to)
{
	return oracle_offers(features, from) && oracle_offers(features, to) &&
	       oracle_search(from, to).ways > 0;
}

unsigned int oracle_seen(__u32 features, const struct oracle_way *way,
			 unsigned int seen[ORACLE_STATES])
{
	unsigned int i, count = 0;

	for (i = 0; i < way->length; i++)
		if (oracle_offers(features, way->state[i]))
			seen[count++] = way->state[i];
	return count;
}
