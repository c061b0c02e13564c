// SPDX-License-Identifier: GPL-2.0
/*
 * All 64 pairs of states for each of the four kinds of device, compared with a
 * breadth-first search that knows nothing of arcs.c.
 */
#include "kselftest_harness.h"

#include "arc_oracle.h"
#include "arcs_test.h"

FIXTURE(routes)
{
	struct vfio_mig_routes routes;
};

/* Counted by hand: states times states, less what is refused. */
FIXTURE_VARIANT(routes)
{
	__u32 features;
	int accepted;
	int direct;
};

FIXTURE_VARIANT_ADD(routes, stop_copy_only)
{
	.features = FEATURES_NONE,
	.accepted = 4 * 4,
	.direct = 6,
};

FIXTURE_VARIANT_ADD(routes, p2p)
{
	.features = FEATURES_P2P,
	.accepted = 5 * 5,
	.direct = 8,
};

FIXTURE_VARIANT_ADD(routes, pre_copy)
{
	.features = FEATURES_PRE_COPY,
	.accepted = 5 * 5 - 1,
	.direct = 9,
};

FIXTURE_VARIANT_ADD(routes, p2p_and_pre_copy)
{
	.features = FEATURES_BOTH,
	.accepted = 7 * 7 - 2,
	.direct = 15,
};

FIXTURE_SETUP(routes)
{
	memset(&self->routes, 0xa5, sizeof(self->routes));
	vfio_mig_routes_init(&self->routes, variant->features);
}

FIXTURE_TEARDOWN(routes)
{
}

static bool settable(const struct vfio_mig_routes *routes, unsigned int from,
		     unsigned int to)
{
	return routes->settable & VFIO_MIG_PAIR(from, to);
}

static bool direct(const struct vfio_mig_routes *routes, unsigned int from,
		   unsigned int to)
{
	return routes->direct & VFIO_MIG_PAIR(from, to);
}

TEST_F(routes, features_are_kept)
{
	EXPECT_EQ(variant->features, self->routes.features);
}

TEST_F(routes, accepts_what_the_rules_accept)
{
	unsigned int pair, from, to;

	for (pair = 0; split_pair(pair, &from, &to); pair++)
		EXPECT_EQ(oracle_accepts(variant->features, from, to),
			  settable(&self->routes, from, to))
			LOG_PAIR(from, to);
}

TEST_F(routes, accepts_and_has_direct_as_many_as_counted_by_hand)
{
	EXPECT_EQ(variant->accepted,
		  __builtin_popcountll(self->routes.settable));
	EXPECT_EQ(variant->direct, __builtin_popcountll(self->routes.direct));
}

TEST_F(routes, stop_copy_to_pre_copy_is_refused)
{
	EXPECT_FALSE(settable(&self->routes, VFIO_MIG_STOP_COPY,
			      VFIO_MIG_PRE_COPY));
	EXPECT_FALSE(settable(&self->routes, VFIO_MIG_STOP_COPY,
			      VFIO_MIG_PRE_COPY_P2P));
}

TEST_F(routes, error_is_neither_left_nor_asked_for)
{
	unsigned int state;

	for (state = 0; state < 8; state++) {
		EXPECT_FALSE(settable(&self->routes, 0, state));
		EXPECT_FALSE(settable(&self->routes, state, 0));
		EXPECT_EQ(VFIO_MIG_NO_ROUTE, self->routes.next[0][state]);
		EXPECT_EQ(VFIO_MIG_NO_ROUTE, self->routes.next[state][0]);
	}
}

TEST_F(routes, current_state_is_accepted_with_no_hop)
{
	unsigned int state;

	for (state = 0; state < 8; state++) {
		EXPECT_EQ(oracle_offers(variant->features, state),
			  settable(&self->routes, state, state));
		EXPECT_FALSE(direct(&self->routes, state, state));
		EXPECT_EQ(VFIO_MIG_NO_ROUTE, self->routes.hop[state][state]);
		EXPECT_EQ(VFIO_MIG_NO_ROUTE, self->routes.next[state][state]);
		EXPECT_EQ(0, self->routes.hops[state][state]);
	}
}

TEST_F(routes, refused_pair_has_no_hop)
{
	unsigned int pair, from, to;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		if (oracle_accepts(variant->features, from, to))
			continue;
		EXPECT_FALSE(direct(&self->routes, from, to))
			LOG_PAIR(from, to);
		EXPECT_EQ(VFIO_MIG_NO_ROUTE, self->routes.hop[from][to])
			LOG_PAIR(from, to);
		EXPECT_EQ(0, self->routes.hops[from][to])
			LOG_PAIR(from, to);
	}
}

TEST_F(routes, hops_and_first_hop_are_those_of_the_shortest_way)
{
	unsigned int seen[ORACLE_STATES] = { 0 };
	unsigned int pair, from, to, count;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		struct oracle_way way = oracle_search(from, to);

		if (from == to || !oracle_accepts(variant->features, from, to))
			continue;
		count = oracle_seen(variant->features, &way, seen);
		EXPECT_EQ(count, self->routes.hops[from][to])
			LOG_PAIR(from, to);
		EXPECT_EQ(seen[0], self->routes.hop[from][to])
			LOG_PAIR(from, to);
		EXPECT_EQ(count == 1, direct(&self->routes, from, to))
			LOG_PAIR(from, to);
	}
}

/* From the silent states too: there a combination may have to turn back. */
TEST_F(routes, following_next_walks_the_shortest_way)
{
	unsigned int pair, from, to, i, at;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		struct oracle_way way = oracle_search(from, to);

		if (from == to || !oracle_offers(variant->features, to))
			continue;
		if (!way.ways) {
			EXPECT_EQ(VFIO_MIG_NO_ROUTE,
				  self->routes.next[from][to])
				LOG_PAIR(from, to);
			continue;
		}
		for (i = 0, at = from; i < way.length; i++) {
			at = self->routes.next[at][to];
			ASSERT_EQ(way.state[i], at)
				LOG_PAIR(from, to);
		}
		EXPECT_EQ(to, at);
	}
}

TEST_F(routes, there_is_no_way_to_a_state_that_is_not_offered)
{
	unsigned int pair, from, to;

	for (pair = 0; split_pair(pair, &from, &to); pair++)
		if (!oracle_offers(variant->features, to))
			EXPECT_EQ(VFIO_MIG_NO_ROUTE,
				  self->routes.next[from][to])
				LOG_PAIR(from, to);
}

TEST_F(routes, hidden_states_are_never_reported)
{
	unsigned int pair, from, to;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		bool hidden = !oracle_offers(variant->features, from) ||
			      !oracle_offers(variant->features, to);
		__u8 hop = self->routes.hop[from][to];

		if (hidden) {
			EXPECT_FALSE(settable(&self->routes, from, to));
			EXPECT_FALSE(direct(&self->routes, from, to));
		}
		EXPECT_TRUE(hop == VFIO_MIG_NO_ROUTE ||
			    oracle_offers(variant->features, hop))
			LOG_PAIR(from, to);
	}
}

/* So a combination never opens a session that nobody would get. */
TEST_F(routes, sessions_close_on_the_first_arc_and_open_on_the_last)
{
	unsigned int pair, from, to, at, next;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		if (from == to || !settable(&self->routes, from, to))
			continue;
		for (at = from; at != to; at = next) {
			next = self->routes.next[at][to];
			ASSERT_GT(8, next);
			if (vfio_mig_opens_session(at, next))
				EXPECT_EQ(to, next)
					LOG_PAIR(from, to);
			if (vfio_mig_closes_session(at, next))
				EXPECT_EQ(from, at)
					LOG_PAIR(from, to);
		}
	}
}

/* Or the order of the table's rows would matter. */
TEST(shortest_way_is_the_only_one)
{
	unsigned int pair, from, to, found = 0;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		unsigned int ways = oracle_search(from, to).ways;

		EXPECT_GE(1, ways)
			LOG_PAIR(from, to);
		found += ways;
	}
	EXPECT_EQ(7 * 7 - 2, found);
}

TEST(device_without_stop_copy_accepts_nothing)
{
	struct vfio_mig_routes routes;
	unsigned int pair, from, to, features;

	for (features = 0; features < 8; features += 2) {
		vfio_mig_routes_init(&routes, features);
		EXPECT_EQ(0, routes.settable);
		EXPECT_EQ(0, routes.direct);
		for (pair = 0; split_pair(pair, &from, &to); pair++) {
			EXPECT_EQ(VFIO_MIG_NO_ROUTE, routes.next[from][to]);
			EXPECT_EQ(VFIO_MIG_NO_ROUTE, routes.hop[from][to]);
			EXPECT_EQ(0, routes.hops[from][to]);
		}
	}
}

TEST_HARNESS_MAIN
