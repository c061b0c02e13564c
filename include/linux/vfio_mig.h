/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio_mig: the VFIO migration state machine for vfio-pci variant drivers.
 *
 * Documentation/driver-api.md says how a driver stands on it, which lock
 * protects what, and in which order locks are taken.
 */
#ifndef _LINUX_VFIO_MIG_H
#define _LINUX_VFIO_MIG_H

#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfio_pci_core.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "../../drivers/vfio/mig/arcs.h"
#include "../../drivers/vfio/mig/compare.h"
#include "../../drivers/vfio/mig/names.h"
#include "../../drivers/vfio/mig/status.h"
#include "../../drivers/vfio/mig/stream.h"

struct attribute_group;
struct iommufd_access;
struct iommufd_ctx;
struct mem_cgroup;
struct vfio_mig_device;
struct vfio_mig_dma_range;
struct vfio_mig_faults;
struct vfio_mig_load;
struct vfio_mig_pieces;
struct vfio_mig_ready;
struct vfio_mig_session;

/*
 * For what may be large, and is allocated because a user asks for it: that there is
 * no memory is said to that user and not to the kernel's log.
 */
#define VFIO_MIG_GFP_LARGE	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

/**
 * struct vfio_mig_waiting - what could be sent now
 * @bytes: Bytes of payload.
 * @pieces: How many pieces they would come in.
 */
struct vfio_mig_waiting {
	u64 bytes;
	u64 pieces;
};

/**
 * struct vfio_mig_piece - a part of a section that is to be sent now
 * @offset: Where in the section it belongs.
 * @length: Its bytes; 0 if there is none.
 * @zeros: All of them are 0, and none is in the payload.
 * @again: All of the section has been sent before.
 */
struct vfio_mig_piece {
	u64 offset;
	u32 length;
	bool zeros;
	bool again;
};

/*
 * What an arc returns, besides 0 and -errno: the device is neither as it was nor
 * where it should be.  It is in ERROR then, and the SET fails with EIO.
 */
#define VFIO_MIG_IN_NEITHER_STATE	1

/* Bulk memory goes by whole pages of this size, whatever the kernel's is. */
#define VFIO_MIG_BULK_PAGE	4096
#define VFIO_MIG_BULK_MAX	(256UL << 20)

/**
 * struct vfio_mig_section - one section of a device's stream
 * @name: What people call it in a refusal.
 * @id: VFIO_MIG_SECTION_*; given once, never reused.
 * @flags: VFIO_MIG_FRAME_REQUIRED, or 0 if a reader may do without.
 * @behaviour: The behaviour that it belongs to, or 0.  With that switched off
 *	it is neither written nor known; if it is REQUIRED and the device has
 *	something to say in it, saving fails.
 * @size: Bytes of payload, always the same; 0 for bulk memory.
 * @always: A stream without it is refused.
 * @present: Does the device have something to say in it now?  NULL: always.
 * @save: Fill @payload, which is zeroed and @size bytes long.  NULL if the
 *	section only ever goes by pieces.
 * @track: Pieces will be asked for: all of the section waits, and from now on
 *	whatever changes does; or, if not @on, no more, which cannot fail.
 * @waiting: Add what waits to @sum; without track, what would if the device
 *	stopped now.
 * @pieces: Put what waits, as much as there is room for and can be had at once, by
 *	vfio_mig_piece_room() and vfio_mig_piece_put(); or an errno, which fails the
 *	read(): what was put is forgotten then, and must wait as before.
 * @extent: Bytes of this device's memory, whole VFIO_MIG_BULK_PAGEs, at most
 *	VFIO_MIG_BULK_MAX.  Makes it a section of bulk memory.
 * @place: Bulk memory: put @length bytes, or zeros if @data is NULL, where they
 *	belong.  They are checked by themselves, the stream is not.
 * @check: Is @payload something this device can hold?  Changes nothing.
 *	NULL: anything is.
 *
 * A section with the three functions for pieces can be sent while the device
 * runs; vfio_mig_data_ready() says that something new waits.
 *
 * Bulk memory is too large to be held back until all of a stream has come.  It
 * has no @save, @check and payload: it goes by pieces alone, which are put in
 * place while RESUMING lasts, and all of it has to come.  The driver has a
 * scrub for when the stream is refused after all.
 */
struct vfio_mig_section {
	const char *name;
	u32 id;
	u32 flags;
	u64 behaviour;
	u32 size;
	bool always;
	bool (*present)(struct vfio_mig_device *mig);
	void (*save)(struct vfio_mig_device *mig, void *payload);
	int (*track)(struct vfio_mig_device *mig, bool on);
	void (*waiting)(struct vfio_mig_device *mig,
			struct vfio_mig_waiting *sum);
	int (*pieces)(struct vfio_mig_device *mig, struct vfio_mig_pieces *out);
	u64 (*extent)(struct vfio_mig_device *mig);
	int (*place)(struct vfio_mig_device *mig, u64 offset, const void *data,
		     u32 length);
	int (*check)(struct vfio_mig_device *mig, const void *payload,
		     struct vfio_mig_refusal *why);
};

/*
 * Of vfio_mig_ops.features, besides VFIO's own: the driver knows what its device
 * writes to memory, and says so by vfio_mig_dma_log_mark().
 */
#define VFIO_MIG_HAS_DMA_LOG	BIT(31)

/**
 * struct vfio_mig_hardware - what a driver's device looks like
 * @name: What people call it.
 * @vendor: Its ids.
 * @device: Likewise.
 * @class: Its base class and subclass: PCI_CLASS_*.
 * @bars: How many bytes of memory each BAR has, at least and at most.  One without
 *	a most is not looked at.
 * @register_bar: The BAR that @recognize reads.
 * @recognize: Does it answer as such a device does?  Whatever it is, it is read
 *	where that changes nothing, and not written.
 */
struct vfio_mig_hardware {
	const char *name;
	u16 vendor;
	u16 device;
	u16 class;
	struct {
		u64 least;
		u64 most;
	} bars[PCI_STD_NUM_BARS];
	unsigned int register_bar;
	bool (*recognize)(const void __iomem *registers);
};

/**
 * struct vfio_mig_ops - what a variant driver declares
 * @hardware: What its device looks like.
 * @features: VFIO_MIG_HAS_*; STOP_COPY is mandatory.
 * @arc: What the device does on each arc, NULL if nothing.  0 with the device
 *	in the arc's target state, -errno with it in the source state, or
 *	VFIO_MIG_IN_NEITHER_STATE.
 * @behaviours: Named behaviours that can be switched off, names in names.c.  A
 *	driver with bulk memory may have VFIO_MIG_STREAM_XXH64.
 * @sections: What the stream is made of, in sending order.
 * @nr_sections: How many.
 * @identity: Fill the header's ids, revision and geometry, and the behaviours
 *	that a reader must know in any case.
 * @check: Look at all sections of a stream together; changes nothing.
 * @load: Take a stream over.  Has no way to fail: @check was the place.
 * @scrub: A stream was refused after some of its bulk memory was placed: hold
 *	the power-on state, and stay as still as before.
 * @dirty: For tests: @bytes of what is sent while the device runs shall count as
 *	changed, again and again the same.  Returns how many do, which is less
 *	if the unit is larger; during PRE_COPY only.  NULL: not for this device.
 * @reset: The device was reset: hold the power-on state and be RUNNING.  An
 *	error leaves the device in ERROR.
 *
 * All run under the device's state_lock or its session's lock, may sleep, and
 * must not touch user memory.
 */
struct vfio_mig_ops {
	const struct vfio_mig_hardware *hardware;
	u32 features;

	int (*arc[VFIO_MIG_NR_ACTIONS])(struct vfio_mig_device *mig);

	u64 behaviours;
	const struct vfio_mig_section *sections;
	unsigned int nr_sections;
	void (*identity)(struct vfio_mig_device *mig,
			 struct vfio_mig_stream_header *header);
	int (*check)(struct vfio_mig_device *mig,
		     const struct vfio_mig_load *load,
		     struct vfio_mig_refusal *why);
	void (*load)(struct vfio_mig_device *mig,
		     const struct vfio_mig_load *load);
	void (*scrub)(struct vfio_mig_device *mig);
	u64 (*dirty)(struct vfio_mig_device *mig, u64 bytes);
	int (*reset)(struct vfio_mig_device *mig);
};

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
 * struct vfio_mig_device - a migratable device; first member of a driver's own
 * @core: vfio-pci's device.
 * @ops: The driver's declarations.
 * @routes: Which transitions there are; constant while the device is open.
 * @state_lock: Protects @opened, @state, @session, @behaviours, @hidden,
 *	@trail and @must_finish; held for all of a transition.
 * @opened: Between vfio_mig_open() and vfio_mig_close().  It and the properties
 *	are read without the lock where an old answer will do.
 * @state: enum vfio_mig_state.
 * @session: The data session, if @state has one.
 * @behaviours: Those of the driver's that are switched on; changes only while
 *	the device is closed.
 * @hidden: VFIO_MIG_HAS_* that are not offered; likewise.
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
 * @failure_lock: Protects @failure; innermost.
 * @failure: See VFIO_DEVICE_MIG_LAST_ERROR.
 * @event_lock: From the number of an event until it was sent.
 * @status_lock: Protects @status; innermost.
 * @status: What is told of the device to those who do not have it open.
 * @netlink_id: Its place among the devices that are dumped.
 * @faults: What is to go wrong; see Documentation/faults.md.
 * @dma_log: What it has written to memory.
 * @properties: This device's folder in sysfs.
 * @leaving: It is being unbound; set once, and read without a lock.
 * @access: To the user's memory, if it is in an iommufd and the driver wants
 *	it; there from before the device is opened until after it was closed.
 * @ioas: The address space that @access is in, or 0; under the device set's
 *	lock, as all of VFIO's calls about it are.
 * @pci_resets: The PCI core has a way to reset this device.
 * @command: The lower half of PCI_COMMAND as it was at vfio_mig_access_begin();
 *	under memory_lock.
 */
struct vfio_mig_device {
	struct vfio_pci_core_device core;
	const struct vfio_mig_ops *ops;
	struct vfio_mig_routes routes;
	struct mutex state_lock; /* protects the next seven */
	bool opened;
	u8 state;
	struct vfio_mig_session *session;
	u64 behaviours;
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
	spinlock_t failure_lock; /* protects failure */
	struct vfio_mig_failure failure;
	struct mutex event_lock; /* the numbers of events, and their order */
	spinlock_t status_lock; /* protects status */
	struct vfio_mig_status status;
	u32 netlink_id;
	struct vfio_mig_faults *faults;
	struct vfio_mig_dma_log dma_log;
	struct attribute_group *properties;
	bool leaving;
	struct iommufd_access *access;
	u32 ioas;
	bool pci_resets;
	u8 command;
};

static inline struct vfio_mig_device *
vfio_mig_from_vdev(struct vfio_device *vdev)
{
	return container_of(vdev, struct vfio_mig_device, core.vdev);
}

/*
 * In vfio_device_ops.init and .release, in place of vfio-pci's.  -EINVAL, and a
 * line in the kernel's log, if @ops do not hold together.
 */
int vfio_mig_init_dev(struct vfio_device *vdev, const struct vfio_mig_ops *ops);
void vfio_mig_release_dev(struct vfio_device *vdev);

/*
 * In pci_driver.probe and .remove, in place of vfio-pci's.  Nothing has been written
 * to the device before it was looked at: -ENODEV if it is not the driver's.
 */
int vfio_mig_register(struct vfio_mig_device *mig);
void vfio_mig_unregister(struct vfio_mig_device *mig);

/*
 * In .open_device: in place of vfio_pci_core_enable(), before the driver looks at
 * its device or brings it to its power-on state.  A reset that comes from then on
 * is acted upon by vfio_mig_open().
 */
int vfio_mig_enable(struct vfio_mig_device *mig);

/* Last in .open_device: RUNNING.  First in .close_device: sessions end. */
void vfio_mig_open(struct vfio_mig_device *mig);
void vfio_mig_close(struct vfio_mig_device *mig);

/* In place of the vfio_pci_core_* of the same name. */
long vfio_mig_ioctl(struct vfio_device *vdev, unsigned int cmd,
		    unsigned long arg);
int vfio_mig_feature(struct vfio_device *vdev, u32 flags, void __user *arg,
		     size_t argsz);
ssize_t vfio_mig_write(struct vfio_device *vdev, const char __user *buf,
		       size_t count, loff_t *ppos);

/*
 * access.c.  The driver's own use of a BAR, whatever the guest has switched off:
 * memory_lock is held for write in between.  0; -ENODEV if the device is not there
 * any more; -EIO if it is in D3hot, which is the guest's doing and not taken back.
 */
int vfio_mig_access_begin(struct vfio_mig_device *mig);
void vfio_mig_access_end(struct vfio_mig_device *mig);

/*
 * In between, after reading what has to be right: 0, or -ENODEV if the device has
 * gone away meanwhile and what was read may be nothing but ones.
 */
int vfio_mig_access_check(struct vfio_mig_device *mig);

/* May a guest reach the BARs now?  Under memory_lock. */
bool vfio_mig_memory_enabled(struct vfio_mig_device *mig);

/*
 * For a device whose state the driver itself resets: VFIO_DEVICE_RESET works
 * even where the PCI core has no way to.  Between vfio_mig_enable() and
 * vfio_pci_core_finish_enable(); undone by vfio_mig_close().
 */
void vfio_mig_offer_reset(struct vfio_mig_device *mig);

/* For pci_driver.err_handler. */
extern const struct pci_error_handlers vfio_mig_err_handlers;

/* A reset that vfio-pci does not know of has happened; takes no lock. */
void vfio_mig_note_reset(struct vfio_mig_device *mig);

/*
 * Act upon a reset if there was one, or wait for who does; takes state_lock.  If
 * the driver fails, the device is in ERROR.  -EINTR if the caller is killed
 * while it waits: then the reset may not be over, and somebody else sees to it.
 */
int vfio_mig_finish_reset(struct vfio_mig_device *mig);

/*
 * For an arc that waits: may it give up, with -EINTR and the device in its source
 * state?  If its caller was killed; but not on a way back, nor in a reset, after
 * which the device would be lost.  In .open_device as well.
 */
bool vfio_mig_may_give_up(struct vfio_mig_device *mig);

/* A running device has something new to say; takes no lock that matters. */
void vfio_mig_data_ready(struct vfio_mig_device *mig);
void vfio_mig_reinit(struct vfio_mig_device *mig);

/*
 * The device has written @length bytes of memory, at most up to now, and a
 * report that comes later has them.  May sleep, and allocates; not called with
 * memory_lock or anything inner to it held.
 */
void vfio_mig_dma_log_mark(struct vfio_mig_device *mig, u64 iova, u64 length);

/*
 * For a section's pieces(): where the payload of the next one goes, and how many
 * bytes it has at most, unless all of them are 0.  NULL: that was all for now.
 */
void *vfio_mig_piece_room(struct vfio_mig_pieces *out, u32 *room);

/* It is there, and @piece says what it is; zeros have no payload. */
void vfio_mig_piece_put(struct vfio_mig_pieces *out,
			const struct vfio_mig_piece *piece);

/* The payload of section @id, or NULL if the stream has none. */
const void *vfio_mig_loaded(const struct vfio_mig_load *load, u32 id);

/*
 * memory.c.  As vfio_dma_rw(), and it works for users of an iommufd too if the
 * driver has VFIO_MIG_PCI_MEMORY_OPS.  By a thread of the kernel, a work item for
 * example, while the device is open, and not under a lock: it touches user memory.
 * -EAGAIN if that has not answered in some milliseconds: try again later, for as
 * long as it is wanted.
 */
int vfio_mig_dma_rw(struct vfio_mig_device *mig, dma_addr_t iova, void *data,
		    size_t length, bool write);

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

#ifndef VFIO_MIG_PCI_OPS_BY
#define VFIO_MIG_PCI_OPS_BY(way)						\
	.bind_iommufd = way##_bind,					\
	.unbind_iommufd = way##_unbind,					\
	.attach_ioas = way##_attach_ioas,				\
	.detach_ioas = way##_detach_ioas,				\
	.pasid_attach_ioas = vfio_iommufd_physical_pasid_attach_ioas,	\
	.pasid_detach_ioas = vfio_iommufd_physical_pasid_detach_ioas,	\
	.get_region_info_caps = vfio_pci_ioctl_get_region_info,		\
	.match_token_uuid = vfio_pci_core_match_token_uuid
#endif

#ifndef VFIO_MIG_PCI_NEW_OPS
/* What newer kernels want a vfio-pci variant driver to fill in. */
#define VFIO_MIG_PCI_NEW_OPS	VFIO_MIG_PCI_OPS_BY(vfio_iommufd_physical)

/* The same for one that uses vfio_mig_dma_rw(). */
#define VFIO_MIG_PCI_MEMORY_OPS	VFIO_MIG_PCI_OPS_BY(vfio_mig_memory)
#endif

#endif /* _LINUX_VFIO_MIG_H */
