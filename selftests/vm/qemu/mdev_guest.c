// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU moves a guest that works with its edu all the time, between the two that
 * VFIO_MIG_EDU names: both in software, of which type1 knows what they write, or one of
 * them.
 */
#include "kselftest_harness.h"

#include "edu_stream.h"
#include "scene.h"

#define UNIX		"unix:/tmp/vfio-mig-qemu"
#define REASON		"dirty tracking"
#define DOWNTIME_MS	10000
#define MOVES		2

/* As if nobody had said anything of it. */
#define BY_ITSELF	",enable-migration=auto"

/* @logs: The kernel can report what a device has logged, so they offer to. */
FIXTURE(guest)
{
	struct way way;
	struct scene scene;
	bool all_in_software;
	bool logs;
};

FIXTURE_SETUP(guest)
{
	char bdf[64];
	unsigned int i;

	self->way = (struct way) { .address = UNIX };
	self->all_in_software = true;
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, edu_find(i, false, bdf, sizeof(bdf)));
		self->all_in_software &= is_software(bdf);
		self->logs = get_property(bdf, "dma-logging") >= 0;
	}
}

FIXTURE_TEARDOWN(guest)
{
	unsigned int i;

	scene_end(&self->scene);
	for (i = 0; self->logs && i < 2 * self->scene.each; i++)
		set_property(self->scene.edus[i].bdf, "dma-logging", true);
}

#define ASSERT_SCENE(expression) \
	ASSERT_EQ(0, (expression)) { TH_LOG("%s", self->scene.failure); }

TEST_F_TIMEOUT(guest, does_not_see_the_move_and_back, 600)
{
	int move;

	if (self->all_in_software)
		SKIP(return, "qemu_migration has it");
	ASSERT_SCENE(scene_begin(&self->scene, &self->way, 1, NULL));
	for (move = 0; move < MOVES; move++) {
		ASSERT_SCENE(scene_move(&self->scene));
		LOG_FIGURES(&self->scene.figures, "move %d: ", move);
	}
}

/* Who asks type1, as QEMU does then, is told what the device has written, and no more. */
TEST_F_TIMEOUT(guest, memory_that_nobody_writes_is_sent_once, 600)
{
	const struct figures *figures = &self->scene.figures;
	int move;

	if (!self->all_in_software)
		SKIP(return, "one has an IOMMU, which tracks nothing");
	self->way.downtime_ms = DOWNTIME_MS;
	self->way.lingers = true;
	ASSERT_SCENE(scene_begin(&self->scene, &self->way, 1,
				 self->logs ? "dma-logging" : NULL));
	for (move = 0; move < MOVES; move++) {
		ASSERT_SCENE(scene_move(&self->scene));
		LOG_FIGURES(figures, "move %d: ", move);
		TH_LOG("%lld pages, of %lld", (long long)figures->pages,
		       (long long)figures->guest_pages);
		EXPECT_LT(0, figures->guest_pages);
		EXPECT_GT(2 * figures->guest_pages, figures->pages);
	}
}

/* QEMU takes a device's own log for reason enough, and type1's for none. */
TEST_F_TIMEOUT(guest, moves_without_being_allowed_to_where_the_device_can_log, 600)
{
	int move;

	if (!self->all_in_software || !self->logs)
		SKIP(return, "it cannot log here");
	self->way.options = BY_ITSELF;
	self->way.downtime_ms = DOWNTIME_MS;
	self->way.lingers = true;
	ASSERT_SCENE(scene_begin(&self->scene, &self->way, 1, NULL));
	EXPECT_FALSE(qemu_said(&self->scene.qemu[0], REASON));
	for (move = 0; move < MOVES; move++) {
		ASSERT_SCENE(scene_move(&self->scene));
		LOG_FIGURES(&self->scene.figures, "move %d: ", move);
	}
}

TEST_HARNESS_MAIN
