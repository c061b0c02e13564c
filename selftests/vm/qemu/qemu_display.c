// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a guest with a display, on which it draws a
 * picture that moves on.  Before each pixel is drawn it is read, and must be the
 * one of the picture before.  By KVM where there is one, and once without.
 */
#include "kselftest_harness.h"

#include <string.h>

#include "bochs.h"
#include "mig_netlink.h"
#include "scene.h"

#define PICTURE_BYTES	(512 * 512 * 4)

/* So little that it stays in pre-copy. */
static const struct way stays_way = {
	.address = "unix:/tmp/vfio-mig-qemu",
	.options = ",rombar=0",
	.kinds = { SCENE_DISPLAY },
	.downtime_ms = 1,
};

#define ASSERT_SCENE(expression)					\
	ASSERT_EQ(0, (expression)) { TH_LOG("%s", self->scene.failure); }

FIXTURE(display)
{
	struct scene scene;
	struct told_device told;
};

FIXTURE_SETUP(display)
{
	ASSERT_SCENE(scene_begin(&self->scene, &stays_way, 1, NULL));
}

FIXTURE_TEARDOWN(display)
{
	scene_end(&self->scene);
}

static struct qemu *source(struct scene *scene)
{
	return &scene->qemu[scene->at];
}

/* It draws, and a whole picture is sent while it draws, or none can be. */
static int draw_until_sent(struct scene *scene)
{
	int ret;

	do {
		ret = scene_guest_goes_on(scene);
		if (!ret)
			ret = qemu_figures(source(scene), &scene->figures);
	} while (!ret && scene->figures.device_bytes < PICTURE_BYTES &&
		 strcmp("failed", source(scene)->event));
	return ret;
}

TEST_F_TIMEOUT(display, picture_goes_on_while_it_is_moved, 600)
{
	const struct figures *figures = &self->scene.figures;
	int move;

	for (move = 0; move < 2; move++) {
		ASSERT_SCENE(scene_start_other(&self->scene));
		ASSERT_SCENE(scene_migrate(&self->scene));
		ASSERT_SCENE(draw_until_sent(&self->scene));
		EXPECT_STREQ("active", source(&self->scene)->event);
		ASSERT_EQ(0, qemu_downtime_limit(source(&self->scene), 60000));
		ASSERT_SCENE(scene_wait(&self->scene));
		ASSERT_TRUE(scene_ended(&self->scene, "completed")) {
			TH_LOG("%s", self->scene.failure);
		}
		ASSERT_EQ(0, qemu_figures(source(&self->scene),
					  &self->scene.figures));
		ASSERT_SCENE(scene_guest_left(&self->scene));
		qemu_stop(&self->scene.qemu[!self->scene.at]);
		ASSERT_SCENE(scene_guest_goes_on(&self->scene));
		EXPECT_LT(PICTURE_BYTES, figures->device_bytes);
		TH_LOG("round %ld: total %lld ms, downtime %lld ms; %lld bytes of memory, %lld of devices",
		       self->scene.guest.round,
		       (long long)figures->total_ms,
		       (long long)figures->downtime_ms,
		       (long long)figures->ram_bytes,
		       (long long)figures->device_bytes);
	}
}

TEST_F_TIMEOUT(display, another_size_of_memory_refuses_by_name, 600)
{
	struct edu *target = scene_target(&self->scene);

	ASSERT_EQ(0, bochs_find(2, target->bdf, sizeof(target->bdf)));
	ASSERT_EQ(0, vfiomig_bind(target->bdf, "bochs_vfio_pci",
				  &target->error)) {
		LOG_EDU(target);
	}
	ASSERT_SCENE(scene_start_other(&self->scene));
	ASSERT_SCENE(scene_migrate(&self->scene));
	ASSERT_SCENE(draw_until_sent(&self->scene));
	ASSERT_EQ(0, ask_device(target->bdf, &self->told));
	ASSERT_TRUE(scene_ended(&self->scene, "failed")) {
		TH_LOG("%s", self->scene.failure);
	}
	TH_LOG("%s", self->told.last_error.text);
	EXPECT_NE(NULL, strstr(self->told.last_error.text, "geometry 0"));
	/* The guest was never stopped for it. */
	EXPECT_EQ(NULL, strstr(source(&self->scene)->events, "device"));
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

static const struct way tcg_way = {
	.address = "unix:/tmp/vfio-mig-qemu",
	.options = ",rombar=0",
	.kinds = { SCENE_DISPLAY },
	.tcg = true,
};

FIXTURE(display_without_kvm)
{
	struct scene scene;
};

FIXTURE_SETUP(display_without_kvm)
{
	if (!qemu_has_kvm())
		SKIP(return, "here all of them are without");
	ASSERT_SCENE(scene_begin(&self->scene, &tcg_way, 1, NULL));
}

FIXTURE_TEARDOWN(display_without_kvm)
{
	scene_end(&self->scene);
}

TEST_F_TIMEOUT(display_without_kvm, picture_goes_on_when_it_was_moved, 600)
{
	ASSERT_SCENE(scene_move(&self->scene));
	EXPECT_LT(PICTURE_BYTES, self->scene.figures.device_bytes);
}

TEST_HARNESS_MAIN
