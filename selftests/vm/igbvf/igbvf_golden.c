// SPDX-License-Identifier: GPL-2.0
/*
 * A stream as it was first written is written so still, and loads, and is the same when it
 * is saved again.  selftests/golden/README.md has its scenario.
 */
#include "kselftest_harness.h"

#include <errno.h>

#include "igbvf_pair.h"

#define MORE	0x0200000000bb
#define VLAN	77
#define FRAME	9018

FIXTURE(golden)
{
	struct vf src;
	struct vf dst;
	struct stream golden;
	struct stream stream;
};

FIXTURE_SETUP(golden)
{
	ASSERT_VF(&self->src, vf_open(&self->src, 0, DRIVER));
	ASSERT_VF(&self->dst, vf_open(&self->dst, 1, DRIVER));
}

FIXTURE_TEARDOWN(golden)
{
	vf_close(&self->src);
	vf_close(&self->dst);
}

static int play(struct vf *vf)
{
	uint32_t multicast[VF_WORDS] = { 3 | 3 << 16, 0x01230456, 0x0789 };
	uint32_t answer[VF_WORDS], reg;
	int ret;

	/* There is no MAC yet, so that is refused.  No queue is on: who knows what comes. */
	ret = vf_say_word(vf, 1, 0);
	ret = ret != -EPERM ? -EPROTO : vf_say_mac(vf, 0, GUEST);
	ret = ret ? ret : vf_say_mac(vf, 2, MORE);
	ret = ret ? ret : vf_say(vf, multicast, answer);
	ret = ret ? ret : vf_say_word(vf, 5, FRAME);
	ret = ret ? ret : vf_say_word(vf, 4 | 1 << 16, VLAN);
	for (reg = 0x2800; reg < 0x4000; reg += 4)
		edu_set(&vf->edu, reg, (reg * 0x10001) & ~VF_ENABLE);
	edu_set(&vf->edu, VF_VTIVAR, 0x8081);
	edu_set(&vf->edu, VF_VTIVAR_MISC, 0x82);
	edu_set(&vf->edu, VF_VTEIAC, 7);
	edu_set(&vf->edu, VF_VTEITR0, 488);
	edu_set(&vf->edu, VF_VTEIMS, 7);
	edu_set(&vf->edu, VF_VTEIMC, 1);
	return ret;
}

TEST_F(golden, is_made_as_ever)
{
	ASSERT_VF(&self->src, play(&self->src));
	ASSERT_VF(&self->src, save_and_stop(&self->src.edu, &self->stream));
	ASSERT_EQ(0, leave_golden(GOLDEN, self->stream.bytes, self->stream.size));
	ASSERT_EQ(0, read_golden(&self->golden));
	ASSERT_EQ(self->golden.size, self->stream.size);
	EXPECT_EQ(0, memcmp(self->golden.bytes, self->stream.bytes, self->stream.size));
}

TEST_F(golden, loads_and_is_the_same)
{
	ASSERT_EQ(0, read_golden(&self->golden));
	ASSERT_VF(&self->dst, load_and_stop(&self->dst.edu, self->golden.bytes,
					    self->golden.size, STREAM_MAX));
	ASSERT_VF(&self->dst, save_and_stop(&self->dst.edu, &self->stream));
	ASSERT_EQ(self->golden.size, self->stream.size);
	EXPECT_EQ(0, memcmp(self->golden.bytes, self->stream.bytes, self->stream.size));
	/* And when it has run. */
	ASSERT_VF(&self->dst, set_state(&self->dst.edu, VFIO_MIG_RUNNING_P2P, NULL));
	ASSERT_VF(&self->dst, save_and_stop(&self->dst.edu, &self->stream));
	EXPECT_EQ(0, memcmp(self->golden.bytes, self->stream.bytes, self->stream.size));
	ASSERT_VF(&self->dst, set_state(&self->dst.edu, VFIO_MIG_RUNNING, NULL));
	EXPECT_EQ(0x2804u * 0x10001, edu_get(&self->dst.edu, VF_RDBAH));
}

TEST_HARNESS_MAIN
