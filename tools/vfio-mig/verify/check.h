/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the checks of vfio-mig verify share.
 *
 * A check finds the device RUNNING, and leaves it in any state.  It asks for
 * what it needs with functions that say "blocked" if that cannot be had, and
 * says what it is about with expect_*().  So a fault is reported by the check
 * that is named after it, and those that only stumble over it are blocked.
 *
 * What is expected follows from the features that the device reports and the
 * rules of arcs.c, never from what a driver says of its arcs.
 */
#ifndef VFIO_MIG_VERIFY_CHECK_H
#define VFIO_MIG_VERIFY_CHECK_H

#include <sys/types.h>

#include "arcs.h"
#include "notes.h"
#include "tool.h"

#define TEXT_LENGTH	256

/* The data of a feature. */
#define FEATURE_ROOM	64

/* Of Linux 7.1, and so newer than the headers that this may be built with. */
#define FEATURE_PRECOPY_INFO_V2	12
#define PRECOPY_INFO_REINIT	(1u << 0)

/* Streams of more than this are not kept. */
#define STREAM_MAX	(1ull << 30)

/* What a check needs of the device or the user. */
#define NEEDS_P2P		(1 << 0)
#define NEEDS_PRE_COPY		(1 << 1)
#define NEEDS_NO_P2P		(1 << 2)
#define NEEDS_NO_PRE_COPY	(1 << 3)
#define NEEDS_DATA_SIZE		(1 << 4)
#define NEEDS_PEER		(1 << 5)
#define NEEDS_DESTRUCTIVE	(1 << 6)
#define NEEDS_RESET		(1 << 7)
#define NEEDS_PCI		(1 << 8)
#define NEEDS_LOGGING		(1 << 9)
#define NEEDS_CORE		(1 << 10)
#define NEEDS_NO_LOOP		(1 << 11)
#define NEEDS_CONTENT		(1 << 12)
#define NEEDS_WORK		(1 << 13)
#define NEEDS_TARGET		(1 << 14)
#define NEEDS_PRECOPY_V2	(1 << 15)

/* Content, if there is one; else the check does with the state after power-on. */
#define WANTS_CONTENT		(1 << 16)

struct content;
struct vfio_device_mig_arc;

enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,
	VERDICT_SKIP,
	VERDICT_BLOCKED,
};

/**
 * struct bytes - a stream, in memory
 * @data: Its bytes, or NULL.
 * @size: How many.
 */
struct bytes {
	__u8 *data;
	size_t size;
};

/**
 * struct side - one of the devices
 * @dev: The open device.
 * @name: Its name, as it was given.
 * @data_fd: The file of the session that it is in, or -1.
 * @eventfd: What its interrupt is signalled through, or -1.
 * @irq: Which that is, or -1.
 * @irq_count: How often it came, as far as somebody has asked.
 * @memory, @memory_size: What the device sees at an address of its own, or NULL.
 * @iova: That address.
 */
struct side {
	struct vfiomig_dev *dev;
	const char *name;
	int data_fd;
	int eventfd;
	int irq;
	__u64 irq_count;
	__u8 *memory;
	size_t memory_size;
	__u64 iova;
};

#define CLOSED_SIDE(its_name) \
	{ .name = (its_name), .data_fd = -1, .eventfd = -1, .irq = -1 }

/**
 * struct verify - a run, and the check that is running
 * @profile: Which checks are run.
 * @prepare, @expect: Files of calls, or NULL.
 * @self: The device.
 * @peer: Another one like it; its @dev is NULL if none was given.
 * @features: VFIO_MIGRATION_* of the device.
 * @rules: What follows from them.
 * @states, @count: The states it has, without ERROR.
 * @has: NEEDS_* that are met.
 * @saved: What the device saves, once somebody wanted to know.
 * @content: What the device is given to be moved, once somebody wanted to know.
 * @power_on: What it saves after power-on, likewise.
 * @arrives, @fixed_point: Two of the checks, for those that build on them; -1: unknown.
 * @moving: SEEN_* that moves when the device works; -1: unknown.
 * @asked_for_content: Somebody wanted to know.
 * @moved: Another state than that of power-on was moved.
 * @opted_in: The device was asked for MIG_PRECOPY_INFOv2 since it was opened.
 * @dead: Why nothing can be checked any more, or "".
 * @verdict: Of this check.
 * @expected, @came: If it failed.
 * @reason: If it was skipped or blocked.
 * @notes: What was asked of the devices.
 */
struct verify {
	const char *profile;
	const char *prepare;
	const char *expect;
	struct side self;
	struct side peer;
	__u64 features;
	struct vfio_mig_routes rules;
	__u32 states[VFIO_MIG_NR_STATES];
	unsigned int count;
	unsigned int has;
	struct bytes saved;
	const struct content *content;
	struct bytes power_on;
	int arrives;
	int fixed_point;
	int moving;
	bool moved;
	bool opted_in;
	bool asked_for_content;
	char dead[TEXT_LENGTH];

	enum verdict verdict;
	char expected[TEXT_LENGTH];
	char came[TEXT_LENGTH];
	char reason[TEXT_LENGTH];
	struct notes notes;
};

/**
 * struct check - a rule, and how to see whether a driver keeps to it
 * @name: What should be so.
 * @rule: What <linux/vfio.h> says of it, in other words.
 * @anchor: Where it says that.
 * @needs: NEEDS_*; the check is skipped without.
 * @run: Looks.
 */
struct check {
	const char *name;
	const char *rule;
	const char *anchor;
	unsigned int needs;
	void (*run)(struct verify *v);
};

/**
 * struct check_group - checks that belong together
 * @name: What they are about.
 * @checks: Ends with one without a name.
 */
struct check_group {
	const char *name;
	const struct check *checks;
};

extern const struct check_group features_group;
extern const struct check_group states_group;
extern const struct check_group sessions_group;
extern const struct check_group streams_group;
extern const struct check_group refusals_group;
extern const struct check_group precopy_group;
extern const struct check_group precopy_v2_group;
extern const struct check_group stopped_group;
extern const struct check_group reset_group;
extern const struct check_group logging_group;
extern const struct check_group content_group;
extern const struct check_group work_group;
extern const struct check_group qemu_group;
extern const struct check_group qemu_11_1_group;
extern const struct check_group cloud_hypervisor_group;

/* ---- expect.c: each returns whether it is as expected ---- */

bool expect(struct verify *v, bool good, const char *expected,
	    const char *came, ...) __printf(4, 5);
bool expect_ok(struct verify *v, int ret, const char *what);
bool expect_errno(struct verify *v, int ret, int err, const char *what);
bool expect_failure(struct verify *v, int ret, const char *what);
bool expect_state(struct verify *v, struct side *side, __u32 state,
		  const char *when);

/* The file's session is over: neither data nor the end of it. */
bool expect_over(struct verify *v, int data_fd, bool saving,
		 const char *when);
bool expect_same(struct verify *v, const struct bytes *one,
		 const struct bytes *other, const char *what);

void skip(struct verify *v, const char *format, ...) __printf(2, 3);

/* The check cannot be made because of something else; returns false. */
bool blocked(struct verify *v, const char *format, ...) __printf(2, 3);

/* "0" or the name of an errno. */
const char *errno_text(int ret);

/* ---- calls.c: what is asked of a device, as it is; 0 or -errno ---- */

/* *@data_fd, which may be NULL, receives what the kernel wrote there. */
int call_set(struct verify *v, struct side *side, __u32 state, int *data_fd);
int call_get(struct verify *v, struct side *side,
	     struct vfio_device_feature_mig_state *state);

/* A VFIO_DEVICE_FEATURE with an argsz of @argsz. */
int call_feature(struct verify *v, struct side *side, __u32 flags,
		 size_t argsz, void *data, size_t size);
int call_data_size(struct verify *v, struct side *side, __u64 *bytes);

/* SET of MIG_PRECOPY_INFOv2, which lasts until the device is closed. */
int call_precopy_v2(struct verify *v, struct side *side);
int call_arcs(struct verify *v, struct side *side,
	      struct vfio_device_mig_arc *query);
int call_info(struct verify *v, struct side *side, __u32 *flags);
int call_sleep(struct verify *v, struct side *side, unsigned int ms);
int call_reset(struct verify *v, struct side *side);
int call_hot_reset(struct verify *v, struct side *side);
int call_config_read(struct verify *v, struct side *side, __u32 offset,
		     void *data, size_t size);
int call_config_write(struct verify *v, struct side *side, __u32 offset,
		      const void *data, size_t size);
int call_region(struct verify *v, struct side *side, __u32 index, __u64 *size);

/* An interrupt through the side's eventfd; ETIME: it did not come. */
int call_irq_on(struct verify *v, struct side *side, __u32 index);
int call_irq_trigger(struct verify *v, struct side *side, __u32 index);
int call_irq_off(struct verify *v, struct side *side, __u32 index);

/*
 * Memory that the device may write, all bytes of it the same; does it still
 * have them?  ECHRNG: not all.
 */
int call_map(struct verify *v, struct side *side, __u64 iova, size_t size);
int call_memory(struct verify *v, struct side *side);
int call_unmap(struct verify *v, struct side *side, __u64 iova);

int call_log_start(struct verify *v, struct side *side, __u64 page_size,
		   const struct vfio_device_feature_dma_logging_range *ranges,
		   unsigned int count);
int call_log_stop(struct verify *v, struct side *side);

/* Of at most 64 pages. */
int call_log_report(struct verify *v, struct side *side, __u64 page_size,
		    __u64 iova, __u64 length, __u64 *bitmap);

/* The state, or -1; this is not noted. */
int state_of(struct side *side);

/* What call_map() and call_irq_on() do, not noted either. */
int map_memory(struct side *side, __u64 iova, size_t size);
int enable_irq(struct side *side, __u32 index);

/* ---- access.c: the same of registers, memory and interrupts ---- */

/* One access of @size bytes, to memory or I/O, or to config space. */
int call_bar_read(struct verify *v, struct side *side, __u32 region,
		  __u64 offset, void *data, size_t size);

/* @text is what stands for @data in a script; NULL if there are only a few. */
int call_bar_write(struct verify *v, struct side *side, __u32 region,
		   __u64 offset, const void *data, size_t size,
		   const char *text);

/* The same as a number of 1, 2, 4 or 8 bytes. */
int call_bar_get(struct verify *v, struct side *side, __u32 region,
		 __u64 offset, size_t size, __u64 *value);
int call_bar_set(struct verify *v, struct side *side, __u32 region,
		 __u64 offset, size_t size, __u64 value);

/* Until these bits are @value; ETIME: not in a minute. */
int call_bar_wait(struct verify *v, struct side *side, __u32 region,
		  __u64 offset, size_t size, __u64 mask, __u64 value);

/* Of what call_map() has made; EFAULT: not there. */
int call_memory_read(struct verify *v, struct side *side, __u64 iova,
		     void *data, size_t size);
int call_memory_write(struct verify *v, struct side *side, __u64 iova,
		      const void *data, size_t size, const char *text);

/* Where that is, or NULL. */
__u8 *memory_at(const struct side *side, __u64 iova, size_t size);

/*
 * How often the interrupt came since it was set up, at the device too that was taken
 * over; if none came since the last time, wait for one, so long at most.
 */
int call_irq_count(struct verify *v, struct side *side, unsigned int ms,
		   __u64 *count);

/*
 * What a VMM moves besides the device's state: the command register, the memory that
 * it sees, the interrupt that is set up.  From the device itself, that is what a reset
 * has taken away.
 */
int call_take_over(struct verify *v, struct side *side, struct side *from);

/* Sizes of which a value is a number, in the byte order of PCI. */
bool is_number_size(size_t size);
__u64 number_of(const void *data, size_t size);

/* Bytes that look like chance, always the same of a seed. */
void fill_pattern(__u8 *data, size_t size, __u32 seed);
__u32 sum_of(const void *data, size_t size);

/* A number, some bytes, or their sum. */
const char *data_text(char *text, size_t room, const void *data, size_t size);

/* ---- files.c: the same of a data file ---- */
ssize_t call_read(struct verify *v, int data_fd, void *data, size_t size);
ssize_t call_write(struct verify *v, int data_fd, const void *zeros,
		   size_t size);

/* To and from an address that is none. */
ssize_t call_read_bad(struct verify *v, int data_fd, size_t size);
ssize_t call_write_bad(struct verify *v, int data_fd, size_t size);

/* A byte at position 0. */
ssize_t call_pread(struct verify *v, int data_fd);
ssize_t call_pwrite(struct verify *v, int data_fd);
int call_seek(struct verify *v, int data_fd);

/* One of VFIO's, by its number. */
int call_file_ioctl(struct verify *v, int data_fd, unsigned int number);
short call_poll(struct verify *v, int data_fd);
void call_close(struct verify *v, int data_fd);

/* *@exceeded: bytes beyond the struct were written.  Both may be NULL. */
int call_precopy_info(struct verify *v, int data_fd, size_t argsz,
		      struct vfio_precopy_info *info, bool *exceeded);

/* The same, with @flags in the struct. */
int call_precopy_flags(struct verify *v, int data_fd, size_t argsz, __u32 flags,
		       struct vfio_precopy_info *info, bool *exceeded);

/*
 * Append what can be read, @chunk bytes at a time.  0 at the end, -ENOMSG at
 * a temporary one, else what went wrong.
 */
int call_read_all(struct verify *v, int data_fd, struct bytes *bytes,
		  size_t chunk);
int call_write_all(struct verify *v, int data_fd, const struct bytes *bytes,
		   size_t chunk);

/* Of this process. */
int call_count_files(struct verify *v, const struct side *side);

/* ---- subject.c: get a device to where a check begins ---- */

/* RUNNING, without a session, and with no calls noted. */
bool fresh(struct verify *v, struct side *side);

/* Close and open it, as another user would find it. */
bool reopen(struct verify *v, struct side *side);

/* SET, keep the session's file in @side; blocked if it fails. */
bool go(struct verify *v, struct side *side, __u32 state);

/* From RUNNING to @state; in RESUMING a whole stream has been written. */
bool enter(struct verify *v, struct side *side, __u32 state);

/* What the device saves now; afterwards it is in STOP_COPY. */
bool save(struct verify *v, struct side *side, struct bytes *bytes);

/* What it saved the first time that somebody asked, or NULL. */
const struct bytes *saved(struct verify *v);

/* A stream into a RUNNING device, which is in STOP then; 0 or -errno. */
int load(struct verify *v, struct side *side, const struct bytes *bytes,
	 size_t chunk);

/*
 * From RUNNING to RESUMING, and half of the device's own stream: what that
 * write() said.  The check may be blocked then.
 */
int write_half(struct verify *v);

void close_data(struct verify *v, struct side *side);
void free_bytes(struct bytes *bytes);
bool copy_bytes(struct verify *v, struct bytes *to, const struct bytes *from);

/* A file that is not @side's any more; the caller closes it. */
int take_data_fd(struct side *side);

/* Would a SET of @to in @from return a new data_fd? */
bool opens(__u32 from, __u32 to);

/* Would it end the session of @from? */
bool ends(__u32 from, __u32 to);

/* ---- verify.c ---- */

/* All that a VMM does, on @device and on @peer if that is not NULL. */
int verify_vmm(const char *vmm, const char *device, const char *peer);

/* ---- report.c ---- */

void report_start(const struct verify *v, unsigned int count);
void report_group(const struct check_group *group);
void report_check(const struct verify *v, const struct check_group *group,
		  const struct check *check, unsigned int number);
void report_end(const struct verify *v,
		const unsigned int counts[VERDICT_BLOCKED + 1]);

#endif /* VFIO_MIG_VERIFY_CHECK_H */
