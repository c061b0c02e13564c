// SPDX-License-Identifier: GPL-2.0
/* igbvf_pair.h says what is here. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arcs.h"
#include "igbvf_pair.h"
#include "vfiomig_access.h"

int trio_open(struct trio *trio)
{
	int ret;

	ret = vf_open(&trio->src, 0, DRIVER);
	if (!ret)
		ret = vf_open(&trio->dst, 1, DRIVER);
	if (!ret)
		ret = vf_open(&trio->other, 2, DRIVER);
	if (!ret)
		ret = vf_start(&trio->src, GUEST);
	return ret ? ret : vf_start(&trio->other, OTHER);
}

void trio_close(struct trio *trio)
{
	vf_close(&trio->src);
	vf_close(&trio->dst);
	vf_close(&trio->other);
}

int trio_move(struct trio *trio)
{
	struct stream stream;
	int ret;

	ret = save_and_stop(&trio->src.edu, &stream);
	if (ret)
		return ret;
	vf_guest_moves(&trio->src, &trio->dst);
	ret = load_and_stop(&trio->dst.edu, stream.bytes, stream.size, STREAM_MAX);
	return ret ? ret : set_state(&trio->dst.edu, VFIO_MIG_RUNNING, NULL);
}

int enable(struct vf *vf)
{
	return vfiomig_pci_command(vf->edu.dev, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0,
				   &vf->edu.error);
}

int reset_and_enable(struct vf *vf)
{
	int ret = vfiomig_reset(vf->edu.dev, &vf->edu.error);

	return ret ? ret : enable(vf);
}

int trio_turn(struct trio *trio)
{
	struct vf left = trio->src;

	trio->src = trio->dst;
	trio->dst = left;
	return reset_and_enable(&trio->dst);
}

int read_golden(struct stream *stream)
{
	FILE *file = fopen("golden/" GOLDEN, "re");

	if (!file)
		return -1;
	stream->size = fread(stream->bytes, 1, sizeof(stream->bytes), file);
	fclose(file);
	return 0;
}

int pf_interface(const char *bdf, char *name, size_t size)
{
	struct dirent *entry;
	char path[128];
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/physfn/net", bdf);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) && entry->d_name[0] == '.')
		;
	if (entry)
		snprintf(name, size, "%s", entry->d_name);
	closedir(dir);
	return entry ? 0 : -ENOENT;
}

/* Which virtfn of its PF it is. */
static int number(struct vf *vf)
{
	char path[128], target[PATH_MAX];
	ssize_t length;
	int i;

	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/physfn/virtfn%d",
			 vf->edu.bdf, i);
		length = readlink(path, target, sizeof(target) - 1);
		if (length < 0)
			continue;
		target[length] = '\0';
		if (!strcmp(strrchr(target, '/') + 1, vf->edu.bdf))
			return i;
	}
	return -ENOENT;
}

int ask_host(const char *format, struct vf *vf)
{
	char command[256], output[256], name[32];
	int ret = pf_interface(vf->edu.bdf, name, sizeof(name));

	if (ret)
		return ret;
	snprintf(command, sizeof(command), format, name, number(vf));
	return run_command(command, output, sizeof(output));
}
