// SPDX-License-Identifier: GPL-2.0
/* What is asked of data files, just as it is asked; each call is noted. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

#define PAGE	4096
#define FILL	0x5a

/* What read() or write() said. */
static ssize_t note_moved(struct verify *v, ssize_t done)
{
	if (done < 0)
		done = -errno;
	if (done < 0)
		note_result(v, "%s", errno_text(done));
	else
		note_result(v, "%zd bytes", done);
	return done;
}

ssize_t call_read(struct verify *v, int data_fd, void *data, size_t size)
{
	note_file(v, data_fd, "read %zu", size);
	return note_moved(v, read(data_fd, data, size));
}

ssize_t call_write(struct verify *v, int data_fd, const void *zeros,
		   size_t size)
{
	note_file(v, data_fd, "write %zu", size);
	return note_moved(v, write(data_fd, zeros, size));
}

/* A page that can be neither read nor written. */
static void *bad_page(void)
{
	void *page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

ssize_t call_read_bad(struct verify *v, int data_fd, size_t size)
{
	void *page = bad_page();
	ssize_t done;

	note_file(v, data_fd, "read-bad %zu", size);
	done = note_moved(v, read(data_fd, page, size));
	munmap(page, PAGE);
	return done;
}

ssize_t call_write_bad(struct verify *v, int data_fd, size_t size)
{
	void *page = bad_page();
	ssize_t done;

	note_file(v, data_fd, "write-bad %zu", size);
	done = note_moved(v, write(data_fd, page, size));
	munmap(page, PAGE);
	return done;
}

ssize_t call_pread(struct verify *v, int data_fd)
{
	char byte;

	note_file(v, data_fd, "pread");
	return note_moved(v, pread(data_fd, &byte, 1, 0));
}

ssize_t call_pwrite(struct verify *v, int data_fd)
{
	char byte = 0;

	note_file(v, data_fd, "pwrite");
	return note_moved(v, pwrite(data_fd, &byte, 1, 0));
}

int call_seek(struct verify *v, int data_fd)
{
	int ret;

	note_file(v, data_fd, "seek");
	ret = lseek(data_fd, 0, SEEK_SET) < 0 ? -errno : 0;
	note_result(v, "%s", errno_text(ret));
	return ret;
}

int call_file_ioctl(struct verify *v, int data_fd, unsigned int number)
{
	int ret;

	note_file(v, data_fd, "ioctl %u", number);
	ret = ioctl(data_fd, _IO(VFIO_TYPE, VFIO_BASE + number), NULL);
	ret = ret < 0 ? -errno : ret;
	note_result(v, "%s", errno_text(ret));
	return ret;
}

/* What is so at once; 0 if nothing is. */
short call_poll(struct verify *v, int data_fd)
{
	struct pollfd pollfd = { .fd = data_fd, .events = POLLIN };

	note_file(v, data_fd, "poll");
	if (poll(&pollfd, 1, 0) < 0)
		pollfd.revents = POLLNVAL;
	note_result(v, "%#x%s", pollfd.revents,
		    pollfd.revents & POLLIN ? ", POLLIN" : "");
	return pollfd.revents;
}

void call_close(struct verify *v, int data_fd)
{
	note_file(v, data_fd, "close");
	note_result(v, "%s", errno_text(close(data_fd) ? -errno : 0));
	note_closed(v, data_fd);
}

/* Flags are told where there are some; before MIG_PRECOPY_INFOv2 they mean nothing. */
int call_precopy_flags(struct verify *v, int data_fd, size_t argsz, __u32 flags,
		       struct vfio_precopy_info *info, bool *exceeded)
{
	struct {
		struct vfio_precopy_info info;
		__u8 beyond[64];
	} arg = { .info = { .argsz = argsz, .flags = flags } };
	char given[16] = "", came[24] = "";
	bool more = false;
	size_t i;
	int ret;

	memset(arg.beyond, FILL, sizeof(arg.beyond));
	if (flags)
		snprintf(given, sizeof(given), " %#x", flags);
	note_file(v, data_fd, "precopy-info %zu%s", argsz, given);
	ret = ioctl(data_fd, VFIO_MIG_GET_PRECOPY_INFO, &arg);
	ret = ret < 0 ? -errno : 0;
	for (i = 0; i < sizeof(arg.beyond); i++)
		more |= arg.beyond[i] != FILL;
	if (flags || arg.info.flags)
		snprintf(came, sizeof(came), ", flags %#x", arg.info.flags);
	note_result(v, "%s, initial %llu, dirty %llu%s%s", errno_text(ret),
		    arg.info.initial_bytes, arg.info.dirty_bytes, came,
		    more ? ", and more" : "");
	if (info)
		*info = arg.info;
	if (exceeded)
		*exceeded = more;
	return ret;
}

int call_precopy_info(struct verify *v, int data_fd, size_t argsz,
		      struct vfio_precopy_info *info, bool *exceeded)
{
	return call_precopy_flags(v, data_fd, argsz, 0, info, exceeded);
}

/* ---- whole streams ---- */

static bool make_room(struct bytes *bytes, size_t *room, size_t chunk)
{
	__u8 *data;

	if (*room - bytes->size >= chunk)
		return true;
	*room = 2 * *room + chunk;
	data = realloc(bytes->data, *room);
	if (data)
		bytes->data = data;
	return data;
}

/* Two streams that differ shall not look the same: FNV-1a. */
static __u32 sum(const __u8 *data, size_t size)
{
	__u32 total = 2166136261u;

	while (size--)
		total = (total ^ *data++) * 16777619u;
	return total;
}

int call_read_all(struct verify *v, int data_fd, struct bytes *bytes,
		  size_t chunk)
{
	size_t room = bytes->size, start = bytes->size;
	char name[16];
	ssize_t done;

	name_stream(v, bytes, name, sizeof(name));
	note_file(v, data_fd, "read-all %s %zu", name, chunk);
	do {
		done = -ENOMEM;
		if (!make_room(bytes, &room, chunk))
			break;
		done = read(data_fd, bytes->data + bytes->size, chunk);
		if (done < 0)
			done = -errno;
		else
			bytes->size += done;
	} while (done > 0 && bytes->size < STREAM_MAX);
	if (done > 0)
		done = -EFBIG;
	note_result(v, "%zu bytes, sum %08x, %s", bytes->size - start,
		    sum(bytes->data + start, bytes->size - start),
		    done ? errno_text(done) : "the end");
	return done;
}

int call_write_all(struct verify *v, int data_fd, const struct bytes *bytes,
		   size_t chunk)
{
	char text[NOTE_LENGTH];
	size_t at = 0, piece;
	ssize_t done = 0;

	describe_stream(v, bytes, chunk, text, sizeof(text));
	note_file(v, data_fd, "write-all %s", text);
	while (at < bytes->size) {
		piece = bytes->size - at < chunk ? bytes->size - at : chunk;
		done = write(data_fd, bytes->data + at, piece);
		if (done <= 0)
			break;
		at += done;
	}
	if (done < 0)
		done = -errno;
	else
		done = at == bytes->size ? 0 : -EIO;
	note_result(v, "%zu bytes, %s", at, errno_text(done));
	return done;
}

int call_count_files(struct verify *v, const struct side *side)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	note_call(v, side, "count-files");
	note_result(v, "%d are open", count);
	return count;
}
