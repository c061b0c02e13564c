/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the core share with one another and with nobody else. */
#ifndef VFIO_MIG_MIG_H
#define VFIO_MIG_MIG_H

#include <linux/vfio_mig.h>
#include <uapi/linux/vfio_mig_netlink.h>

struct vfio_mig_faults;
struct vfio_mig_progress_event;
struct vfio_mig_save;

static inline struct device *vfio_mig_dev(struct vfio_mig_device *mig)
{
	return &mig->core.pdev->dev;
}

static inline u64 vfio_mig_section_size(struct vfio_mig_device *mig,
					const struct vfio_mig_section *section)
{
	return section->extent ? section->extent(mig) : section->size;
}

/*
 * Until the device is what a reset makes of it: whoever finds nothing pending
 * need not wait for who is just acting upon it.
 */
static inline bool vfio_mig_reset_pending(struct vfio_mig_device *mig)
{
	/* What the reset did is seen by who sees that it is done. */
	int done = smp_load_acquire(&mig->resets_done);

	return done != atomic_read(&mig->resets_seen);
}

/* failure.c */
void vfio_mig_note_failure(struct vfio_mig_device *mig, u32 from, u32 to,
			   const struct vfio_mig_refusal *why);
void vfio_mig_last_failure(struct vfio_mig_device *mig,
			   struct vfio_mig_failure *failure);

/* identity.c */
void vfio_mig_identity(struct vfio_mig_device *mig,
		       struct vfio_mig_stream_header *header);

/* machine.c */
int vfio_mig_get_data_size(struct vfio_device *vdev, unsigned long *length);
int vfio_mig_finish_hot_reset(struct vfio_mig_device *mig);
void vfio_mig_forget_resets(struct vfio_mig_device *mig, int seen);
void vfio_mig_pursue_reset(struct vfio_mig_device *mig);
void vfio_mig_reset_work(struct work_struct *work);
int vfio_mig_machine_init(void);
void vfio_mig_machine_exit(void);
extern const struct vfio_migration_ops vfio_mig_migration_ops;

/* session.c */
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

/* save.c: under the session's lock */
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

/* ops.c */
int vfio_mig_check_ops(struct device *dev, const struct vfio_mig_ops *ops);

/* hardware.c */
int vfio_mig_check_hardware(struct vfio_mig_device *mig);

/* ioctl.c */
long vfio_mig_own_ioctl(struct vfio_mig_device *mig, unsigned int cmd,
			void __user *arg);
int vfio_mig_own_feature(struct vfio_mig_device *mig, u32 flags,
			 void __user *arg, size_t argsz);

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
void vfio_mig_fault_init(void);
void vfio_mig_fault_exit(void);
int vfio_mig_fault_alloc(struct vfio_mig_device *mig);
void vfio_mig_fault_free(struct vfio_mig_device *mig);
void vfio_mig_fault_create(struct vfio_mig_device *mig);
void vfio_mig_fault_remove(struct vfio_mig_device *mig);

#endif /* VFIO_MIG_MIG_H */
