// SPDX-License-Identifier: GPL-2.0
/* The states, the table of arcs, and what is said of single arcs. */
#include "kselftest_harness.h"

#include <linux/vfio.h>

#include "arc_oracle.h"
#include "arcs_test.h"

/* Every direct arc of a device with P2P and PRE_COPY, and its session. */
enum effect { NOTHING, OPENS, CLOSES };

#define ARC(from, to, effect) \
	{ VFIO_DEVICE_STATE_##from, VFIO_DEVICE_STATE_##to, \
	  VFIO_MIG_##from##_TO_##to, effect }

static const struct {
	unsigned int from;
	unsigned int to;
	unsigned int action;
	enum effect effect;
} expected[] = {
	ARC(RUNNING, RUNNING_P2P, NOTHING),
	ARC(RUNNING_P2P, RUNNING, NOTHING),
	ARC(RUNNING, PRE_COPY, OPENS),
	ARC(PRE_COPY, RUNNING, CLOSES),
	ARC(RUNNING_P2P, PRE_COPY_P2P, OPENS),
	ARC(PRE_COPY_P2P, RUNNING_P2P, CLOSES),
	ARC(PRE_COPY, PRE_COPY_P2P, NOTHING),
	ARC(PRE_COPY_P2P, PRE_COPY, NOTHING),
	ARC(PRE_COPY_P2P, STOP_COPY, NOTHING),
	ARC(RUNNING_P2P, STOP, NOTHING),
	ARC(STOP, RUNNING_P2P, NOTHING),
	ARC(STOP, STOP_COPY, OPENS),
	ARC(STOP_COPY, STOP, CLOSES),
	ARC(STOP, RESUMING, OPENS),
	ARC(RESUMING, STOP, CLOSES),
};

TEST(state_numbers_are_those_of_the_uapi)
{
	EXPECT_EQ((int)VFIO_DEVICE_STATE_ERROR, (int)VFIO_MIG_ERROR);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_STOP, (int)VFIO_MIG_STOP);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_RUNNING, (int)VFIO_MIG_RUNNING);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_STOP_COPY, (int)VFIO_MIG_STOP_COPY);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_RESUMING, (int)VFIO_MIG_RESUMING);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_RUNNING_P2P,
		  (int)VFIO_MIG_RUNNING_P2P);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_PRE_COPY, (int)VFIO_MIG_PRE_COPY);
	EXPECT_EQ((int)VFIO_DEVICE_STATE_PRE_COPY_P2P,
		  (int)VFIO_MIG_PRE_COPY_P2P);
	EXPECT_EQ(8, (int)VFIO_MIG_NR_STATES);
}

TEST(feature_bits_are_those_of_the_uapi)
{
	EXPECT_EQ(VFIO_MIGRATION_STOP_COPY, (int)VFIO_MIG_HAS_STOP_COPY);
	EXPECT_EQ(VFIO_MIGRATION_P2P, (int)VFIO_MIG_HAS_P2P);
	EXPECT_EQ(VFIO_MIGRATION_PRE_COPY, (int)VFIO_MIG_HAS_PRE_COPY);
}

TEST(every_state_has_its_name)
{
	EXPECT_STREQ("ERROR", vfio_mig_state_name(0));
	EXPECT_STREQ("STOP", vfio_mig_state_name(1));
	EXPECT_STREQ("RUNNING", vfio_mig_state_name(2));
	EXPECT_STREQ("STOP_COPY", vfio_mig_state_name(3));
	EXPECT_STREQ("RESUMING", vfio_mig_state_name(4));
	EXPECT_STREQ("RUNNING_P2P", vfio_mig_state_name(5));
	EXPECT_STREQ("PRE_COPY", vfio_mig_state_name(6));
	EXPECT_STREQ("PRE_COPY_P2P", vfio_mig_state_name(7));
}

TEST(what_is_no_state_has_a_name_as_well)
{
	EXPECT_STREQ("invalid", vfio_mig_state_name(8));
	EXPECT_STREQ("invalid", vfio_mig_state_name(255));
	EXPECT_STREQ("invalid", vfio_mig_state_name(~0U));
}

TEST(table_has_the_fifteen_direct_arcs_and_no_other)
{
	unsigned int i, pair, from, to, found = 0;
	const struct vfio_mig_arc *arc;

	ASSERT_EQ(15, ARRAY_SIZE(expected));
	ASSERT_EQ(15, ARRAY_SIZE(vfio_mig_arcs));
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		from = expected[i].from;
		to = expected[i].to;
		arc = vfio_mig_find_arc(from, to);
		ASSERT_NE(NULL, arc)
			LOG_PAIR(from, to);
		EXPECT_EQ(from, arc->from);
		EXPECT_EQ(to, arc->to);
	}
	for (pair = 0; split_pair(pair, &from, &to); pair++)
		found += !!vfio_mig_find_arc(from, to);
	EXPECT_EQ(15, found);
}

TEST(each_arc_has_the_action_named_after_it)
{
	const struct vfio_mig_arc *arc;
	unsigned int i, seen = 0;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		arc = vfio_mig_find_arc(expected[i].from, expected[i].to);
		ASSERT_NE(NULL, arc);
		EXPECT_EQ(expected[i].action, arc->action)
			LOG_PAIR(expected[i].from, expected[i].to);
		seen |= 1 << arc->action;
	}
	EXPECT_EQ((1 << VFIO_MIG_NR_ACTIONS) - 1, seen);
}

TEST(no_arc_is_found_where_there_is_no_state)
{
	unsigned int state;

	for (state = 0; state < 8; state++) {
		EXPECT_EQ(NULL, vfio_mig_find_arc(state, 8));
		EXPECT_EQ(NULL, vfio_mig_find_arc(8, state));
		EXPECT_EQ(NULL, vfio_mig_find_arc(state, state + 256));
		EXPECT_EQ(NULL, vfio_mig_find_arc(state + 256, state));
	}
	EXPECT_EQ(NULL, vfio_mig_find_arc(~0U, ~0U));
}

TEST(each_arc_opens_or_closes_a_session_as_listed)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		unsigned int from = expected[i].from;
		unsigned int to = expected[i].to;

		EXPECT_EQ(expected[i].effect == OPENS,
			  !!vfio_mig_opens_session(from, to))
			LOG_PAIR(from, to);
		EXPECT_EQ(expected[i].effect == CLOSES,
			  !!vfio_mig_closes_session(from, to))
			LOG_PAIR(from, to);
	}
}

TEST(sessions_differ_between_saving_and_loading)
{
	unsigned int pair, from, to;

	for (pair = 0; split_pair(pair, &from, &to); pair++) {
		enum oracle_session before = oracle_session(from);
		enum oracle_session after = oracle_session(to);

		EXPECT_EQ(after != ORACLE_NO_SESSION && after != before,
			  !!vfio_mig_opens_session(from, to))
			LOG_PAIR(from, to);
		EXPECT_EQ(before != ORACLE_NO_SESSION && after != before,
			  !!vfio_mig_closes_session(from, to))
			LOG_PAIR(from, to);
	}
}

TEST(states_with_a_data_file_are_the_saving_group_and_resuming)
{
	unsigned int state;

	for (state = 0; state < 8; state++) {
		EXPECT_EQ(oracle_session(state) == ORACLE_SAVING,
			  !!vfio_mig_is_saving(state));
		EXPECT_EQ(oracle_session(state) != ORACLE_NO_SESSION,
			  !!vfio_mig_has_session(state));
	}
	EXPECT_FALSE(vfio_mig_is_saving(8));
	EXPECT_FALSE(vfio_mig_has_session(8));
}

TEST(optional_states_are_offered_with_their_feature_only)
{
	unsigned int features, state;

	for (features = 0; features < 8; features++)
		for (state = 0; state < 16; state++)
			EXPECT_EQ(oracle_offers(features, state),
				  !!vfio_mig_state_offered(features, state))
				TH_LOG("features %u, state %u", features,
				       state);
}

TEST(unknown_features_offer_no_more_states)
{
	unsigned int features, state;

	for (features = 0; features < 8; features++)
		for (state = 0; state < 16; state++)
			EXPECT_EQ(!!vfio_mig_state_offered(features, state),
				  !!vfio_mig_state_offered(features | ~7U,
							   state));
}

TEST(error_and_numbers_past_the_last_state_are_never_offered)
{
	unsigned int features;

	for (features = 0; features < 8; features++) {
		EXPECT_FALSE(vfio_mig_state_offered(features, 0));
		EXPECT_FALSE(vfio_mig_state_offered(features, 8));
		EXPECT_FALSE(vfio_mig_state_offered(features, 257));
		EXPECT_FALSE(vfio_mig_state_offered(features, ~0U));
	}
}

TEST_HARNESS_MAIN
