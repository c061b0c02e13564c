// SPDX-License-Identifier: GPL-2.0
/*
 * All 64 pairs of states, driven on a real device: what a SET does, what the
 * probe ioctl promised, and what an independent search expects, are one.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arc_oracle.h"
#include "common.h"
#include "uapi/linux/vfio_mig.h"

FIXTURE(pairs)
{
	struct edu edu;
	struct stream stream;
	__u64 features;
};

FIXTURE_VARIANT(pairs)
{
	bool p2p;
	bool pre_copy;
};

FIXTURE_VARIANT_ADD(pairs, all) { .p2p = true, .pre_copy = true };
FIXTURE_VARIANT_ADD(pairs, no_pre_copy) { .p2p = true };
FIXTURE_VARIANT_ADD(pairs, no_p2p) { .pre_copy = true };
FIXTURE_VARIANT_ADD(pairs, none) {};

FIXTURE_SETUP(pairs)
{
	ASSERT_EDU(&self->edu, open_with_states(&self->edu, variant->p2p,
						variant->pre_copy));
	ASSERT_EDU(&self->edu, vfiomig_features(self->edu.dev, &self->features,
						&self->edu.error));
	/* Something valid to write into RESUMING. */
	ASSERT_EQ(0, save_and_stop(&self->edu, &self->stream));
	ASSERT_EDU(&self->edu, vfiomig_reset(self->edu.dev, &self->edu.error));
}

FIXTURE_TEARDOWN(pairs)
{
	close_and_show(&self->edu);
}

/* In @from, with a stream in place if that is RESUMING. */
static int prepare(struct edu *edu, const struct stream *stream,
		   unsigned int from, int *data_fd)
{
	int ret;

	ret = vfiomig_reset(edu->dev, &edu->error);
	if (!ret)
		ret = go_to(edu, from, data_fd);
	if (!ret && from == VFIO_MIG_RESUMING)
		ret = write_all(*data_fd, stream->bytes, stream->size, 100);
	return ret;
}

static bool opens(unsigned int from, unsigned int to)
{
	return oracle_session(to) != ORACLE_NO_SESSION &&
	       oracle_session(to) != oracle_session(from);
}

static struct vfio_device_mig_arc probe(struct edu *edu, unsigned int from,
					unsigned int to, int *error)
{
	struct vfio_device_mig_arc arc = {
		.argsz = sizeof(arc), .from = from, .to = to,
	};

	*error = ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_MIG_ARC_SUPPORTED,
		       &arc) ? errno : 0;
	return arc;
}

TEST_F_TIMEOUT(pairs, set_does_what_the_search_expects, 300)
{
	unsigned int from, to;
	int from_fd, to_fd, ret;

	for (from = 1; from < 8; from++) {
		if (!oracle_offers(self->features, from))
			continue;
		for (to = 0; to < 8; to++) {
			ASSERT_EDU(&self->edu,
				   prepare(&self->edu, &self->stream, from,
					   &from_fd));
			ret = set_state(&self->edu, to, &to_fd);
			if (oracle_accepts(self->features, from, to)) {
				EXPECT_EQ(0, ret);
				EXPECT_EQ(to, state_of(&self->edu));
			} else {
				EXPECT_EQ(-EINVAL, ret);
				EXPECT_EQ(from, state_of(&self->edu));
			}
			EXPECT_EQ(!ret && opens(from, to), to_fd >= 0) {
				TH_LOG("%s -> %s: data_fd %d",
				       vfio_mig_state_name(from),
				       vfio_mig_state_name(to), to_fd);
			}
			EXPECT_TRUE(to_fd >= -1);
			close(from_fd);
			close(to_fd);
		}
	}
}

TEST_F(pairs, probe_answers_what_set_does)
{
	unsigned int seen[ORACLE_STATES];
	struct vfio_device_mig_arc arc;
	unsigned int from, to, hops;
	struct oracle_way way;
	int error;

	for (from = 0; from < 8; from++) {
		for (to = 0; to < 8; to++) {
			arc = probe(&self->edu, from, to, &error);
			if (!oracle_accepts(self->features, from, to)) {
				EXPECT_EQ(EOPNOTSUPP, error);
				continue;
			}
			EXPECT_EQ(0, error);
			way = oracle_search(from, to);
			hops = oracle_seen(self->features, &way, seen);
			EXPECT_EQ(hops, arc.hops);
			EXPECT_EQ(hops > 1 ? VFIO_MIG_ARC_COMBINATION : hops,
				  arc.verdict);
			EXPECT_EQ(hops ? seen[0] : from, arc.first_hop);
		}
	}
}

TEST_F(pairs, probe_of_all_equals_probes_of_each)
{
	struct vfio_device_mig_arc all = {
		.argsz = sizeof(all), .flags = VFIO_MIG_ARC_ALL,
	};
	struct vfio_device_mig_arc arc;
	unsigned int from, to;
	int error;

	ASSERT_EQ(0, ioctl(vfiomig_fd(self->edu.dev),
			   VFIO_DEVICE_MIG_ARC_SUPPORTED, &all));
	for (from = 0; from < 8; from++) {
		for (to = 0; to < 8; to++) {
			arc = probe(&self->edu, from, to, &error);
			EXPECT_EQ(!error,
				  !!(all.settable & VFIO_MIG_PAIR(from, to)));
			EXPECT_EQ(!error && arc.verdict == VFIO_MIG_ARC_DIRECT,
				  !!(all.direct & VFIO_MIG_PAIR(from, to)));
		}
	}
}

TEST_F(pairs, probe_needs_no_particular_state_and_changes_none)
{
	int data_fd, error;

	ASSERT_EQ(0, go_to(&self->edu, VFIO_MIG_STOP_COPY, &data_fd));
	probe(&self->edu, VFIO_MIG_RUNNING, VFIO_MIG_RESUMING, &error);
	EXPECT_EQ(0, error);
	EXPECT_EQ(VFIO_MIG_STOP_COPY, state_of(&self->edu));
	EXPECT_EQ(0, read_all(data_fd, &self->stream, 1000));
	close(data_fd);
}

TEST_HARNESS_MAIN
