// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a Linux guest whose user space works with an
 * edu all the time.  To boot it takes a minute and more where everything is
 * emulated twice, so all is done with one.
 */
#include "kselftest_harness.h"

#include <stdlib.h>

#include "scene.h"

static const struct way linux_way = {
	.address = "tcp:127.0.0.1:4712",
	.defer = true,
	.linux_guest = true,
};

/* Behind linux_guest.c the modules that count interrupts, where they are. */
#define MAKE_INITRAMFS							\
	"{ cat linux_guest.cpio &&"					\
	"cd /lib/modules/$(uname -r)/kernel/drivers/uio &&"		\
	"ls | grep -E '^uio(_pci_generic)?\\.ko' |"			\
	"cpio --quiet -o -H newc; } >" QEMU_INITRAMFS

FIXTURE(linux_guest)
{
	struct scene scene;
};

FIXTURE_SETUP(linux_guest)
{
	TH_LOG("interrupts are %s", system(MAKE_INITRAMFS) ?
	       "polled: this kernel has no UIO" : "counted");
	ASSERT_EQ(0, scene_begin(&self->scene, &linux_way, 1, NULL)) {
		TH_LOG("%s", self->scene.failure);
	}
}

FIXTURE_TEARDOWN(linux_guest)
{
	scene_end(&self->scene);
}

TEST_F_TIMEOUT(linux_guest, does_not_see_the_move_there_and_back, 900)
{
	const struct figures *figures = &self->scene.figures;
	int move;

	for (move = 0; move < 2; move++) {
		ASSERT_EQ(0, scene_move(&self->scene)) {
			TH_LOG("%s", self->scene.failure);
		}
		LOG_FIGURES(figures, "round %ld: ", self->scene.guest.round);
	}
}

TEST_HARNESS_MAIN
