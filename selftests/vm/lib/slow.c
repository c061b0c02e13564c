// SPDX-License-Identifier: GPL-2.0
/* slow.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "slow.h"

#define PAGE	4096

static void *use_slowly(void *ctx)
{
	struct slow *slow = ctx;
	ssize_t ret = slow->use(slow);

	slow->result = ret < 0 ? -errno : ret;
	return NULL;
}

int slow_begin(struct slow *slow)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range.len = PAGE, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffd_msg message;

	slow->uffd = syscall(__NR_userfaultfd, O_CLOEXEC);
	slow->page = mmap(NULL, SLOW_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.start = (uintptr_t)slow->page;
	if (slow->uffd < 0 || ioctl(slow->uffd, UFFDIO_API, &api) ||
	    ioctl(slow->uffd, UFFDIO_REGISTER, &range))
		return -errno;
	if (pthread_create(&slow->thread, NULL, use_slowly, slow))
		return -EAGAIN;
	return read(slow->uffd, &message, sizeof(message)) < 0 ? -errno : 0;
}

int slow_end(struct slow *slow)
{
	struct uffdio_zeropage zeros = {
		.range = { (uintptr_t)slow->page, PAGE },
	};
	int ret = ioctl(slow->uffd, UFFDIO_ZEROPAGE, &zeros) ? -errno : 0;

	pthread_join(slow->thread, NULL);
	munmap(slow->page, SLOW_BYTES);
	close(slow->uffd);
	return ret;
}
