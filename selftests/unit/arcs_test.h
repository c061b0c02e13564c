/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of the arcs share. */
#ifndef SELFTESTS_ARCS_TEST_H
#define SELFTESTS_ARCS_TEST_H

#include "arcs.h"

/* In which pair of states an expectation failed. */
#define LOG_PAIR(from, to) \
	TH_LOG("%s -> %s", vfio_mig_state_name(from), vfio_mig_state_name(to))

/* for (pair = 0; split_pair(pair, &from, &to); pair++) visits all 64. */
static inline int split_pair(unsigned int pair, unsigned int *from,
			     unsigned int *to)
{
	*from = pair / VFIO_MIG_NR_STATES;
	*to = pair % VFIO_MIG_NR_STATES;
	return *from < VFIO_MIG_NR_STATES;
}

#define FEATURES_NONE	VFIO_MIG_HAS_STOP_COPY
#define FEATURES_P2P	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_P2P)
#define FEATURES_PRE_COPY \
	(VFIO_MIG_HAS_STOP_COPY | VFIO_MIG_HAS_PRE_COPY)
#define FEATURES_BOTH	(FEATURES_P2P | VFIO_MIG_HAS_PRE_COPY)

#endif /* SELFTESTS_ARCS_TEST_H */
