// SPDX-License-Identifier: GPL-2.0
/* common.h says what is here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bochs.h"
#include "common.h"
#include "edu_stream.h"
#include "feature.h"

int open_pair(struct edu *src, struct edu *dst)
{
	char bdf[64];
	int ret;

	memset(src, 0, sizeof(*src));
	ret = edu_find(0, false, bdf, sizeof(bdf));
	if (!ret)
		ret = edu_open(src, bdf);
	if (ret || !dst)
		return ret;
	memset(dst, 0, sizeof(*dst));
	ret = edu_find(1, false, bdf, sizeof(bdf));
	if (!ret)
		ret = edu_open(dst, bdf);
	if (ret) {
		src->error = dst->error;
		edu_close(src);
	}
	return ret;
}

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int make_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "we");
	bool whole;

	if (!file)
		return -errno;
	whole = fwrite(bytes, 1, size, file) == size;
	return fclose(file) || !whole ? -EIO : 0;
}

int leave_golden(const char *name, const void *bytes, size_t size)
{
	const char *dir = getenv("GOLDEN");
	char path[256];

	if (!dir)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return make_file(path, bytes, size);
}

bool has_edu(void)
{
	char bdf[64];

	return !edu_find(0, false, bdf, sizeof(bdf));
}

int open_with_states(struct edu *edu, bool p2p, bool pre_copy)
{
	bool display = !has_edu();
	const char *driver = display ? "bochs_vfio_pci" : "edu_vfio_pci";
	char bdf[64];
	int ret;

	memset(edu, 0, sizeof(*edu));
	ret = display ? bochs_find(0, bdf, sizeof(bdf)) :
			edu_find(0, false, bdf, sizeof(bdf));
	if (!ret)
		ret = edu_bind(bdf, driver, &edu->error);
	if (!ret)
		ret = set_property(bdf, "p2p", p2p);
	if (!ret)
		ret = set_property(bdf, "pre-copy", pre_copy);
	return ret ? ret : edu_open_driver(edu, bdf, driver);
}

void close_and_show(struct edu *edu)
{
	edu_close(edu);
	set_property(edu->bdf, "p2p", true);
	set_property(edu->bdf, "pre-copy", true);
}

int state_of(struct edu *edu)
{
	__u32 state;

	if (vfiomig_get_state(edu->dev, &state, &edu->error))
		return -1;
	return state;
}

int set_state(struct edu *edu, uint32_t state, int *data_fd)
{
	return feature_set_state(vfiomig_fd(edu->dev), state, data_fd);
}

int go_to(struct edu *edu, uint32_t state, int *data_fd)
{
	*data_fd = -1;
	if (state == VFIO_MIG_RUNNING)
		return 0;
	return set_state(edu, state, data_fd);
}

int read_all(int data_fd, struct stream *stream, size_t chunk)
{
	ssize_t done;

	stream->size = 0;
	for (;;) {
		size_t room = sizeof(stream->bytes) - stream->size;

		done = read(data_fd, stream->bytes + stream->size,
			    chunk < room ? chunk : room);
		if (done < 0)
			return -errno;
		if (!done)
			return 0;
		stream->size += done;
	}
}

int read_more(int data_fd, struct stream *stream)
{
	ssize_t done;

	for (;;) {
		done = read(data_fd, stream->bytes + stream->size,
			    sizeof(stream->bytes) - stream->size);
		if (done <= 0)
			return done ? -errno : 0;
		stream->size += done;
	}
}

int write_all(int data_fd, const void *bytes, size_t size, size_t chunk)
{
	const uint8_t *from = bytes;
	ssize_t done;

	while (size) {
		done = write(data_fd, from, chunk < size ? chunk : size);
		if (done < 0)
			return -errno;
		from += done;
		size -= done;
	}
	return 0;
}

int save_and_stop(struct edu *edu, struct stream *stream)
{
	int data_fd, ret;

	ret = set_state(edu, VFIO_MIG_STOP_COPY, &data_fd);
	if (ret)
		return ret;
	ret = read_all(data_fd, stream, STREAM_MAX);
	close(data_fd);
	return ret ? ret : set_state(edu, VFIO_MIG_STOP, NULL);
}

int load_and_stop(struct edu *edu, const void *bytes, size_t size,
		  size_t chunk)
{
	int data_fd, written, ret;

	ret = set_state(edu, VFIO_MIG_RESUMING, &data_fd);
	if (ret)
		return ret;
	written = write_all(data_fd, bytes, size, chunk);
	close(data_fd);
	ret = set_state(edu, VFIO_MIG_STOP, NULL);
	return written ? written : ret;
}

int move_state(struct edu *src, struct edu *dst)
{
	struct stream stream;
	int ret;

	ret = save_and_stop(src, &stream);
	if (!ret)
		ret = load_and_stop(dst, stream.bytes, stream.size, STREAM_MAX);
	return ret ? ret : set_state(dst, VFIO_MIG_RUNNING, NULL);
}

#define MARK_LIVENESS	0x600dcafe
#define MARK_ARGUMENT	11

static void mark_bytes(uint8_t bytes[EDU_BUFFER_SIZE], uint8_t seed)
{
	unsigned int i;

	for (i = 0; i < EDU_BUFFER_SIZE; i++)
		bytes[i] = seed + i * 7 + i / 256;
}

static int compute(struct edu *edu, uint32_t argument)
{
	int ret;

	edu_set(edu, EDU_FACTORIAL, argument);
	ret = edu_wait_factorial(edu);
	if (!ret && edu_get(edu, EDU_FACTORIAL) != edu_factorial(argument))
		ret = -EILSEQ;
	return ret;
}

int device_works(struct edu *edu)
{
	uint8_t out[EDU_BUFFER_SIZE], in[EDU_BUFFER_SIZE];
	int ret;

	edu_set(edu, EDU_LIVENESS, 0x12345678);
	if (edu_get(edu, EDU_LIVENESS) != ~0x12345678u)
		return -EIO;
	ret = compute(edu, 7);
	mark_bytes(out, 99);
	if (!ret)
		ret = edu_fill_buffer(edu, out);
	if (!ret)
		ret = edu_dump_buffer(edu, in);
	return ret || !memcmp(out, in, sizeof(out)) ? ret : -EILSEQ;
}

int mark_device(struct edu *edu)
{
	uint8_t bytes[EDU_BUFFER_SIZE];
	int ret;

	edu_set(edu, EDU_LIVENESS, ~MARK_LIVENESS);
	ret = compute(edu, MARK_ARGUMENT);
	mark_bytes(bytes, 1);
	return ret ? ret : edu_fill_buffer(edu, bytes);
}

bool is_marked(struct edu *edu)
{
	return edu_get(edu, EDU_LIVENESS) == MARK_LIVENESS &&
	       edu_get(edu, EDU_FACTORIAL) == edu_factorial(MARK_ARGUMENT) &&
	       edu_get64(edu, EDU_DMA_DST) == EDU_BUFFER;
}

bool is_buffer_marked(struct edu *edu)
{
	uint8_t expected[EDU_BUFFER_SIZE], bytes[EDU_BUFFER_SIZE];

	mark_bytes(expected, 1);
	return !edu_dump_buffer(edu, bytes) &&
	       !memcmp(expected, bytes, sizeof(bytes));
}

bool is_blank(struct edu *edu)
{
	return !edu_get(edu, EDU_LIVENESS) && !edu_get(edu, EDU_FACTORIAL) &&
	       !edu_get(edu, EDU_STATUS) && !edu_get(edu, EDU_IRQ_STATUS) &&
	       !edu_get64(edu, EDU_DMA_SRC) && !edu_get64(edu, EDU_DMA_DST) &&
	       !edu_get64(edu, EDU_DMA_COUNT) &&
	       !edu_get64(edu, EDU_DMA_COMMAND);
}

bool is_software(const char *bdf)
{
	return !strchr(bdf, ':');
}

void device_file(char *path, size_t size, const char *bdf, const char *file)
{
	snprintf(path, size, "/sys/bus/%s/devices/%s/%s",
		 is_software(bdf) ? "mdev" : "pci", bdf, file);
}

#define CREATE	"/sys/class/mdev_bus/edu_mdev/mdev_supported_types/edu_mdev-edu/create"

int leave_driver(const char *bdf, struct vfiomig_error *error)
{
	char path[128];

	if (!is_software(bdf))
		return vfiomig_bind(bdf, "vfio-pci", error);
	device_file(path, sizeof(path), bdf, "remove");
	return write_file(path, "1");
}

int return_to_driver(const char *bdf, struct vfiomig_error *error)
{
	return is_software(bdf) ? write_file(CREATE, bdf) :
				  vfiomig_bind(bdf, "edu_vfio_pci", error);
}

int pci_command_of(const char *bdf)
{
	uint16_t command;
	char path[128];
	int fd, ret;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = pread(fd, &command, sizeof(command), PCI_COMMAND);
	close(fd);
	return ret == sizeof(command) ? command : -EIO;
}

#define KNOBS	"/sys/kernel/debug/vfio_mig"

static int open_knob(struct edu *edu, const char *knob, int flags)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), KNOBS "/%s/%s", edu->bdf, knob);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int set_knob(struct edu *edu, const char *knob, const char *text)
{
	int fd, ret = 0;

	fd = open_knob(edu, knob, O_WRONLY);
	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int get_knob(struct edu *edu, const char *knob, char *text, size_t size)
{
	ssize_t got;
	int fd;

	fd = open_knob(edu, knob, O_RDONLY);
	if (fd < 0)
		return fd;
	got = read(fd, text, size - 1);
	close(fd);
	if (got < 0)
		return -EIO;
	text[got] = '\0';
	return 0;
}

int fail_arc(struct edu *edu, uint32_t from, uint32_t to, int error,
	     unsigned int nth)
{
	char text[64];

	snprintf(text, sizeof(text), "%s %s %d %u", vfio_mig_state_name(from),
		 vfio_mig_state_name(to), error, nth);
	return set_knob(edu, "fail_arc", text);
}

int each_knob(struct edu *edu, int (*visit)(struct edu *edu, const char *knob))
{
	struct dirent *entry;
	char path[128];
	DIR *folder;
	int ret = -ENOENT;

	snprintf(path, sizeof(path), KNOBS "/%s", edu->bdf);
	folder = opendir(path);
	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		ret = visit(edu, entry->d_name);
		if (ret)
			break;
	}
	closedir(folder);
	return ret;
}

static int clear_knob(struct edu *edu, const char *knob)
{
	return set_knob(edu, knob, "clear");
}

int clear_faults(struct edu *edu)
{
	return each_knob(edu, clear_knob);
}

int run_command(const char *command, char *output, size_t size)
{
	FILE *pipe = popen(command, "r");
	size_t used = 0, got;
	int status;

	if (!pipe)
		return -1;
	while ((got = fread(output + used, 1, size - 1 - used, pipe)))
		used += got;
	output[used] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int load_module(const char *path)
{
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

int unload_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
}

bool has_test_modules(void)
{
	return getenv("VFIO_MIG_BUILD");
}

int load_test_module(const char *name)
{
	const char *build = getenv("VFIO_MIG_BUILD");
	struct utsname kernel;
	char path[PATH_MAX];
	int ret;

	uname(&kernel);
	snprintf(path, sizeof(path),
		 "%s/test-modules-%s/selftests/modules/%s/%s.ko",
		 build ? build : ".", kernel.release, name, name);
	ret = load_module(path);
	return ret == -EEXIST ? 0 : ret;
}

int count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}
