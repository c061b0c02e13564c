// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU migrates, and that goes wrong.  The guest works with an edu
 * all the time; it goes on where it was, and sees nothing of it.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "edu_stream.h"
#include "edu_view.h"
#include "mig_netlink.h"
#include "scene.h"
#include "setting.h"
#include "sink.h"
#include "stream.h"

#define SINK	"/tmp/vfio-mig-sink"
#define MOVED	"/tmp/vfio-mig-moved"
#define SEED	4711

/* So little that it stays in pre-copy. */
static const struct way stays_way = {
	.address = "unix:/tmp/vfio-mig-qemu",
	.downtime_ms = 1,
};

/* The guest is not stopped before the destination has taken what comes first of a device. */
static const struct way acks_way = {
	.address = "unix:/tmp/vfio-mig-qemu",
	.defer = true,
	.capabilities = { "return-path", "switchover-ack" },
};

/* The source waits for the destination to say that it has taken all. */
static const struct way asks_way = {
	.address = "unix:/tmp/vfio-mig-qemu",
	.defer = true,
	.capabilities = { "return-path" },
};

/* What is sent can be read, and changed, before it is taken. */
static const struct way file_way = {
	.address = "file:" MOVED,
	.file = true,
};

static const struct way sink_way = { .address = "unix:" SINK };

FIXTURE(failure)
{
	struct scene scene;
};

/* @cancels, @deaths: At how many moments; a fifth of them without $VFIO_MIG_FULL. */
FIXTURE_VARIANT(failure)
{
	const char *hidden;
	int cancels;
	int deaths;
};

FIXTURE_VARIANT_ADD(failure, all_states) { .cancels = 50, .deaths = 10 };

FIXTURE_VARIANT_ADD(failure, no_p2p) {
	.hidden = "p2p", .cancels = 12, .deaths = 3
};

FIXTURE_VARIANT_ADD(failure, no_pre_copy) {
	.hidden = "pre-copy", .cancels = 12, .deaths = 3
};

#define ASSERT_SCENE(expression)					\
	ASSERT_EQ(0, (expression)) { TH_LOG("%s", self->scene.failure); }
#define ASSERT_ENDED(status)						\
	ASSERT_TRUE(scene_ended(&self->scene, status)) {		\
		TH_LOG("%s", self->scene.failure);			\
	}

FIXTURE_SETUP(failure)
{
	ASSERT_SCENE(scene_begin(&self->scene, &plain_way, 1,
				 variant->hidden));
}

FIXTURE_TEARDOWN(failure)
{
	scene_end(&self->scene);
}

static int moments(int all)
{
	return setting("VFIO_MIG_FULL", 0) ? all : (all + 4) / 5;
}

static struct qemu *source(struct scene *scene)
{
	return &scene->qemu[scene->at];
}

/* A migration that is carried through to nowhere: how much is sent. */
static ssize_t whole(struct scene *scene)
{
	struct sink sink;
	ssize_t bytes = -1;

	if (!sink_listen(&sink, SINK) && !scene_migrate(scene))
		bytes = sink_count(&sink);
	sink_close(&sink);
	if (scene_wait(scene) || qemu_continue(source(scene)))
		return -1;
	return bytes;
}

/* As often as that; where the end comes first too often, on a slow kernel, more. */
static bool goes_on(int cancels, int tried, int cancelled)
{
	return tried < cancels ||
	       (cancelled <= cancels / 3 && tried < 5 * cancels);
}

TEST_F_TIMEOUT(failure, guest_goes_on_after_a_cancel_at_any_byte, 900)
{
	int cancels = moments(variant->cancels);
	int move, ret, cancelled = 0;
	struct sink sink;
	ssize_t bytes;

	self->scene.way = &sink_way;
	bytes = whole(&self->scene);
	ASSERT_LT(0, bytes);
	srandom(SEED);
	TH_LOG("seed %d, %zd bytes", SEED, bytes);
	for (move = 0; goes_on(cancels, move, cancelled); move++) {
		ASSERT_EQ(0, sink_listen(&sink, SINK));
		ASSERT_SCENE(scene_migrate(&self->scene));
		/* Less was to be sent this time: it is completed. */
		ret = sink_take(&sink, random() % bytes);
		ASSERT_TRUE(!ret || ret == -EPIPE);
		/*
		 * While nobody takes what it sends; but where it has its lock
		 * meanwhile, it does not listen.
		 */
		ASSERT_EQ(0, qemu_ask(source(&self->scene),
				      "{\"execute\":\"migrate_cancel\"}"));
		ASSERT_EQ(0, sink_drain(&sink));
		ASSERT_EQ(0, qemu_answered(source(&self->scene)));
		ASSERT_SCENE(scene_wait(&self->scene));
		sink_close(&sink);
		if (strcmp("completed", source(&self->scene)->event)) {
			cancelled++;
		} else {
			ASSERT_EQ(0, qemu_continue(source(&self->scene))) {
				TH_LOG("%s", source(&self->scene)->failure);
			}
		}
		ASSERT_SCENE(scene_guest_goes_on(&self->scene));
	}
	TH_LOG("%d cancelled, %d were completed first", cancelled,
	       move - cancelled);
	EXPECT_LT(cancels / 3, cancelled);
	self->scene.way = &plain_way;
	ASSERT_SCENE(scene_move(&self->scene));
}

TEST_F_TIMEOUT(failure, guest_goes_on_if_the_destination_dies_at_any_byte, 600)
{
	struct sink sink;
	ssize_t bytes;
	int move;

	self->scene.way = &sink_way;
	bytes = whole(&self->scene);
	ASSERT_LT(0, bytes);
	srandom(SEED);
	for (move = 0; move < moments(variant->deaths); move++) {
		ASSERT_EQ(0, sink_listen(&sink, SINK));
		ASSERT_SCENE(scene_migrate(&self->scene));
		/* Far from the end, so that it cannot be completed. */
		ASSERT_EQ(0, sink_take(&sink, random() % (bytes / 2)));
		sink_close(&sink);
		ASSERT_SCENE(scene_wait(&self->scene));
		ASSERT_ENDED("failed");
		ASSERT_SCENE(scene_guest_goes_on(&self->scene));
	}
	self->scene.way = &plain_way;
	ASSERT_SCENE(scene_start_other(&self->scene));
	ASSERT_SCENE(scene_migrate(&self->scene));
	qemu_stop(&self->scene.qemu[!self->scene.at]);
	ASSERT_SCENE(scene_wait(&self->scene));
	ASSERT_ENDED("failed");
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

TEST_F_TIMEOUT(failure, guest_goes_on_if_the_destination_cannot_load, 600)
{
	ASSERT_SCENE(scene_start_other(&self->scene));
	ASSERT_EQ(0, fail_arc(scene_target(&self->scene), VFIO_MIG_STOP,
			      VFIO_MIG_RESUMING, EIO, 1));
	ASSERT_SCENE(scene_migrate(&self->scene));
	ASSERT_SCENE(scene_wait(&self->scene));
	ASSERT_ENDED("failed");
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

/* ---- a guest that stands still, which a test has to see and to say ---- */

#define SHORT_MS	1000

FIXTURE(still)
{
	struct scene scene;
};

FIXTURE_SETUP(still)
{
	ASSERT_SCENE(scene_begin(&self->scene, &plain_way, 1, NULL));
}

FIXTURE_TEARDOWN(still)
{
	scene_end(&self->scene);
}

TEST_F_TIMEOUT(still, guest_that_stands_still_is_missed, 600)
{
	struct qemu *qemu = source(&self->scene);

	ASSERT_EQ(0, qemu_command(qemu, "{\"execute\":\"stop\"}"));
	ASSERT_EQ(0, guest_listen(&self->scene.guest, qemu, 0));
	guest_set_silence_ms(SHORT_MS);
	EXPECT_EQ(-ETIMEDOUT, scene_guest_goes_on(&self->scene));
	TH_LOG("%s", self->scene.failure);
	EXPECT_NE(NULL, strstr(self->scene.failure, "it stands still: no word for"));
	guest_set_silence_ms(GUEST_SILENCE_MS);
	ASSERT_EQ(0, qemu_continue(qemu));
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

/* ---- a destination that cannot take it, and says why ---- */

FIXTURE(refusal)
{
	struct scene scene;
	struct told_device told;
};

FIXTURE_SETUP(refusal)
{
	ASSERT_SCENE(scene_begin(&self->scene, &stays_way, 1, NULL));
}

FIXTURE_TEARDOWN(refusal)
{
	scene_end(&self->scene);
}

TEST_F_TIMEOUT(refusal, another_device_refuses_in_pre_copy_by_name, 600)
{
	struct edu *target = scene_target(&self->scene);
	const char *display = getenv("VFIO_MIG_BOCHS");
	struct edu edu = *target;

	ASSERT_NE(NULL, display);
	self->scene.way = &acks_way;
	ASSERT_EQ(0, qemu_capability(source(&self->scene), "return-path"));
	ASSERT_EQ(0, qemu_capability(source(&self->scene), "switchover-ack"));
	snprintf(target->bdf, sizeof(target->bdf), "%s", display);
	ASSERT_EQ(0, vfiomig_bind(display, "bochs_vfio_pci", &edu.error)) {
		LOG_EDU(&edu);
	}
	ASSERT_SCENE(scene_start_other(&self->scene));
	ASSERT_SCENE(scene_migrate(&self->scene));
	ASSERT_SCENE(scene_wait(&self->scene));
	ASSERT_EQ(0, ask_device(display, &self->told));
	*target = edu;
	ASSERT_ENDED("failed");
	TH_LOG("%s", self->told.last_error.text);
	EXPECT_NE(NULL, strstr(self->told.last_error.text, "device is 0x11e8"));
	/* The guest was never stopped for it. */
	EXPECT_EQ(NULL, strstr(source(&self->scene)->events, "device"));
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

/* In the device's stream, which is somewhere in the @size bytes @at. */
static int change_revision(void *at, size_t size)
{
	struct bytes stream = {
		.at = memmem(at, size, VFIO_MIG_STREAM_MAGIC, 8),
		.length = HEADER_SIZE,
	};

	if (!stream.at)
		return -ENOENT;
	stream.at[HEADER_REVISION]++;
	reseal_header(&stream);
	return 0;
}

static int change_moved(void)
{
	int fd = open(MOVED, O_RDWR | O_CLOEXEC), ret = -EIO;
	off_t size = lseek(fd, 0, SEEK_END);
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED) {
		ret = change_revision(at, size);
		munmap(at, size);
	}
	close(fd);
	return ret;
}

TEST_F_TIMEOUT(refusal, another_revision_refuses_by_name, 600)
{
	struct qemu *target = &self->scene.qemu[!self->scene.at];

	self->scene.way = &file_way;
	ASSERT_SCENE(scene_start_other(&self->scene));
	ASSERT_SCENE(scene_migrate(&self->scene));
	ASSERT_SCENE(scene_wait(&self->scene));
	ASSERT_ENDED("completed");
	ASSERT_EQ(0, change_moved());
	ASSERT_EQ(0, qemu_incoming(target, file_way.address));
	/* It ends then, and may not have the time to say so. */
	qemu_wait_migration(target);
	EXPECT_STRNE("completed", target->event);
	ASSERT_EQ(0, ask_device(scene_target(&self->scene)->bdf, &self->told));
	TH_LOG("%s", self->told.last_error.text);
	EXPECT_NE(NULL, strstr(self->told.last_error.text, "revision is 0x11"));
	ASSERT_EQ(0, qemu_continue(source(&self->scene)));
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

/*
 * Something is mostly pending at the edu of a guest that works.  When nothing is,
 * the destination takes it; what lacks the property never has anything pending,
 * so the guest goes back before the next attempt.
 */
TEST_F_TIMEOUT(refusal, lacking_a_property_refuses_by_name, 600)
{
	int attempt = 0;

	self->scene.way = &asks_way;
	ASSERT_EQ(0, qemu_capability(source(&self->scene), "return-path"));
	for (;;) {
		ASSERT_LT(attempt++, 20);
		ASSERT_EQ(0, set_property(scene_target(&self->scene)->bdf,
					  "dma-pending", false));
		ASSERT_SCENE(scene_start_other(&self->scene));
		ASSERT_SCENE(scene_migrate(&self->scene));
		ASSERT_SCENE(scene_wait(&self->scene));
		if (strcmp("completed", source(&self->scene)->event))
			break;
		ASSERT_SCENE(scene_guest_left(&self->scene));
		qemu_stop(&self->scene.qemu[!self->scene.at]);
		ASSERT_SCENE(scene_move(&self->scene));
	}
	ASSERT_ENDED("failed");
	ASSERT_EQ(0, ask_device(scene_target(&self->scene)->bdf, &self->told));
	TH_LOG("%s", self->told.last_error.text);
	EXPECT_NE(NULL, strstr(self->told.last_error.text, "dma"));
	ASSERT_SCENE(scene_guest_goes_on(&self->scene));
}

TEST_F_TIMEOUT(refusal, two_devices_without_p2p_do_not_start, 600)
{
	struct edu *target = scene_target(&self->scene);
	struct qemu_setup setup = { .count = 2 };
	struct qemu qemu;
	struct edu other;

	ASSERT_EDU(&other, open_nth(&other, 2, false));
	edu_close(&other);
	ASSERT_EQ(0, set_property(other.bdf, "p2p", false));
	setup.name[0] = target->bdf;
	setup.name[1] = other.bdf;
	EXPECT_NE(0, qemu_start(&qemu, &setup));
	EXPECT_TRUE(qemu_said(&qemu, "all of them support P2P migration")) {
		TH_LOG("%s", qemu.failure);
	}
	qemu_stop(&qemu);
	EXPECT_EQ(0, set_property(other.bdf, "p2p", true));
}

TEST_HARNESS_MAIN
