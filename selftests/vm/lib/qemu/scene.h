/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two QEMUs with the same devices each, and a guest that moves from one to the
 * other.
 */
#ifndef SELFTESTS_QEMU_SCENE_H
#define SELFTESTS_QEMU_SCENE_H

#include "common.h"
#include "qemu.h"

#define SCENE_CAPABILITIES	3

/*
 * A serial is there by serials.h.  The last two are created, and there as long as their
 * module is.
 */
enum scene_kind {
	SCENE_EDU, SCENE_DISPLAY, SCENE_SERIAL, SCENE_IGBVF, SCENE_MTTY, SCENE_SOFTWARE
};

/* The name of a tap begins so, and ends in the number of its QEMU, 0 or 1. */
#define SCENE_TAP	"scene-tap"

/**
 * struct way - how a guest is moved
 * @address: Where the source goes, and the destination listens.
 * @file: That is a file: the destination reads it when the source has ended.
 * @defer: The destination is told so by QMP, and not on its command line.
 * @capabilities: Which both QEMUs are given.
 * @options: More options of the devices, with a comma before.
 * @tls: By QEMU's TLS, with a key that both have.
 * @linux_guest: What is moved is a Linux.
 * @tcg: By TCG, where there is KVM too.
 * @tap: It has a virtio-net card, for which there is a tap.
 * @kinds: What each device is; of what is no edu there is the name in its
 *	struct edu.
 * @downtime_ms: How long the guest may stand still at most; 0: a minute, as
 *	without a tracker of dirty pages all memory is sent again when it stops.
 * @lingers: The destination reads nothing before the guest has ended some rounds more.
 */
struct way {
	const char *address;
	bool file;
	bool defer;
	const char *capabilities[SCENE_CAPABILITIES];
	const char *options;
	bool tls;
	bool linux_guest;
	bool tcg;
	bool tap;
	enum scene_kind kinds[QEMU_DEVICES];
	unsigned int downtime_ms;
	bool lingers;
};

/* One host, precopy, nothing else. */
extern const struct way plain_way;

/**
 * struct scene - who is on it
 * @way: How the guest is moved.
 * @edus: The devices: those of the first QEMU, then those of the second.
 * @each: How many each QEMU has.
 * @qemu: The QEMUs.
 * @at: Which of them has the guest.
 * @guest: What the guest has said.
 * @figures: Of the last migration that was completed.
 * @failure: Why the last function failed.
 */
struct scene {
	const struct way *way;
	struct edu edus[2 * QEMU_DEVICES];
	unsigned int each;
	struct qemu qemu[2];
	int at;
	struct guest guest;
	struct figures figures;
	char failure[768];
};

/* Can devices of a kind be created here? */
bool scene_can_create(enum scene_kind kind);

/* All that follow return 0 or -errno, and say in @failure why. */

/*
 * Find and bind the devices, show all optional states but @hidden (or NULL),
 * and boot the guest in the first QEMU.
 */
int scene_begin(struct scene *scene, const struct way *way, unsigned int each,
		const char *hidden);

/* End what runs; no faults, and nothing hidden. */
void scene_end(struct scene *scene);

/* The edu in the first slot of the QEMU that has the guest, or has it not. */
struct edu *scene_source(struct scene *scene);
struct edu *scene_target(struct scene *scene);

/* The other QEMU, waiting for the guest. */
int scene_start_other(struct scene *scene);

/* Begin to migrate; until that is over one way or the other. */
int scene_migrate(struct scene *scene);
int scene_wait(struct scene *scene);

/* No longer than what ends by itself can take: is it held up? */
int scene_wait_held(struct scene *scene, bool *held);

/* Start the other, migrate, and be there: the guest goes on. */
int scene_move(struct scene *scene);

/* The same when the other has been started. */
int scene_go(struct scene *scene);

/* The migration has ended like this: "completed", "failed" or "cancelled". */
bool scene_ended(struct scene *scene, const char *status);

/* The guest has left: what it said before, and then it is at the other. */
int scene_guest_left(struct scene *scene);

/* It goes on for some rounds where it is. */
int scene_guest_goes_on(struct scene *scene);

#endif /* SELFTESTS_QEMU_SCENE_H */
