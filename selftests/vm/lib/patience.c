// SPDX-License-Identifier: GPL-2.0
/*
 * The harness ends a test by alarm(), so many seconds after its begin.  A
 * kernel that checks all that it does needs a multiple of them, and the VM says
 * which: this alarm() takes the place of the C library's.
 */
#include <sys/time.h>
#include <unistd.h>

#include "setting.h"

unsigned int alarm(unsigned int seconds)
{
	struct itimerval timer = {}, before;

	timer.it_value.tv_sec = (time_t)seconds * patience();
	if (setitimer(ITIMER_REAL, &timer, &before))
		return 0;
	return before.it_value.tv_sec;
}
