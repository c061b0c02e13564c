// SPDX-License-Identifier: GPL-2.0
/*
 * Unmodified QEMU live-migrates a guest that works with an edu all the time,
 * from one edu to another and back.  The guest counts its rounds and checks
 * each result, each byte and each interrupt: it must not see the move.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common.h"
#include "qemu.h"

#define ADDRESS	"unix:/tmp/vfio-mig-qemu"
#define SEED	4711

FIXTURE(migration)
{
	struct edu ports[2];
	struct qemu qemu[2];
	struct guest guest;
	int at;
};

FIXTURE_VARIANT(migration)
{
	const char *hidden;
};

FIXTURE_VARIANT_ADD(migration, all_states) { .hidden = NULL };
FIXTURE_VARIANT_ADD(migration, no_p2p) { .hidden = "p2p" };
FIXTURE_VARIANT_ADD(migration, no_pre_copy) { .hidden = "pre-copy" };

static int set_property(const char *bdf, const char *name, const char *value)
{
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio_mig/%s",
		 bdf, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

FIXTURE_SETUP(migration)
{
	int i;

	memset(self->qemu, 0, sizeof(self->qemu));
	memset(&self->guest, 0, sizeof(self->guest));
	self->guest.round = -1;
	self->at = 0;
	ASSERT_EDU(&self->ports[0],
		   open_pair(&self->ports[0], &self->ports[1]));
	for (i = 0; i < 2; i++) {
		edu_close(&self->ports[i]);
		if (variant->hidden)
			ASSERT_EQ(0, set_property(self->ports[i].bdf,
						  variant->hidden, "0"));
	}
	ASSERT_EQ(0, qemu_start(&self->qemu[0], self->ports[0].bdf, NULL)) {
		TH_LOG("%s", self->qemu[0].failure);
	}
	ASSERT_EQ(0, guest_listen(&self->guest, &self->qemu[0], 1)) {
		TH_LOG("%s", self->guest.complaint);
	}
}

FIXTURE_TEARDOWN(migration)
{
	int i;

	for (i = 0; i < 2; i++) {
		qemu_stop(&self->qemu[i]);
		clear_faults(&self->ports[i]);
		if (variant->hidden)
			set_property(self->ports[i].bdf, variant->hidden, "1");
	}
}

/* The other QEMU, waiting for the guest. */
#define START_OTHER()							\
	ASSERT_EQ(0, qemu_start(&self->qemu[!self->at],			\
				self->ports[!self->at].bdf, ADDRESS)) {	\
		TH_LOG("%s", self->qemu[!self->at].failure);		\
	}

#define MIGRATE()							\
	ASSERT_EQ(0, qemu_migrate(&self->qemu[self->at], ADDRESS)) {	\
		TH_LOG("%s", self->qemu[self->at].failure);		\
	}

#define WAIT_MIGRATION()						\
	ASSERT_EQ(0, qemu_wait_migration(&self->qemu[self->at])) {	\
		TH_LOG("%s", self->qemu[self->at].failure);		\
	}

/* The guest goes on for some rounds where it is. */
#define GUEST_GOES_ON()							\
	ASSERT_EQ(0, guest_listen(&self->guest, &self->qemu[self->at], 3)) { \
		TH_LOG("after round %ld: %s", self->guest.round,	\
		       self->guest.complaint);				\
	}

/* What it said until it was stopped; the rest it says elsewhere. */
#define GUEST_HAS_LEFT()						\
	ASSERT_EQ(0, guest_listen(&self->guest, &self->qemu[self->at], 0))

TEST_F_TIMEOUT(migration, guest_does_not_see_the_move, 600)
{
	int move;

	for (move = 0; move < 4; move++) {
		START_OTHER();
		MIGRATE();
		WAIT_MIGRATION();
		ASSERT_EQ(0, strcmp("completed", self->qemu[self->at].event)) {
			TH_LOG("%s", self->qemu[self->at].event);
		}
		GUEST_HAS_LEFT();
		qemu_stop(&self->qemu[self->at]);
		self->at = !self->at;
		GUEST_GOES_ON();
	}
}

TEST_F_TIMEOUT(migration, guest_goes_on_after_a_cancel_at_any_moment, 600)
{
	struct timespec pause = {};
	int move;

	srandom(SEED);
	TH_LOG("seed %d", SEED);
	for (move = 0; move < 5; move++) {
		START_OTHER();
		MIGRATE();
		pause.tv_nsec = random() % 300000000;
		nanosleep(&pause, NULL);
		ASSERT_EQ(0, qemu_command(&self->qemu[self->at],
					  "{\"execute\":\"migrate_cancel\"}"));
		WAIT_MIGRATION();
		if (!strcmp("completed", self->qemu[self->at].event)) {
			GUEST_HAS_LEFT();
			self->at = !self->at;
		}
		qemu_stop(&self->qemu[!self->at]);
		GUEST_GOES_ON();
	}
}

TEST_F_TIMEOUT(migration, guest_goes_on_if_the_destination_dies, 600)
{
	START_OTHER();
	MIGRATE();
	qemu_stop(&self->qemu[!self->at]);
	WAIT_MIGRATION();
	EXPECT_EQ(0, strcmp("failed", self->qemu[self->at].event));
	GUEST_GOES_ON();
}

TEST_F_TIMEOUT(migration, guest_goes_on_if_the_destination_cannot_load, 600)
{
	START_OTHER();
	ASSERT_EQ(0, fail_arc(&self->ports[!self->at], VFIO_MIG_STOP,
			      VFIO_MIG_RESUMING, EIO, 1));
	MIGRATE();
	WAIT_MIGRATION();
	EXPECT_EQ(0, strcmp("failed", self->qemu[self->at].event));
	GUEST_GOES_ON();
}

TEST_HARNESS_MAIN
