// SPDX-License-Identifier: GPL-2.0
/* linux_guest.h says what is here. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "linux_guest.h"

#define DEBUG_PORT	0xe9
#define COMPRESSED	4

/* All ports, a byte of the file each. */
static int ports;

/*
 * By the kernel's file and not by iopl(): in a guest of KVM, TCG lets no program of
 * user space at a port, as it takes the task register of such a guest for none.
 */
void say(const char *format, ...)
{
	char text[128];
	va_list args;
	int i;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (i = 0; text[i]; i++)
		pwrite(ports, &text[i], 1, DEBUG_PORT);
}

void bad(const char *what, uint32_t round, uint32_t seen)
{
	say("BAD %s in round %u: %u\n", what, round, seen);
	for (;;)
		pause();
}

void guest_begin(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	ports = open("/dev/port", O_WRONLY);
	if (ports < 0)
		exit(1);
}

static void load_module(const char *name, const char *parameters)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters,
			      strstr(name, ".ko.") ? COMPRESSED : 0))
		bad(name, 0, errno);
	close(fd);
}

int load_modules(const char *parameters)
{
	FILE *list = fopen("/modules", "r");
	char name[64];
	int count = 0;

	while (list && fscanf(list, "%63s", name) == 1) {
		load_module(name, parameters);
		count++;
	}
	if (list)
		fclose(list);
	return count;
}
