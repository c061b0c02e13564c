// SPDX-License-Identifier: GPL-2.0
/*
 * Who binds a device has it when that returns, whatever takes it at that moment: another
 * driver, as that of a device which was plugged in just now does, or the same one.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "mig_netlink.h"

#define DRIVERS		"/sys/bus/pci/drivers/"
#define EDU_ID		"1234 11e8"
#define ROUNDS		50

/* How often another driver has to come in between. */
#define THEFTS		3

FIXTURE(taken)
{
	char bdf[64];
	pthread_t thread;
	atomic_bool quit;
	atomic_uint round;
	atomic_uint thefts;
	pthread_barrier_t free;
	pthread_barrier_t bound;
};

FIXTURE_SETUP(taken)
{
	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, vfiomig_bind(self->bdf, "edu_vfio_pci", NULL));
	pthread_barrier_init(&self->free, NULL, 2);
	pthread_barrier_init(&self->bound, NULL, 2);
}

FIXTURE_TEARDOWN(taken)
{
	pthread_barrier_destroy(&self->free);
	pthread_barrier_destroy(&self->bound);
	/* To whom it belongs is forgotten first, which is vfio-pci if that came in between. */
	vfiomig_unbind(self->bdf, NULL);
	write_file(DRIVERS "vfio-pci/remove_id", EDU_ID);
	write_file(DRIVERS "vfio-pci/unbind", self->bdf);
	EXPECT_EQ(0, vfiomig_bind(self->bdf, "edu_vfio_pci", NULL));
}

/* Takes it for vfio-pci whenever it is free.  Odd are the rounds in which it is bound. */
static void *steal(void *ctx)
{
	FIXTURE_DATA(taken) * self = ctx;

	while (!atomic_load(&self->quit)) {
		unsigned int round = atomic_load(&self->round);

		if (!write_file(DRIVERS "vfio-pci/bind", self->bdf) &&
		    round & 1 && round == atomic_load(&self->round))
			atomic_fetch_add(&self->thefts, 1);
	}
	return NULL;
}

TEST_F_TIMEOUT(taken, by_a_driver_that_was_not_asked_for, 240)
{
	struct vfiomig_error error;
	int ret = 0;

	ASSERT_EQ(0, vfiomig_bind(self->bdf, "vfio-pci", NULL));
	ASSERT_EQ(0, write_file(DRIVERS "vfio-pci/new_id", EDU_ID));
	ASSERT_EQ(0, pthread_create(&self->thread, NULL, steal, self));
	while (!ret && atomic_load(&self->thefts) < THEFTS) {
		/* Nobody says now to whom it belongs. */
		ret = vfiomig_unbind(self->bdf, &error);
		atomic_fetch_add(&self->round, 1);
		ret = ret ? ret : vfiomig_bind(self->bdf, "edu_vfio_pci", &error);
		atomic_fetch_add(&self->round, 1);
	}
	atomic_store(&self->quit, true);
	pthread_join(self->thread, NULL);
	EXPECT_EQ(0, ret) {
		TH_LOG("%s", error.text);
	}
}

static void *bind_it_too(void *ctx)
{
	FIXTURE_DATA(taken) * self = ctx;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		write_file(DRIVERS "edu_vfio_pci/unbind", self->bdf);
		pthread_barrier_wait(&self->free);
		write_file(DRIVERS "edu_vfio_pci/bind", self->bdf);
		pthread_barrier_wait(&self->bound);
	}
	return NULL;
}

/* What is bound is there: all that its driver makes of it is. */
TEST_F_TIMEOUT(taken, by_the_same_driver, 240)
{
	unsigned int i, missing = 0, failed = 0;
	struct told_device told;

	ASSERT_EQ(0, pthread_create(&self->thread, NULL, bind_it_too, self));
	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&self->free);
		failed += !!vfiomig_bind(self->bdf, "edu_vfio_pci", NULL);
		missing += !!ask_device(self->bdf, &told);
		pthread_barrier_wait(&self->bound);
	}
	pthread_join(self->thread, NULL);
	EXPECT_EQ(0, failed);
	EXPECT_EQ(0, missing);
}

/*
 * Who binds a device that is just being plugged in fails, as no driver may have it yet,
 * and takes back who shall; by then the kernel may have given it to that driver.
 */
TEST_F(taken, by_a_driver_that_nobody_says_may_have_it)
{
	struct vfiomig_error error;
	char path[96];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override",
		 self->bdf);
	ASSERT_EQ(0, write_file(path, "\n"));
	EXPECT_EQ(0, vfiomig_bind(self->bdf, "edu_vfio_pci", &error)) {
		TH_LOG("%s", error.text);
	}
}

TEST_HARNESS_MAIN
