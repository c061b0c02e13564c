// SPDX-License-Identifier: GPL-2.0
/*
 * The first hop of every request, as a user sees it: what the kernel's own
 * vfio_mig_get_next_state() answers, written down from <linux/vfio.h>.  A
 * driver that leaves the core's function for ours must not be told apart.
 */
#include "kselftest_harness.h"

#include "arcs_test.h"

/*
 * One row for each state, one column for each state asked for in it, both in
 * the order of their numbers.  A letter is the state entered first, '=' the
 * current state, '-' a refusal.
 */
static const char letters[] = "ESRCLPBQ";

#define ERROR		"--------"
#define NOT_OFFERED	"--------"

FIXTURE(first_hop)
{
	struct vfio_mig_routes routes;
};

FIXTURE_VARIANT(first_hop)
{
	__u32 features;
	const char *row[8];
};

FIXTURE_VARIANT_ADD(first_hop, p2p_and_pre_copy)
{
	.features = FEATURES_BOTH,
	.row = {
		/*            ESRCLPBQ */
		ERROR,
		/* STOP */	"-=PCLPPP",
		/* RUNNING */	"-P=PPPBP",
		/* STOP_COPY */	"-SS=SS--",
		/* RESUMING */	"-SSS=SSS",
		/* R_P2P */	"-SRSS=RQ",
		/* PRE_COPY */	"-RRQRR=Q",
		/* P_P2P */	"-PPCPPB=",
	},
};

FIXTURE_VARIANT_ADD(first_hop, pre_copy)
{
	.features = FEATURES_PRE_COPY,
	.row = {
		ERROR,
		/* STOP */	"-=RCL-R-",
		/* RUNNING */	"-S=SS-B-",
		/* STOP_COPY */	"-SS=S---",
		/* RESUMING */	"-SSS=-S-",
		NOT_OFFERED,
		/* PRE_COPY */	"-RRCR-=-",
		NOT_OFFERED,
	},
};

FIXTURE_VARIANT_ADD(first_hop, p2p)
{
	.features = FEATURES_P2P,
	.row = {
		ERROR,
		/* STOP */	"-=PCLP--",
		/* RUNNING */	"-P=PPP--",
		/* STOP_COPY */	"-SS=SS--",
		/* RESUMING */	"-SSS=S--",
		/* R_P2P */	"-SRSS=--",
		NOT_OFFERED,
		NOT_OFFERED,
	},
};

FIXTURE_VARIANT_ADD(first_hop, stop_copy_only)
{
	.features = FEATURES_NONE,
	.row = {
		ERROR,
		/* STOP */	"-=RCL---",
		/* RUNNING */	"-S=SS---",
		/* STOP_COPY */	"-SS=S---",
		/* RESUMING */	"-SSS=---",
		NOT_OFFERED,
		NOT_OFFERED,
		NOT_OFFERED,
	},
};

FIXTURE_SETUP(first_hop)
{
	vfio_mig_routes_init(&self->routes, variant->features);
}

FIXTURE_TEARDOWN(first_hop)
{
}

static char answer(const struct vfio_mig_routes *routes, unsigned int from,
		   unsigned int to)
{
	if (!(routes->settable & VFIO_MIG_PAIR(from, to)))
		return '-';
	if (from == to)
		return '=';
	return routes->hop[from][to] < 8 ? letters[routes->hop[from][to]] : '?';
}

TEST_F(first_hop, is_that_of_vfio_mig_get_next_state)
{
	unsigned int from, to;

	for (from = 0; from < 8; from++) {
		char row[9] = "";

		for (to = 0; to < 8; to++)
			row[to] = answer(&self->routes, from, to);
		EXPECT_STREQ(variant->row[from], row)
			TH_LOG("from %s", vfio_mig_state_name(from));
	}
}

TEST_HARNESS_MAIN
