/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the library share with one another and with nobody else. */
#ifndef VFIOMIG_LIB_H
#define VFIOMIG_LIB_H

#include <sys/types.h>
#include <time.h>

#include "arcs.h"
#include "vfiomig.h"

#define LIB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct lib_space;

/**
 * struct lib_space_ops - a way to reach devices, and the memory they see
 * @open: Open what comes before a device.
 * @get_device: Open one; returns its file descriptor or -errno.
 * @map, @unmap: As vfiomig_dma_map() and vfiomig_dma_unmap().
 */
struct lib_space_ops {
	int (*open)(struct lib_space *space, const struct vfiomig_info *info,
		    struct vfiomig_error *error);
	int (*get_device)(struct lib_space *space,
			  const struct vfiomig_info *info,
			  struct vfiomig_error *error);
	int (*map)(struct lib_space *space, void *memory, __u64 iova,
		   __u64 size, __u32 access);
	int (*unmap)(struct lib_space *space, __u64 iova, __u64 size);
};

/**
 * struct lib_space - an address space, shared by the devices of a group
 * @next: The next one of this process.
 * @ops: lib_group_ops or lib_cdev_ops.
 * @users: Number of open devices in it.
 * @group: The IOMMU group's number.
 * @group_fd: The group, or -1.
 * @iommu_fd: The container, or iommufd.
 * @ioas: Id of the address space in iommufd.
 */
struct lib_space {
	struct lib_space *next;
	const struct lib_space_ops *ops;
	unsigned int users;
	int group;
	int group_fd;
	int iommu_fd;
	__u32 ioas;
};

extern const struct lib_space_ops lib_group_ops;
extern const struct lib_space_ops lib_cdev_ops;

#define LIB_REGIONS	16

struct lib_region {
	bool known;
	__u64 start;
};

/**
 * struct vfiomig_dev - an open device
 * @info: What sysfs said when it was opened.
 * @space: Where it sees memory.
 * @fd: The device.
 * @features: VFIO_MIGRATION_*, 0 until asked for.
 * @arcs_asked: See vfiomig_arcs_asked().
 * @regions: Where regions start in the device's file, as far as known.
 */
struct vfiomig_dev {
	struct vfiomig_info info;
	struct lib_space *space;
	int fd;
	__u64 features;
	bool arcs_asked;
	struct lib_region regions[LIB_REGIONS];
};

#undef __printf
#define __printf(text, args) __attribute__(( \
	format(printf, text, args)))

/* error.c: each returns @err; the second appends ": " and its meaning. */
int lib_fail(struct vfiomig_error *error, int err, const char *format, ...)
	__printf(3, 4);
int lib_fail_errno(struct vfiomig_error *error, int err, const char *format,
		   ...) __printf(3, 4);
void lib_hint(struct vfiomig_error *error, const char *format, ...)
	__printf(2, 3);
/* Is @err that this user may not?  Then the next step is to be root. */
bool lib_hint_root(struct vfiomig_error *error, int err);
void lib_append(struct vfiomig_error *error, const char *format, ...)
	__printf(2, 3);

/* stream_file.c: "section 0x65640002: ..." becomes "section buffer: ..." */
void lib_name_section(const char *text, char *named, size_t size);

/* compat.c: EINVAL if a stream of @src would be refused at @dst. */
int lib_check_fit(struct vfiomig_dev *src, struct vfiomig_dev *dst,
		  struct vfiomig_error *error);

/* sysfs.c */
int lib_sysfs_read(const char *folder, const char *file, char *text,
		   size_t size);
int lib_sysfs_write(const char *path, const char *text);
int lib_sysfs_link(const char *folder, const char *link, char *name,
		   size_t size);

/* modprobe.c: whether it helped is for the caller to see */
void lib_modprobe(const char *module);

/* bind.c: EBUSY if somebody holds it, and @error says who. */
int lib_check_unused(const struct vfiomig_info *info,
		     struct vfiomig_error *error);

/* name.c */
void lib_fill_info(struct vfiomig_info *info);

/* space.c */
struct lib_space *lib_space_get(const struct lib_space_ops *ops,
				const struct vfiomig_info *info, int *err,
				struct vfiomig_error *error);
void lib_space_put(struct lib_space *space);

/* Has this process a device of that group open? */
bool lib_space_has_group(int group);

/* pf.c */
bool lib_has_no_vfs(const struct vfiomig_info *info);

/* hint.c: add what to do to an error that stands already */
void lib_open_hint(const struct vfiomig_info *info, const char *path, int err,
		   struct vfiomig_error *error);
void lib_unseen_hint(struct vfiomig_error *error);
void lib_bind_hint(const struct vfiomig_info *info,
		   struct vfiomig_error *error);
void lib_group_hint(struct vfiomig_error *error);
void lib_cdev_hint(struct vfiomig_error *error);
void lib_path_hint(const char *path, struct vfiomig_error *error);
void lib_map_hint(int err, struct vfiomig_error *error);

/* The same, and the error itself, which they return. */
int lib_fail_feature(struct vfiomig_dev *dev, __u32 feature, int err,
		     struct vfiomig_error *error);
int lib_fail_no_migration(const struct vfiomig_info *info,
			  struct vfiomig_error *error);
int lib_fail_not_bound(const struct vfiomig_info *info,
		       struct vfiomig_error *error);
int lib_fail_not_viable(const struct vfiomig_info *info,
			struct vfiomig_error *error);

/* Is there a device in its group that has another driver than one of VFIO's? */
bool lib_find_sibling(const struct vfiomig_info *info,
		      struct vfiomig_info *sibling);

/* Is the kernel that runs at least that one? */
bool lib_kernel_has(unsigned int major, unsigned int minor);

/* arcs_query.c */
void lib_add_reason(struct vfiomig_dev *dev, struct vfiomig_error *error);
int lib_check_pair(struct vfiomig_dev *dev,
		   const struct vfio_mig_routes *routes, __u32 from, __u32 to,
		   struct vfiomig_error *error);
__u32 lib_next_hop(const struct vfio_mig_routes *routes, __u32 from,
		   __u32 to);

/* state.c: a SET that is timed, and set down in @step. */
int lib_step(struct vfiomig_dev *dev, __u32 from, __u32 to, int *data_fd,
	     struct vfiomig_step *step, struct vfiomig_error *error);

/* data.c */
struct lib_copy {
	struct vfiomig_progress progress;
	vfiomig_on_progress on_progress;
	void *ctx;
};

ssize_t lib_read_some(int fd, void *data, size_t size);	/* or -errno */

/* To be read; "-" is stdin, and stays open. */
int lib_open_file(const char *path, struct vfiomig_error *error);
void lib_close_file(int fd);

int lib_write_all(int fd, const char *data, size_t size);
void lib_report(struct lib_copy *copy, __u64 bytes);

static inline __u64 lib_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

#endif /* VFIOMIG_LIB_H */
