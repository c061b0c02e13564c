// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU has edu itself log what it writes to memory, where the kernel can report
 * that to it: no page is sent again that nobody has written, and none is
 * forgotten that the device wrote while the others were sent.  Where the device
 * does not log, QEMU does not migrate it unless it is told to.
 */
#include "kselftest_harness.h"

#include "edu_stream.h"
#include "scene.h"

#define UNIX		"unix:/tmp/vfio-mig-qemu"
#define REASON		"dirty tracking"
#define DOWNTIME_MS	10000

/* As if nobody had said anything of it. */
#define BY_ITSELF	",enable-migration=auto"

FIXTURE(dirty)
{
	struct way way;
	struct scene scene;
};

FIXTURE_SETUP(dirty)
{
	self->way = (struct way) {
		.address = UNIX,
		.options = BY_ITSELF,
		.downtime_ms = DOWNTIME_MS,
	};
}

FIXTURE_TEARDOWN(dirty)
{
	unsigned int i;

	scene_end(&self->scene);
	for (i = 0; i < 2 * self->scene.each; i++)
		set_property(self->scene.edus[i].bdf, "dma-logging", true);
}

#define ASSERT_SCENE(expression) \
	ASSERT_EQ(0, (expression)) { TH_LOG("%s", self->scene.failure); }

TEST_F_TIMEOUT(dirty, guest_does_not_see_the_move_with_dirty_logging, 300)
{
	int move;

	self->way.lingers = true;
	ASSERT_SCENE(scene_begin(&self->scene, &self->way, 1, NULL));
	EXPECT_FALSE(qemu_said(&self->scene.qemu[0], REASON));
	for (move = 0; move < 2; move++)
		ASSERT_SCENE(scene_move(&self->scene));
}

TEST_F_TIMEOUT(dirty, without_it_migration_is_blocked_by_name, 300)
{
	struct qemu *source = &self->scene.qemu[0];

	ASSERT_SCENE(scene_begin(&self->scene, &self->way, 1, "dma-logging"));
	EXPECT_EQ(-EREMOTEIO, qemu_migrate(source, UNIX));
	EXPECT_NE(NULL, strstr(source->failure, REASON)) {
		TH_LOG("%s", source->failure);
	}
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

TEST_F_TIMEOUT(dirty, without_it_all_memory_is_sent_again_if_asked, 300)
{
	self->way.options = NULL;
	self->way.downtime_ms = 0;
	ASSERT_SCENE(scene_begin(&self->scene, &self->way, 1, "dma-logging"));
	EXPECT_TRUE(qemu_said(&self->scene.qemu[0], REASON));
	ASSERT_SCENE(scene_move(&self->scene));
}

TEST_HARNESS_MAIN
