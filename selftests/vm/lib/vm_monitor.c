// SPDX-License-Identifier: GPL-2.0
/* vm_monitor.h says what is here. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vm_monitor.h"

#define PORTS	"/sys/class/virtio-ports"
#define PROMPT	"(qemu) "

static bool is_monitor(const char *port)
{
	char path[512], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), PORTS "/%s/name", port);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return !strcmp(name, "vm.monitor\n");
}

static int open_port(void)
{
	DIR *folder = opendir(PORTS);
	struct dirent *entry;
	char path[512];
	int fd = -ENODEV;

	while (folder && fd == -ENODEV && (entry = readdir(folder))) {
		if (!is_monitor(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	if (folder)
		closedir(folder);
	return fd;
}

int vm_monitor_open(struct vm_monitor *monitor)
{
	monitor->fd = open_port();
	return monitor->fd < 0 ? monitor->fd : 0;
}

void vm_monitor_close(struct vm_monitor *monitor)
{
	if (monitor->fd >= 0)
		close(monitor->fd);
	monitor->fd = -1;
}

/* The last bytes are the prompt, behind the command as it was echoed. */
static bool is_answered(const char *answer, size_t used, const char *command)
{
	return used >= strlen(PROMPT) &&
	       !strcmp(answer + used - strlen(PROMPT), PROMPT) &&
	       strstr(answer, command);
}

int vm_monitor_ask(struct vm_monitor *monitor, const char *command)
{
	char line[256];
	size_t used = 0;
	ssize_t done;
	int length;

	length = snprintf(line, sizeof(line), "%s\n", command);
	if (write(monitor->fd, line, length) != length)
		return -EPIPE;
	do {
		done = read(monitor->fd, monitor->answer + used,
			    sizeof(monitor->answer) - 1 - used);
		if (done <= 0)
			return -EPIPE;
		used += done;
		monitor->answer[used] = '\0';
	} while (!is_answered(monitor->answer, used, command));
	return strstr(monitor->answer, "Error") ? -EREMOTEIO : 0;
}

static bool is_there(const char *bdf)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", bdf);
	return !access(path, F_OK);
}

/*
 * Once: QEMU has the device for a moment longer than the kernel, and a second request
 * then takes out what is put in next.
 */
int vm_monitor_unplug(struct vm_monitor *monitor, const char *id,
		      const char *bdf)
{
	char command[128];
	int ret;

	if (!is_there(bdf))
		return 0;
	snprintf(command, sizeof(command), "device_del %s", id);
	ret = vm_monitor_ask(monitor, command);
	while (!ret && is_there(bdf))
		usleep(1000);
	return ret;
}

/* QEMU hears a little later that what was there before is gone. */
static bool is_in_the_way(const struct vm_monitor *monitor)
{
	return strstr(monitor->answer, "uplicate") ||
	       strstr(monitor->answer, "in use") ||
	       strstr(monitor->answer, "not available") ||
	       strstr(monitor->answer, "occupied");
}

int vm_monitor_plug(struct vm_monitor *monitor, const char *device,
		    const char *bdf)
{
	char command[128];
	int ret;

	snprintf(command, sizeof(command), "device_add %s", device);
	do {
		ret = vm_monitor_ask(monitor, command);
	} while (ret == -EREMOTEIO && is_in_the_way(monitor) &&
		 !usleep(10000));
	while (!ret && bdf && !is_there(bdf))
		usleep(1000);
	return ret;
}
