/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the core share with one another and with nobody else. */
#ifndef VFIO_MIG_MIG_H
#define VFIO_MIG_MIG_H

#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/vfio_mig.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <uapi/linux/vfio_mig_netlink.h>

#include "arcs.h"
#include "compare.h"
#include "names.h"
#include "status.h"
#include "stream.h"

struct attribute_group;
struct iommufd_access;
struct mem_cgroup;
struct vfio_mig_dma_range;
struct vfio_mig_faults;
struct vfio_mig_progress_event;
struct vfio_mig_ready;
struct vfio_mig_save;
struct vfio_mig_session;

/**
 * struct vfio_mig_failure - why the last transition or write failed
 * @from: Where the arc starts, as enum vfio_mig_state.
 * @to: Where it would have led.
 * @why: The errno, the section and the sentence.
 */
struct vfio_mig_failure {
	u32 from;
	u32 to;
	struct vfio_mig_refusal why;
};

/**
 * struct vfio_mig_dma_log - which memory a device has written
 * @lock: Protects all that follows.  No user memory is touched under it.
 * @ranges: Where it is logged, in order; NULL if it is not.
 * @nr_ranges: How many.
 * @memcg: To whose account @pages go: who asked for the log.
 * @pages: Pages of 4 KiB that were written, by their number.
 * @lost: There was no memory to note one.
 */
struct vfio_mig_dma_log {
	struct mutex lock; /* protects all that follows */
	struct vfio_mig_dma_range *ranges;
	u32 nr_ranges;
	struct mem_cgroup *memcg;
	struct xarray pages;
	bool lost;
};

/**
 * struct vfio_mig_private - what the core knows of a device
 * @mig: The device.
 * @routes: Which transitions there are; constant while the device is open.
 * @state_lock: Protects @opened, @state, @session, @mig->behaviours, @hidden,
 *	@trail and @must_finish; held for all of a transition.
 * @opened: Between vfio_mig_device_open() and vfio_mig_device_close().  It and the
 *	properties are read without the lock where an old answer will do.
 * @state: enum vfio_mig_state.
 * @session: The data session, if @state has one.
 * @hidden: VFIO_MIG_HAS_* that are not offered; changes only while the device is
 *	closed, as @mig->behaviours.
 * @trail: The arcs of the transition that is under way.
 * @must_finish: It is a way back, or a reset: see vfio_mig_may_give_up().
 * @resets_seen: How many resets there were; counted without a lock.
 * @resets_done: How many of them have been acted upon, to the end; changes under
 *	@state_lock.
 * @resets_enabled: How many there had been when the device was enabled, which
 *	resets it; while it is being opened.
 * @reset_error: What came of the last; as @resets_done.
 * @reset_work: Acts upon it if nobody else does.
 * @reinit_pending: The device was made another, and a VMM in pre-copy has not
 *	been told.  Set without a lock, cleared under the session's.
 * @ready: Where those wait who poll its data files.
 * @live_tracked: Sections that are live and are being sent, by their place; under
 *	@mig->lock, as what follows.
 * @live_waits: Those of them that have something that was not sent.
 * @failure_lock: Protects @failure; innermost.
 * @failure: See VFIO_DEVICE_MIG_LAST_ERROR.
 * @event_lock: From the number of an event until it was sent.
 * @status_lock: Protects @status; innermost.
 * @status: What is told of the device to those who do not have it open.
 * @netlink_id: Its place among the devices that are dumped.
 * @group: The number of its IOMMU group, or -1; since it is dumped.
 * @faults: What is to go wrong; see Documentation/faults.md.
 * @dma_log: What it has written to memory.
 * @properties: This device's folder in sysfs.
 * @in_use: Its file that says whether somebody holds it.
 * @names: Its file that says what its stream is made of.
 * @leaving: It is being unbound; set once, and read without a lock.
 * @access: To the user's memory, if it is in an iommufd and the driver wants
 *	it; there from before the device is opened until after it was closed.
 * @ioas: The address space that @access is in, or 0; under the device set's
 *	lock, as all of VFIO's calls about it are.
 */
struct vfio_mig_private {
	struct vfio_mig_device *mig;
	struct vfio_mig_routes routes;
	struct mutex state_lock; /* protects the next six, and the behaviours */
	bool opened;
	u8 state;
	struct vfio_mig_session *session;
	u32 hidden;
	struct vfio_mig_trail trail;
	bool must_finish;
	atomic_t resets_seen;
	int resets_done;
	int resets_enabled;
	int reset_error;
	struct work_struct reset_work;
	unsigned long reinit_pending;
	struct vfio_mig_ready *ready;
	u64 live_tracked;
	u64 live_waits;
	spinlock_t failure_lock; /* protects failure */
	struct vfio_mig_failure failure;
	struct mutex event_lock; /* the numbers of events, and their order */
	spinlock_t status_lock; /* protects status */
	struct vfio_mig_status status;
	u32 netlink_id;
	int group;
	struct vfio_mig_faults *faults;
	struct vfio_mig_dma_log dma_log;
	struct attribute_group *properties;
	struct device_attribute in_use;
	struct device_attribute names;
	bool leaving;
	struct iommufd_access *access;
	u32 ioas;
};

/**
 * struct vfio_mig_bus - what the core has to know of a kind of device
 * @migration: VFIO's calls about migration; by where that is, a struct vfio_device
 *	leads to its bus.
 * @offset: Where struct vfio_mig_device is, counted from struct vfio_device.
 * @identity: Fill the ids and the revision of its stream's header.
 * @act: What the device does on an arc: what the driver declares, and what all of its
 *	kind do besides.
 * @scrub: Likewise.
 * @may_dma: Does its user let it reach memory?
 * @add: Register the device with VFIO.
 * @remove: The opposite; waits for whoever has it open.
 */
struct vfio_mig_bus {
	struct vfio_migration_ops migration;
	size_t offset;
	void (*identity)(struct vfio_mig_device *mig,
			 struct vfio_mig_stream_header *header);
	int (*act)(struct vfio_mig_device *mig, enum vfio_mig_action action);
	int (*scrub)(struct vfio_mig_device *mig);
	bool (*may_dma)(struct vfio_mig_device *mig);
	int (*add)(struct vfio_mig_device *mig);
	void (*remove)(struct vfio_mig_device *mig);
};

static inline const struct vfio_mig_bus *vfio_mig_bus(struct vfio_device *vdev)
{
	return container_of(vdev->mig_ops, struct vfio_mig_bus, migration);
}

static inline struct vfio_mig_device *
vfio_mig_from_vdev(struct vfio_device *vdev)
{
	return (void *)vdev + vfio_mig_bus(vdev)->offset;
}

static inline struct device *vfio_mig_dev(struct vfio_mig_device *mig)
{
	return mig->vdev->dev;
}

/* fields.c: @state is the driver's, under the device's lock, or one that is to be it */
void *vfio_mig_state(struct vfio_mig_device *mig);
u32 vfio_mig_fields_size(const struct vfio_mig_section *section);
void vfio_mig_fields_put(const struct vfio_mig_section *section,
			 const void *state, u8 *payload);
void vfio_mig_fields_take(const struct vfio_mig_section *section,
			  const u8 *payload, void *state);
int vfio_mig_fields_check(const struct vfio_mig_section *section,
			  const void *state, struct vfio_mig_refusal *why);
bool vfio_mig_fields_present(const struct vfio_mig_ops *ops,
			     const struct vfio_mig_section *section,
			     const void *state);
bool vfio_mig_has_number(const struct vfio_mig_ops *ops, const char *name);
void vfio_mig_fields_initial(const struct vfio_mig_ops *ops, void *state);
const char *vfio_mig_wrong_field(const struct vfio_mig_field *field, u32 size);

static inline u64 vfio_mig_section_size(struct vfio_mig_device *mig,
					const struct vfio_mig_section *section)
{
	return section->extent ? section->extent(mig) :
				 vfio_mig_fields_size(section);
}

/* live.c */
void vfio_mig_live_track(struct vfio_mig_device *mig,
			 const struct vfio_mig_section *section, bool on);
void vfio_mig_live_waiting(struct vfio_mig_device *mig,
			   const struct vfio_mig_section *section,
			   struct vfio_mig_waiting *sum);
void vfio_mig_live_pieces(struct vfio_mig_device *mig,
			  const struct vfio_mig_section *section,
			  struct vfio_mig_pieces *out);
bool vfio_mig_can_dirty(const struct vfio_mig_ops *ops);
u64 vfio_mig_dirty(struct vfio_mig_device *mig, u64 bytes);

/* names.c has those of the stream itself; 0 if there is none of that bit */
static inline const char *
vfio_mig_behaviour_of(const struct vfio_mig_ops *ops, u64 bit)
{
	unsigned int i;

	for (i = 0; i < ops->nr_behaviours; i++)
		if (ops->behaviours[i].bit == bit)
			return ops->behaviours[i].name;
	return vfio_mig_stream_behaviour_name(bit);
}

/*
 * Until the device is what a reset makes of it: whoever finds nothing pending
 * need not wait for who is just acting upon it.
 */
static inline bool vfio_mig_reset_pending(struct vfio_mig_device *mig)
{
	/* What the reset did is seen by who sees that it is done. */
	int done = smp_load_acquire(&mig->priv->resets_done);

	return done != atomic_read(&mig->priv->resets_seen);
}

/* failure.c */
void vfio_mig_note_failure(struct vfio_mig_device *mig, u32 from, u32 to,
			   const struct vfio_mig_refusal *why);
void vfio_mig_last_failure(struct vfio_mig_device *mig,
			   struct vfio_mig_failure *failure);

/* identity.c */
u64 vfio_mig_known_behaviours(const struct vfio_mig_ops *ops);
void vfio_mig_identity(struct vfio_mig_device *mig,
		       struct vfio_mig_stream_header *header);

/* machine.c */
struct file *vfio_mig_set_state(struct vfio_device *vdev,
				enum vfio_device_mig_state to);
int vfio_mig_get_state(struct vfio_device *vdev,
		       enum vfio_device_mig_state *state);
int vfio_mig_get_data_size(struct vfio_device *vdev, unsigned long *length);
void vfio_mig_forget_resets(struct vfio_mig_device *mig, int seen);
void vfio_mig_pursue_reset(struct vfio_mig_device *mig);
void vfio_mig_reset_work(struct work_struct *work);
int vfio_mig_take_back(struct vfio_mig_device *mig, enum vfio_mig_action action);
int vfio_mig_start_over(struct vfio_mig_device *mig);
void vfio_mig_shut_down(struct vfio_mig_device *mig);
int vfio_mig_machine_init(void);
void vfio_mig_machine_exit(void);

/* The first member of a struct vfio_mig_bus. */
#define VFIO_MIG_MIGRATION_OPS {					\
	.migration_set_state = vfio_mig_set_state,			\
	.migration_get_state = vfio_mig_get_state,			\
	VFIO_MIG_DATA_SIZE_OP(vfio_mig_get_data_size)			\
}

/* ready.c */
int vfio_mig_ready_alloc(struct vfio_mig_device *mig);
void vfio_mig_ready_put(struct vfio_mig_ready *ready);

/* session.c: all under state_lock */
struct file *vfio_mig_session_open(struct vfio_mig_device *mig, u8 state);
void vfio_mig_session_end(struct vfio_mig_device *mig);
int vfio_mig_session_load(struct vfio_mig_device *mig,
			  struct vfio_mig_refusal *why);
int vfio_mig_session_finish(struct vfio_mig_device *mig,
			    struct vfio_mig_refusal *why);
unsigned long vfio_mig_session_bound(struct vfio_mig_device *mig);

/* save.c, save_read.c: under the session's lock */
u64 vfio_mig_save_bound(struct vfio_mig_device *mig,
			struct vfio_mig_save *save);
struct vfio_mig_save *vfio_mig_save_alloc(struct vfio_mig_device *mig,
					  bool early);
void vfio_mig_save_stop(struct vfio_mig_save *save);
void vfio_mig_save_free(struct vfio_mig_save *save);
int vfio_mig_save_finish(struct vfio_mig_save *save,
			 struct vfio_mig_refusal *why);
ssize_t vfio_mig_save_next(struct vfio_mig_save *save, const u8 **data);
void vfio_mig_save_consume(struct vfio_mig_save *save, size_t count);
bool vfio_mig_save_readable(struct vfio_mig_save *save);
u64 vfio_mig_save_remaining(struct vfio_mig_save *save);
int vfio_mig_save_precopy_info(struct vfio_mig_save *save, u64 *initial,
			       u64 *dirty);
bool vfio_mig_save_reinit(struct vfio_mig_save *save);

/* status.c: takes event_lock and status_lock */
void vfio_mig_status_init(struct vfio_mig_device *mig);
void vfio_mig_status_destroy(struct vfio_mig_device *mig);
void vfio_mig_status_get(struct vfio_mig_device *mig,
			 struct vfio_mig_status *status);
void vfio_mig_status_features(struct vfio_mig_device *mig, u32 features);
void vfio_mig_status_session(struct vfio_mig_device *mig);
bool vfio_mig_status_moved(struct vfio_mig_device *mig, bool saving,
			   size_t bytes);
void vfio_mig_status_progress(struct vfio_mig_device *mig,
			      struct vfio_mig_progress_event *event);
void vfio_mig_status_failure(struct vfio_mig_device *mig,
			     const struct vfio_mig_failure *failure);

/* status.c: under state_lock as well */
void vfio_mig_trail_begin(struct vfio_mig_device *mig);
u64 vfio_mig_trail_add(struct vfio_mig_device *mig,
		       const struct vfio_mig_arc *arc, int result);
void vfio_mig_status_state(struct vfio_mig_device *mig,
			   enum vfio_mig_cause cause, u8 from, u8 to,
			   int result);

/* load.c */
struct vfio_mig_load *vfio_mig_load_alloc(struct vfio_mig_device *mig);
void vfio_mig_load_free(struct vfio_mig_load *load);
u8 *vfio_mig_load_room(struct vfio_mig_load *load, u8 *chunk, size_t size,
		       size_t *count);
ssize_t vfio_mig_load_feed(struct vfio_mig_load *load, const void *data,
			   size_t length, struct vfio_mig_refusal *why);
int vfio_mig_load_apply(struct vfio_mig_load *load,
			struct vfio_mig_refusal *why);

/* ops.c: what is wrong, or 0; it has been told to the log then, and is -EINVAL */
int vfio_mig_check_ops(const char *driver, const struct vfio_mig_ops *ops);

/* describe.c */
bool vfio_mig_describes(const struct vfio_mig_ops *ops);
char *vfio_mig_describe(const struct vfio_mig_ops *ops, size_t *length);
int vfio_mig_names_create(struct vfio_mig_device *mig);
void vfio_mig_names_remove(struct vfio_mig_device *mig);

/* ioctl.c: the core's own calls; -ENOIOCTLCMD if it is none of them */
long vfio_mig_own_ioctl(struct vfio_mig_device *mig, unsigned int cmd,
			void __user *arg);
int vfio_mig_own_feature(struct vfio_mig_device *mig, u32 flags,
			 void __user *arg, size_t argsz);

/* memory.c: in struct vfio_device_ops of a driver that moves its device's bytes */
#if IS_ENABLED(CONFIG_IOMMUFD)
int vfio_mig_memory_bind(struct vfio_device *vdev, struct iommufd_ctx *ictx,
			 u32 *out_device_id);
void vfio_mig_memory_unbind(struct vfio_device *vdev);
int vfio_mig_memory_attach_ioas(struct vfio_device *vdev, u32 *pt_id);
void vfio_mig_memory_detach_ioas(struct vfio_device *vdev);
#else
#define vfio_mig_memory_bind		NULL
#define vfio_mig_memory_unbind		NULL
#define vfio_mig_memory_attach_ioas	NULL
#define vfio_mig_memory_detach_ioas	NULL
#endif

/* property.c */
int vfio_mig_properties_create(struct vfio_mig_device *mig);
void vfio_mig_properties_remove(struct vfio_mig_device *mig);
u32 vfio_mig_possible_features(struct vfio_mig_device *mig);
void vfio_mig_apply_features(struct vfio_mig_device *mig);

/* in_use.c */
int vfio_mig_in_use_create(struct vfio_mig_device *mig);
void vfio_mig_in_use_leave(struct vfio_mig_device *mig);
void vfio_mig_in_use_remove(struct vfio_mig_device *mig);

/* dma_log.c */
void vfio_mig_dma_log_init(struct vfio_mig_device *mig);
void vfio_mig_dma_log_destroy(struct vfio_mig_device *mig);
void vfio_mig_dma_log_close(struct vfio_mig_device *mig);
extern const struct vfio_log_ops vfio_mig_log_ops;

/* fault.c: alloc and free enclose the device's life, create and remove its use */
#ifdef CONFIG_VFIO_MIG_FAULTS
void vfio_mig_fault_init(void);
void vfio_mig_fault_exit(void);
int vfio_mig_fault_alloc(struct vfio_mig_device *mig);
void vfio_mig_fault_free(struct vfio_mig_device *mig);
void vfio_mig_fault_create(struct vfio_mig_device *mig);
void vfio_mig_fault_remove(struct vfio_mig_device *mig);
#else
static inline void vfio_mig_fault_init(void)
{
}

static inline void vfio_mig_fault_exit(void)
{
}

static inline int vfio_mig_fault_alloc(struct vfio_mig_device *mig)
{
	return 0;
}

static inline void vfio_mig_fault_free(struct vfio_mig_device *mig)
{
}

static inline void vfio_mig_fault_create(struct vfio_mig_device *mig)
{
}

static inline void vfio_mig_fault_remove(struct vfio_mig_device *mig)
{
}
#endif

/*
 * device.c: in VFIO's .init and .release, in probe and remove, last when a device is
 * opened and first when it is closed.  Enabled: what was reset until now is no news.
 * Begin: power-on.
 */
int vfio_mig_device_init(struct vfio_mig_device *mig, struct vfio_device *vdev,
			 const struct vfio_mig_bus *bus,
			 const struct vfio_mig_ops *ops);
void vfio_mig_device_release(struct vfio_mig_device *mig);
int vfio_mig_device_add(struct vfio_mig_device *mig);
void vfio_mig_device_remove(struct vfio_mig_device *mig);
void vfio_mig_device_enabled(struct vfio_mig_device *mig);
int vfio_mig_device_begin(struct vfio_mig_device *mig);
void vfio_mig_device_open(struct vfio_mig_device *mig);
void vfio_mig_device_close(struct vfio_mig_device *mig);

#endif /* VFIO_MIG_MIG_H */
