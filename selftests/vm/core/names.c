// SPDX-License-Identifier: GPL-2.0
/*
 * What a stream is made of, as the driver says it: by a call, and in a file that anybody
 * reads.  Names are in scripts and on administrators' minds, and numbers in streams: none
 * is ever changed.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common.h"
#include "uapi/linux/vfio_mig.h"

static const char edu_text[] =
	"section\t0x65640001\tregisters\talways\n"
	"field\t4\tliveness\thex\n"
	"field\t4\tfactorial\tdec\n"
	"field\t4\tstatus\thex\tmask=0x81\n"
	"field\t4\tinterrupt\thex\n"
	"field\t8\tdma_src\thex\n"
	"field\t8\tdma_dst\thex\n"
	"field\t8\tdma_count\tdec\n"
	"field\t8\tdma_command\thex\n"
	"section\t0x65640002\tbuffer\tlive\n"
	"field\t4096\tbuffer\tdec\n"
	"section\t0x65640003\tdma\tif=dma_command\tbits=0x1\n"
	"field\t4\tremaining_us\tdec\tmost=100000\n"
	"pad\t4\n"
	"behaviour\t0x1\tdma-pending\ta DMA command is pending\n"
	"geometry\t0\tdma mask\tload edu_vfio_pci with dma_mask=%#llx\n"
	"geometry\t1\tbuffer bytes\t\n";

FIXTURE(names)
{
	struct edu edu;
};

FIXTURE_SETUP(names)
{
	ASSERT_EDU(&self->edu, open_pair(&self->edu, NULL));
}

FIXTURE_TEARDOWN(names)
{
	edu_close(&self->edu);
}

/* As many bytes as there is room for, and how many there would be. */
static int ask(struct edu *edu, char *text, __u32 room, __u32 *size)
{
	struct vfio_device_mig_names names = {
		.argsz = sizeof(names),
		.text = (unsigned long)text,
		.room = room,
	};
	int ret = vfiomig_call(edu->dev, VFIOMIG_NAMES, &names);

	*size = names.size;
	return ret;
}

TEST_F(names, are_what_they_were)
{
	char text[4096] = "";
	__u32 size;

	ASSERT_EQ(0, ask(&self->edu, text, sizeof(text) - 1, &size));
	EXPECT_EQ(sizeof(edu_text) - 1, size);
	EXPECT_STREQ(edu_text, text);
}

TEST_F(names, are_the_same_in_the_file)
{
	char text[4096] = "", path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio_mig_names",
		 self->edu.bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_LT(0, read(fd, text, sizeof(text) - 1));
	close(fd);
	EXPECT_STREQ(edu_text, text);
}

TEST_F(names, no_more_is_written_than_there_is_room_for)
{
	char text[64];
	__u32 size;

	memset(text, '#', sizeof(text));
	ASSERT_EQ(0, ask(&self->edu, text, 10, &size));
	EXPECT_EQ(sizeof(edu_text) - 1, size);
	EXPECT_EQ(0, memcmp(text, edu_text, 10));
	EXPECT_EQ('#', text[10]);
	ASSERT_EQ(0, ask(&self->edu, NULL, 0, &size));
	EXPECT_EQ(sizeof(edu_text) - 1, size);
	EXPECT_EQ(-EFAULT, ask(&self->edu, NULL, 1, &size));
}

/* Where no alias of a module is, a driver says itself which devices it is for. */
TEST_F(names, driver_says_which_devices_it_is_for)
{
	char text[64] = "";
	FILE *file = fopen("/sys/bus/pci/drivers/edu_vfio_pci/vfio_mig_ids", "re");

	ASSERT_NE(NULL, file);
	EXPECT_NE(NULL, fgets(text, sizeof(text), file));
	fclose(file);
	EXPECT_STREQ("1234:11e8 00ff\n", text);
}

TEST_HARNESS_MAIN
