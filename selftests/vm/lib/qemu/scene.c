// SPDX-License-Identifier: GPL-2.0
/* scene.h says what is here. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edu_stream.h"
#include "edu_view.h"
#include "named.h"
#include "scene.h"
#include "serials.h"

#define ROUNDS			2
/* More than any other migration takes; one may leave no time for the other. */
#define HELD_ROUNDS		20
#define HELD_PASSES		50
#define LONG_DOWNTIME_MS	60000
#define TYPES			"/sys/class/mdev_bus/%s/mdev_supported_types/%s/create"
#define NAME			"83b8f4f2-509f-382f-3c1e-e6bfe0fa%02x%02x"

const struct way plain_way = { .address = "unix:/tmp/vfio-mig-qemu" };

/* Adds what is known of it to @ret, unless that is 0. */
static int because(struct scene *scene, int ret, const char *what,
		   struct qemu *qemu)
{
	/* It is gone. */
	if (ret == -EPIPE && qemu)
		qemu_last_words(qemu);
	if (ret)
		snprintf(scene->failure, sizeof(scene->failure), "%s: %s; %s",
			 what, strerror(-ret), qemu ? qemu->failure : "");
	return ret;
}

static struct qemu *here(struct scene *scene)
{
	return &scene->qemu[scene->at];
}

static struct qemu *there(struct scene *scene)
{
	return &scene->qemu[!scene->at];
}

/* Which step of the guest @ret is of, unless that is 0. */
static int guest_because(struct scene *scene, int ret)
{
	struct qemu *qemu = here(scene);
	const char *more = "", *of = "";
	char why[320];

	if (!ret)
		return 0;
	guest_why(&scene->guest, ret, why, sizeof(why));
	/* It is gone. */
	if (ret == -EPIPE) {
		qemu_last_words(qemu);
		more = "; ";
		of = qemu->failure;
	}
	/* Has it left? */
	if (ret == -ETIMEDOUT && qemu_migration_over(qemu)) {
		more = "; its migration is ";
		of = qemu->event;
	}
	snprintf(scene->failure, sizeof(scene->failure), "the guest in QEMU %d: %s%s%s",
		 scene->at + 1, why, more, of);
	return ret;
}

struct edu *scene_source(struct scene *scene)
{
	return &scene->edus[scene->at * scene->each];
}

struct edu *scene_target(struct scene *scene)
{
	return &scene->edus[!scene->at * scene->each];
}

static int start_qemu(struct scene *scene, int which, const char *incoming)
{
	struct qemu_setup setup = {
		.count = scene->each,
		.options = scene->way->options,
		.linux_guest = scene->way->linux_guest,
		.tcg = scene->way->tcg,
		.incoming = incoming,
	};
	unsigned int i;
	char tap[16];
	int ret;

	snprintf(tap, sizeof(tap), SCENE_TAP "%d", which);
	if (scene->way->tap)
		setup.tap = tap;
	for (i = 0; i < scene->each; i++)
		setup.name[i] = scene->edus[which * scene->each + i].bdf;
	ret = qemu_start(&scene->qemu[which], &setup);
	return because(scene, ret, "QEMU", &scene->qemu[which]);
}

static int set_capabilities(struct scene *scene, struct qemu *qemu)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < SCENE_CAPABILITIES; i++)
		if (scene->way->capabilities[i])
			ret = qemu_capability(qemu,
					      scene->way->capabilities[i]);
	return because(scene, ret, "capabilities", qemu);
}

static int set_tls(struct scene *scene, struct qemu *qemu, const char *endpoint)
{
	int ret;

	if (!scene->way->tls)
		return 0;
	ret = qemu_make_key(QEMU_KEY);
	return because(scene, ret ?: qemu_tls(qemu, endpoint), "TLS", qemu);
}

/* Opened once, for the library binds it to its driver then. */
static int prepare_edu(struct scene *scene, unsigned int i, const char *hidden)
{
	struct edu *edu = &scene->edus[i];
	int ret = open_nth(edu, i, false);

	if (ret) {
		snprintf(scene->failure, sizeof(scene->failure), "%s: %s",
			 edu->bdf, edu->error.text);
		return ret;
	}
	edu_close(edu);
	return hidden ? set_property(edu->bdf, hidden, false) : 0;
}

/* @found: 0, or that there is none. */
static int bind_to(struct scene *scene, struct edu *edu, const char *driver,
		   int found)
{
	int ret = found;

	if (!ret)
		ret = vfiomig_bind(edu->bdf, driver, &edu->error);
	if (ret)
		snprintf(scene->failure, sizeof(scene->failure), "%s: %s",
			 edu->bdf, edu->error.text);
	return ret;
}

/* The @i-th of those that the environment names in @variable. */
static int prepare_named(struct scene *scene, unsigned int i, const char *variable,
			 const char *driver)
{
	struct edu *edu = &scene->edus[i];

	return bind_to(scene, edu, driver,
		       device_named(variable, i, edu->bdf, sizeof(edu->bdf)));
}

/* It is where an edu was. */
static int prepare_serial(struct scene *scene, unsigned int i)
{
	struct edu *edu = &scene->edus[i];

	return bind_to(scene, edu, SERIAL_DRIVER,
		       edu_find(i, false, edu->bdf, sizeof(edu->bdf)));
}

static void created_by(enum scene_kind kind, char *path, size_t size)
{
	if (kind == SCENE_MTTY)
		snprintf(path, size, TYPES, "mtty", "mtty-1");
	else
		snprintf(path, size, TYPES, "edu_mdev", "edu_mdev-edu");
}

bool scene_can_create(enum scene_kind kind)
{
	char path[128];

	created_by(kind, path, sizeof(path));
	return !access(path, F_OK);
}

/* The module is there; a device of it stays until that goes. */
static int prepare_mdev(struct scene *scene, unsigned int i,
			enum scene_kind kind)
{
	struct edu *edu = &scene->edus[i];
	struct vfiomig_info info;
	char path[128];

	snprintf(edu->bdf, sizeof(edu->bdf), NAME, kind, i);
	if (!vfiomig_lookup(edu->bdf, &info, &edu->error))
		return 0;
	created_by(kind, path, sizeof(path));
	return because(scene, write_file(path, edu->bdf), edu->bdf, NULL);
}

static enum scene_kind kind(struct scene *scene, unsigned int i)
{
	return scene->way->kinds[i % scene->each];
}

static int prepare(struct scene *scene, unsigned int i, const char *hidden)
{
	switch (kind(scene, i)) {
	case SCENE_DISPLAY:
		return prepare_named(scene, i, "VFIO_MIG_BOCHS", "bochs_vfio_pci");
	case SCENE_SERIAL:
		return prepare_serial(scene, i);
	case SCENE_IGBVF:
		return prepare_named(scene, i, "VFIO_MIG_IGBVF", "igbvf_vfio_pci");
	case SCENE_EDU:
		return prepare_edu(scene, i, hidden);
	default:
		return prepare_mdev(scene, i, kind(scene, i));
	}
}

int scene_begin(struct scene *scene, const struct way *way, unsigned int each,
		const char *hidden)
{
	unsigned int i;
	int ret = 0;

	memset(scene, 0, sizeof(*scene));
	scene->way = way;
	scene->each = each;
	scene->guest.round = -1;
	for (i = 0; !ret && i < 2 * each; i++)
		ret = prepare(scene, i, hidden);
	if (!ret)
		ret = start_qemu(scene, 0, NULL);
	if (!ret)
		ret = set_capabilities(scene, here(scene));
	if (!ret)
		ret = scene_guest_goes_on(scene);
	return ret;
}

void scene_end(struct scene *scene)
{
	unsigned int i;

	qemu_stop(&scene->qemu[0]);
	qemu_stop(&scene->qemu[1]);
	for (i = 0; i < 2 * scene->each; i++) {
		if (kind(scene, i) != SCENE_EDU)
			continue;
		clear_faults(&scene->edus[i]);
		set_property(scene->edus[i].bdf, "p2p", true);
		set_property(scene->edus[i].bdf, "pre-copy", true);
		set_property(scene->edus[i].bdf, "dma-pending", true);
	}
}

int scene_start_other(struct scene *scene)
{
	const struct way *way = scene->way;
	bool defer = way->defer || way->file;
	int ret;

	ret = start_qemu(scene, !scene->at, defer ? "defer" : way->address);
	if (!ret)
		ret = set_capabilities(scene, there(scene));
	if (!ret)
		ret = set_tls(scene, there(scene), "server");
	if (!ret && defer && !way->file)
		ret = because(scene, qemu_incoming(there(scene), way->address),
			      "migrate-incoming", there(scene));
	return ret;
}

static int begin_migration(struct scene *scene)
{
	return because(scene, qemu_migrate(here(scene), scene->way->address),
		       "migrate", here(scene));
}

/*
 * What a socket takes in is less than the guest's memory, so without a reader the first
 * pass does not end.  A downtime limit of 0 would not do: the guest is stopped after that
 * pass then, whatever it has written.
 */
static int linger(struct scene *scene)
{
	int ret;

	qemu_freeze(there(scene));
	ret = begin_migration(scene);
	if (!ret)
		ret = scene_guest_goes_on(scene);
	qemu_thaw(there(scene));
	return ret;
}

int scene_migrate(struct scene *scene)
{
	unsigned int limit = scene->way->downtime_ms ?: LONG_DOWNTIME_MS;
	int ret = set_tls(scene, here(scene), "client");

	if (!ret)
		ret = because(scene, qemu_downtime_limit(here(scene), limit),
			      "downtime limit", here(scene));
	if (ret)
		return ret;
	return scene->way->lingers ? linger(scene) : begin_migration(scene);
}

int scene_wait(struct scene *scene)
{
	return because(scene, qemu_wait_migration(here(scene)), "waiting",
		       here(scene));
}

int scene_wait_held(struct scene *scene, bool *held)
{
	long until = scene->guest.round + HELD_ROUNDS;
	struct qemu *qemu = here(scene);
	int ret = 0;

	while (!ret && scene->guest.round < until &&
	       qemu->passes < HELD_PASSES && !qemu_migration_over(qemu)) {
		ret = qemu_wait_word(qemu, guest_silence_ms(&scene->guest));
		if (!ret)
			ret = guest_listen(&scene->guest, qemu, 0);
	}
	*held = !qemu_migration_over(qemu);
	return guest_because(scene, ret);
}

bool scene_ended(struct scene *scene, const char *status)
{
	if (!strcmp(here(scene)->event, status))
		return true;
	snprintf(scene->failure, sizeof(scene->failure),
		 "the source went through %s and not to %s",
		 here(scene)->events, status);
	return false;
}

int scene_guest_left(struct scene *scene)
{
	int ret = guest_because(scene, guest_listen(&scene->guest, here(scene), 0));

	scene->at = !scene->at;
	return ret;
}

int scene_guest_goes_on(struct scene *scene)
{
	return guest_because(scene, guest_listen(&scene->guest, here(scene), ROUNDS));
}

/* The destination has to say so as well. */
static int arrive(struct scene *scene)
{
	int ret = 0;

	if (scene->way->file)
		ret = qemu_incoming(there(scene), scene->way->address);
	if (!ret && (scene->way->file || scene->way->defer))
		ret = qemu_wait_migration(there(scene));
	ret = because(scene, ret, "arrival", there(scene));
	if (!ret)
		ret = scene_guest_left(scene);
	return ret;
}

int scene_move(struct scene *scene)
{
	return scene_start_other(scene) ?: scene_go(scene);
}

int scene_go(struct scene *scene)
{
	int ret = scene_migrate(scene);

	if (!ret)
		ret = scene_wait(scene);
	if (!ret && !scene_ended(scene, "completed"))
		ret = -EPROTO;
	if (!ret)
		ret = because(scene,
			      qemu_figures(here(scene), &scene->figures),
			      "query-migrate", here(scene));
	if (!ret)
		ret = arrive(scene);
	scene->guest.pause_ms = scene->figures.downtime_ms;
	if (!ret)
		qemu_stop(there(scene));
	if (!ret)
		ret = scene_guest_goes_on(scene);
	return ret;
}
