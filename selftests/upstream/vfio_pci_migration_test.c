// SPDX-License-Identifier: GPL-2.0-only
/*
 * Migration of VFIO devices by the rules of <linux/vfio.h>: which transitions there are,
 * what data files are good for, and that what was in a device arrives.
 *
 * Two devices that are alike, of any driver that migrates, are the last arguments: by
 * address, or by UUID if they are mediated ones.
 */
#include <errno.h>
#include <unistd.h>

#include <sys/ioctl.h>

#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/vfio.h>

#include <libvfio.h>

#include "kselftest_harness.h"
#include "vfio_pci_migration.h"

static char **device_names;

FIXTURE(vfio_pci_migration_test) {
	struct iommu *iommu;
	struct vfio_pci_device *src;
	struct vfio_pci_device *dst;
	struct stream stream;
	u64 flags;
};

FIXTURE_VARIANT(vfio_pci_migration_test) {
	const char *iommu_mode;
};

#define FIXTURE_VARIANT_ADD_IOMMU_MODE(_iommu_mode)		\
FIXTURE_VARIANT_ADD(vfio_pci_migration_test, _iommu_mode) {	\
	.iommu_mode = #_iommu_mode,				\
}

FIXTURE_VARIANT_ADD_ALL_IOMMU_MODES();

FIXTURE_SETUP(vfio_pci_migration_test)
{
	self->iommu = iommu_init(variant->iommu_mode);
	if (is_mediated(device_names[0]) && !self->iommu->mode->container_path)
		SKIP(return, "mediated devices are opened by their group\n");

	self->src = device_open(device_names[0], self->iommu);
	self->dst = device_open(device_names[1], self->iommu);
	self->flags = migration_flags(self->src);
	ASSERT_EQ(self->flags, migration_flags(self->dst));
	ASSERT_EQ(VFIO_DEVICE_STATE_RUNNING, state_get(self->src));
	ASSERT_EQ(VFIO_DEVICE_STATE_RUNNING, state_get(self->dst));
}

FIXTURE_TEARDOWN(vfio_pci_migration_test)
{
	if (self->dst) {
		let_run(self->dst);
		device_close(self->dst);
	}
	if (self->src) {
		let_run(self->src);
		device_close(self->src);
	}
	stream_free(&self->stream);
	iommu_cleanup(self->iommu);
}

TEST_F(vfio_pci_migration_test, stop_copy_is_offered)
{
	const u64 defined = VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P |
			    VFIO_MIGRATION_PRE_COPY;

	ASSERT_TRUE(self->flags & VFIO_MIGRATION_STOP_COPY);
	ASSERT_EQ(0, self->flags & ~defined);
}

TEST_F_TIMEOUT(vfio_pci_migration_test, all_pairs, 120)
{
	u32 from, to;

	save(self->src, &self->stream, SZ_1M);
	for (from = 0; from < NR_STATES; from++) {
		for (to = 0; to < NR_STATES; to++) {
			int ret, first_fd, data_fd;
			bool good;

			if (!is_offered(self->flags, from))
				continue;
			let_run(self->src);
			first_fd = enter(self->src, from, &self->stream);
			ret = state_set(self->src, to, &data_fd);
			good = is_offered(self->flags, to) && is_allowed(from, to);
			EXPECT_EQ(good, !ret)
				TH_LOG("%s -> %s: %d", state_names[from], state_names[to],
				       ret);
			EXPECT_EQ(good ? to : from, state_get(self->src))
				TH_LOG("%s -> %s", state_names[from], state_names[to]);
			EXPECT_EQ(good && opens_a_file(from, to), data_fd >= 0)
				TH_LOG("%s -> %s", state_names[from], state_names[to]);
			if (first_fd >= 0)
				close(first_fd);
			if (data_fd >= 0)
				close(data_fd);
		}
	}
}

TEST_F(vfio_pci_migration_test, numbers_that_are_no_states_are_refused)
{
	static const u32 states[] = { VFIO_DEVICE_STATE_RUNNING, VFIO_DEVICE_STATE_STOP };
	static const u32 numbers[] = { NR_STATES, 255, 256 + VFIO_DEVICE_STATE_STOP, ~0u };
	int i, from, data_fd;

	for (from = 0; from < ARRAY_SIZE(states); from++) {
		ASSERT_EQ(0, state_set(self->src, states[from], &data_fd));
		for (i = 0; i < ARRAY_SIZE(numbers); i++) {
			EXPECT_GT(0, state_set(self->src, numbers[i], &data_fd));
			EXPECT_EQ(states[from], state_get(self->src));
		}
	}
}

TEST_F(vfio_pci_migration_test, files_go_one_way)
{
	char byte = 0;
	int data_fd;

	data_fd = enter(self->src, VFIO_DEVICE_STATE_STOP_COPY, NULL);
	EXPECT_EQ(-1, write(data_fd, &byte, 1));
	EXPECT_EQ(-1, lseek(data_fd, 0, SEEK_SET));
	EXPECT_EQ(1, read(data_fd, &byte, 1));
	close(data_fd);

	ASSERT_EQ(0, state_set(self->dst, VFIO_DEVICE_STATE_RESUMING, &data_fd));
	EXPECT_EQ(-1, read(data_fd, &byte, 1));
	EXPECT_EQ(-1, lseek(data_fd, 0, SEEK_SET));
	close(data_fd);
}

TEST_F(vfio_pci_migration_test, end_of_stream_lasts)
{
	char byte;
	int data_fd;

	data_fd = enter(self->src, VFIO_DEVICE_STATE_STOP_COPY, NULL);
	ASSERT_EQ(0, stream_read(data_fd, &self->stream, SZ_1M));
	EXPECT_LT(0, self->stream.size);
	EXPECT_EQ(0, read(data_fd, &byte, 1));
	EXPECT_EQ(0, read(data_fd, &byte, 1));
	close(data_fd);
}

/* How it was cut when it was read is not how it has to be written. */
TEST_F_TIMEOUT(vfio_pci_migration_test, stream_is_cut_anyhow, 120)
{
	static const size_t chunks[] = { 1, 4099, SZ_1M };
	int i;

	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		stream_free(&self->stream);
		save(self->src, &self->stream, chunks[i]);
		EXPECT_EQ(0, load(self->dst, &self->stream, chunks[i]));
		EXPECT_EQ(0, load(self->dst, &self->stream,
				  chunks[ARRAY_SIZE(chunks) - 1 - i]));
	}
}

TEST_F(vfio_pci_migration_test, file_is_over_with_its_session)
{
	int data_fd, none;
	char byte = 0;

	data_fd = enter(self->src, VFIO_DEVICE_STATE_STOP_COPY, NULL);
	ASSERT_EQ(0, state_set(self->src, VFIO_DEVICE_STATE_STOP, &none));
	EXPECT_EQ(-1, read(data_fd, &byte, 1));
	EXPECT_EQ(ENODEV, errno);
	close(data_fd);

	save(self->src, &self->stream, SZ_1M);
	data_fd = enter(self->dst, VFIO_DEVICE_STATE_RESUMING, &self->stream);
	ASSERT_EQ(0, state_set(self->dst, VFIO_DEVICE_STATE_STOP, &none));
	EXPECT_EQ(-1, write(data_fd, &byte, 1));
	EXPECT_EQ(ENODEV, errno);
	close(data_fd);
}

TEST_F(vfio_pci_migration_test, half_a_stream_is_refused)
{
	int data_fd, none;
	u32 state;

	save(self->src, &self->stream, SZ_1M);
	ASSERT_EQ(0, state_set(self->dst, VFIO_DEVICE_STATE_RESUMING, &data_fd));
	/* It may be seen to be none at once. */
	stream_write(data_fd, &self->stream, self->stream.size / 2, SZ_1M);
	EXPECT_GT(0, state_set(self->dst, VFIO_DEVICE_STATE_STOP, &none));
	state = state_get(self->dst);
	EXPECT_TRUE(state == VFIO_DEVICE_STATE_RESUMING || state == VFIO_DEVICE_STATE_ERROR);
	close(data_fd);
}

static int read_pre_copy(struct vfio_pci_device *device, struct stream *stream, int *data_fd)
{
	*data_fd = enter(device, VFIO_DEVICE_STATE_PRE_COPY, NULL);
	return stream_read(*data_fd, stream, SZ_1M);
}

TEST_F(vfio_pci_migration_test, pre_copy_says_what_is_left)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };
	int data_fd, none;

	if (!(self->flags & VFIO_MIGRATION_PRE_COPY))
		SKIP(return, "there is no PRE_COPY\n");

	data_fd = enter(self->src, VFIO_DEVICE_STATE_PRE_COPY, NULL);
	EXPECT_EQ(0, ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
	EXPECT_LT(0, info.initial_bytes);
	EXPECT_EQ(0, info.dirty_bytes);
	ASSERT_EQ(0, state_set(self->src, VFIO_DEVICE_STATE_STOP_COPY, &none));
	EXPECT_EQ(-1, ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &info));
	EXPECT_EQ(EINVAL, errno);
	close(data_fd);
}

TEST_F(vfio_pci_migration_test, pre_copy_ends_for_now)
{
	int data_fd;

	if (!(self->flags & VFIO_MIGRATION_PRE_COPY))
		SKIP(return, "there is no PRE_COPY\n");

	EXPECT_EQ(-ENOMSG, read_pre_copy(self->src, &self->stream, &data_fd));
	close(data_fd);
}

/* One file for both, and no other comes. */
TEST_F(vfio_pci_migration_test, stream_with_pre_copy_is_loaded)
{
	int data_fd, none;

	if (!(self->flags & VFIO_MIGRATION_PRE_COPY))
		SKIP(return, "there is no PRE_COPY\n");

	read_pre_copy(self->src, &self->stream, &data_fd);
	ASSERT_EQ(0, state_set(self->src, VFIO_DEVICE_STATE_STOP_COPY, &none));
	EXPECT_EQ(-1, none);
	ASSERT_EQ(0, stream_read(data_fd, &self->stream, SZ_1M));
	close(data_fd);
	EXPECT_EQ(0, load(self->dst, &self->stream, SZ_1M));
}

/* There and back, each time with something else. */
TEST_F(vfio_pci_migration_test, state_arrives)
{
	const struct known_device *known = find_known(self->src);
	struct vfio_pci_device *devices[] = { self->src, self->dst };
	u32 mask, value;
	int i, none;

	if (!known)
		SKIP(return, "nobody knows what to write to it\n");

	mask = ~0u >> (32 - 8 * known->size);
	enable_decode(self->src);
	enable_decode(self->dst);
	for (i = 0; i < 4; i++) {
		struct vfio_pci_device *src = devices[i % 2], *dst = devices[1 - i % 2];

		value = (0x13579bd1 + 0x01020304 * i) & mask;
		known_write(dst, known, 0);
		known_write(src, known, value);
		ASSERT_EQ(value, known_read(src, known) & mask);

		stream_free(&self->stream);
		save(src, &self->stream, SZ_1M);
		ASSERT_EQ(0, load(dst, &self->stream, SZ_1M));
		ASSERT_EQ(0, state_set(dst, VFIO_DEVICE_STATE_RUNNING, &none));
		EXPECT_EQ(value, known_read(dst, known) & mask);

		/* It may be given up: then the source has all that it had. */
		ASSERT_EQ(0, state_set(src, VFIO_DEVICE_STATE_RUNNING, &none));
		EXPECT_EQ(value, known_read(src, known) & mask);
	}
}

TEST_F_TIMEOUT(vfio_pci_migration_test, reset_makes_it_running, 60)
{
	char byte;
	u32 state;

	if (!(self->src->info.flags & VFIO_DEVICE_FLAGS_RESET))
		SKIP(return, "it has no reset\n");

	save(self->src, &self->stream, SZ_1M);
	let_run(self->src);
	for (state = 0; state < NR_STATES; state++) {
		int data_fd;

		if (!is_offered(self->flags, state))
			continue;
		data_fd = enter(self->src, state, &self->stream);
		vfio_pci_device_reset(self->src);
		EXPECT_EQ(VFIO_DEVICE_STATE_RUNNING, state_get(self->src));
		if (data_fd < 0)
			continue;
		EXPECT_EQ(-1, is_saving(state) ? read(data_fd, &byte, 1) :
						 write(data_fd, "", 1));
		close(data_fd);
	}
}

TEST_F_TIMEOUT(vfio_pci_migration_test, opened_again_it_is_running, 60)
{
	u32 state;

	save(self->src, &self->stream, SZ_1M);
	let_run(self->src);
	for (state = 0; state < NR_STATES; state++) {
		int data_fd;

		if (!is_offered(self->flags, state))
			continue;
		data_fd = enter(self->src, state, &self->stream);
		if (data_fd >= 0)
			close(data_fd);
		device_close(self->src);
		self->src = device_open(device_names[0], self->iommu);
		EXPECT_EQ(VFIO_DEVICE_STATE_RUNNING, state_get(self->src))
			TH_LOG("closed in %s", state_names[state]);
		let_run(self->src);
	}
}

static bool is_device(const char *arg)
{
	return arg[0] != '-' && (strchr(arg, ':') || strlen(arg) == 36);
}

int main(int argc, char *argv[])
{
	int nr_devices = 0;

	while (argc > 1 && is_device(argv[argc - 1])) {
		argc--;
		nr_devices++;
	}
	if (nr_devices != 2) {
		fprintf(stderr, "usage: %s [options] DEVICE DEVICE\n", argv[0]);
		return KSFT_SKIP;
	}
	device_names = &argv[argc];
	return test_harness_run(argc, argv);
}
