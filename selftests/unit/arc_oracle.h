/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of the migration states, said a second time and in another way
 * than arcs.c says them: what the tests of the arcs compare it with.
 */
#ifndef SELFTESTS_ARC_ORACLE_H
#define SELFTESTS_ARC_ORACLE_H

#include <linux/types.h>
#include <linux/vfio.h>
#include <stdbool.h>

#define ORACLE_STATES	8

/**
 * struct oracle_way - the way between two states of a device with everything
 * @ways: How many shortest ways there are; 0 if the request is refused.
 * @length: Arcs of each of them.
 * @state: The states entered on one of them, in order.
 */
struct oracle_way {
	unsigned int ways;
	unsigned int length;
	unsigned int state[ORACLE_STATES];
};

/* A breadth-first search; from a state to itself is one way of no arcs. */
struct oracle_way oracle_search(unsigned int from, unsigned int to);

/* Does a device with these VFIO_MIGRATION_* have this state? */
bool oracle_offers(__u32 features, unsigned int state);

/* Is a SET of @to accepted in @from? */
bool oracle_accepts(__u32 features, unsigned int from, unsigned int to);

/*
 * @way without the states that the device passes through silently: how many
 * are left, and in @seen which.
 */
unsigned int oracle_seen(__u32 features, const struct oracle_way *way,
			 unsigned int seen[ORACLE_STATES]);

/* What a data_fd of this state is for; a session is the time between. */
enum oracle_session {
	ORACLE_NO_SESSION,
	ORACLE_SAVING,
	ORACLE_LOADING,
};

enum oracle_session oracle_session(unsigned int state);

#endif /* SELFTESTS_ARC_ORACLE_H */
