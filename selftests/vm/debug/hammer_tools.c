// SPDX-License-Identifier: GPL-2.0
/*
 * What the threads of the hammer do to a device, each again and again while the
 * others do theirs.  Each knows which errors there may be, whatever the others do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feature.h"
#include "hammer.h"
#include "uapi/linux/vfio_mig.h"

/* An errno that nothing but a knob makes. */
#define KNOB_ERRNO	EDQUOT

#define COMPLAINTS	20
#define VF_PAGES	4 /* the last two can be mapped */
#define COUNT(array)	(sizeof(array) / sizeof(*(array)))

void hammer_complain(struct hammer *hammer, const char *format, ...)
{
	char text[256];
	va_list args;

	if (atomic_fetch_add(&hammer->complaints, 1) >= COMPLAINTS)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("# %s\n", text);
	fflush(stdout);
}

/* ---- what is shared ---- */

int hammer_take_device(struct hammer *hammer)
{
	int fd = -1;

	pthread_mutex_lock(&hammer->lock);
	if (hammer->fd >= 0)
		fd = fcntl(hammer->fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&hammer->lock);
	return fd;
}

int hammer_take_file(struct hammer *hammer, unsigned int *seed, bool *saves)
{
	/* The last one is the one that may be good for something. */
	unsigned int nth = rand_r(seed) % 4 ? 0 : rand_r(seed) % HAMMER_FILES;
	int fd = -1;

	pthread_mutex_lock(&hammer->lock);
	*saves = hammer->files[nth].saves;
	if (hammer->files[nth].fd >= 0)
		fd = fcntl(hammer->files[nth].fd, F_DUPFD_CLOEXEC, 0);
	pthread_mutex_unlock(&hammer->lock);
	return fd;
}

void hammer_keep_file(struct hammer *hammer, int fd)
{
	struct hammer_file *files = hammer->files;

	pthread_mutex_lock(&hammer->lock);
	if (files[HAMMER_FILES - 1].fd >= 0)
		close(files[HAMMER_FILES - 1].fd);
	memmove(files + 1, files, (HAMMER_FILES - 1) * sizeof(*files));
	files[0] = (struct hammer_file) {
		.fd = fd,
		.saves = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY,
	};
	pthread_mutex_unlock(&hammer->lock);
}

/* ---- states ---- */

/* What a SET may say: it is refused, a stream is, or a knob was turned. */
static bool is_excuse(int error)
{
	return error == EINVAL || error == EIO || error == EBADMSG ||
	       error == E2BIG || error == ENODATA || error == EOPNOTSUPP ||
	       error == KNOB_ERRNO;
}

static void set(struct hammer *hammer, unsigned int *seed)
{
	__u32 state = rand_r(seed) % VFIO_MIG_NR_STATES;
	int data_fd, ret, fd = hammer_take_device(hammer);

	if (fd < 0)
		return;
	ret = feature_set_state(fd, state, &data_fd);
	if (ret) {
		atomic_fetch_add(&hammer->counts.failed_sets, 1);
		if (!is_excuse(-ret))
			hammer_complain(hammer, "SET %s: %s",
					vfio_mig_state_name(state),
					strerror(-ret));
	} else {
		atomic_fetch_add(&hammer->counts.good_sets, 1);
		if (data_fd >= 0 && !vfio_mig_has_session(state))
			hammer_complain(hammer, "SET %s gave a data file",
					vfio_mig_state_name(state));
		if (data_fd >= 0)
			hammer_keep_file(hammer, data_fd);
	}
	close(fd);
}

/*
 * By its user, and by the administrator; by that one only while it is open: VFIO
 * saves the config space of a device that it opens, and what it would find there
 * during a reset is nothing.
 */
static void reset_device(struct hammer *hammer, unsigned int *seed)
{
	char path[96];
	int fd, ret;

	usleep(rand_r(seed) % 20000);
	fd = hammer_take_device(hammer);
	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset",
		 hammer->bdf);
	if (rand_r(seed) % 4 || atomic_load(&hammer->bound) & 1 ||
	    is_software(hammer->bdf))
		ret = ioctl(fd, VFIO_DEVICE_RESET) ? errno : 0;
	else
		ret = -write_file(path, "1");
	/* Who unbinds the device holds what a reset takes. */
	if (ret && ret != EAGAIN)
		hammer_complain(hammer, "reset: %s", strerror(ret));
	close(fd);
}

/* ---- data files ---- */

static void use(struct hammer *hammer, unsigned int *seed)
{
	static __thread uint8_t bytes[STREAM_MAX];
	size_t size = rand_r(seed) % STREAM_MAX;
	bool saves;
	int fd = hammer_take_file(hammer, seed, &saves);
	ssize_t done;

	if (fd < 0)
		return;
	if (saves) {
		done = read(fd, bytes, size);
		if (done > 0)
			atomic_fetch_add(&hammer->counts.bytes_read, done);
	} else {
		/* All of it, most of the time. */
		if (rand_r(seed) % 4 || size > hammer->whole.size)
			size = hammer->whole.size;
		done = write(fd, hammer->whole.bytes, size);
		if (done > 0)
			atomic_fetch_add(&hammer->counts.bytes_written, done);
	}
	if (done < 0 && errno != ENODEV && errno != (saves ? ENOMSG : EINVAL) &&
	    (saves || !is_excuse(errno)))
		hammer_complain(hammer, "%s: %s", saves ? "read" : "write",
				strerror(errno));
	close(fd);
}

static void poll_file(struct hammer *hammer, unsigned int *seed)
{
	struct vfio_precopy_info info = { .argsz = sizeof(info) };
	struct pollfd pollfd = { .events = POLLIN | POLLOUT };
	bool saves;
	int ret;

	pollfd.fd = hammer_take_file(hammer, seed, &saves);
	if (pollfd.fd < 0)
		return;
	if (poll(&pollfd, 1, rand_r(seed) % 2) < 0 ||
	    pollfd.revents & (saves ? POLLOUT : POLLIN))
		hammer_complain(hammer, "poll: %#x", pollfd.revents);
	ret = ioctl(pollfd.fd, VFIO_MIG_GET_PRECOPY_INFO, &info);
	if (ret && errno != ENODEV && errno != (saves ? EINVAL : ENOTTY))
		hammer_complain(hammer, "PRECOPY_INFO: %s", strerror(errno));
	close(pollfd.fd);
}

/* ---- the device ---- */

/* Anywhere in the first page of its registers, which for an edu has them all. */
static void touch(struct hammer *hammer, unsigned int *seed)
{
	uint64_t where = hammer->registers + rand_r(seed) % 0x100 / 4 * 4;
	uint32_t value = rand_r(seed) % 3 ? rand_r(seed) % 64 : rand_r(seed);
	int fd = hammer_take_device(hammer);
	ssize_t ret;

	if (fd < 0)
		return;
	ret = rand_r(seed) % 2 ? pread(fd, &value, sizeof(value), where) :
				 pwrite(fd, &value, sizeof(value), where);
	/* While it is stopped, or its memory decode is off. */
	if (ret < 0 && errno != EBUSY && errno != EIO)
		hammer_complain(hammer, "register %#lx: %s",
				(unsigned long)(where - hammer->registers),
				strerror(errno));
	close(fd);
}

static __thread sigjmp_buf refused;

static void on_sigbus(int number)
{
	siglongjmp(refused, 1);
}

/*
 * A page of a display's memory, or of a VF's rings, by a mapping that lasts as long as this.
 * Neither is asked to do DMA.
 */
static void map(struct hammer *hammer, unsigned int *seed)
{
	struct sigaction action = { .sa_handler = on_sigbus };
	unsigned int pages = hammer->kind == HAMMER_VF ? VF_PAGES : 64;
	uint32_t *page;
	int fd = hammer_take_device(hammer);

	if (fd < 0)
		return;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    rand_r(seed) % pages * 4096);
	if (page == MAP_FAILED) {
		if (hammer->kind == HAMMER_DISPLAY || errno != EINVAL)
			hammer_complain(hammer, "mmap: %s", strerror(errno));
	} else {
		sigaction(SIGBUS, &action, NULL);
		if (!sigsetjmp(refused, 1))
			__atomic_store_n(page + rand_r(seed) % 1024,
					 rand_r(seed), __ATOMIC_RELAXED);
		munmap(page, 4096);
	}
	close(fd);
}

/* ---- DMA logging ---- */

static void log_writes(struct hammer *hammer, unsigned int *seed)
{
	struct vfio_device_feature_dma_logging_range range = {
		.iova = EDU_MEMORY_IOVA,
		.length = EDU_MEMORY_SIZE,
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = 4096,
		.num_ranges = 1,
		.ranges = (uintptr_t)&range,
	};
	__u64 bitmap = 0;
	struct vfio_device_feature_dma_logging_report report = {
		.iova = range.iova,
		.length = range.length,
		.page_size = 4096,
		.bitmap = (uintptr_t)&bitmap,
	};
	int fd = hammer_take_device(hammer);
	int ret;

	if (fd < 0)
		return;
	switch (rand_r(seed) % 4) {
	case 0:
		ret = feature_call(fd, VFIO_DEVICE_FEATURE_SET |
				   VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
				   &control, sizeof(control));
		break;
	case 1:
		ret = feature_call(fd, VFIO_DEVICE_FEATURE_SET |
				   VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
		break;
	default:
		ret = feature_call(fd, VFIO_DEVICE_FEATURE_GET |
				   VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,
				   &report, sizeof(report));
	}
	if (ret && ret != -ENOTTY && ret != -EINVAL && ret != -EBUSY)
		hammer_complain(hammer, "DMA log: %s", strerror(-ret));
	close(fd);
}

/* ---- knobs and properties, which come and go with the driver ---- */

static void turn(struct hammer *hammer, unsigned int *seed)
{
	static const char * const knobs[] = {
		"fail_arc", "error_arc", "delay_arc", "stuck_dirty",
		"dirty_rate", "short_save", "dirty_share",
	};
	const struct vfio_mig_arc *arc =
		&vfio_mig_arcs[rand_r(seed) % VFIO_MIG_NR_ACTIONS];
	unsigned int which = rand_r(seed) % COUNT(knobs);
	char path[128], text[64] = "clear";
	int error;

	usleep(rand_r(seed) % 5000);
	snprintf(path, sizeof(path), "/sys/kernel/debug/vfio_mig/%s/%s",
		 hammer->bdf, knobs[which]);
	if (rand_r(seed) % 2 && which < 3)
		snprintf(text, sizeof(text), "%s %s %u",
			 vfio_mig_state_name(arc->from),
			 vfio_mig_state_name(arc->to),
			 which ? rand_r(seed) % 5 + 1 : KNOB_ERRNO);
	else if (rand_r(seed) % 2)
		snprintf(text, sizeof(text), "%u", rand_r(seed) % 100 + 1);
	error = -write_file(path, text);
	/* Of numbers the first three take none. */
	if (error && error != ENOENT && error != ENODEV && error != EIO &&
	    !(error == EINVAL && which < 3))
		hammer_complain(hammer, "%s to %s: %s", text, path,
				strerror(error));
}

static void hide(struct hammer *hammer, unsigned int *seed)
{
	static const char * const names[] = { "p2p", "pre-copy", "xxh64" };
	char path[128], file[32];
	int error;

	usleep(rand_r(seed) % 5000);
	snprintf(file, sizeof(file), "vfio_mig/%s",
		 names[rand_r(seed) % COUNT(names)]);
	device_file(path, sizeof(path), hammer->bdf, file);
	error = -write_file(path, rand_r(seed) % 3 ? "1" : "0");
	if (error && error != EBUSY && error != ENOENT && error != ENODEV)
		hammer_complain(hammer, "%s: %s", path, strerror(error));
}

struct hammer_tool hammer_tools[] = {
	{ .name = "SET", .hit = set, .threads = 2 },
	{ .name = "GET", .hit = hammer_get, .threads = 1 },
	{ .name = "probe", .hit = hammer_probe, .threads = 1 },
	{ .name = "read and write", .hit = use, .threads = 2 },
	{ .name = "poll and PRECOPY_INFO", .hit = poll_file, .threads = 1 },
	{ .name = "reset", .hit = reset_device, .threads = 1 },
	{ .name = "registers", .hit = touch, .threads = 1 },
	{ .name = "mapping", .hit = map, .threads = 1 },
	{ .name = "DMA log", .hit = log_writes, .threads = 1 },
	{ .name = "netlink", .hit = hammer_ask, .threads = 1 },
	{ .name = "events", .hit = hammer_listen, .threads = 1 },
	{ .name = "knobs", .hit = turn, .threads = 1 },
	{ .name = "properties", .hit = hide, .threads = 1 },
};

const unsigned int hammer_nr_tools = COUNT(hammer_tools);
