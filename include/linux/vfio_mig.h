/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio_mig: the VFIO migration state machine for drivers.
 *
 * Documentation/driver-api.md says how a driver stands on it.  What is about PCI devices
 * is in <linux/vfio_mig_pci.h>.
 */
#ifndef _LINUX_VFIO_MIG_H
#define _LINUX_VFIO_MIG_H

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/mutex.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/vfio_mig_types.h>
#include <uapi/linux/vfio_mig.h>

struct iommufd_ctx;
struct vfio_mig_device;
struct vfio_mig_pieces;
struct vfio_mig_private;
struct workqueue_struct;

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
 * struct vfio_mig_field - a number in a section, and in the driver's state
 * @name: What people call it; NULL: nothing but zeros, which no reader looks at.
 * @at: Where it is in the state, in bytes.
 * @width: Bytes of it, there and in the stream: 1, 2, 4 or 8, in the processor's byte
 *	order and in little-endian.  Or more: then it is that many bytes as they are.
 * @count: It is a list of so many such numbers, one behind the other in the stream, which
 *	people call by @name and 0, 1 and so on; 0: it is one.
 * @apart: Bytes from one number of a list to the next in the state; 0: @width.
 * @hex: People read it in hexadecimal.
 * @mask: Bits that can be set; 0: any.
 * @most: The largest value; 0: any.
 * @one_of: The @nr_one_of values that it can have; NULL: any.
 * @nr_one_of: How many.
 * @initial: What it is after power-on, and where a stream does not say.
 */
struct vfio_mig_field {
	const char *name;
	u32 at;
	u32 width;
	u32 count;
	u32 apart;
	bool hex;
	u64 mask;
	u64 most;
	const u64 *one_of;
	unsigned int nr_one_of;
	u64 initial;
};

/* A field by its member of the state's struct; more may be said behind that. */
#define VFIO_MIG_FIELD(label, type, member, ...) {			\
	.name = (label),						\
	VFIO_MIG_MEMBER(type, member),					\
	##__VA_ARGS__							\
}

#define VFIO_MIG_MEMBER(type, member...)				\
	.at = offsetof(type, member),					\
	.width = sizeof_field(type, member)

/* @bytes that are 0, so that a section is as long as it was when it was defined. */
#define VFIO_MIG_PAD(bytes)	{ .width = (bytes) }

/**
 * struct vfio_mig_section - one section of a device's stream
 * @name: What people call it in a refusal.
 * @id: Given once, never reused; above 0xffff, which is the core's.  The upper half
 *	is the driver's own, letters of its name for example.
 * @flags: VFIO_MIG_FRAME_REQUIRED, or 0 if a reader may do without.
 * @behaviour: The behaviour that it belongs to, or 0.  With that switched off
 *	it is neither written nor known; if it is REQUIRED and the device has
 *	something to say in it, saving fails.
 * @fields: What it is made of, in order and without a gap; NULL for bulk memory.
 *	It never grows: a new field is a new section.
 * @nr_fields: How many.
 * @always: A stream without it is refused.
 * @if_field: It is there if the field of that name, of another section, has a bit of
 *	@if_bits; a stream in which the two do not agree is refused.  NULL: it is there
 *	if one of its own fields is not as after power-on.
 * @if_bits: See @if_field.
 * @live: It is sent while the device runs, whenever vfio_mig_changed() says so, and
 *	the rest of it does not change then.
 * @track: Bulk memory: pieces will be asked for: all of it waits, and from now on
 *	whatever changes does; or, if not @on, no more, which cannot fail.
 * @waiting: Add what waits to @sum; without track, what would if the device
 *	stopped now.
 * @pieces: Put what waits, as much as there is room for and can be had at once, by
 *	vfio_mig_piece_room() and vfio_mig_piece_put(); or an errno, which fails the
 *	read(): what was put is forgotten then, and must wait as before.
 * @extent: Bytes of this device's memory, whole VFIO_MIG_BULK_PAGEs, at most
 *	VFIO_MIG_BULK_MAX.  Makes it a section of bulk memory.
 * @place: Put @length bytes, or zeros if @data is NULL, where they belong.  They are
 *	checked by themselves, the stream is not.
 *
 * Bulk memory is too large to be held back until all of a stream has come.  It goes by
 * pieces alone, which are put in place while RESUMING lasts, and all of it has to come.
 * vfio_mig_data_ready() says that something new waits.
 */
struct vfio_mig_section {
	const char *name;
	u32 id;
	u32 flags;
	u64 behaviour;
	const struct vfio_mig_field *fields;
	unsigned int nr_fields;
	bool always;
	const char *if_field;
	u64 if_bits;
	bool live;
	int (*track)(struct vfio_mig_device *mig, bool on);
	void (*waiting)(struct vfio_mig_device *mig,
			struct vfio_mig_waiting *sum);
	int (*pieces)(struct vfio_mig_device *mig, struct vfio_mig_pieces *out);
	u64 (*extent)(struct vfio_mig_device *mig);
	int (*place)(struct vfio_mig_device *mig, u64 offset, const void *data,
		     u32 length);
};

#define VFIO_MIG_FIELDS(list...)	.fields = (list), .nr_fields = ARRAY_SIZE(list)

/**
 * struct vfio_mig_behaviour - something that a driver does and an older one did not
 * @bit: Its bit in a stream's header, counted from the bottom; given once, never reused.
 * @name: What people call it, and its file in sysfs.
 * @when: When it shows in a stream, in words: "a DMA command is pending".
 */
struct vfio_mig_behaviour {
	u64 bit;
	const char *name;
	const char *when;
};

/**
 * struct vfio_mig_geometry - a number that must be the same on both sides
 * @name: What people call it; NULL ends the list.
 * @value: It, of this device; or NULL, and
 * @constant: It is the same for all of them.
 * @fix: What gives a device the number of another, in words, with the format of a
 *	number in it: "load edu_vfio_pci with dma_mask=%#llx"; or NULL.
 */
struct vfio_mig_geometry {
	const char *name;
	u64 (*value)(struct vfio_mig_device *mig);
	const u64 *constant;
	const char *fix;
};

/*
 * Of vfio_mig_ops.features, besides VFIO's own: the driver knows what its device
 * writes to memory, and says so by vfio_mig_dma_log_mark().
 */
#define VFIO_MIG_HAS_DMA_LOG	BIT(31)

/**
 * struct vfio_mig_ops - what a driver declares of its device
 * @features: VFIO_MIG_HAS_*; STOP_COPY is mandatory.
 * @state_at: Where the struct with the device's state is, counted from the beginning of
 *	the driver's own; see VFIO_MIG_STATE().
 * @state_size: Bytes of it.
 * @sections: What the stream is made of, in sending order.
 * @nr_sections: How many.
 * @behaviours: Those that can be switched off.
 * @nr_behaviours: How many.
 * @stream: Behaviours of the stream itself that it wants: with bulk memory it may have
 *	VFIO_MIG_STREAM_XXH64.
 * @geometry: At most VFIO_MIG_GEOMETRY, and one without a name behind them; or NULL.
 * @init: Its struct is there; what in it is not 0 at first.  NULL: nothing.
 * @release: The opposite.
 * @open: It can be reached, and has not been touched yet.  NULL: nothing to do.
 * @arc: What the device does on each arc, NULL if nothing.  0 with the device
 *	in the arc's target state, -errno with it in the source state, or
 *	VFIO_MIG_IN_NEITHER_STATE.  An arc of PRE_COPY that is not declared is that of
 *	RUNNING.
 * @scrub: Hold the state of power-on, whatever the user before has left, and stand
 *	still, or be as still as before.  Called when the device is opened, closed and
 *	reset, and when a stream is refused of which some bulk memory was placed.  If the
 *	device is to run, the core does the arcs from STOP to RUNNING afterwards.  An
 *	errno fails the opening, and leaves the device in ERROR after a reset.
 * @check: Is @state, which has been made of a stream, one that this device can have?
 *	What the fields say of themselves is so.  Changes nothing.  NULL: it is.
 * @ask: Have somebody else grant what @state wants of him, which he may refuse: a PF what
 *	a VF asked of another.  Called for a section that is live as soon as it has come,
 *	while the source still runs, with what has come of the others; and, after
 *	@check, with all of it.  An errno refuses the stream, and the device is scrubbed.
 *	NULL: there is nobody.
 * @load: The state is another one now, that of the stream; the device stands still, and
 *	the arc has been done.  Has no way to fail: @check was the place to refuse it,
 *	and the arc by which it runs again is that to write the hardware.  NULL: nothing to
 *	do until then.
 * @dirty: For tests: @bytes of what is sent while the device runs shall count as
 *	changed, again and again the same.  Returns how many do, which is less
 *	if the unit is larger; during PRE_COPY only.  NULL: not for this device, but for
 *	its sections that are live.
 *
 * All run under the device's state_lock or its session's lock, may sleep, and
 * must not touch user memory.
 */
struct vfio_mig_ops {
	u32 features;

	u32 state_at;
	u32 state_size;
	const struct vfio_mig_section *sections;
	unsigned int nr_sections;
	const struct vfio_mig_behaviour *behaviours;
	unsigned int nr_behaviours;
	u64 stream;
	const struct vfio_mig_geometry *geometry;

	void (*init)(struct vfio_mig_device *mig);
	void (*release)(struct vfio_mig_device *mig);
	int (*open)(struct vfio_mig_device *mig);

	int (*arc[VFIO_MIG_NR_ACTIONS])(struct vfio_mig_device *mig);
	int (*scrub)(struct vfio_mig_device *mig);
	int (*check)(struct vfio_mig_device *mig, const void *state,
		     struct vfio_mig_refusal *why);
	int (*ask)(struct vfio_mig_device *mig, const void *state,
		   struct vfio_mig_refusal *why);
	void (*load)(struct vfio_mig_device *mig);
	u64 (*dirty)(struct vfio_mig_device *mig, u64 bytes);
};

/* Of struct @type, @member is the device's state. */
#define VFIO_MIG_STATE(type, member...)					\
	.state_at = offsetof(type, member),				\
	.state_size = sizeof_field(type, member)

#define VFIO_MIG_SECTIONS(list...)					\
	.sections = (list), .nr_sections = ARRAY_SIZE(list)

#define VFIO_MIG_BEHAVIOURS(list...)				\
	.behaviours = (list), .nr_behaviours = ARRAY_SIZE(list)

/**
 * struct vfio_mig_device - a migratable device, as its driver sees it
 * @vdev: VFIO's device; @vdev->dev is the one that the driver is bound to.
 * @ops: The driver's declarations.
 * @behaviours: Those of the driver's that are switched on; changes only while
 *	the device is closed.
 * @lock: Protects the device's state, and what else the driver likes.  Held for each
 *	trapped access, between vfio_mig_access_begin() and vfio_mig_access_end(), and
 *	while the state is copied into a stream or out of one; not when functions of
 *	struct vfio_mig_ops are called.  Inner to all of the core's and to vfio-pci's
 *	memory_lock.
 * @priv: The core's own.
 */
struct vfio_mig_device {
	struct vfio_device *vdev;
	const struct vfio_mig_ops *ops;
	u64 behaviours;
	struct mutex lock; /* the device's state */
	struct vfio_mig_private *priv;
};

/* The device's state is that of power-on, as the fields say; the rest of it is 0. */
void vfio_mig_power_on(struct vfio_mig_device *mig);

/* A section that is live has changed; under @lock. */
void vfio_mig_changed(struct vfio_mig_device *mig, u32 id);

/* For a driver's work that may take long. */
extern struct workqueue_struct *vfio_mig_workqueue;

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

/*
 * memory.c.  As vfio_dma_rw(), and it works for users of an iommufd too: a driver of a
 * PCI device says .moves_bytes for that.  By a thread of the kernel, a work item for
 * example, while the device is open, and not under a lock: it touches user memory.
 * -EAGAIN if that has not answered in some milliseconds: try again later, for as
 * long as it is wanted.  -EPERM if the device's user has switched its DMA off.
 */
int vfio_mig_dma_rw(struct vfio_mig_device *mig, dma_addr_t iova, void *data,
		    size_t length, bool write);

#endif /* _LINUX_VFIO_MIG_H */
