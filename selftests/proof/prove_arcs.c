// SPDX-License-Identifier: GPL-2.0
/*
 * What holds for the routes of every device (any 32 bits of features) and for
 * every pair of states.  Each function prove_*() is one proof: cbmc looks at
 * every value that nondet_number() can have.
 *
 * There is no search in here.  The rule is a predicate on a state of the
 * interior, and that there is no other way is shown for any sequence of states.
 *
 * BREAK_* spoils one entry of the routes: a proof must fail then, see Makefile.
 */
#include "arcs.c"
#include "cbmc.h"

/* The longest way that does not come to a state twice. */
#define MAX_ARCS	(VFIO_MIG_NR_STATES - 1)

static unsigned int any_state(void)
{
	unsigned int state = nondet_number();

	assume(state < VFIO_MIG_NR_STATES);
	return state;
}

#ifdef SPOILT
static void spoil(struct vfio_mig_routes *routes)
{
#if defined(BREAK_NEXT)
	routes->next[VFIO_MIG_RUNNING][VFIO_MIG_STOP] = VFIO_MIG_STOP;
#elif defined(BREAK_LOOP)
	routes->next[VFIO_MIG_RUNNING_P2P][VFIO_MIG_RUNNING] = VFIO_MIG_STOP;
#elif defined(BREAK_INTERIOR)
	routes->next[VFIO_MIG_PRE_COPY][VFIO_MIG_RUNNING_P2P] =
		VFIO_MIG_PRE_COPY_P2P;
#elif defined(BREAK_DETOUR)
	routes->next[VFIO_MIG_RUNNING_P2P][VFIO_MIG_PRE_COPY_P2P] =
		VFIO_MIG_RUNNING;
	routes->next[VFIO_MIG_RUNNING][VFIO_MIG_PRE_COPY_P2P] =
		VFIO_MIG_PRE_COPY;
#elif defined(BREAK_REFUSAL)
	routes->next[VFIO_MIG_STOP][VFIO_MIG_PRE_COPY] = VFIO_MIG_NO_ROUTE;
#elif defined(BREAK_WAY_BACK)
	routes->next[VFIO_MIG_RUNNING_P2P][VFIO_MIG_RUNNING] =
		VFIO_MIG_NO_ROUTE;
#elif defined(BREAK_SETTABLE)
	routes->settable |= VFIO_MIG_PAIR(VFIO_MIG_ERROR, VFIO_MIG_STOP);
#elif defined(BREAK_DIRECT)
	routes->direct |= VFIO_MIG_PAIR(VFIO_MIG_RUNNING, VFIO_MIG_RESUMING);
#elif defined(BREAK_HOP)
	routes->hop[VFIO_MIG_RESUMING][VFIO_MIG_RUNNING] = VFIO_MIG_RUNNING;
#elif defined(BREAK_HOPS)
	routes->hops[VFIO_MIG_RUNNING][VFIO_MIG_STOP] = 3;
#endif
}
#endif

#define HAS_ALL	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P | VFIO_MIG_HAS_PRE_COPY)

/* The kinds of devices, as vfio_mig_routes_init() made them before. */
static const struct vfio_mig_routes of_kind[HAS_ALL + 1] = {
#include "routes.inc"
};

/* Those of any device at all; to see a proof fail, one device will do. */
static __u32 any_features(void)
{
#ifdef SPOILT
	return HAS_ALL;
#else
	return nondet_number();
#endif
}

/* What prove_routes_init_is_safe() shows vfio_mig_routes_init() to make of @features. */
static void routes_of(__u32 features, struct vfio_mig_routes *routes)
{
	*routes = of_kind[features & HAS_ALL];
	routes->features = features;
#ifdef SPOILT
	spoil(routes);
#endif
}

static void any_routes(struct vfio_mig_routes *routes)
{
	routes_of(any_features(), routes);
}

static int saving(unsigned int state)
{
	return state == VFIO_MIG_PRE_COPY || state == VFIO_MIG_PRE_COPY_P2P ||
	       state == VFIO_MIG_STOP_COPY;
}

/*
 * May a way from @from to @to lead through @state?  Within the saving group it
 * stays in its session; everywhere else it keeps out of all sessions.
 */
static int fit_for_interior(unsigned int from, unsigned int to,
			    unsigned int state)
{
	if (saving(from) && saving(to))
		return saving(state);
	return !saving(state) && state != VFIO_MIG_RESUMING;
}

/* The next state on the way, once it is shown that there is one. */
static unsigned int follow(const struct vfio_mig_routes *routes,
			   unsigned int at, unsigned int to)
{
	unsigned int next = routes->next[at][to];

	prove(next < VFIO_MIG_NR_STATES);
	assume(next < VFIO_MIG_NR_STATES);
	return next;
}

/* @from and @to are any pair with a way between them. */
static void any_way(const struct vfio_mig_routes *routes, unsigned int *from,
		    unsigned int *to)
{
	*from = any_state();
	*to = any_state();
	assume(*from != *to);
	assume(routes->next[*from][*to] != VFIO_MIG_NO_ROUTE);
}

/* A way ends, in a state that is offered, by arcs of the table only. */
void prove_ways_lead_to_their_end(void)
{
	struct vfio_mig_routes routes;
	unsigned int from, to, at, next, i;

	any_routes(&routes);
	any_way(&routes, &from, &to);
	prove(vfio_mig_state_offered(routes.features, to));

	for (i = 0, at = from; i < MAX_ARCS && at != to; i++, at = next) {
		next = follow(&routes, at, to);
		prove(vfio_mig_find_arc(at, next));
		prove(next != VFIO_MIG_ERROR);
		prove(next == to || fit_for_interior(from, to, next));
		prove(next == to || !vfio_mig_opens_session(at, next));
		prove(at == from || !vfio_mig_closes_session(at, next));
	}
	prove(at == to);
}

/*
 * Whatever sequence of arcs keeps to the rule, there is a route, it is no
 * longer, and there is no second one of its length: so a pair that is refused
 * has no way at all.
 */
void prove_routes_are_the_shortest_ways(void)
{
	struct vfio_mig_routes routes;
	unsigned int way[MAX_ARCS + 1];
	unsigned int length = nondet_number();
	unsigned int to = any_state();
	unsigned int at, i, same = 1;

	any_routes(&routes);
	assume(vfio_mig_state_offered(routes.features, to));
	assume(length > 0 && length <= MAX_ARCS);

	way[0] = any_state();
	for (i = 1; i <= length; i++) {
		way[i] = any_state();
		assume(vfio_mig_find_arc(way[i - 1], way[i]));
		assume(i == length || fit_for_interior(way[0], to, way[i]));
	}
	assume(way[0] != to && way[length] == to);

	for (i = 0, at = way[0]; i < length && at != to; i++) {
		at = follow(&routes, at, to);
		same &= at == way[i + 1];
	}
	prove(at == to);
	prove(i < length || same);
}

/*
 * From wherever a combination fails, unless it ended a session before, the way
 * back to where it started exists, and leaves sessions alone.
 */
void prove_failed_combinations_can_go_back(void)
{
	struct vfio_mig_routes routes;
	unsigned int done = nondet_number();
	unsigned int from, to, at, next, i;

	any_routes(&routes);
	any_way(&routes, &from, &to);
	assume(vfio_mig_state_offered(routes.features, from));

	for (i = 0, at = from; i < MAX_ARCS && i < done; i++, at = next) {
		next = routes.next[at][to];
		assume(next < VFIO_MIG_NR_STATES && next != to);
		assume(!vfio_mig_closes_session(at, next));
	}
	for (i = 0; i < MAX_ARCS && at != from; i++, at = next) {
		next = follow(&routes, at, from);
		prove(vfio_mig_find_arc(at, next));
		prove(!vfio_mig_opens_session(at, next));
		prove(!vfio_mig_closes_session(at, next));
	}
	prove(at == from);
}

/* What a user is told is what following the route shows. */
void prove_description_agrees_with_the_route(void)
{
	struct vfio_mig_routes routes;
	unsigned int from = any_state(), to = any_state();
	unsigned int hop = VFIO_MIG_NO_ROUTE, hops = 0;
	unsigned int at, i;
	int accepted;

	any_routes(&routes);
	accepted = vfio_mig_state_offered(routes.features, from) &&
		   vfio_mig_state_offered(routes.features, to) &&
		   (from == to || routes.next[from][to] != VFIO_MIG_NO_ROUTE);
	prove(!(routes.settable & VFIO_MIG_PAIR(from, to)) == !accepted);

	for (i = 0, at = from; accepted && i < MAX_ARCS && at != to; i++) {
		at = follow(&routes, at, to);
		if (!vfio_mig_state_offered(routes.features, at))
			continue;
		if (!hops++)
			hop = at;
	}
	prove(routes.hop[from][to] == hop);
	prove(routes.hops[from][to] == hops);
	prove(!(routes.direct & VFIO_MIG_PAIR(from, to)) == (hops != 1));
}

/* Beside what cbmc itself checks of every access and every operation. */
void prove_any_argument_is_safe(void)
{
	unsigned int from = nondet_number(), to = nondet_number();
	const struct vfio_mig_arc *arc = vfio_mig_find_arc(from, to);
	unsigned int features = nondet_number();

#ifdef BREAK_BOUNDS
	prove(state_names[from]);
#endif
	prove(!arc || (arc->from == from && arc->to == to &&
		       arc->action < VFIO_MIG_NR_ACTIONS));
	prove(*vfio_mig_state_name(from));
	prove(!vfio_mig_state_offered(features, from) ||
	      (from != VFIO_MIG_ERROR && from < VFIO_MIG_NR_STATES));
	prove(!vfio_mig_opens_session(from, to) ||
	      vfio_mig_has_session(to));
	prove(!vfio_mig_closes_session(from, to) ||
	      vfio_mig_has_session(from));
}

/* And that it makes what all other proofs are about. */
void prove_routes_init_is_safe(void)
{
	unsigned int from = any_state(), to = any_state();
	struct vfio_mig_routes routes, known;
	__u32 features = any_features();

	vfio_mig_routes_init(&routes, features);
	routes_of(features, &known);
	prove(routes.features == known.features);
	prove(routes.next[from][to] == known.next[from][to]);
	prove(routes.hop[from][to] == known.hop[from][to]);
	prove(routes.hops[from][to] == known.hops[from][to]);
	prove(routes.direct == known.direct);
	prove(routes.settable == known.settable);
}
