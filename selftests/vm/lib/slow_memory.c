// SPDX-License-Identifier: GPL-2.0
/* slow_memory.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "slow_memory.h"

int slow_memory_open(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (uffd < 0)
		return -errno;
	if (ioctl(uffd, UFFDIO_API, &api)) {
		close(uffd);
		return -EOPNOTSUPP;
	}
	return uffd;
}

int slow_memory_begin(struct slow_memory *slow, void *start, size_t size)
{
	struct uffdio_register range = {
		.range = { (uintptr_t)start, size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (slow->uffd < 0)
		slow->uffd = slow_memory_open();
	if (slow->uffd < 0)
		return slow->uffd;
	slow->start = start;
	slow->size = size;
	if (ioctl(slow->uffd, UFFDIO_REGISTER, &range) ||
	    madvise(start, size, MADV_DONTNEED))
		return -errno;
	return 0;
}

int slow_memory_asked(struct slow_memory *slow)
{
	struct uffd_msg message;

	return read(slow->uffd, &message, sizeof(message)) < 0 ? -errno : 0;
}

int slow_memory_answer(struct slow_memory *slow, const void *bytes)
{
	struct uffdio_zeropage zeros = {
		.range = { (uintptr_t)slow->start, slow->size },
	};
	struct uffdio_copy copy = {
		.dst = (uintptr_t)slow->start,
		.src = (uintptr_t)bytes,
		.len = slow->size,
	};
	int ret;

	ret = bytes ? ioctl(slow->uffd, UFFDIO_COPY, &copy) :
		      ioctl(slow->uffd, UFFDIO_ZEROPAGE, &zeros);
	return ret ? -errno : 0;
}

void slow_memory_end(struct slow_memory *slow)
{
	if (slow->uffd >= 0)
		close(slow->uffd);
	slow->uffd = -1;
}
