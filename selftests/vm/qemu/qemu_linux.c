// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a Linux guest whose user space works with a
 * device all the time: with an edu through its BAR, or with a display through
 * bochs-drm.  Under KVM it boots in some seconds.  Where everything is emulated twice
 * that takes minutes, so all is done with one.  Only the edu under KVM is moved each time,
 * the others if there is time for all ($VFIO_MIG_FULL).
 */
#include "kselftest_harness.h"

#include "initramfs.h"
#include "scene.h"
#include "setting.h"

#define MOVES	2	/* or as $VFIO_MIG_ROUNDS says */
#define BOOT_MS	1500000	/* nothing comes from a guest that boots */

FIXTURE(linux_guest)
{
	struct scene scene;
};

/*
 * How it is moved; what the guest does; what its kernel has for the device, and
 * whether it can do nothing without.
 */
FIXTURE_VARIANT(linux_guest)
{
	struct way way;
	const char *guest;
	const char *module;
	bool needed;
};

FIXTURE_VARIANT_ADD(linux_guest, edu) {
	.way = {
		.address = "tcp:127.0.0.1:4712",
		.defer = true,
		.linux_guest = true,
	},
	.guest = "linux_edu.cpio",
	.module = "uio_pci_generic",
};

FIXTURE_VARIANT_ADD(linux_guest, display) {
	.way = {
		.address = "unix:/tmp/vfio-mig-qemu",
		.options = ",rombar=0",
		.linux_guest = true,
		.kinds = { SCENE_DISPLAY },
	},
	.guest = "linux_display.cpio",
	.module = "bochs",
	.needed = true,
};

FIXTURE_VARIANT_ADD(linux_guest, edu_without_kvm) {
	.way = {
		.address = "tcp:127.0.0.1:4712",
		.defer = true,
		.linux_guest = true,
		.tcg = true,
	},
	.guest = "linux_edu.cpio",
	.module = "uio_pci_generic",
};

FIXTURE_VARIANT_ADD(linux_guest, display_without_kvm) {
	.way = {
		.address = "unix:/tmp/vfio-mig-qemu",
		.options = ",rombar=0",
		.linux_guest = true,
		.tcg = true,
		.kinds = { SCENE_DISPLAY },
	},
	.guest = "linux_display.cpio",
	.module = "bochs",
	.needed = true,
};

FIXTURE_SETUP(linux_guest)
{
	bool there;

	if (variant->way.tcg && !qemu_has_kvm())
		SKIP(return, "here all of them are without");
	if ((variant->way.tcg || variant->needed) && !setting("VFIO_MIG_FULL", 0))
		SKIP(return, "takes long: vm test --full");
	if (patience() > 1)
		SKIP(return, "on this kernel a Linux guest takes too long to boot");
	there = make_initramfs(variant->guest, variant->module);
	TH_LOG("%s: %s", variant->module, there ? "in the guest" :
	       "this kernel has no such module");
	if (!there && variant->needed)
		SKIP(return, "nothing to draw with");
	qemu_set_timeout_ms(BOOT_MS);
	ASSERT_EQ(0, scene_begin(&self->scene, &variant->way, 1, NULL)) {
		TH_LOG("%s", self->scene.failure);
	}
}

FIXTURE_TEARDOWN(linux_guest)
{
	scene_end(&self->scene);
}

TEST_F_TIMEOUT(linux_guest, does_not_see_the_move_there_and_back, 3600)
{
	const struct figures *figures = &self->scene.figures;
	unsigned long move, end = setting("VFIO_MIG_ROUNDS", MOVES) ?: MOVES;

	for (move = 0; move < end; move++) {
		ASSERT_EQ(0, scene_move(&self->scene)) {
			TH_LOG("%s", self->scene.failure);
		}
		LOG_FIGURES(figures, "round %ld: ", self->scene.guest.round);
	}
}

TEST_HARNESS_MAIN
