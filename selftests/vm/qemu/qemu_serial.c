// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a guest with a UART in loopback, to another and back.
 * There are bytes in its FIFO all the time, and its transmitter has told that it is
 * empty: at the destination each byte comes out once and in order, registers read what
 * they were set to, and nothing is told again.  By KVM where there is one, and once
 * without.
 */
#include "kselftest_harness.h"

#include "scene.h"
#include "serials.h"
#include "uapi/linux/vfio_mig.h"

/* What a stream has with both of its sections; without bytes in the FIFO it has one. */
#define REGISTERS	9
#define FIFO		17
#define STREAM		(sizeof(struct vfio_mig_stream_header) +	\
			 3 * sizeof(struct vfio_mig_frame) + REGISTERS + FIFO +	\
			 sizeof(struct vfio_mig_end))

FIXTURE(serial)
{
	struct serials serials;
	struct scene scene;
};

FIXTURE_VARIANT(serial)
{
	struct way way;
};

FIXTURE_VARIANT_ADD(serial, by_kvm) {
	.way = { .address = "unix:/tmp/vfio-mig-qemu", .kinds = { SCENE_SERIAL } },
};

FIXTURE_VARIANT_ADD(serial, without_kvm) {
	.way = {
		.address = "unix:/tmp/vfio-mig-qemu",
		.kinds = { SCENE_SERIAL },
		.tcg = true,
	},
};

FIXTURE_SETUP(serial)
{
	if (!serials_possible(&self->serials))
		SKIP(return, "there is no QEMU that can be asked for a UART");
	if (variant->way.tcg && !qemu_has_kvm())
		SKIP(return, "here all of them are without");
	ASSERT_EQ(0, serials_plug(&self->serials)) {
		TH_LOG("%s", self->serials.monitor.answer);
	}
	ASSERT_EQ(0, scene_begin(&self->scene, &variant->way, 1, NULL)) {
		TH_LOG("%s", self->scene.failure);
	}
}

FIXTURE_TEARDOWN(serial)
{
	scene_end(&self->scene);
	EXPECT_EQ(0, serials_end(&self->serials));
}

TEST_F_TIMEOUT(serial, uart_goes_on_as_if_nothing_had_been, 600)
{
	const struct figures *figures = &self->scene.figures;
	int move;

	for (move = 0; move < 2; move++) {
		ASSERT_EQ(0, scene_move(&self->scene)) {
			TH_LOG("%s", self->scene.failure);
		}
		EXPECT_LE(STREAM, figures->device_bytes);
		LOG_FIGURES(figures, "");
	}
}

TEST_HARNESS_MAIN
