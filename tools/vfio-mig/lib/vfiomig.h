/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvfiomig: open a VFIO device and migrate it.  With it come
 *
 *  - vfiomig_access.h: use its registers, memory and interrupts, as a driver in
 *    user space does;
 *  - vfiomig_admin.h: bind it to a driver, switch what that offers, make it fail;
 *
 * and apart from it there are
 *
 *  - vfiomig_stream.h: streams in files, and which of them fit a device;
 *  - vfiomig_monitor.h: what devices do that others have open.
 *
 * Works with every VFIO device; what concerns migration, with every one that
 * has VFIO_DEVICE_FEATURE_MIGRATION.  It prints nothing and never exits.  A
 * device belongs to one thread at a time, and no two threads open or close
 * devices at once.
 *
 * Unless something else is said, a function returns 0, or a negative errno and
 * the reason in @error, which may be NULL.  Sizes are bytes, times are
 * nanoseconds of CLOCK_MONOTONIC, states are the numbers of
 * enum vfio_device_mig_state (and of enum vfio_mig_state in arcs.h).
 *
 * A device's state lives as long as the device is open: opening it gives a
 * device that was reset and is RUNNING, closing it ends everything.
 */
#ifndef VFIOMIG_H
#define VFIOMIG_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/vfio.h>

struct vfio_mig_routes;			/* arcs.h */
struct vfio_device_mig_error;		/* uapi/linux/vfio_mig.h */
struct vfiomig_dev;

/**
 * struct vfiomig_error - why something failed
 * @err: The negative errno that was returned, or 0.
 * @text: The reason in one line, without a full stop.
 * @hint: What to do about it, in the same form; may be empty.
 */
struct vfiomig_error {
	int err;
	char text[256];
	char hint[256];
};

/*
 * Makes text printable, in place, that comes from somebody else (printable.c): UTF-8
 * stays as it is; what is none, control characters, and what turns the direction of
 * writing become a '?' each.  What an error says, and the name of a holder, are so
 * already.
 */
void vfiomig_printable(char *text);

/* ------------------------------------------------------------------------
 * Devices by name (name.c, list.c, holder.c, in_use.c)
 *
 * A name is a PCI address with or without its domain ("0000:01:00.0",
 * "01:00.0"), the UUID of a mediated device, or the path of a VFIO character
 * device ("/dev/vfio/devices/vfio0").
 */

/**
 * struct vfiomig_info - what sysfs says about a device
 * @name: Its canonical name: PCI address, UUID, or name in sysfs.
 * @sysfs: Its folder below /sys/devices.
 * @bus: "pci", "mdev", ...
 * @driver: The driver it is bound to, or "".
 * @group: Number of its IOMMU group, or -1.
 * @vfio: Whether it is bound to a VFIO driver.
 * @cdev: Path of its VFIO character device, or "" if there is none.
 * @vendor, @device, @subsystem_vendor, @subsystem_device: PCI ids, or 0.
 */
struct vfiomig_info {
	char name[64];
	char sysfs[512];
	char bus[16];
	char driver[64];
	int group;
	bool vfio;
	char cdev[64];
	__u16 vendor;
	__u16 device;
	__u16 subsystem_vendor;
	__u16 subsystem_device;
};

/* ENODEV: there is none; EINVAL: @name is not a name. */
int vfiomig_lookup(const char *name, struct vfiomig_info *info,
		   struct vfiomig_error *error);

/* Return non-zero to end the listing, which then returns that number. */
typedef int (*vfiomig_visit)(const struct vfiomig_info *info, void *ctx);

/* Every device that is bound to a VFIO driver, ordered by name. */
int vfiomig_list(vfiomig_visit visit, void *ctx);

/* Every PCI device, whatever its driver, ordered by address. */
int vfiomig_list_pci(vfiomig_visit visit, void *ctx);

/**
 * struct vfiomig_holder - a process that has a device open
 * @pid: The process, 0 if /proc shows none.
 * @name: Its command's name.
 */
struct vfiomig_holder {
	int pid;
	char name[64];
};

/*
 * Another process that has the device's group or character device open.
 * ENOENT if none is seen; without root only one's own are.
 */
int vfiomig_find_holder(const struct vfiomig_info *info,
			struct vfiomig_holder *holder);

/*
 * Does somebody hold the device, so that an unbind would wait for ever, or another
 * device of its group, so that no other driver could have it?  1 or 0, as the kernel
 * says, whoever it is.  A negative errno: nobody can be asked, as its driver is not
 * on vfio_mig and its group cannot be opened.
 */
int vfiomig_in_use(const struct vfiomig_info *info);

/* ------------------------------------------------------------------------
 * Open and close (open.c, space.c, group.c, cdev.c)
 */
enum vfiomig_iommu {
	/* $VFIO_MIG_IOMMU if set, else iommufd if possible, else the group. */
	VFIOMIG_IOMMU_AUTO,
	VFIOMIG_IOMMU_GROUP,	/* group, container and type1 */
	VFIOMIG_IOMMU_IOMMUFD,	/* character device and iommufd */
};

/*
 * ENODEV: no such device, or not bound to a VFIO driver; EBUSY: open
 * elsewhere; EACCES or EPERM: not allowed; EOPNOTSUPP: the kernel lacks the
 * way that @iommu asks for.
 *
 * Each device gets an address space of its own, but devices of one IOMMU group
 * share theirs.  After an error *@dev is NULL.
 */
int vfiomig_open(const char *name, enum vfiomig_iommu iommu,
		 struct vfiomig_dev **dev, struct vfiomig_error *error);

/* NULL is allowed. */
void vfiomig_close(struct vfiomig_dev *dev);

const struct vfiomig_info *vfiomig_info(const struct vfiomig_dev *dev);
const char *vfiomig_name(const struct vfiomig_dev *dev);

/* The device's file descriptor, for ioctls that have no function here. */
int vfiomig_fd(const struct vfiomig_dev *dev);

/* Which of the two ways it was opened through. */
enum vfiomig_iommu vfiomig_iommu(const struct vfiomig_dev *dev);

/* ------------------------------------------------------------------------
 * Features (feature.c)
 */

/*
 * One VFIO_DEVICE_FEATURE ioctl.  @flags: the feature's number and
 * VFIO_DEVICE_FEATURE_GET, _SET, _PROBE; @data: @size bytes in and out.
 * ENOTTY: the device does not have it.
 */
int vfiomig_feature(struct vfiomig_dev *dev, __u32 flags, void *data,
		    size_t size, struct vfiomig_error *error);

/* Does the device have @feature with these of _GET and _SET?  0 or ENOTTY. */
int vfiomig_feature_probe(struct vfiomig_dev *dev, __u32 feature,
			  struct vfiomig_error *error);

/* VFIO_MIGRATION_*.  EOPNOTSUPP: the device cannot be migrated. */
int vfiomig_features(struct vfiomig_dev *dev, __u64 *features,
		     struct vfiomig_error *error);

/* How much STOP_COPY would take, in bytes; an estimate. */
int vfiomig_data_size(struct vfiomig_dev *dev, __u64 *bytes,
		      struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * States (state.c, walk.c)
 */
int vfiomig_get_state(struct vfiomig_dev *dev, __u32 *state,
		      struct vfiomig_error *error);

/*
 * One SET.  *@data_fd receives the data file if the transition opens one, and
 * -1 otherwise; it is the caller's to close.  With a NULL @data_fd it is
 * closed at once.  If the driver says why a transition failed, that is part of
 * the error.
 *
 * This asks the device whatever it is told to.  Kernels before 6.12.96 never
 * return from STOP_COPY to PRE_COPY with drivers that rely on VFIO's own
 * table: look at vfiomig_arcs() first, as everything below does.
 */
int vfiomig_set_state(struct vfiomig_dev *dev, __u32 state, int *data_fd,
		      struct vfiomig_error *error);

/**
 * struct vfiomig_step - a transition that was made
 * @device: The device's name.
 * @from, @to: The states.
 * @at: When the SET began.
 * @ns: Time that the SET took.
 * @err: 0, or the negative errno that it failed with.
 */
struct vfiomig_step {
	char device[64];
	__u32 from;
	__u32 to;
	__u64 at;
	__u64 ns;
	int err;
};

typedef void (*vfiomig_on_step)(const struct vfiomig_step *step, void *ctx);

#define VFIOMIG_WALK_WHOLE	0x1	/* a combination is one SET */

/**
 * vfiomig_walk - take a device through a list of states
 * @dev: The device.
 * @states: Where to go, one after the other.
 * @count: Number of @states.
 * @flags: VFIOMIG_WALK_*.
 * @on_step: Called after each transition, the failed one too; may be NULL.
 * @ctx: For @on_step.
 * @error: Why the walk ended early.
 *
 * A combination is taken hop by hop, unless VFIOMIG_WALK_WHOLE is given.  What
 * is read in STOP_COPY is kept and written into a later RESUMING, so a device
 * can be loaded with its own data.  Before the first step all of them are
 * checked against vfiomig_arcs(); EOPNOTSUPP if one is not supported.
 */
int vfiomig_walk(struct vfiomig_dev *dev, const __u32 *states,
		 unsigned int count, unsigned int flags,
		 vfiomig_on_step on_step, void *ctx,
		 struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Calls of <linux/vfio_mig.h> (core_call.c)
 */
enum vfiomig_call {
	VFIOMIG_ARC_SUPPORTED,		/* struct vfio_device_mig_arc */
	VFIOMIG_LAST_ERROR,		/* struct vfio_device_mig_error */
	VFIOMIG_DESCRIPTOR,		/* struct vfio_device_mig_descriptor */
	VFIOMIG_COMPATIBLE,		/* struct vfio_device_mig_compatible */
	VFIOMIG_NAMES,			/* struct vfio_device_mig_names */
};

/*
 * Make a call, in whichever way the driver knows: by its ioctl, by
 * VFIO_DEVICE_FEATURE, or by the number that the ioctl had before.  @arg is the
 * call's struct, with its argsz.  0 or -errno; ENOTTY: in none of them.
 */
int vfiomig_call(struct vfiomig_dev *dev, enum vfiomig_call call, void *arg);

/* ------------------------------------------------------------------------
 * Arcs (arcs_query.c)
 */

/*
 * Which transitions the device supports: the driver's own answer to
 * VFIO_DEVICE_MIG_ARC_SUPPORTED, or what follows from its features if it does
 * not know that call.
 */
int vfiomig_arcs(struct vfiomig_dev *dev, struct vfio_mig_routes *routes,
		 struct vfiomig_error *error);

/* Was the last answer of vfiomig_arcs() the driver's own? */
bool vfiomig_arcs_asked(const struct vfiomig_dev *dev);

/**
 * struct vfiomig_arc - what is known of one transition
 * @verdict: VFIO_MIG_ARC_STAYS, _DIRECT or _COMBINATION.
 * @first_hop: The first state entered on the way.
 * @hops: Number of states entered.
 */
struct vfiomig_arc {
	__u32 verdict;
	__u32 first_hop;
	__u32 hops;
};

/* One transition.  EOPNOTSUPP: not supported; EINVAL: not states. */
int vfiomig_arc(struct vfiomig_dev *dev, __u32 from, __u32 to,
		struct vfiomig_arc *arc, struct vfiomig_error *error);

/*
 * Why the last transition failed; all zero if none did or the driver cannot
 * say.
 */
int vfiomig_last_error(struct vfiomig_dev *dev,
		       struct vfio_device_mig_error *last);

/* The number of a state's name, in any case, with - or _; -1 if it is none. */
int vfiomig_state_number(const char *name);

/* ------------------------------------------------------------------------
 * Streams (data.c, migrate.c)
 */

/**
 * struct vfiomig_progress - how far a stream has come
 * @stage: What is being done, a few words.
 * @bytes: Bytes moved so far.
 * @expected: Bytes in all, an estimate; 0 if unknown.
 */
struct vfiomig_progress {
	const char *stage;
	__u64 bytes;
	__u64 expected;
};

typedef void (*vfiomig_on_progress)(const struct vfiomig_progress *progress,
				    void *ctx);

/*
 * Bring the device to STOP_COPY, write its stream to @out, and bring it back
 * to the state it was in.  *@bytes, if not NULL, receives the stream's size.
 */
int vfiomig_save(struct vfiomig_dev *dev, int out,
		 vfiomig_on_progress on_progress, void *ctx, __u64 *bytes,
		 struct vfiomig_error *error);

/*
 * Bring the device to RESUMING, write what @in holds up to its end, and let it
 * run.  After a failure the device was reset.
 */
int vfiomig_load(struct vfiomig_dev *dev, int in,
		 vfiomig_on_progress on_progress, void *ctx, __u64 *bytes,
		 struct vfiomig_error *error);

/* Move bytes from a data file in STOP_COPY to @out, up to the end. */
int vfiomig_read_stream(struct vfiomig_dev *dev, int data_fd, int out,
			vfiomig_on_progress on_progress, void *ctx,
			__u64 *bytes, struct vfiomig_error *error);

/* Move bytes from @in, up to its end, into a data file in RESUMING. */
int vfiomig_write_stream(struct vfiomig_dev *dev, int data_fd, int in,
			 vfiomig_on_progress on_progress, void *ctx,
			 __u64 *bytes, struct vfiomig_error *error);

/**
 * struct vfiomig_migrate_opts - how to migrate; all zero is a good choice
 * @no_precopy: Do not use PRE_COPY, even if the device has it.
 * @dry_run: Ask all that is asked before anything moves, and set down the steps
 *	that would be made, without their times; move nothing.
 * @rounds: Rounds of PRE_COPY at most; 0 means 16.
 * @small: Stop the device when fewer bytes than this are left; 0 means 64 KiB.
 */
struct vfiomig_migrate_opts {
	bool no_precopy;
	bool dry_run;
	unsigned int rounds;
	__u64 small;
};

#define VFIOMIG_STEPS_MAX	32

/**
 * struct vfiomig_migration - what a migration took
 * @steps, @count: The transitions of both devices, in order.
 * @bytes: Bytes moved in all.
 * @precopy_bytes: Those of them that moved while the source was running.
 * @rounds: Rounds of PRE_COPY.
 * @start: When the first transition began.
 * @stopped: When the downtime began; 0 if it did not.
 * @downtime_ns: From the source leaving RUNNING or PRE_COPY until the
 *	destination is RUNNING.
 * @total_ns: From the first transition to the last.
 */
struct vfiomig_migration {
	struct vfiomig_step steps[VFIOMIG_STEPS_MAX];
	unsigned int count;
	__u64 bytes;
	__u64 precopy_bytes;
	unsigned int rounds;
	__u64 start;
	__u64 stopped;
	__u64 downtime_ns;
	__u64 total_ns;
};

/**
 * vfiomig_migrate - move the state of one device to another
 * @src: The source; must be RUNNING.
 * @dst: The destination; must be RUNNING.
 * @opts: May be NULL.
 * @on_progress: May be NULL.
 * @ctx: For @on_progress.
 * @result: What it took, after a failure what was done until then; may be
 *	NULL.
 * @error: Which step failed, and why.
 *
 * Before anything moves, both devices are asked whether they support every
 * transition that will be used; EOPNOTSUPP if not.  If both can say whether
 * the stream will fit, they are asked that too; EINVAL if it will not.  Then
 * the source is STOP and the destination RUNNING.  If a step fails, the
 * destination is reset and the source runs again; the error says so if that
 * failed too.
 */
int vfiomig_migrate(struct vfiomig_dev *src, struct vfiomig_dev *dst,
		    const struct vfiomig_migrate_opts *opts,
		    vfiomig_on_progress on_progress, void *ctx,
		    struct vfiomig_migration *result,
		    struct vfiomig_error *error);

/* ------------------------------------------------------------------------
 * Reset (reset.c)
 */

/* VFIO_DEVICE_RESET.  EOPNOTSUPP: the device has none. */
int vfiomig_reset(struct vfiomig_dev *dev, struct vfiomig_error *error);

/*
 * Reset the bus or slot of a PCI device, and so all devices on it, which must
 * be in the same IOMMU group.
 */
int vfiomig_hot_reset(struct vfiomig_dev *dev, struct vfiomig_error *error);

#include "vfiomig_access.h"
#include "vfiomig_admin.h"

#endif /* VFIOMIG_H */
