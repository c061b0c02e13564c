// SPDX-License-Identifier: GPL-2.0
/*
 * Each arc of a move fails once, at the source and at the destination: the guest goes on at
 * the source, with its rings, its interrupts and what its PF has granted.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <unistd.h>

#include "igbvf_pair.h"
#include "igbvf_speak.h"
#include "uapi/linux/vfio_mig.h"

FIXTURE(faults)
{
	struct trio trio;
	uint32_t said;
};

FIXTURE_SETUP(faults)
{
	ASSERT_VF(&self->trio.src, trio_open(&self->trio));
}

FIXTURE_TEARDOWN(faults)
{
	clear_faults(&self->trio.src.edu);
	clear_faults(&self->trio.dst.edu);
	trio_close(&self->trio);
}

static void guest_goes_on(struct __test_metadata *_metadata, struct _test_data_faults *self)
{
	EXPECT_EQ(VFIO_MIG_RUNNING, state_of(&self->trio.src.edu));
	speak(_metadata, &self->trio.src, &self->trio.other, ++self->said, 1);
}

struct arc {
	uint32_t from;
	uint32_t to;
};

/* A SET from RUNNING to @target, on whose way @arc fails. */
static void source_fails(struct __test_metadata *_metadata, struct _test_data_faults *self,
			 uint32_t target, const struct arc *arc)
{
	struct edu *edu = &self->trio.src.edu;
	int data_fd;

	ASSERT_EQ(0, fail_arc(edu, arc->from, arc->to, ENOSPC, 1));
	EXPECT_EQ(-ENOSPC, set_state(edu, target, &data_fd)) {
		TH_LOG("%s to %s", vfio_mig_state_name(arc->from),
		       vfio_mig_state_name(arc->to));
	}
	guest_goes_on(_metadata, self);
}

TEST_F(faults, guest_goes_on_when_its_stop_fails)
{
	static const struct arc arcs[] = {
		{ VFIO_MIG_RUNNING, VFIO_MIG_RUNNING_P2P },
		{ VFIO_MIG_RUNNING_P2P, VFIO_MIG_STOP },
		{ VFIO_MIG_STOP, VFIO_MIG_STOP_COPY },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(arcs); i++)
		source_fails(_metadata, self, VFIO_MIG_STOP_COPY, &arcs[i]);
}

TEST_F(faults, guest_goes_on_when_its_pre_copy_fails)
{
	static const struct arc begin = { VFIO_MIG_RUNNING, VFIO_MIG_PRE_COPY };
	static const struct arc arcs[] = {
		{ VFIO_MIG_PRE_COPY, VFIO_MIG_PRE_COPY_P2P },
		{ VFIO_MIG_PRE_COPY_P2P, VFIO_MIG_STOP_COPY },
	};
	struct edu *edu = &self->trio.src.edu;
	unsigned int i;
	int data_fd;

	source_fails(_metadata, self, VFIO_MIG_PRE_COPY, &begin);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_PRE_COPY, &data_fd));
	for (i = 0; i < ARRAY_SIZE(arcs); i++) {
		ASSERT_EQ(0, fail_arc(edu, arcs[i].from, arcs[i].to, ENOSPC, 1));
		EXPECT_EQ(-ENOSPC, set_state(edu, VFIO_MIG_STOP_COPY, NULL));
		EXPECT_EQ(VFIO_MIG_PRE_COPY, state_of(edu));
		speak(_metadata, &self->trio.src, &self->trio.other, ++self->said, 1);
	}
	close(data_fd);
	ASSERT_EQ(0, set_state(edu, VFIO_MIG_RUNNING, NULL));
	guest_goes_on(_metadata, self);
}

/* It was loaded, all but, and has the guest's address: the source is heard all the same. */
TEST_F(faults, guest_goes_on_where_it_was_when_the_destination_fails)
{
	static const struct arc arcs[] = {
		{ VFIO_MIG_RESUMING, VFIO_MIG_STOP },
		{ VFIO_MIG_STOP, VFIO_MIG_RUNNING_P2P },
		{ VFIO_MIG_RUNNING_P2P, VFIO_MIG_RUNNING },
	};
	struct trio *trio = &self->trio;
	struct stream stream;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(arcs); i++) {
		ASSERT_VF(&trio->src, save_and_stop(&trio->src.edu, &stream));
		ASSERT_EQ(0, fail_arc(&trio->dst.edu, arcs[i].from, arcs[i].to, ENOSPC, 1));
		ret = load_and_stop(&trio->dst.edu, stream.bytes, stream.size, STREAM_MAX);
		EXPECT_EQ(i ? 0 : -ENOSPC, ret);
		if (!ret)
			EXPECT_EQ(-ENOSPC, set_state(&trio->dst.edu, VFIO_MIG_RUNNING, NULL));
		ASSERT_VF(&trio->dst, reset_and_enable(&trio->dst));
		ASSERT_VF(&trio->src, set_state(&trio->src.edu, VFIO_MIG_RUNNING, NULL));
		guest_goes_on(_metadata, self);
	}
	ASSERT_VF(&trio->src, trio_move(trio));
	speak(_metadata, &trio->dst, &trio->other, ++self->said, 1);
}

TEST_HARNESS_MAIN
