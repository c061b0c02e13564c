// SPDX-License-Identifier: GPL-2.0
/*
 * The contract of the calls of <linux/vfio_mig.h>: sizes, flags, reserved fields,
 * memory that is not there, and that an ioctl, a feature and the number that the
 * ioctl had before are one call.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common.h"
#include "uapi/linux/vfio_mig.h"

#define PAGE		4096
#define BEYOND		0xa5	/* what the kernel must leave alone */

union argument {
	struct {
		__u32 argsz;
		__u32 flags;
	};
	struct vfio_device_mig_arc arc;
	struct vfio_device_mig_error error;
	__u8 bytes[PAGE];
};

FIXTURE(probe)
{
	struct edu edu;
	/* A page, and behind it one that cannot be touched. */
	union argument *arg;
};

FIXTURE_VARIANT(probe)
{
	unsigned int cmd;
	__u32 size;
	unsigned int old_cmd;
	__u32 feature;
	enum vfiomig_call call;
};

FIXTURE_VARIANT_ADD(probe, arc_supported)
{
	.cmd = VFIO_DEVICE_MIG_ARC_SUPPORTED,
	.size = VFIO_DEVICE_MIG_ARC_SIZE_V1,
	.old_cmd = VFIO_DEVICE_MIG_ARC_SUPPORTED_OLD,
	.feature = VFIO_DEVICE_FEATURE_MIG_ARC_SUPPORTED,
	.call = VFIOMIG_ARC_SUPPORTED,
};

FIXTURE_VARIANT_ADD(probe, last_error)
{
	.cmd = VFIO_DEVICE_MIG_LAST_ERROR,
	.size = VFIO_DEVICE_MIG_ERROR_SIZE_V1,
	.old_cmd = VFIO_DEVICE_MIG_LAST_ERROR_OLD,
	.feature = VFIO_DEVICE_FEATURE_MIG_LAST_ERROR,
	.call = VFIOMIG_LAST_ERROR,
};

FIXTURE_VARIANT_ADD(probe, descriptor)
{
	.cmd = VFIO_DEVICE_MIG_DESCRIPTOR,
	.size = VFIO_DEVICE_MIG_DESCRIPTOR_SIZE_V1,
	.old_cmd = VFIO_DEVICE_MIG_DESCRIPTOR_OLD,
	.feature = VFIO_DEVICE_FEATURE_MIG_DESCRIPTOR,
	.call = VFIOMIG_DESCRIPTOR,
};

FIXTURE_VARIANT_ADD(probe, compatible)
{
	.cmd = VFIO_DEVICE_MIG_COMPATIBLE,
	.size = VFIO_DEVICE_MIG_COMPATIBLE_SIZE_V1,
	.old_cmd = VFIO_DEVICE_MIG_COMPATIBLE_OLD,
	.feature = VFIO_DEVICE_FEATURE_MIG_COMPATIBLE,
	.call = VFIOMIG_COMPATIBLE,
};

FIXTURE_VARIANT_ADD(probe, names)
{
	.cmd = VFIO_DEVICE_MIG_NAMES,
	.size = VFIO_DEVICE_MIG_NAMES_SIZE_V1,
	.old_cmd = VFIO_DEVICE_MIG_NAMES,
	.feature = VFIO_DEVICE_FEATURE_MIG_NAMES,
	.call = VFIOMIG_NAMES,
};

FIXTURE_SETUP(probe)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	self->arg = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->arg);
	ASSERT_EQ(0, mprotect(self->arg + 1, PAGE, PROT_NONE));
}

FIXTURE_TEARDOWN(probe)
{
	munmap(self->arg, 2 * PAGE);
	edu_close(&self->edu);
}

static int call(struct edu *edu, unsigned int cmd, void *arg)
{
	return ioctl(vfiomig_fd(edu->dev), cmd, arg) ? errno : 0;
}

/* Something that each of the ioctls takes, and that has an answer. */
static void fill(union argument *arg, __u32 argsz)
{
	memset(arg, 0, sizeof(*arg));
	arg->argsz = argsz;
	if (argsz >= 16) {
		arg->arc.from = VFIO_MIG_RUNNING;
		arg->arc.to = VFIO_MIG_STOP;
	}
}

TEST_F(probe, too_short_argsz_is_refused)
{
	__u32 argsz;

	for (argsz = 0; argsz < variant->size; argsz++) {
		fill(self->arg, argsz);
		EXPECT_EQ(EINVAL, call(&self->edu, variant->cmd, self->arg));
		EXPECT_EQ(argsz, self->arg->argsz);
	}
}

TEST_F(probe, longer_struct_with_zeroes_is_taken_and_its_tail_left_alone)
{
	__u32 argsz;

	for (argsz = variant->size; argsz <= PAGE; argsz++) {
		fill(self->arg, argsz);
		/* Beyond what it was told of, the kernel does not look. */
		memset(self->arg->bytes + argsz, BEYOND, PAGE - argsz);
		ASSERT_EQ(0, call(&self->edu, variant->cmd, self->arg));
		EXPECT_EQ(variant->size, self->arg->argsz);
		for (__u32 i = variant->size; i < PAGE; i++)
			ASSERT_EQ(i < argsz ? 0 : BEYOND, self->arg->bytes[i]);
	}
}

TEST_F(probe, longer_struct_that_is_not_zero_is_refused)
{
	__u32 at;

	for (at = variant->size; at < PAGE; at++) {
		fill(self->arg, PAGE);
		self->arg->bytes[at] = 1;
		EXPECT_EQ(E2BIG, call(&self->edu, variant->cmd, self->arg));
		EXPECT_EQ(PAGE, self->arg->argsz);
	}
}

TEST_F(probe, unknown_flags_are_refused)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++) {
		if (variant->cmd == VFIO_DEVICE_MIG_ARC_SUPPORTED && !bit)
			continue;
		fill(self->arg, variant->size);
		self->arg->flags = 1u << bit;
		EXPECT_EQ(EINVAL, call(&self->edu, variant->cmd, self->arg));
	}
}

TEST_F(probe, struct_that_ends_at_the_end_of_memory_is_taken)
{
	__u8 *end = self->arg->bytes + PAGE - variant->size;
	union argument arg;

	fill(&arg, variant->size);
	memcpy(end, &arg, variant->size);
	EXPECT_EQ(0, call(&self->edu, variant->cmd, end));
}

TEST_F(probe, memory_that_is_not_there_is_a_fault)
{
	__u8 *end = self->arg->bytes + PAGE;
	union argument arg;
	__u32 at;

	EXPECT_EQ(EFAULT, call(&self->edu, variant->cmd, NULL));
	EXPECT_EQ(EFAULT, call(&self->edu, variant->cmd, end));
	EXPECT_EQ(EFAULT, call(&self->edu, variant->cmd, (void *)~0ul));
	fill(&arg, variant->size);
	for (at = 1; at < variant->size; at++) {
		memcpy(end - at, &arg, at);
		EXPECT_EQ(EFAULT, call(&self->edu, variant->cmd, end - at));
	}
	fill(self->arg, 0xffffffff);
	EXPECT_EQ(EFAULT, call(&self->edu, variant->cmd, self->arg));
}

TEST_F(probe, memory_that_cannot_be_written_is_a_fault)
{
	fill(self->arg, variant->size);
	ASSERT_EQ(0, mprotect(self->arg, PAGE, PROT_READ));
	EXPECT_EQ(EFAULT, call(&self->edu, variant->cmd, self->arg));
}

TEST_F(probe, numbers_beside_it_are_no_ioctls)
{
	fill(self->arg, variant->size);
	EXPECT_EQ(ENOTTY, call(&self->edu, _IO(VFIO_TYPE, VFIO_BASE + 95),
			       self->arg));
	EXPECT_EQ(ENOTTY, call(&self->edu, _IO(VFIO_TYPE, VFIO_BASE + 100),
			       self->arg));
	EXPECT_EQ(ENOTTY, call(&self->edu, _IO(VFIO_MIG_TYPE, 5), self->arg));
	EXPECT_EQ(ENOTTY, call(&self->edu, _IO(VFIO_MIG_TYPE, 0xff),
			       self->arg));
	/* The argument's size is not part of the number. */
	EXPECT_EQ(ENOTTY, call(&self->edu, _IOWR(VFIO_MIG_TYPE,
						 variant->cmd & 0xff, __u32),
			       self->arg));
}

/* ---- by other ways ---- */

/* VFIO_DEVICE_FEATURE with @room bytes behind its own, which @arg is as well. */
static int by_feature(struct edu *edu, __u32 flags, void *arg, size_t room)
{
	struct {
		struct vfio_device_feature feature;
		__u8 bytes[PAGE];
	} whole = {
		.feature.argsz = sizeof(whole.feature) + room,
		.feature.flags = flags,
	};
	int ret;

	memcpy(whole.bytes, arg, sizeof(whole.bytes));
	ret = call(edu, VFIO_DEVICE_FEATURE, &whole);
	memcpy(arg, whole.bytes, sizeof(whole.bytes));
	return ret;
}

TEST_F(probe, old_number_and_feature_are_the_same_call)
{
	union argument expected, arg;

	fill(&expected, variant->size);
	ASSERT_EQ(0, call(&self->edu, variant->cmd, &expected));
	fill(&arg, variant->size);
	EXPECT_EQ(0, call(&self->edu, variant->old_cmd, &arg));
	EXPECT_EQ(0, memcmp(&expected, &arg, sizeof(arg)));
	fill(&arg, variant->size);
	EXPECT_EQ(0, by_feature(&self->edu, VFIO_DEVICE_FEATURE_GET |
				variant->feature, &arg, variant->size));
	EXPECT_EQ(0, memcmp(&expected, &arg, sizeof(arg)));
	fill(&arg, variant->size);
	EXPECT_EQ(0, vfiomig_call(self->edu.dev, variant->call, &arg));
	EXPECT_EQ(0, memcmp(&expected, &arg, sizeof(arg)));
}

TEST_F(probe, feature_is_probed_and_got)
{
	union argument before, arg;
	__u32 flags;

	fill(&before, variant->size);
	arg = before;
	flags = VFIO_DEVICE_FEATURE_PROBE | variant->feature;
	EXPECT_EQ(0, by_feature(&self->edu, flags, &arg, 0));
	EXPECT_EQ(0, by_feature(&self->edu, flags | VFIO_DEVICE_FEATURE_GET,
				&arg, variant->size));
	EXPECT_EQ(EINVAL, by_feature(&self->edu, flags |
				     VFIO_DEVICE_FEATURE_SET, &arg,
				     variant->size));
	EXPECT_EQ(EINVAL, by_feature(&self->edu, VFIO_DEVICE_FEATURE_SET |
				     variant->feature, &arg, variant->size));
	EXPECT_EQ(0, memcmp(&before, &arg, sizeof(arg)));
	EXPECT_EQ(ENOTTY, by_feature(&self->edu, VFIO_DEVICE_FEATURE_PROBE |
				     (VFIO_MIG_FEATURE_BASE + 5), &arg, 0));
	EXPECT_EQ(ENOTTY, by_feature(&self->edu, VFIO_DEVICE_FEATURE_PROBE |
				     (VFIO_MIG_FEATURE_BASE - 1), &arg, 0));
}

/* Both sizes have to be right, and the inner one within the outer. */
TEST_F(probe, feature_looks_at_both_sizes)
{
	__u32 get = VFIO_DEVICE_FEATURE_GET | variant->feature;
	union argument arg;
	__u32 size;

	for (size = 0; size < variant->size; size++) {
		fill(&arg, variant->size);
		EXPECT_EQ(EINVAL, by_feature(&self->edu, get, &arg, size));
		fill(&arg, size);
		EXPECT_EQ(EINVAL, by_feature(&self->edu, get, &arg,
					     variant->size));
	}
	for (size = variant->size; size <= PAGE; size++) {
		fill(&arg, size);
		ASSERT_EQ(0, by_feature(&self->edu, get, &arg, size));
		EXPECT_EQ(variant->size, arg.argsz);
	}
	fill(&arg, variant->size + 1);
	EXPECT_EQ(EINVAL, by_feature(&self->edu, get, &arg, variant->size));
	fill(&arg, PAGE);
	arg.bytes[variant->size] = 1;
	EXPECT_EQ(E2BIG, by_feature(&self->edu, get, &arg, PAGE));
}

FIXTURE(arc)
{
	struct edu edu;
	struct vfio_device_mig_arc arc;
};

FIXTURE_SETUP(arc)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
	self->arc = (struct vfio_device_mig_arc){ .argsz = sizeof(self->arc) };
}

FIXTURE_TEARDOWN(arc)
{
	edu_close(&self->edu);
}

static int ask(struct edu *edu, struct vfio_device_mig_arc *arc)
{
	return call(edu, VFIO_DEVICE_MIG_ARC_SUPPORTED, arc);
}

TEST_F(arc, what_is_no_state_is_refused)
{
	static const __u32 wrong[] = {
		8, 9, 63, 64, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		self->arc.from = VFIO_MIG_RUNNING;
		self->arc.to = wrong[i];
		EXPECT_EQ(EINVAL, ask(&self->edu, &self->arc));
		self->arc.from = wrong[i];
		self->arc.to = VFIO_MIG_RUNNING;
		EXPECT_EQ(EINVAL, ask(&self->edu, &self->arc));
	}
}

TEST_F(arc, reserved_must_be_zero)
{
	unsigned int bit;

	self->arc.from = VFIO_MIG_RUNNING;
	self->arc.to = VFIO_MIG_STOP;
	for (bit = 0; bit < 32; bit++) {
		self->arc.reserved = 1u << bit;
		EXPECT_EQ(EINVAL, ask(&self->edu, &self->arc));
		self->arc.flags ^= VFIO_MIG_ARC_ALL;
	}
}

TEST_F(arc, all_takes_no_pair)
{
	self->arc.flags = VFIO_MIG_ARC_ALL;
	self->arc.from = VFIO_MIG_RUNNING;
	EXPECT_EQ(EINVAL, ask(&self->edu, &self->arc));
	self->arc.from = 0;
	self->arc.to = VFIO_MIG_RUNNING;
	EXPECT_EQ(EINVAL, ask(&self->edu, &self->arc));
	self->arc.to = 0;
	EXPECT_EQ(0, ask(&self->edu, &self->arc));
	EXPECT_NE(0, self->arc.direct);
	EXPECT_NE(0, self->arc.settable);
}

TEST_F(arc, answer_does_not_depend_on_what_was_in_the_output)
{
	struct vfio_device_mig_arc clean = {
		.argsz = sizeof(clean), .from = VFIO_MIG_RUNNING,
		.to = VFIO_MIG_STOP_COPY,
	};

	ASSERT_EQ(0, ask(&self->edu, &clean));
	memset(&self->arc, 0xff, sizeof(self->arc));
	self->arc.argsz = sizeof(self->arc);
	self->arc.flags = 0;
	self->arc.from = VFIO_MIG_RUNNING;
	self->arc.to = VFIO_MIG_STOP_COPY;
	self->arc.reserved = 0;
	EXPECT_EQ(0, ask(&self->edu, &self->arc));
	EXPECT_EQ(0, memcmp(&clean, &self->arc, sizeof(clean)));
}

/* ---- while a transition waits for the device ---- */

struct transition {
	struct edu *edu;
	int done;
};

static void *let_run(void *ctx)
{
	struct transition *transition = ctx;
	int ret = set_state(transition->edu, VFIO_MIG_RUNNING, NULL);

	__atomic_store_n(&transition->done, ret ? ret : 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/*
 * A stream without a factorial is loaded while the engine still computes one
 * of seconds, which the way to RUNNING has to wait for.
 */
TEST_F_TIMEOUT(arc, probe_does_not_wait_for_a_transition, 180)
{
	struct transition transition = { .edu = &self->edu };
	unsigned int answers = 0;
	struct stream stream;
	pthread_t thread;

	if (is_software(self->edu.bdf))
		SKIP(return, "one in software waits for no engine");
	ASSERT_EQ(0, save_and_stop(&self->edu, &stream));
	ASSERT_EQ(0, set_state(&self->edu, VFIO_MIG_RUNNING, NULL));
	edu_set(&self->edu, EDU_FACTORIAL, 0x30000000);
	ASSERT_EQ(0, load_and_stop(&self->edu, stream.bytes, stream.size,
				   4096));
	ASSERT_EQ(0, pthread_create(&thread, NULL, let_run, &transition));
	while (!__atomic_load_n(&transition.done, __ATOMIC_SEQ_CST)) {
		self->arc.from = VFIO_MIG_RUNNING;
		self->arc.to = VFIO_MIG_STOP;
		ASSERT_EQ(0, ask(&self->edu, &self->arc));
		answers++;
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(1, transition.done);
	EXPECT_LT(100, answers);
}

TEST_HARNESS_MAIN
