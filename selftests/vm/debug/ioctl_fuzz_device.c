// SPDX-License-Identifier: GPL-2.0
/*
 * The device that is fuzzed: opened so that a reset takes little time, and brought
 * back to what it was then.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bochs.h"
#include "feature.h"
#include "ioctl_fuzz.h"
#include "vfiomig_access.h"

#define PAGE	4096

void fuzz_keep_file(struct fuzz_device *device, int data_fd)
{
	if (device->data_fd >= 0)
		close(device->data_fd);
	device->data_fd = data_fd;
	device->written = 0;
}

/*
 * Without a reset of the bus, which takes a tenth of a second: what is left is the
 * driver's own, which is what this is about.  One in software has no other.
 */
static int set_reset_method(const char *bdf, const char *method)
{
	char path[128];

	if (is_software(bdf))
		return 0;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/reset_method",
		 bdf);
	return write_file(path, method);
}

/* Something in each section, pieces that are sent early, and a DMA that is pending. */
static int save_stream(struct fuzz_device *device)
{
	struct edu *edu = &device->edu;
	int data_fd, ret;

	if (device->display)
		ret = vfiomig_write32(edu->dev, BOCHS_MEMORY, 5 * PAGE, 0x600dcafe,
				      &edu->error);
	else
		ret = mark_device(edu);
	if (!ret)
		ret = set_state(edu, VFIO_MIG_PRE_COPY, &data_fd);
	if (ret)
		return ret;
	device->whole.size = 0;
	ret = read_more(data_fd, &device->whole);
	if (ret == -ENOMSG) {
		if (!device->display)
			edu_start_dma(edu, true, 0, 0, EDU_BUFFER_SIZE, 0);
		ret = set_state(edu, VFIO_MIG_STOP_COPY, NULL);
	}
	if (!ret)
		ret = read_more(data_fd, &device->whole);
	close(data_fd);
	return ret;
}

/* It is when the device is opened that VFIO looks how it can be reset. */
int fuzz_open(struct fuzz_device *device)
{
	char bdf[64];
	int ret;

	device->data_fd = -1;
	device->display = !has_edu();
	ret = device->display ? bochs_find(0, bdf, sizeof(bdf)) :
				edu_find(0, false, bdf, sizeof(bdf));
	if (!ret)
		ret = set_reset_method(bdf, "\n");
	if (!ret)
		ret = open_with_states(&device->edu, true, true);
	if (!ret)
		ret = save_stream(device);
	return ret ? ret : fuzz_renew(device);
}

void fuzz_close(struct fuzz_device *device)
{
	fuzz_keep_file(device, -1);
	close_and_show(&device->edu);
	set_reset_method(device->edu.bdf, "default\n");
}

int fuzz_renew(struct fuzz_device *device)
{
	int fd = vfiomig_fd(device->edu.dev);

	fuzz_keep_file(device, -1);
	feature_call(fd, VFIO_DEVICE_FEATURE_SET |
		     VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, NULL, 0);
	feature_call(fd, VFIO_DEVICE_FEATURE_SET |
		     VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
	if (vfiomig_pci_command(device->edu.dev, PCI_COMMAND_MEMORY |
				PCI_COMMAND_MASTER, 0, &device->edu.error))
		return device->edu.error.err;
	if (ioctl(fd, VFIO_DEVICE_RESET))
		return -errno;
	device->state = VFIO_MIG_RUNNING;
	device->logs = false;
	return state_of(&device->edu) == VFIO_MIG_RUNNING ? 0 : -EILSEQ;
}
