// SPDX-License-Identifier: GPL-2.0
/* kcov.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kcov.h"

#define KCOV		"/sys/kernel/debug/kcov"
#define TRACE_MAX	(256 * 1024)

bool kcov_is_there(void)
{
	return !access(KCOV, F_OK);
}

int kcov_open(struct kcov *kcov)
{
	kcov->fd = open(KCOV, O_RDWR | O_CLOEXEC);
	if (kcov->fd < 0 || ioctl(kcov->fd, KCOV_INIT_TRACE, TRACE_MAX))
		return -errno;
	kcov->trace = mmap(NULL, TRACE_MAX * sizeof(*kcov->trace),
			   PROT_READ | PROT_WRITE, MAP_SHARED, kcov->fd, 0);
	if (kcov->trace == MAP_FAILED ||
	    ioctl(kcov->fd, KCOV_ENABLE, KCOV_TRACE_PC))
		return -errno;
	return 0;
}

void kcov_forget(struct kcov *kcov)
{
	__atomic_store_n(kcov->trace, 0, __ATOMIC_RELAXED);
}

/* Was it not there yet?  It is then. */
static bool add(struct kcov *kcov, unsigned long step)
{
	unsigned int at = step >> 48;

	for (;; at++) {
		unsigned long *place = &kcov->step[at % KCOV_STEPS];

		if (*place == step)
			return false;
		if (*place)
			continue;
		*place = step;
		return true;
	}
}

static unsigned long mix(unsigned long hash, unsigned long value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ul;
	return hash ^ hash >> 32;
}

unsigned int kcov_new_steps(struct kcov *kcov, unsigned int situation)
{
	unsigned long count = __atomic_load_n(kcov->trace, __ATOMIC_RELAXED);
	unsigned int before = kcov->steps;
	unsigned long i, from = 0;

	for (i = 1; i <= count && kcov->steps < KCOV_STEPS / 2; i++) {
		kcov->steps += add(kcov, mix(mix(situation, from),
					     kcov->trace[i]) | 1);
		from = kcov->trace[i];
	}
	kcov_forget(kcov);
	return kcov->steps - before;
}
