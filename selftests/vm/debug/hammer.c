// SPDX-License-Identifier: GPL-2.0
/*
 * Many threads do at once all that can be done to a device, while it is opened and
 * closed, bound and unbound, plugged and unplugged.  Now and then they all wait, and
 * what the device, netlink and the data files say of each other has to agree.
 *
 * For SECONDS, more if $VFIO_MIG_FULL, or as $VFIO_MIG_SECONDS says, and until each has
 * happened.  Of an edu, or in a VM that has none of a display or a VF of igb.  An edu in
 * software is on no bus: it is created and deleted, and has no plug.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bochs.h"
#include "edu_stream.h"
#include "hammer.h"
#include "named.h"
#include "setting.h"
#include "vfiomig_access.h"
#include "vfiomig_admin.h"
#include "vm_monitor.h"

#define SECONDS		10
#define FULL_SECONDS	25
#define TIMEOUT	3600	/* it is the list of tests that says how long */
#define THREADS	32

/* How a device's life can end, while threads still use it. */
enum end {
	BY_CLOSE,
	BY_UNBIND,
	BY_UNPLUG,
	NR_ENDS,
};

static const char * const end_names[] = { "closed", "unbound", "unplugged" };

struct task {
	struct hammer *hammer;
	struct hammer_tool *tool;
	unsigned int seed;
	pthread_t thread;
};

/**
 * struct scene - the hammer, and what only its owner uses
 * @edu: The device; of what is no edu, just its library's handle.
 * @monitor: Of the VM's QEMU, to unplug with.
 * @lives: How often the device was opened, by how that ended.
 * @looks: How often it was looked at, at rest.
 * @tasks: The @num_tasks threads that use the device.
 */
struct scene {
	struct hammer hammer;
	struct task tasks[THREADS];
	unsigned int num_tasks;
	struct edu edu;
	struct vm_monitor monitor;
	unsigned int lives[NR_ENDS];
	unsigned int looks;
	unsigned int seed;
};

/* ---- open, close ---- */

static const char *driver_of(const struct hammer *hammer)
{
	static const char * const drivers[] = {
		[HAMMER_EDU] = "edu_vfio_pci",
		[HAMMER_DISPLAY] = "bochs_vfio_pci",
		[HAMMER_VF] = "igbvf_vfio_pci",
	};

	return drivers[hammer->kind];
}

static int open_once(struct scene *scene)
{
	struct hammer *hammer = &scene->hammer;
	int ret;

	if (hammer->kind == HAMMER_EDU)
		return edu_open(&scene->edu, hammer->bdf);
	ret = vfiomig_open(hammer->bdf, VFIOMIG_IOMMU_AUTO, &scene->edu.dev,
			   &scene->edu.error);
	if (ret)
		return ret;
	return vfiomig_pci_command(scene->edu.dev, PCI_COMMAND_MEMORY, 0,
				   &scene->edu.error);
}

/* Some thread may still have it from before, or be resetting it. */
static bool is_in_use(int error)
{
	return error == -EBUSY || error == -EINVAL || error == -EAGAIN;
}

static int open_device(struct scene *scene)
{
	struct hammer *hammer = &scene->hammer;
	__u64 features;
	int ret;

	do {
		ret = open_once(scene);
	} while (is_in_use(ret) && !usleep(1000));
	if (!ret)
		ret = vfiomig_features(scene->edu.dev, &features,
				       &scene->edu.error);
	if (ret)
		return ret;
	atomic_store(&hammer->features, features);
	pthread_mutex_lock(&hammer->lock);
	hammer->fd = vfiomig_fd(scene->edu.dev);
	pthread_mutex_unlock(&hammer->lock);
	return 0;
}

static void close_device(struct scene *scene)
{
	pthread_mutex_lock(&scene->hammer.lock);
	scene->hammer.fd = -1;
	pthread_mutex_unlock(&scene->hammer.lock);
	edu_close(&scene->edu);
}

/* ---- bind, plug ---- */

/* It is bound anew, and nothing is counted yet. */
static void forget_counts(struct hammer *hammer)
{
	pthread_rwlock_wrlock(&hammer->quiet);
	memset(&hammer->counts, 0, sizeof(hammer->counts));
	atomic_fetch_or(&hammer->bound, 1);
	atomic_fetch_add(&hammer->bound, 1);
	pthread_rwlock_unlock(&hammer->quiet);
}

static bool is_there(const struct hammer *hammer)
{
	char path[96];

	device_file(path, sizeof(path), hammer->bdf, "");
	return !access(path, F_OK);
}

static int bind_once(struct scene *scene)
{
	const struct hammer *hammer = &scene->hammer;

	if (!is_software(hammer->bdf))
		return vfiomig_bind(hammer->bdf, driver_of(hammer),
				    &scene->edu.error);
	return is_there(hammer) ? 0 : return_to_driver(hammer->bdf, NULL);
}

/* What was just plugged in is there a little before a driver can have it. */
static int bind_device(struct scene *scene)
{
	struct hammer *hammer = &scene->hammer;
	int ret;

	do {
		ret = bind_once(scene);
	} while (ret == -ENODEV && !usleep(10000));
	forget_counts(hammer);
	return ret;
}

/*
 * The administrator resets it no more: who does so waits for whoever unbinds it,
 * who waits for all that have it open, and that one has.
 */
static void begin_to_unbind(struct hammer *hammer)
{
	pthread_rwlock_wrlock(&hammer->quiet);
	atomic_fetch_or(&hammer->bound, 1);
	pthread_rwlock_unlock(&hammer->quiet);
}

static void *take_from_driver(void *ctx)
{
	struct hammer *hammer = ctx;
	char path[96];
	int ret;

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/unbind",
		 driver_of(hammer));
	ret = is_software(hammer->bdf) ? leave_driver(hammer->bdf, NULL) :
					 write_file(path, hammer->bdf);
	if (ret)
		hammer_complain(hammer, "unbind: %s", strerror(-ret));
	return NULL;
}

/* It waits until nobody has the device open any more. */
static int end_by_unbind(struct scene *scene)
{
	pthread_t thread;
	int ret;

	begin_to_unbind(&scene->hammer);
	ret = pthread_create(&thread, NULL, take_from_driver, &scene->hammer);
	if (ret)
		return -ret;
	usleep(rand_r(&scene->seed) % 20000);
	close_device(scene);
	pthread_join(thread, NULL);
	return bind_device(scene);
}

static int no_unplug(struct scene *scene, int ret)
{
	const char *why = strstr(scene->monitor.answer, "Error");

	snprintf(scene->edu.error.text, sizeof(scene->edu.error.text),
		 "%.200s", why ? why : "the monitor says nothing");
	return ret;
}

/* The first edu is edu0, behind the first port. */
static int end_by_unplug(struct scene *scene)
{
	int ret;

	begin_to_unbind(&scene->hammer);
	ret = vm_monitor_ask(&scene->monitor, "device_del edu0");
	if (ret)
		return no_unplug(scene, ret);
	usleep(rand_r(&scene->seed) % 20000);
	close_device(scene);
	while (is_there(&scene->hammer))
		usleep(1000);
	/* QEMU hears of it a little later. */
	do {
		ret = vm_monitor_ask(&scene->monitor,
				     "device_add edu,bus=rp1,id=edu0");
	} while (ret == -EREMOTEIO &&
		 strstr(scene->monitor.answer, "uplicate") && !usleep(10000));
	if (ret)
		return no_unplug(scene, ret);
	while (!is_there(&scene->hammer))
		usleep(1000);
	return bind_device(scene);
}

static void look(struct scene *scene)
{
	struct hammer *hammer = &scene->hammer;

	pthread_rwlock_wrlock(&hammer->quiet);
	scene->looks++;
	hammer_look_at_device(hammer, &scene->edu);
	if (!(rand_r(&scene->seed) % 8))
		hammer_look_at_reset(hammer, &scene->edu);
	pthread_rwlock_unlock(&hammer->quiet);
}

static void look_at_closed(struct scene *scene)
{
	pthread_rwlock_wrlock(&scene->hammer.quiet);
	hammer_look_at_closed(&scene->hammer);
	pthread_rwlock_unlock(&scene->hammer.quiet);
}

/* ---- the threads, and the lives of the device ---- */

static void *hit(void *ctx)
{
	struct task *task = ctx;
	struct hammer *hammer = task->hammer;

	while (!atomic_load(&hammer->quit)) {
		pthread_rwlock_rdlock(&hammer->quiet);
		task->tool->hit(hammer, &task->seed);
		pthread_rwlock_unlock(&hammer->quiet);
		atomic_fetch_add(&task->tool->hits, 1);
		/* The one processor is for the others too. */
		usleep(rand_r(&task->seed) % 1000);
	}
	return NULL;
}

static int begin_task(struct scene *scene, struct hammer_tool *tool)
{
	struct task *task = &scene->tasks[scene->num_tasks];
	int ret;

	*task = (struct task) {
		.hammer = &scene->hammer,
		.tool = tool,
		.seed = scene->seed + scene->num_tasks,
	};
	ret = pthread_create(&task->thread, NULL, hit, task);
	scene->num_tasks += !ret;
	return -ret;
}

static void end_tasks(struct scene *scene)
{
	atomic_store(&scene->hammer.quit, true);
	while (scene->num_tasks)
		pthread_join(scene->tasks[--scene->num_tasks].thread, NULL);
}

static int end_life(struct scene *scene, enum end end)
{
	switch (end) {
	case BY_UNBIND:
		return end_by_unbind(scene);
	case BY_UNPLUG:
		return end_by_unplug(scene);
	default:
		close_device(scene);
		return 0;
	}
}

static void live(struct __test_metadata *_metadata, struct scene *scene,
		 enum end end)
{
	unsigned int looks = 1 + rand_r(&scene->seed) % 5;

	ASSERT_EDU(&scene->edu, open_device(scene));
	while (looks--) {
		usleep(rand_r(&scene->seed) % 100000);
		look(scene);
	}
	usleep(rand_r(&scene->seed) % 20000);
	scene->lives[end]++;
	ASSERT_EDU(&scene->edu, end_life(scene, end));
	look_at_closed(scene);
}

/* But for an edu all stay plugged in. */
static unsigned int nr_ends(const struct scene *scene)
{
	const struct hammer *hammer = &scene->hammer;

	return hammer->kind != HAMMER_EDU || is_software(hammer->bdf) ? BY_UNPLUG : NR_ENDS;
}

/* The first that there has not been, or NR_ENDS. */
static unsigned int missing_end(const struct scene *scene)
{
	unsigned int end;

	for (end = 0; end < nr_ends(scene); end++)
		if (!scene->lives[end])
			return end;
	return NR_ENDS;
}

/* A machine that is slow or does other things gets to some of them late. */
static bool all_has_happened(const struct scene *scene)
{
	unsigned int i;

	for (i = 0; i < hammer_nr_tools; i++)
		if (!atomic_load(&hammer_tools[i].hits))
			return false;
	return scene->looks && missing_end(scene) == NR_ENDS;
}

/* Each in turn at first, then whichever comes; an unplug takes long. */
static enum end next_end(struct scene *scene)
{
	unsigned int end = missing_end(scene);

	if (end == NR_ENDS)
		end = rand_r(&scene->seed) % 8;
	return end < nr_ends(scene) ? (enum end)end : BY_CLOSE;
}

static int find_device(struct hammer *hammer)
{
	if (has_edu())
		return edu_find(0, false, hammer->bdf, sizeof(hammer->bdf));
	hammer->kind = HAMMER_DISPLAY;
	if (!bochs_find(0, hammer->bdf, sizeof(hammer->bdf)))
		return 0;
	hammer->kind = HAMMER_VF;
	return device_named("VFIO_MIG_IGBVF", 0, hammer->bdf, sizeof(hammer->bdf));
}

FIXTURE(hammer)
{
	struct scene *scene;
};

FIXTURE_SETUP(hammer)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct hammer *hammer = &scene->hammer;
	pthread_rwlockattr_t attr;
	unsigned int i;

	self->scene = scene;
	scene->seed = setting("VFIO_MIG_SEED", getpid());
	hammer->fd = -1;
	for (i = 0; i < HAMMER_FILES; i++)
		hammer->files[i].fd = -1;
	pthread_mutex_init(&hammer->lock, NULL);
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr,
				      PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&hammer->quiet, &attr);
	ASSERT_EQ(0, vm_monitor_open(&scene->monitor));
	ASSERT_EQ(0, find_device(hammer));
	ASSERT_EDU(&scene->edu, bind_device(scene));
	snprintf(scene->edu.bdf, sizeof(scene->edu.bdf), "%s", hammer->bdf);
}

/* What it ends in is a device like others, also where a test has failed. */
FIXTURE_TEARDOWN(hammer)
{
	end_tasks(self->scene);
	clear_faults(&self->scene->edu);
	set_property(self->scene->hammer.bdf, "p2p", true);
	set_property(self->scene->hammer.bdf, "pre-copy", true);
	vm_monitor_close(&self->scene->monitor);
	free(self->scene);
}

static void save_stream(struct __test_metadata *_metadata, struct scene *scene)
{
	struct vfio_region_info info;

	ASSERT_EDU(&scene->edu, open_device(scene));
	ASSERT_EDU(&scene->edu,
		   vfiomig_region_info(scene->edu.dev,
				       scene->hammer.kind == HAMMER_DISPLAY ?
				       BOCHS_REGISTERS :
				       VFIO_PCI_BAR0_REGION_INDEX,
				       &info, &scene->edu.error));
	scene->hammer.registers = info.offset;
	ASSERT_EQ(0, save_and_stop(&scene->edu, &scene->hammer.whole));
	close_device(scene);
	/* That was seen by netlink, and none of it was counted. */
	ASSERT_EDU(&scene->edu, leave_driver(scene->hammer.bdf,
					     &scene->edu.error));
	ASSERT_EDU(&scene->edu, bind_device(scene));
}

static void report(struct __test_metadata *_metadata, struct scene *scene)
{
	unsigned int i;

	for (i = 0; i < hammer_nr_tools; i++) {
		EXPECT_LT(0, hammer_tools[i].hits);
		TH_LOG("%-22s %lu", hammer_tools[i].name,
		       hammer_tools[i].hits);
	}
	for (i = 0; i < nr_ends(scene); i++) {
		EXPECT_LT(0, scene->lives[i]);
		TH_LOG("%-22s %u", end_names[i], scene->lives[i]);
	}
	EXPECT_LT(0, scene->looks);
	TH_LOG("%-22s %u", "looked at", scene->looks);
}

TEST_F_TIMEOUT(hammer, all_that_is_seen_agrees, TIMEOUT)
{
	struct scene *scene = self->scene;
	time_t end = time(NULL) + setting("VFIO_MIG_SECONDS", setting("VFIO_MIG_FULL", 0) ?
				  FULL_SECONDS : SECONDS);
	unsigned int i, j;
	int fds;

	TH_LOG("VFIO_MIG_SEED=%u", scene->seed);
	save_stream(_metadata, scene);
	fds = count_fds();
	for (i = 0; i < hammer_nr_tools; i++)
		for (j = 0; j < hammer_tools[i].threads; j++)
			ASSERT_EQ(0, begin_task(scene, &hammer_tools[i]));
	do {
		live(_metadata, scene, next_end(scene));
	} while ((time(NULL) < end || !all_has_happened(scene)) &&
		 !atomic_load(&scene->hammer.complaints));
	end_tasks(scene);
	EXPECT_EQ(0, scene->hammer.complaints);
	for (i = 0; i < HAMMER_FILES; i++)
		if (scene->hammer.files[i].fd >= 0)
			close(scene->hammer.files[i].fd);
	/* And one that listens. */
	EXPECT_EQ(fds + 1, count_fds());
	report(_metadata, scene);
}

TEST_HARNESS_MAIN
