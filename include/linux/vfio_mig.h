/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio_mig: the VFIO migration state machine for drivers.
 *
 * Documentation/driver-api.md says how a driver stands on it, which lock
 * protects what, and in which order locks are taken.  What is about PCI devices is in
 * <linux/vfio_mig_pci.h>.
 */
#ifndef _LINUX_VFIO_MIG_H
#define _LINUX_VFIO_MIG_H

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/vfio_mig_types.h>
#include <uapi/linux/vfio_mig.h>

struct iommufd_ctx;
struct vfio_mig_device;
struct vfio_mig_hardware;
struct vfio_mig_load;
struct vfio_mig_pieces;
struct vfio_mig_private;

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
 * struct vfio_mig_device - a migratable device, as its driver sees it
 * @vdev: VFIO's device; @vdev->dev is the one that the driver is bound to.
 * @ops: The driver's declarations.
 * @behaviours: Those of the driver's that are switched on; changes only while
 *	the device is closed.
 * @priv: The core's own.
 */
struct vfio_mig_device {
	struct vfio_device *vdev;
	const struct vfio_mig_ops *ops;
	u64 behaviours;
	struct vfio_mig_private *priv;
};

/* A reset has happened; takes no lock. */
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

#endif /* _LINUX_VFIO_MIG_H */
