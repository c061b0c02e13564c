// SPDX-License-Identifier: GPL-2.0
/*
 * What has to hold of a device under the hammer when nobody does anything: all that
 * tells of it agrees.  Called with @quiet held for write.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hammer.h"
#include "mig_netlink.h"
#include "uapi/linux/vfio_mig.h"
#include "vf.h"

static bool file_is_over(const struct hammer_file *file)
{
	struct pollfd pollfd = { .fd = file->fd };

	return poll(&pollfd, 1, 0) == 1 && pollfd.revents & POLLHUP;
}

/* What is over answers ENODEV, and for ever. */
static void look_at_file(struct hammer *hammer, struct hammer_file *file)
{
	uint8_t byte;
	bool over = file_is_over(file);
	ssize_t ret = 0;

	if (over)
		ret = file->saves ? read(file->fd, &byte, 1) :
				    write(file->fd, &byte, 1);
	if (over && (ret != -1 || errno != ENODEV))
		hammer_complain(hammer, "a file that is over: %zd, %s", ret,
				strerror(errno));
	if (!over && file->over)
		hammer_complain(hammer, "a file came back");
	file->over = over;
}

/* The number of files that are good for something. */
static unsigned int look_at_files(struct hammer *hammer, uint32_t state)
{
	unsigned int i, alive = 0;

	for (i = 0; i < HAMMER_FILES; i++) {
		struct hammer_file *file = &hammer->files[i];

		if (file->fd < 0)
			continue;
		look_at_file(hammer, file);
		if (file->over)
			continue;
		alive++;
		if (!vfio_mig_has_session(state) ||
		    file->saves != vfio_mig_is_saving(state))
			hammer_complain(hammer, "%s has a file to %s",
					vfio_mig_state_name(state),
					file->saves ? "read" : "write");
	}
	if (alive > 1)
		hammer_complain(hammer, "%u sessions at once", alive);
	return alive;
}

static void look_at_counts(struct hammer *hammer,
			   const struct told_device *told)
{
	struct hammer_counts *counts = &hammer->counts;

	if (told->bytes_read != counts->bytes_read)
		hammer_complain(hammer, "%lu bytes were read, netlink says %lu",
				counts->bytes_read, told->bytes_read);
	/* A write that is refused has taken some nevertheless. */
	if (told->bytes_written < counts->bytes_written)
		hammer_complain(hammer, "%lu bytes were written, netlink says %lu",
				counts->bytes_written, told->bytes_written);
	if (told->failures != counts->failed_sets)
		hammer_complain(hammer, "%lu SETs failed, netlink says %lu",
				counts->failed_sets, told->failures);
	if (told->transitions > counts->good_sets)
		hammer_complain(hammer, "%lu SETs were good, netlink says %lu",
				counts->good_sets, told->transitions);
}

static void look_at_error(struct hammer *hammer, struct edu *edu,
			  const struct told_failure *told)
{
	struct vfio_device_mig_error last = { .argsz = sizeof(last) };

	if (ioctl(vfiomig_fd(edu->dev), VFIO_DEVICE_MIG_LAST_ERROR,
		  &last))
		hammer_complain(hammer, "LAST_ERROR: %s", strerror(errno));
	else if (last.error != told->error || last.from != told->from ||
		 last.to != told->to ||
		 strcmp((const char *)last.text, told->text))
		hammer_complain(hammer, "the last error is '%s', netlink says '%s'",
				last.text, told->text);
}

/* Its user switched it on at first, and nobody off.  Nobody else sees it of one in software. */
static void look_at_decode(struct hammer *hammer)
{
	int command = is_software(hammer->bdf) ? PCI_COMMAND_MEMORY :
						 pci_command_of(hammer->bdf);

	if (command < 0 || !(command & PCI_COMMAND_MEMORY))
		hammer_complain(hammer, "memory decode is off: command is %#x",
				command);
}

void hammer_look_at_device(struct hammer *hammer, struct edu *edu)
{
	struct told_device told;
	int state = state_of(edu);

	if (ask_device(hammer->bdf, &told)) {
		hammer_complain(hammer, "netlink does not know the device");
		return;
	}
	if (!told.open || told.state != (uint32_t)state)
		hammer_complain(hammer, "GET says %s, netlink %s, %s",
				vfio_mig_state_name(state),
				vfio_mig_state_name(told.state),
				told.open ? "open" : "closed");
	if (told.features != hammer->features)
		hammer_complain(hammer, "netlink has other features");
	look_at_counts(hammer, &told);
	look_at_error(hammer, edu, &told.last_error);
	look_at_files(hammer, state);
	look_at_decode(hammer);
}

/* What stands @at in the first of the BARs. */
static int keeps(struct edu *edu, uint32_t at)
{
	uint32_t in, out = 0x600dca80;
	int fd = vfiomig_fd(edu->dev);

	if (pwrite(fd, &out, sizeof(out), at) < 0 ||
	    pread(fd, &in, sizeof(in), at) < 0)
		return -errno;
	return in == out ? 0 : -EILSEQ;
}

/* A display's memory, or where a VF's ring is. */
static int works(const struct hammer *hammer, struct edu *edu)
{
	if (hammer->kind == HAMMER_EDU)
		return device_works(edu);
	return keeps(edu, hammer->kind == HAMMER_VF ? VF_RDBAL : 0);
}

/* A reset heals everything. */
void hammer_look_at_reset(struct hammer *hammer, struct edu *edu)
{
	int ret;

	clear_faults(edu);
	ret = vfiomig_reset(edu->dev, &edu->error);
	if (ret || state_of(edu) != VFIO_MIG_RUNNING)
		hammer_complain(hammer, "reset: %s", strerror(-ret));
	if (look_at_files(hammer, VFIO_MIG_RUNNING))
		hammer_complain(hammer, "a file outlived a reset");
	ret = works(hammer, edu);
	if (ret)
		hammer_complain(hammer, "the device does not work: %s",
				strerror(-ret));
}

/* Nobody has it open, and no file is good for anything. */
void hammer_look_at_closed(struct hammer *hammer)
{
	struct told_device told;
	int ret = ask_device(hammer->bdf, &told);

	if (ret)
		hammer_complain(hammer, "netlink does not know a closed device: %s",
				strerror(-ret));
	else if (told.open || told.state != VFIO_MIG_RUNNING)
		hammer_complain(hammer, "a closed device is %s, in %s",
				told.open ? "open" : "closed",
				vfio_mig_state_name(told.state));
	if (look_at_files(hammer, VFIO_MIG_RUNNING))
		hammer_complain(hammer, "a file outlived its device");
}
