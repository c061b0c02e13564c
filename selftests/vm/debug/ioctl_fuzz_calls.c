// SPDX-License-Identifier: GPL-2.0
/*
 * What can be asked of a device and of its data files, each as a call with a few
 * numbers: most of what they may be is wrong, but none of it blocks, or takes away
 * what the next program needs.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "feature.h"
#include "ioctl_fuzz.h"
#include "stream.h"
#include "uapi/linux/vfio_mig.h"
#include "vfiomig_access.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))
#define PAGE		4096
#define FEATURE_BITS	16	/* GET, SET and PROBE begin there */

static int fd_of(const struct fuzz_device *device)
{
	return vfiomig_fd(device->edu.dev);
}

/*
 * A struct of @argsz bytes that begins with that and with flags.  It ends where a
 * page does behind which there is nothing, and it has room for the largest struct
 * that the kernel knows, so that an @argsz beyond the page is the only one that lies.
 */
static uint32_t *argument(uint64_t argsz, uint64_t flags)
{
	static uint8_t *page;
	size_t size = argsz < 512 ? 512 : argsz < PAGE ? argsz : PAGE;
	uint32_t *arg;

	if (!page) {
		page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(page + PAGE, PAGE);
	}
	memset(page, 0, PAGE);
	arg = (uint32_t *)(page + PAGE - (size + 7) / 8 * 8);
	arg[0] = argsz;
	arg[1] = flags;
	return arg;
}

/* ---- states and what VFIO has ---- */

static bool call_set(struct fuzz_device *device, const uint64_t *arg)
{
	int data_fd = -1;

	if (set_state(&device->edu, arg[0], &data_fd))
		return false;
	device->state = arg[0];
	if (data_fd >= 0)
		fuzz_keep_file(device, data_fd);
	return true;
}

/* Flags are GET, SET and PROBE first. */
static bool call_feature(struct fuzz_device *device, const uint64_t *arg)
{
	uint32_t flags = (arg[1] & VFIO_DEVICE_FEATURE_MASK) |
			 arg[2] << FEATURE_BITS;
	struct vfio_device_feature *feature;
	uint32_t *words = argument(arg[0], flags);

	feature = (struct vfio_device_feature *)words;
	memcpy(feature->data, &arg[3], sizeof(arg[3]));
	if (ioctl(fd_of(device), VFIO_DEVICE_FEATURE, feature))
		return false;
	/* One more way to make a data file; nothing else sets the fourth word. */
	if ((flags & VFIO_DEVICE_FEATURE_MASK) ==
	    VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE &&
	    flags & VFIO_DEVICE_FEATURE_SET &&
	    !(flags & VFIO_DEVICE_FEATURE_PROBE) && (int)words[3] >= 0)
		fuzz_keep_file(device, words[3]);
	return true;
}

/* Whatever number; but for those that leave the device without its memory. */
static bool call_ioctl(struct fuzz_device *device, const uint64_t *arg)
{
	unsigned int number = VFIO_BASE + arg[0] % 128;
	uint32_t *words = argument(arg[1], 0);

	if (number == VFIO_BASE + 17)	/* FEATURE, which has a call of its own */
		return false;
	if (number == VFIO_BASE + 19 || number == VFIO_BASE + 20)
		return false;
	words[1 + arg[2] % 15] = arg[3];
	return !ioctl(fd_of(device), _IO(VFIO_TYPE, number), words);
}

static bool call_reset(struct fuzz_device *device, const uint64_t *arg)
{
	device->state = VFIO_MIG_RUNNING;
	return !ioctl(fd_of(device), VFIO_DEVICE_RESET);
}

/* ---- the project's own ---- */

static bool call_arc(struct fuzz_device *device, const uint64_t *arg)
{
	uint32_t *words = argument(arg[0], arg[1]);

	words[2] = arg[2];
	words[3] = arg[3];
	return !ioctl(fd_of(device), VFIO_DEVICE_MIG_ARC_SUPPORTED, words);
}

static bool call_error(struct fuzz_device *device, const uint64_t *arg)
{
	return !ioctl(fd_of(device), VFIO_DEVICE_MIG_LAST_ERROR,
		      argument(arg[0], arg[1]));
}

static bool call_descriptor(struct fuzz_device *device, const uint64_t *arg)
{
	return !ioctl(fd_of(device), VFIO_DEVICE_MIG_DESCRIPTOR,
		      argument(arg[0], arg[1]));
}

/* The device's own header but for a byte, of which the checksum knows. */
static bool call_compatible(struct fuzz_device *device, const uint64_t *arg)
{
	struct vfio_device_mig_compatible *compatible = (void *)
		argument(arg[0], arg[1]);
	struct vfio_mig_stream_header *header = &compatible->header;
	size_t byte = arg[2] % sizeof(*header);

	memcpy(header, device->whole.bytes, sizeof(*header));
	((uint8_t *)header)[byte] ^= arg[3];
	if (byte < offsetof(struct vfio_mig_stream_header, crc))
		header->crc = htole32(vfio_mig_header_crc(header));
	return !ioctl(fd_of(device), VFIO_DEVICE_MIG_COMPATIBLE, compatible);
}

/* ---- data files ---- */

static bool call_read(struct fuzz_device *device, const uint64_t *arg)
{
	static uint8_t bytes[STREAM_MAX];
	size_t size = arg[0] < STREAM_MAX ? arg[0] : STREAM_MAX;

	return read(device->data_fd, bytes, size) > 0;
}

/* The next bytes of a stream that is good, but for one of them. */
static bool call_write(struct fuzz_device *device, const uint64_t *arg)
{
	static uint8_t bytes[STREAM_MAX];
	size_t from = device->written % device->whole.size;
	size_t left = device->whole.size - from;
	size_t size = arg[0] < left ? arg[0] : left;
	ssize_t done;

	memcpy(bytes, device->whole.bytes + from, size);
	if (size)
		bytes[arg[1] % size] ^= arg[2];
	done = write(device->data_fd, bytes, size);
	if (done > 0)
		device->written += done;
	return done > 0;
}

static bool call_info(struct fuzz_device *device, const uint64_t *arg)
{
	return !ioctl(device->data_fd, VFIO_MIG_GET_PRECOPY_INFO,
		      argument(arg[0], arg[1]));
}

static bool call_poll(struct fuzz_device *device, const uint64_t *arg)
{
	struct pollfd pollfd = { .fd = device->data_fd, .events = arg[0] };

	return poll(&pollfd, 1, 0) > 0;
}

static bool call_close(struct fuzz_device *device, const uint64_t *arg)
{
	bool had = device->data_fd >= 0;

	fuzz_keep_file(device, -1);
	return had;
}

/* ---- registers and memory ---- */

static uint64_t place_of(const uint64_t *arg)
{
	return (arg[0] % 9) << 40 | (arg[1] & 0xfffff);
}

static bool call_look(struct fuzz_device *device, const uint64_t *arg)
{
	static uint8_t bytes[2 * PAGE];

	return pread(fd_of(device), bytes, arg[2] % sizeof(bytes),
		     place_of(arg)) > 0;
}

/*
 * Up to 8 bytes.  Config space is VFIO's: what can be switched off there stays off.
 * An edu takes seconds for the factorial of a large number.
 */
static bool call_touch(struct fuzz_device *device, const uint64_t *arg)
{
	uint64_t place = place_of(arg), value = arg[3];

	if (place >> 40 == VFIO_PCI_CONFIG_REGION_INDEX)
		return false;
	if (!device->display && (place & 0xfffff) <= EDU_FACTORIAL)
		value &= 0xffff0000ffff;
	return pwrite(fd_of(device), &value, arg[2] % (sizeof(value) + 1),
		      place) > 0;
}

/* Bits of the command register are what the two lowest of an argument say. */
static bool call_command(struct fuzz_device *device, const uint64_t *arg)
{
	uint16_t set = (arg[0] << 1) & (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);

	return !vfiomig_pci_command(device->edu.dev, set,
				    PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
				    &device->edu.error);
}

static sigjmp_buf refused;

static void on_sigbus(int number)
{
	siglongjmp(refused, 1);
}

/* Memory that is mapped may be out of reach. */
static bool use_page(uint64_t *page, uint64_t word, uint64_t value)
{
	if (sigsetjmp(refused, 1))
		return false;
	if (word)
		__atomic_store_n(page + word % (PAGE / 8), value, __ATOMIC_RELAXED);
	else
		__atomic_load_n(page, __ATOMIC_RELAXED);
	return true;
}

/* A page of a BAR, by a mapping that lasts as long as this; an edu has none. */
static bool call_map(struct fuzz_device *device, const uint64_t *arg)
{
	struct sigaction action = { .sa_handler = on_sigbus };
	void *page;
	bool done;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd_of(device), (arg[0] % 6 << 40) + arg[1] % 256 * PAGE);
	if (page == MAP_FAILED)
		return false;
	sigaction(SIGBUS, &action, NULL);
	done = use_page(page, arg[2], arg[3]);
	munmap(page, PAGE);
	return done;
}

/* A transfer as the device's driver would begin it. */
static bool call_dma(struct fuzz_device *device, const uint64_t *arg)
{
	if (device->display)
		return false;
	edu_start_dma(&device->edu, arg[0] & 1, arg[1] % EDU_BUFFER_SIZE,
		      arg[2] % EDU_MEMORY_SIZE, arg[3] % (EDU_BUFFER_SIZE + 2),
		      arg[0] & 2 ? EDU_DMA_IRQ : 0);
	return true;
}

/* Until the transfer is over, or twice as long: a device that is stopped keeps it. */
static bool call_wait(struct fuzz_device *device, const uint64_t *arg)
{
	unsigned int ms = 0;

	if (device->display)
		return false;
	while (edu_get64(&device->edu, EDU_DMA_COMMAND) & EDU_DMA_RUN &&
	       ms < 200) {
		usleep(1000);
		ms++;
	}
	return ms && ms < 200;
}

/* ---- DMA log ---- */

/* The device's memory is the first of four ranges, of which so many count. */
static bool call_log_start(struct fuzz_device *device, const uint64_t *arg)
{
	struct vfio_device_feature_dma_logging_range ranges[] = {
		{ EDU_MEMORY_IOVA, EDU_MEMORY_SIZE },
		{ arg[2], arg[3] },
		{ EDU_MEMORY_IOVA + 2 * EDU_MEMORY_SIZE, EDU_MEMORY_SIZE },
		{ arg[2] + arg[3], arg[3] },
	};
	struct vfio_device_feature_dma_logging_control control = {
		.page_size = 1ull << arg[1] % 64,
		.num_ranges = arg[0] % (COUNT(ranges) + 1),
		.ranges = (uintptr_t)ranges,
	};

	bool done = !feature_call(fd_of(device), VFIO_DEVICE_FEATURE_SET |
				  VFIO_DEVICE_FEATURE_DMA_LOGGING_START,
				  &control, sizeof(control));

	device->logs |= done;
	return done;
}

static bool call_log_stop(struct fuzz_device *device, const uint64_t *arg)
{
	device->logs = false;
	return !feature_call(fd_of(device), VFIO_DEVICE_FEATURE_SET |
			     VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, NULL, 0);
}

/* As large as the largest report that is asked for. */
static bool call_log_report(struct fuzz_device *device, const uint64_t *arg)
{
	static uint64_t bitmap[PAGE];
	struct vfio_device_feature_dma_logging_report report = {
		.iova = arg[1],
		.length = arg[2] % (sizeof(bitmap) * 8 * PAGE),
		.page_size = (uint64_t)PAGE << arg[0] % 8,
		.bitmap = (uintptr_t)bitmap,
	};

	return !feature_call(fd_of(device), VFIO_DEVICE_FEATURE_GET |
			     VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, &report,
			     sizeof(report));
}

const struct fuzz_kind fuzz_kinds[] = {
	{ "set", call_set, { { "state", FUZZ_STATE } } },
	{ "feature", call_feature, {
		{ "argsz", FUZZ_SIZE }, { "feature", FUZZ_SMALL },
		{ "flags", FUZZ_SMALL }, { "data", FUZZ_VALUE } } },
	{ "ioctl", call_ioctl, {
		{ "number", FUZZ_SMALL }, { "argsz", FUZZ_SIZE },
		{ "word", FUZZ_SMALL }, { "value", FUZZ_VALUE } } },
	{ "reset", call_reset, {} },
	{ "arc", call_arc, {
		{ "argsz", FUZZ_SIZE }, { "flags", FUZZ_SOME },
		{ "from", FUZZ_STATE }, { "to", FUZZ_STATE } } },
	{ "error", call_error, {
		{ "argsz", FUZZ_SIZE }, { "flags", FUZZ_SOME } } },
	{ "descriptor", call_descriptor, {
		{ "argsz", FUZZ_SIZE }, { "flags", FUZZ_SOME } } },
	{ "compatible", call_compatible, {
		{ "argsz", FUZZ_SIZE }, { "flags", FUZZ_SOME },
		{ "byte", FUZZ_VALUE }, { "bits", FUZZ_SOME } } },
	{ "read", call_read, { { "size", FUZZ_SIZE } } },
	{ "write", call_write, {
		{ "size", FUZZ_SIZE }, { "byte", FUZZ_VALUE },
		{ "bits", FUZZ_SOME } } },
	{ "info", call_info, {
		{ "argsz", FUZZ_SIZE }, { "flags", FUZZ_SOME } } },
	{ "poll", call_poll, { { "events", FUZZ_VALUE } } },
	{ "close", call_close, {} },
	{ "look", call_look, {
		{ "region", FUZZ_SMALL }, { "offset", FUZZ_OFFSET },
		{ "size", FUZZ_SIZE } } },
	{ "touch", call_touch, {
		{ "region", FUZZ_SMALL }, { "offset", FUZZ_OFFSET },
		{ "size", FUZZ_SIZE }, { "value", FUZZ_VALUE } } },
	{ "command", call_command, { { "bits", FUZZ_SMALL } } },
	{ "map", call_map, {
		{ "region", FUZZ_SMALL }, { "page", FUZZ_SMALL },
		{ "word", FUZZ_SOME }, { "value", FUZZ_VALUE } } },
	{ "dma", call_dma, {
		{ "how", FUZZ_SMALL }, { "buffer", FUZZ_SOME },
		{ "memory", FUZZ_SOME }, { "size", FUZZ_SIZE } } },
	{ "wait", call_wait, {} },
	{ "log_start", call_log_start, {
		{ "ranges", FUZZ_SMALL }, { "page_bits", FUZZ_SMALL },
		{ "iova", FUZZ_IOVA }, { "size", FUZZ_SIZE } } },
	{ "log_stop", call_log_stop, {} },
	{ "log_report", call_log_report, {
		{ "page_bits", FUZZ_SMALL }, { "iova", FUZZ_IOVA },
		{ "size", FUZZ_SIZE } } },
};

const unsigned int fuzz_nr_kinds = COUNT(fuzz_kinds);
