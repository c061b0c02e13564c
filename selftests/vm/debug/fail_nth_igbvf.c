// SPDX-License-Identifier: GPL-2.0
/*
 * As fail_nth does with an edu, here with a VF of igb, for what only that has: pages that are
 * taken out of mappings and come again, and a PF that is asked.
 */
#include "kselftest_harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "igbvf_pair.h"
#include "igbvf_speak.h"
#include "inject.h"

FIXTURE(sweep)
{
	struct trio trio;
};

FIXTURE_VARIANT(sweep)
{
	bool all_after;
};

FIXTURE_VARIANT_ADD(sweep, just_one) { .all_after = false };
FIXTURE_VARIANT_ADD(sweep, all_after) { .all_after = true };

FIXTURE_SETUP(sweep)
{
	ASSERT_EQ(0, inject_all_after(variant->all_after));
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(sweep)
{
	trio_close(&self->trio);
}

/* To @state and back; whether that worked or not, the guest goes on. */
static void sweep_state(struct __test_metadata *_metadata, struct trio *trio,
			uint32_t state)
{
	bool failed = true;
	unsigned int nth;
	int ret, data_fd;

	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		data_fd = -1;
		inject_begin(nth);
		ret = set_state(&trio->src.edu, state, &data_fd);
		failed = inject_end();
		EXPECT_TRUE(!ret || (failed && inject_excuses(ret))) {
			TH_LOG("to %s, failure %u: %d", vfio_mig_state_name(state), nth, ret);
		}
		if (!ret && data_fd >= 0)
			close(data_fd);
		ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
		speak(_metadata, &trio->src, &trio->other, nth, 1);
	}
	EXPECT_GT(INJECT_MOST, nth);
}

TEST_F_TIMEOUT(sweep, guest_goes_on_after_a_stop_that_fails, 300)
{
	sweep_state(_metadata, &self->trio, VFIO_MIG_STOP_COPY);
	sweep_state(_metadata, &self->trio, VFIO_MIG_PRE_COPY);
	sweep_state(_metadata, &self->trio, VFIO_MIG_STOP);
}

/* What fails while the PF is asked, and while all is written, can be done again. */
TEST_F_TIMEOUT(sweep, guest_arrives_after_a_load_that_fails, 600)
{
	struct trio *trio = &self->trio;
	bool failed = true;
	struct stream stream;
	unsigned int nth;
	int ret;

	ASSERT_VF(&trio->src, save_and_stop(&trio->src.edu, &stream));
	for (nth = 1; failed && nth < INJECT_MOST; nth++) {
		inject_begin(nth);
		ret = load_and_stop(&trio->dst.edu, stream.bytes, stream.size, STREAM_MAX);
		if (!ret)
			ret = set_state(&trio->dst.edu, VFIO_MIG_RUNNING, NULL);
		failed = inject_end();
		EXPECT_TRUE(!ret || (failed && inject_excuses(ret))) {
			TH_LOG("failure %u: %d", nth, ret);
		}
		if (!failed)
			break;
		ASSERT_VF(&trio->dst, reset_and_enable(&trio->dst));
	}
	EXPECT_LT(3, nth);
	EXPECT_GT(INJECT_MOST, nth);
	vf_guest_moves(&trio->src, &trio->dst);
	speak(_metadata, &trio->dst, &trio->other, 1, 3);
}

int main(int argc, char **argv)
{
	return inject_main(argc, argv, test_harness_run);
}
