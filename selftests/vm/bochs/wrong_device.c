// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers that an administrator binds to a device that is not theirs: probe refuses
 * it, says why in one line of the log, and has changed nothing of the device.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common.h"
#include "displays.h"
#include "slot.h"

#define DEVICES		"/sys/bus/pci/devices"
#define DRIVERS		"/sys/bus/pci/drivers"

#define EDU_MARK	0x600dcafe
#define VGA_MISC_OUT	0x402	/* read at 0x40c */
#define VGA_MISC_IN	0x40c
#define VGA_MARK	0x67

/**
 * struct bare - a device that no driver has
 * @bars: Those of its BARs that were mapped, by number.
 * @sizes: Their sizes.
 */
struct bare {
	char bdf[64];
	uint8_t *bars[6];
	size_t sizes[6];
};

/* ---- without a driver ---- */

static int write_in(const char *bdf, const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, file);
	return write_file(path, text);
}

static int open_in(const char *bdf, const char *file, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, file);
	return open(path, flags | O_CLOEXEC);
}

static int switch_on(const char *bdf)
{
	uint16_t command = PCI_COMMAND_MEMORY;
	int fd = open_in(bdf, "config", O_WRONLY);
	ssize_t done = pwrite(fd, &command, sizeof(command), PCI_COMMAND);

	close(fd);
	return done == sizeof(command) ? 0 : -EIO;
}

static int map_bar(struct bare *bare, unsigned int bar)
{
	struct stat stat = {};
	char file[16];
	void *memory;
	int fd;

	snprintf(file, sizeof(file), "resource%u", bar);
	fd = open_in(bare->bdf, file, O_RDWR);
	if (fd < 0)
		return -errno;
	fstat(fd, &stat);
	bare->sizes[bar] = stat.st_size;
	memory = mmap(NULL, bare->sizes[bar], PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	close(fd);
	if (memory == MAP_FAILED)
		return -errno;
	bare->bars[bar] = memory;
	return 0;
}

/* Take it from its driver, switch its memory on, and map @first and @second. */
static int bare_open(struct bare *bare, const char *bdf, unsigned int first,
		     unsigned int second)
{
	int ret;

	memset(bare, 0, sizeof(*bare));
	snprintf(bare->bdf, sizeof(bare->bdf), "%s", bdf);
	write_in(bdf, "driver/unbind", bdf);
	ret = switch_on(bdf);
	if (!ret)
		ret = map_bar(bare, first);
	return ret || second == first ? ret : map_bar(bare, second);
}

static void bare_close(struct bare *bare)
{
	unsigned int i;

	for (i = 0; i < 6; i++)
		if (bare->bars[i])
			munmap(bare->bars[i], bare->sizes[i]);
	memset(bare->bars, 0, sizeof(bare->bars));
}

/*
 * A driver that requests a BAR, if only to look at it, takes it from who has it
 * mapped (CONFIG_IO_STRICT_DEVMEM).
 */
static int map_anew(struct bare *bare)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < 6 && !ret; i++) {
		if (!bare->bars[i])
			continue;
		munmap(bare->bars[i], bare->sizes[i]);
		bare->bars[i] = NULL;
		ret = map_bar(bare, i);
	}
	return ret;
}

static uint32_t *word_at(struct bare *bare, unsigned int bar, unsigned int at)
{
	return (uint32_t *)(bare->bars[bar] + at);
}

static uint16_t *half_at(struct bare *bare, unsigned int bar, unsigned int at)
{
	return (uint16_t *)(bare->bars[bar] + at);
}

#define get_at(at)		__atomic_load_n(at, __ATOMIC_RELAXED)
#define set_at(at, value)	__atomic_store_n(at, value, __ATOMIC_RELAXED)

/* ---- the wrong driver ---- */

/* Lines of the log since @kmsg was at its end: of this device, that it is refused. */
static unsigned int count_refusals(int kmsg, const char *bdf)
{
	char record[2048], what[96];
	unsigned int count = 0;
	ssize_t got;

	snprintf(what, sizeof(what), "%s: is no ", bdf);
	while ((got = read(kmsg, record, sizeof(record) - 1)) > 0) {
		record[got] = '\0';
		count += !!strstr(record, what);
	}
	return count;
}

static int bind_to(const char *bdf, const char *driver)
{
	char path[128];
	int ret = write_in(bdf, "driver_override", driver);

	snprintf(path, sizeof(path), DRIVERS "/%s/bind", driver);
	if (!ret)
		ret = write_file(path, bdf);
	write_in(bdf, "driver_override", "\n");
	return ret;
}

static void is_refused(struct __test_metadata *_metadata, const char *bdf,
		       const char *driver)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	ASSERT_LE(0, kmsg);
	lseek(kmsg, 0, SEEK_END);
	EXPECT_EQ(-ENODEV, bind_to(bdf, driver));
	EXPECT_EQ(1, count_refusals(kmsg, bdf));
	close(kmsg);
}

/* The command register is as it was before, too. */
static void is_on(struct __test_metadata *_metadata, const char *bdf)
{
	int command = pci_command_of(bdf);

	EXPECT_EQ(PCI_COMMAND_MEMORY, command & (PCI_COMMAND_MEMORY |
						 PCI_COMMAND_MASTER));
}

FIXTURE(wrong)
{
	struct bare bare;
	char bdf[64];
};

FIXTURE_SETUP(wrong)
{
}

FIXTURE_TEARDOWN(wrong)
{
	bare_close(&self->bare);
}

/* ---- a display and edu's driver ---- */

static void fill(struct bare *bare)
{
	uint64_t *word = (uint64_t *)bare->bars[0];
	size_t i;

	for (i = 0; i < bare->sizes[0] / sizeof(*word); i++)
		word[i] = i * 0x9e3779b97f4a7c15ull;
}

static bool is_filled(struct bare *bare)
{
	uint64_t *word = (uint64_t *)bare->bars[0];
	size_t i;

	for (i = 0; i < bare->sizes[0] / sizeof(*word); i++)
		if (word[i] != i * 0x9e3779b97f4a7c15ull)
			return false;
	return true;
}

/* A display that was powered on has none of these. */
static void set_modes(struct bare *bare)
{
	unsigned int i;

	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		if (i != BOCHS_ENABLE)
			set_at(half_at(bare, 2, BOCHS_MODE(i)), 64 + 8 * i);
	set_at(word_at(bare, 2, BOCHS_BYTE_ORDER), BOCHS_BIG_ENDIAN);
}

static void get_modes(struct bare *bare, uint32_t *modes)
{
	unsigned int i;

	for (i = BOCHS_XRES; i < BOCHS_NR_MODE; i++)
		modes[i] = get_at(half_at(bare, 2, BOCHS_MODE(i)));
	modes[0] = get_at(word_at(bare, 2, BOCHS_BYTE_ORDER));
}

static void display_is_left_alone(struct __test_metadata *_metadata,
				  struct bare *bare, const char *driver)
{
	uint32_t before[BOCHS_NR_MODE], after[BOCHS_NR_MODE];

	fill(bare);
	set_modes(bare);
	get_modes(bare, before);
	is_refused(_metadata, bare->bdf, driver);
	is_on(_metadata, bare->bdf);
	ASSERT_EQ(0, map_anew(bare));
	get_modes(bare, after);
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
	EXPECT_TRUE(is_filled(bare));
}

TEST_F(wrong, edu_s_driver_refuses_a_display)
{
	struct bochs bochs;

	ASSERT_EQ(0, bochs_find(0, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, bare_open(&self->bare, self->bdf, 0, 2));
	display_is_left_alone(_metadata, &self->bare, "edu_vfio_pci");
	bare_close(&self->bare);
	ASSERT_BOCHS(&bochs, bochs_open(&bochs, 0));
	EXPECT_TRUE(display_is_blank(&bochs));
	bochs_close(&bochs);
}

/* ---- an edu and the display's driver ---- */

static const unsigned int edu_registers[] = {
	EDU_ID, EDU_LIVENESS, EDU_FACTORIAL, EDU_STATUS, EDU_IRQ_STATUS,
	EDU_DMA_SRC, EDU_DMA_DST, EDU_DMA_COUNT, EDU_DMA_COMMAND,
};

#define EDU_REGISTERS	(sizeof(edu_registers) / sizeof(*edu_registers))

static void get_edu(struct bare *bare, uint32_t *values)
{
	unsigned int i;

	for (i = 0; i < EDU_REGISTERS; i++)
		values[i] = get_at(word_at(bare, 0, edu_registers[i]));
}

TEST_F(wrong, display_s_driver_refuses_an_edu)
{
	uint32_t before[EDU_REGISTERS], after[EDU_REGISTERS];
	struct bare *bare = &self->bare;
	struct edu edu = {};

	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	ASSERT_EQ(0, bare_open(bare, self->bdf, 0, 0));
	set_at(word_at(bare, 0, EDU_LIVENESS), ~EDU_MARK);
	set_at(word_at(bare, 0, EDU_STATUS), EDU_STATUS_IRQ);
	set_at(word_at(bare, 0, EDU_DMA_SRC), 0x1000);
	set_at(word_at(bare, 0, EDU_DMA_DST), EDU_BUFFER);
	get_edu(bare, before);
	EXPECT_EQ(EDU_MARK, before[1]);
	is_refused(_metadata, self->bdf, "bochs_vfio_pci");
	is_on(_metadata, self->bdf);
	ASSERT_EQ(0, map_anew(bare));
	get_edu(bare, after);
	EXPECT_EQ(0, memcmp(before, after, sizeof(before)));
	bare_close(bare);
	ASSERT_EDU(&edu, edu_open(&edu, self->bdf));
	EXPECT_EQ(0, device_works(&edu));
	edu_close(&edu);
}

/* ---- displays with the same ids ---- */

/* No picture, so that QEMU lets each register be as it was set. */
static void vga_is_left_alone(struct __test_metadata *_metadata,
			      struct bare *bare, const char *bdf)
{
	ASSERT_EQ(0, bare_open(bare, bdf, 0, 2));
	bare->bars[2][VGA_MISC_OUT] = VGA_MARK;
	display_is_left_alone(_metadata, bare, "bochs_vfio_pci");
	EXPECT_EQ(VGA_MARK, bare->bars[2][VGA_MISC_IN]);
	bare_close(bare);
}

FIXTURE(other)
{
	struct slot slot;
	struct bare bare;
	char bdf[64];
};

/* An edu makes room for it: a display cannot come back to where it was. */
FIXTURE_SETUP(other)
{
	int ret;

	ASSERT_EQ(0, edu_find(0, false, self->bdf, sizeof(self->bdf)));
	ret = slot_open(&self->slot, self->bdf);
	if (ret == -ENODEV)
		SKIP(return, "there is no monitor to plug devices with");
	ASSERT_EQ(0, ret);
	if (slot_has_memory(&self->slot))
		SKIP(return, "there was one already");
	/* Nobody is to have it when it is taken out. */
	ASSERT_EQ(0, bare_open(&self->bare, self->bdf, 0, 0));
	bare_close(&self->bare);
	ASSERT_EQ(0, slot_take_out(&self->slot)) {
		TH_LOG("%s", self->slot.monitor.answer);
	}
}

/* What a test that failed has left in it goes first. */
FIXTURE_TEARDOWN(other)
{
	bare_close(&self->bare);
	slot_take_out(&self->slot);
	EXPECT_EQ(0, slot_put_in(&self->slot, "edu"));
	slot_close(&self->slot);
}

TEST_F_TIMEOUT(other, display_s_driver_refuses_a_secondary_vga, 120)
{
	ASSERT_EQ(0, slot_put_in(&self->slot, "secondary-vga,vgamem_mb=1")) {
		TH_LOG("%s", self->slot.monitor.answer);
	}
	vga_is_left_alone(_metadata, &self->bare, self->bdf);
	EXPECT_EQ(0, slot_take_out(&self->slot));
}

static bool has_text(const char *bdf, const char *file, const char *text)
{
	char got[32] = "";
	int fd = open_in(bdf, file, O_RDONLY);
	ssize_t done = read(fd, got, sizeof(got) - 1);

	close(fd);
	return done > 0 && !strncmp(got, text, strlen(text));
}

static int find_vga(char *bdf, size_t size)
{
	DIR *folder = opendir(DEVICES);
	struct dirent *entry;
	int ret = -ENODEV;

	while (folder && ret && (entry = readdir(folder))) {
		if (!has_text(entry->d_name, "vendor", "0x1234") ||
		    !has_text(entry->d_name, "device", "0x1111") ||
		    !has_text(entry->d_name, "class", "0x0300"))
			continue;
		snprintf(bdf, size, "%.32s", entry->d_name);
		ret = 0;
	}
	if (folder)
		closedir(folder);
	return ret;
}

/* It cannot be plugged in: vm run --bochs 1 --edu 1 --qemu -device --qemu VGA. */
TEST_F(wrong, display_s_driver_refuses_the_standard_vga)
{
	if (find_vga(self->bdf, sizeof(self->bdf)))
		SKIP(return, "this machine has none");
	vga_is_left_alone(_metadata, &self->bare, self->bdf);
}

TEST_HARNESS_MAIN
