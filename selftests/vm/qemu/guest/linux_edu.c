// SPDX-License-Identifier: GPL-2.0
/*
 * What guest.c does, in user space of a Linux guest: it is the only program
 * there.  It works with an edu through the BAR's file in sysfs, has it
 * move bytes to and from its own memory, each with its number, counts its
 * interrupts, and sees that time goes on.  It speaks like guest.c does.
 *
 * Interrupts are counted by the kernel's uio_pci_generic, if its modules are in
 * the initramfs; there are kernels without.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "edu_regs.h"
#include "linux_guest.h"

#define DEVICES		"/sys/bus/pci/devices"
#define NEW_ID		"/sys/bus/pci/drivers/uio_pci_generic/new_id"
#define COMMAND		4
#define  ENABLED	0x6	/* memory decode, bus mastering, INTx */
#define IRQ_TIMEOUT_MS	60000
#define PAGE		4096
#define WORDS		(PAGE / 4)

static uint32_t *bar;

/*
 * The file of uio that interrupts are counted by, or -1; the file of the
 * device's configuration; how many have been taken.
 */
static int uio = -1, config;
static uint32_t taken;

/* Of memory that stays where it is: what the processor sees, and the device. */
static struct page {
	uint32_t *words;
	uint32_t address;
} sent, received;

static uint32_t get(uint32_t reg)
{
	return __atomic_load_n(bar + reg / 4, __ATOMIC_ACQUIRE);
}

static void set(uint32_t reg, uint32_t value)
{
	__atomic_store_n(bar + reg / 4, value, __ATOMIC_RELEASE);
}

/* ---- the device ---- */

static int open_file(const char *device, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), DEVICES "/%.32s/%s", device, name);
	return open(path, O_RDWR | O_SYNC);
}

static int is_edu(const char *device)
{
	uint32_t ids = 0;
	int fd = open_file(device, "config");

	if (fd < 0)
		return 0;
	if (pread(fd, &ids, sizeof(ids), 0) != sizeof(ids))
		ids = 0;
	close(fd);
	return ids == EDU_VENDOR_DEVICE;
}

/* The interrupt too: uio_pci_generic disables it when there is one. */
static void enable_all(void)
{
	uint16_t command = ENABLED;

	if (pwrite(config, &command, sizeof(command), COMMAND) !=
	    sizeof(command))
		bad("configuration", 0, errno);
}

static void enable(const char *device)
{
	int fd = open_file(device, "enable");

	/* A driver has done so. */
	if (uio < 0 && write(fd, "1", 1) != 1)
		bad("enable", 0, 0);
	close(fd);
	config = open_file(device, "config");
	enable_all();
	fd = open_file(device, "resource0");
	bar = mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		bad("BAR", 0, 0);
	close(fd);
}

static void find_device(void)
{
	DIR *folder = opendir(DEVICES);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (is_edu(entry->d_name)) {
			enable(entry->d_name);
			closedir(folder);
			return;
		}
	bad("no device", 0, 0);
}

static void count_interrupts(void)
{
	int fd;

	if (!load_modules(""))
		return;
	fd = open(NEW_ID, O_WRONLY);
	if (fd < 0 || write(fd, "1234 11e8", 9) != 9)
		bad("new_id", 0, errno);
	close(fd);
	uio = open("/dev/uio0", O_RDONLY);
	if (uio < 0)
		bad("uio", 0, errno);
}

static void take_page(struct page *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	page->words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED |
			   MAP_POPULATE, -1, 0);
	if (page->words == MAP_FAILED ||
	    pread(fd, &entry, sizeof(entry),
		  (uintptr_t)page->words / PAGE * sizeof(entry)) !=
	    sizeof(entry))
		bad("memory", 0, 0);
	page->address = (entry & 0x7fffffffffffff) * PAGE;
	close(fd);
}

/* ---- the work ---- */

/* Take what has been counted, if that comes in time. */
static int take_count(int timeout_ms, uint32_t round)
{
	struct pollfd pollfd = { .fd = uio, .events = POLLIN };

	if (poll(&pollfd, 1, timeout_ms) != 1)
		return 0;
	if (read(uio, &taken, sizeof(taken)) != sizeof(taken))
		bad("count of interrupts", round, errno);
	return 1;
}

/*
 * VFIO lowers the line at any access and raises it again if the device still
 * asks, and after a move it can be up before (Documentation/ci.md), so to be
 * called more than once is nothing to complain of.  But it is for this time, and
 * not for the next.
 */
static void wait_called(uint32_t round)
{
	if (!take_count(IRQ_TIMEOUT_MS, round))
		bad("no interrupt", round, taken);
}

static void forget_others(uint32_t round)
{
	take_count(0, round);
	enable_all();
}

/* The device asks for one, and for nothing else. */
static void wait_irq(uint32_t cause, uint32_t round)
{
	uint32_t status;

	if (uio >= 0)
		wait_called(round);
	do {
		status = get(EDU_IRQ_STATUS);
	} while (!status);
	if (status != cause)
		bad("another interrupt", round, status);
	set(EDU_IRQ_ACK, status);
	if (get(EDU_IRQ_STATUS))
		bad("one more interrupt", round, get(EDU_IRQ_STATUS));
	if (uio >= 0)
		forget_others(round);
}

static void check_factorial(uint32_t round)
{
	uint32_t expected = 1, n = round % 33, i;

	for (i = 2; i <= n; i++)
		expected *= i;
	set(EDU_STATUS, EDU_STATUS_IRQ);
	set(EDU_FACTORIAL, n);
	while (get(EDU_STATUS) & EDU_STATUS_COMPUTING)
		;
	if (get(EDU_FACTORIAL) != expected)
		bad("factorial", round, get(EDU_FACTORIAL));
	wait_irq(EDU_IRQ_FACTORIAL, round);
}

static void dma(uint32_t src, uint32_t dst, uint32_t flags, uint32_t round)
{
	set(EDU_DMA_SRC, src);
	set(EDU_DMA_DST, dst);
	set(EDU_DMA_COUNT, PAGE);
	set(EDU_DMA_COMMAND, EDU_DMA_RUN | EDU_DMA_IRQ | flags);
	wait_irq(EDU_IRQ_DMA, round);
	if (get(EDU_DMA_COMMAND) & EDU_DMA_RUN)
		bad("DMA still runs", round, get(EDU_DMA_COMMAND));
}

static void check_dma(uint32_t round)
{
	uint32_t i;

	for (i = 0; i < WORDS; i++)
		sent.words[i] = round * WORDS + i;
	memset(received.words, 0xff, PAGE);
	dma(sent.address, EDU_BUFFER, 0, round);
	memset(sent.words, 0, PAGE);
	dma(EDU_BUFFER, received.address, EDU_DMA_TO_MEMORY, round);
	for (i = 0; i < WORDS; i++)
		if (received.words[i] != round * WORDS + i)
			bad("word", round, received.words[i]);
}

/* A round takes its 200 ms of DMA; that, and not back. */
static void check_time(uint32_t round)
{
	static struct timespec last;
	struct timespec now;
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - last.tv_sec) * 1000 +
	     (now.tv_nsec - last.tv_nsec) / 1000000;
	if (ms < 50)
		bad("time", round, ms);
	last = now;
}

int main(void)
{
	uint32_t round;

	guest_begin();
	count_interrupts();
	find_device();
	take_page(&sent);
	take_page(&received);
	set(EDU_LIVENESS, 0x12345678);
	for (round = 0;; round++) {
		check_factorial(round);
		check_dma(round);
		check_time(round);
		if (get(EDU_LIVENESS) != ~0x12345678u)
			bad("liveness", round, get(EDU_LIVENESS));
		say("round %u\n", round);
	}
}
